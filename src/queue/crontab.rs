//! Crontabs: five fields as Celery writes them, checked, and ready to be asked for times.
//!
//! A field is `*`, a number, a name (`mon`, `jan`), a range, a step (`*/15`, `8-18/2`), or a list of these. A range may go
//! around the end (`fri-mon`). Sunday is 0 and 7. Day of month and day of week must both match.

use std::collections::BTreeSet;

use croner::{Cron, parser::CronParser};

const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// The longest that each month can be.
const LENGTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/// Letters of a name that tell it from the others.
const TELLING: usize = 3;

/// A field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 12.
    Month,
    /// 0 to 6, from Sunday; 7 is Sunday, too.
    Weekday,
}

impl Field {
    /// All of them, in the order of crontabs.
    pub const ALL: [Self; 5] = [Self::Minute, Self::Hour, Self::DayOfMonth, Self::Month, Self::Weekday];

    /// The least and the greatest number.
    pub fn range(self) -> (u32, u32) {
        match self {
            Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::Weekday => (0, 6),
        }
    }

    fn number(self, text: &str) -> Option<u32> {
        let (least, most) = self.range();
        if let Ok(number) = text.parse::<u32>() {
            let sunday = self == Self::Weekday && number == 7;
            return if sunday { Some(0) } else { (least..=most).contains(&number).then_some(number) };
        }
        let names: &[&str] = match self {
            Self::Month => &MONTHS,
            Self::Weekday => &WEEKDAYS,
            _ => &[],
        };
        let beginning = text.get(..TELLING)?.to_ascii_lowercase();
        let at = names.iter().position(|name| *name == beginning)?;
        Some(least + u32::try_from(at).ok()?)
    }

    fn all(self) -> Vec<u32> {
        let (least, most) = self.range();
        (least..=most).collect()
    }

    /// From one number to another, around the end where it has to be.
    fn between(self, from: u32, to: u32) -> Vec<u32> {
        let (least, most) = self.range();
        if from <= to { (from..=to).collect() } else { (from..=most).chain(least..=to).collect() }
    }

    fn part(self, part: &str) -> Option<Vec<u32>> {
        let (numbers, step) = match part.split_once('/') {
            Some((numbers, step)) => (numbers, Some(step.parse::<usize>().ok().filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let all = match numbers.split_once('-') {
            _ if numbers == "*" => self.all(),
            Some((from, to)) => {
                // Sunday at the end of a range is its 7.
                let from = self.number(from)?;
                if to == "7" && self == Self::Weekday {
                    self.between(from, 6).into_iter().chain([0]).collect()
                } else {
                    self.between(from, self.number(to)?)
                }
            }
            None if step.is_some() => return None,
            None => vec![self.number(numbers)?],
        };
        Some(all.into_iter().step_by(step.unwrap_or(1)).collect())
    }

    fn parse(self, text: &str) -> Result<BTreeSet<u32>, BadField> {
        let mut numbers = BTreeSet::new();
        for part in text.split(',').map(str::trim) {
            let bad = || BadField { field: self, part: part.to_owned() };
            numbers.extend(self.part(part).ok_or_else(bad)?);
        }
        Ok(numbers)
    }
}

/// Something in a field that names no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{part}` is no {field:?}")]
pub struct BadField {
    /// The field.
    pub field: Field,
    /// The part of it.
    pub part: String,
}

/// A crontab.
#[derive(Clone, Debug)]
pub struct Crontab {
    fields: [BTreeSet<u32>; 5],
    cron: Cron,
}

impl Crontab {
    /// Minute, hour, day of month, month, weekday.
    pub fn parse(texts: [&str; 5]) -> Result<Self, BadField> {
        let mut fields: [BTreeSet<u32>; 5] = Default::default();
        let mut pattern = Vec::new();
        for ((field, text), numbers) in Field::ALL.into_iter().zip(texts).zip(&mut fields) {
            *numbers = field.parse(text)?;
            pattern.push(written(field, numbers));
        }
        let parser = CronParser::builder().dom_and_dow(true).build();
        let cron = parser.parse(&pattern.join(" "));
        // What is written above are numbers in their ranges.
        let cron = cron.map_err(|_| BadField { field: Field::Minute, part: texts.join(" ") })?;
        Ok(Self { fields, cron })
    }

    /// The numbers of a field.
    pub fn numbers(&self, field: Field) -> &BTreeSet<u32> {
        &self.fields[field as usize]
    }

    /// Whether a field leaves nothing out.
    pub fn is_every(&self, field: Field) -> bool {
        self.numbers(field).len() == field.all().len()
    }

    /// Whether any date ever fits: the 31st of February does not.
    pub fn comes(&self) -> bool {
        let first_day = self.numbers(Field::DayOfMonth).first().copied().unwrap_or(u32::MAX);
        self.numbers(Field::Month).iter().any(|month| first_day <= LENGTHS[*month as usize - 1])
    }

    pub(super) fn cron(&self) -> &Cron {
        &self.cron
    }
}

fn written(field: Field, numbers: &BTreeSet<u32>) -> String {
    if numbers.len() == field.all().len() {
        return "*".to_owned();
    }
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(field: Field, text: &str) -> Option<Vec<u32>> {
        field.parse(text).ok().map(|numbers| numbers.into_iter().collect())
    }

    #[test]
    fn fields_are_read_as_celery_reads_them() {
        for (field, text, expected) in [
            (Field::Minute, "*/20", vec![0, 20, 40]),
            (Field::Minute, "5,10-12", vec![5, 10, 11, 12]),
            (Field::Hour, "8-18/5", vec![8, 13, 18]),
            (Field::Hour, "22-1", vec![0, 1, 22, 23]),
            (Field::DayOfMonth, "*/10", vec![1, 11, 21, 31]),
            (Field::Month, "jan,NOVEMBER", vec![1, 11]),
            (Field::Weekday, "7", vec![0]),
            (Field::Weekday, "fri-mon", vec![0, 1, 5, 6]),
            (Field::Weekday, "6-7", vec![0, 6]),
            (Field::Weekday, "sunday, 3", vec![0, 3]),
        ] {
            assert_eq!(numbers(field, text), Some(expected), "{text}");
        }
        for (field, text) in [
            (Field::Minute, "60"),
            (Field::Minute, "61"),
            (Field::Minute, ""),
            (Field::Minute, "5/10"),
            (Field::Minute, "*/0"),
            (Field::Minute, "-5"),
            (Field::Minute, "mon"),
            (Field::Hour, "24"),
            (Field::DayOfMonth, "0"),
            (Field::Month, "13"),
            (Field::Weekday, "8"),
            (Field::Weekday, "m"),
            (Field::Weekday, "1,,2"),
        ] {
            assert!(field.parse(text).is_err(), "{text}");
        }
        let bad = Crontab::parse(["0", "1,61", "*", "*", "*"]).map(|_| ());
        assert_eq!(bad, Err(BadField { field: Field::Hour, part: "61".to_owned() }));
    }

    #[test]
    fn dates_that_never_come_are_known() {
        let comes = |day, month| Crontab::parse(["0", "0", day, month, "*"]).map(|crontab| crontab.comes());
        assert_eq!(comes("31", "2"), Ok(false));
        assert_eq!(comes("30,31", "feb"), Ok(false));
        assert_eq!(comes("31", "4,6,9,11"), Ok(false));
        assert_eq!(comes("31", "2,3"), Ok(true));
        assert_eq!(comes("29", "2"), Ok(true));
    }
}
