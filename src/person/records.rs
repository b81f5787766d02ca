//! The smaller entries: the account, opinions, sessions, what the person has done, mails.

use serde_json::{Value, json};

use super::archive::{Archive, Effort, List};
use crate::{
    accounts::{group, log_entry, permission, user, web_session},
    app::App,
    chat::takeout,
    mail,
    platform::audit,
};

pub(super) const ACCOUNT: &str = "account.json";
pub(super) const FEEDBACK: &str = "feedback.json";
pub(super) const SESSIONS: &str = "sessions.json";
pub(super) const AUDIT: &str = "audit.json";
pub(super) const MAILS: &str = "mails.json";
/// Rows that are read at once.
const PAGE: u64 = 500;

/// Who the person is here. Neither the password's hash nor any other secret is in it.
pub(super) async fn account(app: &App, of: &user::Model, archive: &mut Archive) -> anyhow::Result<()> {
    let db = app.store.read();
    let mut permissions: Vec<String> = permission::held(db, of).await?.into_iter().collect();
    permissions.sort_unstable();
    let account = json!({
        "id": of.id.0,
        "name": of.username,
        "kind": if of.is_local() { "local" } else { "campus" },
        "email": of.email,
        "has_password": of.has_usable_password(),
        "is_active": of.is_active,
        "is_staff": of.is_staff,
        "is_superuser": of.is_superuser,
        "is_admin": of.is_admin,
        "is_developer": app.developers.contains(&of.username),
        "wants_reports": of.wants_reports,
        "last_login": of.last_login,
        "folder": of.folder,
        "groups": group::names_of(db, of.id).await?,
        "permissions": permissions,
    });
    archive.entry(ACCOUNT, Effort::Usual).await?;
    archive.write(format!("{account:#}\n").as_bytes()).await
}

/// What the person thought of answers, also of those that are gone. What a reviewer noted is the reviewer's.
pub(super) async fn feedback(app: &App, of: &user::Model, archive: &mut Archive) -> anyhow::Result<()> {
    let mut entries = List::begin(archive, FEEDBACK).await?;
    let mut last = 0;
    loop {
        let page = takeout::opinions(app.store.read(), of.id, last, PAGE).await?;
        let Some(end) = page.last().map(|row| row.id) else { break };
        last = end;
        for row in page {
            let state: String = sea_orm::ActiveEnum::to_value(&row.state());
            let opinion = json!({
                "id": row.id,
                "time": row.time,
                "question": row.user_input,
                "answer": row.gen_answer,
                "reason": row.feedback_reason,
                "conversation": row.question_id,
                "message": row.message_id.map(|id| id.0),
                "state": state,
            });
            entries.item(&opinion).await?;
        }
    }
    entries.end().await
}

/// Where the person is signed in.
pub(super) async fn sessions(app: &App, of: &user::Model, archive: &mut Archive) -> anyhow::Result<()> {
    let live = web_session::live_of(app.store.read(), &app.signing_keys, of, app.clock.now()).await?;
    let mut entries = List::begin(archive, SESSIONS).await?;
    for session in live {
        let session = json!({
            "began": session.created_at,
            "last_used": session.last_seen,
            "ends": session.absolute_until,
            "signed_in_with": session.realm,
            "network": session.ip_prefix,
            "browser": session.ua_family,
            "display_name": app.web_sessions.name_in(&session),
        });
        entries.item(&session).await?;
    }
    entries.end().await
}

/// What the person has done. What rows of others were called and held is left out: it is about others.
pub(super) async fn audit(app: &App, of: &user::Model, archive: &mut Archive) -> anyhow::Result<()> {
    let mut entries = List::begin(archive, AUDIT).await?;
    let mut after = None;
    loop {
        let page = audit::by_account(app.store.read(), of.id.0, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.at, last.id));
        for row in &page {
            entries.item(&done(row)).await?;
        }
    }
    older(app, of, &mut entries).await?;
    entries.end().await
}

fn done(row: &audit::Model) -> Value {
    json!({
        "at": row.at,
        "event": row.event,
        "network": row.ip_prefix,
        "request": row.request_id,
        "model": row.model,
        "key": row.object_key,
        "source": row.source,
    })
}

/// The same from the log of the service before.
async fn older(app: &App, of: &user::Model, entries: &mut List<'_>) -> anyhow::Result<()> {
    let mut last = 0;
    loop {
        let page = log_entry::of_account(app.store.read(), of.id, last, PAGE).await?;
        let Some(end) = page.last().map(|row| row.id) else { return Ok(()) };
        last = end;
        for row in page {
            let event = json!({
                "at": row.action_time,
                "event": "admin.before",
                "kind": row.action_flag,
                "key": row.object_id,
            });
            entries.item(&event).await?;
        }
    }
}

/// Which mails went to the person. What they say has gone with them, and may be about others.
pub(super) async fn mails(app: &App, of: &user::Model, archive: &mut Archive) -> anyhow::Result<()> {
    let mut entries = List::begin(archive, MAILS).await?;
    if let Some(address) = &of.email {
        let mut after = None;
        loop {
            let page = mail::outbox::to(app.store.read(), address, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for row in &page {
                let state: String = sea_orm::ActiveEnum::to_value(&row.state);
                let mail = json!({
                    "kind": row.kind,
                    "subject": row.subject,
                    "to": row.recipient,
                    "written": row.created_at,
                    "sent": row.sent_at,
                    "state": state,
                });
                entries.item(&mail).await?;
            }
        }
    }
    entries.end().await
}
