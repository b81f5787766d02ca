//! What a declaration says about columns beyond their types.

use std::ops::RangeInclusive;

use sea_orm::{EntityTrait, IdenStatic};

use super::{cell::Tone, field::Field, model_admin::ModelAdmin};

impl<E: EntityTrait> ModelAdmin<E>
where
    E::Column: IdenStatic,
{
    /// The words a text column may hold.
    pub fn choices(
        mut self,
        column: E::Column,
        words: impl IntoIterator<Item = (&'static str, Tone)>,
    ) -> Self {
        let at = self.at(column);
        self.model.fields[at].choices = words.into_iter().collect();
        self
    }

    /// A column that holds the key of another entity.
    pub fn refers<T: EntityTrait>(mut self, column: E::Column) -> Self {
        let at = self.at(column);
        self.model.fields[at].refers_to = Some(T::default().table_name());
        self
    }

    /// Changes what is known of a column.
    fn with(mut self, columns: impl IntoIterator<Item = E::Column>, change: impl Fn(&mut Field)) -> Self {
        for column in columns {
            let at = self.at(column);
            change(&mut self.model.fields[at]);
        }
        self
    }

    /// Columns that are never read nor shown.
    pub fn secret(self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        self.with(columns, |field| field.secret = true)
    }

    /// Columns that are exported only to whoever may see personal data.
    pub fn personal(self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        self.with(columns, |field| field.personal = true)
    }

    /// Columns of sizes in bytes.
    pub fn bytes(self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        self.with(columns, |field| field.bytes = true)
    }

    /// Columns of text with several lines.
    pub fn multiline(self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        self.with(columns, |field| field.multiline = true)
    }

    /// Columns of mail addresses.
    pub fn email(self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        self.with(columns, |field| field.email = true)
    }

    /// Columns of addresses on the web.
    pub fn web_address(self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        self.with(columns, |field| field.web = true)
    }

    /// Columns in which no two rows have the same.
    pub fn unique(self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        self.with(columns, |field| field.unique = true)
    }

    /// Columns of text that may be left empty.
    pub fn blank(self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        self.with(columns, |field| field.blank = true)
    }

    /// The choices of a column are called as those of the column `name` are.
    pub fn worded_as(self, column: E::Column, name: &'static str) -> Self {
        self.with([column], |field| field.words_of = Some(name))
    }

    /// Longest text of a column.
    pub fn max_chars(self, column: E::Column, chars: usize) -> Self {
        self.with([column], |field| field.max_chars = Some(chars))
    }

    /// Smallest and greatest number of a column.
    pub fn range(self, column: E::Column, range: RangeInclusive<i64>) -> Self {
        self.with([column], |field| field.range = Some((*range.start(), *range.end())))
    }

    /// Most digits after the point in a column of numbers.
    pub fn decimals(self, column: E::Column, digits: usize) -> Self {
        self.with([column], |field| field.decimals = Some(digits))
    }

    /// What a new row has in a column.
    pub fn initially(self, column: E::Column, text: &'static str) -> Self {
        self.with([column], |field| field.initial = Some(text))
    }
}
