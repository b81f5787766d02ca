//! Spreadsheets, read as far as a test needs it: the parts of the file, and the cells of its first sheet.

use pdf_oxide::decoders::{FlateDecoder, StreamDecoder};
use scraper::{Html, Selector};

/// A part of the file: its entry in the directory at the end tells where it is.
pub fn part(file: &[u8], name: &str) -> String {
    let short = |at: usize| usize::from(u16::from_le_bytes([file[at], file[at + 1]]));
    let long = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    let end = file.windows(4).rposition(|bytes| bytes == b"PK\x05\x06").expect("the end of a zip file");
    let (entries, mut at) = (short(end + 10), long(end + 16));
    for _ in 0..entries {
        assert_eq!(&file[at..at + 4], b"PK\x01\x02", "an entry of the directory");
        let (method, size, name_length) = (short(at + 10), long(at + 20), short(at + 28));
        if &file[at + 46..at + 46 + name_length] == name.as_bytes() {
            let header = long(at + 42);
            let begin = header + 30 + short(header + 26) + short(header + 28);
            let packed = &file[begin..begin + size];
            let bytes = if method == 0 { packed.to_vec() } else { inflated(packed) };
            return String::from_utf8(bytes).expect("a part of text");
        }
        at += 46 + name_length + short(at + 30) + short(at + 32);
    }
    panic!("the file has no part {name}")
}

/// PDF files are packed in the same way, but for two bytes in front.
fn inflated(packed: &[u8]) -> Vec<u8> {
    let wrapped = [&[0x78, 0x9c], packed].concat();
    FlateDecoder::default().decode(&wrapped).expect("packed bytes")
}

/// A cell of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Number(f64),
    Truth(bool),
    Formula,
}

impl Cell {
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// The rows of the first sheet. Cells without a value are left out.
pub fn rows(file: &[u8]) -> Vec<Vec<Cell>> {
    // Names of elements are those of XML; a reader of HTML takes them as they come.
    let sheet = Html::parse_fragment(
        &part(file, "xl/worksheets/sheet1.xml").replace("<row", "<div class=row").replace("</row>", "</div>"),
    );
    let css = |text: &str| Selector::parse(text).unwrap();
    let cells = |row: scraper::ElementRef<'_>| {
        row.select(&css("c")).map(|cell| of(file, &cell, cell.select(&css("f")).next().is_some())).collect()
    };
    sheet.select(&css(".row")).map(cells).collect()
}

fn of(file: &[u8], cell: &scraper::ElementRef<'_>, formula: bool) -> Cell {
    let text: String = cell.text().collect();
    match cell.attr("t") {
        _ if formula => Cell::Formula,
        Some("inlineStr") => Cell::Text(text),
        Some("s") => Cell::Text(shared(file, text.parse().expect("the place of a string"))),
        Some("b") => Cell::Truth(text == "1"),
        _ => Cell::Number(text.parse().expect("a number")),
    }
}

fn shared(file: &[u8], at: usize) -> String {
    let strings = Html::parse_fragment(&part(file, "xl/sharedStrings.xml"));
    let each = Selector::parse("si").unwrap();
    strings.select(&each).nth(at).expect("a shared string").text().collect()
}
