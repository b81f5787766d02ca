//! The keyword index: a folder of tantivy's, one writer at a time, any number of readers.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use tantivy::{
    IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term,
    collector::TopDocs,
    query::{BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query, TermQuery, TermSetQuery},
    schema::{FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions},
};

use super::analyse::{Analyser, VERSION};
use crate::platform::disk::make_private;

const ANALYSER: &str = "words-and-pairs";
const WRITER_BYTES: usize = 15_000_000;
const VERSION_FILE: &str = "chatdku-index";

/// How much more a term counts in a title or heading than in the text.
const TITLE_BOOST: f32 = 1.6;
const HEADING_BOOST: f32 = 1.3;

/// A chunk to be found.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id.
    pub chunk: i64,
    /// The scope in which it may be found.
    pub scope: String,
    /// Title of its document.
    pub title: String,
    /// Headings it stands under.
    pub heading: String,
    /// Its text.
    pub text: String,
}

/// What a search may see: for each scope, all of its documents, or only those named.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Scopes and, where not all of them count, document ids.
    pub scopes: Vec<(String, Option<Vec<i64>>)>,
}

/// A chunk found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Its id.
    pub chunk: i64,
    /// BM25 score.
    pub score: f32,
}

/// The answer of a search.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Best first.
    pub hits: Vec<Hit>,
    /// How telling each term of the question is (inverse document frequency); terms that nothing has are heavy too.
    pub weights: HashMap<String, f32>,
}

/// Why an index folder cannot be used as it is.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process writes to it.
    #[error("another process uses {}", .0.display())]
    InUse(PathBuf),
    /// The folder cannot be written to.
    #[error(transparent)]
    Folder(#[from] std::io::Error),
    /// An index cannot be made there.
    #[error(transparent)]
    Index(#[from] tantivy::TantivyError),
}

#[derive(Clone, Copy)]
struct Fields {
    chunk: Field,
    document: Field,
    scope: Field,
    title: Field,
    heading: Field,
    text: Field,
}

/// An open index.
pub struct Index {
    inner: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
    /// Keeps other processes off the folder for as long as this one lives.
    _lock: std::fs::File,
}

impl Index {
    /// Opens the index of a folder, or makes it anew and empty where there is none, a damaged one, or one of
    /// another version. Blocks.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        // Taken once for both: a child being forked just now would keep a lock that is given up and asked for again.
        let lock = lock(folder)?;
        let (inner, reader) = match existing(folder) {
            Ok(opened) => opened,
            Err(why) => {
                tracing::info!(%why, folder = %folder.display(), "making the search index anew");
                anew(folder)?
            }
        };
        Ok(Self { inner, reader, fields: schema().1, _lock: lock })
    }

    /// The number of the last change of `lineage` that this index has followed; 0 for an empty one, and for one that
    /// followed another.
    pub fn followed(&self, lineage: &str) -> tantivy::Result<i64> {
        let payload = self.inner.load_metas()?.payload.unwrap_or_default();
        let seq =
            payload.split_once(' ').filter(|(of, _)| *of == lineage).and_then(|(_, seq)| seq.parse().ok());
        Ok(seq.unwrap_or(0))
    }

    /// Begins an update. One at a time; nothing of it is seen before its end. Blocks.
    pub fn update(&self) -> tantivy::Result<Update> {
        let writer = self.inner.writer_with_num_threads(1, WRITER_BYTES)?;
        Ok(Update { writer, reader: self.reader.clone(), fields: self.fields })
    }

    /// Chunks that have any of `terms`, best first. Blocks for well under a millisecond per thousand chunks.
    pub fn search(&self, terms: &[String], filter: &Filter, limit: usize) -> tantivy::Result<Found> {
        let searcher = self.reader.searcher();
        let mut weights = HashMap::new();
        let chunks = searcher.num_docs() as f32;
        for term in terms {
            let having = searcher.doc_freq(&Term::from_field_text(self.fields.text, term))? as f32;
            weights.insert(term.clone(), ((chunks - having + 0.5) / (having + 0.5) + 1.0).ln());
        }
        if terms.is_empty() || filter.scopes.is_empty() {
            return Ok(Found { hits: Vec::new(), weights });
        }
        let query = BooleanQuery::new(vec![
            (
                Occur::Must,
                Box::new(ConstScoreQuery::new(Box::new(self.allowed(filter)), 0.0)) as Box<dyn Query>,
            ),
            (Occur::Must, Box::new(self.wanted(terms))),
        ]);
        let top = searcher.search(&query, &TopDocs::with_limit(limit).order_by_score())?;
        let mut hits = Vec::with_capacity(top.len());
        for (score, address) in top {
            let segment = searcher.segment_reader(address.segment_ord);
            let chunks = segment.fast_fields().i64("chunk")?;
            if let Some(chunk) = chunks.first(address.doc_id) {
                hits.push(Hit { chunk, score });
            }
        }
        // Equal scores come in the order of segments, which differs between instances: the id decides.
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk.cmp(&b.chunk)));
        Ok(Found { hits, weights })
    }

    /// How many chunks can be found.
    pub fn len(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    /// Whether nothing can be found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn allowed(&self, filter: &Filter) -> BooleanQuery {
        let scopes = filter.scopes.iter().map(|(scope, documents)| {
            let term = Term::from_field_text(self.fields.scope, scope);
            let scope: Box<dyn Query> = Box::new(TermQuery::new(term, IndexRecordOption::Basic));
            let Some(documents) = documents else { return scope };
            let ids = documents.iter().map(|id| Term::from_field_i64(self.fields.document, *id));
            Box::new(BooleanQuery::intersection(vec![scope, Box::new(TermSetQuery::new(ids))]))
        });
        BooleanQuery::union(scopes.collect())
    }

    fn wanted(&self, terms: &[String]) -> BooleanQuery {
        let fields =
            [(self.fields.text, 1.0), (self.fields.title, TITLE_BOOST), (self.fields.heading, HEADING_BOOST)];
        let one = |term: &String, (field, boost): (Field, f32)| -> Box<dyn Query> {
            let query = TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs);
            Box::new(BoostQuery::new(Box::new(query), boost))
        };
        BooleanQuery::union(terms.iter().flat_map(|term| fields.map(|field| one(term, field))).collect())
    }
}

/// Changes to an index that appear together, at their end.
pub struct Update {
    writer: IndexWriter,
    reader: IndexReader,
    fields: Fields,
}

impl Update {
    /// Drops everything.
    pub fn clear(&mut self) -> tantivy::Result<()> {
        self.writer.delete_all_documents().map(drop)
    }

    /// Drops what the index has of a document.
    pub fn remove(&mut self, document: i64) {
        self.writer.delete_term(Term::from_field_i64(self.fields.document, document));
    }

    /// Adds a chunk of a document.
    pub fn add(&mut self, document: i64, entry: &Entry) -> tantivy::Result<()> {
        self.writer.add_document(row(&self.fields, document, entry)).map(drop)
    }

    /// Makes the changes seen, and notes how far the index has come in `lineage`, a word without blanks. Blocks.
    pub fn finish(mut self, lineage: &str, seq: i64) -> tantivy::Result<()> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&format!("{lineage} {seq}"));
        commit.commit()?;
        // Small commits are merged now, by the writer that made them: none is kept open while there is nothing to do.
        self.writer.wait_merging_threads()?;
        self.reader.reload()
    }
}

fn row(fields: &Fields, document: i64, entry: &Entry) -> TantivyDocument {
    let mut row = TantivyDocument::new();
    row.add_i64(fields.document, document);
    row.add_i64(fields.chunk, entry.chunk);
    row.add_text(fields.scope, &entry.scope);
    row.add_text(fields.title, &entry.title);
    row.add_text(fields.heading, &entry.heading);
    row.add_text(fields.text, &entry.text);
    row
}

fn schema() -> (Schema, Fields) {
    let words = TextFieldIndexing::default()
        .set_tokenizer(ANALYSER)
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(true);
    let words = TextOptions::default().set_indexing_options(words);
    let mut schema = Schema::builder();
    let fields = Fields {
        chunk: schema.add_i64_field("chunk", FAST),
        document: schema.add_i64_field("document", INDEXED),
        scope: schema.add_text_field("scope", STRING),
        title: schema.add_text_field("title", words.clone()),
        heading: schema.add_text_field("heading", words.clone()),
        text: schema.add_text_field("text", words),
    };
    (schema.build(), fields)
}

/// What an index of this program is marked with.
fn version_text() -> String {
    format!("analyser {VERSION}, schema 2")
}

/// The index of a folder, or why it is of no use.
fn existing(folder: &Path) -> Result<(tantivy::Index, IndexReader), String> {
    let version = std::fs::read_to_string(folder.join(VERSION_FILE)).unwrap_or_default();
    if version != version_text() {
        return Err(format!("made by version `{version}` of the analyser"));
    }
    tantivy::Index::open_in_dir(folder).and_then(readable).map_err(|error| error.to_string())
}

/// An empty index in a folder, in place of what is there.
fn anew(folder: &Path) -> Result<(tantivy::Index, IndexReader), OpenError> {
    empty(folder)?;
    let index = tantivy::Index::create_in_dir(folder, schema().0)?;
    std::fs::write(folder.join(VERSION_FILE), version_text())?;
    Ok(readable(index)?)
}

fn readable(index: tantivy::Index) -> tantivy::Result<(tantivy::Index, IndexReader)> {
    index.tokenizers().register(ANALYSER, Analyser);
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    Ok((index, reader))
}

/// Takes the folder for this process. Held beside the folder, so that emptying it does not drop the lock.
fn lock(folder: &Path) -> Result<std::fs::File, OpenError> {
    // It has people's texts: nobody else on the machine is to read them.
    make_private(folder)?;
    let mut name = folder.as_os_str().to_owned();
    name.push(".lock");
    let file = std::fs::File::options().create(true).append(true).open(PathBuf::from(name))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(OpenError::InUse(folder.to_owned())),
    }
}

fn empty(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(chunk: i64, scope: &str, text: &str) -> Entry {
        Entry {
            chunk,
            scope: scope.to_owned(),
            title: String::new(),
            heading: String::new(),
            text: text.to_owned(),
        }
    }

    /// Replaces books by what is given.
    fn apply(index: &Index, books: &[(i64, &[Entry])], seq: i64) {
        let mut update = index.update().expect("an update");
        for (book, entries) in books {
            update.remove(*book);
            for entry in *entries {
                update.add(*book, entry).expect("added");
            }
        }
        update.finish("one", seq).expect("finished");
    }

    fn found(index: &Index, question: &str, filter: &Filter) -> Vec<i64> {
        let terms = super::super::query_terms(question);
        index.search(&terms, filter, 10).expect("a search").hits.iter().map(|hit| hit.chunk).collect()
    }

    fn all_of(scope: &str) -> Filter {
        Filter { scopes: vec![(scope.to_owned(), None)] }
    }

    #[test]
    fn a_shelf_is_searched_within_its_scope_and_documents() {
        let folder = tempfile::tempdir().expect("a folder");
        let index = Index::open(folder.path()).expect("an index");
        let open = [entry(10, "open", "Whales are large mammals"), entry(11, "open", "Ships and harbours")];
        let secret = [entry(20, "closed", "A secret chapter about whales")];
        let another = [entry(30, "closed", "Another secret about whales")];
        apply(&index, &[(1, &open), (2, &secret), (3, &another)], 7);
        assert_eq!(found(&index, "whale", &all_of("open")), [10]);
        assert_eq!(
            found(&index, "whale", &Filter { scopes: vec![("closed".to_owned(), Some(vec![3]))] }),
            [30]
        );
        assert_eq!(found(&index, "whale", &Filter::default()), Vec::<i64>::new());
        assert_eq!(index.followed("one").expect("a number"), 7);
        assert_eq!(index.followed("another").expect("a number"), 0, "numbers of another database");
    }

    #[test]
    fn replacing_a_book_leaves_nothing_of_the_old_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let index = Index::open(folder.path()).expect("an index");
        apply(&index, &[(1, &[entry(10, "open", "whales")])], 1);
        apply(&index, &[(1, &[entry(11, "open", "dolphins")])], 2);
        assert_eq!(found(&index, "whales dolphins", &all_of("open")), [11]);
        apply(&index, &[(1, &[])], 3);
        assert!(index.is_empty());
    }

    #[test]
    fn a_closed_index_opens_again_where_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let index = Index::open(folder.path()).expect("an index");
        apply(&index, &[(1, &[entry(10, "open", "奖学金申请")])], 5);
        assert!(matches!(Index::open(folder.path()), Err(OpenError::InUse(_))));
        drop(index);
        let index = Index::open(folder.path()).expect("an index");
        assert_eq!(
            (index.followed("one").expect("a number"), found(&index, "奖学金", &all_of("open"))),
            (5, vec![10])
        );
    }

    #[test]
    fn what_is_of_no_use_is_made_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("meta.json"), "{").expect("written");
        assert!(Index::open(folder.path()).expect("an index").is_empty());
        apply(&Index::open(folder.path()).expect("an index"), &[(1, &[entry(10, "open", "whales")])], 1);
        std::fs::write(folder.path().join("meta.json"), "{").expect("written");
        assert!(Index::open(folder.path()).expect("an index").is_empty(), "a damaged one");
    }
}
