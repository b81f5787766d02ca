//! A ZIP archive that is made while it is read: a piece at a time, and no faster than its reader takes the pieces.
//!
//! Compressing happens beside the async threads. Between two pieces nothing is held but the compressor's own memory: no
//! thread, and no connection to the database.

use std::{
    fs::File,
    io::{self, Read, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, bail};
use chrono::{DateTime, Datelike, Timelike, Utc};
use serde_json::Value;
use tokio::sync::mpsc;
use zip::{
    CompressionMethod, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

/// Bytes that are compressed at once, and from which on they are sent.
const PIECE: usize = 64 * 1024;
/// Pieces that wait for a slow reader.
const WAITING: usize = 2;
/// A reader that takes nothing for so long has gone.
const PATIENCE: Duration = Duration::from_mins(2);
/// What is compressed already gains nothing by trying hard.
const QUICK: i64 = 1;

type Zip = ZipWriter<StreamWriter<Made>>;
type Pieces = mpsc::Receiver<io::Result<Vec<u8>>>;

/// What has been compressed and not been sent.
#[derive(Clone, Debug, Default)]
struct Made(Arc<Mutex<Vec<u8>>>);

impl Write for Made {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How hard an entry is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// As usual.
    Usual,
    /// Hardly.
    Little,
}

/// An archive in the making.
pub(super) struct Archive {
    /// `None` while a piece of it is being compressed.
    zip: Option<Zip>,
    made: Made,
    /// What has been written and not been compressed.
    written: Vec<u8>,
    at: zip::DateTime,
    pieces: mpsc::Sender<io::Result<Vec<u8>>>,
}

impl Archive {
    /// Begins one, whose entries carry this time; with the end at which its bytes come out.
    pub(super) fn begin(at: DateTime<Utc>) -> (Self, Pieces) {
        let (pieces, taken) = mpsc::channel(WAITING);
        let made = Made::default();
        let zip = Some(ZipWriter::new_stream(made.clone()));
        (Self { zip, made, written: Vec::new(), at: as_zip(at), pieces }, taken)
    }

    /// Begins an entry.
    pub(super) async fn entry(&mut self, name: &str, effort: Effort) -> anyhow::Result<()> {
        self.compress().await?;
        let level = (effort == Effort::Little).then_some(QUICK);
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(level)
            .last_modified_time(self.at)
            .unix_permissions(0o600);
        let name = name.to_owned();
        self.beside(move |zip| zip.start_file(name, options).context("beginning an entry")).await
    }

    /// Writes into the entry that was begun last.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.written.extend_from_slice(bytes);
        if self.written.len() >= PIECE { self.compress().await } else { Ok(()) }
    }

    /// The same with a value, as JSON in one line.
    pub(super) async fn json(&mut self, value: &Value) -> anyhow::Result<()> {
        self.write(value.to_string().as_bytes()).await
    }

    /// Writes all of a file into the entry that was begun last.
    pub(super) async fn file(&mut self, mut file: File) -> anyhow::Result<()> {
        self.compress().await?;
        loop {
            let copied = self.beside(move |zip| {
                let mut piece = vec![0; PIECE];
                let read = file.read(&mut piece).context("reading a stored file")?;
                zip.write_all(&piece[..read]).context("adding a stored file")?;
                Ok((file, read))
            });
            let (rest, read) = copied.await?;
            if read == 0 {
                return Ok(());
            }
            file = rest;
        }
    }

    /// Writes the archive's end.
    pub(super) async fn finish(mut self) -> anyhow::Result<()> {
        self.compress().await?;
        let Some(zip) = self.zip.take() else { bail!("an archive was given up") };
        let finished = tokio::task::spawn_blocking(move || zip.finish().map(drop));
        finished.await?.context("ending an archive")?;
        self.send(0).await
    }

    /// To say that the archive has no good end: whoever reads it must not take it for a whole one.
    pub(super) fn failing(&self) -> mpsc::Sender<io::Result<Vec<u8>>> {
        self.pieces.clone()
    }

    async fn compress(&mut self) -> anyhow::Result<()> {
        if self.written.is_empty() {
            return Ok(());
        }
        let written = std::mem::take(&mut self.written);
        self.beside(move |zip| zip.write_all(&written).context("compressing")).await
    }

    /// Works on the archive beside the async threads, then sends what that has made.
    async fn beside<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Zip) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let Some(mut zip) = self.zip.take() else { bail!("an archive was given up") };
        let worked = tokio::task::spawn_blocking(move || {
            let outcome = work(&mut zip);
            (zip, outcome)
        });
        let (zip, outcome) = worked.await.context("compressing")?;
        self.zip = Some(zip);
        let value = outcome?;
        self.send(PIECE).await?;
        Ok(value)
    }

    /// Sends what has been made, if that is so much.
    async fn send(&mut self, least: usize) -> anyhow::Result<()> {
        let bytes = {
            let mut made = self.made.0.lock().unwrap_or_else(PoisonError::into_inner);
            if made.len() < least.max(1) {
                return Ok(());
            }
            std::mem::take(&mut *made)
        };
        match tokio::time::timeout(PATIENCE, self.pieces.send(Ok(bytes))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => bail!("the reader of an archive has gone"),
            Err(_) => bail!("the reader of an archive takes nothing any more"),
        }
    }
}

/// A JSON list in an entry of its own, an item at a time.
pub(super) struct List<'a> {
    archive: &'a mut Archive,
    empty: bool,
}

impl<'a> List<'a> {
    /// Begins the entry.
    pub(super) async fn begin(archive: &'a mut Archive, name: &str) -> anyhow::Result<Self> {
        archive.entry(name, Effort::Usual).await?;
        archive.write(b"[").await?;
        Ok(Self { archive, empty: true })
    }

    /// One more item.
    pub(super) async fn item(&mut self, value: &Value) -> anyhow::Result<()> {
        self.another().await?.json(value).await
    }

    /// One more item, for the caller to write.
    pub(super) async fn another(&mut self) -> anyhow::Result<&mut Archive> {
        let between: &[u8] = if self.empty { b"\n" } else { b",\n" };
        self.empty = false;
        self.archive.write(between).await?;
        Ok(self.archive)
    }

    /// Goes on with the item that was begun last.
    pub(super) fn last(&mut self) -> &mut Archive {
        self.archive
    }

    /// Ends the list.
    pub(super) async fn end(self) -> anyhow::Result<()> {
        self.archive.write(b"\n]\n").await
    }
}

/// As archives keep time: in pairs of seconds, not before 1980.
fn as_zip(at: DateTime<Utc>) -> zip::DateTime {
    let small = |part: u32| u8::try_from(part).unwrap_or_default();
    let year = u16::try_from(at.year()).unwrap_or_default();
    zip::DateTime::from_date_and_time(
        year,
        small(at.month()),
        small(at.day()),
        small(at.hour()),
        small(at.minute()),
        small(at.second()),
    )
    .unwrap_or_default()
}
