//! The overview: figures and charts that the application works out and the first page shows.

use chrono::Duration;

/// How far back an overview looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Period {
    /// 24 hours.
    Day,
    /// 7 days.
    #[default]
    Week,
    /// 30 days.
    Month,
    /// 90 days.
    Quarter,
}

impl Period {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// The word in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Quarter => "90d",
        }
    }

    /// From an address; seven days unless it says otherwise.
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|period| period.code() == code).unwrap_or_default()
    }

    /// Its length.
    pub fn length(self) -> Duration {
        match self {
            Self::Day => Duration::hours(24),
            Self::Week => Duration::days(7),
            Self::Month => Duration::days(30),
            Self::Quarter => Duration::days(90),
        }
    }
}

/// What the first page shows.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// Single numbers.
    pub figures: Vec<Figure>,
    /// Series of numbers.
    pub charts: Vec<Chart>,
}

/// A number.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The key of its name.
    pub label: &'static str,
    /// The number, ready to be read.
    pub value: String,
    /// The number as it was in the period before, ready to be read.
    pub before: Option<String>,
    /// How it moved against the period before.
    pub trend: Trend,
    /// The list behind it, relative to the site.
    pub href: Option<String>,
}

/// How a number moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trend {
    /// It did not, or there is nothing to compare it with.
    #[default]
    Flat,
    /// It rose.
    Up,
    /// It fell.
    Down,
}

impl Trend {
    /// From one number to another.
    pub fn between(before: f64, now: f64) -> Self {
        match now.total_cmp(&before) {
            std::cmp::Ordering::Greater => Self::Up,
            std::cmp::Ordering::Less => Self::Down,
            std::cmp::Ordering::Equal => Self::Flat,
        }
    }
}

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawing {
    /// One bar for each label and series.
    Bars,
    /// One line for each series.
    Lines,
}

/// Series of numbers over the same labels.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The key of its title.
    pub title: &'static str,
    /// How it is drawn.
    pub drawing: Drawing,
    /// What the labels are: the key of a heading.
    pub axis: &'static str,
    /// Days or hours, ready to be read.
    pub labels: Vec<String>,
    /// The list behind each label, relative to the site.
    pub links: Vec<String>,
    /// The series: the key of a name, and one number per label; `None` where there was nothing to measure.
    pub series: Vec<(&'static str, Vec<Option<f64>>)>,
    /// What follows the numbers, such as `ms`.
    pub unit: &'static str,
}
