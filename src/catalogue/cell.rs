//! Values of cells as registrars write them: days, times of day, days of the week.

use chrono::{NaiveDate, NaiveTime};

const DATES: [&str; 9] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%m/%d/%Y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%b %d, %Y",
    "%Y年%m月%d日",
];
const TIMES: [&str; 7] =
    ["%H:%M", "%H:%M:%S", "%H.%M.%S%.f", "%I:%M%p", "%I:%M:%S%p", "%I.%M%p", "%I.%M.%S%p"];
const DAYS: [(&str, &[&str]); 7] = [
    ("Mon", &["monday", "mon", "mo", "m", "周一", "星期一"]),
    ("Tue", &["tuesday", "tues", "tue", "tu", "t", "周二", "星期二"]),
    ("Wed", &["wednesday", "weds", "wed", "we", "w", "周三", "星期三"]),
    ("Thu", &["thursday", "thurs", "thur", "thu", "th", "r", "周四", "星期四"]),
    ("Fri", &["friday", "fri", "fr", "f", "周五", "星期五"]),
    ("Sat", &["saturday", "sat", "sa", "周六", "星期六"]),
    ("Sun", &["sunday", "sun", "su", "周日", "星期日", "星期天"]),
];

/// A day. A time of day behind it is left out.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let first = text.split(['T', ' ']).next().unwrap_or(text);
    let of = |text: &str| DATES.iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok());
    // A year of two digits would be read as one of the first century.
    of(text).or_else(|| of(first)).filter(|day| Some(*day) >= NaiveDate::from_ymd_opt(1900, 1, 1))
}

/// A time of day as `HH:MM`.
pub(super) fn time(text: &str) -> Option<String> {
    let text: String = text.to_uppercase().replace("A.M.", "AM").replace("P.M.", "PM");
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let parsed = TIMES.iter().find_map(|form| NaiveTime::parse_from_str(&text, form).ok());
    parsed.map(|time| time.format("%H:%M").to_string())
}

/// Days of the week as `Mon Wed`, from `MoWe`, `M/W`, `Monday, Wednesday`, `TTh` or `周一、周三`.
pub(super) fn days(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let mut rest = lower.as_str();
    let mut found = [false; 7];
    while !rest.is_empty() {
        let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || ",/、&;.-".contains(c));
        if trimmed.len() < rest.len() {
            rest = trimmed;
            continue;
        }
        let names =
            DAYS.iter().enumerate().flat_map(|(day, (_, names))| names.iter().map(move |name| (day, *name)));
        let longest = names.filter(|(_, name)| rest.starts_with(name)).max_by_key(|(_, name)| name.len());
        let (day, name) = longest?;
        found[day] = true;
        rest = &rest[name.len()..];
    }
    let named: Vec<&str> =
        DAYS.iter().zip(found).filter(|(_, found)| *found).map(|((day, _), _)| *day).collect();
    Some(named.join(" "))
}

/// Whether a cell says yes.
pub(super) fn yes(text: &str) -> bool {
    ["y", "yes", "x", "1", "true", "是"].contains(&text.trim().to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_read_as_registrars_write_them() {
        let day = NaiveDate::from_ymd_opt(2025, 8, 1);
        for text in
            ["2025-08-01", "08/01/2025", "8/1/2025", "01-Aug-2025", "2025-08-01 00:00:00", "2025年8月1日"]
        {
            assert_eq!(date(text), day, "{text}");
        }
        for text in ["soon", "", "13/13/2025", "08/01/25"] {
            assert_eq!(date(text), None, "{text}");
        }
        for text in ["13:15", "1:15PM", "1:15 p.m.", "13:15:00", "13.15.00.000000"] {
            assert_eq!(time(text).as_deref(), Some("13:15"), "{text}");
        }
        assert_eq!(time("noon"), None);
        for (text, expected) in [
            ("MoWe", "Mon Wed"),
            ("M/W", "Mon Wed"),
            ("TTh", "Tue Thu"),
            ("TuTh", "Tue Thu"),
            ("Monday, Wednesday", "Mon Wed"),
            ("周三、周一", "Mon Wed"),
            ("MWF", "Mon Wed Fri"),
            ("", ""),
        ] {
            assert_eq!(days(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(days("by appointment"), None);
    }
}
