//! Campus documents in the dashboard: what is said about them, what they are made of.

use sea_orm::{
    Condition, DbErr, ExprTrait,
    entity::prelude::*,
    sea_query::{Expr, Query},
};

use super::{
    chunk,
    description::Description,
    document::{self, DocumentId},
    removal,
};
use crate::admin::{
    Checked, Draft, Fault, Fieldset, Filter, ModelAdmin, Problems, Saving, Verb, beginning, row,
};

const TEXT_CHARS: usize = 60;
/// Chunks whose text a search looks at.
const SEARCHED: u64 = 50_000;

/// Campus documents.
pub fn documents() -> ModelAdmin<document::Entity> {
    use document::Column::*;
    ModelAdmin::new("core", "document")
        .shortcut('d')
        .named_by(|row, _| row.text(Title))
        .list([Title, Path, Pages, Chunks, ValidFrom, ValidTo, UpdatedAt])
        .search([Title, Path, Url])
        .search_exact([Id])
        .filters([UpdatedAt, Pages])
        .filter(
            Filter::named("validity")
                .choice("now", |now| {
                    let today = now.date_naive();
                    let begun = Condition::any()
                        .add(document::COLUMN.valid_from.is_null())
                        .add(document::COLUMN.valid_from.lte(today));
                    let ended = document::COLUMN.valid_to.lt(today);
                    Condition::all()
                        .add(begun)
                        .add(Condition::any().add(document::COLUMN.valid_to.is_null()).add(ended.not()))
                })
                .choice("past", |now| Condition::all().add(document::COLUMN.valid_to.lt(now.date_naive())))
                .choice("future", |now| {
                    Condition::all().add(document::COLUMN.valid_from.gt(now.date_naive()))
                }),
        )
        .newest_first(UpdatedAt)
        .only(Condition::all().add(document::COLUMN.owner_id.is_null()))
        .max_chars(Title, 300)
        .max_chars(Url, 1000)
        .web_address([Url])
        .fieldset(Fieldset::new().edited([Title, Url, ValidFrom, ValidTo]))
        .fieldset(
            Fieldset::titled("stored").shown([Collection, Path, Pages, Chunks, CreatedAt, UpdatedAt, Sha256]),
        )
        .never([Verb::Add])
        .link("document-file-title", Some("core.change_document"), |row| {
            Some(format!("core/document/{}/file/", row.key_text()))
        })
        .prepare(prepare)
        .on_save(describe)
        .on_remove(|removing| async move {
            let ids: Vec<DocumentId> = removing.keys.iter().filter_map(row::number).map(DocumentId).collect();
            removal::remove(&removing.tx, removing.now, &ids).await.map(drop)
        })
}

/// A document that would end before it begins.
async fn prepare(checked: Checked) -> Result<Result<Draft, Problems>, DbErr> {
    use document::Column::{ValidFrom, ValidTo};
    let day = |column| checked.draft.text(column).filter(|day| !day.is_empty());
    let backwards = matches!((day(ValidFrom), day(ValidTo)), (Some(from), Some(to)) if from > to);
    if backwards {
        return Ok(Err(Problems(vec![Fault::new("valid_to", "document-ends-before-it-begins")])));
    }
    Ok(Ok(checked.draft))
}

/// What is said about a document reaches the indexes with it.
async fn describe(saving: Saving) -> Result<Draft, DbErr> {
    use document::Column::{Title, Url, ValidFrom, ValidTo};
    let mut draft = saving.draft;
    let id = saving.old.as_ref().and_then(|row| row.number(document::Column::Id)).map(DocumentId);
    let Some(id) = id else { return Ok(draft) };
    let Some(there) = document::Entity::find_by_id(id).one(&saving.tx).await? else { return Ok(draft) };
    let day = |value: Option<sea_orm::Value>, before: Option<Date>| match value {
        Some(sea_orm::Value::ChronoDate(day)) => day,
        _ => before,
    };
    let title = draft.text(Title).unwrap_or_else(|| there.title.clone());
    let url = match draft.value(Url) {
        Some(_) => draft.text(Url).filter(|url| !url.is_empty()),
        None => there.url.clone(),
    };
    draft.take(Title);
    draft.take(Url);
    let valid = (day(draft.take(ValidFrom), there.valid_from), day(draft.take(ValidTo), there.valid_to));
    let said = Description { title, url, valid_from: valid.0, valid_to: valid.1 };
    document::describe(&saving.tx, saving.now, id, said).await?;
    Ok(draft)
}

/// The chunks of campus documents.
pub fn chunks() -> ModelAdmin<chunk::Entity> {
    use chunk::Column::*;
    let mut campus = Query::select();
    campus.column(document::Column::Id).from(document::Entity).and_where(document::COLUMN.owner_id.is_null());
    ModelAdmin::new("core", "chunk")
        .named_by(|row, _| beginning(&row.text(Text), TEXT_CHARS))
        .list([Text, DocumentId, Page])
        .search_newest(Text, SEARCHED)
        .search_exact([Id])
        .search_note("chunks-search-note")
        .filters([DocumentId, Page])
        .newest_first(Id)
        .only(Condition::all().add(Expr::col((chunk::Entity, DocumentId)).in_subquery(campus)))
        .refers::<document::Entity>(DocumentId)
        .multiline([Text])
        .never([Verb::Add, Verb::Change, Verb::Delete])
}
