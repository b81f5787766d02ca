//! Spreadsheets: rows come over a channel and go to a temporary file, in constant memory.

use rust_xlsxwriter::{Format as CellFormat, Workbook, Worksheet, XlsxError};
use tokio::sync::mpsc;

use super::{Column, Item, without_controls};

/// Rows of a sheet, its head among them.
pub(in super::super) const MOST_ROWS: u64 = 1_048_576;
/// Longest text of a cell.
const MOST_CHARS: usize = 32_767;

/// Writes a sheet to a temporary file. Blocks.
pub(super) fn write(
    columns: &[Column],
    mut rows: mpsc::Receiver<Vec<Vec<Item>>>,
) -> anyhow::Result<std::fs::File> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    let bold = CellFormat::new().set_bold();
    sheet.set_freeze_panes(1, 0)?;
    for (at, column) in columns.iter().enumerate() {
        sheet.write_string_with_format(0, place(at)?, &column.head, &bold)?;
    }
    let mut line = 1;
    while let Some(batch) = rows.blocking_recv() {
        for items in batch {
            for (at, item) in items.iter().enumerate() {
                write_item(sheet, line, place(at)?, item)?;
            }
            line += 1;
        }
    }
    let mut file = tempfile::tempfile()?;
    workbook.save_to_writer(&mut file)?;
    std::io::Seek::rewind(&mut file)?;
    Ok(file)
}

fn write_item(sheet: &mut Worksheet, line: u32, at: u16, item: &Item) -> Result<(), XlsxError> {
    match item {
        Item::Nothing => Ok(()),
        // A string is a string here, whatever it begins with.
        Item::Text(text) => sheet.write_string(line, at, fitting(text)).map(drop),
        Item::Whole(number) => sheet.write_number(line, at, *number as f64).map(drop),
        Item::Fraction(number) => sheet.write_number(line, at, *number).map(drop),
        Item::Truth(truth) => sheet.write_boolean(line, at, *truth).map(drop),
    }
}

fn place(at: usize) -> Result<u16, XlsxError> {
    u16::try_from(at).map_err(|_| XlsxError::RowColumnLimitError)
}

fn fitting(text: &str) -> String {
    without_controls(text).chars().take(MOST_CHARS).collect()
}
