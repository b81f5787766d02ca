//! What administrators changed, in Django's own log.

use sea_orm::{QueryOrder, QuerySelect, entity::prelude::*};

use super::user::UserId;

/// One change.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "django_admin_log")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// When it happened.
    pub action_time: DateTimeUtc,
    /// Primary key of the changed row, as text.
    pub object_id: Option<String>,
    /// The row's text at that time.
    pub object_repr: String,
    /// 1 added, 2 changed, 3 deleted.
    pub action_flag: i16,
    /// JSON, as Django writes it.
    pub change_message: String,
    /// The model.
    pub content_type_id: Option<i32>,
    /// Who did it.
    pub user_id: UserId,
}

impl ActiveModelBehavior for ActiveModel {}

/// What an account changed, after the entry of an id, in the order of ids.
pub async fn of_account(
    db: &impl ConnectionTrait,
    account: UserId,
    after: i32,
    most: u64,
) -> Result<Vec<Model>, DbErr> {
    let entries = Entity::find().filter(COLUMN.user_id.eq(account)).filter(COLUMN.id.gt(after));
    entries.order_by_asc(Column::Id).limit(most).all(db).await
}
