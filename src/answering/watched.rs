//! What a model's text is watched for: numbers of evidence in brackets, and addresses.

/// How addresses begin.
pub(super) const ADDRESSES: [&str; 3] = ["http://", "https://", "www."];
/// What behind an address is no part of it.
const END_OF_SENTENCE: [char; 6] = ['.', ',', ';', ':', '!', '?'];
/// A range of more numbers than this cites nothing.
const MAX_RANGE: usize = 20;

/// Where the first address in a text begins.
pub(super) fn address_in(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    ADDRESSES.iter().filter_map(|begin| lower.find(begin)).min()
}

/// How far an address at the beginning of a text may reach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach<'t> {
    /// Up to the first character that a browser would not take for a part of it as it stands.
    pub(super) short: &'t str,
    /// Han characters included: some addresses are written with them, though more often a sentence goes on in them.
    pub(super) long: &'t str,
    /// Whether what ends `short` has come.
    pub(super) short_ended: bool,
    /// Whether what ends `long` has come.
    pub(super) long_ended: bool,
}

impl<'t> Reach<'t> {
    /// Of the address at the beginning of `text`.
    pub(super) fn of(text: &'t str) -> Self {
        let (short, long) = (text.find(|c: char| !c.is_ascii() || ends_address(c)), text.find(ends_address));
        let bare = |end: Option<usize>| text[..end.unwrap_or(text.len())].trim_end_matches(END_OF_SENTENCE);
        Self {
            short: bare(short),
            long: bare(long),
            short_ended: short.is_some(),
            long_ended: long.is_some(),
        }
    }
}

fn ends_address(c: char) -> bool {
    c.is_whitespace() || "<>\"')]，。、；：！？（）《》“”".contains(c)
}

/// The numbers of `1`, `1, 2`, `1;2` or `1-3`; `None` for anything else.
pub(super) fn numbers(inside: &str) -> Option<Vec<usize>> {
    let mut numbers = Vec::new();
    for part in inside.split([',', '，', '、', ';', '；']) {
        let part = part.trim().trim_start_matches('^');
        if let Some((first, last)) = part.split_once(['-', '–', '—']) {
            let (first, last) = (number(first, 3)?, number(last, 3)?);
            if first > last || last - first >= MAX_RANGE {
                return None;
            }
            numbers.extend(first..=last);
        } else {
            numbers.push(number(part, 4)?);
        }
    }
    Some(numbers)
}

/// A number of at most so many digits.
fn number(text: &str, digits: usize) -> Option<usize> {
    let text = text.trim();
    text.parse().ok().filter(|_| text.len() <= digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_alone_in_lists_and_in_ranges() {
        assert_eq!(numbers("3"), Some(vec![3]));
        assert_eq!(numbers("^3"), Some(vec![3]));
        assert_eq!(numbers("1, 2，3、4"), Some(vec![1, 2, 3, 4]));
        assert_eq!(numbers("1; 2；4"), Some(vec![1, 2, 4]));
        assert_eq!(numbers("1-3, 7–9"), Some(vec![1, 2, 3, 7, 8, 9]));
        for other in ["", "note", "1-", "3-1", "1-300", "2024-2026", "1,", "a-b", "1-2-3"] {
            assert_eq!(numbers(other), None, "{other}");
        }
    }

    #[test]
    fn an_address_ends_where_a_sentence_goes_on() {
        let reach = Reach::of("https://a.example/x了解更多。然后");
        assert_eq!((reach.short, reach.long), ("https://a.example/x", "https://a.example/x了解更多"));
        assert!(reach.short_ended && reach.long_ended);
        let reach = Reach::of("https://a.example/x.");
        assert_eq!((reach.short, reach.long), ("https://a.example/x", "https://a.example/x"));
        assert!(!reach.short_ended && !reach.long_ended);
    }
}
