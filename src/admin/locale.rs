//! Sentences, dates, numbers and names of things, as one reader wants them.

use chrono::{DateTime, Datelike, Duration, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;

use crate::platform::locale::Language;

const MONTHS: [&str; 12] =
    ["Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec."];

/// A reader's language and zone, and the time of the request.
#[derive(Clone, Copy, Debug)]
pub struct Locale {
    /// The language of the page.
    pub language: Language,
    /// The zone in which moments are shown and days begin.
    pub zone: Tz,
    /// When the request came.
    pub now: DateTime<Utc>,
}

impl Locale {
    /// A sentence.
    pub fn t(&self, key: &str) -> String {
        self.language.text(key)
    }

    /// A sentence with values in it.
    pub fn with(&self, key: &str, values: &[(&'static str, &str)]) -> String {
        self.language.text_with(key, values.iter().copied())
    }

    /// A sentence about a number of things.
    pub fn count(&self, key: &str, count: u64) -> String {
        self.language.text_with(key, [("count", count)])
    }

    /// A sentence about a number of things with a name.
    pub fn counted(&self, key: &str, count: u64, values: &[(&'static str, &str)]) -> String {
        self.language.text_counted(key, count, values)
    }

    /// The sentence of a key; where there is none, the key's last word, made readable. So names of columns are
    /// readable before anybody has translated them.
    pub(super) fn or_last_word(&self, key: &str) -> String {
        self.language.find(key).unwrap_or_else(|| readable(key.rsplit('-').next().unwrap_or(key)))
    }

    /// A moment: `Nov. 23, 2026, 10:34 p.m.` or `2026年11月23日 22:34`.
    pub fn moment(&self, at: DateTime<Utc>) -> String {
        let at = at.with_timezone(&self.zone);
        match self.language {
            Language::English => {
                let (afternoon, hour) = at.hour12();
                let half = if afternoon { "p.m." } else { "a.m." };
                format!("{}, {hour}:{:02} {half}", self.date(at.date_naive()), at.minute())
            }
            Language::Chinese => {
                format!("{} {:02}:{:02}", self.date(at.date_naive()), at.hour(), at.minute())
            }
        }
    }

    /// A moment to the second, with its zone.
    pub fn exact(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M:%S %Z").to_string()
    }

    /// A day.
    pub fn date(&self, day: NaiveDate) -> String {
        match self.language {
            Language::English => {
                format!("{} {}, {}", MONTHS[day.month0() as usize], day.day(), day.year())
            }
            Language::Chinese => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        }
    }

    /// A month.
    pub(super) fn month(&self, year: i32, month: u32) -> String {
        match self.language {
            Language::English => format!("{} {year}", MONTHS[(month as usize + 11) % 12]),
            Language::Chinese => format!("{year}年{month}月"),
        }
    }

    /// How long ago a moment was, where that says more than its date.
    pub fn ago(&self, at: DateTime<Utc>) -> Option<String> {
        let passed = self.now - at;
        let (key, count) = if passed < Duration::zero() || passed > Duration::days(30) {
            return None;
        } else if passed < Duration::minutes(1) {
            return Some(self.t("admin-just-now"));
        } else if passed < Duration::hours(1) {
            ("admin-minutes-ago", passed.num_minutes())
        } else if passed < Duration::days(1) {
            ("admin-hours-ago", passed.num_hours())
        } else {
            ("admin-days-ago", passed.num_days())
        };
        Some(self.count(key, u64::try_from(count).unwrap_or_default()))
    }

    /// A whole number with its thousands apart.
    pub fn number(&self, number: i64) -> String {
        let digits = number.unsigned_abs().to_string();
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        if number < 0 { format!("-{text}") } else { text }
    }

    /// Today, where the reader is.
    pub fn today(&self) -> NaiveDate {
        self.now.with_timezone(&self.zone).date_naive()
    }
}

/// A size in bytes, in the largest unit that keeps it above one.
pub fn size(bytes: i64) -> String {
    const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size.abs() >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{size:.1} {}", UNITS[unit]) }
}

/// `published_on` as a label.
fn readable(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locale(language: Language) -> Locale {
        let now = "2026-11-23T14:34:09Z".parse().expect("a time");
        Locale { language, zone: chrono_tz::Asia::Shanghai, now }
    }

    #[test]
    fn moments_are_written_as_readers_of_the_language_do() {
        let (english, chinese) = (locale(Language::English), locale(Language::Chinese));
        assert_eq!(english.moment(english.now), "Nov. 23, 2026, 10:34 p.m.");
        assert_eq!(chinese.moment(chinese.now), "2026年11月23日 22:34");
        assert_eq!(english.exact(english.now), "2026-11-23 22:34:09 CST");
        assert_eq!(english.month(2026, 12), "Dec. 2026");
    }

    #[test]
    fn what_is_recent_is_told_in_words() {
        let english = locale(Language::English);
        let ago = |duration| english.ago(english.now - duration);
        assert_eq!(ago(Duration::minutes(1)).as_deref(), Some("1 minute ago"));
        assert_eq!(ago(Duration::hours(3)).as_deref(), Some("3 hours ago"));
        assert_eq!(ago(Duration::days(31)), None);
        assert_eq!(ago(Duration::minutes(-1)), None);
    }

    #[test]
    fn numbers_and_sizes_are_readable() {
        let english = locale(Language::English);
        let numbers = [0, 999, 1000, 1_234_567, -1000].map(|number| english.number(number));
        assert_eq!(numbers, ["0", "999", "1,000", "1,234,567", "-1,000"]);
        assert_eq!([512, 2048, 5_242_880].map(size), ["512 B", "2.0 KiB", "5.0 MiB"]);
    }
}
