//! What lists and forms show of tasks besides their columns: schedules in words, the next runs, what came of the last.

use std::collections::HashMap;

use futures::future::BoxFuture;
use sea_orm::DbErr;

use crate::{
    admin::{Cell, Locale, Page, Row, Tone, row},
    periodic::{
        plan::{self, Plan},
        reading,
        registry::Registry,
        result::{self, FAILURE, RETRY, REVOKED, SKIPPED, SUCCESS},
        task,
    },
};

/// Runs of the strip in the list.
const STRIP: u64 = 20;
/// Runs named in the form, and times.
const NAMED: u64 = 10;
const NEXT: usize = 5;

type Cells = Result<Vec<Cell>, DbErr>;
/// Works out a column, knowing the list of the program.
type Load = Box<dyn Fn(Page) -> BoxFuture<'static, Cells> + Send + Sync>;

fn numbers(page: &Page) -> Vec<i32> {
    let numbers = page.rows.iter().filter_map(|row| row::number(row.key()));
    numbers.filter_map(|number| i32::try_from(number).ok()).collect()
}

/// The tasks of a page with their schedules, by number.
async fn plans(page: &Page) -> Result<HashMap<i64, Plan>, DbErr> {
    let tasks = task::by_ids(&page.db, &numbers(page)).await?;
    let plans = plan::of(&page.db, tasks).await?;
    Ok(plans.into_iter().map(|plan| (plan.task.id.into(), plan)).collect())
}

fn each(page: &Page, cell: impl Fn(&Row, i64) -> Cell) -> Vec<Cell> {
    let of = |row: &Row| row::number(row.key()).map_or(Cell::Empty, |id| cell(row, id));
    page.rows.iter().map(of).collect()
}

/// Schedules in words.
pub(super) async fn schedules(page: Page) -> Cells {
    let plans = plans(&page).await?;
    let words = |plan: &Plan| plan.schedule.as_ref().map(|schedule| reading::words(schedule, &page.locale));
    let of = |_: &Row, id: i64| plans.get(&id).and_then(words).map_or(Cell::Empty, Cell::Text);
    Ok(each(&page, of))
}

/// When each task runs next.
pub(super) fn next_runs(registry: Registry) -> Load {
    Box::new(move |page| {
        let registry = registry.clone();
        Box::pin(async move {
            let plans = plans(&page).await?;
            let of = |_: &Row, id: i64| match plans.get(&id) {
                Some(plan) => next_run(&registry, plan, &page.locale),
                None => Cell::Empty,
            };
            Ok(each(&page, of))
        })
    })
}

/// Why a task will not run, when it will not.
fn idle(registry: &Registry, plan: &Plan, locale: &Locale) -> Option<Cell> {
    let badge = |word: &str| Some(Cell::Badge(format!("choice-idle-{word}"), Tone::Warn));
    if registry.named(&plan.task.task).is_none() {
        badge("unknown")
    } else if !plan.task.enabled {
        Some(Cell::Empty)
    } else if plan.task.expires.is_some_and(|end| end <= locale.now) {
        badge("expired")
    } else if plan.never_comes(locale.now) {
        badge("never")
    } else {
        None
    }
}

fn next_run(registry: &Registry, plan: &Plan, locale: &Locale) -> Cell {
    if let Some(cell) = idle(registry, plan, locale) {
        return cell;
    }
    let next = plan.next(locale.now, 1);
    next.first().map_or(Cell::Empty, |at| Cell::Text(reading::coming(*at, locale)))
}

/// The next five times of a task.
pub(super) fn next_five(registry: Registry) -> Load {
    Box::new(move |page| {
        let registry = registry.clone();
        Box::pin(async move {
            let plans = plans(&page).await?;
            let of = |_: &Row, id: i64| {
                let Some(plan) = plans.get(&id) else { return Cell::Empty };
                if let Some(cell) = idle(&registry, plan, &page.locale) {
                    return cell;
                }
                times(&plan.next(page.locale.now, NEXT), &page.locale)
            };
            Ok(each(&page, of))
        })
    })
}

/// Times, one a line.
pub(super) fn times(times: &[chrono::DateTime<chrono::Utc>], locale: &Locale) -> Cell {
    let lines: Vec<String> = times.iter().map(|at| locale.exact(*at)).collect();
    if lines.is_empty() { Cell::Empty } else { Cell::Long(lines.join("\n")) }
}

/// Says of a task that nobody knows that it is never run.
pub(super) fn known(registry: Registry) -> Load {
    Box::new(move |page| {
        let registry = registry.clone();
        Box::pin(async move {
            let of = |row: &Row, _| {
                let known = registry.named(&row.text(task::Column::Task)).is_some();
                let (word, tone) = if known { ("known", Tone::Good) } else { ("unknown", Tone::Warn) };
                Cell::Badge(format!("choice-idle-{word}"), tone)
            };
            Ok(each(&page, of))
        })
    })
}

/// The schedule that a task was planted with, where it has another by now.
pub(super) fn standards(registry: Registry) -> Load {
    Box::new(move |page| {
        let registry = registry.clone();
        Box::pin(async move {
            let plans = plans(&page).await?;
            let of = |_: &Row, id: i64| {
                let plan = plans.get(&id);
                let seed = plan.and_then(|plan| registry.named(&plan.task.task)?.seed);
                let Some((plan, seed)) = plan.zip(seed) else { return Cell::Empty };
                let has = |crontab: &crate::periodic::crontab::Model| {
                    crontab.fields() == seed.fields() && crontab.timezone == "UTC"
                };
                let same = matches!(&plan.schedule, Some(plan::Schedule::Crontab(crontab)) if has(crontab));
                if same {
                    return Cell::Badge("choice-standard-same".to_owned(), Tone::Good);
                }
                Cell::Text(reading::crontab_text(seed.fields(), "UTC"))
            };
            Ok(each(&page, of))
        })
    })
}

/// The latest runs of the tasks of a page, newest first, by the tasks' names: one query.
async fn runs(page: &Page, count: u64) -> Result<HashMap<String, Vec<result::Model>>, DbErr> {
    let names: Vec<String> = page.rows.iter().map(|row| row.text(task::Column::Name)).collect();
    let mut runs: HashMap<String, Vec<result::Model>> = HashMap::new();
    for run in result::latest_of(&page.db, &names, count).await? {
        runs.entry(run.periodic_task_name.clone().unwrap_or_default()).or_default().push(run);
    }
    Ok(runs)
}

fn mark(run: &result::Model) -> (String, Tone) {
    (format!("choice-status-{}", run.status), tone(&run.status))
}

/// How a state is coloured.
pub(super) fn tone(status: &str) -> Tone {
    match status {
        SUCCESS => Tone::Good,
        FAILURE => Tone::Bad,
        RETRY | REVOKED | SKIPPED => Tone::Warn,
        _ => Tone::Plain,
    }
}

/// How long a run took, in words.
pub(super) fn duration(run: &result::Model) -> Cell {
    match (run.status.as_str(), run.date_started) {
        (SUCCESS | FAILURE, Some(started)) => length(run.date_done - started),
        _ => Cell::Empty,
    }
}

pub(super) fn length(taken: chrono::Duration) -> Cell {
    let seconds = taken.num_milliseconds() as f64 / 1000.0;
    Cell::Text(if seconds < 60.0 { format!("{seconds:.1} s") } else { format!("{:.1} min", seconds / 60.0) })
}

/// What came of the last run of each task.
pub(super) async fn outcomes(page: Page) -> Cells {
    let runs = runs(&page, 1).await?;
    let of = |row: &Row, _| match runs.get(&row.text(task::Column::Name)).and_then(|runs| runs.first()) {
        Some(run) => Cell::Badge(mark(run).0, tone(&run.status)),
        None => Cell::Empty,
    };
    Ok(each(&page, of))
}

/// How long the last run of each task took.
pub(super) async fn durations(page: Page) -> Cells {
    let runs = runs(&page, 1).await?;
    let last = |row: &Row| runs.get(&row.text(task::Column::Name)).and_then(|runs| runs.first());
    Ok(each(&page, |row, _| last(row).map_or(Cell::Empty, duration)))
}

/// What came of the last runs of each task, oldest first.
pub(super) async fn strips(page: Page) -> Cells {
    let runs = runs(&page, STRIP).await?;
    let of = |row: &Row, _| match runs.get(&row.text(task::Column::Name)) {
        Some(runs) => Cell::Strip(runs.iter().rev().map(mark).collect()),
        None => Cell::Empty,
    };
    Ok(each(&page, of))
}

/// The last runs of a task, one a line.
pub(super) async fn histories(page: Page) -> Cells {
    let (runs, locale) = (runs(&page, NAMED).await?, page.locale);
    let line = |run: &result::Model| {
        let status = locale.t(&format!("choice-status-{}", run.status));
        let why = run.traceback.as_deref().map(|why| format!(" · {}", crate::admin::beginning(why, 80)));
        let taken = match duration(run) {
            Cell::Text(text) => format!(" · {text}"),
            _ => String::new(),
        };
        format!("{} · {status}{taken}{}", locale.exact(run.date_created), why.unwrap_or_default())
    };
    let of = |row: &Row, _| match runs.get(&row.text(task::Column::Name)) {
        Some(runs) => Cell::Long(runs.iter().map(line).collect::<Vec<_>>().join("\n")),
        None => Cell::Empty,
    };
    Ok(each(&page, of))
}
