//! Taking rows out as a file: which rows and fields, in which format, written while they are read.

mod format;
mod sheet;
mod stream;
mod text;

pub(super) use format::Format;
pub(super) use sheet::MOST_ROWS;
pub(super) use stream::{Rows, file};

use sea_orm::Value;
use sha2::{Digest, Sha256};

use super::{field::Field, value};

/// How values are written.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) format: Format,
    /// A mark at the beginning, without which spreadsheets take UTF-8 for something else.
    pub(super) mark: bool,
    /// Text that a spreadsheet would take for a formula is made plain.
    pub(super) plain: bool,
    /// References are named besides.
    pub(super) names: bool,
    /// Personal values are written as they are, and not as pseudonyms.
    pub(super) personal: bool,
}

/// A column of the file.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) field: Field,
    pub(super) head: String,
}

/// A value in the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Nothing,
    Text(String),
    Whole(i64),
    Fraction(f64),
    Truth(bool),
}

impl Item {
    /// The value of a column.
    pub(super) fn of(value: &Value) -> Self {
        if value::is_null(value) {
            return Self::Nothing;
        }
        match value {
            Value::SmallInt(Some(number)) => Self::Whole((*number).into()),
            Value::Int(Some(number)) => Self::Whole((*number).into()),
            Value::BigInt(Some(number)) => Self::Whole(*number),
            Value::Double(Some(number)) => Self::Fraction(*number),
            Value::Bool(Some(truth)) => Self::Truth(*truth),
            other => Self::Text(value::plain(other)),
        }
    }

    /// Something that stands for a value: the same for the same value within one run of the program, and no way back.
    pub(super) fn pseudonym(value: &Value, key: &[u8]) -> Self {
        if value::is_null(value) {
            return Self::Nothing;
        }
        let mut digest = Sha256::new();
        digest.update(key);
        digest.update(value::plain(value).as_bytes());
        Self::Text(format!("p-{}", hex::encode(&digest.finalize()[..8])))
    }

    /// As text.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => text.clone(),
            Self::Whole(number) => number.to_string(),
            Self::Fraction(number) => number.to_string(),
            Self::Truth(truth) => truth.to_string(),
        }
    }
}

/// What a formula begins with: also in the wide forms, which spreadsheets of East Asia take for the same.
const FORMULAS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\0', '＝', '＋', '－', '＠'];

/// Text as a spreadsheet shows it and does not run it: no control characters, and an apostrophe before what would be a
/// formula.
pub(super) fn harmless(text: &str) -> String {
    let clean = without_controls(text);
    // As it was and as it will be: what stood before a formula may be left out.
    let formula = [text, &clean].into_iter().any(|text| text.trim_start_matches(' ').starts_with(FORMULAS));
    if formula { format!("'{clean}") } else { clean }
}

/// Text without the control characters that no file format can hold.
pub(super) fn without_controls(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_made_plain() {
        for formula in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "  =x", "\u{1}=x", " \u{7f} =x", "＝1", "＠x"]
        {
            assert!(harmless(formula).starts_with('\''), "{formula:?}");
        }
        assert_eq!(harmless("\0=x"), "'=x");
        assert_eq!(harmless("a=1"), "a=1");
        assert_eq!(harmless("你好"), "你好");
    }

    #[test]
    fn a_pseudonym_is_the_same_for_the_same_value() {
        let of = |text: &str| Item::pseudonym(&Value::from(text), b"key");
        assert_eq!(of("a"), of("a"));
        assert_ne!(of("a"), of("b"));
        assert_ne!(of("a"), Item::pseudonym(&Value::from("a"), b"other"));
        assert_eq!(Item::pseudonym(&Value::String(None), b"key"), Item::Nothing);
    }
}
