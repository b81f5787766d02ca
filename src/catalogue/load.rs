//! Loads the folder `catalogue` of an ingested folder: majors, whose files are campus documents already, and lists.
//!
//! What a file says replaces all that was there of its kind, in one transaction. A file with a mistake leaves what was
//! there, and a file that has not changed is not loaded again.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::Path,
};

use anyhow::{Context, bail};
use sea_orm::{ActiveValue, ConnectionTrait, DbErr, EntityTrait, Set};
use sha2::{Digest, Sha256};

use super::{
    curriculum,
    file::{self, Kind},
    major, prerequisite, requirement, section,
    table::Faults,
};
use crate::{
    knowledge::{
        DocumentId, METADATA_FILE, Metadata, Origin, Source,
        campus::Emptying,
        documents::{self, Model as Document},
        embedding::Vectors,
        of_collection, read_metadata, write,
    },
    platform::{
        clock::Clock,
        store::{Store, Transaction},
    },
};

/// The folder, inside an ingested one.
pub const FOLDER: &str = "catalogue";
const MAJORS: &str = "catalogue/majors/";
const LISTS: [(Kind, &str, &str); 3] = [
    (Kind::Prerequisites, "catalogue/prerequisites.csv", "Course prerequisites (registrar's list)"),
    (Kind::Schedule, "catalogue/schedule.csv", "Class schedule"),
    (Kind::Curriculum, "catalogue/curriculum.csv", "Curriculum"),
];
const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;
/// Rows of one statement: SQLite binds at most 32 766 values, and there are fourteen to a row at most.
const INSERT_ROWS: usize = 500;
const MAX_TITLE_CHARS: usize = 300;
const MAX_URL_CHARS: usize = 1000;

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// What was loaded, with the number of rows: the path of a list, or the folder of majors.
    pub changed: Vec<(String, usize)>,
    /// Lists that went.
    pub removed: usize,
    /// Files that could not be used, with the reason. What was there of them is still there.
    pub failed: Vec<(String, String)>,
}

/// Loads the catalogue of `folder`, whose documents have been ingested. `emptying` says whether a folder without a
/// catalogue may remove the lists that came from it.
pub async fn load(store: &Store, clock: &Clock, folder: &Path, emptying: Emptying) -> anyhow::Result<Loaded> {
    let folder = folder.canonicalize().with_context(|| format!("opening {}", folder.display()))?;
    let collection = folder.to_str().context("the folder's path is not UTF-8")?.to_owned();
    let (files, metadata) = tokio::task::spawn_blocking(move || {
        Ok::<_, anyhow::Error>((files(&folder)?, read_metadata(&folder)?))
    })
    .await??;
    let there = of_collection(store.read(), &collection).await?;
    let lists =
        |document: &Document| LISTS.iter().any(|(_, list, _)| document.path.as_deref() == Some(*list));
    if files.is_empty() && there.iter().any(lists) && emptying == Emptying::Refused {
        bail!(
            "{collection} has no catalogue any more, but lists came from it; pass --allow-empty to remove them"
        );
    }
    let run = Run { store, clock, collection: &collection, metadata: &metadata, there: &there };
    let mut loaded = Loaded::default();
    for path in files.keys().filter(|path| !path.starts_with(MAJORS)) {
        if !LISTS.iter().any(|(_, list, _)| list == path) {
            let names: Vec<&str> = LISTS.iter().map(|(_, list, _)| *list).collect();
            let why = format!("it is none of {}", names.join(", "));
            loaded.failed.push((path.clone(), why));
        }
    }
    run.majors(&files, &mut loaded).await?;
    for (kind, path, title) in LISTS {
        run.list(kind, path, title, files.get(path), &mut loaded).await?;
    }
    Ok(loaded)
}

/// The bytes of the tables in the folder and of the files of majors, by path, or why they are not read.
type Files = BTreeMap<String, Result<Vec<u8>, String>>;

fn files(folder: &Path) -> anyhow::Result<Files> {
    let mut files = Files::new();
    for (inside, endings) in [(FOLDER, &["csv", "tsv"][..]), ("catalogue/majors", &["md", "markdown"][..])] {
        let entries = match fs::read_dir(folder.join(inside)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| format!("reading {inside}")),
        };
        for entry in entries {
            let entry = entry.with_context(|| format!("reading {inside}"))?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            let ending = Path::new(&name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let wanted = endings.contains(&ending.to_ascii_lowercase().as_str());
            if name.starts_with('.') || name == METADATA_FILE || !wanted || !entry.path().is_file() {
                continue;
            }
            let small = entry.metadata().is_ok_and(|metadata| metadata.len() <= MAX_FILE_BYTES);
            let path = format!("{inside}/{name}");
            let bytes = if small {
                Ok(fs::read(entry.path()).with_context(|| format!("reading {path}"))?)
            } else {
                Err(format!("it is larger than {} MiB", MAX_FILE_BYTES / 1024 / 1024))
            };
            files.insert(path, bytes);
        }
    }
    Ok(files)
}

/// The rows of a list.
#[derive(Clone)]
enum Rows {
    Prerequisites(Vec<prerequisite::ActiveModel>),
    Schedule(Vec<section::ActiveModel>),
    Curriculum(Vec<curriculum::ActiveModel>),
}

impl Rows {
    fn read(kind: Kind, bytes: &[u8]) -> Result<Self, Faults> {
        match kind {
            Kind::Schedule => section::read(bytes).map(Self::Schedule),
            Kind::Curriculum => curriculum::read(bytes).map(Self::Curriculum),
            _ => prerequisite::read(bytes).map(Self::Prerequisites),
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::Prerequisites(rows) => rows.len(),
            Self::Schedule(rows) => rows.len(),
            Self::Curriculum(rows) => rows.len(),
        }
    }

    /// The subjects of its courses, one a line.
    fn subjects(&self) -> String {
        let courses: Vec<&ActiveValue<String>> = match self {
            Self::Prerequisites(rows) => rows.iter().map(|row| &row.course).collect(),
            Self::Schedule(rows) => rows.iter().map(|row| &row.course).collect(),
            Self::Curriculum(rows) => rows.iter().map(|row| &row.course).collect(),
        };
        let subject = |course: &&ActiveValue<String>| match course {
            Set(code) => code.split(' ').next().map(str::to_owned),
            _ => None,
        };
        let subjects: BTreeSet<String> = courses.iter().filter_map(subject).collect();
        subjects.into_iter().collect::<Vec<_>>().join("\n")
    }

    async fn insert(self, db: &impl ConnectionTrait, of: DocumentId) -> Result<(), DbErr> {
        match self {
            Self::Prerequisites(mut rows) => {
                for row in &mut rows {
                    row.document_id = Set(of);
                }
                insert::<prerequisite::Entity>(db, rows).await
            }
            Self::Schedule(mut rows) => {
                for row in &mut rows {
                    row.document_id = Set(of);
                }
                insert::<section::Entity>(db, rows).await
            }
            Self::Curriculum(mut rows) => {
                for row in &mut rows {
                    row.document_id = Set(of);
                }
                insert::<curriculum::Entity>(db, rows).await
            }
        }
    }
}

async fn insert<E: EntityTrait>(db: &impl ConnectionTrait, rows: Vec<E::ActiveModel>) -> Result<(), DbErr>
where
    E::ActiveModel: Send,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        E::insert_many(rows.by_ref().take(INSERT_ROWS)).exec_without_returning(db).await?;
    }
    Ok(())
}

struct Run<'a> {
    store: &'a Store,
    clock: &'a Clock,
    collection: &'a str,
    metadata: &'a HashMap<String, Metadata>,
    /// The documents of the folder.
    there: &'a [Document],
}

impl Run<'_> {
    fn document(&self, path: &str) -> Option<&Document> {
        self.there.iter().find(|document| document.path.as_deref() == Some(path))
    }

    /// Majors are campus documents: their rows hang on those.
    async fn majors(&self, files: &Files, loaded: &mut Loaded) -> anyhow::Result<()> {
        let kinds = [Kind::Major, Kind::AllMajors];
        let (now, mut majors, mut items) = (self.clock.now(), Vec::new(), Vec::new());
        for (path, bytes) in files.iter().filter(|(path, _)| path.starts_with(MAJORS)) {
            let bytes = match bytes {
                Ok(bytes) => bytes,
                Err(why) => {
                    loaded.failed.push((path.clone(), why.clone()));
                    continue;
                }
            };
            // What could not be ingested has been told already.
            let Some(document) = self.document(path) else { continue };
            let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let read = major::read(document.id, stem, bytes);
            majors.push(file::ActiveModel {
                document_id: Set(document.id),
                kind: Set(read.kind),
                name: Set(read.name),
                words: Set(read.words),
                sha256: Set(hash(bytes)),
                entries: Set(i32::try_from(read.items.len()).unwrap_or(i32::MAX)),
                loaded_at: Set(now),
            });
            items.extend(read.items);
        }
        majors.sort_by_key(|major| *major.document_id.as_ref());
        let known = file::of_kinds(self.store.read(), &kinds).await?;
        let known = known.iter().map(|file| (file.document_id, &file.sha256, &file.name));
        let read =
            majors.iter().map(|file| (*file.document_id.as_ref(), file.sha256.as_ref(), file.name.as_ref()));
        if majors.is_empty() || known.eq(read) {
            return Ok(());
        }
        let count = majors.len();
        let ids: Vec<DocumentId> = majors.iter().map(|major| *major.document_id.as_ref()).collect();
        let put = async |tx: Transaction| {
            // Documents before what hangs on them, as whoever removes one does; one that staff have removed since is left out.
            let there = documents::lock(&tx, &ids).await?;
            file::remove(&tx, &kinds).await?;
            let is_there = |of: &ActiveValue<DocumentId>| there.binary_search(of.as_ref()).is_ok();
            let majors = majors.into_iter().filter(|major| is_there(&major.document_id)).collect();
            let items = items.into_iter().filter(|item| is_there(&item.document_id)).collect();
            insert::<file::Entity>(&tx, majors).await?;
            insert::<requirement::Entity>(&tx, items).await
        };
        self.store.write(put).await?;
        loaded.changed.push((MAJORS.to_owned(), count));
        Ok(())
    }

    /// A list has a document of its own, without text: what is cited of it is put together from its rows.
    async fn list(
        &self,
        kind: Kind,
        path: &str,
        title: &str,
        bytes: Option<&Result<Vec<u8>, String>>,
        loaded: &mut Loaded,
    ) -> anyhow::Result<()> {
        let (now, document) = (self.clock.now(), self.document(path));
        let known = file::of_kinds(self.store.read(), &[kind]).await?;
        let Some(bytes) = bytes else {
            if let Some(document) = document {
                let gone = [document.id];
                self.store.write(async |tx| documents::remove(&tx, now, &gone).await).await?;
                loaded.removed += 1;
            }
            return Ok(());
        };
        let bytes = match bytes {
            Ok(bytes) => bytes.clone(),
            Err(why) => {
                loaded.failed.push((path.to_owned(), why.clone()));
                return Ok(());
            }
        };
        let source = self.source(path, title, hash(&bytes));
        let same = |document: &Document| {
            known.iter().any(|file| file.document_id == document.id && file.sha256 == source.sha256)
                && (&document.title, &document.url) == (&source.title, &source.url)
                && (document.valid_from, document.valid_to) == (source.valid_from, source.valid_to)
        };
        if document.is_some_and(same) {
            return Ok(());
        }
        let rows = match tokio::task::spawn_blocking(move || Rows::read(kind, &bytes)).await? {
            Ok(rows) => rows,
            Err(faults) => {
                loaded.failed.push((path.to_owned(), faults.to_string()));
                return Ok(());
            }
        };
        loaded.changed.push((path.to_owned(), rows.count()));
        let new = self.put(kind, source, rows).await?;
        // A list of this kind that another folder had is nobody's any more.
        let old: Vec<DocumentId> =
            known.into_iter().map(|file| file.document_id).filter(|old| *old != new).collect();
        if !old.is_empty() {
            self.store.write(async |tx| documents::remove(&tx, now, &old).await).await?;
        }
        Ok(())
    }

    /// Puts a list in place of what was there of its kind.
    async fn put(&self, kind: Kind, source: Source, rows: Rows) -> Result<DocumentId, DbErr> {
        let now = self.clock.now();
        let put = async |tx: Transaction| {
            let (name, sha256) = (source.title.clone(), source.sha256.clone());
            // It has no text to be found by: answers look it up.
            let written = write(&tx, now, source, Vectors::Unwanted).await?;
            let document = written.id();
            file::remove(&tx, &[kind]).await?;
            let file = file::ActiveModel {
                document_id: Set(document),
                kind: Set(kind),
                name: Set(name),
                words: Set(rows.subjects()),
                sha256: Set(sha256),
                entries: Set(i32::try_from(rows.count()).unwrap_or(i32::MAX)),
                loaded_at: Set(now),
            };
            insert::<file::Entity>(&tx, vec![file]).await?;
            rows.insert(&tx, document).await?;
            written.announce(&tx).await
        };
        self.store.write(put).await
    }

    fn source(&self, path: &str, title: &str, sha256: String) -> Source {
        let said = self.metadata.get(path).cloned().unwrap_or_default();
        let cut = |text: String, chars: usize| text.chars().take(chars).collect::<String>();
        Source {
            origin: Origin::Campus { collection: self.collection.to_owned(), path: path.to_owned() },
            title: cut(said.title.unwrap_or_else(|| title.to_owned()), MAX_TITLE_CHARS),
            url: said.url.map(|url| cut(url, MAX_URL_CHARS)),
            valid_from: said.valid_from,
            valid_to: said.valid_to,
            sha256,
            pages: None,
            chunks: Vec::new(),
        }
    }
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
