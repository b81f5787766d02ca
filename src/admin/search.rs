//! What the words in a search box mean.

use std::sync::Arc;

use sea_orm::{
    Condition, ExprTrait,
    sea_query::{Alias, Expr, Order, Query, SelectStatement, UnionType},
};
use unicode_normalization::UnicodeNormalization;

use super::{
    filter::{Reading, contains},
    remove,
    value::Kind,
};

/// Longest text that is searched for.
pub(super) const MAX_CHARS: usize = 200;

/// One thing that a word may mean.
#[derive(Clone)]
pub(super) enum SearchBy {
    /// A word in a column.
    Own(usize, Mode),
    /// Something the model knows.
    Meaning(Meaning),
    /// Nothing; a sentence about how far the search reaches.
    Note(&'static str),
}

type Meaning = Arc<dyn Fn(&str) -> Option<Condition> + Send + Sync>;

/// How a word is looked for in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Anywhere in it.
    Contains,
    /// It is the whole of it.
    Exact,
    /// Anywhere in it, in so many of the newest rows.
    Newest(u64),
}

/// The words of a search: split at white space, except between quotation marks.
pub(super) fn words(text: &str) -> Vec<String> {
    let text: String = text.nfkc().take(MAX_CHARS).collect();
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in text.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => {
                quote = None;
                words.push(std::mem::take(&mut word));
            }
            ('"' | '\'', None) if word.is_empty() => quote = Some(c),
            (c, None) if c.is_whitespace() => words.push(std::mem::take(&mut word)),
            (c, _) => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.trim().is_empty());
    words
}

/// The condition of a search: every word has to mean something. `None` when the model cannot be searched, or nothing
/// is searched for.
pub(super) fn condition(reading: Reading<'_>, words: &[String]) -> Option<Condition> {
    if words.is_empty() || reading.model.search.is_empty() {
        return None;
    }
    let mut all = Condition::all();
    for word in words {
        all = all.add(of_word(reading, word));
    }
    Some(all)
}

fn of_word(reading: Reading<'_>, word: &str) -> Condition {
    if let Some(named) = reading.model.search.iter().find_map(|by| the_row_named(reading, by, word)) {
        return named;
    }
    let meanings: Vec<Condition> =
        reading.model.search.iter().filter_map(|by| meaning(reading, by, word)).collect();
    let apart = reading.model.search.iter().any(|by| !matches!(by, SearchBy::Own(_, Mode::Contains)));
    let mut meanings = meanings.into_iter();
    // A word that can mean nothing, such as one that is no number where only numbers are searched.
    let Some(first) = meanings.next() else { return Condition::all().add(nothing()) };
    if meanings.len() == 0 || !apart {
        return meanings.fold(Condition::any().add(first), Condition::add);
    }
    // Each meaning is looked up by itself, with its own index. As one condition with `OR` they would be tried on row
    // after row.
    let mut found = remove::keys(reading.model, &first);
    for meaning in meanings {
        found.union(UnionType::All, remove::keys(reading.model, &meaning));
    }
    Condition::all().add(reading.model.key_col().in_subquery(found))
}

/// The only thing that a word can mean which is a UUID, where rows have such keys.
fn the_row_named(reading: Reading<'_>, by: &SearchBy, word: &str) -> Option<Condition> {
    let SearchBy::Own(at, Mode::Exact) = by else { return None };
    let field = reading.model.fields.get(*at).filter(|field| field.kind == Kind::Uuid)?;
    let key = field.kind.parse(word, reading.locale.zone)?;
    Some(Condition::all().add(reading.model.col(field.name).eq(key)))
}

fn meaning(reading: Reading<'_>, by: &SearchBy, word: &str) -> Option<Condition> {
    match by {
        SearchBy::Own(at, mode) => {
            let field = reading.model.fields.get(*at)?;
            let column = reading.model.col(field.name);
            let found = match mode {
                Mode::Contains => contains(column, word, reading.backend),
                Mode::Exact => column.eq(field.kind.parse(word, reading.locale.zone)?),
                Mode::Newest(rows) => {
                    let newest = newest_with(reading, field.name, word, *rows);
                    return Some(Condition::all().add(reading.model.key_col().in_subquery(newest)));
                }
            };
            Some(Condition::all().add(found))
        }
        SearchBy::Meaning(meaning) => meaning(word),
        SearchBy::Note(_) => None,
    }
}

/// The keys of those among so many of the newest rows whose column has a word in it. The rows are cut off first, and
/// that is how the database knows how few they are: with a condition on the key PostgreSQL sends for helpers, which
/// takes as long as the search itself.
fn newest_with(reading: Reading<'_>, column: &str, word: &str, rows: u64) -> SelectStatement {
    let key = Alias::new(reading.model.key_field().name);
    let column = Alias::new(column);
    let newest = Query::select()
        .column(key.clone())
        .column(column.clone())
        .from(Alias::new(reading.model.table))
        .order_by(key.clone(), Order::Desc)
        .limit(rows)
        .to_owned();
    Query::select()
        .column(key)
        .from_subquery(newest, "newest")
        .and_where(contains(Expr::col(column), word, reading.backend))
        .to_owned()
}

fn nothing() -> Expr {
    Expr::val(1).eq(0)
}

/// A text in pieces, those that were searched for marked.
pub(super) fn marked(text: &str, words: &[String]) -> Vec<(bool, String)> {
    let lower = text.to_lowercase();
    // Where lowering changes lengths, positions would not fit.
    if words.is_empty() || lower.len() != text.len() {
        return vec![(false, text.to_owned())];
    }
    let mut pieces = Vec::new();
    let mut from = 0;
    while from < text.len() {
        let next = words
            .iter()
            .map(|word| word.to_lowercase())
            .filter_map(|word| Some((from + lower.get(from..)?.find(&word)?, word.len())))
            .filter(|(at, length)| text.is_char_boundary(*at) && text.is_char_boundary(at + length))
            .min();
        let Some((at, length)) = next else { break };
        if at > from {
            pieces.push((false, text[from..at].to_owned()));
        }
        pieces.push((true, text[at..at + length].to_owned()));
        from = at + length;
    }
    if from < text.len() {
        pieces.push((false, text[from..].to_owned()));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_except_between_quotes() {
        assert_eq!(words(r#""a b" c"#), ["a b", "c"]);
        assert_eq!(words("'x y'z  w"), ["x y", "z", "w"]);
        assert_eq!(words("don't"), ["don't"]);
        assert_eq!(words("\"open ended"), ["open ended"]);
        assert_eq!(words("ｆｕｌｌ"), ["full"]);
        assert_eq!(words("  "), Vec::<String>::new());
        assert_eq!(words(&"x".repeat(500))[0].len(), MAX_CHARS);
    }

    #[test]
    fn what_was_searched_for_is_marked() {
        let words = ["visa".to_owned()];
        assert_eq!(
            marked("A Visa question", &words),
            [(false, "A ".to_owned()), (true, "Visa".to_owned()), (false, " question".to_owned())]
        );
        assert_eq!(marked("签证", &words), [(false, "签证".to_owned())]);
        assert_eq!(marked("", &words), []);
    }
}
