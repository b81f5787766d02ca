//! Text of others, made fit for a mail.
//!
//! The templates escape it. What is left to do is what programs that show mail do by themselves: they make links of
//! addresses, and follow characters that turn the direction of a line or show nothing at all.

use unicode_normalization::UnicodeNormalization;

use crate::platform::text::{beginning, one_line};

/// What stands for the address of a page.
const LINK: &str = "[link]";
/// What stands for a mail address.
const ADDRESS: &str = "[address]";
/// What stands for a number that may be a person's: of a phone, a student, a passport.
const NUMBER: &str = "[number]";
/// Digits of a number that may be a person's.
const LONG_NUMBER: usize = 7;
/// What makes a link of what follows it, besides `://`.
const SCHEMES: [&str; 7] = ["www.", "mailto:", "javascript:", "data:", "tel:", "sms:", "xmpp:"];

/// Punctuation before a link, and behind it.
const OPENING: [char; 6] = ['(', '[', '{', '<', '"', '\''];
const CLOSING: [char; 12] = [')', ']', '}', '>', '"', '\'', '.', ',', ';', ':', '!', '?'];

/// A text in one line of at most `max_chars` characters, in which nothing can become a link.
pub(super) fn line(text: &str, max_chars: usize) -> String {
    let plain: String =
        text.nfkc().map(|c| if is_blank(c) { ' ' } else { c }).filter(|c| is_shown(*c)).collect();
    let words = words(&plain, |run| Some(unlinked(run)));
    let apart = domains_apart(&words);
    beginning(&one_line(&apart), max_chars)
}

/// Replaces runs of ASCII letters, digits and signs; `None` leaves them. Text in scripts without spaces stands between.
pub(super) fn words(text: &str, replace: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let inside = first.is_ascii_graphic();
        let end = rest.find(|c: char| c.is_ascii_graphic() != inside).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        match inside.then(|| replace(run)).flatten() {
            Some(other) => out.push_str(&other),
            None => out.push_str(run),
        }
        rest = after;
    }
    out
}

fn is_blank(c: char) -> bool {
    c.is_control() || c.is_whitespace() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a character is seen, and leaves the direction of the line alone.
fn is_shown(c: char) -> bool {
    !matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffc}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// A run without what would become a link; punctuation around it stays.
fn unlinked(run: &str) -> String {
    let begins = run.trim_start_matches(OPENING);
    let core = begins.trim_end_matches(CLOSING);
    let Some(mark) = mark(core) else { return without_numbers(run) };
    let (opening, closing) = (&run[..run.len() - begins.len()], &begins[core.len()..]);
    format!("{opening}{mark}{closing}")
}

/// What stands for a run that would become a link as a whole.
fn mark(run: &str) -> Option<&'static str> {
    let lower = run.to_ascii_lowercase();
    if lower.contains("://") || SCHEMES.iter().any(|scheme| lower.contains(scheme)) {
        return Some(LINK);
    }
    let named = run.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    named.then_some(ADDRESS)
}

fn without_numbers(run: &str) -> String {
    let mut out = String::with_capacity(run.len());
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        out.push_str(if digits && part.len() >= LONG_NUMBER { NUMBER } else { part });
        rest = after;
    }
    out
}

/// A space behind each dot within a name, in whatever script: `example. edu` is read as before, and is no domain.
fn domains_apart(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        out.push(c);
        let after = chars.peek().copied().unwrap_or(' ');
        let between = match c {
            '.' => before.is_alphanumeric() || before == '-',
            // The full stop of Chinese ends sentences, but is a dot to those who look names up.
            '。' => before.is_ascii_alphanumeric() && after.is_ascii(),
            _ => false,
        };
        if between && after.is_alphabetic() {
            out.push(' ');
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_a_link() {
        for (text, expected) in [
            ("see https://evil.example/a?b=c now", "see [link] now"),
            ("请看https://evil.example/谢谢", "请看[link]谢谢"),
            ("ｈｔｔｐｓ：／／evil．example", "[link]"),
            ("h\u{200b}ttps://evil.example", "[link]"),
            ("WWW.evil.example!", "[link]!"),
            ("evil.example/login", "evil. example/login"),
            ("例子.中国", "例子. 中国"),
            ("evil。com", "evil。 com"),
            ("write to me@evil.example.", "write to [address]."),
            ("(javascript:alert(1))", "([link]))"),
            ("call 13800000000 or 0512-36657000", "call [number] or 0512-[number]"),
            ("GPA 3.5 of 4.0, v1.2.3, COMPSCI 201.", "GPA 3.5 of 4.0, v1.2.3, COMPSCI 201."),
            ("a\u{202e}b\r\nBcc: x\u{0}\u{7}y", "ab Bcc: x y"),
            ("毕业要求。See page 3", "毕业要求。See page 3"),
        ] {
            assert_eq!(line(text, 200), expected, "{text}");
        }
    }

    #[test]
    fn long_texts_are_cut_within_their_length() {
        for text in ["word ".repeat(300), "长".repeat(300), "👩‍🎓".repeat(300)] {
            let line = line(&text, 50);
            assert!((40..=50).contains(&line.chars().count()) && line.ends_with('…'), "{line}");
        }
        assert_eq!(line("short", 5), "short");
    }
}
