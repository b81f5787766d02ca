//! The guard that a model's text passes through while it streams.
//!
//! It keeps `[n]` for evidence n and drops other numbers, renumbers by first use, drops addresses that no evidence
//! has, and drops any list of references that the model writes itself. It holds back a few characters only: a marker
//! may come split over many pieces.

use std::collections::HashSet;

use super::{
    citations::Citation,
    reference_lines::{
        ENDS_SENTENCE, is_reference_heading, is_reference_item, is_reference_line, may_be_reference_line,
        may_begin_heading,
    },
    watched::{ADDRESSES, Reach, address_in, numbers},
};
use crate::knowledge::Passage;

/// Longest link that is recognised as one.
const MAX_LINK_CHARS: usize = 600;
/// Longest code span that is recognised as one.
const MAX_CODE_CHARS: usize = 400;

/// Guards the text of a model while it streams.
pub(super) struct Guard {
    evidence: Vec<Passage>,
    addresses: HashSet<String>,
    /// Evidence cited so far, in the order of its numbers.
    used: Vec<usize>,
    held: String,
    at_line_start: bool,
    /// The last character passed on: decides whether a word begins.
    last: char,
    /// The marks that close the fenced code we are in.
    fence: Option<String>,
    /// In a list of references that the model wrote itself.
    in_references: bool,
    /// In a line of references, of which the rest goes too.
    skipping: bool,
    /// Whether a sentence may begin: such a list need not have a line of its own.
    after_sentence: bool,
    repairs: usize,
}

/// What to do with the beginning of the held text.
enum Next {
    /// Pass on this many bytes as they are.
    Keep(usize),
    /// Pass on this in place of so many bytes.
    Replace(usize, String),
    /// The same, where so many numbers or addresses were in it that no evidence has.
    Repair(usize, String, usize),
    /// Wait for more.
    Wait,
}

impl Guard {
    /// A guard for an answer over `evidence`, numbered from 1 in the prompt.
    pub(super) fn new(evidence: Vec<Passage>) -> Self {
        let addresses = evidence.iter().filter_map(|passage| passage.url.clone()).collect();
        Self {
            evidence,
            addresses,
            used: Vec::new(),
            held: String::new(),
            at_line_start: true,
            last: '\n',
            fence: None,
            in_references: false,
            skipping: false,
            after_sentence: false,
            repairs: 0,
        }
    }

    /// The evidence so far, in the order of its numbers.
    pub(super) fn evidence(&self) -> &[Passage] {
        &self.evidence
    }

    /// Takes more evidence, and answers its number.
    pub(super) fn add(&mut self, passage: Passage) -> usize {
        self.addresses.extend(passage.url.clone());
        self.evidence.push(passage);
        self.evidence.len()
    }

    /// Lets an address stay that no evidence has.
    pub(super) fn allow(&mut self, address: String) {
        self.addresses.insert(address);
    }

    /// Takes more text and answers what of it can be shown.
    pub(super) fn push(&mut self, text: &str) -> String {
        self.held.push_str(text);
        self.release(false)
    }

    /// The rest.
    pub(super) fn finish(&mut self) -> String {
        self.release(true)
    }

    /// How much was cited.
    pub(super) fn cited(&self) -> usize {
        self.used.len()
    }

    /// What was cited, by number.
    pub(super) fn citations(&self) -> Vec<Citation> {
        let numbered = self.used.iter().enumerate();
        numbered
            .map(|(at, evidence)| {
                let passage = &self.evidence[*evidence];
                Citation::of(at + 1, passage, passage.text.trim())
            })
            .collect()
    }

    /// How many numbers and addresses were taken out because no evidence has them.
    pub(super) fn repairs(&self) -> usize {
        self.repairs
    }

    fn release(&mut self, ended: bool) -> String {
        let mut out = String::new();
        while !self.held.is_empty() {
            let (taken, shown) = match self.next(ended) {
                Next::Keep(bytes) => (bytes, self.held[..bytes].to_owned()),
                Next::Replace(bytes, with) => (bytes, with),
                Next::Repair(bytes, with, faults) => {
                    self.repairs += faults;
                    (bytes, with)
                }
                Next::Wait => break,
            };
            if let Some(last) = self.held[..taken].chars().next_back() {
                self.last = last;
                self.at_line_start = last == '\n';
            }
            if let Some(last) = self.held[..taken].trim_end().chars().next_back() {
                self.after_sentence = ENDS_SENTENCE.contains(&last);
            }
            self.held.drain(..taken);
            out.push_str(&shown);
        }
        out
    }

    fn next(&mut self, ended: bool) -> Next {
        if self.skipping {
            let line_end = self.held.find('\n');
            self.skipping = line_end.is_none();
            return Next::Replace(line_end.map_or(self.held.len(), |at| at + 1), String::new());
        }
        if self.at_line_start
            && let Some(next) = self.line_start(ended)
        {
            return next;
        }
        if self.fence.is_some() {
            let line = self.held.find('\n').map_or(self.held.len(), |at| at + 1);
            return Next::Keep(line);
        }
        let first = self.held.chars().next().unwrap_or_default();
        if !self.at_line_start
            && self.after_sentence
            && may_begin_heading(first)
            && let Some(next) = self.references_in_line(ended)
        {
            return next;
        }
        match first {
            '`' => self.code(ended),
            '[' => self.bracket(ended),
            // Behind a Han character or a digit a browser makes a link of an address all the same.
            'h' | 'H' | 'w' | 'W' if !self.last.is_ascii_alphabetic() => self.address(ended),
            _ => {
                let mut sentence = self.after_sentence;
                let mut special = |(at, c): (usize, char)| {
                    let heading = sentence && may_begin_heading(c);
                    if !c.is_whitespace() {
                        sentence = ENDS_SENTENCE.contains(&c);
                    }
                    at > 0 && (heading || matches!(c, '`' | '[' | '\n' | 'h' | 'H' | 'w' | 'W'))
                };
                let end = self
                    .held
                    .char_indices()
                    .find(|entry| special(*entry))
                    .map_or(self.held.len(), |(at, _)| at);
                // A line break ends its own piece, so that the next line is looked at from its start.
                Next::Keep(if first == '\n' { 1 } else { end })
            }
        }
    }

    /// Fences and reference headings are told by how a line begins. `None`: an ordinary line.
    fn line_start(&mut self, ended: bool) -> Option<Next> {
        let line_end = self.held.find('\n');
        let line = &self.held[..line_end.unwrap_or(self.held.len())];
        let whole = line_end.is_some() || ended;
        if let Some(fence) = &self.fence {
            // Nothing but marks, as many as opened it at least.
            let closing = line.trim().chars().all(|c| fence.starts_with(c));
            if !whole && closing {
                return Some(Next::Wait);
            }
            if closing && line.trim().len() >= fence.len() {
                self.fence = None;
                return Some(Next::Keep(line_end.map_or(line.len(), |at| at + 1)));
            }
            return None;
        }
        let marks = line.trim_start();
        if !whole && marks.len() < 3 && ("```".starts_with(marks) || "~~~".starts_with(marks)) {
            return Some(Next::Wait);
        }
        if marks.starts_with("```") || marks.starts_with("~~~") {
            if !whole && line.len() <= MAX_CODE_CHARS {
                return Some(Next::Wait);
            }
            let mark = marks.chars().next().unwrap_or('`');
            let fence: String = marks.chars().take_while(|c| *c == mark).collect();
            // With a mark behind them the marks are code in a line, and far from the margin they are code themselves.
            let in_line = mark == '`' && marks[fence.len()..].contains(mark);
            if !in_line && line.len() - marks.len() < 4 {
                self.fence = Some(fence);
                return None;
            }
        }
        if !whole && may_be_reference_line(line, self.in_references) {
            return Some(Next::Wait);
        }
        if is_reference_heading(line)
            || is_reference_line(line)
            || (self.in_references && is_reference_item(line))
        {
            return Some(self.drop_line());
        }
        self.in_references = false;
        None
    }

    /// A list of references that begins behind a sentence. `None`: an ordinary sentence.
    fn references_in_line(&mut self, ended: bool) -> Option<Next> {
        let line_end = self.held.find('\n');
        let line = &self.held[..line_end.unwrap_or(self.held.len())];
        if is_reference_line(line) || (line_end.is_some() && is_reference_heading(line)) {
            return Some(self.drop_line());
        }
        (line_end.is_none() && !ended && may_be_reference_line(line, false)).then_some(Next::Wait)
    }

    /// Drops this line, also what of it is still to come, and expects more of its kind.
    fn drop_line(&mut self) -> Next {
        let line_end = self.held.find('\n');
        self.in_references = true;
        self.skipping = line_end.is_none();
        Next::Replace(line_end.map_or(self.held.len(), |at| at + 1), String::new())
    }

    /// Code is not looked into.
    fn code(&self, ended: bool) -> Next {
        let run = self.held.bytes().take_while(|byte| *byte == b'`').count();
        let rest = &self.held[run..];
        let marks = "`".repeat(run);
        let line_end = rest.find('\n');
        let line = &rest[..line_end.unwrap_or(rest.len())];
        match line.find(&marks) {
            Some(at) if !rest[at + run..].starts_with('`') => Next::Keep(run + at + run),
            _ if line_end.is_some() || ended || line.len() > MAX_CODE_CHARS => Next::Keep(run),
            _ => Next::Wait,
        }
    }

    /// `[3]`, `[1, 2]`, `[text](address)`, or just a bracket.
    fn bracket(&mut self, ended: bool) -> Next {
        let stops = self.held[1..].find([']', '\n', '[']).map(|at| at + 1);
        let Some(close) = stops else {
            return if ended || self.held.len() > MAX_LINK_CHARS { Next::Keep(1) } else { Next::Wait };
        };
        if self.held.as_bytes()[close] != b']' {
            return Next::Keep(1);
        }
        let inside = self.held[1..close].to_owned();
        let after = &self.held[close + 1..];
        if after.is_empty() && !ended {
            return Next::Wait;
        }
        if after.starts_with('(') {
            let Some(end) = after.find([')', '\n']) else {
                return if ended || after.len() > MAX_LINK_CHARS { Next::Keep(1) } else { Next::Wait };
            };
            let target = after[1..end].split_whitespace().next().unwrap_or_default();
            if after.as_bytes()[end] == b')' {
                let whole = close + 1 + end + 1;
                let known = self.addresses.contains(target.trim_matches(['<', '>']));
                // A number stays a number of ours, wherever the model lets it lead.
                if let Some(numbers) = numbers(&inside) {
                    let (markers, faults) = self.markers(numbers);
                    return Next::Repair(whole, markers, faults + usize::from(!known));
                }
                // The words of a link may be an address themselves, and another one than that it leads to.
                let words = self.without_strangers(&inside);
                return match (known, words == inside) {
                    (true, true) => Next::Keep(whole),
                    (true, false) => Next::Repair(whole, format!("[{words}]{}", &after[..=end]), 1),
                    (false, _) => Next::Repair(whole, words, 1),
                };
            }
        }
        match numbers(&inside) {
            Some(numbers) => {
                let (markers, faults) = self.markers(numbers);
                Next::Repair(close + 1, markers, faults)
            }
            None => Next::Keep(1),
        }
    }

    /// A text without the addresses that no evidence has.
    fn without_strangers(&self, text: &str) -> String {
        let (mut kept, mut rest) = (String::new(), text);
        while let Some(at) = address_in(rest) {
            // Nothing more of it comes: there is always one.
            let bare = self.bare(&rest[at..], true).unwrap_or(&rest[at..]);
            kept.push_str(&rest[..at]);
            if self.addresses.contains(bare) {
                kept.push_str(bare);
            }
            rest = &rest[at + bare.len()..];
        }
        kept + rest
    }

    /// The markers of these numbers, and how many of them no evidence has.
    fn markers(&mut self, numbers: Vec<usize>) -> (String, usize) {
        let all = numbers.len();
        let markers: Vec<String> = numbers.into_iter().filter_map(|number| self.marker(number)).collect();
        (markers.concat(), all - markers.len())
    }

    /// The marker of evidence `number`, under the number a reader sees.
    fn marker(&mut self, number: usize) -> Option<String> {
        let evidence = number.checked_sub(1).filter(|at| *at < self.evidence.len())?;
        let at = self.used.iter().position(|used| *used == evidence).unwrap_or_else(|| {
            self.used.push(evidence);
            self.used.len() - 1
        });
        Some(format!("[{}]", at + 1))
    }

    /// A bare address stays only when some evidence has it.
    fn address(&self, ended: bool) -> Next {
        let lower: String = self.held.chars().take(8).collect::<String>().to_ascii_lowercase();
        if !ADDRESSES.iter().any(|begin| lower.starts_with(begin)) {
            let may_become = !ended && ADDRESSES.iter().any(|begin| begin.starts_with(lower.as_str()));
            return if may_become { Next::Wait } else { Next::Keep(1) };
        }
        let Some(bare) = self.bare(&self.held, ended) else {
            return if self.held.len() > MAX_LINK_CHARS {
                Next::Repair(self.held.len(), String::new(), 1)
            } else {
                Next::Wait
            };
        };
        if self.addresses.contains(bare) {
            Next::Keep(bare.len())
        } else {
            Next::Repair(bare.len(), String::new(), 1)
        }
    }

    /// The address at the beginning of a text; `None`: more of it may come. Han characters belong to it only where some
    /// evidence has it so.
    fn bare<'t>(&self, text: &'t str, ended: bool) -> Option<&'t str> {
        let reach = Reach::of(text);
        let whole = ended || reach.long_ended;
        if whole && self.addresses.contains(reach.long) {
            return Some(reach.long);
        }
        let may_become = || self.addresses.iter().any(|known| known.starts_with(reach.long));
        let decided = ended || (reach.short_ended && (whole || !may_become()));
        decided.then_some(reach.short)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::citations::{reference_block, tests::passage, without_references},
        *,
    };

    fn evidence() -> Vec<Passage> {
        vec![
            passage(10, "Bulletin", 3, Some("https://example.edu/bulletin")),
            passage(11, "Bulletin", 7, Some("https://example.edu/bulletin")),
            passage(20, "Handbook", 1, None),
        ]
    }

    /// The text after the guard, however it was cut into pieces.
    fn guarded(text: &str) -> (String, Vec<i64>) {
        let evidence = evidence();
        let whole = run(&evidence, &[text]);
        let chars: Vec<String> = text.chars().map(String::from).collect();
        let single: Vec<&str> = chars.iter().map(String::as_str).collect();
        assert_eq!(run(&evidence, &single), whole, "pieces of one character");
        whole
    }

    fn run(evidence: &[Passage], pieces: &[&str]) -> (String, Vec<i64>) {
        let mut guard = Guard::new(evidence.to_vec());
        let mut out: String = pieces.iter().map(|piece| guard.push(piece)).collect();
        out.push_str(&guard.finish());
        (out, guard.citations().iter().map(|citation| citation.chunk_id).collect())
    }

    #[test]
    fn numbers_follow_the_order_of_reading_and_strangers_vanish() {
        let (text, cited) = guarded("It is so [3]. And so [1][9]. Again [3, 2].");
        assert_eq!(text, "It is so [1]. And so [2]. Again [1][3].");
        assert_eq!(cited, [20, 10, 11]);
    }

    #[test]
    fn code_and_other_brackets_are_left_alone() {
        let text = "See `a[1]` and [note].\n```\nb[2] http://x.y\n```\nEnd [ok";
        assert_eq!(guarded(text), (text.to_owned(), vec![]));
    }

    #[test]
    fn invented_addresses_vanish_and_known_ones_stay() {
        let (text, _) = guarded(
            "See [the site](https://evil.example/x) or https://evil.example, or [this](https://example.edu/bulletin).",
        );
        assert_eq!(text, "See the site or , or [this](https://example.edu/bulletin).");
        assert_eq!(guarded("At https://example.edu/bulletin.").0, "At https://example.edu/bulletin.");
        assert_eq!(guarded("Go to www.evil.example now, whatever").0, "Go to  now, whatever");
    }

    #[test]
    fn addresses_in_a_chinese_sentence_are_told_from_it() {
        assert_eq!(guarded("请访问https://evil.example。").0, "请访问。");
        assert_eq!(guarded("请访问www.evil.example了解更多。").0, "请访问了解更多。");
        assert_eq!(guarded("第1https://evil.example/x页").0, "第1页");
        for kept in [
            "详见https://example.edu/bulletin。",
            "详见 https://example.edu/bulletin了解更多。",
            "详见https://example.edu/bulletin、手册",
            "[见https://example.edu/bulletin了解](https://example.edu/bulletin)",
        ] {
            assert_eq!(guarded(kept).0, kept);
        }
        let evidence = [passage(10, "图书馆", 1, Some("https://example.edu/图书馆"))];
        let (known, other) = ("见https://example.edu/图书馆。", "见https://example.edu/图书在这里。");
        for pieces in [vec![known], known.split_inclusive(|_: char| true).collect()] {
            assert_eq!(run(&evidence, &pieces).0, known);
        }
        for pieces in [vec![other], other.split_inclusive(|_: char| true).collect()] {
            assert_eq!(run(&evidence, &pieces).0, "见图书在这里。");
        }
    }

    #[test]
    fn numbers_in_ranges_and_links_are_numbers_too() {
        let (text, cited) = guarded("So [9](https://example.edu/bulletin), [3](https://evil.example) [7-9].");
        assert_eq!((text.as_str(), cited), ("So , [1] .", vec![20]));
        let (text, cited) = guarded("So [2–4], [1; 9] and [2024-2026].");
        assert_eq!((text.as_str(), cited), ("So [1][2], [3] and [2024-2026].", vec![11, 20, 10]));
    }

    #[test]
    fn the_words_of_a_link_hold_no_address_that_no_evidence_has() {
        let (text, _) = guarded(
            "[https://evil.example/x](https://evil.example/x), [www.evil.example it](https://example.edu/bulletin), \
             [see https://example.edu/bulletin.](http://evil.example).",
        );
        assert_eq!(text, ", [ it](https://example.edu/bulletin), see https://example.edu/bulletin..");
    }

    #[test]
    fn code_in_a_line_does_not_end_the_watch() {
        let (text, cited) = guarded("```x``` see https://evil.example now [9][3]\nand `` ` `` [1]");
        assert_eq!(text, "```x``` see  now [1]\nand `` ` `` [2]");
        assert_eq!(cited, [20, 10]);
        let fenced = "```rust\n```not the end [1]\n````\n";
        assert_eq!(guarded(&format!("{fenced}[9]")).0, fenced);
    }

    #[test]
    fn a_list_of_references_by_the_model_is_dropped() {
        let (text, cited) =
            guarded("So it is [1].\n\n**References:**\n\n- [1] Bulletin\n- [2] Made up\n\nGood luck!");
        assert_eq!(text, "So it is [1].\n\nGood luck!");
        assert_eq!(cited, [10]);
        assert_eq!(
            guarded("References are checked by the office.\n").0,
            "References are checked by the office.\n"
        );
        assert_eq!(guarded("好的[1]。\n参考资料：\n[1] 手册").0, "好的[1]。\n");
    }

    #[test]
    fn the_block_has_a_line_per_document_with_its_pages() {
        let mut guard = Guard::new(evidence());
        guard.push("a [2] b [3] c [1]");
        guard.finish();
        let block = reference_block(&guard.citations());
        assert_eq!(
            block,
            "\n\nReference:\n- [1][3] Bulletin: https://example.edu/bulletin, pages 3, 7\n- [2] Handbook: No URL, page 1\n"
        );
        assert_eq!(without_references(&format!("a [1] b{block}")), "a [1] b");
        assert_eq!(reference_block(&[]), "");
    }

    #[test]
    fn evidence_that_comes_later_has_the_next_number() {
        let mut guard = Guard::new(evidence());
        assert_eq!(guard.push("Early [4] "), "Early  ");
        assert_eq!(guard.add(passage(30, "Later", 1, Some("https://example.edu/later"))), 4);
        guard.allow("https://example.edu/event".to_owned());
        let text = "late [4], [2], [so](https://example.edu/event) and https://example.edu/later .";
        assert_eq!(
            guard.push(text) + &guard.finish(),
            "late [1], [2], [so](https://example.edu/event) and https://example.edu/later ."
        );
    }

    #[test]
    fn references_by_the_model_need_no_line_of_their_own() {
        assert_eq!(
            guarded("So it is [1]. References:\n[1] Made up\n\nGood luck!").0,
            "So it is [1]. Good luck!"
        );
        assert_eq!(guarded("So it is. Source: A Secret Guide, page 9").0, "So it is. ");
        assert_eq!(guarded("Source: A Secret Guide\nSo it is.").0, "So it is.");
        assert_eq!(guarded("好的[1]。参考资料：《秘密指南》").0, "好的[1]。");
        assert_eq!(guarded("Yes! **Sources**\n- A guide\n").0, "Yes! ");
        for ordinary in [
            "It has two sources: a spring and a well.",
            "Ask. Some sources say: no.",
            "See. References",
            "So. Course: x",
        ] {
            assert_eq!(guarded(ordinary).0, ordinary);
        }
    }

    #[test]
    fn what_is_taken_out_is_counted() {
        let mut guard = Guard::new(evidence());
        guard.push("[1][9], [2, 8], [a](https://evil.example), https://evil.example. Reference:\n- [7] x");
        guard.finish();
        assert_eq!(guard.repairs(), 4);
        let mut honest = Guard::new(evidence());
        honest.push("[1], `[9]`, [so](https://example.edu/bulletin)\nReference:\n- [1] Bulletin");
        honest.finish();
        assert_eq!(honest.repairs(), 0);
    }

    #[test]
    fn the_guard_holds_back_little() {
        let mut guard = Guard::new(evidence());
        assert_eq!(guard.push("The library opens at eight"), "The library opens at eight");
        assert_eq!(guard.push(" and ["), " and ");
        assert_eq!(guard.push("1"), "");
        assert_eq!(guard.push("] and so"), "[1] and so");
        assert_eq!(guard.push(". So"), ". ", "it may be a list of sources");
        assert_eq!(guard.push(" it is"), "So it is");
    }
}
