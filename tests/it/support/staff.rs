//! Local accounts, and requests that sign in with their passwords.

use chatdku::accounts::{sign_in, user};
use rocket::http::Method;
use sea_orm::{ActiveModelTrait, EntityTrait};

use super::{Actor, TestApp};

/// The password of every account made here.
pub const PASSWORD: &str = "violet anchor 7 mesa";

/// Makes a local superuser with [`PASSWORD`].
pub async fn superuser(app: &TestApp, name: &str) -> user::Model {
    let hash = app.app().hasher.hash(PASSWORD.to_owned()).await.unwrap();
    let store = &app.app().store;
    store.write(async |tx| user::create_superuser(&tx, name, None, &hash).await).await.unwrap()
}

/// Changes a row behind the application's back.
pub async fn change(app: &TestApp, changed: user::ActiveModel) -> user::Model {
    app.app().store.write(async |tx| changed.update(&tx).await).await.unwrap()
}

/// The row as it is now.
pub async fn reload(app: &TestApp, account: &user::Model) -> user::Model {
    user::Entity::find_by_id(account.id).one(app.app().store.read()).await.unwrap().unwrap()
}

/// Signs in with a password; answers the token of the session.
pub async fn sign_in(
    app: &TestApp,
    actor: &Actor,
    name: &str,
    password: &str,
) -> Result<String, sign_in::Refused> {
    let request = actor.request(Method::Post, "/");
    sign_in::with_password(request.inner(), app.app(), name, password.to_owned()).await?;
    Ok(request.inner().cookies().get_pending("sessionid").expect("a cookie").value().to_owned())
}
