//! Events as clients see them.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use super::event;
use crate::{
    error::{Error, Invalid},
    platform::openapi::Day,
};

/// Longest range of one question.
const MAX_DAYS: i64 = 366;

/// The answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Events {
    events: Vec<EventInfo>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct EventInfo {
    title: String,
    #[schemars(with = "Day")]
    date: String,
    /// `HH:MM:SS`; null for all day.
    start_time: Option<String>,
    end_time: Option<String>,
    location: String,
    sponsor: String,
    open_to: String,
    speaker: String,
    url: String,
}

impl Events {
    /// Rows as clients see them.
    pub(super) fn of(rows: Vec<event::Model>) -> Self {
        let time = |time: chrono::NaiveTime| time.format("%H:%M:%S").to_string();
        let event = |row: event::Model| EventInfo {
            title: row.title,
            date: row.event_date.to_string(),
            start_time: row.start_time.map(time),
            end_time: row.end_time.map(time),
            location: row.location,
            sponsor: row.sponsor,
            open_to: row.open_to,
            speaker: row.speaker,
            url: row.url,
        };
        Self { events: rows.into_iter().map(event).collect() }
    }
}

/// The days asked for, both included.
pub(super) fn range(start: Option<&str>, end: Option<&str>) -> Result<(NaiveDate, NaiveDate), Error> {
    let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let (Some(start), Some(end)) = (given(start), given(end)) else {
        return Err(Invalid::error("Missing start_date or end_date").into());
    };
    let day = |text: String| NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
    let (Some(start), Some(end)) = (day(start), day(end)) else {
        return Err(Invalid::error("Invalid date format, use YYYY-MM-DD").into());
    };
    if (end - start).num_days() >= MAX_DAYS {
        return Err(Invalid::error("The range is longer than 366 days").into());
    }
    Ok((start, end))
}
