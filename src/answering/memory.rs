//! What of a conversation counts for its next answer.

use super::{Speaker, Turn, without_references};

/// Messages that an answer gets in full, at least.
pub const WINDOW: usize = 10;
/// So many that have fallen out of the window become part of the summary at once. Until then they are given in full
/// too, so nothing is out of sight.
pub const AT_ONCE: usize = 6;

/// A question this short, or one of these words, leans on what was asked before.
const SHORT_WORDS: usize = 6;
const SHORT_HAN: usize = 10;
const LEANING: [&str; 12] =
    ["it", "its", "they", "them", "that", "those", "this", "these", "there", "he", "she", "one"];
const LEANING_HAN: [&str; 6] = ["它", "他", "她", "这", "那", "呢"];

/// What to search for: the question, and before it the one it leans on.
pub(super) fn search_text(question: &str, history: &[Turn]) -> String {
    let before = history.iter().rev().find(|turn| turn.speaker == Speaker::Person);
    match before {
        Some(before) if leans(question) => format!("{}\n{question}", before.text),
        _ => question.to_owned(),
    }
}

/// Earlier turns as a model gets them: answers without their references, in pairs as far as they go.
pub(super) fn spoken(history: &[Turn]) -> Vec<Turn> {
    let turns = history.iter().map(|turn| match turn.speaker {
        Speaker::Person => turn.clone(),
        Speaker::Assistant => Turn { text: without_references(&turn.text).to_owned(), ..turn.clone() },
    });
    turns.filter(|turn| !turn.text.trim().is_empty()).collect()
}

fn leans(question: &str) -> bool {
    let lower = question.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let han = question.chars().filter(|c| ('\u{3400}'..='\u{9fff}').contains(c)).count();
    let short = if han > 0 { han <= SHORT_HAN } else { words.len() <= SHORT_WORDS };
    let begins = lower.starts_with("and ") || lower.starts_with("what about") || question.starts_with("那");
    let named = words.iter().any(|word| LEANING.contains(word));
    let named_han = han > 0 && LEANING_HAN.iter().any(|word| question.contains(word));
    begins || (short && (named || named_han))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Turn {
        Turn { speaker: Speaker::Person, text: text.to_owned() }
    }

    #[test]
    fn a_follow_up_is_searched_with_what_it_follows() {
        let history = [asked("How do I apply for housing?")];
        assert_eq!(
            search_text("And for juniors?", &history),
            "How do I apply for housing?\nAnd for juniors?"
        );
        assert_eq!(
            search_text("When does it open?", &history),
            "How do I apply for housing?\nWhen does it open?"
        );
        assert_eq!(search_text("那大三呢？", &history), "How do I apply for housing?\n那大三呢？");
    }

    #[test]
    fn a_question_of_its_own_is_searched_alone() {
        let history = [asked("How do I apply for housing?")];
        assert_eq!(search_text("Library opening hours", &history), "Library opening hours");
    }
}
