//! Text brought into a shape: in one line, of a length.

use unicode_segmentation::UnicodeSegmentation;

/// A text in one line, without blanks around it and with one between words.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `max_chars` characters of a text: whole, or its beginning up to where a reader sees a boundary between
/// characters, with an ellipsis.
pub fn beginning(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    // One character stays free for the ellipsis.
    let mut room = max_chars.saturating_sub(1);
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let chars = grapheme.chars().count();
        if chars > room {
            break;
        }
        room -= chars;
        end = at + grapheme.len();
    }
    format!("{}…", text[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_joined_and_lines_with_them() {
        assert_eq!(one_line("  a\n\tb \u{3000} c\r\n"), "a b c");
        assert_eq!(one_line(" \n"), "");
    }

    #[test]
    fn a_text_is_cut_where_a_reader_sees_a_boundary() {
        for (text, max, cut) in [
            ("seven c", 7, "seven c"),
            ("eight ch", 7, "eight…"),
            ("abcdefgh", 4, "abc…"),
            // A family is one character to its reader, and seven to us: it stays whole or goes.
            ("ab👨‍👩‍👧‍👦cdefghijk", 9, "ab…"),
            ("ab👨‍👩‍👧‍👦cdefghijk", 10, "ab👨‍👩‍👧‍👦…"),
            ("e\u{301}e\u{301}", 3, "e\u{301}…"),
            ("ab", 0, "…"),
        ] {
            assert_eq!(beginning(text, max), cut, "{text} {max}");
        }
    }
}
