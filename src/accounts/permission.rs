//! Permissions: one per model and verb, as Django names them.
//!
//! Rows are only ever added: a permission that nothing asks for any more may still be granted somewhere.

use std::collections::HashSet;

use sea_orm::{
    Condition, JoinType, QuerySelect, Select, Set,
    entity::prelude::*,
    sea_query::{ExprTrait, OnConflict, Query, SelectStatement},
};

use super::{
    content_type, group,
    user::{self, UserId},
};

/// The verbs that Django gives every model by itself.
const OF_DJANGO: [&str; 4] = ["add", "change", "delete", "view"];

/// A permission.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "auth_permission")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Label, such as `Can add user model`.
    pub name: String,
    /// The model it is about.
    pub content_type_id: i32,
    /// Code, such as `add_usermodel`.
    pub codename: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// The permissions of a model.
#[derive(Clone, Copy, Debug)]
pub struct Seed<'a> {
    /// The application, such as `core`.
    pub app: &'a str,
    /// The model, such as `usermodel`.
    pub model: &'a str,
    /// What one row is called, in English.
    pub model_label: &'a str,
    /// Codes, such as `add_usermodel`.
    pub codenames: &'a [String],
}

/// What seeding has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeded {
    /// Permissions that were not there.
    pub added: usize,
    /// Whether this was the first time here: none was there but those that Django makes by itself.
    pub first: bool,
}

/// Adds the permissions that are not there yet. Called at every start, by any number of processes at once.
pub async fn seed(db: &impl ConnectionTrait, seeds: &[Seed<'_>]) -> Result<Seeded, DbErr> {
    let types = content_type::ensure(db, seeds.iter().map(|seed| (seed.app, seed.model))).await?;
    let there = Entity::find().filter(COLUMN.content_type_id.is_in(types.values().copied())).all(db).await?;
    let there: HashSet<(i32, &str)> =
        there.iter().map(|permission| (permission.content_type_id, permission.codename.as_str())).collect();
    let (mut fresh, mut seen, mut ours) = (Vec::new(), HashSet::new(), Vec::new());
    for seed in seeds {
        let Some(&of) = types.get(&(seed.app.to_owned(), seed.model.to_owned())) else { continue };
        for codename in seed.codenames {
            let is_there = there.contains(&(of, codename.as_str()));
            if !OF_DJANGO.contains(&verb(codename, seed.model).unwrap_or_default()) {
                ours.push(is_there);
            }
            if !is_there && seen.insert((of, codename)) {
                fresh.push(ActiveModel {
                    name: Set(label(codename, seed)),
                    content_type_id: Set(of),
                    codename: Set(codename.clone()),
                    ..ActiveModel::new()
                });
            }
        }
    }
    let first = if ours.is_empty() { there.is_empty() } else { !ours.contains(&true) };
    let added = fresh.len();
    if added > 0 {
        let unless_there =
            OnConflict::columns([Column::ContentTypeId, Column::Codename]).do_nothing().to_owned();
        Entity::insert_many(fresh).on_conflict(unless_there).exec_without_returning(db).await?;
    }
    Ok(Seeded { added, first })
}

/// The part of a code before its model.
fn verb<'c>(codename: &'c str, model: &str) -> Option<&'c str> {
    codename.strip_suffix(model)?.strip_suffix('_')
}

/// `Can add user`, as Django labels permissions; a code that does not end in its model is spelled out.
fn label(codename: &str, seed: &Seed<'_>) -> String {
    let label = match verb(codename, seed.model) {
        Some(verb) => format!("Can {} {}", verb.replace('_', " "), seed.model_label),
        None => format!("Can {}", codename.replace('_', " ")),
    };
    label.chars().take(255).collect()
}

/// What an account may do, directly and through its groups: `app.codename`. Nothing for one that is not active;
/// superusers, who may do everything, are the caller's to know.
pub async fn held(db: &impl ConnectionTrait, account: &user::Model) -> Result<HashSet<String>, DbErr> {
    if !account.is_active {
        return Ok(HashSet::new());
    }
    let directly = Query::select()
        .column(granted::Column::PermissionId)
        .from(granted::Entity)
        .and_where(Expr::col(granted::Column::UsermodelId).eq(account.id))
        .to_owned();
    let groups = Query::select()
        .column(group::membership::Column::GroupId)
        .from(group::membership::Entity)
        .and_where(Expr::col(group::membership::Column::UsermodelId).eq(account.id))
        .to_owned();
    let through_groups = lent(Expr::col(group::granted::Column::GroupId).in_subquery(groups));
    let id = || Expr::col((Entity, Column::Id));
    let any = Condition::any().add(id().in_subquery(directly)).add(id().in_subquery(through_groups));
    names(Entity::find().filter(any), db).await
}

/// The permissions of these ids: `app.codename`.
pub async fn named(db: &impl ConnectionTrait, ids: &[i32]) -> Result<HashSet<String>, DbErr> {
    names(Entity::find().filter(COLUMN.id.is_in(ids.iter().copied())), db).await
}

/// What membership in these groups lends: `app.codename`.
pub async fn lent_by(db: &impl ConnectionTrait, groups: &[i32]) -> Result<HashSet<String>, DbErr> {
    let lent = lent(Expr::col(group::granted::Column::GroupId).is_in(groups.iter().copied()));
    names(Entity::find().filter(Expr::col((Entity, Column::Id)).in_subquery(lent)), db).await
}

fn lent(by: Expr) -> SelectStatement {
    Query::select()
        .column(group::granted::Column::PermissionId)
        .from(group::granted::Entity)
        .and_where(by)
        .to_owned()
}

async fn names(of: Select<Entity>, db: &impl ConnectionTrait) -> Result<HashSet<String>, DbErr> {
    let content_type = Entity::belongs_to(content_type::Entity)
        .from(Column::ContentTypeId)
        .to(content_type::Column::Id)
        .into();
    let names: Vec<(String, String)> = of
        .join(JoinType::InnerJoin, content_type)
        .select_only()
        .column(content_type::Column::AppLabel)
        .column(Column::Codename)
        .into_tuple()
        .all(db)
        .await?;
    Ok(names.into_iter().map(|(app, codename)| format!("{app}.{codename}")).collect())
}

/// A permission given to an account directly.
pub mod granted {
    use sea_orm::entity::prelude::*;

    use super::UserId;

    /// One grant.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "core_usermodel_user_permissions")]
    pub struct Model {
        /// Serial number.
        #[sea_orm(primary_key)]
        pub id: i64,
        /// The account.
        pub usermodel_id: UserId,
        /// The permission.
        pub permission_id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
