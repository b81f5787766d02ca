//! HTML pages, as Markdown.

use html2text::config;

use super::{Refusal, child::Whole, plain};

/// Wide enough that paragraphs stay in one line.
const WIDTH: usize = 10_000;

pub(super) fn read(bytes: &[u8]) -> Result<Whole, Refusal> {
    let markup = plain::decode(bytes);
    let text = as_text(&markup).ok_or(Refusal::Broken)?;
    let title = title(&markup).and_then(as_text).map(|title| title.trim().to_owned());
    Ok(Whole { title: title.filter(|title| !title.is_empty()), text })
}

fn as_text(markup: &str) -> Option<String> {
    let text = config::plain_no_decorate().no_table_borders().string_from_read(markup.as_bytes(), WIDTH);
    text.ok()
}

fn title(markup: &str) -> Option<&str> {
    let lower = markup.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    Some(&markup[start..end])
}
