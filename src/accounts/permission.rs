//! Permissions: one per model and verb, as Django names them.

use sea_orm::entity::prelude::*;

use super::user::UserId;

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
