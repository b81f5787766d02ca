//! Django's list of models, which permissions and log entries refer to.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{Set, entity::prelude::*, sea_query::OnConflict};

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

/// The ids of these models, by application and model; those that are not in the list are added to it.
pub async fn ensure(
    db: &impl ConnectionTrait,
    models: impl Iterator<Item = (&str, &str)>,
) -> Result<HashMap<(String, String), i32>, DbErr> {
    let wanted: BTreeSet<(String, String)> =
        models.map(|(app, model)| (app.to_owned(), model.to_owned())).collect();
    let mut there = ids(db, &wanted).await?;
    let missing = wanted.iter().filter(|model| !there.contains_key(*model));
    let missing: Vec<ActiveModel> = missing
        .map(|(app, model)| ActiveModel {
            app_label: Set(app.clone()),
            model: Set(model.clone()),
            ..ActiveModel::new()
        })
        .collect();
    if !missing.is_empty() {
        let unless_there = OnConflict::columns([Column::AppLabel, Column::Model]).do_nothing().to_owned();
        Entity::insert_many(missing).on_conflict(unless_there).exec_without_returning(db).await?;
        there = ids(db, &wanted).await?;
    }
    Ok(there)
}

async fn ids(
    db: &impl ConnectionTrait,
    wanted: &BTreeSet<(String, String)>,
) -> Result<HashMap<(String, String), i32>, DbErr> {
    let apps: BTreeSet<&str> = wanted.iter().map(|(app, _)| app.as_str()).collect();
    let rows = Entity::find().filter(COLUMN.app_label.is_in(apps)).all(db).await?;
    Ok(rows.into_iter().map(|row| ((row.app_label, row.model), row.id)).collect())
}
