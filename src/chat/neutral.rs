//! Bot text made harmless for a client that renders Markdown without sanitising it.
//!
//! Outside code, `<` before a letter, `/`, `!` or `?` becomes `&lt;`, and links may lead to the web, to mail and to
//! relative addresses only. Inside code the text has to stay as it is, and there lies the danger: where this file
//! sees code and the client does not, an attacker has a hole. So only the plainest code counts: a fence that begins
//! at the margin, and a span of single backticks within a line. Whatever else might shift the borders of code for
//! the client (indented fences, link definitions, spans that do not close) ends that trust, for the paragraph or for
//! good; then code is neutralised too, which looks odd and harms nobody.

/// The neutral form of a whole text.
pub fn neutralise(text: &str) -> String {
    let mut neutral = Neutral::default();
    let mut out = neutral.push(text);
    out.push_str(&neutral.finish());
    out
}

/// Neutralises a text that comes in pieces. Holds back no more than it has to see.
#[derive(Debug)]
pub struct Neutral {
    held: String,
    place: Place,
    /// How code is believed in.
    trust: Trust,
    /// The character before the held text.
    last: char,
    /// Whether anything but white space has come.
    begun: bool,
    /// Whether the line so far allows a code span.
    plain_line: bool,
    /// Whether the line so far is blank.
    blank_line: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Text,
    /// In fenced code, between marks of this kind and length.
    Fence(char, usize),
    /// At the beginning of a link's target.
    Target,
    /// In a target that is not let through.
    BadTarget,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    Full,
    /// No code spans until the paragraph ends.
    Fences,
    /// No code at all any more.
    None,
}

/// Longest first line of a fence, and longest code span.
const MAX_CODE_LINE: usize = 400;

impl Default for Neutral {
    fn default() -> Self {
        Self {
            held: String::new(),
            place: Place::Text,
            trust: Trust::Full,
            last: '\n',
            begun: false,
            plain_line: true,
            blank_line: true,
        }
    }
}

impl Neutral {
    /// Takes more text and answers what of it can be shown.
    pub fn push(&mut self, text: &str) -> String {
        self.held.push_str(text);
        self.release(false)
    }

    /// The rest.
    pub fn finish(&mut self) -> String {
        self.release(true)
    }

    fn release(&mut self, ended: bool) -> String {
        let mut out = String::new();
        while let Some(taken) = self.step(ended, &mut out) {
            self.pass(taken);
        }
        out
    }

    /// Shows the beginning of the held text; answers how many bytes that was, or `None` to wait for more.
    fn step(&mut self, ended: bool, out: &mut String) -> Option<usize> {
        let first = self.held.chars().next()?;
        if first == '\r' {
            // The client reads `\r\n` and `\r` as `\n`.
            let next = self.held[1..].chars().next();
            if next.is_none() && !ended {
                return None;
            }
            if next != Some('\n') {
                self.held.replace_range(..1, "\n");
                return self.step(ended, out);
            }
            self.held.drain(..1);
            return self.step(ended, out);
        }
        match self.place {
            Place::Fence(mark, length) => self.in_fence(mark, length, ended, out),
            Place::Target => self.target(ended, out),
            Place::BadTarget => Some(self.bad_target(first)),
            Place::Text => self.in_text(first, ended, out),
        }
    }

    fn in_text(&mut self, first: char, ended: bool, out: &mut String) -> Option<usize> {
        if matches!(first, '`' | '~') {
            return self.marks(first, ended, out);
        }
        match first {
            '<' => {
                let next = self.held[1..].chars().next();
                if next.is_none() && !ended {
                    return None;
                }
                let opens = next.is_some_and(|c| c.is_alphabetic() || matches!(c, '/' | '!' | '?'));
                // The client inserts a whole message as HTML when it begins with `<`.
                out.push_str(if opens || !self.begun { "&lt;" } else { "<" });
                self.plain_line = false;
                Some(1)
            }
            ']' => {
                let next = self.held[1..].chars().next();
                if next.is_none() && !ended {
                    return None;
                }
                self.plain_line = false;
                out.push(']');
                match next {
                    Some('(') => self.place = Place::Target,
                    Some(':') => {
                        // It may define a link, and a definition can swallow what looks like the border of code.
                        self.place = Place::Target;
                        self.trust = Trust::None;
                    }
                    _ => return Some(1),
                }
                out.push(next.unwrap_or('('));
                Some(2)
            }
            '\\' => {
                let Some(next) = self.held[1..].chars().next() else {
                    return if ended { self.copy(1, out) } else { None };
                };
                self.plain_line = false;
                if matches!(next, '<' | '\n' | '\r') {
                    self.copy(1, out)
                } else {
                    self.copy(1 + next.len_utf8(), out)
                }
            }
            _ => {
                if matches!(first, '[' | '|') {
                    self.plain_line = false;
                }
                self.copy(first.len_utf8(), out)
            }
        }
    }

    /// Backticks and tildes: a fence, a span, or what makes us careful.
    fn marks(&mut self, mark: char, ended: bool, out: &mut String) -> Option<usize> {
        let run = self.held.bytes().take_while(|byte| char::from(*byte) == mark).count();
        if run == self.held.len() && !ended {
            return None;
        }
        if run >= 3 {
            return self.open_fence(mark, run, ended, out);
        }
        if mark == '~' {
            self.plain_line = false;
            return self.copy(run, out);
        }
        let spaced = self.last.is_whitespace();
        if run > 1 || !self.plain_line || !spaced || self.trust != Trust::Full {
            self.distrust_paragraph();
            return self.copy(run, out);
        }
        let rest = &self.held[1..];
        match rest.find(['`', '\n', '\r', '|', '~', '[', ']', '\\']) {
            Some(at) if rest[at..].starts_with('`') => {
                let after = rest[at + 1..].chars().next();
                if after.is_none() && !ended {
                    return None;
                }
                if after == Some('`') || at == 0 {
                    self.distrust_paragraph();
                    return self.copy(1, out);
                }
                self.copy(at + 2, out)
            }
            None if !ended && rest.len() <= MAX_CODE_LINE => None,
            _ => {
                self.distrust_paragraph();
                self.copy(1, out)
            }
        }
    }

    /// Three marks or more: the beginning of a fence when they stand at the margin and nothing odd follows.
    fn open_fence(&mut self, mark: char, run: usize, ended: bool, out: &mut String) -> Option<usize> {
        let rest = &self.held[run..];
        let line = rest.find(['\n', '\r']);
        if line.is_none() && !ended && rest.len() <= MAX_CODE_LINE {
            return None;
        }
        let at_margin = self.last == '\n';
        let clean = line.is_some_and(|end| end <= MAX_CODE_LINE && !rest[..end].contains(['`', '~', '<']));
        if at_margin && clean && self.trust != Trust::None {
            self.place = Place::Fence(mark, run);
            return self.copy(run + line.unwrap_or(0), out);
        }
        self.trust = Trust::None;
        self.copy(run, out)
    }

    /// Lines of code pass as they are, up to the line that closes them.
    fn in_fence(&mut self, mark: char, length: usize, ended: bool, out: &mut String) -> Option<usize> {
        if self.last != '\n' {
            let end = self.held.find('\n').map_or(self.held.len(), |at| at + 1);
            return self.copy(end, out);
        }
        let line_end = self.held.find('\n');
        let line = &self.held[..line_end.unwrap_or(self.held.len())];
        let marks = line.trim_start();
        let whole = line_end.is_some() || ended;
        let may_close = marks.is_empty() || marks.starts_with(mark);
        if may_close && !whole && line.len() <= MAX_CODE_LINE {
            return None;
        }
        let end = line_end.map_or(self.held.len(), |at| at + 1);
        let run = marks.chars().take_while(|c| *c == mark).count();
        if run >= length {
            let proper = line.len() - marks.len() <= 3 && marks[run..].trim_matches([' ', '\r']).is_empty();
            self.place = Place::Text;
            if !proper {
                // The client may or may not take this line for the end.
                self.trust = Trust::None;
                return Some(0);
            }
        }
        self.copy(end, out)
    }

    /// Where does a link lead? Its first characters tell.
    fn target(&mut self, ended: bool, out: &mut String) -> Option<usize> {
        let Some((at, c)) =
            self.held.char_indices().find(|(_, c)| !(c.is_ascii_alphanumeric() || "+.-_".contains(*c)))
        else {
            if !ended && self.held.len() <= 64 {
                return None;
            }
            self.place = Place::Text;
            return Some(0);
        };
        if at == 0 && c.is_whitespace() {
            return self.copy(c.len_utf8(), out);
        }
        if at == 0 && c == '<' {
            self.place = Place::Text;
            out.push_str("&lt;");
            return Some(1);
        }
        let scheme = self.held[..at].to_ascii_lowercase();
        let leads_away = c == ':' && !["http", "https", "mailto", "tel"].contains(&scheme.as_str());
        if leads_away || c == '&' || c == '\\' || c.is_control() {
            out.push('#');
            self.place = Place::BadTarget;
            return Some(0);
        }
        self.place = Place::Text;
        Some(0)
    }

    fn bad_target(&mut self, first: char) -> usize {
        if first.is_whitespace() || first == ')' {
            self.place = Place::Text;
            return 0;
        }
        first.len_utf8()
    }

    fn distrust_paragraph(&mut self) {
        if self.trust == Trust::Full {
            self.trust = Trust::Fences;
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "the answer of a step, which every step ends with")]
    fn copy(&self, bytes: usize, out: &mut String) -> Option<usize> {
        out.push_str(&self.held[..bytes]);
        Some(bytes)
    }

    /// Notes what has been shown.
    fn pass(&mut self, bytes: usize) {
        for c in self.held[..bytes].chars() {
            if c == '\n' {
                if self.blank_line && self.trust == Trust::Fences {
                    self.trust = Trust::Full;
                }
                self.plain_line = true;
                self.blank_line = true;
            } else if !matches!(c, ' ' | '\t') {
                self.blank_line = false;
            }
            self.begun |= !c.is_whitespace();
            self.last = c;
        }
        self.held.drain(..bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The neutral form, however the text was cut into pieces.
    fn neutral(text: &str) -> String {
        let whole = neutralise(text);
        let mut pieces = Neutral::default();
        let mut out: String = text.chars().map(|c| pieces.push(&c.to_string())).collect();
        out.push_str(&pieces.finish());
        assert_eq!(out, whole, "pieces of one character");
        whole
    }

    #[test]
    fn tags_lose_their_bracket_and_comparisons_keep_it() {
        assert_eq!(neutral("a <img src=x onerror=alert(1)> b"), "a &lt;img src=x onerror=alert(1)> b");
        assert_eq!(neutral("</script><!-- --><?php"), "&lt;/script>&lt;!-- -->&lt;?php");
        assert_eq!(neutral("1 < 2 and 3 <4, I <3 it"), "1 < 2 and 3 <4, I <3 it");
        assert_eq!(neutral("ends with <"), "ends with <");
    }

    #[test]
    fn a_message_never_begins_with_a_bracket() {
        assert_eq!(neutral("<3 you"), "&lt;3 you");
        assert_eq!(neutral(" \n< x"), " \n&lt; x");
    }

    #[test]
    fn plain_code_stays_as_it_is() {
        for text in [
            "```html\n<img src=x>\n```\nafter",
            "Text:\n\n~~~\n<b>\n~~~\n",
            "Use `Vec<T>` and `Box<U>` here.",
            "```\nunclosed <b>",
            "a\n\n```rust\nlet x: Vec<u8>;\n```\n\nb `<i>` c",
        ] {
            assert_eq!(neutral(text), text);
        }
    }

    #[test]
    fn what_only_looks_like_code_is_not_trusted() {
        for hostile in [
            "` <img src=x>",
            "`a\nb` <img src=x> `c`",
            "| ` | <img src=x> ` |",
            "\\` <img src=x> `",
            "[a](`) <img src=x> `",
            "~~a ` b~~ <img src=x> `",
            "http://a.b/` <img src=x> `",
            "  ```\na\n```\n<img src=x>",
            "- item\n\n  ```\n  code\n<img src=x>",
            "> ```\n> a\n\n```\n<img src=x>",
            "[a]:\n```\n<img src=x>\n```",
            "[a]: x \"\n\n```\n\"\n<img src=x>\n```",
            "``` `\n<img src=x>\n```",
            "```\na\n``` b\n<img src=x>\n```\n<img src=x>",
            "`` ` <img src=x> ``",
        ] {
            assert!(!neutral(hostile).contains("<img"), "{hostile:?} -> {:?}", neutral(hostile));
        }
    }

    #[test]
    fn links_lead_to_the_web_or_nowhere() {
        assert_eq!(neutral("[a](javascript:alert(1)) b"), "[a](#)) b");
        assert_eq!(neutral("[a]( java&#115;cript:x) b"), "[a]( #) b");
        assert_eq!(neutral("[a](JaVaScRiPt:x)"), "[a](#)");
        assert_eq!(neutral("![a](data:text/html,x)"), "![a](#)");
        assert_eq!(neutral("[a](< javascript:x>)"), "[a](&lt; javascript:x>)");
        assert_eq!(neutral("[a]: javascript:x"), "[a]: #");
        for fine in [
            "[a](https://dku.edu/x?y#z)",
            "[a](/user_files/3/content)",
            "[a](mailto:a@b.c)",
            "[1](#top)",
            "[a](page.html)",
        ] {
            assert_eq!(neutral(fine), fine);
        }
    }

    #[test]
    fn trust_returns_with_the_next_paragraph() {
        assert_eq!(neutral("a ` b\n\nuse `<b>` now"), "a ` b\n\nuse `<b>` now");
        assert_eq!(neutral("a ` b\nuse `<b>` now"), "a ` b\nuse `&lt;b>` now");
    }

    proptest::proptest! {
        #[test]
        fn no_tag_survives_outside_of_code(text in "[a<>`~\\[\\]():|\\\\! \n/\r-]{0,40}") {
            let out = neutral(&text);
            // Without a backtick or tilde there is no code, and so no tag at all.
            if !out.contains(['`', '~']) {
                proptest::prop_assert!(!out.contains("<a") && !out.contains("</") && !out.contains("<!"));
            }
        }
    }
}
