//! The panel of filters beside a list, and the chips of those that are in use above it.

use std::collections::HashMap;

use sea_orm::{
    Condition, ConnectionTrait, DbErr, ExprTrait, Value,
    sea_query::{Alias, CaseStatement, Expr, Query},
};

use super::{
    super::{
        filter::{Filter, FilterKind, Reading, SPANS, conditions},
        model::Model,
        site::Built,
        value::{self, Kind},
    },
    ChangeList, Params, dates, rows,
};

/// More choices than this are not listed: a field to type into stands in their place.
const MOST_CHOICES: u64 = 200;

/// The panel.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    /// One block per filter.
    pub blocks: Vec<Block>,
    /// What the form of the fields keeps.
    pub kept: Vec<(String, String)>,
    /// Whether there is anything to apply.
    pub has_inputs: bool,
    /// The address without all filters, when any is in use.
    pub clear: Option<String>,
    /// The address with or without counts.
    pub counts: String,
    /// Whether counts are shown.
    pub counted: bool,
}

/// A filter.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// What it filters by.
    pub title: String,
    /// Choices.
    pub links: Vec<Choice>,
    /// Fields to type into.
    pub inputs: Vec<Input>,
    /// Whether the filter is in use.
    pub active: bool,
}

/// A choice.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What is chosen.
    pub label: String,
    /// Its address.
    pub href: String,
    /// Whether it is chosen.
    pub chosen: bool,
    /// How many rows it would leave.
    pub count: Option<i64>,
}

/// A field to type into.
#[derive(Clone, Debug)]
pub struct Input {
    /// The parameter.
    pub name: String,
    /// What it is for.
    pub label: String,
    /// `date`, `number` or `text`.
    pub kind: &'static str,
    /// What is in it.
    pub value: String,
}

/// A filter in use.
#[derive(Clone, Debug)]
pub struct Chip {
    /// What it says.
    pub label: String,
    /// The address without it.
    pub remove: String,
}

/// A choice before it is linked: its label, and the parameters that choose it.
struct Offer {
    label: String,
    pairs: Vec<(String, String)>,
}

impl Offer {
    fn one(label: String, name: String, value: impl Into<String>) -> Self {
        Self { label, pairs: vec![(name, value.into())] }
    }
}

/// The panel of a list; blocks that offer nothing are left out.
pub(crate) async fn panel(site: &Built, list: &ChangeList<'_>) -> Result<Panel, DbErr> {
    let counted = list.params.last("_facets").is_some();
    let mut blocks = Vec::new();
    for filter in &list.model.filters {
        let (offers, inputs) = offered(site, list, filter).await?;
        if let Some(mut block) = block(list, filter, offers, inputs) {
            if counted {
                count(site, list, filter, &mut block).await?;
            }
            blocks.push(block);
        }
    }
    let inputs: Vec<&str> =
        blocks.iter().flat_map(|block| block.inputs.iter().map(|input| input.name.as_str())).collect();
    let kept = list.kept(|name| inputs.contains(&name));
    let active = list.params.pairs().iter().any(|(name, _)| Params::is_filter(name));
    let params = list.params.without(|name| name == "e");
    let counts = if counted {
        params.without(|name| name == "_facets").href()
    } else {
        params.with("_facets", "True").href()
    };
    Ok(Panel {
        has_inputs: !inputs.is_empty(),
        clear: active.then(|| params.without(|name| Params::is_filter(name) || name == "p").href()),
        kept,
        blocks,
        counts,
        counted,
    })
}

#[expect(clippy::too_many_lines, reason = "one arm for each kind of filter")]
async fn offered(
    site: &Built,
    list: &ChangeList<'_>,
    filter: &Filter,
) -> Result<(Vec<Offer>, Vec<Input>), DbErr> {
    let (locale, model) = (&list.locale, list.model);
    let name = filter.name;
    let exact = |label: String, word: &str| Offer::one(label, format!("{name}__exact"), word);
    let field = filter.field(model);
    let none = |label: &str| Offer::one(locale.t(label), format!("{name}__isnull"), "True");
    let some = |label: &str| Offer::one(locale.t(label), format!("{name}__isnull"), "False");
    let mut inputs = Vec::new();
    let mut offers = match &filter.kind {
        FilterKind::Bool(_) => {
            vec![exact(locale.t("admin-yes"), "1"), exact(locale.t("admin-no"), "0")]
        }
        FilterKind::Choices(at) => {
            let field = &model.fields[*at];
            field.choices.iter().map(|(word, _)| exact(field.choice_label(locale, word), word)).collect()
        }
        FilterKind::Moment(_) => {
            inputs = between(list, name, "date");
            let span = |word: &&str| {
                Offer::one(
                    locale.t(&format!("admin-span-{}", word.replace('_', "-"))),
                    format!("{name}__range"),
                    *word,
                )
            };
            SPANS.iter().map(span).collect()
        }
        FilterKind::Number(_) => {
            inputs = between(list, name, "number");
            Vec::new()
        }
        FilterKind::Named(choices) => {
            let label = |word: &str| locale.or_last_word(&format!("choice-{name}-{word}"));
            choices.iter().map(|(word, _)| Offer::one(label(word), name.to_owned(), *word)).collect()
        }
        FilterKind::Values(at) => {
            let found = values(site, model, *at).await?;
            let field = &model.fields[*at];
            if found.len() as u64 > MOST_CHOICES {
                inputs = vec![input(list, &format!("{name}__icontains"), "admin-filter-contains", "text")];
                Vec::new()
            } else {
                found.iter().map(|text| exact(field.choice_label(locale, text), text)).collect()
            }
        }
        FilterKind::Relation(at) => {
            let table = model.fields[*at].refers_to.unwrap_or_default();
            match targets(site, list, table).await? {
                Some(targets) => targets
                    .into_iter()
                    .map(|(key, label)| Offer::one(label, format!("{name}__id__exact"), key))
                    .collect(),
                None => {
                    inputs = vec![input(list, &format!("{name}__id__exact"), "admin-filter-key", "text")];
                    Vec::new()
                }
            }
        }
        FilterKind::Through(through) => {
            let mut offers: Vec<Offer> = targets(site, list, through.target_table)
                .await?
                .unwrap_or_default()
                .into_iter()
                .map(|(key, label)| Offer::one(label, format!("{name}__id__exact"), key))
                .collect();
            if !offers.is_empty() {
                offers.push(Offer::one("-".to_owned(), format!("{name}__isnull"), "True"));
            }
            offers
        }
    };
    if field.is_some_and(|field| field.nullable) && (!offers.is_empty() || !inputs.is_empty()) {
        offers.push(none("admin-filter-none"));
        offers.push(some("admin-filter-some"));
    }
    Ok((offers, inputs))
}

/// The rows that a filter on a relation offers: key and label. `None` when there are too many to list.
async fn targets(
    site: &Built,
    list: &ChangeList<'_>,
    table: &str,
) -> Result<Option<Vec<(String, String)>>, DbErr> {
    let Some(target) = site.of_table(table) else { return Ok(Some(Vec::new())) };
    let mut select = rows::select(target);
    select.limit(MOST_CHOICES + 1);
    rows::order(&mut select, target, &target.order);
    let found = rows::read(site.store.read(), target, &select).await?;
    if found.len() as u64 > MOST_CHOICES {
        return Ok(None);
    }
    let mut named: Vec<(String, String)> =
        found.iter().map(|row| (row.key_text(), target.text_of(row, &list.locale))).collect();
    named.sort_by_cached_key(|(_, name)| name.to_lowercase());
    Ok(Some(named))
}

/// The values that a column has: a bounded look.
async fn values(site: &Built, model: &Model, at: usize) -> Result<Vec<String>, DbErr> {
    let field = &model.fields[at];
    let mut select = Query::select();
    select.distinct().column(Alias::new(field.name)).from(Alias::new(model.table));
    select.and_where(model.col(field.name).is_not_null()).limit(MOST_CHOICES + 1);
    select.order_by(Alias::new(field.name), sea_orm::Order::Asc);
    if let Some(scope) = &model.scope {
        select.cond_where(scope.clone());
    }
    let found = site.store.read().query_all(&select).await?;
    found.iter().map(|row| Ok(value::plain(&field.kind.read(row, 0)?))).collect()
}

fn between(list: &ChangeList<'_>, name: &str, kind: &'static str) -> Vec<Input> {
    vec![
        input(list, &format!("{name}__from"), "admin-filter-from", kind),
        input(list, &format!("{name}__to"), "admin-filter-to", kind),
    ]
}

fn input(list: &ChangeList<'_>, name: &str, label: &str, kind: &'static str) -> Input {
    let value = list.params.last(name).unwrap_or_default().to_owned();
    Input { name: name.to_owned(), label: list.locale.t(label), kind, value }
}

fn block(list: &ChangeList<'_>, filter: &Filter, offers: Vec<Offer>, inputs: Vec<Input>) -> Option<Block> {
    let relation = matches!(filter.kind, FilterKind::Relation(_) | FilterKind::Through(_));
    if inputs.is_empty() && (offers.is_empty() || (relation && offers.len() <= 1)) {
        return None;
    }
    let model = list.model;
    let own = |name: &str| filter.owns(name, model) || name == "p" || name == "e";
    let base = list.params.without(own);
    let active =
        list.params.pairs().iter().any(|(name, _)| Params::is_filter(name) && filter.owns(name, model));
    let all = match filter.kind {
        FilterKind::Moment(_) => "admin-any-date",
        _ => "admin-all",
    };
    let mut links =
        vec![Choice { label: list.locale.t(all), href: base.href(), chosen: !active, count: None }];
    links.extend(offers.into_iter().map(|offer| {
        let chosen = offer.pairs.iter().all(|(name, value)| list.params.last(name) == Some(value));
        let href =
            offer.pairs.iter().fold(base.clone(), |params, (name, value)| params.with(name, value)).href();
        Choice { label: offer.label, href, chosen, count: None }
    }));
    let title = model.label_of(&list.locale, filter.field(model).map_or(filter.name, |field| field.name));
    Some(Block { title, links, inputs, active })
}

/// How many rows each choice would leave: one query for all choices of a filter.
async fn count(site: &Built, list: &ChangeList<'_>, filter: &Filter, block: &mut Block) -> Result<(), DbErr> {
    let others = list.condition_but(|name| filter.owns(name, list.model));
    let reading = Reading { model: list.model, backend: site.store.backend(), locale: list.locale };
    let mut select = Query::select();
    for choice in &block.links {
        let params = Params::parse(choice.href.trim_start_matches(['?', '.']))
            .without(|name| !filter.owns(name, list.model));
        let (dated, rest) = dates::split(list.model, &params);
        let mut condition = Condition::all();
        for (_, part) in conditions(reading, &rest).unwrap_or_default() {
            condition = condition.add(part);
        }
        for (_, part) in dates::conditions(reading, &dated).unwrap_or_default() {
            condition = condition.add(part);
        }
        let one = if condition.is_empty() {
            Expr::val(1)
        } else {
            CaseStatement::new().case(condition, Expr::val(1)).finally(Expr::val(0)).into()
        };
        select.expr(Expr::expr(one).sum().cast_as("bigint"));
    }
    select.from(Alias::new(list.model.table)).cond_where(others);
    if let Some(scope) = &list.model.scope {
        select.cond_where(scope.clone());
    }
    let Some(row) = site.store.read().query_one(&select).await? else { return Ok(()) };
    for (at, choice) in block.links.iter_mut().enumerate() {
        let Value::BigInt(count) = Kind::Big.read(&row, at)? else { continue };
        choice.count = Some(count.unwrap_or_default());
    }
    Ok(())
}

/// The filters in use, each with the address without it.
pub(crate) fn chips(list: &ChangeList<'_>, panel: &Panel) -> Vec<Chip> {
    let labels: HashMap<&str, &str> = panel
        .blocks
        .iter()
        .filter_map(|block| {
            let chosen = block.links.iter().find(|link| link.chosen)?;
            Some((block.title.as_str(), chosen.label.as_str()))
        })
        .collect();
    let mut chips = Vec::new();
    for (name, text) in
        list.params.pairs().iter().filter(|(name, text)| Params::is_filter(name) && !text.is_empty())
    {
        let (base, lookup) = name.split_once("__").unwrap_or((name, ""));
        let column = list.model.field(base).map_or(base, |field| field.name);
        let title = list.model.label_of(&list.locale, column);
        let word = match lookup {
            "" | "exact" | "id__exact" | "isnull" | "range" => {
                labels.get(title.as_str()).copied().unwrap_or(text).to_owned()
            }
            _ => format!("{} {text}", list.locale.or_last_word(&format!("admin-lookup-{lookup}"))),
        };
        let params = list.params.minus(name, text).without(|name| name == "p" || name == "e");
        chips.push(Chip { label: format!("{title}: {word}"), remove: params.href() });
    }
    chips
}
