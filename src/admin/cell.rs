//! What stands in a place of a table or a read-only field: a value, dressed for showing.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::Value;

use super::{
    field::Field,
    locale::Locale,
    value::{self, Kind},
};
use crate::platform::text::one_line;

/// Characters of a digest that are shown in its place.
const DIGEST_CHARS: usize = 64;
/// Wider text is clamped to some lines in a list; in letters of the Latin alphabet.
const LONG_WIDTH: usize = 120;

/// Something to show.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A short text.
    Text(String),
    /// A text that may be long: clamped in lists.
    Long(String),
    /// A digest: its beginning and end are shown.
    Digest(String),
    /// A whole number.
    Number(i64),
    /// A number with a fraction.
    Fraction(f64),
    /// A size in bytes.
    Bytes(i64),
    /// Yes or no.
    Bool(bool),
    /// A moment.
    Moment(DateTime<Utc>),
    /// A day.
    Date(NaiveDate),
    /// A word of a fixed list: the key of its sentence, and how it is coloured.
    Badge(String, Tone),
    /// Several words of fixed lists in a row, small: what came of things, one after the other.
    Strip(Vec<(String, Tone)>),
    /// A text that leads somewhere. The address is relative to the site.
    Link(String, String),
}

/// How a badge is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As any text.
    Plain,
    /// All is well.
    Good,
    /// Worth a look.
    Warn,
    /// Something failed.
    Bad,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

impl Cell {
    /// The cell of a stored value.
    pub(super) fn of(field: &Field, value: &Value) -> Self {
        if value::is_null(value) {
            return Self::Empty;
        }
        match value {
            Value::Bool(Some(yes)) => Self::Bool(*yes),
            Value::ChronoDateTimeUtc(Some(at)) => Self::Moment(*at),
            Value::ChronoDate(Some(day)) => Self::Date(*day),
            Value::SmallInt(Some(number)) => Self::Number((*number).into()),
            Value::Int(Some(number)) => Self::Number((*number).into()),
            Value::BigInt(Some(number)) if field.bytes => Self::Bytes(*number),
            Value::BigInt(Some(number)) => Self::Number(*number),
            Value::Double(Some(number)) => Self::Fraction(*number),
            Value::String(Some(text)) => Self::text(field, text),
            other => Self::Text(value::plain(other)),
        }
    }

    fn text(field: &Field, text: &str) -> Self {
        if text.is_empty() {
            Self::Empty
        } else if let Some(tone) = field.tone_of(text) {
            Self::Badge(field.choice_key(text), tone)
        } else if is_digest(text) {
            Self::Digest(text.to_owned())
        } else if width(text) > LONG_WIDTH || text.contains('\n') {
            Self::Long(text.to_owned())
        } else {
            Self::Text(text.to_owned())
        }
    }

    /// Whether it is aligned to the right.
    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Fraction(_) | Self::Bytes(_))
    }

    /// The cell with everything spelled out, for a template.
    pub(super) fn view(&self, locale: &Locale) -> CellView {
        let text = |kind, text: String| CellView { kind, text, ..CellView::default() };
        match self {
            Self::Empty => text("empty", "-".to_owned()),
            Self::Text(content) => text("text", content.clone()),
            Self::Long(content) => text("long", content.clone()),
            Self::Digest(content) => {
                CellView { title: content.clone(), ..text("digest", shortened(content)) }
            }
            Self::Number(number) => text("number", locale.number(*number)),
            Self::Fraction(number) => text("number", format!("{number:.2}")),
            Self::Bytes(bytes) => {
                CellView { title: locale.number(*bytes), ..text("number", super::locale::size(*bytes)) }
            }
            Self::Bool(yes) => CellView {
                title: if *yes { "yes" } else { "no" }.to_owned(),
                ..text("bool", locale.t(if *yes { "admin-yes" } else { "admin-no" }))
            },
            Self::Moment(at) => CellView {
                title: locale.exact(*at),
                href: at.to_rfc3339(),
                ..text("moment", locale.moment(*at))
            },
            Self::Date(day) => CellView { href: day.to_string(), ..text("date", locale.date(*day)) },
            Self::Badge(key, tone) => {
                CellView { title: tone.class().to_owned(), ..text("badge", locale.or_last_word(key)) }
            }
            Self::Strip(marks) if marks.is_empty() => text("empty", "-".to_owned()),
            Self::Strip(marks) => {
                let mark = |(key, tone): &(String, Tone)| (tone.class(), locale.or_last_word(key));
                CellView { marks: marks.iter().map(mark).collect(), ..text("strip", String::new()) }
            }
            Self::Link(content, href) => CellView { href: href.clone(), ..text("link", content.clone()) },
        }
    }
}

/// A cell as a template shows it.
#[derive(Clone, Debug, Default)]
pub struct CellView {
    /// Which of the forms of `_cell.html`.
    pub kind: &'static str,
    /// What is read.
    pub text: String,
    /// What is behind it: the full value, or a class.
    pub title: String,
    /// An address, or the machine's form of a moment.
    pub href: String,
    /// The marks of a strip: a class, and what it says.
    pub marks: Vec<(&'static str, String)>,
}

/// How wide a text is about, in letters of the Latin alphabet: a Chinese character is as wide as two.
fn width(text: &str) -> usize {
    text.chars().map(|char| if char < '\u{2e80}' { 1 } else { 2 }).sum()
}

/// Whether a text is a SHA-256 in hexadecimal.
pub fn is_digest(text: &str) -> bool {
    text.len() == DIGEST_CHARS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A digest, shortened to what tells it from others; other text as it is.
pub fn shortened(text: &str) -> String {
    if is_digest(text) { format!("{}…{}", &text[..8], &text[DIGEST_CHARS - 4..]) } else { text.to_owned() }
}

/// The beginning of a text, on one line.
pub fn beginning(text: &str, chars: usize) -> String {
    let line = one_line(text);
    match line.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

impl Kind {
    /// Whether a column of this kind is aligned to the right.
    pub(super) fn is_right(self) -> bool {
        self.is_number()
    }
}
