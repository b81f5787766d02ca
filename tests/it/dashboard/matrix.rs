//! Who may do what: every route of the dashboard, for each kind of visitor.
//!
//! The routes come from the program: one that is not in the table fails the test.

use std::collections::BTreeSet;

use rocket::http::Method;

use super::staff::{Member, owner, with};
use crate::support::{Answer, TestApp};

/// What visitors hold: nothing, to view, change, delete, export.
const HELD: [&[&str]; 5] = [
    &[],
    &["chat.view_feedback"],
    &["chat.change_feedback"],
    &["chat.delete_feedback"],
    &["chat.view_feedback", "chat.export_feedback"],
];

/// A route, a path of it, and the status for: a stranger; staff who hold nothing, view, change, delete, view and
/// export; a superuser. A stranger's 302 leads to the sign-in page.
type Line = (Method, &'static str, &'static str, [u16; 7]);

use Method::{Get, Post};

const FEEDBACK: &str = "chat/feedback";

const TABLE: &[Line] = &[
    (Get, "/?<period>&<csv>", "", [302, 200, 200, 200, 200, 200, 200]),
    (Get, "/login", "login/", [200, 302, 302, 302, 302, 302, 302]),
    (Post, "/login", "login/", [403, 200, 200, 200, 200, 200, 200]),
    (Get, "/logout", "logout/", [302, 405, 405, 405, 405, 405, 405]),
    // Without a right password before, nobody is asked for a code.
    (Get, "/login/code", "login/code/", [302, 302, 302, 302, 302, 302, 302]),
    (Post, "/login/code", "login/code/", [403, 200, 200, 200, 200, 200, 200]),
    (Get, "/second_factor", "second_factor/", [302, 200, 200, 200, 200, 200, 200]),
    (Post, "/second_factor", "second_factor/", [302, 200, 200, 200, 200, 200, 200]),
    (
        Get,
        "/core/usermodel/<pk>/second_factor",
        "core/usermodel/{account}/second_factor/",
        [302, 403, 403, 403, 403, 403, 200],
    ),
    (
        Post,
        "/core/usermodel/<pk>/second_factor",
        "core/usermodel/{account}/second_factor/",
        [302, 403, 403, 403, 403, 403, 302],
    ),
    (Get, "/account", "account/", [302, 200, 200, 200, 200, 200, 200]),
    (Post, "/account/end", "account/end/", [302, 302, 302, 302, 302, 302, 302]),
    (Get, "/password_change", "password_change/", [302, 200, 200, 200, 200, 200, 200]),
    (Post, "/password_change", "password_change/", [302, 200, 200, 200, 200, 200, 200]),
    (Get, "/password_change/done", "password_change/done/", [302, 200, 200, 200, 200, 200, 200]),
    (Get, "/search?<q>", "search/?q=a", [302, 200, 200, 200, 200, 200, 200]),
    (Get, "/search/palette?<q>", "search/palette/?q=a", [302, 200, 200, 200, 200, 200, 200]),
    (
        Get,
        "/autocomplete?<app_label>&<model_name>&<field_name>&<term>&<page>",
        "autocomplete/?app_label=chat&model_name=feedback&field_name=assignee",
        [302, 403, 403, 403, 403, 403, 200],
    ),
    (Get, "/<app>", "chat/", [302, 404, 200, 200, 200, 200, 200]),
    (Get, "/<app>/<model>", "chat/feedback/", [302, 403, 200, 200, 403, 200, 200]),
    (Post, "/<app>/<model>", "chat/feedback/", [302, 403, 302, 302, 403, 302, 302]),
    (Get, "/<app>/<model>/add", "chat/feedback/add/", [302, 403, 403, 403, 403, 403, 403]),
    (Post, "/<app>/<model>/add", "chat/feedback/add/", [302, 403, 403, 403, 403, 403, 403]),
    (Get, "/<app>/<model>/<pk>", "chat/feedback/{id}/", [302, 302, 302, 302, 302, 302, 302]),
    (Get, "/<app>/<model>/<pk>/change", "chat/feedback/{id}/change/", [302, 403, 200, 200, 403, 200, 200]),
    (Post, "/<app>/<model>/<pk>/change", "chat/feedback/{id}/change/", [302, 403, 403, 302, 403, 403, 302]),
    (
        Get,
        "/<app>/<model>/<pk>/history?<p>",
        "chat/feedback/{id}/history/",
        [302, 403, 200, 200, 403, 200, 200],
    ),
    (Get, "/<app>/<model>/<pk>/delete", "chat/feedback/{id}/delete/", [302, 403, 403, 403, 200, 403, 200]),
    (Get, "/<app>/<model>/export", "chat/feedback/export/", [302, 403, 403, 403, 403, 200, 200]),
    (Post, "/<app>/<model>/export", "chat/feedback/export/", [302, 403, 403, 403, 403, 200, 200]),
    (
        Get,
        "/core/usermodel/<pk>/password",
        "core/usermodel/{account}/password/",
        [302, 403, 403, 403, 403, 403, 200],
    ),
    (
        Post,
        "/core/usermodel/<pk>/password",
        "core/usermodel/{account}/password/",
        [302, 403, 403, 403, 403, 403, 200],
    ),
    (Get, "/core/usermodel/<pk>/data", "core/usermodel/{account}/data/", [302, 403, 403, 403, 403, 403, 200]),
    (
        Post,
        "/core/usermodel/<pk>/data",
        "core/usermodel/{account}/data/",
        [302, 403, 403, 403, 403, 403, 200],
    ),
    (
        Get,
        "/core/usermodel/<pk>/sessions",
        "core/usermodel/{account}/sessions/",
        [302, 403, 403, 403, 403, 403, 200],
    ),
    (
        Get,
        "/chat/usersession/<id>/conversation",
        "chat/usersession/{conversation}/conversation/",
        [302, 403, 403, 403, 403, 403, 200],
    ),
    // Somebody else's removal is nobody's business.
    (
        Get,
        "/removals/<id>",
        "removals/00000000-0000-4000-8000-000000000000/",
        [302, 404, 404, 404, 404, 404, 404],
    ),
    (Get, "/chat/feedback/questions", "chat/feedback/questions/", [302, 403, 403, 403, 403, 403, 200]),
    (Get, "/core/document/upload", "core/document/upload/", [302, 403, 403, 403, 403, 403, 200]),
    (Post, "/core/document/upload", "core/document/upload/", [302, 403, 403, 403, 403, 403, 400]),
    (Get, "/core/document/<id>/file", "core/document/1/file/", [302, 403, 403, 403, 403, 403, 404]),
    (Post, "/core/document/<id>/file", "core/document/1/file/", [302, 403, 403, 403, 403, 403, 404]),
    (
        Get,
        "/core/uploadedfile/<id>/download",
        "core/uploadedfile/1/download/",
        [302, 403, 403, 403, 403, 403, 404],
    ),
    // Late, as it removes the row.
    (Post, "/<app>/<model>/<pk>/delete", "chat/feedback/{id}/delete/", [302, 403, 403, 403, 302, 403, 302]),
    // After all others, as it ends the sessions of the first member.
    (
        Post,
        "/core/usermodel/<pk>/sessions",
        "core/usermodel/{account}/sessions/",
        [302, 403, 403, 403, 403, 403, 302],
    ),
];

/// Signing out ends the session of the row it is tried with: it has a test of its own.
const ELSEWHERE: [(Method, &str); 1] = [(Post, "/logout")];

#[rocket::async_test]
async fn every_route_asks_for_its_permission() {
    let app = TestApp::start().await;
    let conversation = rated(&app).await;
    let mut members = Vec::new();
    for (at, held) in HELD.iter().enumerate() {
        members.push(with(&app, &format!("member{at}"), held).await);
    }
    members.push(owner(&app).await);
    let account = members[0].account.id.0.to_string();
    let mut wrong = Vec::new();
    for (method, route, path, expected) in TABLE {
        for (at, expected) in expected.iter().enumerate() {
            let path = path
                .replace("{id}", "1")
                .replace("{account}", &account)
                .replace("{conversation}", &conversation);
            let path = format!("/en/admin/{path}");
            let member = at.checked_sub(1).map(|at| &members[at]);
            let answer = ask(&app, member, *method, &path).await;
            if answer.status.code != *expected {
                wrong.push(format!(
                    "{method} {route} for visitor {at}: {} and not {expected}",
                    answer.status.code
                ));
            }
            let sent_away = at == 0 && answer.status.code == 302 && *route != "/logout";
            if sent_away
                && !answer.header("Location").unwrap_or_default().starts_with("/en/admin/login/?next=")
            {
                wrong
                    .push(format!("{method} {route}: a stranger is sent to {:?}", answer.header("Location")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(FEEDBACK, "chat/feedback");
}

#[rocket::async_test]
async fn no_route_is_missing_from_the_table() {
    let app = TestApp::start().await;
    for base in ["/en/admin", "/zh-hans/admin"] {
        let mounted: BTreeSet<(String, String)> = app
            .client
            .rocket()
            .routes()
            .filter_map(|route| {
                let rest = route.uri.to_string().strip_prefix(base)?.to_owned();
                Some((route.method.to_string(), if rest.is_empty() { "/".to_owned() } else { rest }))
            })
            .collect();
        let table = TABLE.iter().map(|(method, route, ..)| (*method, *route)).chain(ELSEWHERE);
        let table: BTreeSet<(String, String)> =
            table.map(|(method, route)| (method.to_string(), route.to_owned())).collect();
        let normal = |routes: BTreeSet<(String, String)>| -> BTreeSet<(String, String)> {
            routes
                .into_iter()
                .map(|(method, route)| (method, route.trim_start_matches('/').to_owned()))
                .collect()
        };
        assert_eq!(normal(mounted), normal(table), "{base}");
    }
}

async fn ask(app: &TestApp, member: Option<&Member>, method: Method, path: &str) -> Answer {
    match (member, method) {
        (None, Get) => app.stranger().get(path).await,
        (None, _) => app.stranger().form(path, &[]).await,
        (Some(member), Get) => member.get(path).await,
        (Some(member), _) => member.post(path, &[("post", "yes"), ("state", "seen")]).await,
    }
}

/// A conversation with an opinion about it.
async fn rated(app: &TestApp) -> String {
    let alice = app.user("alice1");
    let id = alice.conversation().await;
    alice.ask(&id, "Hello", &[]).await.is(200);
    let rating = serde_json::json!({
        "userInput": "Hello", "botAnswer": "Hello", "feedbackReason": "not_clear", "chatHistoryId": id,
    });
    alice.post("/api/feedback", rating).await.is(201);
    id
}
