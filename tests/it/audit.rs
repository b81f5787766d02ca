//! What an entry of the audit log says.

use chatdku::platform::audit::{self, Change, Event, Object, Source};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::json;

use crate::support::{TestApp, noon};

#[rocket::async_test]
async fn an_entry_says_who_changed_what() {
    let app = TestApp::start().await;
    let store = &app.app().store;
    let object = Object {
        model: "core.usermodel".to_owned(),
        key: "7".to_owned(),
        text: format!("na\0me {}", "长".repeat(300)),
    };
    let change = Change { field: "email".to_owned(), old: json!(null), new: json!("a@example.edu") };
    let event = Event {
        account_id: Some(3),
        actor_name: Some("root1".to_owned()),
        ip_prefix: "203.0.113.0/24".to_owned(),
        request_id: Some("0123456789ab".to_owned()),
        object: Some(object),
        changes: vec![change, Change::masked("password")],
        source: Source::Job,
        ..Event::new("admin.change")
    };
    store.write(async |tx| audit::append(&tx, noon(), event).await).await.unwrap();
    let entry = audit::Entity::find().one(store.read()).await.unwrap().expect("the entry");
    assert_eq!((entry.event.as_str(), entry.at), ("admin.change", noon()));
    assert_eq!((entry.account_id, entry.actor_name.as_deref()), (Some(3), Some("root1")));
    assert_eq!(entry.request_id.as_deref(), Some("0123456789ab"));
    assert_eq!((entry.model.as_deref(), entry.object_key.as_deref()), (Some("core.usermodel"), Some("7")));
    let text = entry.object_text.expect("the text of the row");
    assert!(text.starts_with("name 长") && text.chars().count() == 200, "{text}");
    let changes: Vec<Change> = serde_json::from_str(&entry.changes.expect("changes")).unwrap();
    assert_eq!(changes[0].new, json!("a@example.edu"));
    assert_eq!((&changes[1].old, &changes[1].new), (&json!("***"), &json!("***")));
    assert_eq!((entry.source.as_deref(), entry.detail.as_str()), (Some("job"), "{}"));
}

#[rocket::async_test]
async fn any_number_of_entries_is_appended_at_once() {
    let app = TestApp::start().await;
    let store = &app.app().store;
    let events = (0..1201).map(|at| Event { account_id: Some(at), ..Event::new("admin.delete") }).collect();
    store.write(async |tx| audit::append_all(&tx, noon(), events).await).await.unwrap();
    assert_eq!(audit::Entity::find().count(store.read()).await.unwrap(), 1201);
    let last = audit::Entity::find().order_by_desc(audit::Column::Id).one(store.read()).await.unwrap();
    assert_eq!(last.expect("an entry").account_id, Some(1200), "in their order");
    store.write(async |tx| audit::append_all(&tx, noon(), Vec::new()).await).await.unwrap();
}
