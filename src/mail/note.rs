//! Short mails of the program about itself, in both languages: those who get them have not said which they read.

use askama::Template;

use super::{frame::Frame, letter::Letter};
use crate::platform::locale::Language;

/// The same paragraphs in one language.
struct Part {
    language: &'static str,
    lines: Vec<String>,
}

#[derive(Template)]
#[template(path = "mail/note.html")]
struct NotePage<'a> {
    frame: Frame,
    parts: &'a [Part],
}

#[derive(Template)]
#[template(path = "mail/note.txt")]
struct NoteText<'a> {
    parts: &'a [Part],
    footers: [String; 2],
}

/// A letter of `kind` whose subject is in English, and whose paragraphs `lines` says in each language.
pub fn letter(
    kind: &'static str,
    subject: String,
    lines: impl Fn(Language) -> Vec<String>,
) -> anyhow::Result<Letter> {
    let languages = [Language::English, Language::Chinese];
    let parts = languages.map(|language| Part { language: language.html(), lines: lines(language) });
    let preview = parts[0].lines.first().cloned().unwrap_or_default();
    let footers = languages.map(|language| language.text("mail-footer"));
    let frame =
        Frame { footer: footers.join(" "), ..Frame::new(subject.clone(), preview, Language::English) };
    let text = NoteText { parts: &parts, footers }.render()?;
    let html = NotePage { frame, parts: &parts }.render()?;
    Ok(Letter::new(kind, subject, text)?.html(html))
}

/// A letter by which one can see whether mail arrives.
pub fn test() -> anyhow::Result<Letter> {
    let subject = Language::English.text("mail-test-subject");
    letter("test", subject, |language| vec![language.text("mail-test-text")])
}
