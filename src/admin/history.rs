//! What was done: to a row, and by a staff member. Read from the audit log.

use std::collections::HashMap;

use sea_orm::{DbErr, Value};
use serde_json::Value as Json;

use similar::{ChangeTag, TextDiff};

use super::{
    change_list::rows,
    desk::Desk,
    form::Draft,
    locale::Locale,
    model::Model,
    refusal::Refusal,
    row::Row,
    value::{self, Kind},
};
use crate::platform::audit;

const RECENT: u64 = 10;
/// Entries on a page.
pub(super) const PAGE: u64 = 100;

/// One of the latest things that somebody did.
pub struct RecentView {
    /// `add`, `change`, `delete` or `other`.
    pub kind: &'static str,
    /// What kind it is, in words.
    pub done: String,
    /// The row.
    pub text: String,
    /// Its page, unless it is gone.
    pub href: Option<String>,
    /// The model.
    pub model: String,
}

/// An entry of a history.
pub struct EntryView {
    /// When.
    pub at: String,
    /// When, to the second.
    pub exact: String,
    /// When, for machines.
    pub machine: String,
    /// Who; empty for the program itself.
    pub who: String,
    /// What, in a sentence.
    pub what: String,
    /// Fields before and after.
    pub changes: Vec<ChangeView>,
}

/// A field before and after.
pub struct ChangeView {
    /// What the field is called.
    pub label: String,
    /// Before.
    pub old: String,
    /// After.
    pub new: String,
    /// Before and after in one, word by word; empty where nothing stayed.
    pub words: Vec<Piece>,
}

/// Words that stayed, went or came.
pub struct Piece {
    /// `same`, `old` or `new`.
    pub kind: &'static str,
    /// The words.
    pub text: String,
}

/// The class of an event.
fn kind_of(event: &str) -> &'static str {
    match event {
        "admin.add" => "add",
        "admin.change" => "change",
        "admin.delete" => "delete",
        _ => "other",
    }
}

/// What the staff member did last.
pub(super) async fn recent(desk: &Desk) -> Result<Vec<RecentView>, Refusal> {
    let entries = audit::changes_by(desk.site.store.read(), desk.staff.id, RECENT).await?;
    Ok(entries.into_iter().filter_map(|entry| recent_view(desk, entry)).collect())
}

fn recent_view(desk: &Desk, entry: audit::Model) -> Option<RecentView> {
    let path = entry.model?;
    let (app, name) = path.split_once('.')?;
    let model = desk.site.model(app, name)?;
    let kind = kind_of(&entry.event);
    // What concerns a whole list, such as an export, names no row.
    let href = entry.object_key.filter(|key| kind != "delete" && !key.is_empty());
    let text = entry.object_text.filter(|text| !text.is_empty());
    Some(RecentView {
        kind,
        done: desk.locale.t(&format!("admin-done-{kind}")),
        text: text.unwrap_or_else(|| model.many_of(&desk.locale)),
        href: href.map(|key| desk.url(&model.row_path(&key, "change"))),
        model: model.one(&desk.locale),
    })
}

/// The history of a row, newest first: a page of it, and whether there is more.
pub(super) async fn of_row(
    desk: &Desk,
    model: &Model,
    row: &Row,
    page: u64,
) -> Result<(Vec<EntryView>, bool), Refusal> {
    let db = desk.site.store.read();
    let offset = (page - 1).saturating_mul(PAGE);
    let mut entries = audit::of_object(db, &model.path(), &row.key_text(), offset, PAGE + 1).await?;
    let more = entries.len() as u64 > PAGE;
    entries.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let changes: Vec<Vec<Changed>> = entries.iter().map(changes).collect();
    let names = names(desk, model, changes.iter().flatten()).await?;
    let views = entries.iter().zip(changes).map(|(entry, changes)| {
        let changes: Vec<ChangeView> =
            changes.into_iter().map(|change| view(desk, model, &names, change)).collect();
        EntryView {
            at: desk.locale.moment(entry.at),
            exact: desk.locale.exact(entry.at),
            machine: entry.at.to_rfc3339(),
            who: entry.actor_name.as_deref().map(super::cell::shortened).unwrap_or_default(),
            what: what(&desk.locale, entry, &changes),
            changes,
        }
    });
    Ok((views.collect(), more))
}

/// What differs between a row as somebody else has left it and a draft over an older version of it.
pub(super) async fn conflict(
    desk: &Desk,
    model: &Model,
    now: &Row,
    ties: &HashMap<&'static str, Vec<String>>,
    draft: &Draft,
) -> Result<Vec<ChangeView>, Refusal> {
    let stored = draft.values.iter().map(|(name, mine)| {
        let theirs = now.value(name).map(value::plain).unwrap_or_default();
        Changed { field: (*name).to_owned(), old: theirs, new: value::plain(mine) }
    });
    let relations = model.many.iter().filter_map(|many| {
        let mut mine: Vec<String> = draft.many.get(many.name)?.iter().map(value::plain).collect();
        let mut theirs = ties.get(many.name)?.clone();
        mine.sort();
        theirs.sort();
        Some(Changed { field: many.name.to_owned(), old: theirs.join(", "), new: mine.join(", ") })
    });
    let differing: Vec<Changed> = stored.chain(relations).filter(|change| change.old != change.new).collect();
    let names = names(desk, model, differing.iter()).await?;
    Ok(differing.into_iter().map(|change| view(desk, model, &names, change)).collect())
}

/// A field before and after, as the log has it.
struct Changed {
    field: String,
    old: String,
    new: String,
}

fn changes(entry: &audit::Model) -> Vec<Changed> {
    let logged: Vec<Json> =
        entry.changes.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let text = |change: &Json, name: &str| change[name].as_str().unwrap_or_default().to_owned();
    let changed = |change: &Json| Changed {
        field: text(change, "field"),
        old: text(change, "old"),
        new: text(change, "new"),
    };
    logged.iter().map(changed).collect()
}

/// What the keys among old and new values are called: one query per relation.
async fn names<'a>(
    desk: &Desk,
    model: &Model,
    changes: impl Iterator<Item = &'a Changed>,
) -> Result<HashMap<(&'static str, String), String>, DbErr> {
    let mut keys: HashMap<&'static str, Vec<String>> = HashMap::new();
    for change in changes {
        let field = model.fields.iter().find(|field| field.name == change.field);
        if let Some(field) = field.filter(|field| field.refers_to.is_some()) {
            keys.entry(field.name).or_default().extend([change.old.clone(), change.new.clone()]);
        }
    }
    let mut names = HashMap::new();
    for (field, keys) in keys {
        let table = model.field(field).and_then(|field| field.refers_to);
        let Some(target) = table.and_then(|table| desk.site.of_table(table)) else { continue };
        let parsed: Vec<Value> = keys.iter().filter_map(|key| target.parse_key(key)).collect();
        for (key, name) in rows::labels(desk.site.store.read(), target, parsed, &desk.locale).await? {
            names.insert((field, key), name);
        }
    }
    for many in &model.many {
        for choice in (many.choices)(desk.site.store.read().clone(), desk.locale).await? {
            let label = if choice.row.is_empty() {
                choice.label
            } else {
                format!("{} {}", choice.row, choice.column)
            };
            names.insert((many.name, value::plain(&choice.key)), label);
        }
    }
    Ok(names)
}

fn view(
    desk: &Desk,
    model: &Model,
    names: &HashMap<(&'static str, String), String>,
    change: Changed,
) -> ChangeView {
    let field = model.fields.iter().find(|field| field.name == change.field);
    let many = model.many.iter().find(|many| many.name == change.field);
    let called = |text: &str| {
        if let Some(many) = many {
            let labels: Vec<String> = text
                .split(", ")
                .map(|key| names.get(&(many.name, key.to_owned())).cloned().unwrap_or_else(|| key.to_owned()))
                .collect();
            return labels.join(", ");
        }
        match field {
            Some(field) if field.refers_to.is_some() => {
                names.get(&(field.name, text.to_owned())).cloned().unwrap_or_else(|| text.to_owned())
            }
            Some(field) if field.tone_of(text).is_some() => field.choice_label(&desk.locale, text),
            Some(field) if field.kind == Kind::Bool && !text.is_empty() => {
                desk.locale.t(if text == "true" { "admin-yes" } else { "admin-no" })
            }
            Some(field) if field.kind == Kind::Moment => match text.parse() {
                Ok(at) => desk.locale.moment(at),
                Err(_) => text.to_owned(),
            },
            _ => text.to_owned(),
        }
    };
    let (old, new) = (called(&change.old), called(&change.new));
    let is_text = field.is_some_and(|field| field.kind == Kind::Text && field.choices.is_empty());
    ChangeView {
        label: model.label_of(&desk.locale, &change.field),
        words: if is_text { words(&old, &new) } else { Vec::new() },
        old,
        new,
    }
}

/// Two texts in one, where they have words in common.
fn words(old: &str, new: &str) -> Vec<Piece> {
    let diff = TextDiff::from_unicode_words(old, new);
    let mut pieces: Vec<Piece> = Vec::new();
    for change in diff.iter_all_changes() {
        let kind = match change.tag() {
            ChangeTag::Equal => "same",
            ChangeTag::Delete => "old",
            ChangeTag::Insert => "new",
        };
        match pieces.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(change.value()),
            _ => pieces.push(Piece { kind, text: change.value().to_owned() }),
        }
    }
    let stayed = pieces.iter().any(|piece| piece.kind == "same" && !piece.text.trim().is_empty());
    if stayed { pieces } else { Vec::new() }
}

/// What an entry says.
fn what(locale: &Locale, entry: &audit::Model, changes: &[ChangeView]) -> String {
    match entry.event.as_str() {
        "admin.add" => locale.t("admin-history-added"),
        "admin.delete" => locale.t("admin-history-deleted"),
        "admin.change" if changes.is_empty() => locale.t("admin-history-no-changes"),
        "admin.change" => {
            let labels: Vec<&str> = changes.iter().map(|change| change.label.as_str()).collect();
            locale.with("admin-history-changed", &[("fields", &listed(locale, &labels))])
        }
        "admin.action" => {
            let detail: Json = serde_json::from_str(&entry.detail).unwrap_or_default();
            let action = detail["action"].as_str().unwrap_or_default();
            locale.with(&format!("action-{action}"), &[("many", "")]).trim().to_owned()
        }
        other => locale.or_last_word(&format!("event-{}", other.replace('.', "-"))),
    }
}

/// `A, B and C`.
fn listed(locale: &Locale, words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => {
            let first = rest.join(&locale.t("admin-list-comma"));
            locale.with("admin-list-and", &[("first", &first), ("last", last)])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stayed_stands_between_what_went_and_what_came() {
        let pieces = |old, new| -> Vec<(&str, String)> {
            words(old, new).into_iter().map(|piece| (piece.kind, piece.text)).collect()
        };
        let text = |kind, text: &str| (kind, text.to_owned());
        assert_eq!(
            pieces("see the old page", "see the new page"),
            [text("same", "see the "), text("old", "old"), text("new", "new"), text("same", " page")]
        );
        assert_eq!(pieces("请看旧页", "请看新页").first(), Some(&text("same", "请看")));
        assert!(pieces("one", "two").is_empty(), "nothing stayed");
        assert!(pieces("", "two").is_empty());
    }
}
