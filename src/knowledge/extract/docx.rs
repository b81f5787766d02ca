//! Word files, as Markdown: headings by their styles, tables by their rows.

use std::io::Cursor;

use docx_rs::{
    DocumentChild, Paragraph, StructuredDataTagChild, Table, TableCellContent, TableChild, TableRowChild,
    read_docx,
};

use super::{Refusal, child::Whole};

/// Most that a file may say it unpacks to. Pictures are packed already: it is text that grows.
const MAX_UNPACKED_BYTES: u64 = 256 * 1024 * 1024;
/// Most parts of a file. A book with a picture on every page has some hundreds.
const MAX_PARTS: usize = 5_000;

pub(super) fn read(bytes: &[u8]) -> Result<Whole, Refusal> {
    look_before_unpacking(bytes)?;
    let document = read_docx(bytes).map_err(|_| Refusal::Broken)?.document;
    let mut lines = Vec::new();
    for child in &document.children {
        match child {
            DocumentChild::Paragraph(paragraph) => lines.push(paragraph_line(paragraph)),
            DocumentChild::Table(table) => table_lines(table, &mut lines),
            DocumentChild::StructuredDataTag(tag) => {
                for child in &tag.children {
                    if let StructuredDataTagChild::Paragraph(paragraph) = child {
                        lines.push(paragraph_line(paragraph));
                    }
                }
            }
            _ => {}
        }
    }
    let text = lines.join("\n\n");
    let title = text.lines().find_map(|line| line.strip_prefix("# ")).map(str::to_owned);
    Ok(Whole { title, text })
}

/// Looks at what the file says of itself. Where it lies, the limits of this process are what is left.
fn look_before_unpacking(bytes: &[u8]) -> Result<(), Refusal> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| Refusal::Broken)?;
    if archive.len() > MAX_PARTS {
        return Err(Refusal::TooLarge);
    }
    let mut unpacked: u64 = 0;
    for at in 0..archive.len() {
        unpacked = unpacked.saturating_add(archive.by_index_raw(at).map_err(|_| Refusal::Broken)?.size());
    }
    if unpacked > MAX_UNPACKED_BYTES { Err(Refusal::TooLarge) } else { Ok(()) }
}

fn paragraph_line(paragraph: &Paragraph) -> String {
    let text = paragraph.raw_text();
    let style = paragraph.property.style.as_ref().map_or("", |style| style.val.as_str());
    match heading_level(style) {
        Some(level) if !text.trim().is_empty() => format!("{} {}", "#".repeat(level), text.trim()),
        _ => text,
    }
}

/// `Title`, `Heading1` to `Heading6`; some programs write `heading 1` or only the number.
fn heading_level(style: &str) -> Option<usize> {
    let style = style.to_ascii_lowercase();
    if style == "title" {
        return Some(1);
    }
    let number = style.strip_prefix("heading").unwrap_or(&style).trim();
    number.parse().ok().filter(|level| (1..=6).contains(level))
}

fn table_lines(table: &Table, lines: &mut Vec<String>) {
    for TableChild::TableRow(row) in &table.rows {
        let cells = row.cells.iter().map(|TableRowChild::TableCell(cell)| {
            let texts = cell.children.iter().map(|content| match content {
                TableCellContent::Paragraph(paragraph) => paragraph.raw_text(),
                TableCellContent::Table(inner) => {
                    let mut inside = Vec::new();
                    table_lines(inner, &mut inside);
                    inside.join("; ")
                }
                _ => String::new(),
            });
            texts.collect::<Vec<_>>().join(" ")
        });
        lines.push(cells.collect::<Vec<_>>().join(" | "));
    }
}
