//! Receiving a file: streamed to disk, counted and checked on the way, never held in memory.

use rocket::{Data, http::ContentType};

use super::{
    name,
    refusal::{Refused, UploadError},
};
use crate::platform::{
    disk,
    multipart::{Part, Parts},
    storage::{Incoming, Storage},
};

/// Largest file.
const MAX_FILE_BYTES: u64 = 10 * 1024 * 1024;
/// What is read of a body that is too large before the answer: a browser shows an answer only when it could send its
/// request to the end.
const MAX_BODY_BYTES: u64 = 48 * 1024 * 1024;
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
    let mut parts = Parts::open(content_type, data, MAX_BODY_BYTES)?;
    while let Some(part) = parts.next().await? {
        if matches!(part.name(), Some("file_" | "file")) {
            let received = receive_part(part, storage).await?;
            parts.drain().await?;
            return Ok(received);
        }
        part.discard().await?;
    }
    Err(Refused::NoFile.into())
}

async fn receive_part(mut part: Part<'_>, storage: &Storage) -> Result<Received, UploadError> {
    let Some(client_name) = part.file_name().map(str::to_owned) else {
        part.discard().await?;
        return Err(Refused::NotAFile.into());
    };
    if !name::is_pdf(&client_name) {
        part.discard().await?;
        return Err(Refused::WrongEnding.into());
    }
    let mut incoming = storage.begin().await.map_err(disk::failure)?;
    let mut head: Vec<u8> = Vec::with_capacity(SIGNATURE_BYTES);
    while let Some(bytes) = part.chunk().await? {
        if incoming.size_bytes() + bytes.len() as u64 > MAX_FILE_BYTES {
            drop(incoming);
            part.discard().await?;
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
