//! The audit log in the dashboard: to be read, searched and exported, never changed.

use crate::{
    admin::{Fieldset, ModelAdmin, Verb},
    platform::audit::{Column, Entity},
};

/// Entries of the audit log.
pub fn audit_log() -> ModelAdmin<Entity> {
    use Column::*;
    ModelAdmin::new("core", "auditentry")
        .class("AuditEntry")
        .shortcut('a')
        .named_by(|row, locale| {
            let event = row.text(Event);
            let key = format!("event-{}", event.replace('.', "-"));
            locale.language.find(&key).unwrap_or(event)
        })
        .list([At, Event, ActorName, Model, ObjectText, IpPrefix, Source])
        .search([ActorName, Event, ObjectText])
        .search_exact([ObjectKey, RequestId])
        .filters([At, Event, Source])
        .by_date(At)
        .newest_first(At)
        .multiline([Changes, Detail])
        .personal([ActorName, ObjectText, Changes])
        .fieldset(Fieldset::new().shown([At, Event, ActorName, AccountId, Source, IpPrefix, RequestId]))
        .fieldset(Fieldset::titled("object").shown([Model, ObjectKey, ObjectText, Changes, Detail]))
        .never([Verb::Add, Verb::Change, Verb::Delete])
        .exported()
}
