//! One request to a service beside the program: with a deadline, and an answer of bounded length.

use std::time::Duration;

use futures::StreamExt;

use super::secret::Secret;

/// Why a service was of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// No connection, or one that broke.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// An HTTP status that is no success.
    #[error("it answered {0}")]
    Refused(u16),
    /// Nothing came in time.
    #[error("it was silent for {0:?}")]
    Silent(Duration),
    /// It has failed so often that it is left alone for a while.
    #[error("it is left alone because it failed")]
    LeftAlone,
    /// What came is not what was asked for.
    #[error("its answer is of no use: {0}")]
    Wrong(String),
}

impl ServiceError {
    /// A stable word, for operators.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Refused(_) => "refused",
            Self::Silent(_) => "silent",
            Self::LeftAlone => "left_alone",
            Self::Wrong(_) => "wrong",
        }
    }

    /// Whether the same request may do better later.
    pub fn is_passing(&self) -> bool {
        !matches!(self, Self::Refused(400 | 413 | 422))
    }
}

/// What requests are made with: a service that is there takes a connection within `connect`.
pub fn client(connect: Duration) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(connect)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
}

/// Sends `request` and reads the answer, of `most` bytes at most, within `limit`.
pub async fn ask(
    request: reqwest::RequestBuilder,
    key: Option<&Secret>,
    limit: Duration,
    most: usize,
) -> Result<Vec<u8>, ServiceError> {
    let request = match key {
        Some(key) => request.bearer_auth(key.reveal()),
        None => request,
    };
    let answered = tokio::time::timeout(limit, answer(request, most)).await;
    answered.unwrap_or(Err(ServiceError::Silent(limit)))
}

async fn answer(request: reqwest::RequestBuilder, most: usize) -> Result<Vec<u8>, ServiceError> {
    let unreachable = |error: reqwest::Error| ServiceError::Unreachable(error.without_url().to_string());
    let response = request.send().await.map_err(unreachable)?;
    if !response.status().is_success() {
        return Err(ServiceError::Refused(response.status().as_u16()));
    }
    let mut said = Vec::new();
    let mut parts = response.bytes_stream();
    while let Some(part) = parts.next().await {
        said.extend_from_slice(&part.map_err(unreachable)?);
        if said.len() > most {
            return Err(ServiceError::Wrong(format!("it is longer than {most} bytes")));
        }
    }
    Ok(said)
}
