//! The weekly report as it is shown: everything a sentence, a number or a link, ready for the templates.

use std::time::SystemTime;

use anyhow::Context;
use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{
    feedback::{Digest, Quote},
    harmless::line,
    themes::{Phrased, Theme},
};
use crate::{
    chat::opinions::Said,
    config::{Config, Profile},
    loadtest::Row,
    mail::Frame,
    platform::locale::Language,
};

/// Names of requests are a few words.
const NAME_CHARS: usize = 60;
/// A load test has a handful of requests.
const MAX_ROWS: usize = 20;

/// The report as a page.
#[derive(Template)]
#[template(path = "mail/weekly_report.html")]
struct Page<'a> {
    frame: Frame,
    report: &'a Report,
}

/// The report as plain text.
#[derive(Template)]
#[template(path = "mail/weekly_report.txt")]
struct Text<'a> {
    report: &'a Report,
}

/// What the report says.
#[derive(Clone, Debug)]
pub(super) struct Report {
    language: Language,
    title: String,
    /// Of what day it is.
    day: String,
    load_note: String,
    load: Vec<LoadRow>,
    period: String,
    total: String,
    counts: Vec<CountRow>,
    themes: Vec<ThemeView>,
    note: Option<String>,
    groups: Vec<Group>,
    /// The list of all complaints of the period.
    all: String,
}

#[derive(Clone, Debug)]
struct LoadRow {
    name: String,
    total: bool,
    requests: String,
    failed: String,
    /// Of a hundred requests.
    share: String,
    bad: bool,
    average: String,
    p95: String,
}

#[derive(Clone, Debug)]
struct CountRow {
    label: String,
    now: i64,
    before: i64,
}

#[derive(Clone, Debug)]
struct ThemeView {
    title: String,
    summary: String,
    quotes: Vec<QuoteView>,
}

#[derive(Clone, Debug)]
struct Group {
    label: String,
    quotes: Vec<QuoteView>,
}

#[derive(Clone, Debug)]
struct QuoteView {
    question: String,
    words: Option<String>,
    number: String,
    href: String,
}

impl Report {
    /// Puts a report together. `load` is the newest table of a load test, with the time at which it was written.
    pub(super) fn new(
        config: &Config,
        language: Language,
        now: DateTime<Utc>,
        load: Option<(SystemTime, Vec<Row>)>,
        digest: Digest,
    ) -> Self {
        let site = site(config);
        let day = |at: DateTime<Utc>| at.with_timezone(&config.time_zone).format("%Y-%m-%d").to_string();
        let (total, total_before) = digest.total();
        let counts = digest.counts.iter();
        let counts = counts.map(|count| CountRow {
            label: said(language, count.said),
            now: count.now,
            before: count.before,
        });
        let (themes, note) = match digest.phrased {
            Phrased::NotAsked => (Vec::new(), None),
            Phrased::Failed => (Vec::new(), Some(language.text("digest-no-themes"))),
            Phrased::Themes(themes) => (themes, Some(language.text("digest-themes-note"))),
        };
        let quotes =
            |quotes: Vec<Quote>| quotes.into_iter().map(|quote| QuoteView::new(quote, &site)).collect();
        let theme = |theme: Theme| ThemeView {
            title: theme.title,
            summary: theme.summary,
            quotes: quotes(theme.quotes),
        };
        let groups = digest.examples.into_iter();
        let values = [("first", day(digest.from)), ("last", day(digest.to))];
        Self {
            language,
            title: language.text("digest-title"),
            day: day(now),
            load_note: load_note(language, load.as_ref().map(|(at, _)| *at), config.time_zone),
            load: load.map(|(_, rows)| load_rows(language, &rows)).unwrap_or_default(),
            period: language.text_with("digest-period", values),
            total: language.text_with("digest-total", [("count", total), ("number", total_before)]),
            counts: counts.collect(),
            themes: themes.into_iter().map(theme).collect(),
            note,
            groups: groups
                .map(|(kind, of)| Group { label: said(language, kind), quotes: quotes(of) })
                .collect(),
            all: format!(
                "{site}/{}/admin/chat/feedback/?opinion=bad&time__gte={}&time__lt={}",
                language.code(),
                stamp(digest.from),
                stamp(digest.to)
            ),
        }
    }

    /// The subject of the mail.
    pub(super) fn subject(&self) -> String {
        self.language.text_with("digest-subject", [("value", self.day.as_str())])
    }

    /// The report as a page.
    pub(super) fn page(&self) -> anyhow::Result<String> {
        let frame = Frame::new(self.subject(), self.total.clone(), self.language);
        Page { frame, report: self }.render().context("writing the report")
    }

    /// The report as plain text.
    pub(super) fn text(&self) -> anyhow::Result<String> {
        let text = Text { report: self }.render().context("writing the report")?;
        Ok(text.trim().to_owned() + "\n")
    }

    fn t(&self, key: &str) -> String {
        self.language.text(key)
    }
}

impl QuoteView {
    fn new(quote: Quote, site: &str) -> Self {
        Self {
            question: quote.question,
            words: quote.words,
            number: format!("#{}", quote.id),
            href: format!("{site}/en/admin/chat/feedback/{}/change/", quote.id),
        }
    }
}

fn said(language: Language, said: Said) -> String {
    language.text(&format!("digest-said-{}", said.word()))
}

fn load_note(language: Language, written: Option<SystemTime>, zone: Tz) -> String {
    let Some(written) = written else { return language.text("digest-load-none") };
    let at = DateTime::<Utc>::from(written).with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string();
    language.text_with("digest-load-note", [("value", at), ("zone", zone.to_string())])
}

/// The table comes from a file that another program may have written.
fn load_rows(language: Language, rows: &[Row]) -> Vec<LoadRow> {
    let name = |row: &Row| {
        if row.is_total() {
            return language.text("digest-load-total");
        }
        line(&format!("{} {}", row.kind, row.name), NAME_CHARS)
    };
    let (totals, requests): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.is_total());
    let rows = requests.into_iter().take(MAX_ROWS).chain(totals);
    rows.map(|row| LoadRow {
        name: name(row),
        total: row.is_total(),
        requests: row.requests.to_string(),
        failed: row.failures.to_string(),
        share: format!("{:.1} %", row.failed_percent()),
        bad: row.failures > 0,
        average: time(row.average_ms),
        p95: time(row.p95_ms() as f64),
    })
    .collect()
}

/// A time with a unit that suits it.
fn time(ms: f64) -> String {
    if ms < 1_000.0 { format!("{ms:.0} ms") } else { format!("{:.1} s", ms / 1_000.0) }
}

fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d%%20%H:%M:%S%%2B00:00").to_string()
}

/// Where the dashboard is: the first of our own names.
fn site(config: &Config) -> String {
    let host = config.identity.allowed_hosts.first().map_or("localhost", String::as_str);
    match config.profile {
        Profile::Release => format!("https://{host}"),
        Profile::Debug => format!("http://{host}:{}", config.listen().port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_that_suits_them() {
        assert_eq!(
            [0.4, 340.0, 999.4, 1_000.0, 12_345.0].map(time),
            ["0 ms", "340 ms", "999 ms", "1.0 s", "12.3 s"]
        );
    }
}
