//! Bodies that must keep coming: a sender that trickles is cut off instead of holding a connection.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use rocket::{Data, data::ToByteUnit};
use tokio::{
    io::{AsyncRead, AsyncReadExt, ReadBuf},
    time::{Instant, Sleep},
};

use crate::error::{Error, Invalid};

/// How fast a body has to come.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Lowest rate, judged once the start is over.
    pub bytes_per_second: u64,
    /// The start, during which the rate does not count.
    pub start: Duration,
    /// Longest time for the whole body.
    pub total: Duration,
}

impl Pace {
    /// JSON bodies: 1 KiB/s after 5 s, 15 s in all.
    pub const JSON: Self =
        Self { bytes_per_second: 1024, start: Duration::from_secs(5), total: Duration::from_secs(15) };
    /// Uploads: 8 KiB/s after 5 s, 120 s in all.
    pub const UPLOAD: Self =
        Self { bytes_per_second: 8 * 1024, start: Duration::from_secs(5), total: Duration::from_mins(2) };

    /// When the next byte is due at the latest, `bytes` having come since the beginning.
    fn allowance(&self, bytes: u64) -> Duration {
        let earned = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second as f64);
        (self.start + earned).min(self.total)
    }
}

/// A reader that fails with [`io::ErrorKind::TimedOut`] when its source falls behind.
pub struct Paced<R> {
    source: R,
    pace: Pace,
    began: Instant,
    bytes: u64,
    deadline: Pin<Box<Sleep>>,
}

impl<R> Paced<R> {
    /// Starts the clock.
    pub fn new(source: R, pace: Pace) -> Self {
        let began = Instant::now();
        let deadline = Box::pin(tokio::time::sleep_until(began + pace.allowance(0)));
        Self { source, pace, began, bytes: 0, deadline }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Paced<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.source).poll_read(context, buffer);
        if let Poll::Ready(outcome) = read {
            self.bytes += (buffer.filled().len() - before) as u64;
            let due = self.began + self.pace.allowance(self.bytes);
            self.deadline.as_mut().reset(due);
            return if due < Instant::now() { Poll::Ready(Err(late())) } else { Poll::Ready(outcome) };
        }
        match self.deadline.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(late())),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Reads all of a body that has at most `most` bytes; `too_large` is what the sender of a larger one is told.
pub async fn read_all(
    data: Data<'_>,
    most: u64,
    pace: Pace,
    too_large: &'static str,
) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = Paced::new(data.open((most + 1).bytes()), pace).read_to_end(&mut bytes).await;
    read.map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => Error::TooSlow,
        _ => Invalid::detail("The request body could not be read.").into(),
    })?;
    if bytes.len() as u64 > most { Err(Error::TooLarge(too_large)) } else { Ok(bytes) }
}

fn late() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the body came too slowly")
}
