//! Titles of conversations.

use unicode_segmentation::UnicodeSegmentation;

/// Longest title, in characters.
const MAX_CHARS: usize = 100;

/// The title a conversation has from its first question on: the question in one line, cut where a reader sees a
/// boundary between characters.
pub fn provisional_title(question: &str) -> String {
    let line = question.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    if line.chars().count() <= MAX_CHARS {
        return line;
    }
    let mut title = String::new();
    let mut chars = 0;
    for grapheme in line.graphemes(true) {
        chars += grapheme.chars().count();
        // One character stays free for the ellipsis.
        if chars >= MAX_CHARS {
            break;
        }
        title.push_str(grapheme);
    }
    format!("{}…", title.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_question_is_its_own_title() {
        assert_eq!(provisional_title("  When is\nthe deadline?  "), "When is the deadline?");
    }

    #[test]
    fn a_long_question_is_cut_within_the_column() {
        for text in ["word ".repeat(1_000), "长".repeat(5_000), "👩‍🎓".repeat(200), "𝕏".repeat(101)]
        {
            let title = provisional_title(&text);
            let chars = title.chars().count();
            assert!((90..=MAX_CHARS).contains(&chars), "{chars}");
            assert!(title.ends_with('…') && !title.ends_with("\u{200d}…"));
        }
    }
}
