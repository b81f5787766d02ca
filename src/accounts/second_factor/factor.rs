//! The row of a second factor: its sealed secret, whether it counts, and what it has been used for.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    Condition, ExprTrait, IntoActiveModel, QuerySelect,
    entity::prelude::*,
    sea_query::{Expr, LockType, OnConflict, Query},
};

use crate::accounts::user::{self, UserId};

/// The second factor of an account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "second_factor")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: UserId,
    /// The secret, sealed.
    pub secret: String,
    /// Since when it is asked for; `None` until a right code has been given.
    pub confirmed_at: Option<DateTimeUtc>,
    /// The step of the last code that was accepted: none up to it is accepted again.
    pub last_step: Option<i64>,
    /// How often a code or a recovery code has been accepted.
    #[sea_orm(default_value = 0)]
    pub uses: i64,
    /// When the secret was made.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// The row of an account, confirmed or not.
pub(super) async fn of(db: &impl ConnectionTrait, account: UserId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(account).one(db).await
}

/// The second factor that an account is asked for.
pub async fn confirmed(db: &impl ConnectionTrait, account: UserId) -> Result<Option<Model>, DbErr> {
    Ok(of(db, account).await?.filter(|factor| factor.confirmed_at.is_some()))
}

/// Those of these accounts that are asked for one.
pub async fn among(db: &impl ConnectionTrait, accounts: &[UserId]) -> Result<HashSet<UserId>, DbErr> {
    let those = Entity::find().select_only().column(Column::AccountId);
    let those = those.filter(COLUMN.confirmed_at.is_not_null());
    let those = those.filter(COLUMN.account_id.is_in(accounts.iter().copied()));
    Ok(those.into_tuple::<UserId>().all(db).await?.into_iter().collect())
}

/// The condition of accounts that are asked for one, or that are not.
pub fn is_on(on: bool) -> Condition {
    let mut with = Query::select();
    with.column(Column::AccountId).from(Entity).and_where(Expr::col(Column::ConfirmedAt).is_not_null());
    let account = Expr::col((user::Entity, user::Column::Id));
    Condition::all().add(if on { account.in_subquery(with) } else { account.not_in_subquery(with) })
}

/// Stores a new secret, in place of one that was never confirmed. `false` when one counts already.
pub(super) async fn begin(
    db: &impl ConnectionTrait,
    account: UserId,
    sealed: String,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    unconfirmed(account).exec(db).await?;
    let fresh = Model {
        account_id: account,
        secret: sealed,
        confirmed_at: None,
        last_step: None,
        uses: 0,
        created_at: now,
    };
    let unless_there = OnConflict::column(Column::AccountId).do_nothing().to_owned();
    let insert = Entity::insert(fresh.into_active_model().reset_all()).on_conflict(unless_there);
    Ok(insert.exec_without_returning(db).await? > 0)
}

/// Has it counted from now on, a code of `step` having shown that the authenticator has the secret. `false` when the
/// secret is another by now, or counts already.
pub(super) async fn confirm(
    db: &impl ConnectionTrait,
    shown: &Model,
    step: i64,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let confirm = Entity::update_many()
        .col_expr(Column::ConfirmedAt, Expr::value(now))
        .col_expr(Column::LastStep, Expr::value(step))
        .col_expr(Column::Uses, Expr::value(1_i64))
        .filter(COLUMN.account_id.eq(shown.account_id))
        .filter(COLUMN.created_at.eq(shown.created_at))
        .filter(COLUMN.confirmed_at.is_null());
    Ok(confirm.exec(db).await?.rows_affected == 1)
}

/// Uses the code of a step up. `false` when it, or a later one, has been used; with `uses`, also when anything has been
/// used since it was that often.
pub(super) async fn use_step(
    db: &impl ConnectionTrait,
    factor: &Model,
    step: i64,
    uses: Option<i64>,
) -> Result<bool, DbErr> {
    let unused = COLUMN.last_step.is_null().or(COLUMN.last_step.lt(step));
    let mut accept = Entity::update_many()
        .col_expr(Column::LastStep, Expr::value(step))
        .col_expr(Column::Uses, Expr::col(Column::Uses).add(1))
        .filter(COLUMN.account_id.eq(factor.account_id))
        .filter(COLUMN.created_at.eq(factor.created_at))
        .filter(COLUMN.confirmed_at.is_not_null())
        .filter(unused);
    if let Some(uses) = uses {
        accept = accept.filter(COLUMN.uses.eq(uses));
    }
    Ok(accept.exec(db).await?.rows_affected == 1)
}

/// The factor as it is, if it is still the same one; with `uses`, also only when nothing has been used since it was that
/// often. Locked until the transaction ends.
pub(super) async fn unchanged(
    db: &impl ConnectionTrait,
    factor: &Model,
    uses: Option<i64>,
) -> Result<bool, DbErr> {
    let row = Entity::find_by_id(factor.account_id).lock(LockType::Update).one(db).await?;
    let same = |row: &Model| {
        row.created_at == factor.created_at
            && row.confirmed_at.is_some()
            && uses.is_none_or(|uses| row.uses == uses)
    };
    Ok(row.as_ref().is_some_and(same))
}

/// Notes that something else than a code has been accepted.
pub(super) async fn count_use(db: &impl ConnectionTrait, account: UserId) -> Result<(), DbErr> {
    let used = Entity::update_many().col_expr(Column::Uses, Expr::col(Column::Uses).add(1));
    used.filter(COLUMN.account_id.eq(account)).exec(db).await.map(drop)
}

/// Removes it. `false` when none counted.
pub(super) async fn remove(db: &impl ConnectionTrait, account: UserId) -> Result<bool, DbErr> {
    unconfirmed(account).exec(db).await?;
    Ok(Entity::delete_by_id(account).exec(db).await?.rows_affected == 1)
}

/// Removes those of these accounts.
pub(super) async fn remove_of_many(db: &impl ConnectionTrait, accounts: &[UserId]) -> Result<(), DbErr> {
    let theirs = Entity::delete_many().filter(COLUMN.account_id.is_in(accounts.iter().copied()));
    theirs.exec(db).await.map(drop)
}

/// Drops secrets that have waited for somebody to confirm them since `before`, or longer.
pub(super) async fn forget_unconfirmed(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let left = Entity::delete_many().filter(COLUMN.confirmed_at.is_null());
    Ok(left.filter(COLUMN.created_at.lte(before)).exec(db).await?.rows_affected)
}

fn unconfirmed(account: UserId) -> sea_orm::DeleteMany<Entity> {
    Entity::delete_many().filter(COLUMN.account_id.eq(account)).filter(COLUMN.confirmed_at.is_null())
}
