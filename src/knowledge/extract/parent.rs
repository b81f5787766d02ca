//! Our side: start the child, read its lines, believe little.

use std::{fs::File, path::PathBuf, process::Stdio, sync::Arc, time::Duration};

use anyhow::Context;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    process::Command,
    sync::Semaphore,
};

use super::{COMMAND, Format, Line, MAX_PAGE_BYTES, MAX_PAGES, MAX_TEXT_BYTES, Refusal};
use crate::{
    knowledge::clean::clean,
    search::{Piece, split},
};

const WALL_LIMIT: Duration = Duration::from_mins(2);
/// A page in JSON may be longer than in text: every control character is escaped to six bytes.
const MAX_LINE_BYTES: u64 = 8 * MAX_PAGE_BYTES as u64;
/// Fewer characters than this are a page number, not a text.
const FEW_CHARS: usize = 16;

/// Starts children, as many at a time as there are processors.
#[derive(Clone, Debug)]
pub struct Extractor {
    program: PathBuf,
    permits: Arc<Semaphore>,
}

/// The text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extraction {
    /// Format it was read as.
    pub format: Format,
    /// Pages with text, in order.
    pub pages: Vec<Page>,
    /// How many pages the file has; `None` for formats without pages.
    pub page_count: Option<usize>,
    /// The title the file gives itself.
    pub title: Option<String>,
    /// Pages that show a picture and have no text.
    pub pictures: Vec<usize>,
    /// Pages that could not be read.
    pub unreadable: Vec<usize>,
    /// Whether reading ended before the file did: it was too long, or the reader died.
    pub cut: bool,
}

/// A page with text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Counted from 1; `None` for formats without pages.
    pub number: Option<usize>,
    /// Cleaned text.
    pub text: String,
}

/// Why there is no extraction.
#[derive(Debug, thiserror::Error)]
pub enum ExtractionError {
    /// The file gives no text, and never will.
    #[error("the file gives no text: {0:?}")]
    Refused(Refusal),
    /// The reader died before the first page.
    #[error("the reader ended early: {0}")]
    Crashed(String),
    /// The reader could not be started or heard.
    #[error(transparent)]
    Broken(#[from] anyhow::Error),
}

impl Extractor {
    /// Runs `program`, which is this same binary.
    pub fn new(program: PathBuf) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { program, permits: Arc::new(Semaphore::new(processors)) }
    }

    /// Reads `file` from its beginning. When the answer is dropped, the child is killed.
    pub async fn extract(&self, format: Format, file: File) -> Result<Extraction, ExtractionError> {
        let _permit = self.permits.acquire().await.context("starting the reader")?;
        let mut child = Command::new(&self.program)
            .args([COMMAND, format.name()])
            .env_clear()
            .stdin(Stdio::from(file))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {} {COMMAND}", self.program.display()))?;
        let out = child.stdout.take().context("the reader has no output")?;
        let mut heard = Heard::new(format);
        let listening = tokio::time::timeout(WALL_LIMIT, heard.listen(out)).await;
        let ending = match listening {
            Err(_) => "it took too long".to_owned(),
            Ok(Err(error)) => format!("its output could not be used: {error}"),
            Ok(Ok(())) if heard.ended || heard.refused.is_some() => String::new(),
            Ok(Ok(())) => match child.wait().await {
                Ok(status) => format!("it ended with {status}"),
                Err(error) => format!("its end was not seen: {error}"),
            },
        };
        heard.conclude(&ending)
    }
}

impl Extraction {
    /// Its text in chunks, with the page of each. No chunk crosses a page.
    pub fn chunks(&self) -> Vec<(Option<i32>, Piece)> {
        let mut above = Vec::new();
        let mut chunks = Vec::new();
        for page in &self.pages {
            let number = page.number.and_then(|number| i32::try_from(number).ok());
            let pieces = split(&page.text, self.format.form(), &mut above);
            chunks.extend(pieces.into_iter().map(|piece| (number, piece)));
        }
        chunks
    }
}

/// What has been heard of a child so far.
struct Heard {
    extraction: Extraction,
    text_bytes: usize,
    pages: usize,
    refused: Option<Refusal>,
    ended: bool,
}

impl Heard {
    fn new(format: Format) -> Self {
        let extraction = Extraction {
            format,
            pages: Vec::new(),
            page_count: None,
            title: None,
            pictures: Vec::new(),
            unreadable: Vec::new(),
            cut: false,
        };
        Self { extraction, text_bytes: 0, pages: 0, refused: None, ended: false }
    }

    async fn listen(&mut self, out: impl AsyncRead + Unpin) -> anyhow::Result<()> {
        let mut out = BufReader::new(out);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = (&mut out).take(MAX_LINE_BYTES).read_until(b'\n', &mut line).await?;
            if read == 0 {
                return Ok(());
            }
            anyhow::ensure!(line.ends_with(b"\n"), "a line broke off");
            let line: Line = serde_json::from_slice(&line)?;
            if !self.take(line) {
                return Ok(());
            }
        }
    }

    /// Answers whether there is room for more.
    fn take(&mut self, line: Line) -> bool {
        match line {
            Line::Page { number, text, image } => self.take_page(number, &text, image),
            Line::Unreadable { number } => {
                self.pages += 1;
                self.extraction.unreadable.push(number);
                self.pages < MAX_PAGES
            }
            Line::Refused { refusal } => {
                self.refused = Some(refusal);
                false
            }
            Line::End { pages, title } => {
                self.ended = true;
                self.extraction.page_count = (self.extraction.format == Format::Pdf).then_some(pages);
                self.extraction.title = title.map(|title| clean(&title).replace('\n', " "));
                self.extraction.cut = pages > MAX_PAGES;
                false
            }
        }
    }

    fn take_page(&mut self, number: usize, text: &str, image: bool) -> bool {
        self.pages += 1;
        let mut text = clean(text);
        let paged = self.extraction.format == Format::Pdf;
        let bound = if paged { MAX_PAGE_BYTES } else { MAX_TEXT_BYTES };
        if text.len() > bound {
            text.truncate(text.floor_char_boundary(bound));
            self.extraction.cut = true;
        }
        let few = text.chars().filter(|c| !c.is_whitespace()).take(FEW_CHARS).count() < FEW_CHARS;
        if few && image {
            self.extraction.pictures.push(number);
        }
        if self.text_bytes + text.len() > MAX_TEXT_BYTES {
            self.extraction.cut = true;
            self.ended = true;
            return false;
        }
        self.text_bytes += text.len();
        if !text.trim().is_empty() {
            self.extraction.pages.push(Page { number: paged.then_some(number), text });
        }
        self.pages <= MAX_PAGES
    }

    fn conclude(mut self, ending: &str) -> Result<Extraction, ExtractionError> {
        if let Some(refusal) = self.refused {
            return Err(ExtractionError::Refused(refusal));
        }
        let pictures = !self.extraction.pictures.is_empty();
        let says_something = |page: &Page| !pictures || page.text.chars().count() >= FEW_CHARS;
        let nothing = !self.extraction.pages.iter().any(says_something);
        if !self.ended {
            if nothing {
                return Err(ExtractionError::Crashed(ending.to_owned()));
            }
            tracing::warn!(ending, pages = self.pages, "a reader died; the pages before count");
            self.extraction.cut = true;
        }
        if nothing && self.extraction.unreadable.is_empty() {
            return Err(ExtractionError::Refused(Refusal::NoText));
        }
        if nothing {
            return Err(ExtractionError::Refused(Refusal::Broken));
        }
        Ok(self.extraction)
    }
}
