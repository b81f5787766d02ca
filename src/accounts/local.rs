//! Local accounts: a plain name and a password. Made and mended by those who run the service.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, DbErr};
use unicode_normalization::UnicodeNormalization;

use super::{
    netid::looks_hashed,
    notice::Notices,
    password::Hasher,
    password_policy::{self, Problem},
    second_factor, user, web_session,
};
use crate::{
    error::Error,
    platform::{audit, store::Store},
};

const MAX_NAME_CHARS: usize = 100;

/// Why an account is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The name is empty, too long, or has characters that nobody can type.
    #[error("a username has 1 to {MAX_NAME_CHARS} characters, none of them a control character")]
    Name,
    /// The name has the form of a hash, as those of campus accounts.
    #[error("this username looks like that of a campus account; choose a plain one")]
    LikeCampus,
    /// Somebody has this name, in whatever case.
    #[error("that username is already taken")]
    Taken,
    /// Nobody has this name, or a campus account does.
    #[error("there is no local account of this name")]
    Unknown,
    /// The password breaks rules.
    #[error("the password cannot be used")]
    Password(Vec<Problem>),
    /// The old password is wrong; with the rules that the new one breaks, which may be none.
    #[error("the old password is wrong")]
    OldPassword(Vec<Problem>),
    /// Too many wrong passwords; how long to wait.
    #[error("too many wrong passwords")]
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

/// A local superuser to be made.
#[derive(Clone, Debug)]
pub struct Superuser {
    /// Its name.
    pub name: String,
    /// Its address, if it has one.
    pub email: Option<String>,
    /// Its password.
    pub password: String,
}

/// A name in the form in which names are stored: one that looks the same is the same.
pub fn as_stored(name: &str) -> String {
    name.nfkc().collect::<String>().trim().to_owned()
}

/// A name in the form in which it is stored, if it can be one.
pub fn checked_name(name: &str) -> Result<String, Refused> {
    let name = as_stored(name);
    let fits = (1..=MAX_NAME_CHARS).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if !fits {
        return Err(Refused::Name);
    }
    if looks_hashed(&name.to_lowercase()) { Err(Refused::LikeCampus) } else { Ok(name) }
}

/// Makes a superuser, from the command line.
pub async fn create_superuser(
    store: &Store,
    hasher: &Hasher,
    wanted: Superuser,
    now: DateTime<Utc>,
) -> Result<user::Model, Refused> {
    let name = checked_name(&wanted.name)?;
    if user::is_taken(store.read(), &name).await? {
        return Err(Refused::Taken);
    }
    let hash = hashed(hasher, &name, wanted.email.as_deref(), wanted.password).await?;
    store
        .write(async |tx| {
            if user::is_taken(&tx, &name).await? {
                return Err(Refused::Taken);
            }
            let made = user::create_superuser(&tx, &name, wanted.email, &hash).await?;
            audit::append(&tx, now, by_command("account.created", &made)).await?;
            Ok(made)
        })
        .await
}

/// The hash of a new password for the account of this name and address, or every rule that it breaks. Takes time:
/// not for the inside of a transaction.
pub async fn hashed(
    hasher: &Hasher,
    name: &str,
    email: Option<&str>,
    password: String,
) -> Result<String, Refused> {
    let problems = password_policy::problems(&password, name, email);
    if problems.is_empty() { Ok(hasher.hash(password).await?) } else { Err(Refused::Password(problems)) }
}

/// Makes a staff account without rights, with the hash of its password or with none to sign in with.
pub async fn create(
    db: &impl ConnectionTrait,
    name: &str,
    hash: Option<String>,
) -> Result<user::Model, Refused> {
    let name = checked_name(name)?;
    if user::is_taken(db, &name).await? {
        return Err(Refused::Taken);
    }
    Ok(user::create_staff(db, &name, &hash.unwrap_or_else(user::unusable_password)).await?)
}

/// Gives a local account another password, by its hash. Its sessions end.
pub async fn set_password(
    db: &impl ConnectionTrait,
    account: &user::Model,
    hash: &str,
) -> Result<(), Refused> {
    if !account.is_local() {
        return Err(Refused::Unknown);
    }
    user::set_password(db, account.id, hash).await?;
    web_session::end_all_of(db, account.id, None).await?;
    Ok(())
}

/// Takes the password of a local account away: nobody signs in with it until it gets another. Its sessions end.
pub async fn disable_password(db: &impl ConnectionTrait, account: &user::Model) -> Result<(), Refused> {
    set_password(db, account, &user::unusable_password()).await
}

/// Gives the local account of this name another password, from the command line. Its sessions end.
pub async fn change_password(
    store: &Store,
    hasher: &Hasher,
    name: &str,
    password: String,
    now: DateTime<Utc>,
) -> Result<(), Refused> {
    let account = user::named(store.read(), name).await?.filter(user::Model::is_local);
    let account = account.ok_or(Refused::Unknown)?;
    let hash = hashed(hasher, &account.username, account.email.as_deref(), password).await?;
    let changed = audit::Event {
        changes: vec![audit::Change::masked("password")],
        ..by_command("password.changed", &account)
    };
    store
        .write(async |tx| {
            set_password(&tx, &account, &hash).await?;
            Ok(audit::append(&tx, now, changed).await?)
        })
        .await
}

/// Takes the second factor of the local account of this name away, from the command line. Its sessions end. `false` when
/// it had none.
pub async fn reset_second_factor(
    store: &Store,
    notices: &dyn Notices,
    name: &str,
    now: DateTime<Utc>,
) -> Result<bool, Refused> {
    let account = user::named(store.read(), name).await?.filter(user::Model::is_local);
    let account = account.ok_or(Refused::Unknown)?;
    let event = by_command("second_factor.reset", &account);
    Ok(second_factor::reset(store, notices, now, &account, event).await?)
}

fn by_command(name: &'static str, account: &user::Model) -> audit::Event {
    audit::Event { object: Some(account.as_object()), source: audit::Source::Cli, ..audit::Event::new(name) }
}
