//! The days that a question is about.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// Days that "soon" stands for.
const SOON: u64 = 6;

/// The first and the last day that a question names; `None` when it names none.
pub(super) fn days(question: &str, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let lower = question.to_lowercase();
    let named: Vec<NaiveDate> =
        iso(&lower).into_iter().chain(english(&lower, today)).chain(chinese(&lower, today)).collect();
    if let (Some(first), Some(last)) = (named.iter().min(), named.iter().max()) {
        return Some((*first, *last));
    }
    spoken(&lower, today)
}

/// Days named by their distance from today.
fn spoken(lower: &str, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let plus = |day: NaiveDate, days: u64| day.checked_add_days(Days::new(days)).unwrap_or(day);
    let week = today.week(Weekday::Mon);
    let (monday, sunday) = (week.first_day(), week.last_day());
    let month = |first: NaiveDate| {
        (first, first.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(first))
    };
    let first_of_month = today.with_day(1).unwrap_or(today);
    Some(if says(&["day after tomorrow", "后天"]) {
        (plus(today, 2), plus(today, 2))
    } else if says(&["tomorrow", "明天"]) {
        (plus(today, 1), plus(today, 1))
    } else if says(&["today", "tonight", "今天", "今晚"]) {
        (today, today)
    } else if says(&["next week", "下周", "下星期", "下个星期"]) {
        (plus(monday, 7), plus(monday, 13))
    } else if says(&["weekend", "周末"]) {
        (plus(monday, 5).max(today), sunday)
    } else if says(&["this week", "本周", "这周", "这个星期", "本星期"]) {
        (today, sunday)
    } else if says(&["next month", "下个月", "下月"]) {
        month(first_of_month.checked_add_months(Months::new(1)).unwrap_or(first_of_month))
    } else if says(&["this month", "本月", "这个月"]) {
        (today, month(first_of_month).1)
    } else if says(&[
        "upcoming",
        "coming up",
        "soon",
        "what events",
        "which events",
        "近期",
        "最近",
        "有什么活动",
        "有哪些活动",
    ]) {
        (today, plus(today, SOON))
    } else {
        return None;
    })
}

/// `2026-03-10`.
fn iso(lower: &str) -> Vec<NaiveDate> {
    let words = lower.split(|c: char| !(c.is_ascii_digit() || c == '-'));
    words.filter_map(|word| NaiveDate::parse_from_str(word, "%Y-%m-%d").ok()).collect()
}

/// `March 10`, `10 March`, `Mar 10th`.
fn english(lower: &str, today: NaiveDate) -> Vec<NaiveDate> {
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let day = |word: Option<&&str>| -> Option<u32> {
        let digits = word?.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        digits.parse().ok().filter(|day| (1..=31).contains(day))
    };
    let month = |word: &str| {
        let short = (3..=4).contains(&word.len());
        let is = |name: &&str| *name == word || (short && name.starts_with(word));
        (1..).zip(MONTHS).find(|(_, name)| is(name)).map(|(number, _)| number)
    };
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let Some(month) = month(word) else { continue };
        let before = at.checked_sub(1).and_then(|at| words.get(at));
        if let Some(day) = day(words.get(at + 1)).or_else(|| day(before)) {
            found.extend(of_this_year(month, day, today));
        }
    }
    found
}

/// `3月10日`.
fn chinese(lower: &str, today: NaiveDate) -> Vec<NaiveDate> {
    let number = |text: &str, from_end: bool| -> Option<u32> {
        let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
        let digits: String = if from_end {
            digits(&text.chars().rev().collect::<String>()).chars().rev().collect()
        } else {
            digits(text)
        };
        digits.parse().ok()
    };
    let of = |(at, mark): (usize, &str)| {
        let (before, behind) = (&lower[..at], &lower[at + mark.len()..]);
        of_this_year(number(before, true)?, number(behind, false)?, today)
    };
    lower.match_indices('月').filter_map(of).collect()
}

/// The day of this year, or of the next when it has long been over.
fn of_this_year(month: u32, day: u32, today: NaiveDate) -> Option<NaiveDate> {
    let this = NaiveDate::from_ymd_opt(today.year(), month, day)?;
    let over = today.signed_duration_since(this).num_days() > 180;
    if over { NaiveDate::from_ymd_opt(today.year() + 1, month, day) } else { Some(this) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_as_people_name_them() {
        let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").expect("a day");
        // A Monday.
        let today = day("2026-03-09");
        for (question, first, last) in [
            ("events today", "2026-03-09", "2026-03-09"),
            ("明天有什么活动", "2026-03-10", "2026-03-10"),
            ("events this weekend?", "2026-03-14", "2026-03-15"),
            ("Events next week", "2026-03-16", "2026-03-22"),
            ("下个月的活动", "2026-04-01", "2026-04-30"),
            ("events from 2026-03-10 to 2026-03-12", "2026-03-10", "2026-03-12"),
            ("events on March 12th", "2026-03-12", "2026-03-12"),
            ("events on 2 Apr", "2026-04-02", "2026-04-02"),
            ("3月12日的活动", "2026-03-12", "2026-03-12"),
            ("upcoming events", "2026-03-09", "2026-03-15"),
        ] {
            assert_eq!(days(question, today), Some((day(first), day(last))), "{question}");
        }
        assert_eq!(days("How do I register an event?", today), None);
        assert_eq!(days("May I hold an event?", today), None);
    }
}
