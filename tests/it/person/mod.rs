//! All that is known of one person: taken out whole and by nobody else, and erased whole.

mod archives;
mod commands;
mod desk;
mod erasing;
mod inventory;

use std::io::{Cursor, Read};

use chatdku::accounts::user;
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;
use zip::ZipArchive;

use crate::support::{Actor, TestApp, pdf};

pub const LIBRARY: &[(&str, &str)] =
    &[("library.md", "# Library\n\nThe library opens at eight in the morning.")];
pub const QUESTION: &str = "When does the library open?";

/// An archive that was read.
pub struct Archive(ZipArchive<Cursor<Vec<u8>>>);

impl Archive {
    pub fn of(bytes: &[u8]) -> Self {
        Self(ZipArchive::new(Cursor::new(bytes.to_vec())).expect("a ZIP archive"))
    }

    pub fn names(&self) -> Vec<String> {
        self.0.file_names().map(str::to_owned).collect()
    }

    pub fn bytes(&mut self, name: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0.by_name(name).unwrap_or_else(|_| panic!("no {name}")).read_to_end(&mut bytes).unwrap();
        bytes
    }

    pub fn text(&mut self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    pub fn json(&mut self, name: &str) -> Value {
        serde_json::from_slice(&self.bytes(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// All of it, as text.
    pub fn everything(&mut self) -> String {
        let names = self.names();
        names.iter().map(|name| String::from_utf8_lossy(&self.bytes(name)).into_owned()).collect()
    }
}

/// A person with a conversation, an opinion and a file; answers the id of the conversation.
pub async fn lives_here(app: &TestApp, actor: &Actor, animal: &str) -> String {
    actor.get("/").await.is(200);
    let id = actor.conversation().await;
    actor.ask(&id, QUESTION, &[]).await.is(200);
    let question = format!("What does the {animal} eat?");
    let answer = actor.ask(&id, &question, &[]).await.is(200).text();
    let opinion = serde_json::json!({
        "userInput": question, "botAnswer": answer, "chatHistoryId": id,
        "feedbackReason": format!("says the {animal}"),
    });
    actor.post("/api/feedback", opinion).await.is(201);
    let text = format!("The {animal} sleeps.");
    actor.upload(&format!("{animal} 笔记.pdf"), &pdf::pages(&[&[&text]])).await.is(201);
    app.work().await;
    id
}

/// The campus account that was here first.
pub async fn campus_account(app: &TestApp) -> user::Model {
    let campus = user::Entity::find().filter(user::COLUMN.is_staff.eq(false));
    let campus = campus.order_by_asc(user::Column::Id).one(app.app().store.read()).await.unwrap();
    campus.expect("somebody")
}
