//! Formats of text: each row becomes bytes by itself, so a file of any length needs the memory of one row.

use askama::filters::{Html, escape};
use serde_json::{Map, Value as Json};

use super::{Column, Format, Item, Options, harmless, without_controls};

/// Writes rows as text.
pub(super) struct Writer {
    format: Format,
    heads: Vec<String>,
    plain: bool,
    mark: bool,
    rows: u64,
}

impl Writer {
    pub(super) fn new(options: &Options, columns: &[Column]) -> Self {
        let heads = columns.iter().map(|column| column.head.clone()).collect();
        Self { format: options.format, heads, plain: options.plain, mark: options.mark, rows: 0 }
    }

    /// What stands before the first row.
    pub(super) fn begin(&self) -> Vec<u8> {
        let heads: Vec<Item> = self.heads.iter().cloned().map(Item::Text).collect();
        match self.format {
            Format::Csv | Format::Tsv => {
                let mut bytes = if self.mark { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
                bytes.extend(self.separated(&heads));
                bytes
            }
            Format::Json => b"[".to_vec(),
            Format::Html => {
                let heads: String =
                    self.heads.iter().map(|head| format!("<th>{}</th>", safe(head))).collect();
                let begin = "<!doctype html>\n<meta charset=\"utf-8\">\n<table>\n<thead>";
                format!("{begin}<tr>{heads}</tr></thead>\n<tbody>\n").into_bytes()
            }
            Format::Yaml | Format::Ndjson | Format::Xlsx => Vec::new(),
        }
    }

    /// A row.
    pub(super) fn row(&mut self, items: &[Item]) -> Vec<u8> {
        self.rows += 1;
        match self.format {
            Format::Csv | Format::Tsv => self.separated(items),
            Format::Json => {
                let before = if self.rows == 1 { "\n" } else { ",\n" };
                format!("{before}{}", self.object(items)).into_bytes()
            }
            Format::Ndjson => format!("{}\n", self.object(items)).into_bytes(),
            Format::Yaml => self.yaml(items).into_bytes(),
            Format::Html => {
                let cells: String =
                    items.iter().map(|item| format!("<td>{}</td>", safe(&self.written(item)))).collect();
                format!("<tr>{cells}</tr>\n").into_bytes()
            }
            Format::Xlsx => Vec::new(),
        }
    }

    /// What stands after the last row.
    pub(super) fn end(&self) -> Vec<u8> {
        match self.format {
            Format::Json => b"\n]\n".to_vec(),
            Format::Html => b"</tbody>\n</table>\n".to_vec(),
            Format::Yaml if self.rows == 0 => b"[]\n".to_vec(),
            _ => Vec::new(),
        }
    }

    /// A value in a format that spreadsheets read.
    fn written(&self, item: &Item) -> String {
        match item {
            Item::Text(text) if self.plain => harmless(text),
            Item::Text(text) => without_controls(text),
            other => other.text(),
        }
    }

    fn separated(&self, items: &[Item]) -> Vec<u8> {
        let delimiter = if self.format == Format::Tsv { b'\t' } else { b',' };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        // Writing to memory does not fail.
        let _ = writer.write_record(items.iter().map(|item| self.written(item)));
        writer.into_inner().unwrap_or_default()
    }

    fn object(&self, items: &[Item]) -> Json {
        let mut object = Map::new();
        for (head, item) in self.heads.iter().zip(items) {
            object.insert(head.clone(), json(item));
        }
        Json::Object(object)
    }

    /// Values are written as in JSON, which YAML reads.
    fn yaml(&self, items: &[Item]) -> String {
        let mut text = String::new();
        for (at, (head, item)) in self.heads.iter().zip(items).enumerate() {
            let dash = if at == 0 { "- " } else { "  " };
            text.push_str(&format!("{dash}{}: {}\n", Json::String(head.clone()), json(item)));
        }
        text
    }
}

fn json(item: &Item) -> Json {
    match item {
        Item::Nothing => Json::Null,
        Item::Text(text) => Json::String(text.clone()),
        Item::Whole(number) => Json::from(*number),
        Item::Fraction(number) => Json::from(*number),
        Item::Truth(truth) => Json::Bool(*truth),
    }
}

fn safe(text: &str) -> String {
    escape(text, Html).map(|safe| safe.to_string()).unwrap_or_default()
}
