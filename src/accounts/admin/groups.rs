//! Groups: their permissions, and who is in them.

use std::collections::HashMap;

use sea_orm::{DbErr, EntityTrait, QueryFilter, QuerySelect, entity::prelude::*, sea_query::Expr};

use super::choices;
use crate::{
    accounts::{group, guard, permission},
    admin::{Cell, Fault, Fieldset, Many, ModelAdmin, Page, Problems, row},
    app::App,
};

/// Groups.
pub fn groups(app: App) -> ModelAdmin<group::Entity> {
    use group::{Column::*, granted};
    ModelAdmin::new("auth", "group")
        .class("Group")
        .shortcut('g')
        .named_by(|row, _| row.text(Name))
        .list([Name])
        .computed("members", |page| counts(page, Counted::Members))
        .numbers()
        .computed("permissions", |page| counts(page, Counted::Permissions))
        .numbers()
        .search([Name])
        .ordered_by([Name])
        .max_chars(Name, 150)
        .unique([Name])
        .many(
            Many::new::<granted::Entity, _, _>(
                "permissions",
                granted::Column::GroupId,
                granted::Column::PermissionId,
                choices::permissions,
            )
            .grid(),
        )
        .fieldset(Fieldset::new().edited([Name]).relations(["permissions"]))
        .takes_along::<group::membership::Entity>(group::membership::Column::GroupId)
        .prepare(move |checked| {
            let app = app.clone();
            async move {
                let ids = checked.draft.many("permissions").unwrap_or_default();
                let ids: Vec<i32> =
                    ids.iter().filter_map(row::number).filter_map(|id| i32::try_from(id).ok()).collect();
                let named = permission::named(&checked.db, &ids).await?;
                let granted =
                    guard::may_grant(&super::actor(&checked.staff, &app), named.iter().map(String::as_str));
                let group = checked.old.as_ref().and_then(|row| row.number(Id));
                let held = held(&checked.db, group).await?;
                let mut draft = checked.draft;
                if ids.iter().any(|id| !held.contains(id)) {
                    draft.needs_proof();
                }
                Ok(match granted {
                    Ok(()) => Ok(draft),
                    Err(guard::Forbidden::NotHeld(codes)) => Err(Problems(vec![
                        Fault::new("permissions", "account-not-held").with("codes", codes.join(", ")),
                    ])),
                    Err(_) => Err(Problems(vec![Fault::new("", "account-forbidden")])),
                })
            }
        })
}

/// The permissions that a group has; a new one has none.
async fn held(db: &impl ConnectionTrait, group: Option<i64>) -> Result<Vec<i32>, DbErr> {
    use group::granted::{Column, Entity};
    let Some(id) = group.and_then(|id| i32::try_from(id).ok()) else { return Ok(Vec::new()) };
    let ids = Entity::find().select_only().column(Column::PermissionId).filter(Column::GroupId.eq(id));
    ids.into_tuple().all(db).await
}

#[derive(Clone, Copy)]
enum Counted {
    Members,
    Permissions,
}

/// A number for each group of a page: one query.
async fn counts(page: Page, counted: Counted) -> Result<Vec<Cell>, DbErr> {
    let ids: Vec<i32> =
        page.rows.iter().filter_map(|row| i32::try_from(row.number(group::Column::Id)?).ok()).collect();
    let found: Vec<(i32, i64)> = match counted {
        Counted::Members => {
            use group::membership::{Column::GroupId, Entity};
            let rows = Entity::find().select_only().column(GroupId);
            let rows = rows.column_as(Expr::cust("COUNT(*)"), "rows");
            rows.filter(GroupId.is_in(ids)).group_by(GroupId).into_tuple().all(&page.db).await?
        }
        Counted::Permissions => {
            use group::granted::{Column::GroupId, Entity};
            let rows = Entity::find().select_only().column(GroupId);
            let rows = rows.column_as(Expr::cust("COUNT(*)"), "rows");
            rows.filter(GroupId.is_in(ids)).group_by(GroupId).into_tuple().all(&page.db).await?
        }
    };
    let found: HashMap<i32, i64> = found.into_iter().collect();
    let of = |row: &crate::admin::Row| {
        let id = row.number(group::Column::Id).and_then(|id| i32::try_from(id).ok());
        Cell::Number(id.and_then(|id| found.get(&id).copied()).unwrap_or_default())
    };
    Ok(page.rows.iter().map(of).collect())
}
