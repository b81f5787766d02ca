//! Bodies of parts (`multipart/form-data`), read as they come: counted, kept to a pace, never held in memory as a whole.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Poll, ready},
};

use futures::{Stream, stream};
use multer::{Constraints, Field, Multipart, SizeLimit};
use rocket::{
    Data,
    data::ToByteUnit,
    http::{ContentType, MediaType},
};
use tokio::io::AsyncRead;
use tokio_util::{bytes::Bytes, io::ReaderStream};

use super::pace::{Pace, Paced};
use crate::error::{Error, Invalid};

/// What is read of a body: further parts count for nothing.
const MAX_PARTS: usize = 8;
const READ_BYTES: usize = 64 * 1024;
/// A head is short, but it may begin at the end of one read and end in the next, with what follows behind it.
const MAX_HEAD_BYTES: usize = 2 * READ_BYTES + 8 * 1024;

/// Why a body cannot be read to its end.
#[derive(Debug)]
pub enum Unreadable {
    /// It is longer than it may be. What that means is for the route to say.
    TooLarge,
    /// Anything else.
    Other(Error),
}

/// The parts of a body.
pub struct Parts<'r> {
    body: Multipart<'r>,
    heads: Heads,
    left: usize,
}

/// A part.
pub struct Part<'r>(Field<'r>);

impl<'r> Parts<'r> {
    /// Begins to read a body of at most `max_bytes`.
    pub fn open(content_type: Option<&ContentType>, data: Data<'r>, max_bytes: u64) -> Result<Self, Error> {
        let boundary = boundary(content_type)?;
        let body = Paced::new(data.open((max_bytes + 1).bytes()), Pace::UPLOAD);
        let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(max_bytes));
        let heads = Heads::default();
        let body = Multipart::with_constraints(heads.watch(body), boundary, limits);
        Ok(Self { body, heads, left: MAX_PARTS })
    }

    /// The next part; `None` behind the last one, and behind the eighth.
    pub async fn next(&mut self) -> Result<Option<Part<'r>>, Unreadable> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        Ok(self.heads.next_part(&mut self.body).await?.map(Part))
    }

    /// Reads what is left, eight parts at most, without keeping it.
    pub async fn drain(mut self) -> Result<(), Unreadable> {
        self.left = MAX_PARTS;
        while let Some(part) = self.next().await? {
            part.discard().await?;
        }
        Ok(())
    }
}

impl Part<'_> {
    /// The name of its field.
    pub fn name(&self) -> Option<&str> {
        self.0.name()
    }

    /// The name of the file, as the sender has it; `None` for what is no file.
    pub fn file_name(&self) -> Option<&str> {
        self.0.file_name()
    }

    /// What the sender says that it is.
    pub fn declared(&self) -> Option<&str> {
        self.0.content_type().map(AsRef::as_ref)
    }

    /// The next bytes; `None` at the end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Unreadable> {
        self.0.chunk().await.map_err(unreadable)
    }

    /// Reads the rest of it without keeping it.
    pub async fn discard(mut self) -> Result<(), Unreadable> {
        while self.chunk().await?.is_some() {}
        Ok(())
    }
}

fn boundary(content_type: Option<&ContentType>) -> Result<String, Error> {
    let multipart = |content: &&ContentType| {
        content.media_type().top() == MediaType::FormData.top()
            && content.media_type().sub() == MediaType::FormData.sub()
    };
    let Some(content) = content_type.filter(multipart) else {
        let sent = content_type.map(ToString::to_string).unwrap_or_default();
        return Err(Error::UnsupportedMedia(sent));
    };
    let boundary = content.param("boundary").filter(|boundary| !boundary.is_empty());
    boundary.map(str::to_owned).ok_or_else(|| {
        Invalid::detail("Multipart form parse error - Invalid boundary in multipart: None").into()
    })
}

fn unreadable(error: multer::Error) -> Unreadable {
    match error {
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => {
            Unreadable::TooLarge
        }
        multer::Error::StreamReadFailed(cause) => match cause.downcast_ref::<io::Error>() {
            Some(late) if late.kind() == io::ErrorKind::TimedOut => Unreadable::Other(Error::TooSlow),
            Some(long) if long.kind() == io::ErrorKind::InvalidData => {
                broken("Multipart form parse error - the head of a part is too long")
            }
            _ => broken("The upload broke off."),
        },
        other => broken(&format!("Multipart form parse error - {other}")),
    }
}

fn broken(sentence: &str) -> Unreadable {
    Unreadable::Other(Invalid::detail(sentence).into())
}

/// Bounds what comes before a part begins: the parser would hold all of it in memory.
#[derive(Clone, Default)]
struct Heads {
    awaited: Arc<AtomicBool>,
    bytes: Arc<AtomicUsize>,
}

impl Heads {
    /// The bytes of `body`, one read at a time: the parser takes whatever is there into its memory before it looks at it.
    fn watch<R: AsyncRead + Send>(&self, body: R) -> impl Stream<Item = io::Result<Bytes>> + Send + use<R> {
        let heads = self.clone();
        let mut reads = Box::pin(ReaderStream::with_capacity(body, READ_BYTES));
        let mut just_gave = false;
        stream::poll_fn(move |context| {
            if std::mem::take(&mut just_gave) {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let read = ready!(reads.as_mut().poll_next(context));
            just_gave = true;
            Poll::Ready(read.map(|read| heads.admit(read?)))
        })
    }

    fn admit(&self, bytes: Bytes) -> io::Result<Bytes> {
        let awaited = self.awaited.load(Ordering::Relaxed);
        let sum = self.bytes.fetch_add(bytes.len(), Ordering::Relaxed) + bytes.len();
        if awaited && sum > MAX_HEAD_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the head of a part is too long"));
        }
        Ok(bytes)
    }

    async fn next_part<'b>(&self, parts: &mut Multipart<'b>) -> Result<Option<Field<'b>>, Unreadable> {
        self.bytes.store(0, Ordering::Relaxed);
        self.awaited.store(true, Ordering::Relaxed);
        let next = parts.next_field().await;
        self.awaited.store(false, Ordering::Relaxed);
        next.map_err(unreadable)
    }
}
