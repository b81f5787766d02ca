//! The one analyser of text and questions.
//!
//! Text is brought to compatibility form and lower case. Runs of Latin, Greek or Cyrillic letters and digits are
//! words, English-stemmed; runs of Han, kana and Hangul become overlapping pairs. Course codes, however written
//! (`COMPSCI 201`, `COMPSCI201`, `compsci-201`), give one whole term besides their parts.

use std::{collections::HashSet, sync::LazyLock};

use frostem::{Algorithm, Stemmer};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use unicode_normalization::UnicodeNormalization;

/// Raised with every change of the terms that text gives, a new release of the stemmer included: an index of
/// another number is rebuilt.
pub(super) const VERSION: u32 = 1;

const MAX_TERM_CHARS: usize = 64;

thread_local! {
    static STEMMER: Stemmer = Stemmer::new(Algorithm::English);
}

/// Words that questions are made with rather than about. Compared with terms, that is, stemmed.
static STOP_TERMS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    const ENGLISH: &str = "a about after all also am an and any are as at be because been before being between both \
        but by can could did do does doing each find for from get give had has have having he her here hers him his \
        how i if in into is it its just know like may me might more most much must my need no not of on only or \
        other our out over please same shall she should show so some such tell than that the their them then there \
        these they this those to under up us want was we were what when where whether which while who whom whose \
        why will with would you your yours";
    const CHINESE: &str = "请问 问一 一下 什么 什麼 是什 么是 麼是 如何 怎么 怎麼 怎样 么样 哪些 哪个 哪里 哪儿 些是 有哪 有什 多少 是多 \
        少是 是否 可以 可不 不可 以吗 能否 能不 不能 吗 呢 的 了 是 在 有 我 你 我想 想问 想知 知道 告诉 诉我 关于 请 和 与 及 或 是谁 \
        为什 什么时 么时 时候 何时 需要 要什 么样";
    let of = |words: &str| analyse(words).into_iter().collect::<Vec<_>>();
    of(ENGLISH).into_iter().chain(CHINESE.split_whitespace().map(str::to_owned)).collect()
});

/// The terms of a text, in order, repetitions included.
pub fn analyse(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    visit(text, |term| terms.push(term));
    terms
}

/// The terms to look for: each once, without the words a question is made with, unless nothing else is left.
pub fn query_terms(question: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    let all: Vec<String> = analyse(question).into_iter().filter(|term| seen.insert(term.clone())).collect();
    let telling: Vec<String> = all.iter().filter(|term| !STOP_TERMS.contains(*term)).cloned().collect();
    if telling.is_empty() { all } else { telling }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    /// Latin, Greek, Cyrillic and other scripts with words, and digits.
    Word,
    Han,
    Kana,
    Hangul,
    Other,
}

fn script(c: char) -> Script {
    match c {
        '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}'
        | '々' => Script::Han,
        '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' => Script::Kana,
        '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7af}' => Script::Hangul,
        c if c.is_alphanumeric() => Script::Word,
        _ => Script::Other,
    }
}

fn visit(text: &str, mut emit: impl FnMut(String)) {
    let chars: Vec<char> = text.nfkc().flat_map(char::to_lowercase).collect();
    let mut at = 0;
    // The letters of the last word, while only one blank or hyphen stands behind it: the head of a course code.
    let mut subject: Option<String> = None;
    while at < chars.len() {
        let kind = script(chars[at]);
        let end = run_end(&chars, at, kind);
        match kind {
            Script::Other => {
                let separates = end - at == 1 && matches!(chars[at], ' ' | '-' | '\u{2010}' | '\u{2011}');
                if !separates {
                    subject = None;
                }
            }
            Script::Word => {
                let word: String = chars[at..end].iter().filter(|c| **c != '\'').collect();
                subject = visit_word(&word, subject.as_deref(), &mut emit);
            }
            Script::Han | Script::Kana | Script::Hangul => {
                subject = None;
                visit_pairs(&chars[at..end], &mut emit);
            }
        }
        at = end;
    }
}

/// The end of the run that begins at `start`. An apostrophe inside a word belongs to it.
fn run_end(chars: &[char], start: usize, kind: Script) -> usize {
    let mut end = start + 1;
    while end < chars.len() {
        let inside = script(chars[end]) == kind;
        let letter_after =
            || chars.get(end + 1).is_some_and(|c| c.is_alphabetic() && script(*c) == Script::Word);
        let apostrophe = kind == Script::Word && matches!(chars[end], '\'' | '\u{2019}') && letter_after();
        if !inside && !apostrophe {
            break;
        }
        end += 1;
    }
    end
}

/// Emits the terms of a word. Answers the word when it may be the subject of a course code.
fn visit_word(word: &str, subject: Option<&str>, emit: &mut impl FnMut(String)) -> Option<String> {
    let word = word.replace('\u{2019}', "");
    if let Some((letters, number)) = course_code(&word) {
        emit(stem(letters));
        emit(number.to_owned());
        emit(word.clone());
        return None;
    }
    if let Some(subject) = subject
        && is_course_number(&word)
    {
        emit(format!("{subject}{word}"));
    }
    emit(stem(&word));
    is_subject(&word).then_some(word)
}

fn visit_pairs(run: &[char], emit: &mut impl FnMut(String)) {
    if let [single] = run {
        return emit(single.to_string());
    }
    for pair in run.windows(2) {
        emit(pair.iter().collect());
    }
}

fn stem(word: &str) -> String {
    let cut: String = word.chars().take(MAX_TERM_CHARS).collect();
    if cut.is_ascii() { STEMMER.with(|stemmer| stemmer.stem(&cut).into_owned()) } else { cut }
}

/// Splits `compsci201` into its subject and number.
fn course_code(word: &str) -> Option<(&str, &str)> {
    let digits = word.find(|c: char| c.is_ascii_digit())?;
    let (letters, number) = word.split_at(digits);
    (is_subject(letters) && is_course_number(number)).then_some((letters, number))
}

fn is_subject(word: &str) -> bool {
    (2..=10).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Three digits, with at most one letter behind them.
fn is_course_number(word: &str) -> bool {
    let digits = word.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(word);
    digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The analyser as tantivy knows it.
#[derive(Clone, Default)]
pub(super) struct Analyser;

/// Terms already made, handed over one by one. Offsets are not kept: nothing asks tantivy for snippets.
pub(super) struct Terms {
    terms: std::vec::IntoIter<String>,
    token: Token,
}

impl Tokenizer for Analyser {
    type TokenStream<'a> = Terms;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Terms {
        Terms { terms: analyse(text).into_iter(), token: Token::default() }
    }
}

impl TokenStream for Terms {
    fn advance(&mut self) -> bool {
        let Some(term) = self.terms.next() else { return false };
        self.token.text = term;
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(text: &str, term: &str) -> bool {
        analyse(text).iter().any(|have| have == term)
    }

    #[test]
    fn a_course_code_is_one_term_however_it_is_written() {
        for text in [
            "COMPSCI 201",
            "COMPSCI201",
            "compsci-201",
            "(COMPSCI\u{2011}201)",
            "ＣＯＭＰＳＣＩ ２０１",
            "先修COMPSCI 201课",
        ] {
            for term in ["compsci201", "compsci", "201"] {
                assert!(has(text, term), "{term} in {text}: {:?}", analyse(text));
            }
        }
        assert!(has("MATH 105L", "math105l"));
        assert!(!has("COMPSCI, 201", "compsci201"));
        assert!(!has("room 2010", "room2010"));
    }

    #[test]
    fn english_words_meet_in_their_stem() {
        assert_eq!(analyse("requirements Required"), analyse("requirement require"));
        assert_eq!(analyse("Don't"), analyse("don\u{2019}t"));
    }

    /// A new release of the stemmer may change what this gives: then `VERSION` has to rise.
    #[test]
    fn the_terms_of_this_version() {
        let text = "Graduating students' prerequisites (COMPSCI 201), 2025年秋季学期的选课 カレー 한국어";
        assert_eq!(
            analyse(text),
            [
                "graduat",
                "student",
                "prerequisit",
                "compsci",
                "compsci201",
                "201",
                "2025",
                "年秋",
                "秋季",
                "季学",
                "学期",
                "期的",
                "的选",
                "选课",
                "カレ",
                "レー",
                "한국",
                "국어"
            ]
        );
        assert_eq!(VERSION, 1);
    }

    #[test]
    fn pairs_overlap_and_a_single_character_stays() {
        assert_eq!(analyse("奖学金"), ["奖学", "学金"]);
        assert_eq!(analyse("金"), ["金"]);
    }

    #[test]
    fn a_question_is_asked_by_what_it_is_about() {
        assert_eq!(query_terms("What are the requirements of the major?"), ["requir", "major"]);
        assert_eq!(query_terms("请问奖学金是什么"), ["问奖", "奖学", "学金", "金是"]);
        // Nothing but such words: then they are what is looked for.
        assert_eq!(query_terms("what is it"), ["what", "is", "it"]);
    }

    #[test]
    fn no_input_is_too_odd() {
        for text in ["", "\u{0}", "''''", "\u{202e}\u{feff}", &"x".repeat(100_000), "🎓🎓", "a\u{301}\u{301}"]
        {
            for term in analyse(text) {
                assert!(term.chars().count() <= MAX_TERM_CHARS + 11 && !term.is_empty());
            }
        }
    }
}
