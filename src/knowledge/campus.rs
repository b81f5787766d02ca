//! `chatdku ingest DIR`: campus documents from a folder.
//!
//! Running it again does nothing; it notices files that changed, came or went, and metadata that changed. Each
//! document is replaced in a transaction of its own, so people keep getting answers, and an interrupted run goes on
//! where it was.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use super::{
    description::{Description, MAX_TITLE_CHARS, MAX_URL_CHARS},
    document::{self, DocumentId, Origin, Source},
    extract::{Extraction, ExtractionError, Format, Refusal},
    library::Library,
    metadata::{self, Metadata},
    removal,
};
use crate::platform::clock::Clock;

const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Documents that came.
    pub added: usize,
    /// Documents whose text changed.
    pub changed: usize,
    /// Documents whose title, address or validity alone changed.
    pub described: usize,
    /// Documents that went.
    pub removed: usize,
    /// Documents as they were.
    pub unchanged: usize,
    /// Files that gave no text, with the reason.
    pub failed: Vec<(String, String)>,
}

/// Told before each file: how many are done, of how many, and which comes next.
pub type Progress<'a> = dyn Fn(usize, usize, &str) + Send + Sync + 'a;

/// Brings the documents of `folder` up to date. `emptying` says whether a folder without documents may remove all
/// that came from it.
pub async fn ingest(
    library: &Library,
    clock: &Clock,
    folder: &Path,
    emptying: Emptying,
    progress: &Progress<'_>,
) -> anyhow::Result<Report> {
    let folder = folder.canonicalize().with_context(|| format!("opening {}", folder.display()))?;
    anyhow::ensure!(folder.is_dir(), "{} is not a folder", folder.display());
    let collection = folder.to_str().context("the folder's path is not UTF-8")?.to_owned();
    let (files, metadata) = {
        let folder = folder.clone();
        tokio::task::spawn_blocking(move || {
            Ok::<_, anyhow::Error>((files(&folder)?, metadata::read(&folder)?))
        })
        .await??
    };
    let mut there = document::of_collection(library.store().read(), &collection).await?;
    // Tables are loaded by others, who keep a document for each to be cited.
    there.retain(|document| Format::of(Path::new(document.path.as_deref().unwrap_or_default())).is_some());
    if files.is_empty() && !there.is_empty() && emptying == Emptying::Refused {
        bail!(
            "{collection} has no documents any more, but {} came from it; pass --allow-empty to remove them",
            there.len()
        );
    }
    let mut there: HashMap<String, document::Model> =
        there.into_iter().filter_map(|document| Some((document.path.clone()?, document))).collect();
    let mut report = Report::default();
    let run = Run { library, clock, collection: &collection, metadata: &metadata };
    let total = files.len();
    for (done, (path, (file, format))) in files.into_iter().enumerate() {
        progress(done, total, &path);
        let before = there.remove(&path);
        match run.take(&path, &file, format, before).await {
            Ok(outcome) => outcome.count(&mut report),
            Err(error) => report.failed.push((path, format!("{error:#}"))),
        }
    }
    let gone: Vec<DocumentId> = there.into_values().map(|document| document.id).collect();
    library.store().write(async |tx| removal::remove(&tx, clock.now(), &gone).await).await?;
    report.removed = gone.len();
    library.catch_up().await?;
    Ok(report)
}

/// Whether a folder without documents may remove all that came from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emptying {
    /// It may.
    Allowed,
    /// More likely the folder is not mounted.
    Refused,
}

#[derive(Clone, Copy)]
enum Outcome {
    Added,
    Changed,
    Described,
    Unchanged,
}

impl Outcome {
    fn count(self, report: &mut Report) {
        let counter = match self {
            Self::Added => &mut report.added,
            Self::Changed => &mut report.changed,
            Self::Described => &mut report.described,
            Self::Unchanged => &mut report.unchanged,
        };
        *counter += 1;
    }
}

struct Run<'a> {
    library: &'a Library,
    clock: &'a Clock,
    collection: &'a str,
    metadata: &'a HashMap<String, Metadata>,
}

impl Run<'_> {
    async fn take(
        &self,
        path: &str,
        file: &Path,
        format: Format,
        before: Option<document::Model>,
    ) -> anyhow::Result<Outcome> {
        let said = self.metadata.get(path).cloned().unwrap_or_default();
        let sha256 = {
            let file = file.to_owned();
            let open =
                move || hash(&mut File::open(&file).with_context(|| format!("opening {}", file.display()))?);
            tokio::task::spawn_blocking(open).await??
        };
        if let Some(before) = before.as_ref().filter(|before| before.sha256 == sha256) {
            return self.describe(before, said).await;
        }
        let extraction = self.extract(file, format).await?;
        let source = self.source(path, sha256, said, &extraction);
        let store = self.library.store();
        let vectors = self.library.vectors();
        store.write(async |tx| document::replace(&tx, self.clock.now(), source, vectors).await).await?;
        Ok(if before.is_some() { Outcome::Changed } else { Outcome::Added })
    }

    /// The text is the same; what is said about it may not be.
    async fn describe(&self, before: &document::Model, said: Metadata) -> anyhow::Result<Outcome> {
        let said = Description {
            title: said.title.map_or_else(|| before.title.clone(), |title| shorten(&title, MAX_TITLE_CHARS)),
            url: said.url.map(|url| shorten(&url, MAX_URL_CHARS)),
            valid_from: said.valid_from,
            valid_to: said.valid_to,
        };
        let same = said.title == before.title
            && said.url == before.url
            && (said.valid_from, said.valid_to) == (before.valid_from, before.valid_to);
        if same {
            return Ok(Outcome::Unchanged);
        }
        let (store, now) = (self.library.store(), self.clock.now());
        store.write(async |tx| document::describe(&tx, now, before.id, said).await).await?;
        Ok(Outcome::Described)
    }

    async fn extract(&self, file: &Path, format: Format) -> anyhow::Result<Extraction> {
        let opened = File::open(file).with_context(|| format!("opening {}", file.display()))?;
        match self.library.extractor.extract(format, opened).await {
            Ok(extraction) => Ok(extraction),
            Err(ExtractionError::Refused(Refusal::Password)) => bail!("it has a password"),
            Err(ExtractionError::Refused(Refusal::NoText)) => {
                bail!("it holds no text, perhaps only pictures of text")
            }
            Err(ExtractionError::Refused(Refusal::Broken)) => {
                bail!("it is damaged or not what its name says")
            }
            Err(ExtractionError::Refused(Refusal::TooLarge)) => bail!("it unpacks to more than can be read"),
            Err(ExtractionError::Crashed(how)) => bail!("it could not be read: {how}"),
            Err(ExtractionError::Broken(error)) => Err(error),
        }
    }

    fn source(&self, path: &str, sha256: String, said: Metadata, extraction: &Extraction) -> Source {
        let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or(path);
        let title = said.title.or_else(|| extraction.title.clone()).unwrap_or_else(|| stem.to_owned());
        Source {
            origin: Origin::Campus { collection: self.collection.to_owned(), path: path.to_owned() },
            title: shorten(&title, MAX_TITLE_CHARS),
            url: said.url.map(|url| shorten(&url, MAX_URL_CHARS)),
            valid_from: said.valid_from,
            valid_to: said.valid_to,
            sha256,
            pages: extraction.page_count.and_then(|pages| i32::try_from(pages).ok()),
            chunks: extraction.chunks(),
        }
    }
}

/// The files of a folder that can be read, by their path in it. Hidden ones do not count.
fn files(folder: &Path) -> anyhow::Result<BTreeMap<String, (PathBuf, Format)>> {
    let mut found = BTreeMap::new();
    let visible = |entry: &walkdir::DirEntry| {
        entry.depth() == 0 || !entry.file_name().to_str().is_some_and(|name| name.starts_with('.'))
    };
    for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(visible) {
        let entry = entry.with_context(|| format!("reading {}", folder.display()))?;
        let Some(format) = Format::of(entry.path()).filter(|_| entry.file_type().is_file()) else { continue };
        let Some(path) = entry.path().strip_prefix(folder).ok().and_then(Path::to_str) else { continue };
        found.insert(path.replace('\\', "/"), (entry.path().to_owned(), format));
    }
    Ok(found)
}

/// SHA-256 of a file from where it stands, in hexadecimal.
pub(super) fn hash(file: &mut File) -> anyhow::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut total = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex::encode(hash.finalize()));
        }
        total += read as u64;
        anyhow::ensure!(total <= MAX_FILE_BYTES, "it is larger than {} MiB", MAX_FILE_BYTES / 1024 / 1024);
        hash.update(&buffer[..read]);
    }
}

fn shorten(text: &str, chars: usize) -> String {
    text.trim().chars().take(chars).collect()
}
