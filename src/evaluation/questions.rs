//! The file of questions: JSON lines, or one JSON list.

use serde::{Deserialize, Serialize};

/// A question, and what it should find. One that expects nothing is asked, and not judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// As somebody would ask it.
    pub question: String,
    /// The documents that answer it, each by its title, its address, its path in the folder it was loaded from, or the name
    /// of its file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<String>,
    /// Words that a passage, and the answer, should have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<String>,
    /// Anything worth knowing; nothing is done with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum QuestionsError {
    /// What stands in this line is no question.
    #[error("line {0}: {1}")]
    Line(usize, String),
    /// It is a list, and what stands in it is not all questions.
    #[error("{0}")]
    List(#[from] serde_json::Error),
    /// It has no question.
    #[error("there is no question in it")]
    Empty,
}

/// Reads the text of a file.
pub fn parse(text: &str) -> Result<Vec<Question>, QuestionsError> {
    let text = text.trim_start_matches('\u{feff}');
    let questions = if text.trim_start().starts_with('[') {
        serde_json::from_str::<Vec<Question>>(text)?
            .into_iter()
            .enumerate()
            .map(|(at, question)| checked(question).map_err(|why| QuestionsError::Line(at + 1, why)))
            .collect::<Result<Vec<_>, _>>()?
    } else {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(at, line)| {
                let read = serde_json::from_str(line).map_err(|error| error.to_string());
                read.and_then(checked).map_err(|why| QuestionsError::Line(at + 1, why))
            })
            .collect::<Result<Vec<_>, _>>()?
    };
    if questions.is_empty() { Err(QuestionsError::Empty) } else { Ok(questions) }
}

fn checked(question: Question) -> Result<Question, String> {
    if question.question.trim().is_empty() {
        return Err("the question is empty".to_owned());
    }
    let blank = |text: &String| text.trim().is_empty();
    if question.documents.iter().any(blank) || question.facts.iter().any(blank) {
        return Err("what it expects is empty".to_owned());
    }
    Ok(question)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_lists_are_the_same() {
        let lines =
            "{\"question\": \"a\", \"documents\": [\"A\"]}\n\n{\"question\": \"b\", \"facts\": [\"x\"]}\n";
        let list = r#"[{"question": "a", "documents": ["A"]}, {"question": "b", "facts": ["x"]}]"#;
        let read = parse(lines).expect("questions");
        assert_eq!(read, parse(list).expect("questions"));
        assert_eq!((read.len(), read[1].facts.as_slice()), (2, &["x".to_owned()][..]));
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        for (text, why) in [
            ("", "no question"),
            ("[]", "no question"),
            ("{\"question\": \"a\", \"documents\": [\"A\"]}\nnonsense", "line 2"),
            (r#"{"question": " ", "facts": ["x"]}"#, "empty"),
            (r#"{"question": "a", "facts": [" "]}"#, "empty"),
            (r#"{"question": "a", "document": "A"}"#, "document"),
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
