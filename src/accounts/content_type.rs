//! Django's list of models, which permissions and log entries refer to.

use sea_orm::entity::prelude::*;

/// A model of the original.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "django_content_type")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The Django application, such as `core`.
    pub app_label: String,
    /// The model, such as `usermodel`.
    pub model: String,
}

impl ActiveModelBehavior for ActiveModel {}
