//! Accounts of both kinds, in the original's one table.

#![expect(clippy::struct_excessive_bools, reason = "columns of a table")]

use chrono::{DateTime, Utc};
use sea_orm::{
    Condition, ExprTrait, QueryOrder, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{Func, LockType, OnConflict},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{netid::looks_hashed, web_session};
use crate::platform::audit;

/// Accounts of one statement: databases count the values of a statement, and there is a limit.
const CHUNK: usize = 1000;

/// The id of an account.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, DeriveValueType,
)]
#[sea_orm(try_from_u64)]
pub struct UserId(pub i64);

/// An account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "core_usermodel")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: UserId,
    /// A hash in Django's form; `!…` or nothing for none.
    pub password: String,
    /// When a web session was last begun.
    pub last_login: Option<DateTimeUtc>,
    /// Passes every permission check.
    pub is_superuser: bool,
    /// The hash of the NetID, or the plain name of a local account.
    pub username: String,
    /// Whether the account may be used at all.
    pub is_active: bool,
    /// Whether the account may enter the dashboard.
    pub is_staff: bool,
    /// Carried over from the original, which never reads it.
    pub is_admin: bool,
    /// Where the account's files live: a random name.
    pub folder: String,
    /// Mail address of a local account.
    pub email: Option<String>,
    /// Whether the reports are mailed to that address. Django does not write it.
    #[sea_orm(default_value = false)]
    #[serde(default)]
    pub wants_reports: bool,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether the account has a password to sign in with, which makes it a local one.
    pub fn has_usable_password(&self) -> bool {
        !self.password.is_empty() && !self.password.starts_with('!')
    }

    /// Whether the account belongs to this program and not to the campus.
    pub fn is_local(&self) -> bool {
        self.has_usable_password() || !looks_hashed(&self.username)
    }

    /// The account as the row that an audit entry is about.
    pub fn as_object(&self) -> audit::Object {
        audit::Object {
            model: "core.usermodel".to_owned(),
            key: self.id.0.to_string(),
            text: self.username.clone(),
        }
    }

    /// Whether this is a superuser who can sign in.
    pub fn is_acting_superuser(&self) -> bool {
        self.is_superuser && self.is_active && self.is_staff && self.has_usable_password()
    }
}

/// The account of this name.
pub async fn named(db: &impl ConnectionTrait, username: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(COLUMN.username.eq(username)).one(db).await
}

/// The account of this id.
pub async fn by_id(db: &impl ConnectionTrait, id: UserId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// The names of these accounts.
pub async fn names_of(db: &impl ConnectionTrait, ids: &[UserId]) -> Result<Vec<String>, DbErr> {
    let mut names = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let these = Entity::find().select_only().column(Column::Username);
        let these = these.filter(COLUMN.id.is_in(chunk.iter().copied()));
        names.extend(these.into_tuple::<String>().all(db).await?);
    }
    Ok(names)
}

/// The mail addresses of these accounts, where they have one.
pub async fn addresses_of(db: &impl ConnectionTrait, ids: &[UserId]) -> Result<Vec<String>, DbErr> {
    let mut addresses = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let these = Entity::find().select_only().column(Column::Email).filter(COLUMN.email.is_not_null());
        let these = these.filter(COLUMN.id.is_in(chunk.iter().copied()));
        addresses.extend(these.into_tuple::<String>().all(db).await?);
    }
    Ok(addresses)
}

/// The mail addresses of active staff who want the reports.
pub async fn addresses_for_reports(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let readers = Entity::find().select_only().column(Column::Email).filter(COLUMN.email.is_not_null());
    let readers = readers.filter(COLUMN.wants_reports.eq(true)).filter(COLUMN.is_active.eq(true));
    readers.filter(COLUMN.is_staff.eq(true)).order_by_asc(Column::Id).into_tuple().all(db).await
}

/// Those of `names` that accounts have.
pub async fn names_among(db: &impl ConnectionTrait, names: &[String]) -> Result<Vec<String>, DbErr> {
    let mut taken = Vec::new();
    for chunk in names.chunks(CHUNK) {
        let these = Entity::find().select_only().column(Column::Username);
        let these = these.filter(COLUMN.username.is_in(chunk.iter().map(String::as_str)));
        taken.extend(these.into_tuple::<String>().all(db).await?);
    }
    Ok(taken)
}

/// Makes others who do the same wait until this transaction has ended. Rows that refer to the account do not wait.
pub async fn lock(db: &impl ConnectionTrait, id: UserId) -> Result<(), DbErr> {
    Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(db).await.map(drop)
}

/// Those of `folders` that belong to an account.
pub async fn folders_among(db: &impl ConnectionTrait, folders: &[String]) -> Result<Vec<String>, DbErr> {
    let owned = Entity::find().select_only().column(Column::Folder);
    owned.filter(COLUMN.folder.is_in(folders.iter().map(String::as_str))).into_tuple().all(db).await
}

/// Makes a campus account unless there is one of this name. Any number of callers may race: one row results.
pub async fn create_campus(db: &impl ConnectionTrait, username: &str) -> Result<Option<Model>, DbErr> {
    insert_campus(db, username).await?;
    named(db, username).await
}

/// The same, answering whether the row is new.
pub(super) async fn insert_campus(db: &impl ConnectionTrait, username: &str) -> Result<bool, DbErr> {
    let account = ActiveModel {
        password: Set(unusable_password()),
        is_superuser: Set(false),
        username: Set(username.to_owned()),
        is_active: Set(true),
        is_staff: Set(false),
        is_admin: Set(false),
        folder: Set(Uuid::new_v4().to_string()),
        ..ActiveModel::new()
    };
    let unless_there = OnConflict::column(Column::Username).do_nothing().to_owned();
    let inserted = Entity::insert(account).on_conflict(unless_there).exec_without_returning(db).await?;
    Ok(inserted > 0)
}

/// Whether an account has this name, in whatever case.
pub async fn is_taken(db: &impl ConnectionTrait, name: &str) -> Result<bool, DbErr> {
    let same = Expr::expr(Func::lower(Expr::col(Column::Username))).eq(name.to_lowercase());
    let taken = Entity::find().filter(Condition::any().add(same).add(COLUMN.username.eq(name)));
    Ok(taken.one(db).await?.is_some())
}

/// Gives an account another password hash.
pub async fn set_password(db: &impl ConnectionTrait, id: UserId, hash: &str) -> Result<(), DbErr> {
    let changed = Entity::update_many().col_expr(Column::Password, Expr::value(hash));
    changed.filter(COLUMN.id.eq(id)).exec(db).await.map(drop)
}

/// Replaces a password hash by another of the same password. `false` when the password is not that one any more.
pub async fn replace_password(
    db: &impl ConnectionTrait,
    id: UserId,
    old: &str,
    new: &str,
) -> Result<bool, DbErr> {
    let replaced = Entity::update_many().col_expr(Column::Password, Expr::value(new));
    let replaced = replaced.filter(COLUMN.id.eq(id)).filter(COLUMN.password.eq(old));
    Ok(replaced.exec(db).await?.rows_affected == 1)
}

/// Makes a local superuser.
pub async fn create_superuser(
    db: &impl ConnectionTrait,
    name: &str,
    email: Option<String>,
    hash: &str,
) -> Result<Model, DbErr> {
    let account = ActiveModel {
        email: Set(email),
        is_superuser: Set(true),
        is_admin: Set(true),
        ..staff_without_rights(name, hash)
    };
    account.insert(db).await
}

/// Makes a local staff account without rights.
pub async fn create_staff(db: &impl ConnectionTrait, name: &str, hash: &str) -> Result<Model, DbErr> {
    staff_without_rights(name, hash).insert(db).await
}

fn staff_without_rights(name: &str, hash: &str) -> ActiveModel {
    ActiveModel {
        password: Set(hash.to_owned()),
        is_superuser: Set(false),
        username: Set(name.to_owned()),
        is_active: Set(true),
        is_staff: Set(true),
        is_admin: Set(false),
        folder: Set(Uuid::new_v4().to_string()),
        ..ActiveModel::new()
    }
}

/// Activates accounts, or deactivates them, which ends their sessions. Answers how many were not so before.
pub async fn set_active(db: &impl ConnectionTrait, ids: &[UserId], active: bool) -> Result<u64, DbErr> {
    let mut changed = 0;
    for chunk in ids.chunks(CHUNK) {
        let set = Entity::update_many().col_expr(Column::IsActive, Expr::value(active));
        let set = set.filter(COLUMN.id.is_in(chunk.iter().copied())).filter(COLUMN.is_active.ne(active));
        changed += set.exec(db).await?.rows_affected;
    }
    if !active {
        web_session::end_all_of_many(db, ids).await?;
    }
    Ok(changed)
}

/// How many superusers can sign in, besides these accounts. Their rows stay locked until the transaction ends, so that
/// two who demote each other take turns: ask before changing anything.
pub async fn superusers_besides(db: &impl ConnectionTrait, ids: &[UserId]) -> Result<usize, DbErr> {
    let superusers = Entity::find().filter(COLUMN.is_superuser.eq(true)).order_by_asc(Column::Id);
    let superusers = superusers.lock(LockType::NoKeyUpdate).all(db).await?;
    Ok(superusers
        .iter()
        .filter(|account| account.is_acting_superuser() && !ids.contains(&account.id))
        .count())
}

/// Forgets what the rows of accounts say of their people besides their names and rights.
pub async fn forget_details(db: &impl ConnectionTrait, ids: &[UserId]) -> Result<(), DbErr> {
    for chunk in ids.chunks(CHUNK) {
        let forgotten = Entity::update_many()
            .col_expr(Column::Email, Expr::value(None::<String>))
            .col_expr(Column::WantsReports, Expr::value(false))
            .col_expr(Column::LastLogin, Expr::value(None::<DateTime<Utc>>));
        forgotten.filter(COLUMN.id.is_in(chunk.iter().copied())).exec(db).await?;
    }
    Ok(())
}

/// Whether there is any account at all.
pub async fn none_yet(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(Entity::find().one(db).await?.is_none())
}

/// Gives an account its keyed name in place of the plain hash.
pub async fn rename(db: &impl ConnectionTrait, id: UserId, username: &str) -> Result<(), DbErr> {
    let named = Entity::update_many().col_expr(Column::Username, Expr::value(username));
    named.filter(COLUMN.id.eq(id)).exec(db).await?;
    Ok(())
}

/// Notes that a web session has begun.
pub async fn signed_in(db: &impl ConnectionTrait, id: UserId, at: DateTime<Utc>) -> Result<(), DbErr> {
    let noted = Entity::update_many().col_expr(Column::LastLogin, Expr::value(at));
    noted.filter(COLUMN.id.eq(id)).exec(db).await?;
    Ok(())
}

/// Django's mark for "no password": matches no input, and differs from row to row.
pub(super) fn unusable_password() -> String {
    format!("!{}", hex::encode(rand::random::<[u8; 20]>()))
}
