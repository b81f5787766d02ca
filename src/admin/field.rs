//! Columns of an entity as the engine knows them.

use sea_orm::{ColumnTrait, IdenStatic};

use super::{cell::Tone, locale::Locale, value::Kind};

/// A stored column.
#[expect(clippy::struct_excessive_bools, reason = "what is known of a column is a list of yes and no")]
#[derive(Clone, Debug)]
pub struct Field {
    /// The column's name.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) nullable: bool,
    /// The words a text column may hold, with their colours.
    pub(super) choices: Vec<(&'static str, Tone)>,
    /// Longest text.
    pub(super) max_chars: Option<usize>,
    /// Smallest and greatest number.
    pub(super) range: Option<(i64, i64)>,
    /// Most digits after the point.
    pub(super) decimals: Option<usize>,
    /// The table that the column refers to.
    pub(super) refers_to: Option<&'static str>,
    /// Never read, never shown.
    pub(super) secret: bool,
    /// Exported only to whoever may see personal data.
    pub(super) personal: bool,
    /// A number of bytes.
    pub(super) bytes: bool,
    /// Text of several lines.
    pub(super) multiline: bool,
    /// An address for mail.
    pub(super) email: bool,
    /// An address on the web.
    pub(super) web: bool,
    /// No two rows have the same.
    pub(super) unique: bool,
    /// An empty text is a value.
    pub(super) blank: bool,
    /// The column whose words its choices have, where that is another.
    pub(super) words_of: Option<&'static str>,
    /// What a new row has.
    pub(super) initial: Option<&'static str>,
}

impl Field {
    pub(super) fn of<C: ColumnTrait + IdenStatic>(column: C) -> Option<Self> {
        let def = column.def();
        Some(Self {
            name: column.as_str(),
            kind: Kind::of(def.get_column_type())?,
            nullable: def.is_null(),
            choices: Vec::new(),
            max_chars: None,
            range: None,
            decimals: None,
            refers_to: None,
            secret: false,
            personal: false,
            bytes: false,
            multiline: false,
            email: false,
            web: false,
            unique: def.is_unique(),
            blank: false,
            words_of: None,
            initial: None,
        })
    }

    /// The name that addresses and forms use: Django names a reference without its `_id`.
    pub(super) fn form_name(&self) -> &'static str {
        match self.refers_to {
            Some(_) => self.name.strip_suffix("_id").unwrap_or(self.name),
            None => self.name,
        }
    }

    /// Whether an address or a form means this field.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.form_name() == name
    }

    /// The colour of one of the choices.
    pub(super) fn tone_of(&self, word: &str) -> Option<Tone> {
        self.choices.iter().find(|(choice, _)| *choice == word).map(|(_, tone)| *tone)
    }

    /// The key of a choice's sentence. Keys have no dots.
    pub(super) fn choice_key(&self, word: &str) -> String {
        format!("choice-{}-{}", self.words_of.unwrap_or(self.name), word.replace('.', "_"))
    }

    /// A choice as it is read.
    pub(super) fn choice_label(&self, locale: &Locale, word: &str) -> String {
        locale.or_last_word(&self.choice_key(word))
    }
}
