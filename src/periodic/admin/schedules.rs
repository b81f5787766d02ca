//! Schedules in the dashboard: crontabs, intervals, single times, and those by the sun that were carried over.

use sea_orm::{DatabaseConnection, DbErr, PaginatorTrait, entity::prelude::*, sea_query::SelectStatement};

use super::{checks, shown};
use crate::{
    admin::{Cell, Draft, Fault, Fieldset, Locale, ModelAdmin, Page, Row, Tone, Verb},
    periodic::{
        clocked, crontab,
        interval::{self, MICROSECONDS, PERIODS},
        plan::Schedule,
        reading, solar,
        task::{self, Column as TaskColumn},
    },
    queue::timing::Timing,
};

const APP: &str = "django_celery_beat";
/// Times that are named of a crontab.
const NEXT: usize = 5;

/// Says that enabled tasks use schedules that are about to be removed.
async fn in_use(
    db: DatabaseConnection,
    keys: SelectStatement,
    column: TaskColumn,
) -> Result<Option<Fault>, DbErr> {
    let users = task::Entity::find().filter(task::COLUMN.enabled.eq(true)).filter(column.in_subquery(keys));
    let users = users.count(&db).await?;
    Ok((users > 0).then(|| Fault::new("", "schedule-in-use").with("count", users.to_string())))
}

fn crontab_of(row: &Row) -> crontab::Model {
    use crontab::Column::*;
    crontab::Model {
        id: row.number(Id).and_then(|id| id.try_into().ok()).unwrap_or_default(),
        minute: row.text(Minute),
        hour: row.text(Hour),
        day_of_week: row.text(DayOfWeek),
        day_of_month: row.text(DayOfMonth),
        month_of_year: row.text(MonthOfYear),
        timezone: row.text(Timezone),
        changed_at: row.moment(ChangedAt),
    }
}

fn words_of(row: &Row, locale: &Locale) -> String {
    reading::words(&Schedule::Crontab(crontab_of(row)), locale)
}

/// Crontabs.
pub fn crontabs() -> ModelAdmin<crontab::Entity> {
    use crontab::Column::*;
    let fields = [Minute, Hour, DayOfMonth, MonthOfYear, DayOfWeek];
    let mut model = ModelAdmin::new(APP, "crontabschedule")
        .class("CrontabSchedule")
        .named_by(|row, _| {
            let crontab = crontab_of(row);
            reading::crontab_text(crontab.fields(), &crontab.timezone)
        })
        .list([Id])
        .computed("reading", readings)
        .list([Minute, Hour, DayOfMonth, MonthOfYear, DayOfWeek, Timezone])
        .search([Minute, Hour, Timezone])
        .filters([Timezone])
        .ordered_by([MonthOfYear, DayOfMonth, DayOfWeek, Hour, Minute])
        .tells("reading", readings)
        .tells("next_runs", next_times)
        .fieldset(Fieldset::new().told(["reading", "next_runs"]).edited([
            Minute,
            Hour,
            DayOfMonth,
            MonthOfYear,
            DayOfWeek,
            Timezone,
        ]))
        .initially(Timezone, "UTC")
        .max_chars(Minute, 240)
        .max_chars(Hour, 96)
        .max_chars(DayOfWeek, 64)
        .max_chars(DayOfMonth, 124)
        .max_chars(MonthOfYear, 64)
        .max_chars(Timezone, 63);
    for field in fields {
        model = model.initially(field, "*");
    }
    model
        .prepare(|checked| async move { Ok(checks::crontab(checked)) })
        .on_save(|mut saving| async move {
            saving.draft.set(ChangedAt, Some(saving.now));
            Ok(saving.draft)
        })
        .takes_along::<task::Entity>(TaskColumn::CrontabId)
        .guarded(|db, keys| in_use(db, keys, TaskColumn::CrontabId))
}

async fn readings(page: Page) -> Result<Vec<Cell>, DbErr> {
    Ok(page.rows.iter().map(|row| Cell::Text(words_of(row, &page.locale))).collect())
}

/// The next times of crontabs, or that there are none.
async fn next_times(page: Page) -> Result<Vec<Cell>, DbErr> {
    let of = |row: &Row| {
        let crontab = crontab_of(row);
        let never = || Cell::Badge("choice-idle-never".to_owned(), Tone::Warn);
        let Some((parsed, zone)) = crontab.parsed().ok().zip(crontab.zone()) else { return never() };
        let timing = Timing::Crontab(Box::new(parsed), zone);
        let times = std::iter::successors(timing.next(page.locale.now), |at| timing.next(*at));
        let times: Vec<_> = times.take(NEXT).collect();
        if times.is_empty() { never() } else { shown::times(&times, &Locale { zone, ..page.locale }) }
    };
    Ok(page.rows.iter().map(of).collect())
}

/// Intervals.
pub fn intervals() -> ModelAdmin<interval::Entity> {
    use interval::Column::*;
    ModelAdmin::new(APP, "intervalschedule")
        .class("IntervalSchedule")
        .named_by(|row, locale| {
            let every = row.number(Every).and_then(|every| every.try_into().ok()).unwrap_or_default();
            reading::interval_words(every, &row.text(Period), locale)
        })
        .list([Id, Every, Period])
        .search([Period])
        .filters([Period])
        .ordered_by([Period, Every])
        .choices(Period, PERIODS.into_iter().chain([MICROSECONDS]).map(|period| (period, Tone::Plain)))
        .range(Every, 1..=i64::from(i32::MAX))
        .fieldset(Fieldset::new().edited([Every, Period]))
        .prepare(|checked| async move { Ok(checks::interval(checked)) })
        .on_save(|mut saving| async move {
            if saving.old.is_none()
                && let Some(same) = same_interval(&saving.tx, &saving.draft).await?
            {
                // One that is there does as well: nothing is left to be written.
                let mut there = Draft::default();
                there.set(Id, same);
                return Ok(there);
            }
            saving.draft.set(ChangedAt, Some(saving.now));
            Ok(saving.draft)
        })
        .takes_along::<task::Entity>(TaskColumn::IntervalId)
        .guarded(|db, keys| in_use(db, keys, TaskColumn::IntervalId))
}

async fn same_interval(db: &impl ConnectionTrait, draft: &Draft) -> Result<Option<i32>, DbErr> {
    use interval::Column::{Every, Period};
    let every = draft.text(Every).and_then(|every| every.parse().ok()).unwrap_or_default();
    interval::like(db, every, &draft.text(Period).unwrap_or_default()).await
}

/// Single times.
pub fn clocked() -> ModelAdmin<clocked::Entity> {
    use clocked::Column::*;
    ModelAdmin::new(APP, "clockedschedule")
        .class("ClockedSchedule")
        .named_by(|row, locale| row.moment(ClockedTime).map(|at| locale.moment(at)).unwrap_or_default())
        .list([ClockedTime])
        .search_exact([Id])
        .filters([ClockedTime])
        .newest_first(ClockedTime)
        .fieldset(Fieldset::new().edited([ClockedTime]))
        .prepare(|checked| async move { Ok(checks::clocked(checked)) })
        .on_save(|mut saving| async move {
            saving.draft.set(ChangedAt, Some(saving.now));
            Ok(saving.draft)
        })
        .takes_along::<task::Entity>(TaskColumn::ClockedId)
        .guarded(|db, keys| in_use(db, keys, TaskColumn::ClockedId))
}

/// Schedules by the sun: shown, and never fired.
pub fn solar() -> ModelAdmin<solar::Entity> {
    use solar::Column::*;
    ModelAdmin::new(APP, "solarschedule")
        .class("SolarSchedule")
        .named_by(|row, _| {
            let event = row.text(Event).replace('_', " ");
            format!("{event} ({}, {})", row.text(Latitude), row.text(Longitude))
        })
        .list([Event, Latitude, Longitude])
        .search([Event])
        .filters([Event])
        .fieldset(Fieldset::new().shown([Event, Latitude, Longitude]))
        .never([Verb::Add, Verb::Change])
        .takes_along::<task::Entity>(TaskColumn::SolarId)
        .guarded(|db, keys| in_use(db, keys, TaskColumn::SolarId))
}
