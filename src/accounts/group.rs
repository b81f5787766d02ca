//! Groups of accounts, and the permissions they lend.

use sea_orm::entity::prelude::*;

use super::user::UserId;

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
