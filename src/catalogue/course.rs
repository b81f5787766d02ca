//! Course codes, in one form however they are written.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::subjects;

/// A course code in its one form: `COMPSCI 201`, `MATH 105L`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Course(String);

impl Course {
    /// The code of a subject and a number that stand in cells of their own.
    pub fn of(subject: &str, number: &str) -> Option<Self> {
        let subject = flat(subject).to_lowercase();
        let official = subjects::code(&subject).map_or_else(|| subject.to_uppercase(), str::to_owned);
        let number = flat(number).to_uppercase();
        (is_subject(&official) && is_number(&number)).then(|| Self(format!("{official} {number}")))
    }

    /// A text that is one code and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = flat(text);
        let digits = text.find(|c: char| c.is_ascii_digit())?;
        let (subject, number) = text.split_at(digits);
        Self::of(subject.trim_end_matches(separates), number)
    }

    /// The codes in a text, each once, in order. What is in small letters is a code when its subject is known, and a
    /// number alone repeats the subject before it: `COMPSCI 101, 201`.
    pub fn all_in(text: &str) -> Vec<Self> {
        let mut found = Vec::new();
        for (course, _) in places(text) {
            if !found.contains(&course) {
                found.push(course);
            }
        }
        found
    }

    /// The code.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// The subject of the code.
    pub fn subject(&self) -> &str {
        self.0.split(' ').next().unwrap_or_default()
    }
}

impl fmt::Display for Course {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A question, with the codes behind it that stand in it under other names: what a search for it should find.
pub fn with_codes(question: &str) -> String {
    let squeezed = |text: &str| flat(text).to_uppercase().replace(separates, "");
    let there = squeezed(question);
    let missing: Vec<String> = Course::all_in(question)
        .into_iter()
        .filter(|course| !there.contains(&squeezed(course.code())))
        .map(|course| course.0)
        .collect();
    if missing.is_empty() { question.to_owned() } else { format!("{question}\n{}", missing.join(", ")) }
}

/// A piece of a text in which codes are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Latin letters.
    Word(String),
    /// Three digits, with at most one letter behind them.
    Number(String),
    /// A character of another script, or a mark.
    Mark(char),
    /// Digits that number no course.
    Digits,
}

/// The tokens of a text in compatibility form.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.nfkc().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let run = |from: usize, is: fn(&char) -> bool| chars[from..].iter().take_while(|c| is(c)).count();
        let (letters, digits) = (run(at, char::is_ascii_alphabetic), run(at, char::is_ascii_digit));
        if letters > 0 {
            tokens.push(Token::Word(chars[at..at + letters].iter().collect()));
            at += letters;
        } else if digits > 0 {
            let behind = run(at + digits, char::is_ascii_alphanumeric);
            let whole: String = chars[at..at + digits + behind].iter().collect();
            let number = whole.to_uppercase();
            tokens.push(if is_number(&number) { Token::Number(number) } else { Token::Digits });
            at += digits + behind;
        } else {
            tokens.push(Token::Mark(chars[at]));
            at += 1;
        }
    }
    tokens
}

/// The codes in a text, each with the place of its number among the tokens.
pub(super) fn places(text: &str) -> Vec<(Course, usize)> {
    let tokens = tokens(text);
    let mut found: Vec<(Course, usize)> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Number(number) = token else { continue };
        let before = &tokens[..at];
        let repeated = || {
            let (course, place) = found.last()?;
            before[place + 1..].iter().all(lists).then(|| course.subject().to_owned())
        };
        let subject = subject_before(before).or_else(repeated);
        if let Some(course) = subject.and_then(|subject| Course::of(&subject, number)) {
            found.push((course, at));
        }
    }
    found
}

/// The subject that the last tokens name.
fn subject_before(tokens: &[Token]) -> Option<String> {
    let gap =
        tokens.iter().rev().take_while(|token| matches!(token, Token::Mark(c) if separates(*c))).count();
    if gap > 3 {
        return None;
    }
    let tokens = &tokens[..tokens.len() - gap];
    match tokens.last()? {
        Token::Word(word) => {
            let known = phrases(tokens).into_iter().find_map(|phrase| subjects::code(&phrase));
            let capitals = is_subject(word);
            known.map(str::to_owned).or_else(|| capitals.then(|| word.clone()))
        }
        Token::Mark(_) => {
            let run: Vec<char> = tokens.iter().rev().map_while(han).take(subjects::MAX_HAN).collect();
            let of = |length: usize| run[..length].iter().rev().collect::<String>();
            (1..=run.len()).rev().find_map(|length| subjects::code(&of(length))).map(str::to_owned)
        }
        Token::Number(_) | Token::Digits => None,
    }
}

/// The last words as names of a subject, the longest first.
fn phrases(tokens: &[Token]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut phrases = Vec::new();
    for token in tokens.iter().rev() {
        match token {
            Token::Word(word) => {
                words.insert(0, word.to_lowercase());
                phrases.insert(0, words.join(" "));
            }
            Token::Mark(' ') => {}
            _ => break,
        }
        if words.len() == subjects::MAX_WORDS {
            break;
        }
    }
    phrases
}

fn han(token: &Token) -> Option<char> {
    match token {
        Token::Mark(c) if ('\u{3400}'..='\u{9fff}').contains(c) => Some(*c),
        _ => None,
    }
}

/// Whether a token may stand between numbers of one subject.
fn lists(token: &Token) -> bool {
    match token {
        Token::Word(word) => ["and", "or"].contains(&word.to_lowercase().as_str()),
        Token::Mark(c) => " ,/&、,;和或与及".contains(*c),
        Token::Number(_) | Token::Digits => false,
    }
}

fn separates(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '_' | '\u{2010}'..='\u{2015}')
}

/// Compatibility form without blanks around.
fn flat(text: &str) -> String {
    text.nfkc().collect::<String>().trim().to_owned()
}

fn is_subject(word: &str) -> bool {
    (2..=10).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_suffix(|c: char| c.is_ascii_uppercase()).unwrap_or(text);
    digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<String> {
        Course::all_in(text).into_iter().map(|course| course.0).collect()
    }

    #[test]
    fn however_it_is_written_it_is_one_code() {
        for text in [
            "COMPSCI101",
            "COMPSCI-101",
            "compsci 101",
            "ＣＯＭＰＳＣＩ　１０１",
            "CS 101",
            "cs101",
            "计算机101",
        ] {
            assert_eq!(codes(text), ["COMPSCI 101"], "{text}");
            assert_eq!(codes(&format!("What is the prerequisite of {text}?")), ["COMPSCI 101"], "{text}");
        }
        assert_eq!(codes("CompSci 101L and Computer Science 201"), ["COMPSCI 101L", "COMPSCI 201"]);
        assert_eq!(codes("请问计算机科学201的先修课"), ["COMPSCI 201"]);
        assert_eq!(codes("Bio 110, Psychology 101 or stats 210"), ["BIOL 110", "PSYCH 101", "STATS 210"]);
    }

    #[test]
    fn a_number_alone_repeats_the_subject_before_it() {
        assert_eq!(codes("COMPSCI 101, 201 and 205"), ["COMPSCI 101", "COMPSCI 201", "COMPSCI 205"]);
        assert_eq!(codes("数学105、201"), ["MATH 105", "MATH 201"]);
        assert_eq!(codes("COMPSCI 101 takes 120 students"), ["COMPSCI 101"]);
    }

    #[test]
    fn other_numbers_are_no_courses() {
        for text in ["room 101", "in 2024", "the 136 credits", "call 911", "COMPSCI 1011", "", "３"] {
            assert_eq!(codes(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_searched_for_has_the_official_code_too() {
        assert_eq!(with_codes("What is CS 201 about?"), "What is CS 201 about?\nCOMPSCI 201");
        assert_eq!(with_codes("What is COMPSCI-201 about?"), "What is COMPSCI-201 about?");
    }
}
