//! Takes `<think>…</think>` out of a stream, tags split over pieces included. What a model thinks is not its answer.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Removes reasoning from a text that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct WithoutReasoning {
    held: String,
    thinking: bool,
    begun: bool,
}

impl WithoutReasoning {
    /// Takes more text and answers what of it is not reasoning.
    pub(super) fn push(&mut self, text: &str) -> String {
        self.held.push_str(text);
        let mut out = String::new();
        loop {
            let tag = if self.thinking { CLOSE } else { OPEN };
            if let Some(at) = self.held.find(tag) {
                let before: String = self.held.drain(..at + tag.len()).collect();
                if !self.thinking {
                    out.push_str(&before[..at]);
                }
                self.thinking = !self.thinking;
                continue;
            }
            // The end may be the beginning of a tag.
            let keep = (1..tag.len()).rev().find(|len| self.held.ends_with(&tag[..*len])).unwrap_or(0);
            let free: String = self.held.drain(..self.held.len() - keep).collect();
            if !self.thinking {
                out.push_str(&free);
            }
            break;
        }
        self.trim_beginning(out)
    }

    /// The rest: what looked like the beginning of a tag and was none. Reasoning that never ended is dropped.
    pub(super) fn finish(&mut self) -> String {
        let rest = std::mem::take(&mut self.held);
        if self.thinking { String::new() } else { self.trim_beginning(rest) }
    }

    /// Blank lines between the reasoning and the answer belong to neither. A stray closing tag is the end of
    /// reasoning whose beginning was part of the prompt's template.
    fn trim_beginning(&mut self, text: String) -> String {
        let text = text.replace(CLOSE, "");
        if self.begun {
            return text;
        }
        let trimmed = text.trim_start();
        self.begun = !trimmed.is_empty();
        trimmed.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pieces: &[&str]) -> String {
        let mut filter = WithoutReasoning::default();
        let mut out: String = pieces.iter().map(|piece| filter.push(piece)).collect();
        out.push_str(&filter.finish());
        out
    }

    #[test]
    fn reasoning_is_gone_however_its_tags_are_cut() {
        let text = "<think>let me see < 3</think>\n\nThe answer is <b>.";
        assert_eq!(run(&[text]), "The answer is <b>.");
        let single: Vec<String> = text.chars().map(String::from).collect();
        assert_eq!(run(&single.iter().map(String::as_str).collect::<Vec<_>>()), "The answer is <b>.");
    }

    #[test]
    fn reasoning_that_never_ends_is_no_answer() {
        assert_eq!(run(&["<thi", "nk>hmm, ", "hmm"]), "");
        assert_eq!(run(&["before <think>", "after"]), "before ");
    }

    #[test]
    fn a_tag_that_is_none_is_text() {
        assert_eq!(run(&["a <th", "ing"]), "a <thing");
        assert_eq!(run(&["ends with <thin"]), "ends with <thin");
    }
}
