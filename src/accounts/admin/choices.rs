//! What users and groups can be given: groups and permissions.

use sea_orm::{DatabaseConnection, DbErr, EntityTrait, QueryOrder};

use crate::{
    accounts::{content_type, group, permission},
    admin::{Choice, Locale},
};

/// The order of columns in the table of permissions; other verbs follow.
const VERBS: [&str; 5] = ["view", "add", "change", "delete", "export"];

/// All groups.
pub(super) async fn groups(db: DatabaseConnection, _: Locale) -> Result<Vec<Choice>, DbErr> {
    let groups = group::Entity::find().order_by_asc(group::Column::Name).all(&db).await?;
    let choice = |group: group::Model| Choice {
        key: group.id.into(),
        label: group.name,
        row: String::new(),
        column: String::new(),
    };
    Ok(groups.into_iter().map(choice).collect())
}

/// All permissions: a row for each model, a column for each verb.
pub(super) async fn permissions(db: DatabaseConnection, locale: Locale) -> Result<Vec<Choice>, DbErr> {
    let models = content_type::Entity::find().all(&db).await?;
    let permissions = permission::Entity::find().order_by_asc(permission::Column::Id).all(&db).await?;
    let mut choices: Vec<(String, usize, Choice)> = Vec::new();
    for permission in permissions {
        let Some(model) = models.iter().find(|model| model.id == permission.content_type_id) else {
            continue;
        };
        // `view_personal` is another right than to view, and has a column of its own.
        let code = permission.codename.as_str();
        let verb = code.strip_suffix(&model.model).and_then(|verb| verb.strip_suffix('_')).unwrap_or(code);
        let place = VERBS.iter().position(|known| *known == verb).unwrap_or(VERBS.len());
        let row = named(&locale, &format!("model-{}-{}-many", model.app_label, model.model), &model.model);
        let column = named(&locale, &format!("verb-{verb}"), verb);
        let label = format!("{row}: {column}");
        choices.push((row.clone(), place, Choice { key: permission.id.into(), label, row, column }));
    }
    choices.sort_by(|a, b| (a.1, &a.2.column, &a.0).cmp(&(b.1, &b.2.column, &b.0)));
    Ok(choices.into_iter().map(|(_, _, choice)| choice).collect())
}

fn named(locale: &Locale, key: &str, otherwise: &str) -> String {
    locale.language.find(key).unwrap_or_else(|| otherwise.to_owned())
}
