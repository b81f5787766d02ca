//! What a rule such as `COMPSCI 101 and (MATH 105 or MATH 110)` asks for, and whether some courses meet it.
//!
//! Only codes, brackets and the words between codes are understood; a rule without codes is for people to read.

use std::collections::HashSet;

use super::course::{Course, Token, places, tokens};

/// Deepest brackets that are followed.
const MAX_DEPTH: usize = 8;

/// A rule over courses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// This course.
    Course(Course),
    /// All of these.
    All(Vec<Rule>),
    /// Any of these.
    Any(Vec<Rule>),
}

/// A word of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Course(Course),
    And,
    Or,
    /// A comma: means what the next word between codes means.
    List,
    Open,
    Close,
}

impl Rule {
    /// The rule in a text; `None` when no course is named in it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let parts: Vec<Rule> =
            text.split([';', '；', '。']).filter_map(|part| group(&words(part), &mut 0, 0)).collect();
        one_or(parts, Rule::All)
    }

    /// Whether courses that have been taken meet it.
    pub(super) fn is_met(&self, taken: &HashSet<&Course>) -> bool {
        match self {
            Self::Course(course) => taken.contains(course),
            Self::All(rules) => rules.iter().all(|rule| rule.is_met(taken)),
            Self::Any(rules) => rules.iter().any(|rule| rule.is_met(taken)),
        }
    }

    /// The courses it names.
    pub(super) fn courses(&self) -> Vec<&Course> {
        match self {
            Self::Course(course) => vec![course],
            Self::All(rules) | Self::Any(rules) => rules.iter().flat_map(Self::courses).collect(),
        }
    }
}

fn words(text: &str) -> Vec<Word> {
    let courses = places(text);
    let mut words = Vec::new();
    for (at, token) in tokens(text).into_iter().enumerate() {
        if let Some((course, _)) = courses.iter().find(|(_, place)| *place == at) {
            words.push(Word::Course(course.clone()));
            continue;
        }
        words.extend(match token {
            Token::Word(word) => match word.to_lowercase().as_str() {
                "and" | "plus" => Some(Word::And),
                "or" => Some(Word::Or),
                _ => None,
            },
            Token::Mark('(' | '[') => Some(Word::Open),
            Token::Mark(')' | ']') => Some(Word::Close),
            Token::Mark('/' | '或') => Some(Word::Or),
            Token::Mark('&' | '和' | '且' | '与' | '及' | '+') => Some(Word::And),
            Token::Mark(',' | '、') => Some(Word::List),
            _ => None,
        });
    }
    words
}

/// The words up to the bracket that closes this group, as one rule. Alternatives bind less than what is asked for
/// together.
fn group(words: &[Word], at: &mut usize, depth: usize) -> Option<Rule> {
    let mut terms: Vec<(Rule, Word)> = Vec::new();
    let mut between = Word::And;
    while let Some(word) = words.get(*at) {
        *at += 1;
        let rule = match word {
            Word::Course(course) => Some(Rule::Course(course.clone())),
            Word::Open if depth < MAX_DEPTH => group(words, at, depth + 1),
            Word::Close if depth > 0 => break,
            Word::Open | Word::Close => None,
            // Of several words between two codes the last says how they belong together.
            Word::And | Word::Or | Word::List => {
                between = word.clone();
                None
            }
        };
        if let Some(rule) = rule {
            terms.push((rule, std::mem::replace(&mut between, Word::And)));
        }
    }
    let mut meant = Word::And;
    for (_, before) in terms.iter_mut().rev() {
        if *before == Word::List {
            *before = meant.clone();
        } else {
            meant = before.clone();
        }
    }
    let mut alternatives: Vec<Vec<Rule>> = Vec::new();
    for (rule, before) in terms {
        match alternatives.last_mut() {
            Some(last) if before != Word::Or => last.push(rule),
            _ => alternatives.push(vec![rule]),
        }
    }
    let all = alternatives.into_iter().filter_map(|rules| one_or(rules, Rule::All)).collect();
    one_or(all, Rule::Any)
}

/// A rule alone stays itself; several become one; none is none.
fn one_or(mut rules: Vec<Rule>, several: fn(Vec<Rule>) -> Rule) -> Option<Rule> {
    if rules.len() > 1 { Some(several(rules)) } else { rules.pop() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(rule: &str, taken: &str) -> Option<bool> {
        let taken = Course::all_in(taken);
        Rule::read(rule).map(|rule| rule.is_met(&taken.iter().collect()))
    }

    #[test]
    fn rules_are_met_by_what_they_ask_for() {
        for (rule, taken, expected) in [
            ("COMPSCI 101", "COMPSCI 101", true),
            ("COMPSCI 101 and MATH 105", "COMPSCI 101", false),
            ("COMPSCI 101 or MATH 105", "MATH 105", true),
            ("COMPSCI 101 and (MATH 105 or MATH 110)", "COMPSCI 101, MATH 110", true),
            ("COMPSCI 101 and (MATH 105 or MATH 110)", "MATH 105, MATH 110", false),
            ("COMPSCI 101, 201, or 205", "COMPSCI 205", true),
            ("COMPSCI 101, 201, and 205", "COMPSCI 205", false),
            ("COMPSCI 101; MATH 105 or MATH 110", "MATH 105", false),
            ("STATS 101 Probability and Statistics or MATH 205", "MATH 205", true),
            ("COMPSCI 101 或 MATH 105", "MATH 105", true),
            ("COMPSCI 101/COMPSCI 102", "COMPSCI 102", true),
            ("((((((((((((COMPSCI 101))))))))))))", "COMPSCI 101", true),
        ] {
            assert_eq!(met(rule, taken), Some(expected), "{rule} with {taken}");
        }
        assert_eq!(met("Consent of the instructor", "COMPSCI 101"), None);
        assert_eq!(met(")))(((", ""), None);
    }
}
