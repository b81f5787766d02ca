//! The settings of search by meaning: where vectors come from, how much they count, who ranks once more.

use std::time::Duration;

use super::reader::Reader;
use crate::platform::secret::Secret;

/// How a service that makes embeddings is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speech {
    /// As text-embeddings-inference is; it says itself which model it has.
    Tei,
    /// As `OpenAI` is, for the model of this name.
    OpenAi(String),
}

/// A service that makes embeddings, and what is done with them.
#[derive(Clone, Debug)]
pub struct EmbeddingSettings {
    /// Its address, without a path of ours.
    pub url: String,
    /// How it is asked.
    pub speech: Speech,
    /// Bearer token.
    pub api_key: Option<Secret>,
    /// Time for the whole search by meaning, for a question.
    pub patience: Duration,
    /// Chunks of one request.
    pub batch: usize,
    /// Bytes of vectors kept in memory.
    pub cache_bytes: u64,
    /// How much a place in the list by meaning counts, beside 1 for one in the list by keyword.
    pub weight: f32,
    /// A passage that no keyword finds has to be this similar to the question.
    pub min_similarity: f32,
}

/// A service that ranks passages.
#[derive(Clone, Debug)]
pub struct RerankSettings {
    /// Its address, without a path of ours.
    pub url: String,
    /// Bearer token.
    pub api_key: Option<Secret>,
    /// Time for it.
    pub patience: Duration,
}

const MEBIBYTE: u64 = 1024 * 1024;

pub(super) fn embeddings(reader: &mut Reader<'_>) -> Option<EmbeddingSettings> {
    let url = address(reader, "TEI_URL")?;
    let weight: f32 = reader.parsed("EMBEDDING_WEIGHT", 1.0);
    if !(0.0..=100.0).contains(&weight) {
        reader.problem("EMBEDDING_WEIGHT", "is not between 0 and 100");
    }
    let min_similarity: f32 = reader.parsed("EMBEDDING_MIN_SIMILARITY", 0.3);
    if !(-1.0..=1.0).contains(&min_similarity) {
        reader.problem("EMBEDDING_MIN_SIMILARITY", "is not between -1 and 1");
    }
    let batch: usize = reader.parsed("EMBEDDING_BATCH", 32);
    if !(1..=1_000).contains(&batch) {
        reader.problem("EMBEDDING_BATCH", "is not between 1 and 1000");
    }
    Some(EmbeddingSettings {
        url,
        speech: reader.text("EMBEDDING_MODEL").map_or(Speech::Tei, Speech::OpenAi),
        api_key: reader.text("EMBEDDING_API_KEY").map(Secret::from),
        patience: reader.seconds("EMBEDDING_TIMEOUT", 1.0),
        batch,
        cache_bytes: reader.parsed::<u64>("EMBEDDING_CACHE_MB", 256).saturating_mul(MEBIBYTE),
        weight,
        min_similarity,
    })
}

pub(super) fn rerank(reader: &mut Reader<'_>) -> Option<RerankSettings> {
    Some(RerankSettings {
        url: address(reader, "RERANK_URL")?,
        api_key: reader.text("RERANK_API_KEY").map(Secret::from),
        patience: reader.seconds("RERANK_TIMEOUT", 0.5),
    })
}

/// A web address without the slash at its end.
fn address(reader: &mut Reader<'_>, name: &'static str) -> Option<String> {
    let url = reader.text(name)?;
    let web = reqwest::Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !web {
        reader.problem(name, format!("`{url}` is not an http address"));
    }
    Some(url.trim_end_matches('/').to_owned())
}
