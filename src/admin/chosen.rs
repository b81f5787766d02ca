//! Rows that were chosen in a list: ticked one by one, or all that match.

use sea_orm::{Condition, ExprTrait, Value};

use super::{
    change_list::{ChangeList, Params},
    desk::Desk,
    model::Model,
    posted::{CHOSEN, Posted},
    refusal::Refusal,
    removal::Picked,
};

/// The field that says that all matching rows are chosen.
const ACROSS: &str = "select_across";

/// What was chosen.
pub(super) struct Choice {
    pub(super) condition: Condition,
    /// The same rows, as another process can be told of them.
    pub(super) picked: Picked,
    /// What a page that asks back has to send again.
    pub(super) fields: Vec<(String, String)>,
}

/// The chosen rows; `None` when there are none.
pub(super) fn chosen(
    desk: &Desk,
    model: &Model,
    params: Params,
    posted: &Posted,
) -> Result<Option<Choice>, Refusal> {
    if matches!(posted.last(ACROSS), Some("1" | "on")) {
        let picked = Picked::Query(params.text());
        let list = ChangeList::parse(model, &desk.site.store, desk.locale, params);
        let list = list.map_err(|_| Refusal::Invalid("admin-filter-ignored"))?;
        let fields = vec![(ACROSS.to_owned(), "1".to_owned())];
        // The query is repeated: rows that match now are chosen, whoever added them.
        return Ok(Some(Choice { condition: list.condition(), picked, fields }));
    }
    let ticked = posted.all(CHOSEN);
    // Keys of another kind choose nothing.
    let keys: Vec<Value> = ticked.iter().filter_map(|text| model.parse_key(text)).collect();
    if keys.is_empty() {
        return Ok(None);
    }
    let picked = Picked::Keys(ticked.iter().map(|key| (*key).to_owned()).collect());
    let fields = ticked.into_iter().map(|key| (CHOSEN.to_owned(), key.to_owned())).collect();
    Ok(Some(Choice { condition: Condition::all().add(model.key_col().is_in(keys)), picked, fields }))
}
