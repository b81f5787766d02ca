//! Charts as drawings and as tables: the same numbers, for eyes and for readers.

use super::{
    desk::Desk,
    locale::Locale,
    overview::{Chart, Drawing, Period},
};

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 160.0;
/// Labels under a chart; more would overlap.
const MOST_LABELS: usize = 8;

/// A chart, ready to be drawn.
pub struct ChartView {
    /// Its title.
    pub title: String,
    /// Heading of the labels.
    pub axis: String,
    /// The names of the series.
    pub series: Vec<String>,
    /// The largest number, ready to be read.
    pub top: String,
    /// Bars: the series, then x, y, width and height, then what it says.
    pub bars: Vec<Bar>,
    /// Lines: the series and the points.
    pub lines: Vec<Line>,
    /// Labels under it, with their places.
    pub ticks: Vec<(String, String)>,
    /// The same numbers as a file.
    pub csv: String,
    /// The table: label, address, numbers.
    pub rows: Vec<(String, Option<String>, Vec<String>)>,
    /// Whether there is nothing to draw.
    pub empty: bool,
}

/// A bar.
pub struct Bar {
    /// Which series, from 1.
    pub series: usize,
    /// Its left edge.
    pub x: String,
    /// Its upper edge.
    pub y: String,
    /// Its width.
    pub width: String,
    /// Its height.
    pub height: String,
    /// What it says.
    pub title: String,
    /// Where it leads.
    pub href: Option<String>,
}

/// A line.
pub struct Line {
    /// Which series, from 1.
    pub series: usize,
    /// Its points.
    pub points: String,
}

/// A chart as a page draws it.
pub(super) fn view(chart: &Chart, desk: &Desk, period: Period) -> ChartView {
    let numbers = || chart.series.iter().flat_map(|(_, numbers)| numbers).flatten().copied();
    let most = numbers().fold(0.0, f64::max);
    let top = nice(most);
    let text =
        |number: Option<f64>| number.map_or_else(|| "-".to_owned(), |number| with_unit(number, chart.unit));
    let href = |at: usize| chart.links.get(at).map(|path| desk.url(path));
    let rows = chart.labels.iter().enumerate().map(|(at, label)| {
        let numbers = chart.series.iter().map(|(_, numbers)| text(numbers.get(at).copied().flatten()));
        (label.clone(), href(at), numbers.collect())
    });
    let series: Vec<String> = chart.series.iter().map(|(key, _)| desk.locale.t(key)).collect();
    let mut view = ChartView {
        title: desk.locale.t(chart.title),
        axis: desk.locale.t(chart.axis),
        top: with_unit(top, chart.unit),
        bars: Vec::new(),
        lines: Vec::new(),
        ticks: ticks(&chart.labels),
        csv: format!("?period={}&csv={}", period.code(), chart.title),
        rows: rows.collect(),
        empty: numbers().next().is_none(),
        series,
    };
    match chart.drawing {
        Drawing::Bars => view.bars = bars(chart, top, &view.series, href),
        Drawing::Lines => view.lines = lines(chart, top),
    }
    view
}

/// The numbers of a chart as CSV, with the mark by which spreadsheets know UTF-8.
pub(super) fn csv(chart: &Chart, locale: &Locale) -> anyhow::Result<String> {
    let mut file = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let series = chart.series.iter().map(|(key, _)| locale.t(key));
    file.write_record(std::iter::once(locale.t(chart.axis)).chain(series))?;
    for (at, label) in chart.labels.iter().enumerate() {
        let number = |numbers: &Vec<Option<f64>>| numbers.get(at).copied().flatten();
        let numbers = chart.series.iter().map(|(_, numbers)| number(numbers));
        let numbers = numbers.map(|number| number.map(|number| number.to_string()).unwrap_or_default());
        file.write_record(std::iter::once(label.clone()).chain(numbers))?;
    }
    Ok(String::from_utf8(file.into_inner()?)?)
}

fn bars(chart: &Chart, top: f64, names: &[String], href: impl Fn(usize) -> Option<String>) -> Vec<Bar> {
    let slot = WIDTH / chart.labels.len().max(1) as f64;
    let width = slot * 0.8 / chart.series.len().max(1) as f64;
    let mut bars = Vec::new();
    for (series, (_, numbers)) in chart.series.iter().enumerate() {
        for (at, number) in numbers.iter().enumerate() {
            let Some(number) = number.filter(|number| *number > 0.0) else { continue };
            let height = (number / top * HEIGHT).max(1.0);
            bars.push(Bar {
                series: series + 1,
                x: point(at as f64 * slot + slot * 0.1 + series as f64 * width),
                y: point(HEIGHT - height),
                width: point(width),
                height: point(height),
                title: format!("{}, {}: {}", chart.labels[at], names[series], with_unit(number, chart.unit)),
                href: href(at),
            });
        }
    }
    bars
}

fn lines(chart: &Chart, top: f64) -> Vec<Line> {
    let slot = WIDTH / chart.labels.len().max(1) as f64;
    let mut lines = Vec::new();
    for (series, (_, numbers)) in chart.series.iter().enumerate() {
        // A gap in the numbers is a gap in the line.
        for run in numbers.iter().enumerate().collect::<Vec<_>>().split(|(_, number)| number.is_none()) {
            let points: Vec<String> = run
                .iter()
                .filter_map(|(at, number)| {
                    let x = (*at as f64 + 0.5) * slot;
                    Some(format!("{},{}", point(x), point(HEIGHT - (**number)? / top * HEIGHT)))
                })
                .collect();
            match points.as_slice() {
                [] => {}
                // One point alone would not be seen.
                [alone] => lines.push(Line { series: series + 1, points: format!("{alone} {alone}") }),
                _ => lines.push(Line { series: series + 1, points: points.join(" ") }),
            }
        }
    }
    lines
}

fn ticks(labels: &[String]) -> Vec<(String, String)> {
    let slot = WIDTH / labels.len().max(1) as f64;
    // Labels that divide the whole evenly stand where their bars begin.
    let least = labels.len().div_ceil(MOST_LABELS).max(1);
    let step = (least..least * 2).find(|step| labels.len().is_multiple_of(*step)).unwrap_or(least);
    let tick = |(at, label): (usize, &String)| (point((at as f64 + 0.5) * slot), label.clone());
    labels.iter().enumerate().step_by(step).map(tick).collect()
}

/// The least round number that is not below `number`.
fn nice(number: f64) -> f64 {
    if number <= 0.0 {
        return 1.0;
    }
    let magnitude = 10_f64.powf(number.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    steps.into_iter().map(|step| step * magnitude).find(|top| *top >= number).unwrap_or(number)
}

/// A number as it is read. Milliseconds from a second on are read as seconds.
pub fn with_unit(number: f64, unit: &str) -> String {
    if unit == "ms" && number >= 1000.0 {
        return with_unit((number / 100.0).round() / 10.0, "s");
    }
    let digits = if number.fract() == 0.0 { format!("{number:.0}") } else { format!("{number:.1}") };
    if unit.is_empty() { digits } else { format!("{digits} {unit}") }
}

fn point(number: f64) -> String {
    format!("{number:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_of_a_chart_is_a_round_number() {
        let tops = [0.0, 1.0, 3.0, 7.0, 12.0, 99.0, 101.0].map(|number| nice(number).to_string());
        assert_eq!(tops, ["1", "1", "5", "10", "20", "100", "200"]);
    }

    #[test]
    fn a_long_time_is_read_in_seconds() {
        let read = [7.0, 999.0, 1000.0, 8865.0, 20_000.0].map(|ms| with_unit(ms, "ms"));
        assert_eq!(read, ["7 ms", "999 ms", "1 s", "8.9 s", "20 s"]);
        assert_eq!(with_unit(1200.0, ""), "1200");
    }

    #[test]
    fn labels_under_a_chart_divide_it_evenly() {
        let places = |bars: usize| {
            let ticks = ticks(&vec![String::new(); bars]);
            (ticks.len(), ticks[1].0.clone())
        };
        assert_eq!(places(7), (7, "120.0".to_owned()));
        assert_eq!(places(24).0, 8);
        assert_eq!(places(30).0, 6);
        assert_eq!(places(90).0, 6);
    }
}
