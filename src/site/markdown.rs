//! Markdown to HTML that is safe to show, with citation marks as links.

use std::{
    collections::HashSet,
    fmt::{self, Display},
    sync::LazyLock,
};

use ammonia::Builder;
use askama::filters::HtmlSafe;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags: HashSet<&str> = "a blockquote br code del em h1 h2 h3 h4 h5 h6 hr li ol p pre strong table tbody td th thead tr ul sup"
        .split(' ')
        .collect();
    let mut cleaner = Builder::default();
    cleaner
        .tags(tags)
        .tag_attributes([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))].into())
        .allowed_classes([("a", HashSet::from(["cite"]))].into())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("noopener noreferrer nofollow"));
    cleaner
});

/// HTML that may be shown as it stands: nothing outside of this file can make one.
#[derive(Clone, Debug, Default)]
pub(super) struct Html(String);

impl Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// The one place where text from outside reaches a page without being escaped there: it has been cleaned here.
impl HtmlSafe for Html {}

/// Renders `text`. `[n]` for a number of `cited` becomes a link to `#<anchor>-n`.
pub(super) fn render(text: &str, anchor: &str, cited: &[i32]) -> Html {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut in_code = false;
    let mut events: Vec<Event<'_>> = Vec::new();
    for event in merged(Parser::new_ext(text, options)) {
        match event {
            Event::Start(Tag::CodeBlock(_)) | Event::End(TagEnd::CodeBlock) => {
                in_code = !in_code;
                events.push(event);
            }
            // What was meant as text stays text.
            Event::Html(text) | Event::InlineHtml(text) => events.push(Event::Text(text)),
            // A single line break is one to the reader too, as in the web client.
            Event::SoftBreak => events.push(Event::HardBreak),
            Event::Text(text) if !in_code => push_with_citations(&mut events, &text, anchor, cited),
            other => events.push(other),
        }
    }
    let mut out = String::with_capacity(text.len() * 2);
    html::push_html(&mut out, events.into_iter());
    Html(CLEANER.clean(&out).to_string())
}

/// A question as its writer typed it: lines stay lines, nothing is formatted.
pub(super) fn plain(text: &str) -> Html {
    let escaped = ammonia::clean_text(text.trim());
    Html(format!("<p>{}</p>", escaped.replace("&#10;", "\n").replace('\n', "<br>")))
}

/// The parser cuts text at every bracket; a citation mark has to be seen whole.
fn merged<'a>(parser: impl Iterator<Item = Event<'a>>) -> Vec<Event<'a>> {
    let mut events: Vec<Event<'a>> = Vec::new();
    for event in parser {
        match (events.last_mut(), event) {
            (Some(Event::Text(last)), Event::Text(more)) => *last = CowStr::from(format!("{last}{more}")),
            (_, event) => events.push(event),
        }
    }
    events
}

fn push_with_citations(events: &mut Vec<Event<'_>>, text: &str, anchor: &str, cited: &[i32]) {
    let mut rest = text;
    while let Some((before, number, after)) = next_mark(rest, cited) {
        if !before.is_empty() {
            events.push(Event::Text(before.to_owned().into()));
        }
        let link = format!("<sup><a class=\"cite\" href=\"#{anchor}-{number}\">{number}</a></sup>");
        events.push(Event::InlineHtml(link.into()));
        rest = after;
    }
    if !rest.is_empty() {
        events.push(Event::Text(rest.to_owned().into()));
    }
}

/// The first mark of a number that is cited, with what stands before and after it.
fn next_mark<'t>(text: &'t str, cited: &[i32]) -> Option<(&'t str, i32, &'t str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('[').map(|at| from + at) {
        let close = text[open..].find(']').map(|at| open + at)?;
        match text[open + 1..close].parse() {
            Ok(number) if cited.contains(&number) => {
                return Some((&text[..open], number, &text[close + 1..]));
            }
            _ => from = open + 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citation_marks_become_links_and_other_brackets_stay() {
        let html = render("It is so [1][2], see [9] and [note].", "m7", &[1, 2]).0;
        assert_eq!(
            html,
            "<p>It is so <sup><a class=\"cite\" href=\"#m7-1\" rel=\"noopener noreferrer nofollow\">1</a></sup>\
             <sup><a class=\"cite\" href=\"#m7-2\" rel=\"noopener noreferrer nofollow\">2</a></sup>, see [9] and [note].</p>\n"
        );
        assert!(render("`a[1]`\n\n```\nb[1]\n```", "m7", &[1]).0.contains("a[1]"));
    }

    #[test]
    fn nothing_hostile_survives() {
        for text in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[a](javascript:alert(1))",
            "![a](https://evil.example/x.png)",
            "<a href=\"javascript:x\" onclick=\"y\">z</a>",
            "```html\n<script>alert(1)</script>\n```",
            "[a](data:text/html,<script>alert(1)</script>)",
        ] {
            let html = scraper::Html::parse_fragment(&render(text, "m7", &[]).0);
            for element in html.root_element().descendent_elements() {
                assert!(!["script", "img"].contains(&element.value().name()), "{text} -> {}", html.html());
                for (name, value) in element.value().attrs() {
                    let hostile = name.starts_with("on") || (name == "href" && !value.starts_with('#'));
                    assert!(!hostile, "{text} -> {}", html.html());
                }
            }
        }
        assert_eq!(plain("<b>\nx").0, "<p>&lt;b&gt;<br>x</p>");
    }

    #[test]
    fn tables_lists_and_code_are_rendered() {
        let html = render("| a | b |\n|---|---|\n| 1 | 2 |\n\n- x\n- y\n\n`<T>`", "m7", &[]).0;
        for wanted in ["<table>", "<td>1</td>", "<li>x</li>", "<code>&lt;T&gt;</code>"] {
            assert!(html.contains(wanted), "{html}");
        }
    }
}
