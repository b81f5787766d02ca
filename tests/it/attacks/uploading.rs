//! Names of files and forms around them that are meant to break who receives them.

/// A form: what is wrong with it, its type, its bytes.
pub struct Form {
    pub name: &'static str,
    pub kind: String,
    pub body: Vec<u8>,
}

const BOUNDARY: &str = "zqzqzq";

fn usual() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

fn part(head: &str, data: &[u8]) -> Vec<u8> {
    [format!("--{BOUNDARY}\r\n{head}\r\n\r\n").as_bytes(), data, b"\r\n"].concat()
}

fn end() -> Vec<u8> {
    format!("--{BOUNDARY}--\r\n").into_bytes()
}

/// A form with a file of this name.
pub fn named(disposition: &str, bytes: &[u8]) -> Form {
    let head = format!("Content-Disposition: {disposition}\r\nContent-Type: application/pdf");
    Form { name: "", kind: usual(), body: [part(&head, bytes), end()].concat() }
}

/// Names that lead elsewhere, or that are none.
const NAMES: [&str; 61] = [
    "../../../../etc/cron.d/zq.pdf",
    "/etc/zq.pdf",
    "//server/share/zq.pdf",
    "..\\..\\windows\\zq.pdf",
    "C:\\zq.pdf",
    "C:zq.pdf",
    "\\\\?\\C:\\zq.pdf",
    "file:///etc/zq.pdf",
    "http://evil.example/zq.pdf",
    "~/zq.pdf",
    "$HOME/zq.pdf",
    "`id`.pdf",
    "$(id).pdf",
    "|id;.pdf",
    "zq.pdf/",
    "zq.pdf/..",
    ".pdf",
    "..pdf",
    "...pdf",
    "....pdf",
    " .pdf",
    "CON.pdf",
    "nul.pdf",
    "COM1.pdf",
    "aux.tar.pdf",
    "zq.pdf.",
    "zq.exe.pdf",
    "zq.pdf.exe",
    "zq.pdf%00.exe",
    "zq.php%00.pdf",
    ".htaccess.pdf",
    ".ssh.pdf",
    "zq.pdf;.sh",
    "zq\u{202e}fdp.exe.pdf",
    "\u{202e}\u{2066}zq\u{2069}.pdf",
    "zq\u{200b}\u{feff}.pdf",
    "zq\u{7}\u{1b}[31m.pdf",
    "zq\u{85}\u{9f}.pdf",
    "zqe\u{301}.pdf",
    "zq\u{e9}.pdf",
    "ﬁle\u{fe0f}.pdf",
    "<script>alert(1)</script>.pdf",
    "'; DROP TABLE core_uploadedfile;--.pdf",
    "=cmd|' /C calc'!A1.pdf",
    "%2e%2e%2fzq.pdf",
    "..%c0%afzq.pdf",
    "zq\u{ff0f}..\u{ff0f}.pdf",
    "zq\u{2215}..\u{2215}x.pdf",
    "-rf.pdf",
    "--help.pdf",
    "zq?.pdf",
    "zq*.pdf",
    "zq:stream.pdf",
    "zq.PDF",
    "zq.pDf ",
    "zq\t.pdf",
    "document.pdf",
    "document.pdf",
    "𝒵𝓆.pdf",
    "zq\u{1f4a9}.pdf",
    "السلام.pdf",
];

/// Content dispositions that say it in another way.
const DISPOSITIONS: [&str; 21] = [
    "form-data; name=\"file\"; filename=\"a\\\"b.pdf\"",
    "form-data; name=\"file\"; filename=\"a\\\\b.pdf\"",
    "form-data; name=\"file\"; filename=\"zq.pdf\"; filename=\"zq.exe\"",
    "form-data; name=\"file\"; filename=\"zq.exe\"; filename=\"zq.pdf\"",
    "form-data; name=\"file\"; filename=\"zq.exe\"; filename*=UTF-8''zq.pdf",
    "form-data; name=\"file\"; filename=\"zq.pdf\"; filename*=UTF-8''..%2F..%2Fetc%2Fzq.pdf",
    "form-data; name=\"file\"; filename*=UTF-8''zq%00.pdf",
    "form-data; name=\"file\"; filename*=UTF-16''z%00q%00.pdf",
    "form-data; name=\"file\"; filename*0=\"zq\"; filename*1=\".pdf\"",
    "form-data; name=\"file\"; filename=\"=?utf-8?b?Li4vLi4venEucGRm?=\"",
    "form-data; name=\"file\"; filename=zq.pdf",
    "form-data; name=\"file\"; filename='zq.pdf'",
    "form-data; name=file; filename=\"zq.pdf",
    "form-data; name=\"file\"; FILENAME=\"zq.pdf\"",
    "form-data; name=\"file\"; filename=\"\"",
    "form-data; name=\"file\"; filename",
    "attachment; name=\"file\"; filename=\"zq.pdf\"",
    "form-data; filename=\"zq.pdf\"",
    "form-data; name=\"file\0\"; filename=\"zq\0.pdf\"",
    "form-data; name=\"file\"; filename=\"zq.pdf\r\nX-Evil: 1\"",
    "form-data; name=\"file\"; filename=\"zq.pdf\nSet-Cookie: a=b\"",
];

/// Content dispositions with names that lead elsewhere, or that are none.
pub fn dispositions() -> Vec<String> {
    let plain = |name: &str| format!("form-data; name=\"file\"; filename=\"{name}\"");
    let mut all: Vec<String> = NAMES.into_iter().map(plain).collect();
    all.extend([plain(&format!("{}.pdf", "a".repeat(5_000))), plain(&format!("{}.pdf", "长".repeat(900)))]);
    all.extend(DISPOSITIONS.map(str::to_owned));
    all
}

/// Forms that are none, or more than one.
pub fn forms(pdf: &[u8]) -> Vec<Form> {
    let head = "Content-Disposition: form-data; name=\"file\"; filename=\"zq.pdf\"";
    let good = || [part(head, pdf), end()].concat();
    let form = |name, kind: &str, body: Vec<u8>| Form { name, kind: kind.to_owned(), body };
    let text = |field: &str| part(&format!("Content-Disposition: form-data; name=\"{field}\""), b"x");
    let many = |times: usize| text("other").repeat(times);
    let (usual, whole) = (usual(), good());
    let lines = String::from_utf8_lossy(head.as_bytes()).into_owned();
    let mut large = pdf.to_vec();
    large.resize(10 * 1024 * 1024 + 1, b' ');
    let inner = [
        b"--inner\r\nContent-Disposition: attachment; filename=\"zq.pdf\"\r\n\r\n".as_slice(),
        pdf,
        b"\r\n--inner--",
    ]
    .concat();
    vec![
        form("no boundary", "multipart/form-data", whole.clone()),
        form("an empty boundary", "multipart/form-data; boundary=", whole.clone()),
        form("another boundary", "multipart/form-data; boundary=other", whole.clone()),
        form("a boundary of a thousand letters", &format!("multipart/form-data; boundary={}", "z".repeat(1_000)), whole.clone()),
        form("a boundary of blanks", "multipart/form-data; boundary=\"   \"", whole.clone()),
        form("two boundaries", &format!("multipart/form-data; boundary=other; boundary={BOUNDARY}"), whole.clone()),
        form("a boundary in quotes", &format!("multipart/form-data; boundary=\"{BOUNDARY}\""), whole.clone()),
        form("a type in capitals", &format!("MULTIPART/FORM-DATA; BOUNDARY={BOUNDARY}"), whole.clone()),
        form("mixed", &format!("multipart/mixed; boundary={BOUNDARY}"), whole.clone()),
        form("related", &format!("multipart/related; boundary={BOUNDARY}"), whole.clone()),
        form("as text", "text/plain", whole.clone()),
        form("as a form", "application/x-www-form-urlencoded", b"file=%25PDF-1.7&filename=zq.pdf".to_vec()),
        form("as a PDF", "application/pdf", pdf.to_vec()),
        form("as JSON", "application/json", b"{\"file\":\"%PDF-1.7\"}".to_vec()),
        form("no end", &usual, part(head, pdf)),
        form("the end alone", &usual, end()),
        form("nothing", &usual, Vec::new()),
        form("line feeds alone", &usual, String::from_utf8_lossy(&whole).replace("\r\n", "\n").into_bytes()),
        form("words before", &usual, [vec![b'w'; 1_000_000], b"\r\n".to_vec(), whole.clone()].concat()),
        form("words after", &usual, [whole.clone(), vec![b'w'; 1_000_000]].concat()),
        form("a head of three hundred thousand bytes", &usual, [part(&format!("X-Long: {}\r\n{head}", "a".repeat(300_000)), pdf), end()].concat()),
        form("a head of ten thousand lines", &usual, [part(&format!("{}{head}", "X-A: b\r\n".repeat(10_000)), pdf), end()].concat()),
        form("a head without an end", &usual, [format!("--{BOUNDARY}\r\n{head}").into_bytes(), vec![b'a'; 300_000]].concat()),
        form("a part without a head", &usual, [part("", pdf), end()].concat()),
        form("a part of nobody", &usual, [part("Content-Type: application/pdf", pdf), end()].concat()),
        form("a field that is text", &usual, [part("Content-Disposition: form-data; name=\"file\"", pdf), end()].concat()),
        form("another field", &usual, [part("Content-Disposition: form-data; name=\"files\"; filename=\"zq.pdf\"", pdf), end()].concat()),
        form("a field of a list", &usual, [part("Content-Disposition: form-data; name=\"file[]\"; filename=\"zq.pdf\"", pdf), end()].concat()),
        form("nine parts, the file last", &usual, [many(8), whole.clone()].concat()),
        form("a hundred parts", &usual, [many(100), whole.clone()].concat()),
        form("ten thousand parts after the file", &usual, [part(head, pdf), many(10_000), end()].concat()),
        form("two files", &usual, [part(head, pdf), part(head, pdf), end()].concat()),
        form("a file and one that is none", &usual, [part(head, pdf), part(head, b"MZ"), end()].concat()),
        form("one that is none and a file", &usual, [part(head, b"MZ"), part(head, pdf), end()].concat()),
        form("forms in a form", &usual, [part("Content-Disposition: form-data; name=\"file\"\r\nContent-Type: multipart/mixed; boundary=inner", &inner), end()].concat()),
        form("the boundary in the file", &usual, [part(head, &[pdf, format!("\r\n--{BOUNDARY}x").as_bytes()].concat()), end()].concat()),
        form("a file that is coded", &usual, [part(&format!("{lines}\r\nContent-Transfer-Encoding: base64"), b"JVBERi0xLjc="), end()].concat()),
        form("a file that is a page", &usual, [part(&format!("{lines}\r\nContent-Type: text/html"), pdf), end()].concat()),
        form("two dispositions", &usual, [part(&format!("Content-Disposition: form-data; name=\"file\"; filename=\"zq.exe\"\r\n{lines}"), pdf), end()].concat()),
        form("a head that is not text", &usual, [format!("--{BOUNDARY}\r\n").as_bytes(), &[0xff, 0xfe, b':', 0x80], b"\r\n", lines.as_bytes(), b"\r\n\r\n", pdf, b"\r\n", &end()].concat()),
        form("a byte more than there may be", &usual, [part(head, &large), end()].concat()),
        form("an empty file", &usual, [part(head, b""), end()].concat()),
        form("what is longer than a form", &usual, [part("Content-Disposition: form-data; name=\"other\"", &vec![b'x'; 20_000_000]), whole.clone()].concat()),
    ]
}

/// What is no PDF, under the name of one.
pub fn others() -> Vec<(&'static str, Vec<u8>)> {
    let late = |blanks: usize| [vec![b' '; blanks], b"%PDF-1.7".to_vec()].concat();
    let wide: Vec<u8> = "%PDF-1.7\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        ("an archive", b"PK\x03\x04\x14\0\0\0".to_vec()),
        ("a picture", b"\x89PNG\r\n\x1a\n".to_vec()),
        ("a photograph", b"\xff\xd8\xff\xe0".to_vec()),
        ("an animation", b"GIF89a".to_vec()),
        ("a program for Linux", b"\x7fELF".to_vec()),
        ("a program for Windows", b"MZ\x90\0".to_vec()),
        ("a page", b"<!doctype html><script>alert(1)</script>".to_vec()),
        ("a drawing", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec()),
        ("a script", b"#!/bin/sh\nid\n".to_vec()),
        ("PostScript", b"%!PS-Adobe-3.0\n".to_vec()),
        ("rich text", b"{\\rtf1 \\object}".to_vec()),
        (
            "XML",
            b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>".to_vec(),
        ),
        ("a head without a version", b"%PDF".to_vec()),
        ("a version without a dot", b"%PDF-1".to_vec()),
        ("a version that is to come", b"%PDF-3.0\n".to_vec()),
        ("a head in small letters", b"%pdf-1.7\n".to_vec()),
        ("a head backwards", b"7.1-FDP%".to_vec()),
        ("a head in wide letters", wide),
        ("a head that comes too late", late(1_018)),
        ("a head that comes much too late", late(100_000)),
        ("a packed PDF", b"\x1f\x8b\x08\0%PDF".to_vec()),
        ("a coded PDF", b"JVBERi0xLjcKMSAwIG9iago=".to_vec()),
        ("zeros", vec![0; 4_096]),
        ("one byte", b"%".to_vec()),
    ]
}
