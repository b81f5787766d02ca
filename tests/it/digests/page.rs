//! What a mail's page is made of.

use scraper::{ElementRef, Html, Node};

/// The elements that our own templates have.
const OURS: [&str; 18] = [
    "html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr", "td", "th", "img",
    "span", "p", "a", "br", "h1",
];
const OURS_TOO: [&str; 2] = ["h2", "h3"];
/// Where its links lead.
const DASHBOARD: &str = "http://localhost:8000/en/admin/chat/feedback/";

/// The elements of a page in order, each with its attributes; ids of rows and times are all the same.
pub fn structure(html: &str) -> Vec<String> {
    let page = Html::parse_document(html);
    let elements = page.tree.nodes().filter_map(ElementRef::wrap);
    elements
        .map(|element| {
            let attributes = element.value().attrs().map(|(name, value)| {
                let value = if name == "href" { without_digits(value) } else { value.to_owned() };
                format!(" {name}={value:?}")
            });
            format!("{}{}", element.value().name(), attributes.collect::<String>())
        })
        .collect()
}

/// Checks that a page has nothing in it that is not ours, and that nothing on it can become a link.
#[track_caller]
pub fn assert_ours(html: &str) {
    let page = Html::parse_document(html);
    let mut pictures = 0;
    for node in page.tree.nodes() {
        match node.value() {
            Node::Element(element) => {
                let name = element.name();
                assert!(OURS.contains(&name) || OURS_TOO.contains(&name), "<{name}> in\n{html}");
                for (attribute, value) in element.attrs() {
                    assert!(!attribute.starts_with("on"), "{attribute}={value}");
                    match attribute {
                        "href" => assert!(value.starts_with(DASHBOARD), "{value}"),
                        "src" => {
                            assert_eq!((name, value), ("img", "cid:logo"));
                            pictures += 1;
                        }
                        "style" => assert!(!value.contains("url("), "{value}"),
                        "action" | "srcset" | "background" | "http-equiv" => panic!("{attribute}={value}"),
                        _ => {}
                    }
                }
            }
            Node::Text(text) => {
                let parent = node.parent().and_then(ElementRef::wrap).map(|parent| parent.value().name());
                if parent != Some("style") {
                    assert_plain(text);
                }
            }
            _ => {}
        }
    }
    assert_eq!(pictures, 1);
}

/// Checks that no program makes a link of any part of a text.
#[track_caller]
pub fn assert_plain(text: &str) {
    let lower = text.to_lowercase();
    for sign in ["://", "www.", "mailto:", "javascript:", "tel:", "data:"] {
        assert!(!lower.contains(sign), "{sign} in {text}");
    }
    for (at, c) in text.char_indices() {
        let invisible = c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        assert!(!invisible, "{c:?} in {text:?}");
        let before = text[..at].chars().next_back().unwrap_or(' ');
        let after = text[at + c.len_utf8()..].chars().next().unwrap_or(' ');
        let joins =
            before.is_alphanumeric() && (after.is_alphabetic() || (c == '@' && after.is_alphanumeric()));
        assert!(!(matches!(c, '.' | '@') && joins), "a name in {text:?}");
    }
}

fn without_digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}
