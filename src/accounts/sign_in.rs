//! Signing in with a password: for active local accounts of staff, from the dashboard's form. And giving the password
//! again, before a step that asks for it.
//!
//! An unknown name, an account that may not enter and a wrong password are one answer after one time. The one
//! difference left is an account taken over whose old hash nobody has signed in with yet: it takes longer to compare.
//!
//! Where a second factor is on, a right password alone makes no session ([`second_factor`]), and forgives no failures:
//! otherwise whoever knows it could try out codes without end.

use chrono::{DateTime, Duration, Utc};
use rocket::Request;
use sea_orm::DbErr;
use serde_json::{Value, json};

use super::{
    identity, local,
    password::Verdict,
    second_factor::{self, Typed, Use, factor},
    sign_in_failure::{self, Attempt},
    user, web_session,
};
use crate::{app::App, error::Error, platform::audit};

/// Why somebody is not signed in, or not believed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The name, the password, or the kind of account: which of them is not said. Or the code.
    #[error("no such staff account")]
    Wrong,
    /// Too many failures; how long to wait.
    #[error("too many failures")]
    Wait(Duration),
    /// No right password was given in this browser in the last minutes, or it has been used to sign in.
    #[error("the password has to be given again")]
    TooLate,
    /// Something failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<DbErr> for Refused {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

/// What a right password has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// A session: the request's answer carries its cookie.
    In,
    /// The question for a code, which [`second_factor::with_code`] takes.
    CodeNeeded,
}

/// Signs in: the request's answer carries the cookie of a new session, and the session of its old cookie ends; unless
/// the account has a second factor, which is asked for next.
pub async fn with_password(
    request: &Request<'_>,
    app: &App,
    name: &str,
    password: String,
) -> Result<Entered, Refused> {
    let name = local::as_stored(name);
    // No name of ours has such characters, and not every database takes them.
    let account =
        if name.contains(char::is_control) { None } else { user::named(app.store.read(), &name).await? };
    let attempt = match &account {
        Some(account) => attempt_of(request, app, account).await?,
        None => attempt(request, app, &name),
    };
    let admitted = admit(request, app, attempt, account.as_ref()).await?;
    let verdict = compare(app, &admitted, account.as_ref(), password.clone()).await?;
    let may = account.as_ref().filter(|account| account.is_active && account.is_staff).cloned();
    let (Some(mut account), Verdict::Right | Verdict::RightButOld) = (may, verdict) else {
        return admitted.failed(request, app, account.as_ref(), "sign_in.failed", json!({})).await;
    };
    let factor = factor::confirmed(app.store.read(), account.id).await?;
    match &factor {
        Some(_) => admitted.take_back(app).await?,
        None => admitted.forgive(app).await?,
    }
    if verdict == Verdict::RightButOld {
        renew_hash(app, &mut account, password).await?;
    }
    if let Some(factor) = factor {
        second_factor::ask_for_code(request, app, &account, &factor);
        return Ok(Entered::CodeNeeded);
    }
    web_session::begin(request, app, &account, web_session::PASSWORD, "").await?;
    // Turned on while the password was being compared: then this session is one too many.
    if let Some(factor) = factor::confirmed(app.store.read(), account.id).await? {
        web_session::take_back(request, app, account.id).await?;
        second_factor::ask_for_code(request, app, &account, &factor);
        return Ok(Entered::CodeNeeded);
    }
    Ok(Entered::In)
}

/// Checks the password of somebody who is signed in, and a code where they have a second factor, and notes in their
/// session that they gave it.
pub async fn proven(
    request: &Request<'_>,
    app: &App,
    account: &user::Model,
    password: String,
    code: &Typed,
) -> Result<(), Refused> {
    gave(request, app, account, password, Some(code)).await?;
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
    gave(request, app, account, password, None).await
}

async fn gave(
    request: &Request<'_>,
    app: &App,
    account: &user::Model,
    password: String,
    code: Option<&Typed>,
) -> Result<(), Refused> {
    // Whoever is signed in has been here before.
    let attempt = Attempt { known: true, ..attempt(request, app, &account.username) };
    let admitted = admit(request, app, attempt, Some(account)).await?;
    if compare(app, &admitted, Some(account), password).await? == Verdict::Wrong {
        return admitted.failed(request, app, Some(account), "sign_in.not_proven", json!({})).await;
    }
    if let Some(code) = code
        && let Some(factor) = factor::confirmed(app.store.read(), account.id).await?
    {
        let what = Use { account, factor: &factor, uses: None, at: admitted.at };
        let right = match second_factor::is_right(request, app, what, code).await {
            Ok(right) => right,
            Err(error) => {
                admitted.take_back(app).await?;
                return Err(error.into());
            }
        };
        if !right {
            let why = json!({ "reason": "second factor" });
            return admitted.failed(request, app, Some(account), "sign_in.not_proven", why).await;
        }
    }
    admitted.forgive(app).await
}

/// An attempt that was let through. It counts as a failure until it turns out to be none.
pub(super) struct Admitted {
    attempt: Attempt,
    /// When.
    pub at: DateTime<Utc>,
}

/// Lets an attempt through, unless there have been too many failures: those come to no comparison.
pub(super) async fn admit(
    request: &Request<'_>,
    app: &App,
    attempt: Attempt,
    account: Option<&user::Model>,
) -> Result<Admitted, Refused> {
    let at = app.clock.now();
    let wait = match sign_in_failure::wait(app.store.read(), &attempt, at).await? {
        Some(wait) => Some(wait),
        None => app.store.write(async |tx| sign_in_failure::admit(&tx, &attempt, at).await).await?,
    };
    match wait {
        None => Ok(Admitted { attempt, at }),
        Some(wait) => {
            let account_id = account.map(|account| account.id.0);
            app.audit(audit::Event { account_id, ..identity::event(request, app, "sign_in.held_up") }).await;
            Err(Refused::Wait(wait))
        }
    }
}

async fn compare(
    app: &App,
    admitted: &Admitted,
    account: Option<&user::Model>,
    password: String,
) -> Result<Verdict, Refused> {
    match app.hasher.verify(password, account.map(|account| account.password.clone())).await {
        Ok(verdict) => Ok(verdict),
        Err(error) => {
            admitted.take_back(app).await?;
            Err(error.into())
        }
    }
}

impl Admitted {
    /// It was no failure, and those before it are forgotten.
    pub(super) async fn forgive(&self, app: &App) -> Result<(), Refused> {
        let forgiven =
            app.store.write(async |tx| sign_in_failure::forgive(&tx, &self.attempt, self.at).await).await;
        Ok(forgiven?)
    }

    /// It was no failure, and nothing else follows from it.
    pub(super) async fn take_back(&self, app: &App) -> Result<(), Refused> {
        let taken =
            app.store.write(async |tx| sign_in_failure::take_back(&tx, &self.attempt, self.at).await).await;
        Ok(taken?)
    }

    /// Notes the failure, which is counted already, and refuses.
    pub(super) async fn failed<T>(
        &self,
        request: &Request<'_>,
        app: &App,
        account: Option<&user::Model>,
        event: &'static str,
        detail: Value,
    ) -> Result<T, Refused> {
        let failed = audit::Event {
            account_id: account.map(|account| account.id.0),
            actor_name: account.map(|account| account.username.clone()),
            detail,
            ..identity::event(request, app, event)
        };
        app.store.write(async |tx| audit::append(&tx, self.at, failed).await).await?;
        Err(Refused::Wrong)
    }
}

/// An attempt to sign in to an account that is there.
pub(super) async fn attempt_of(
    request: &Request<'_>,
    app: &App,
    account: &user::Model,
) -> Result<Attempt, Refused> {
    let attempt = attempt(request, app, &account.username);
    let known = audit::happened(app.store.read(), "sign_in.ok", account.id.0, &attempt.ip_prefix).await?;
    Ok(Attempt { known, ..attempt })
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
