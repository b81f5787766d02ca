//! What majors require: the items of their files, in order.

use sea_orm::{QueryOrder, QuerySelect, entity::prelude::*};

use crate::knowledge::DocumentId;

/// Most items of a major that are looked at.
const MOST: u64 = 500;

/// Something that a major requires.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "major_requirement")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The file it stands in.
    pub document_id: DocumentId,
    /// Its place in the file.
    pub seq: i32,
    /// The heading it stands under; may be empty.
    pub heading: String,
    /// As the file words it.
    pub text: String,
    /// The courses it names, with commas between; may be empty.
    pub courses: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a file requires, in its order.
pub(super) async fn of(db: &impl ConnectionTrait, file: DocumentId) -> Result<Vec<Model>, DbErr> {
    let rows = Entity::find().filter(COLUMN.document_id.eq(file));
    rows.order_by_asc(Column::Seq).limit(MOST).all(db).await
}
