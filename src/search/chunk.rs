//! Cuts text into chunks of a few hundred tokens, at headings, paragraphs and sentences.
//!
//! Callers cut page by page, so that a chunk's page number is always true.

use text_splitter::{ChunkConfig, ChunkSizer, MarkdownSplitter, TextSplitter};

/// Lower and upper size of a chunk, in tokens as [`Tokens`] estimates them.
const SIZE: std::ops::Range<usize> = 250..450;
const OVERLAP: usize = 40;
const HEADING_CHARS: usize = 300;

/// What kind of text is to be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lines and paragraphs; headings are guessed.
    Plain,
    /// Markdown; headings are marked.
    Markdown,
}

/// A chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// The headings it stands under, outermost first, joined by ` › `.
    pub heading: Option<String>,
    /// Where it begins, in characters.
    pub char_start: usize,
    /// Where it ends, in characters.
    pub char_end: usize,
}

/// Cuts `text`. `above` are the headings that an earlier page left open; they are carried on to the next call.
pub fn split(text: &str, form: Form, above: &mut Vec<(u8, String)>) -> Vec<Piece> {
    let config = ChunkConfig::new(SIZE).with_sizer(Tokens).with_overlap(OVERLAP).unwrap_or_else(|_| {
        // The overlap is smaller than the size, which is all that is asked of it.
        ChunkConfig::new(SIZE).with_sizer(Tokens)
    });
    let cuts: Vec<(usize, usize, String)> = match form {
        Form::Plain => collect(TextSplitter::new(config).chunk_char_indices(text)),
        Form::Markdown => collect(MarkdownSplitter::new(config).chunk_char_indices(text)),
    };
    let mut headings = headings(text, form).into_iter().peekable();
    let mut pieces = Vec::with_capacity(cuts.len());
    for (char_start, byte_end, text) in cuts {
        // A chunk stands under the headings before its end's first line: its own first heading counts for it.
        let first_line_end = byte_end - text.len() + text.find('\n').unwrap_or(text.len());
        while let Some(heading) = headings.next_if(|heading| heading.byte < first_line_end) {
            open(above, heading.level, heading.text);
        }
        let char_end = char_start + text.chars().count();
        pieces.push(Piece { heading: path(above), char_start, char_end, text });
        while let Some(heading) = headings.next_if(|heading| heading.byte < byte_end) {
            open(above, heading.level, heading.text);
        }
    }
    pieces
}

fn collect<'t>(cuts: impl Iterator<Item = text_splitter::ChunkCharIndex<'t>>) -> Vec<(usize, usize, String)> {
    cuts.filter(|cut| !cut.chunk.trim().is_empty())
        .map(|cut| (cut.char_offset, cut.byte_offset + cut.chunk.len(), cut.chunk.to_owned()))
        .collect()
}

/// Estimates tokens without a tokenizer: a Han, kana or Hangul character counts one, four others count one.
#[derive(Clone, Copy)]
struct Tokens;

impl ChunkSizer for Tokens {
    fn size(&self, chunk: &str) -> usize {
        let wide = |c: char| matches!(c, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}');
        let (wide, narrow) =
            chunk.chars().fold((0, 0), |(w, n), c| if wide(c) { (w + 1, n) } else { (w, n + 1) });
        wide + usize::div_ceil(narrow, 4)
    }
}

struct Heading {
    byte: usize,
    level: u8,
    text: String,
}

fn headings(text: &str, form: Form) -> Vec<Heading> {
    let mut byte = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let heading = match form {
            Form::Markdown => marked(line),
            Form::Plain => guessed(line),
        };
        if let Some((level, text)) = heading {
            found.push(Heading { byte, level, text: text.chars().take(HEADING_CHARS).collect() });
        }
        byte += line.len();
    }
    found
}

fn marked(line: &str) -> Option<(u8, &str)> {
    let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
    let text = line[hashes..].trim().trim_end_matches('#').trim();
    let level = u8::try_from(hashes).ok()?;
    ((1..=6).contains(&level) && line[hashes..].starts_with(' ') && !text.is_empty()).then_some((level, text))
}

/// A line that looks like a heading: short, not a sentence, and numbered or in capitals.
fn guessed(line: &str) -> Option<(u8, &str)> {
    let line = line.trim();
    let short = (3..=80).contains(&line.chars().count());
    let sentence = line.ends_with(['.', ',', ';', ':', '。', '，', '；', '!', '?', '！', '？', '-']);
    if !short || sentence {
        return None;
    }
    let number = line.split_whitespace().next()?;
    let numbered = number.len() < line.len()
        && number.starts_with(|c: char| c.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if numbered {
        let rest = line[number.len()..].trim();
        let depth = number.split('.').filter(|part| !part.is_empty()).count();
        let titled = rest.starts_with(|c: char| c.is_uppercase() || c > '\u{2e80}') && number.len() <= 8;
        let level = u8::try_from(depth.min(6)).unwrap_or(1);
        return (titled && !rest.contains("  ")).then_some((level, line));
    }
    let chapter = line.starts_with('第') && line.chars().take(6).any(|c| "章节條条篇".contains(c));
    let letters = line.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = letters >= 6
        && line.split_whitespace().count() >= 2
        && !line.chars().any(char::is_lowercase)
        && line.is_ascii();
    (chapter || capitals).then_some((1, line))
}

/// Opens a heading, closing those of its level and below.
fn open(above: &mut Vec<(u8, String)>, level: u8, text: String) {
    above.retain(|(open, _)| *open < level);
    above.push((level, text));
}

fn path(above: &[(u8, String)]) -> Option<String> {
    let joined = above.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(" › ");
    let kept: String = joined.chars().take(HEADING_CHARS).collect();
    (!kept.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_a_long_text_and_say_where_they_stand() {
        let text: String =
            (0..400).map(|n| format!("This is sentence number {n} of a long text. ")).collect();
        let pieces = split(&text, Form::Plain, &mut Vec::new());
        assert!(pieces.len() > 5);
        let chars: Vec<char> = text.chars().collect();
        for piece in &pieces {
            assert!(Tokens.size(&piece.text) <= SIZE.end);
            let there: String = chars[piece.char_start..piece.char_end].iter().collect();
            assert_eq!(there, piece.text);
        }
        assert!(pieces.last().is_some_and(|last| last.text.ends_with("399 of a long text.")));
    }

    #[test]
    fn markdown_headings_are_the_path_of_what_stands_under_them() {
        let text = "# Handbook\n\nWelcome.\n\n## Visas\n\nApply early.\n\n## Housing\n\nBring a lamp.\n";
        let long = text.replace("early.", &"early and bring every document you have. ".repeat(60));
        let pieces = split(&long, Form::Markdown, &mut Vec::new());
        let housing = pieces.iter().find(|piece| piece.text.contains("lamp")).expect("a chunk");
        assert_eq!(housing.heading.as_deref(), Some("Handbook › Housing"));
    }

    #[test]
    fn an_open_heading_carries_over_to_the_next_page() {
        let mut above = Vec::new();
        split("3 Degree Requirements\nEvery student needs credits.", Form::Plain, &mut above);
        let next = split("The senior thesis is part of it.", Form::Plain, &mut above);
        assert_eq!(next[0].heading.as_deref(), Some("3 Degree Requirements"));
    }

    #[test]
    fn a_sentence_is_no_heading() {
        assert_eq!(guessed("12 students have applied so far."), None);
        assert!(guessed("GRADUATION REQUIREMENTS").is_some());
        assert!(guessed("第三章 学籍管理").is_some());
    }

    #[test]
    fn chinese_is_cut_by_its_own_measure() {
        let text = "杜克昆山大学的学生需要完成一百三十六个学分。".repeat(100);
        for piece in split(&text, Form::Plain, &mut Vec::new()) {
            assert!(piece.text.chars().count() <= SIZE.end);
        }
    }
}
