//! Staff members with certain permissions, signed in, and their forms.

use chatdku::accounts::{local, permission, user};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use crate::support::{
    Actor, Answer, TestApp,
    staff::{PASSWORD, sign_in, superuser},
};

/// Somebody signed in to the dashboard.
pub struct Member {
    pub actor: Actor,
    pub account: user::Model,
    token: String,
}

impl Member {
    /// Somebody whose cookie is that of a staff member.
    pub async fn of(actor: Actor, account: user::Model) -> Self {
        let page = actor.get("/en/admin/").await.is(200).text();
        Self { token: token(&page), actor, account }
    }

    /// Posts a form with its token.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = vec![("csrfmiddlewaretoken", self.token.as_str())];
        all.extend_from_slice(fields);
        self.actor.form(path, &all).await
    }

    /// A token of this session's forms.
    pub fn token(&self) -> &str {
        &self.token
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.actor.get(path).await
    }
}

/// A superuser who has signed in.
pub async fn owner(app: &TestApp) -> Member {
    let account = superuser(app, "owner").await;
    member(app, account).await
}

/// A staff member with these permissions, such as `chat.view_feedback`.
pub async fn with(app: &TestApp, name: &str, permissions: &[&str]) -> Member {
    let hash = local::hashed(&app.app().hasher, name, None, PASSWORD.to_owned()).await.unwrap();
    let store = &app.app().store;
    let account = store.write(async |tx| local::create(&tx, name, Some(hash)).await).await.unwrap();
    grant(app, &account, permissions).await;
    member(app, account).await
}

/// Gives permissions.
pub async fn grant(app: &TestApp, account: &user::Model, permissions: &[&str]) {
    let codes: Vec<&str> = permissions.iter().map(|code| code.split_once('.').expect("app.code").1).collect();
    let store = &app.app().store;
    let rows = permission::Entity::find().filter(permission::Column::Codename.is_in(codes.clone()));
    let rows = rows.all(store.read()).await.unwrap();
    assert!(rows.len() >= codes.len(), "permissions that nothing knows among {codes:?}");
    let grants = rows.iter().map(|row| permission::granted::ActiveModel {
        usermodel_id: Set(account.id),
        permission_id: Set(row.id),
        ..Default::default()
    });
    let grants: Vec<_> = grants.collect();
    if grants.is_empty() {
        return;
    }
    store
        .write(async |tx| permission::granted::Entity::insert_many(grants).exec_without_returning(&tx).await)
        .await
        .unwrap();
}

async fn member(app: &TestApp, account: user::Model) -> Member {
    let stranger = app.stranger();
    let session = sign_in(app, &stranger, &account.username, PASSWORD).await.expect("a session");
    Member::of(stranger.cookie("sessionid", &session), account).await
}

/// The token of the first form of a page.
pub fn token(page: &str) -> String {
    let html = scraper::Html::parse_document(page);
    let field = scraper::Selector::parse("input[name=csrfmiddlewaretoken]").unwrap();
    html.select(&field).next().and_then(|input| input.attr("value")).expect("a token").to_owned()
}
