//! A many-to-many relation as a table of check boxes.

use super::{Choice, view::OptionView};

/// A table of check boxes.
pub struct Grid {
    /// Heads of the columns.
    pub columns: Vec<String>,
    /// Rows: the name, and one box or none per column.
    pub rows: Vec<(String, Vec<Option<OptionView>>)>,
}

/// Choices in rows and columns, both in the order in which they come.
pub(super) fn grid(choices: &[Choice], option: impl Fn(&Choice) -> OptionView) -> Grid {
    let mut columns: Vec<String> = Vec::new();
    let mut rows: Vec<(String, Vec<Option<OptionView>>)> = Vec::new();
    for choice in choices {
        if !columns.contains(&choice.column) {
            columns.push(choice.column.clone());
        }
    }
    for choice in choices {
        let at = rows.iter().position(|(row, _)| *row == choice.row).unwrap_or_else(|| {
            rows.push((choice.row.clone(), columns.iter().map(|_| None).collect()));
            rows.len() - 1
        });
        let column = columns.iter().position(|column| *column == choice.column).unwrap_or_default();
        rows[at].1[column] = Some(option(choice));
    }
    Grid { columns, rows }
}
