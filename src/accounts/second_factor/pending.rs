//! Between a right password and a right code: a signed cookie says whose password it was.
//!
//! It is good for five minutes and for one sign-in: its signature is also over the password, the rights, the factor and
//! how often that has been used, so that a change of any of them makes it void, at every instance.

use chrono::{DateTime, Duration, Utc};
use rocket::{
    Request,
    http::{Cookie, SameSite},
};
use sea_orm::DbErr;

use super::factor;
use crate::{
    accounts::{UserId, user, web_session},
    app::App,
};

const COOKIE: &str = "second_step";
const LIVES: Duration = Duration::minutes(5);
/// What else the key of sessions signs begins otherwise.
const PURPOSE: &str = "between password and code";

/// Somebody whose password was right.
pub(super) struct Pending {
    pub account: user::Model,
    pub factor: factor::Model,
}

/// Has the browser ask for a code next.
pub fn ask(request: &Request<'_>, app: &App, account: &user::Model, factor: &factor::Model) {
    let until = (app.clock.now() + LIVES).timestamp();
    let signature = app.signing_keys.sign(&signed(account, factor, until));
    let cookie = Cookie::build((COOKIE, format!("{}.{until}.{signature}", account.id.0)))
        .http_only(true)
        .max_age(rocket::time::Duration::seconds(LIVES.num_seconds()))
        .path("/")
        .same_site(SameSite::Lax)
        .secure(app.config.identity.secure_cookies);
    request.cookies().add(cookie);
}

/// Whether the request's browser has given a right password and is to be asked for a code.
pub async fn is_awaited(request: &Request<'_>, app: &App) -> Result<bool, DbErr> {
    Ok(of(request, app).await?.is_some())
}

/// Whose password the request's browser has given. A cookie that was not made here, or not for them as they are now, is
/// none.
pub(super) async fn of(request: &Request<'_>, app: &App) -> Result<Option<Pending>, DbErr> {
    let Some((id, until, signature)) = parts(request) else { return Ok(None) };
    if DateTime::<Utc>::from_timestamp(until, 0).is_none_or(|until| until <= app.clock.now()) {
        return Ok(None);
    }
    let db = app.store.read();
    let Some(account) = user::by_id(db, UserId(id)).await? else { return Ok(None) };
    let Some(factor) = factor::confirmed(db, account.id).await? else { return Ok(None) };
    let good = app.signing_keys.accept(&signed(&account, &factor, until), &signature);
    Ok((good && account.is_active && account.is_staff).then_some(Pending { account, factor }))
}

/// Takes the cookie away.
pub(super) fn end(request: &Request<'_>) {
    request.cookies().remove(Cookie::build(COOKIE).path("/"));
}

fn parts(request: &Request<'_>) -> Option<(i64, i64, String)> {
    let cookie = request.cookies().get(COOKIE)?;
    let mut parts = cookie.value().splitn(3, '.');
    let (id, until) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some((id, until, parts.next()?.to_owned()))
}

fn signed(account: &user::Model, factor: &factor::Model, until: i64) -> Vec<u8> {
    let made = factor.created_at.timestamp_micros();
    let said = format!("{PURPOSE}:{}:{until}:{made}:{}:", account.id.0, factor.uses);
    [said.as_bytes(), &web_session::must_not_change(account)].concat()
}
