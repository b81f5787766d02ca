//! Whether what somebody typed is a code, or a recovery code, that counts; and using it up, once over all instances.

use chrono::{DateTime, Utc};
use rocket::Request;
use sea_orm::DbErr;
use unicode_normalization::UnicodeNormalization;

use super::{factor, place, recovery_code, totp};
use crate::{
    accounts::{identity, notice::Notice, user},
    app::App,
    error::Error,
    platform::audit,
};

/// What somebody typed where a code is asked for, without what people put between digits and groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed(String);

impl Typed {
    /// Digits of any width count, and letters of any case.
    pub fn of(text: &str) -> Self {
        Self(text.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect())
    }

    /// Its letters and digits.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a code is to be used for.
#[derive(Clone, Copy)]
pub struct Use<'a> {
    /// Whose factor it is.
    pub account: &'a user::Model,
    /// The factor, which counts.
    pub factor: &'a factor::Model,
    /// How often it had been used when the code was asked for: if it has been used since, nothing is right. `None` where
    /// that does not matter.
    pub uses: Option<i64>,
    /// Now.
    pub at: DateTime<Utc>,
}

/// What is found to be right, and still has to be used up.
enum Means {
    Step(i64),
    Recovery(String),
}

/// Whether it is right; then it is used up.
pub async fn is_right(request: &Request<'_>, app: &App, what: Use<'_>, typed: &Typed) -> Result<bool, Error> {
    match means(app, what, typed)? {
        None => Ok(false),
        Some(Means::Step(step)) => {
            let used = app.store.write(async |tx| factor::use_step(&tx, what.factor, step, what.uses).await);
            Ok(used.await?)
        }
        Some(Means::Recovery(hash)) => recovered(request, app, what, &hash).await,
    }
}

fn means(app: &App, what: Use<'_>, typed: &Typed) -> Result<Option<Means>, Error> {
    if !totp::is_code(typed.as_str()) {
        return Ok(recovery_code::hash(what.account.id, typed.as_str()).map(Means::Recovery));
    }
    let key = secret(app, what.factor)?;
    Ok(key.step_of(typed.as_str(), what.at).map(Means::Step))
}

/// The secret of a factor. Without the key that sealed it nobody is let in by a code: recovery codes are left.
pub(super) fn secret(app: &App, factor: &factor::Model) -> Result<totp::Key, Error> {
    let unreadable = |why: &str| {
        Error::Internal(anyhow::anyhow!(
            "the second factor of account {} cannot be read: {why}; see FIELD_ENCRYPTION_KEY",
            factor.account_id.0
        ))
    };
    let keys = app.field_keys.as_ref().ok_or_else(|| unreadable("there is no key"))?;
    let opened = keys.open(&place(factor.account_id), &factor.secret);
    let opened = opened.map_err(|error| unreadable(&error.to_string()))?;
    totp::Key::parse(&opened.text).ok_or_else(|| unreadable("it is no secret of ours"))
}

async fn recovered(request: &Request<'_>, app: &App, what: Use<'_>, hash: &str) -> Result<bool, Error> {
    let account = what.account;
    let used = audit::Event {
        account_id: Some(account.id.0),
        actor_name: Some(account.username.clone()),
        object: Some(account.as_object()),
        ..identity::event(request, app, "second_factor.recovery_code_used")
    };
    let recovered = app.store.write(async |tx| {
        let good = factor::unchanged(&tx, what.factor, what.uses).await?
            && recovery_code::use_up(&tx, account.id, hash, what.at).await?;
        if !good {
            return Ok(false);
        }
        factor::count_use(&tx, account.id).await?;
        let left = recovery_code::left(&tx, account.id).await?;
        app.notices.tell(&tx, what.at, account, Notice::RecoveryCodeUsed(left)).await?;
        audit::append(&tx, what.at, used).await?;
        Ok::<_, DbErr>(true)
    });
    let recovered = recovered.await?;
    if recovered {
        app.queue.wake();
    }
    Ok(recovered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_put_between_does_not_count() {
        for (typed, read) in [
            ("123 456", "123456"),
            ("123-456\n", "123456"),
            ("１２３４５６", "123456"),
            ("ABCD-efgh ijkm-npqr", "abcdefghijkmnpqr"),
            ("", ""),
        ] {
            assert_eq!(Typed::of(typed).as_str(), read);
        }
    }
}
