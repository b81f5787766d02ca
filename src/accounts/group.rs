//! Groups of accounts, and the permissions they lend.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    QueryOrder, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{OnConflict, Query},
};

use super::{permission, user::UserId};

/// A group to begin with.
#[derive(Clone, Copy, Debug)]
pub struct Starter<'a> {
    /// Its name.
    pub name: &'a str,
    /// Codes of the permissions it lends, such as `view_feedback`, whatever their application.
    pub codenames: &'a [&'a str],
}

/// The groups that a new installation begins with.
pub const STARTERS: [Starter<'static>; 3] = [
    Starter {
        name: "Feedback reviewers",
        codenames: &[
            "view_feedback",
            "change_feedback",
            "export_feedback",
            "view_usersession",
            "view_chatmessages",
        ],
    },
    Starter {
        name: "Operators",
        codenames: &[
            "view_uploadedfile",
            "change_uploadedfile",
            "delete_uploadedfile",
            "download_uploadedfile",
            "view_usermodel",
            "view_periodictask",
            "change_periodictask",
            "run_periodictask",
            "view_crontabschedule",
            "add_crontabschedule",
            "change_crontabschedule",
            "view_intervalschedule",
            "add_intervalschedule",
            "change_intervalschedule",
            "view_clockedschedule",
            "add_clockedschedule",
            "change_clockedschedule",
            "view_taskresult",
            "delete_taskresult",
            "view_groupresult",
            "view_mail",
            "resend_mail",
        ],
    },
    Starter {
        name: "Auditors",
        codenames: &[
            "view_auditentry",
            "export_auditentry",
            "view_usermodel",
            "view_group",
            "view_uploadedfile",
            "view_periodictask",
            "view_taskresult",
            "view_groupresult",
        ],
    },
];

/// A group.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "auth_group")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Unique name.
    pub name: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes these groups, unless there are groups of their names. To be called once in the life of a database, in the
/// transaction in which its permissions were first seeded ([`permission::Seeded::first`]): what is deleted later does
/// not come back.
pub async fn seed(db: &impl ConnectionTrait, starters: &[Starter<'_>]) -> Result<(), DbErr> {
    let names = || starters.iter().map(|starter| starter.name);
    let there = Entity::find().filter(COLUMN.name.is_in(names())).all(db).await?;
    let there: HashSet<String> = there.into_iter().map(|group| group.name).collect();
    let missing: Vec<&Starter<'_>> =
        starters.iter().filter(|starter| !there.contains(starter.name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let rows = missing
        .iter()
        .map(|starter| ActiveModel { name: Set(starter.name.to_owned()), ..ActiveModel::new() });
    let unless_there = OnConflict::column(Column::Name).do_nothing().to_owned();
    Entity::insert_many(rows).on_conflict(unless_there).exec_without_returning(db).await?;
    let made = Entity::find().filter(COLUMN.name.is_in(missing.iter().map(|starter| starter.name)));
    let made: HashMap<String, i32> =
        made.all(db).await?.into_iter().map(|group| (group.name, group.id)).collect();
    let codenames: HashSet<&str> = missing.iter().flat_map(|starter| starter.codenames).copied().collect();
    let permissions = permission::Entity::find().filter(permission::COLUMN.codename.is_in(codenames));
    let permissions = permissions.all(db).await?;
    let grants: Vec<granted::ActiveModel> = missing
        .iter()
        .filter_map(|starter| Some((starter, *made.get(starter.name)?)))
        .flat_map(|(starter, group)| {
            let lent = permissions.iter().filter(|row| starter.codenames.contains(&row.codename.as_str()));
            lent.map(move |row| granted::ActiveModel {
                group_id: Set(group),
                permission_id: Set(row.id),
                ..granted::ActiveModel::new()
            })
        })
        .collect();
    if grants.is_empty() {
        return Ok(());
    }
    let columns = [granted::Column::GroupId, granted::Column::PermissionId];
    let unless_there = OnConflict::columns(columns).do_nothing().to_owned();
    granted::Entity::insert_many(grants).on_conflict(unless_there).exec_without_returning(db).await.map(drop)
}

/// The names of the groups that an account is in, in order.
pub async fn names_of(db: &impl ConnectionTrait, account: UserId) -> Result<Vec<String>, DbErr> {
    let of = Query::select()
        .column(membership::Column::GroupId)
        .from(membership::Entity)
        .and_where(membership::COLUMN.usermodel_id.eq(account))
        .to_owned();
    let names = Entity::find().select_only().column(Column::Name).filter(COLUMN.id.in_subquery(of));
    names.order_by_asc(Column::Name).into_tuple().all(db).await
}

/// An account in a group.
pub mod membership {
    use sea_orm::entity::prelude::*;

    use super::UserId;

    /// One membership.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "core_usermodel_groups")]
    pub struct Model {
        /// Serial number.
        #[sea_orm(primary_key)]
        pub id: i64,
        /// The account.
        pub usermodel_id: UserId,
        /// The group.
        pub group_id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A permission lent by a group.
pub mod granted {
    use sea_orm::entity::prelude::*;

    /// One grant.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "auth_group_permissions")]
    pub struct Model {
        /// Serial number.
        #[sea_orm(primary_key)]
        pub id: i64,
        /// The group.
        pub group_id: i32,
        /// The permission.
        pub permission_id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
