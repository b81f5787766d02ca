//! The overview of the dashboard: how much is asked, how well it is answered, how long it takes, what failed.
//!
//! The figures are those of the slices, each one query over an index, bounded by the period. Days are those of the
//! reader's zone; every figure leads to the list behind it.

use chrono::{DateTime, Utc};
use sea_orm::{DatabaseConnection, DbErr};

use crate::{
    admin::{Chart, Drawing, Figure, Locale, Looking, Overview, Period, Refusal, Trend, with_unit},
    chat::figures::{self, Answered, Latency, Rated, Span},
    mail, periodic,
    platform::grid::Grid,
    queue::{self, State},
    uploads::figures::{Uploaded, uploaded},
};

/// The overview of a period.
pub async fn overview(looking: Looking) -> Result<Overview, Refusal> {
    let Looking { store, staff, locale, period } = looking;
    let may = |permission: &str| staff.holds(permission);
    let drawn = Drawn { db: store.read().clone(), grid: grid(period, &locale), locale, period };
    let mut overview = Overview::default();
    if may("chat.view_chatmessages") {
        drawn.questions(&mut overview).await?;
        drawn.answers(&mut overview).await?;
    }
    if may("chat.view_feedback") {
        drawn.feedback(&mut overview).await?;
    }
    if may("core.view_uploadedfile") {
        drawn.uploads(&mut overview).await?;
    }
    if may("core.view_job") {
        drawn.jobs(&mut overview).await?;
    }
    if may("core.view_mail") {
        drawn.mails(&mut overview).await?;
    }
    if may("django_celery_results.view_taskresult") {
        drawn.runs(&mut overview).await?;
    }
    Ok(overview)
}

fn grid(period: Period, locale: &Locale) -> Grid {
    match u32::try_from(period.length().num_days()) {
        Ok(days) if period != Period::Day => Grid::days(locale.now, locale.zone, days),
        _ => Grid::hours(locale.now, 24),
    }
}

/// What the overview is drawn with.
struct Drawn {
    db: DatabaseConnection,
    grid: Grid,
    locale: Locale,
    period: Period,
}

/// A list of the dashboard over a span of time.
struct List {
    path: &'static str,
    /// The column that the span is of.
    time: &'static str,
    /// More of the query, with its `&`.
    narrowed: &'static str,
}

impl List {
    fn href(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> String {
        let Self { path, time, narrowed } = self;
        let stamp = |at: DateTime<Utc>| at.format("%Y-%m-%d%%20%H:%M:%S%%2B00:00").to_string();
        format!("{path}?{time}__gte={}&{time}__lt={}{narrowed}", stamp(from), stamp(to))
    }
}

const QUESTIONS: List =
    List { path: "chat/chatmessages/", time: "created_at", narrowed: "&role__exact=user" };
const ANSWERS: List = List { path: "chat/chatmessages/", time: "created_at", narrowed: "&role__exact=bot" };
const UNCITED: List = List { path: "chat/chatmessages/", time: "created_at", narrowed: "&sources=no" };
const SLOW: List = List { path: "chat/chatmessages/", time: "created_at", narrowed: "&latency=slow" };
const FEEDBACK: List = List { path: "chat/feedback/", time: "time", narrowed: "" };
const FILES: List = List { path: "core/uploadedfile/", time: "uploaded_time", narrowed: "" };
const FAILED: List = List {
    path: "core/uploadedfile/",
    time: "uploaded_time",
    narrowed: "&state__in=failed,rejected,missing",
};

const FAILED_RUNS: List =
    List { path: "django_celery_results/taskresult/", time: "date_done", narrowed: "&status__exact=FAILURE" };

impl Drawn {
    async fn questions(&self, overview: &mut Overview) -> Result<(), DbErr> {
        let (whole, before) = (self.grid.whole(), self.grid.whole().before());
        let (steps, now, then) = futures::try_join!(
            figures::questions(&self.db, &self.grid),
            figures::asked(&self.db, &whole),
            figures::questions(&self.db, &before),
        )?;
        let now = only(&now);
        overview.figures.push(self.figure("overview-questions", now.questions, only(&then), &QUESTIONS));
        overview.figures.push(Figure {
            label: "overview-people",
            value: self.locale.number(now.people),
            before: None,
            trend: Trend::Flat,
            href: Some(self.whole_of(&QUESTIONS)),
        });
        overview.charts.push(self.bars("overview-questions", &QUESTIONS, [("overview-questions", steps)]));
        Ok(())
    }

    async fn answers(&self, overview: &mut Overview) -> Result<(), DbErr> {
        let (whole, before) = (self.grid.whole(), self.grid.whole().before());
        let (now, then, times, all_times, times_before) = futures::try_join!(
            figures::answered(&self.db, &whole),
            figures::answered(&self.db, &before),
            figures::latency(&self.db, &self.grid, Span::Whole),
            figures::latency(&self.db, &whole, Span::Whole),
            figures::latency(&self.db, &before, Span::Whole),
        )?;
        let uncited = |found: &[Answered]| only(found).uncited;
        overview.figures.push(self.figure("overview-uncited", uncited(&now), uncited(&then), &UNCITED));
        let p95 = |found: &[Latency]| only(found).p95.map(f64::from);
        let (now, then) = (p95(&all_times), p95(&times_before));
        let text = |ms: Option<f64>| ms.map_or_else(|| "-".to_owned(), |ms| with_unit(ms.round(), "ms"));
        overview.figures.push(Figure {
            label: "overview-answer-time",
            value: text(now),
            before: Some(text(then)),
            trend: now.zip(then).map_or(Trend::Flat, |(now, then)| Trend::between(then, now)),
            href: Some(self.whole_of(&SLOW)),
        });
        let each = |time: fn(&Latency) -> Option<i32>| -> Vec<Option<f64>> {
            times.iter().map(|times| time(times).map(f64::from)).collect()
        };
        let series =
            vec![("overview-p50", each(|times| times.p50)), ("overview-p95", each(|times| times.p95))];
        let lines = Chart { drawing: Drawing::Lines, unit: "ms", ..self.chart("overview-times", &ANSWERS) };
        overview.charts.push(Chart { series, ..lines });
        Ok(())
    }

    async fn feedback(&self, overview: &mut Overview) -> Result<(), DbErr> {
        let before = self.grid.whole().before();
        let (steps, then) =
            futures::try_join!(figures::rated(&self.db, &self.grid), figures::rated(&self.db, &before))?;
        let share = |rated: &[Rated]| {
            let (good, bad) =
                rated.iter().fold((0, 0), |(good, bad), step| (good + step.good, bad + step.bad));
            (good + bad > 0).then(|| 100.0 * good as f64 / (good + bad) as f64)
        };
        let text = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{share:.0} %"));
        let (now, then) = (share(&steps), share(&then));
        overview.figures.push(Figure {
            label: "overview-helpful",
            value: text(now),
            before: Some(text(then)),
            trend: now.zip(then).map_or(Trend::Flat, |(now, then)| Trend::between(then, now)),
            href: Some(self.whole_of(&FEEDBACK)),
        });
        let each = |number: fn(&Rated) -> i64| steps.iter().map(number).collect();
        let series = [("overview-good", each(|rated| rated.good)), ("overview-bad", each(|rated| rated.bad))];
        overview.charts.push(self.bars("overview-feedback", &FEEDBACK, series));
        Ok(())
    }

    async fn uploads(&self, overview: &mut Overview) -> Result<(), DbErr> {
        let before = self.grid.whole().before();
        let (steps, then) = futures::try_join!(uploaded(&self.db, &self.grid), uploaded(&self.db, &before))?;
        let sum = |number: fn(&Uploaded) -> i64| steps.iter().map(number).sum();
        let then = only(&then);
        overview.figures.push(self.figure("overview-uploads", sum(|step| step.files), then.files, &FILES));
        let failed = self.figure("overview-failed-uploads", sum(|step| step.failed), then.failed, &FAILED);
        overview.figures.push(failed);
        let each = |number: fn(&Uploaded) -> i64| steps.iter().map(number).collect();
        let series = [
            ("overview-uploads", each(|step| step.files)),
            ("overview-failed-uploads", each(|step| step.failed)),
        ];
        overview.charts.push(self.bars("overview-uploads", &FILES, series));
        Ok(())
    }

    async fn jobs(&self, overview: &mut Overview) -> Result<(), DbErr> {
        let by_state = queue::figures::by_state(&self.db).await?;
        let of = |states: &[State]| -> i64 {
            by_state.iter().filter(|(state, _)| states.contains(state)).map(|(_, count)| count).sum()
        };
        let figure = |label, count: i64, states: &str| Figure {
            label,
            value: self.locale.number(count),
            before: None,
            trend: Trend::Flat,
            href: Some(format!("core/job/?state__in={states}")),
        };
        let waiting = of(&[State::Queued, State::Running, State::RetryWait]);
        overview.figures.push(figure("overview-waiting-jobs", waiting, "queued,running,retry_wait"));
        overview.figures.push(figure("overview-dead-jobs", of(&[State::Dead]), "dead"));
        Ok(())
    }

    async fn mails(&self, overview: &mut Overview) -> Result<(), DbErr> {
        let dead = mail::outbox::dead(&self.db).await?;
        overview.figures.push(Figure {
            label: "overview-dead-mails",
            value: self.locale.number(i64::try_from(dead).unwrap_or(i64::MAX)),
            before: None,
            trend: Trend::Flat,
            href: Some("core/mail/?state__in=dead".to_owned()),
        });
        Ok(())
    }

    async fn runs(&self, overview: &mut Overview) -> Result<(), DbErr> {
        let (now, before) = (self.grid.whole(), self.grid.whole().before());
        let (now, then) = futures::try_join!(
            periodic::failures(&self.db, now.from(), now.to()),
            periodic::failures(&self.db, before.from(), before.to()),
        )?;
        overview.figures.push(self.figure("overview-failed-runs", now, then, &FAILED_RUNS));
        Ok(())
    }

    fn whole_of(&self, list: &List) -> String {
        list.href(self.grid.from(), self.grid.to())
    }

    fn figure(&self, label: &'static str, now: i64, before: i64, list: &List) -> Figure {
        Figure {
            label,
            value: self.locale.number(now),
            before: Some(self.locale.number(before)),
            trend: Trend::between(before as f64, now as f64),
            href: Some(self.whole_of(list)),
        }
    }

    /// A chart without its series.
    fn chart(&self, title: &'static str, list: &List) -> Chart {
        let starts = self.grid.starts();
        let ends = starts.iter().skip(1).copied().chain([self.grid.to()]);
        let format = if self.period == Period::Day { "%H:00" } else { "%m-%d" };
        let label = |at: &DateTime<Utc>| at.with_timezone(&self.locale.zone).format(format).to_string();
        Chart {
            title,
            drawing: Drawing::Bars,
            axis: "overview-when",
            labels: starts.iter().map(label).collect(),
            links: starts.iter().zip(ends).map(|(from, to)| list.href(*from, to)).collect(),
            series: Vec::new(),
            unit: "",
        }
    }

    fn bars<const N: usize>(
        &self,
        title: &'static str,
        list: &List,
        series: [(&'static str, Vec<i64>); N],
    ) -> Chart {
        let numbers = |counts: Vec<i64>| counts.into_iter().map(|count| Some(count as f64)).collect();
        let series = series.into_iter().map(|(name, counts)| (name, numbers(counts))).collect();
        Chart { series, ..self.chart(title, list) }
    }
}

/// What was found of a period in one step.
fn only<T: Copy + Default>(found: &[T]) -> T {
    found.first().copied().unwrap_or_default()
}
