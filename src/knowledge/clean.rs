//! Extracted text made fit to be stored, searched and shown.

use unicode_normalization::UnicodeNormalization;

/// Compatibility form, without NUL, control and invisible formatting characters, with words hyphenated across lines
/// joined, and with no more than one empty line in a row.
pub fn clean(text: &str) -> String {
    let kept: String = text.nfkc().filter(|c| *c == '\n' || *c == '\t' || !is_noise(*c)).collect();
    let mut lines: Vec<String> = Vec::new();
    for line in kept.split('\n').map(str::trim_end) {
        let blank_again = line.is_empty() && lines.last().is_none_or(String::is_empty);
        if blank_again {
            continue;
        }
        match lines.last_mut() {
            Some(last) if continues(last, line) => {
                last.pop();
                last.push_str(line.trim_start());
            }
            _ => lines.push(line.to_owned()),
        }
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.join("\n")
}

/// Controls, the replacement character, soft hyphens, and marks that only steer the direction of text.
fn is_noise(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{fffd}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
        || matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{fffc}')
}

/// Whether `line` goes on with the word that `last` breaks off: `infor-` and `mation`.
fn continues(last: &str, line: &str) -> bool {
    let broken = last.strip_suffix('-').is_some_and(|word| word.ends_with(char::is_lowercase));
    broken && line.trim_start().starts_with(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_database_refuses_is_gone() {
        assert_eq!(clean("a\u{0}b\u{1b}[0m\r\nc"), "ab[0m\nc");
    }

    #[test]
    fn ligatures_full_width_forms_and_broken_words_read_as_written() {
        assert_eq!(clean("The ﬁrst infor-\nmation of ＤＫＵ"), "The first information of DKU");
        assert_eq!(clean("2024-\n2025"), "2024-\n2025");
    }

    #[test]
    fn empty_lines_do_not_pile_up() {
        assert_eq!(clean("\n\na  \n\n\n\nb\n\n"), "a\n\nb");
    }
}
