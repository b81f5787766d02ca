//! What came of tasks in the dashboard: looked at, deleted, run again; never written.

use sea_orm::{DatabaseConnection, DbErr, entity::prelude::*, sea_query::SelectStatement};

use super::shown;
use crate::{
    admin::{Action, Cell, Chosen, Fault, Fieldset, ModelAdmin, Page, Row, Tone, Verb, row},
    periodic::{
        group_result,
        registry::Registry,
        result::{self, Column, FAILURE, PENDING, RETRY, REVOKED, SKIPPED, STARTED, SUCCESS},
        run::{self, Asked},
    },
    queue::Queue,
};

const APP: &str = "django_celery_results";
const STATES: [&str; 7] = [PENDING, STARTED, RETRY, SUCCESS, FAILURE, REVOKED, SKIPPED];

/// Results of tasks.
pub fn results(registry: &Registry, queue: Queue) -> ModelAdmin<result::Entity> {
    use Column::*;
    let (checking, running) = (registry.clone(), registry.clone());
    ModelAdmin::new(APP, "taskresult")
        .class("TaskResult")
        .shortcut('r')
        .named_by(|row, _| row.text(TaskId))
        .list([TaskId, PeriodicTaskName, TaskName, Status, DateDone])
        .computed("duration", durations)
        .list([Worker])
        .search([TaskName, PeriodicTaskName, Status, TaskArgs, TaskKwargs])
        .search_exact([TaskId])
        .filters([Status, DateDone, PeriodicTaskName, TaskName, Worker])
        .by_date(DateDone)
        .newest_first(DateDone)
        .choices(Status, STATES.map(|state| (state, shown::tone(state))))
        .choices(TaskName, registry.names().map(|name| (name, Tone::Plain)))
        .worded_as(TaskName, "task")
        .multiline([Result, Traceback, Meta, TaskArgs, TaskKwargs])
        .fieldset(
            Fieldset::new().shown([TaskId, TaskName, PeriodicTaskName, Status, Worker]).told(["duration"]),
        )
        .fieldset(Fieldset::titled("arguments").shown([TaskArgs, TaskKwargs]))
        .fieldset(Fieldset::titled("result").shown([
            Result,
            DateCreated,
            DateStarted,
            DateDone,
            Traceback,
            Meta,
            ContentType,
            ContentEncoding,
        ]))
        .tells("duration", durations)
        .never([Verb::Add, Verb::Change])
        .action(
            Action::new("run_again", move |chosen| run_again(running.clone(), chosen))
                .needs("run_taskresult")
                .confirmed()
                .checked(move |db, keys| unknown(checking.clone(), db, keys))
                .afterwards(move || queue.wake()),
        )
}

async fn durations(page: Page) -> Result<Vec<Cell>, DbErr> {
    let of = |row: &Row| match (row.text(Column::Status).as_str(), row.moment(Column::DateStarted)) {
        (SUCCESS | FAILURE, Some(began)) => {
            row.moment(Column::DateDone).map_or(Cell::Empty, |done| shown::length(done - began))
        }
        _ => Cell::Empty,
    };
    Ok(page.rows.iter().map(of).collect())
}

/// Says which of the chosen runs nobody knows how to do.
async fn unknown(
    registry: Registry,
    db: DatabaseConnection,
    keys: SelectStatement,
) -> std::result::Result<Option<Fault>, DbErr> {
    let none = result::COLUMN.task_name.is_null();
    let unknown = result::COLUMN.task_name.is_not_in(registry.names());
    let unknown = sea_orm::Condition::any().add(none).add(unknown);
    let found = result::Entity::find().filter(result::COLUMN.id.in_subquery(keys)).filter(unknown);
    let name = |run: result::Model| run.task_name.unwrap_or_default();
    Ok(found.one(&db).await?.map(|run| Fault::new("", "task-not-found").with("name", name(run))))
}

async fn run_again(registry: Registry, chosen: Chosen) -> std::result::Result<u64, DbErr> {
    let numbers = chosen.keys.iter().filter_map(row::number);
    let ids: Vec<i32> = numbers.filter_map(|number| i32::try_from(number).ok()).collect();
    let results = result::by_ids(&chosen.tx, &ids).await?;
    let known = results
        .iter()
        .filter_map(|result| Some((registry.named(result.task_name.as_deref()?)?, Asked::again(result))));
    let runs: Vec<_> = known.collect();
    Ok(run::ask(&chosen.tx, chosen.now, &runs).await?.len() as u64)
}

/// Results of groups, which were carried over.
pub fn group_results() -> ModelAdmin<group_result::Entity> {
    use group_result::Column::*;
    ModelAdmin::new(APP, "groupresult")
        .class("GroupResult")
        .named_by(|row, _| row.text(GroupId))
        .list([GroupId, DateDone])
        .search([GroupId])
        .filters([DateDone])
        .by_date(DateDone)
        .newest_first(DateDone)
        .multiline([Result])
        .fieldset(Fieldset::new().shown([GroupId, DateCreated, DateDone, Result]))
        .never([Verb::Add, Verb::Change])
}
