//! When anything about schedules was last changed: a table of one row, by which the original's scheduler knows that it has to
//! read them again. Ours reads them at each look, and leaves the row as it is.

use sea_orm::entity::prelude::*;

/// The row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "django_celery_beat_periodictasks")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ident: i16,
    /// When anything was changed.
    pub last_update: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
