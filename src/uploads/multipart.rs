//! Receiving a file: streamed to disk, counted and checked on the way, never held in memory.

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

use super::{
    name,
    refusal::{Refused, UploadError},
};
use crate::{
    error::{Error, Invalid},
    platform::{
        disk,
        pace::{Pace, Paced},
        storage::{Incoming, Storage},
    },
};

/// Largest file.
const MAX_FILE_BYTES: u64 = 10 * 1024 * 1024;
/// What is read of a body that is too large before the answer: a browser shows an answer only when it could send its
/// request to the end.
const MAX_BODY_BYTES: u64 = 48 * 1024 * 1024;
const MAX_PARTS: usize = 8;
const READ_BYTES: usize = 64 * 1024;
/// A head is short, but it may begin at the end of one read and end in the next, with what follows behind it.
const MAX_HEAD_BYTES: usize = 2 * READ_BYTES + 8 * 1024;
/// Where a PDF has to say that it is one.
const SIGNATURE_BYTES: usize = 1024;
const SIGNATURES: [&[u8]; 2] = [b"%PDF-1.", b"%PDF-2."];

/// A file on the disk that has passed all checks but is registered nowhere yet.
pub(super) struct Received {
    pub(super) incoming: Incoming,
    pub(super) display_name: String,
}

/// Receives the file of a multipart body: the part named `file_` or `file`.
pub(super) async fn receive(
    content_type: Option<&ContentType>,
    data: Data<'_>,
    storage: &Storage,
) -> Result<Received, UploadError> {
    let boundary = boundary(content_type)?;
    let body = Paced::new(data.open((MAX_BODY_BYTES + 1).bytes()), Pace::UPLOAD);
    let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(MAX_BODY_BYTES));
    let heads = Heads::default();
    let mut parts = Multipart::with_constraints(heads.watch(body), boundary, limits);
    for _ in 0..MAX_PARTS {
        let Some(part) = heads.next_part(&mut parts).await? else { break };
        if matches!(part.name(), Some("file_" | "file")) {
            let received = receive_part(part, storage).await?;
            drain(parts, &heads).await?;
            return Ok(received);
        }
        discard(part).await?;
    }
    Err(Refused::NoFile.into())
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

async fn receive_part(mut part: Field<'_>, storage: &Storage) -> Result<Received, UploadError> {
    let Some(client_name) = part.file_name().map(str::to_owned) else {
        discard(part).await?;
        return Err(Refused::NotAFile.into());
    };
    if !name::is_pdf(&client_name) {
        discard(part).await?;
        return Err(Refused::WrongEnding.into());
    }
    let mut incoming = storage.begin().await.map_err(disk::failure)?;
    let mut head: Vec<u8> = Vec::with_capacity(SIGNATURE_BYTES);
    while let Some(bytes) = part.chunk().await.map_err(unreadable)? {
        if incoming.size_bytes() + bytes.len() as u64 > MAX_FILE_BYTES {
            drop(incoming);
            discard(part).await?;
            return Err(Refused::TooLarge.into());
        }
        if head.len() < SIGNATURE_BYTES {
            head.extend(bytes.iter().take(SIGNATURE_BYTES - head.len()));
        }
        incoming.write(&bytes).await.map_err(disk::failure)?;
    }
    if incoming.size_bytes() == 0 {
        return Err(Refused::Empty.into());
    }
    if !SIGNATURES.iter().any(|signature| head.windows(signature.len()).any(|window| window == *signature)) {
        return Err(Refused::NotPdf.into());
    }
    Ok(Received { incoming, display_name: name::display_name(&client_name) })
}

/// Reads the rest of a part without keeping it.
async fn discard(mut part: Field<'_>) -> Result<(), UploadError> {
    while part.chunk().await.map_err(unreadable)?.is_some() {}
    Ok(())
}

/// Reads the rest of the body without keeping it.
async fn drain(mut parts: Multipart<'_>, heads: &Heads) -> Result<(), UploadError> {
    for _ in 0..MAX_PARTS {
        match heads.next_part(&mut parts).await? {
            Some(part) => discard(part).await?,
            None => break,
        }
    }
    Ok(())
}

fn unreadable(error: multer::Error) -> UploadError {
    match error {
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => {
            Refused::TooLarge.into()
        }
        multer::Error::StreamReadFailed(cause) => match cause.downcast_ref::<io::Error>() {
            Some(late) if late.kind() == io::ErrorKind::TimedOut => Error::TooSlow.into(),
            Some(long) if long.kind() == io::ErrorKind::InvalidData => {
                broken("Multipart form parse error - the head of a part is too long")
            }
            _ => broken("The upload broke off."),
        },
        other => broken(&format!("Multipart form parse error - {other}")),
    }
}

fn broken(sentence: &str) -> UploadError {
    Error::from(Invalid::detail(sentence)).into()
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

    async fn next_part<'b>(&self, parts: &mut Multipart<'b>) -> Result<Option<Field<'b>>, UploadError> {
        self.bytes.store(0, Ordering::Relaxed);
        self.awaited.store(true, Ordering::Relaxed);
        let next = parts.next_field().await;
        self.awaited.store(false, Ordering::Relaxed);
        next.map_err(unreadable)
    }
}
