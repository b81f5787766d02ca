//! A text as a QR code: one path of an SVG picture.

use qrcode::{Color, EcLevel, QrCode};

/// Light around the code, in its own units: readers need it.
const MARGIN: usize = 4;

/// A picture of square units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// Width and height, in units.
    pub size: usize,
    /// The dark units, as the `d` of a path.
    pub path: String,
}

impl Drawing {
    /// The picture of a text; `None` for one that is too long for any.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let (width, units) = (code.width(), code.to_colors());
        let rows = units.chunks(width).enumerate();
        let path = rows.flat_map(|(y, row)| runs(row).into_iter().map(move |(x, length)| (x, y, length)));
        let path = path
            .map(|(x, y, length)| format!("M{} {}h{length}v1h-{length}z", x + MARGIN, y + MARGIN))
            .collect();
        Some(Self { size: width + 2 * MARGIN, path })
    }
}

/// Where dark runs of a row begin, and how long they are.
fn runs(row: &[Color]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (x, _) in row.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
        match runs.last_mut() {
            Some((start, length)) if *start + *length == x => *length += 1,
            _ => runs.push((x, 1)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dark_units_that_touch_are_one_run() {
        let row = [Color::Dark, Color::Dark, Color::Light, Color::Dark];
        assert_eq!(runs(&row), [(0, 2), (3, 1)]);
    }

    #[test]
    fn a_picture_has_the_three_corners_of_every_code() {
        let drawing = Drawing::of("otpauth://totp/a").expect("a picture");
        assert!(drawing.path.starts_with("M4 4h7v1h-7z"), "{}", drawing.path);
        assert_eq!((drawing.size - 2 * MARGIN - 17) % 4, 0);
        assert!(Drawing::of(&"x".repeat(3000)).is_none());
    }
}
