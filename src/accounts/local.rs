//! Local accounts: a plain name and a password. Made and mended by those who run the service.

use sea_orm::DbErr;
use unicode_normalization::UnicodeNormalization;

use super::{
    netid::looks_hashed,
    password::Hasher,
    password_policy::{self, Problem},
    user,
};
use crate::{error::Error, platform::store::Store};

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

/// A name in the form in which it is stored, if it can be one.
pub fn checked_name(name: &str) -> Result<String, Refused> {
    let name: String = name.nfkc().collect::<String>().trim().to_owned();
    let fits = (1..=MAX_NAME_CHARS).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if !fits {
        return Err(Refused::Name);
    }
    if looks_hashed(&name.to_lowercase()) { Err(Refused::LikeCampus) } else { Ok(name) }
}

/// Makes a superuser.
pub async fn create_superuser(
    store: &Store,
    hasher: &Hasher,
    wanted: Superuser,
) -> Result<user::Model, Refused> {
    let name = checked_name(&wanted.name)?;
    if user::is_taken(store.read(), &name).await? {
        return Err(Refused::Taken);
    }
    let problems = password_policy::problems(&wanted.password, &name, wanted.email.as_deref());
    if !problems.is_empty() {
        return Err(Refused::Password(problems));
    }
    let hash = hasher.hash(wanted.password).await?;
    store
        .write(async |tx| {
            if user::is_taken(&tx, &name).await? {
                return Err(Refused::Taken);
            }
            Ok(user::create_superuser(&tx, &name, wanted.email, &hash).await?)
        })
        .await
}

/// Gives a local account another password. Its sessions end.
pub async fn change_password(
    store: &Store,
    hasher: &Hasher,
    name: &str,
    password: String,
) -> Result<(), Refused> {
    let account = user::named(store.read(), name).await?.ok_or(Refused::Unknown)?;
    if looks_hashed(&account.username) {
        return Err(Refused::Unknown);
    }
    let problems = password_policy::problems(&password, &account.username, account.email.as_deref());
    if !problems.is_empty() {
        return Err(Refused::Password(problems));
    }
    let hash = hasher.hash(password).await?;
    store.write(async |tx| user::set_password(&tx, account.id, &hash).await).await?;
    Ok(())
}
