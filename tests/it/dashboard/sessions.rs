//! Sessions of others: who may change users ends them.

use chatdku::accounts::web_session;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::staff::{Member, owner, with};
use crate::support::TestApp;

const LIST: &str = "/en/admin/core/usermodel/";

async fn sessions_of(app: &TestApp, member: &Member) -> usize {
    let theirs = web_session::Entity::find().filter(web_session::COLUMN.account_id.eq(member.account.id));
    theirs.all(app.app().store.read()).await.unwrap().len()
}

#[rocket::async_test]
async fn who_may_change_users_ends_their_sessions() {
    let app = TestApp::start().await;
    let (owner, clerk) = (owner(&app).await, with(&app, "clerk", &["core.view_usermodel"]).await);
    clerk.get(LIST).await.is(200);
    let id = clerk.account.id.0.to_string();
    let fields = [("action", "end_sign_ins"), ("_selected_action", id.as_str()), ("post", "yes")];
    clerk.post(LIST, &fields).await.is(403);
    owner.post(LIST, &fields[..2]).await.is(200);
    assert_eq!(sessions_of(&app, &clerk).await, 1, "it asks first");
    owner.post(LIST, &fields).await.is(302);
    assert_eq!(sessions_of(&app, &clerk).await, 0);
    // Copies of sessions are believed for less than this.
    app.clock.advance(chrono::Duration::seconds(1));
    clerk.get(LIST).await.is(302);
    owner.get(LIST).await.is(200);
}
