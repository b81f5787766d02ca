//! Signing in with a password: for active local accounts of staff, from the dashboard's form. And giving the password
//! again, before a step that asks for it.
//!
//! An unknown name, an account that may not enter and a wrong password are one answer after one time. The one
//! difference left is an account taken over whose old hash nobody has signed in with yet: it takes longer to compare.

use chrono::{DateTime, Duration, Utc};
use rocket::Request;
use sea_orm::DbErr;

use super::{
    identity, local,
    password::Verdict,
    sign_in_failure::{self, Attempt},
    user, web_session,
};
use crate::{app::App, error::Error, platform::audit};

/// Why somebody is not signed in, or not believed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The name, the password, or the kind of account: which of them is not said.
    #[error("no such staff account")]
    Wrong,
    /// Too many failures; how long to wait.
    #[error("too many failures")]
    Wait(Duration),
    /// Something failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<DbErr> for Refused {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

/// Signs in: the request's answer carries the cookie of a new session, and the session of its old cookie ends.
pub async fn with_password(
    request: &Request<'_>,
    app: &App,
    name: &str,
    password: String,
) -> Result<user::Model, Refused> {
    let name = local::as_stored(name);
    // No name of ours has such characters, and not every database takes them.
    let account =
        if name.contains(char::is_control) { None } else { user::named(app.store.read(), &name).await? };
    let mut attempt = attempt(request, app, &name);
    if let Some(account) = &account {
        attempt.known =
            audit::happened(app.store.read(), "sign_in.ok", account.id.0, &attempt.ip_prefix).await?;
    }
    let checked = check(request, app, &attempt, account.as_ref(), password.clone()).await?;
    let may = account.as_ref().filter(|account| account.is_active && account.is_staff).cloned();
    let (Some(mut account), Verdict::Right | Verdict::RightButOld) = (may, checked.verdict) else {
        return checked.failed(request, app, account.as_ref(), "sign_in.failed").await;
    };
    checked.forgive(app).await?;
    if checked.verdict == Verdict::RightButOld {
        renew_hash(app, &mut account, password).await?;
    }
    web_session::begin(request, app, &account, web_session::PASSWORD, "").await?;
    account.last_login = Some(checked.at);
    Ok(account)
}

/// Checks the password of somebody who is signed in, and notes in their session that they gave it.
pub async fn proven(
    request: &Request<'_>,
    app: &App,
    account: &user::Model,
    password: String,
) -> Result<(), Refused> {
    gave_password(request, app, account, password).await?;
    web_session::prove(request, app, account.id).await?;
    let proven = audit::Event {
        account_id: Some(account.id.0),
        actor_name: Some(account.username.clone()),
        ..identity::event(request, app, "sign_in.proven")
    };
    let now = app.clock.now();
    app.store.write(async |tx| audit::append(&tx, now, proven).await).await?;
    Ok(())
}

/// Whether this is the password of somebody who is signed in; under the same throttle as signing in.
pub(super) async fn gave_password(
    request: &Request<'_>,
    app: &App,
    account: &user::Model,
    password: String,
) -> Result<(), Refused> {
    // Whoever is signed in has been here before.
    let attempt = Attempt { known: true, ..attempt(request, app, &account.username) };
    let checked = check(request, app, &attempt, Some(account), password).await?;
    match checked.verdict {
        Verdict::Right | Verdict::RightButOld => checked.forgive(app).await,
        Verdict::Wrong => checked.failed(request, app, Some(account), "sign_in.not_proven").await,
    }
}

/// A password that has been compared.
struct Checked<'a> {
    attempt: &'a Attempt,
    at: DateTime<Utc>,
    verdict: Verdict,
}

/// Compares a password, unless there have been too many failures: those come to no comparison.
async fn check<'a>(
    request: &Request<'_>,
    app: &App,
    attempt: &'a Attempt,
    account: Option<&user::Model>,
    password: String,
) -> Result<Checked<'a>, Refused> {
    let at = app.clock.now();
    let wait = match sign_in_failure::wait(app.store.read(), attempt, at).await? {
        Some(wait) => Some(wait),
        None => app.store.write(async |tx| sign_in_failure::admit(&tx, attempt, at).await).await?,
    };
    if let Some(wait) = wait {
        let account_id = account.map(|account| account.id.0);
        app.audit(audit::Event { account_id, ..identity::event(request, app, "sign_in.held_up") }).await;
        return Err(Refused::Wait(wait));
    }
    match app.hasher.verify(password, account.map(|account| account.password.clone())).await {
        Ok(verdict) => Ok(Checked { attempt, at, verdict }),
        Err(error) => {
            app.store.write(async |tx| sign_in_failure::take_back(&tx, attempt, at).await).await?;
            Err(error.into())
        }
    }
}

impl Checked<'_> {
    async fn forgive(&self, app: &App) -> Result<(), Refused> {
        let forgiven =
            app.store.write(async |tx| sign_in_failure::forgive(&tx, self.attempt, self.at).await).await;
        Ok(forgiven?)
    }

    /// Notes the failure, which is counted already, and refuses.
    async fn failed<T>(
        &self,
        request: &Request<'_>,
        app: &App,
        account: Option<&user::Model>,
        event: &'static str,
    ) -> Result<T, Refused> {
        let failed = audit::Event {
            account_id: account.map(|account| account.id.0),
            actor_name: account.map(|account| account.username.clone()),
            ..identity::event(request, app, event)
        };
        app.store.write(async |tx| audit::append(&tx, self.at, failed).await).await?;
        Err(Refused::Wrong)
    }
}

fn attempt(request: &Request<'_>, app: &App, name: &str) -> Attempt {
    let ip_prefix = identity::peer(request, &app.config.identity).prefix();
    Attempt { name: name.to_owned(), ip_prefix, known: false }
}

/// Replaces a hash of an old kind, unless the password has been changed meanwhile.
async fn renew_hash(app: &App, account: &mut user::Model, password: String) -> Result<(), Refused> {
    // When too many wait for a hash, the next sign-in does it.
    let Ok(hash) = app.hasher.hash(password).await else { return Ok(()) };
    let old = &account.password;
    let replaced =
        app.store.write(async |tx| user::replace_password(&tx, account.id, old, &hash).await).await?;
    if !replaced {
        return Err(Refused::Wrong);
    }
    account.password = hash;
    Ok(())
}
