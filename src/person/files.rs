//! `files/…` and `files.json`: what the person has uploaded, byte by byte, and what is known of it.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::archive::{Archive, Effort, List};
use crate::{
    accounts::user,
    app::App,
    error::Error,
    uploads::{State, files},
};

/// The entry that lists them.
pub(super) const NAME: &str = "files.json";
/// The folder that they are in.
pub(super) const FOLDER: &str = "files/";
/// Rows that are read at once.
const PAGE: u64 = 100;
/// Names longer than this are no use in most file systems.
const MOST_CHARS: usize = 120;

/// Writes the files, then their list: of each row it says under which name its bytes are there, if they are.
pub(super) async fn write(app: &App, of: &user::Model, archive: &mut Archive) -> anyhow::Result<()> {
    let mut names = Names::default();
    // As many as an account may keep.
    let mut listed: Vec<Value> = Vec::new();
    let mut last = 0;
    loop {
        let page = files::of_account(app.store.read(), of.id, last, PAGE).await?;
        let Some(end) = page.last().map(|row| row.id) else { break };
        last = end;
        for row in page {
            let name = write_bytes(app, of, &row, &mut names, archive).await?;
            listed.push(entry(&row, name));
        }
    }
    let mut entries = List::begin(archive, NAME).await?;
    for file in &listed {
        entries.item(file).await?;
    }
    entries.end().await
}

/// Writes the bytes of a file; answers the name of its entry. `None` when they are gone.
async fn write_bytes(
    app: &App,
    of: &user::Model,
    row: &files::Model,
    names: &mut Names,
    archive: &mut Archive,
) -> anyhow::Result<Option<String>> {
    let file = match files::bytes_of(app, row, &of.folder).await {
        Ok(file) => file,
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let name = format!("{FOLDER}{}", names.unique(&row.filename, row.id));
    archive.entry(&name, Effort::Little).await?;
    archive.file(file).await?;
    Ok(Some(name))
}

fn entry(row: &files::Model, name: Option<String>) -> Value {
    json!({
        "id": row.id,
        "filename": row.filename,
        "entry": name,
        "uploaded_time": row.uploaded_time,
        "size": row.size,
        "sha256": row.sha256,
        "pages": row.pages,
        "state": row.state.map(State::word),
        "reason": row.reason,
    })
}

/// The names that have been given.
#[derive(Debug, Default)]
struct Names(HashSet<String>);

impl Names {
    /// A name that no file system takes amiss, and that none of these files has yet, in whatever case.
    fn unique(&mut self, name: &str, id: i32) -> String {
        let name = harmless(name);
        if self.0.insert(name.to_lowercase()) {
            return name;
        }
        let (stem, ending) =
            name.rsplit_once('.').map_or((name.as_str(), ""), |(stem, ending)| (stem, ending));
        let dot = if ending.is_empty() { "" } else { "." };
        let varied = format!("{stem}-{id}{dot}{ending}");
        self.0.insert(varied.to_lowercase());
        varied
    }
}

/// A display name as a file name: one that leads nowhere else, and that every system can hold.
fn harmless(name: &str) -> String {
    let meant = |c: char| {
        let bad = c.is_control() || "<>:\"/\\|?*".contains(c) || is_invisible(c);
        if bad { '_' } else { c }
    };
    let name: String = name.chars().map(meant).collect();
    let name = name.trim_matches([' ', '.']);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "pdf"));
    let stem: String = stem.chars().take(MOST_CHARS).collect();
    let stem = stem.trim_end_matches([' ', '.']);
    // Names that Windows keeps for its devices.
    let reserved = ["con", "prn", "aux", "nul"].iter().any(|device| stem.eq_ignore_ascii_case(device))
        || (stem.len() == 4
            && ["com", "lpt"].iter().any(|port| stem[..3].eq_ignore_ascii_case(port))
            && stem.ends_with(|c: char| c.is_ascii_digit()));
    let stem = if stem.is_empty() || reserved { format!("{stem}_file") } else { stem.to_owned() };
    let ending: String = ending.chars().take(8).collect();
    format!("{stem}.{ending}")
}

/// Characters that change how a name looks and not what it is.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_and_stay_readable() {
        for (name, safe) in [
            ("Syllabus.pdf", "Syllabus.pdf"),
            ("课程大纲.PDF", "课程大纲.PDF"),
            ("../../etc/passwd.pdf", "_.._etc_passwd.pdf"),
            ("a\\b:c.pdf", "a_b_c.pdf"),
            (".pdf", "pdf.pdf"),
            ("..", "_file.pdf"),
            ("nul.pdf", "nul_file.pdf"),
            ("LPT1.pdf", "LPT1_file.pdf"),
            ("rtl\u{202e}fdp.pdf", "rtl_fdp.pdf"),
        ] {
            assert_eq!(harmless(name), safe, "{name:?}");
        }
        assert!(harmless(&"x".repeat(500)).chars().count() < 130);
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names = Names::default();
        assert_eq!(names.unique("a.pdf", 1), "a.pdf");
        assert_eq!(names.unique("A.PDF", 2), "A-2.PDF");
        assert_eq!(names.unique("a/.pdf", 3), "a_.pdf");
        assert_eq!(names.unique("a:.pdf", 4), "a_-4.pdf");
    }
}
