//! What a new password must be: the rules of Django's validators, reported all at once.

use crate::platform::locale::Language;

/// Shortest password of an account.
pub const MIN_CHARS: usize = 12;
/// Longest: a hash of any length is made of it, so there is a bound.
pub const MAX_CHARS: usize = 128;
/// Fewer guesses than this find what many people use.
const COMMON_GUESSES: f64 = 4.5;
/// Share of characters in common, in whatever order, from which two words are alike.
const SIMILAR: f64 = 0.7;

/// Words that everybody here thinks of first, the longest first.
const PRODUCT_WORDS: [&str; 4] = ["chatdku", "kunshan", "duke", "dku"];
/// Letters and digits that a password with such words has besides.
const LEAST_BESIDES: usize = 8;

/// A rule that a password breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Too short.
    Short,
    /// Too long.
    Long,
    /// Digits alone.
    Numeric,
    /// Known to everybody.
    Common,
    /// Like the account's name.
    LikeName,
    /// Like the account's address.
    LikeEmail,
}

impl Problem {
    /// The key of what is said about it; the sentence takes `min` and `max`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Short => "password-short",
            Self::Long => "password-long",
            Self::Numeric => "password-numeric",
            Self::Common => "password-common",
            Self::LikeName => "password-like-name",
            Self::LikeEmail => "password-like-email",
        }
    }

    /// What is said about it.
    pub fn sentence(self, language: Language) -> String {
        language.text_with(self.key(), [("min", MIN_CHARS), ("max", MAX_CHARS)])
    }
}

/// Every rule that `password` breaks, for the account of this name and address.
pub fn problems(password: &str, name: &str, email: Option<&str>) -> Vec<Problem> {
    let chars = password.chars().count();
    let mut found = Vec::new();
    if chars < MIN_CHARS {
        found.push(Problem::Short);
    }
    if chars > MAX_CHARS {
        found.push(Problem::Long);
        // The other rules take time that grows with the length.
        return found;
    }
    if chars > 0 && password.chars().all(char::is_numeric) {
        found.push(Problem::Numeric);
    }
    let lower = password.trim().to_lowercase();
    if zxcvbn::zxcvbn(&lower, &PRODUCT_WORDS).guesses_log10() < COMMON_GUESSES || is_of_product_words(&lower)
    {
        found.push(Problem::Common);
    }
    if is_like(password, name) {
        found.push(Problem::LikeName);
    }
    if email.is_some_and(|email| is_like(password, email)) {
        found.push(Problem::LikeEmail);
    }
    found
}

/// Whether hardly anything is left of `password` without the words that everybody here thinks of first.
fn is_of_product_words(password: &str) -> bool {
    let rest = PRODUCT_WORDS.iter().fold(password.to_owned(), |rest, word| rest.replace(word, ""));
    rest.len() < password.len() && rest.chars().filter(|c| c.is_alphanumeric()).count() < LEAST_BESIDES
}

/// Whether `password` has nearly the same characters as `text` or one of its words.
fn is_like(password: &str, text: &str) -> bool {
    let password = password.to_lowercase();
    let text = text.to_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 2);
    words.chain([text.as_str()]).any(|word| overlap(&password, word) >= SIMILAR)
}

/// Characters in common, as a share of both words together.
fn overlap(a: &str, b: &str) -> f64 {
    let mut left: Vec<char> = b.chars().collect();
    let all = a.chars().count() + left.len();
    let shared = a
        .chars()
        .filter(|c| left.iter().position(|other| other == c).map(|at| left.swap_remove(at)).is_some());
    let shared = shared.count();
    if all == 0 { 0.0 } else { 2.0 * shared as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_broken_rule_is_named() {
        assert_eq!(problems("1234", "operator", None), [Problem::Short, Problem::Numeric, Problem::Common]);
        assert_eq!(problems("password1234", "operator", None), [Problem::Common]);
        for obvious in ["chatdku-2024!", "ChatDKU.Kunshan.2026", "duke kunshan 1", "dkudkudkudku"] {
            assert_eq!(problems(obvious, "operator", None), [Problem::Common], "{obvious}");
        }
        assert_eq!(problems("duke violet anchor", "operator", None), []);
        assert_eq!(problems("rotarepo-x", "operator", None), [Problem::Short, Problem::LikeName]);
        assert!(
            problems("margarethejones", "m", Some("margarethe.jones@example.edu"))
                .contains(&Problem::LikeEmail)
        );
        assert_eq!(problems(&"ab".repeat(65), "operator", None), [Problem::Long]);
        assert_eq!(problems("violet anchor 7 mesa", "operator", None), []);
        assert_eq!(problems(&"violet anchor mesa! ".repeat(6), "operator", None), [], "120 characters");
        for ours in ["chatdkuchatdku", "dukekunshandku"] {
            assert_eq!(problems(ours, "operator", None), [Problem::Common], "{ours}");
        }
        assert_eq!(problems("紫色的锚在第七座山上等待", "operator", None), []);
    }
}
