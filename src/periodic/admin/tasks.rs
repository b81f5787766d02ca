//! Scheduled tasks in the dashboard: what runs when, what came of it, and running it now.

use sea_orm::{
    DatabaseConnection, DbErr,
    entity::prelude::*,
    sea_query::{Expr, SelectStatement},
};

use super::{checks, shown};
use crate::{
    admin::{Action, Chosen, Draft, Fault, Fieldset, ModelAdmin, Row, Saving, Tone, Verb, row},
    periodic::{
        clocked, crontab, interval, planted,
        registry::Registry,
        run::{self, Asked},
        solar,
        task::{self, Column},
    },
    queue::Queue,
};

/// The longest expiry: a year.
const YEAR_SECONDS: i64 = 366 * 24 * 60 * 60;

/// Columns of which a change means another schedule: what was due before it is not made up for.
const SCHEDULING: [Column; 8] = [
    Column::Task,
    Column::Enabled,
    Column::CrontabId,
    Column::IntervalId,
    Column::ClockedId,
    Column::SolarId,
    Column::StartTime,
    Column::OneOff,
];

/// Scheduled tasks.
pub fn tasks(registry: &Registry, queue: Queue) -> ModelAdmin<task::Entity> {
    use Column::*;
    let model = ModelAdmin::new("django_celery_beat", "periodictask")
        .class("PeriodicTask")
        .shortcut('t')
        .named_by(|row, _| row.text(Name))
        .list([Name, Enabled])
        .computed("schedule", shown::schedules)
        .computed("next_run", shown::next_runs(registry.clone()))
        .sorted_by(Expr::col((task::Entity, NextRunAt)))
        .list([LastRunAt])
        .computed("outcome", shown::outcomes)
        .computed("duration", shown::durations)
        .computed("strip", shown::strips)
        .list([OneOff])
        .search([Name, Task])
        .filters([Enabled, OneOff, Task, StartTime, LastRunAt])
        .by_date(StartTime)
        .ordered_by([Name])
        .choices(Task, registry.names().map(|name| (name, Tone::Plain)))
        .refers::<crontab::Entity>(CrontabId)
        .refers::<interval::Entity>(IntervalId)
        .refers::<clocked::Entity>(ClockedId)
        .refers::<solar::Entity>(SolarId)
        .unique([Name])
        .max_chars(Name, 200)
        .multiline([Description, Args, Kwargs])
        .blank([Task, Description, Args, Kwargs])
        .range(ExpireSeconds, 1..=YEAR_SECONDS)
        .initially(Args, "[]")
        .initially(Kwargs, "{}")
        .initially(Enabled, "true")
        .tells("known", shown::known(registry.clone()))
        .tells("standard", shown::standards(registry.clone()))
        .tells("reading", shown::schedules)
        .tells("next_runs", shown::next_five(registry.clone()))
        .tells("runs", shown::histories);
    with_actions(with_form(model, registry), registry, queue)
}

fn with_form(model: ModelAdmin<task::Entity>, registry: &Registry) -> ModelAdmin<task::Entity> {
    use Column::*;
    let known = registry.clone();
    model
        .fieldset(Fieldset::new().edited([Name, Task]).told(["known"]).edited([Enabled, Description]))
        .fieldset(
            Fieldset::titled("schedule")
                .edited([IntervalId, CrontabId, ClockedId, StartTime, OneOff])
                .shown([LastRunAt, TotalRunCount])
                .told(["reading", "next_runs", "standard"]),
        )
        .fieldset(Fieldset::titled("solar").shown([SolarId]).when(|row| row.number(SolarId).is_some()))
        .fieldset(Fieldset::titled("arguments").edited([Args, Kwargs]).collapsed())
        .fieldset(Fieldset::titled("execution").edited([Expires, ExpireSeconds]).collapsed())
        .fieldset(
            Fieldset::titled("original")
                .shown([Queue, Exchange, RoutingKey, Priority, Headers])
                .collapsed()
                .when(is_carried_over),
        )
        .fieldset(Fieldset::titled("runs").told(["runs"]))
        .prepare(move |checked| {
            let known = known.clone();
            async move { Ok(checks::task(&known, checked)) }
        })
        .on_save(|saving| async move { Ok(scheduled(saving)) })
}

/// Whether the original was told where to run it.
fn is_carried_over(row: &Row) -> bool {
    let said = |column: Column| !matches!(row.text(column).as_str(), "" | "{}");
    [Column::Queue, Column::Exchange, Column::RoutingKey, Column::Priority, Column::Headers]
        .into_iter()
        .any(said)
}

/// Completes what is saved: since when the schedule counts.
fn scheduled(saving: Saving) -> Draft {
    let Saving { mut draft, old, now, .. } = saving;
    let changed = |column: Column| match &old {
        Some(old) => draft.value(column).is_some_and(|new| old.value(column.as_str()) != Some(new)),
        None => true,
    };
    if SCHEDULING.into_iter().any(changed) {
        draft.set(Column::ScheduledFrom, Some(now));
        draft.set(Column::NextRunAt, None::<DateTimeUtc>);
    }
    if draft.is(Column::Enabled) == Some(false) {
        draft.set(Column::LastRunAt, None::<DateTimeUtc>);
    }
    if old.is_none() {
        draft.set(Column::Headers, "{}");
        draft.set(Column::TotalRunCount, 0_i32);
    }
    draft.set(Column::DateChanged, now);
    draft
}

fn with_actions(
    model: ModelAdmin<task::Entity>,
    registry: &Registry,
    queue: Queue,
) -> ModelAdmin<task::Entity> {
    let (checking, running, resetting) = (registry.clone(), registry.clone(), registry.clone());
    model
        .action(Action::new("enable_tasks", |chosen| async move {
            task::set_enabled(&chosen.tx, chosen.now, &ids(&chosen), true).await
        }))
        .action(Action::new("disable_tasks", |chosen| async move {
            task::set_enabled(&chosen.tx, chosen.now, &ids(&chosen), false).await
        }))
        .action(Action::new("toggle_tasks", |chosen| async move {
            task::toggle(&chosen.tx, chosen.now, &ids(&chosen)).await
        }))
        .action(
            Action::new("run_tasks", move |chosen| run_now(running.clone(), chosen))
                .needs("run_periodictask")
                .confirmed()
                .checked(move |db, keys| unknown(checking.clone(), db, keys))
                .leads_to("task-results", "django_celery_results/taskresult/")
                .afterwards(move || queue.wake()),
        )
        .action(
            Action::new("reset_tasks", move |chosen| {
                let known = resetting.clone();
                async move { planted::reset(&chosen.tx, &known, &ids(&chosen), chosen.now).await }
            })
            .needs_verb(Verb::Change)
            .confirmed(),
        )
}

fn ids(chosen: &Chosen) -> Vec<i32> {
    let numbers = chosen.keys.iter().filter_map(row::number);
    numbers.filter_map(|number| i32::try_from(number).ok()).collect()
}

/// Says which of the chosen tasks nobody knows.
async fn unknown(
    registry: Registry,
    db: DatabaseConnection,
    keys: SelectStatement,
) -> Result<Option<Fault>, DbErr> {
    let unknown = task::Entity::find()
        .filter(task::COLUMN.id.in_subquery(keys))
        .filter(task::COLUMN.task.is_not_in(registry.names()));
    let unknown = unknown.one(&db).await?;
    Ok(unknown.map(|task| Fault::new("", "task-not-found").with("name", task.task)))
}

async fn run_now(registry: Registry, chosen: Chosen) -> Result<u64, DbErr> {
    let tasks = task::by_ids(&chosen.tx, &ids(&chosen)).await?;
    let known = tasks.iter().filter_map(|task| Some((registry.named(&task.task)?, Asked::of(task))));
    let runs: Vec<_> = known.collect();
    Ok(run::ask(&chosen.tx, chosen.now, &runs).await?.len() as u64)
}
