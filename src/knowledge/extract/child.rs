//! The child's side: limit yourself, read the file from standard input, write one JSON line per page.
//!
//! Runs without a runtime, without settings and with an empty environment.

use std::{
    io::{self, Read, Write},
    os::unix::process::parent_id,
    process::ExitCode,
    time::Duration,
};

use rlimit::{Resource, setrlimit};

use super::{Format, Line, Refusal, docx, html, pdf, plain};

const ADDRESS_SPACE_BYTES: u64 = 1024 * 1024 * 1024;
const CPU_SECONDS: u64 = 90;
/// Standard input, output and error; nothing more can be opened.
const OPEN_FILES: u64 = 3;
/// Deeply nested files recurse deeply.
const STACK_BYTES: usize = 64 * 1024 * 1024;
const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;
const ORPHAN_LOOK: Duration = Duration::from_millis(250);

/// Reads one file and ends.
pub fn main(format: Format) -> ExitCode {
    if limit_myself().is_err() {
        return ExitCode::from(70);
    }
    let parent = parent_id();
    std::thread::spawn(move || end_when_orphaned(parent));
    // A panic ends one page, not the report of the others; nobody reads its message.
    std::panic::set_hook(Box::new(|_| {}));
    let reader = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || read(format));
    match reader.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        _ => ExitCode::from(71),
    }
}

fn limit_myself() -> io::Result<()> {
    setrlimit(Resource::AS, ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES)?;
    setrlimit(Resource::CPU, CPU_SECONDS, CPU_SECONDS)?;
    setrlimit(Resource::CORE, 0, 0)?;
    setrlimit(Resource::FSIZE, 0, 0)?;
    setrlimit(Resource::NOFILE, OPEN_FILES, OPEN_FILES)
}

/// A parent that was killed cannot kill its children; without this the file might be read twice at once, here and for
/// whoever takes the job over.
#[expect(clippy::disallowed_methods, reason = "a thread of its own, in a process without a runtime")]
fn end_when_orphaned(parent: u32) {
    while parent_id() == parent {
        std::thread::sleep(ORPHAN_LOOK);
    }
    std::process::exit(72);
}

fn read(format: Format) -> io::Result<()> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
    let mut out = Report(io::stdout().lock());
    match format {
        Format::Pdf => pdf::read(bytes, &mut out),
        Format::Html => whole(html::read(&bytes), &mut out),
        Format::Docx => whole(docx::read(&bytes), &mut out),
        Format::Markdown => whole(Ok(plain::markdown(&bytes)), &mut out),
        Format::Text => whole(Ok(plain::text(&bytes)), &mut out),
    }
}

/// A document without pages.
pub(super) struct Whole {
    pub(super) title: Option<String>,
    pub(super) text: String,
}

fn whole(read: Result<Whole, Refusal>, out: &mut Report<'_>) -> io::Result<()> {
    match read {
        Ok(Whole { title, text }) => {
            out.line(&Line::Page { number: 0, text, image: false })?;
            out.line(&Line::End { pages: 0, title })
        }
        Err(refusal) => out.line(&Line::Refused { refusal }),
    }
}

/// Where the lines go.
pub(super) struct Report<'a>(io::StdoutLock<'a>);

impl Report<'_> {
    /// Writes a line at once: what was read before a crash counts.
    pub(super) fn line(&mut self, line: &Line) -> io::Result<()> {
        serde_json::to_writer(&mut self.0, line)?;
        self.0.write_all(b"\n")?;
        self.0.flush()
    }
}
