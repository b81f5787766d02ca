//! Sentences of a passage, as a reader would copy them out.

use unicode_segmentation::UnicodeSegmentation;

use crate::platform::text::one_line;

const MAX_CHARS: usize = 420;
const MIN_CHARS: usize = 12;
const MIN_WIDE_CHARS: usize = 6;

/// The sentences of `text`, lines joined that only the page's width broke. Headings and crumbs are left out.
pub(super) fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for paragraph in paragraphs(text) {
        let mut open = String::new();
        for part in paragraph.split_sentence_bounds() {
            open.push_str(part);
            if !is_abbreviated(&open) {
                keep(&mut found, &open);
                open.clear();
            }
        }
        keep(&mut found, &open);
    }
    found
}

/// Blocks of lines that belong together.
fn paragraphs(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut fresh = true;
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            fresh = true;
            continue;
        }
        let (item, line) = without_bullet(line);
        match blocks.last_mut() {
            Some(last) if !fresh && !item => join(last, line),
            _ => blocks.push(line.to_owned()),
        }
        fresh = false;
    }
    blocks
}

/// Han text needs no blank where a line breaks.
fn join(block: &mut String, line: &str) {
    let wide = |c: Option<char>| c.is_some_and(|c| ('\u{2e80}'..='\u{ffef}').contains(&c));
    if !(wide(block.chars().next_back()) || wide(line.chars().next())) {
        block.push(' ');
    }
    block.push_str(line);
}

fn without_bullet(line: &str) -> (bool, &str) {
    for bullet in ["• ", "- ", "* ", "– ", "· ", "▪ ", "● ", "○ ", "◦ ", "> "] {
        if let Some(rest) = line.strip_prefix(bullet) {
            return (true, rest.trim_start());
        }
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = (1..=2).contains(&digits)
        && line[digits..].starts_with([')', '.'])
        && line[digits + 1..].starts_with(' ');
    if numbered { (true, line[digits + 2..].trim_start()) } else { (false, line) }
}

/// Whether a sentence that seems to end here only holds an abbreviation.
fn is_abbreviated(text: &str) -> bool {
    let last = text.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase();
    ["e.g.", "i.e.", "dr.", "prof.", "no.", "vs.", "etc.", "p.", "pp.", "st.", "mr.", "ms.", "a.m.", "p.m."]
        .contains(&last.trim_start_matches('('))
}

fn keep(found: &mut Vec<String>, sentence: &str) {
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let text = without_markers(&words.join(" "));
    let wide = text.chars().filter(|c| ('\u{2e80}'..='\u{ffef}').contains(c)).count();
    if text.chars().count() < MIN_CHARS && wide < MIN_WIDE_CHARS || is_line_of_contents(&text) {
        return;
    }
    found.push(shorten(text));
}

/// A table of contents has all the right words and says nothing: its lines are told by the dots that lead to the page.
fn is_line_of_contents(text: &str) -> bool {
    [". . . .", "....", "……", "· · · ·", "····"].iter().any(|dots| text.contains(dots))
}

/// A number in brackets would pass for one of our citations, and marks of Markdown for formatting.
pub(super) fn without_markers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let inside = &rest[at + 1..];
        let digits = inside.bytes().take_while(|byte| byte.is_ascii_digit() || b", ".contains(byte)).count();
        out.push_str(&rest[..at]);
        if digits > 0 && inside[digits..].starts_with(']') {
            rest = &inside[digits + 1..];
        } else {
            out.push('(');
            rest = inside;
        }
    }
    out.push_str(rest);
    one_line(&out.replace(']', ")").replace(['`', '*', '|'], " "))
}

fn shorten(text: String) -> String {
    if text.chars().count() <= MAX_CHARS {
        return text;
    }
    let cut: String = text.chars().take(MAX_CHARS).collect();
    let end = cut.rfind(' ').filter(|end| *end > cut.len() / 2).unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_broken_by_the_page_are_one_sentence() {
        let text = "Students must complete\n136 credits. They may\ntake more.";
        assert_eq!(sentences(text), ["Students must complete 136 credits.", "They may take more."]);
        assert_eq!(
            sentences("学生需要完成一百三十六\n个学分。可以多修一些课程。"),
            ["学生需要完成一百三十六个学分。", "可以多修一些课程。"]
        );
    }

    #[test]
    fn items_stay_apart_and_headings_are_no_sentences() {
        let text = "## Deadlines\n- Fall term: 15 March\n- Spring term: 15 October\n1. Write to the office\n2. Wait for the letter";
        assert_eq!(
            sentences(text),
            ["Fall term: 15 March", "Spring term: 15 October", "Write to the office", "Wait for the letter"]
        );
    }

    #[test]
    fn a_table_of_contents_is_no_text() {
        let text = "Class groups . . . . . . . . 12\nClass fields .......... 14\n\nClass groups are finite.";
        assert_eq!(sentences(text), ["Class groups are finite."]);
    }

    #[test]
    fn what_looks_like_a_citation_is_taken_out() {
        assert_eq!(
            sentences("As shown in [3, 4] the *library* [sic] opens."),
            ["As shown in the library (sic) opens."]
        );
    }

    #[test]
    fn an_abbreviation_does_not_end_a_sentence() {
        assert_eq!(
            sentences("Bring a card, e.g. a passport, to Prof. Lin's office."),
            ["Bring a card, e.g. a passport, to Prof. Lin's office."]
        );
    }
}
