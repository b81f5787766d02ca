//! Turning a second factor on and off, and having it taken away.
//!
//! Whatever changes it ends the account's sessions, but for the one that does it, which goes on under a new token.

use chrono::{DateTime, Duration, Utc};
use rocket::Request;
use sea_orm::{ConnectionTrait, DbErr};

use super::{
    check::{Typed, secret},
    factor, place, recovery_code,
    totp::Key,
};
use crate::{
    accounts::{
        UserId, identity,
        notice::{Notice, Notices},
        user,
        web_session::{self, Issued},
    },
    app::App,
    error::{Error, Result},
    platform::{audit, store::Store},
};

/// How long a secret waits for the code that confirms it.
const WAITS: Duration = Duration::hours(1);

/// A secret to be put into an authenticator.
pub enum Begun {
    /// It is this.
    Key(Key),
    /// A second factor is on already.
    AlreadyOn,
}

/// What became of a code that was to confirm a secret.
pub enum Confirmed {
    /// The factor is on, and these are the recovery codes.
    On(Vec<String>),
    /// The code is not one of this secret.
    Wrong(Key),
    /// There is no secret that waits: it took too long, another has taken its place, or one is on already.
    TooLate,
}

/// Makes a secret for an account and keeps it, sealed, until a code confirms it.
pub async fn begin(app: &App, account: &user::Model) -> Result<Begun> {
    let keys = app.field_keys.as_ref().ok_or(Error::Unavailable("no_field_key"))?;
    let (key, now) = (Key::random(), app.clock.now());
    let sealed = keys.seal(&place(account.id), &key.text());
    let begun = app.store.write(async |tx| factor::begin(&tx, account.id, sealed, now).await).await?;
    Ok(if begun { Begun::Key(key) } else { Begun::AlreadyOn })
}

/// The secret of an account that waits for the code that confirms it.
pub async fn waiting(app: &App, account: &user::Model) -> Result<Option<Key>> {
    match waiting_row(app, account).await? {
        Some(row) => secret(app, &row).map(Some),
        None => Ok(None),
    }
}

async fn waiting_row(app: &App, account: &user::Model) -> Result<Option<factor::Model>> {
    let (row, now) = (factor::of(app.store.read(), account.id).await?, app.clock.now());
    Ok(row.filter(|row| row.confirmed_at.is_none() && now - row.created_at < WAITS))
}

/// Turns the factor on whose secret waits, if the code is one of it.
pub async fn confirm(
    request: &Request<'_>,
    app: &App,
    account: &user::Model,
    typed: &Typed,
) -> Result<Confirmed> {
    let now = app.clock.now();
    let Some(shown) = waiting_row(app, account).await? else { return Ok(Confirmed::TooLate) };
    let key = secret(app, &shown)?;
    let Some(step) = key.step_of(typed.as_str(), now) else { return Ok(Confirmed::Wrong(key)) };
    let codes = recovery_code::fresh();
    let next = web_session::renewed(request, app, account).await?;
    let event = event(request, app, account, "second_factor.on");
    let on = app.store.write(async |tx| {
        // Whoever is signing in by the password alone at this moment has been before, or will see the factor.
        user::lock(&tx, account.id).await?;
        if !factor::confirm(&tx, &shown, step, now).await? {
            return Ok(false);
        }
        recovery_code::replace(&tx, account.id, &codes).await?;
        go_on(&tx, account, next.as_ref()).await?;
        app.notices.tell(&tx, now, account, Notice::SecondFactorOn).await?;
        audit::append(&tx, now, event).await?;
        Ok::<_, DbErr>(true)
    });
    if !on.await? {
        return Ok(Confirmed::TooLate);
    }
    told(request, app, next);
    Ok(Confirmed::On(codes))
}

/// Makes new recovery codes; the old ones are void. `None` when there is no factor that they could stand in for.
pub async fn new_codes(
    request: &Request<'_>,
    app: &App,
    account: &user::Model,
) -> Result<Option<Vec<String>>> {
    let (now, codes) = (app.clock.now(), recovery_code::fresh());
    let event = event(request, app, account, "second_factor.new_codes");
    let made = app.store.write(async |tx| {
        user::lock(&tx, account.id).await?;
        if factor::confirmed(&tx, account.id).await?.is_none() {
            return Ok(false);
        }
        recovery_code::replace(&tx, account.id, &codes).await?;
        app.notices.tell(&tx, now, account, Notice::NewRecoveryCodes).await?;
        audit::append(&tx, now, event).await?;
        Ok::<_, DbErr>(true)
    });
    if !made.await? {
        return Ok(None);
    }
    app.queue.wake();
    Ok(Some(codes))
}

/// Turns one's own factor off. `false` when none was on.
pub async fn turn_off(request: &Request<'_>, app: &App, account: &user::Model) -> Result<bool> {
    let now = app.clock.now();
    let next = web_session::renewed(request, app, account).await?;
    let event = event(request, app, account, "second_factor.off");
    let off = app.store.write(async |tx| {
        if !removed(&tx, account).await? {
            return Ok(false);
        }
        go_on(&tx, account, next.as_ref()).await?;
        app.notices.tell(&tx, now, account, Notice::SecondFactorOff).await?;
        audit::append(&tx, now, event).await?;
        Ok::<_, DbErr>(true)
    });
    let off = off.await?;
    if off {
        told(request, app, next);
    }
    Ok(off)
}

/// Takes the factor of an account away, whose sessions end. `false` when it had none. The caller wakes the workers.
pub async fn reset(
    store: &Store,
    notices: &dyn Notices,
    now: DateTime<Utc>,
    account: &user::Model,
    event: audit::Event,
) -> Result<bool> {
    let event = audit::Event { object: Some(account.as_object()), ..event };
    let reset = store.write(async |tx| {
        if !removed(&tx, account).await? {
            return Ok(false);
        }
        go_on(&tx, account, None).await?;
        notices.tell(&tx, now, account, Notice::SecondFactorReset).await?;
        audit::append(&tx, now, event).await?;
        Ok::<_, DbErr>(true)
    });
    Ok(reset.await?)
}

/// Drops secrets that have waited for too long.
pub async fn forget_unconfirmed(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    factor::forget_unconfirmed(db, now - WAITS).await
}

/// Removes what there is of these accounts, which are removed with it.
pub async fn remove_of_many(db: &impl ConnectionTrait, accounts: &[UserId]) -> Result<(), DbErr> {
    recovery_code::remove_of_many(db, accounts).await?;
    factor::remove_of_many(db, accounts).await
}

async fn removed(db: &impl ConnectionTrait, account: &user::Model) -> Result<bool, DbErr> {
    user::lock(db, account.id).await?;
    recovery_code::remove(db, account.id).await?;
    factor::remove(db, account.id).await
}

/// Ends all sessions, and stores the one that goes on.
async fn go_on(db: &impl ConnectionTrait, account: &user::Model, next: Option<&Issued>) -> Result<(), DbErr> {
    web_session::end_all_of(db, account.id, None).await?;
    match next {
        Some(next) => next.store(db).await,
        None => Ok(()),
    }
}

fn told(request: &Request<'_>, app: &App, next: Option<Issued>) {
    app.queue.wake();
    if let Some(next) = next {
        next.hand_out(request, app);
    }
}

fn event(request: &Request<'_>, app: &App, account: &user::Model, name: &'static str) -> audit::Event {
    audit::Event {
        account_id: Some(account.id.0),
        actor_name: Some(account.username.clone()),
        object: Some(account.as_object()),
        ..identity::event(request, app, name)
    }
}
