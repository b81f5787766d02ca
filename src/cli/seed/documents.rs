//! `chatdku seed-documents`: made-up campus documents, with made-up vectors where a model is named.

use anyhow::{Context, bail};
use sea_orm::{EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{
    super::{progress_bar, say},
    words::{Dice, Writer},
};
use crate::{
    config::{Config, Speech},
    knowledge::{self, DocumentId, Origin, Source, embedding, tables},
    platform::{
        clock::Clock,
        store::{Store, Transaction},
    },
    search::{Piece, encode, normalise},
};

/// Chunks of a document.
const CHUNKS: u32 = 50;
/// Answers of made-up text in a chunk: about as long as real ones.
const ANSWERS: usize = 5;

/// Makes documents of `chunks` chunks in all. Their vectors are of `dimension` numbers by the model of `EMBEDDING_MODEL`;
/// without one there are none.
pub(in crate::cli) async fn seed(config: Config, chunks: u32, dimension: u16) -> anyhow::Result<()> {
    let model = match config.embeddings.map(|embeddings| embeddings.speech) {
        Some(Speech::OpenAi(model)) => Some(model),
        Some(Speech::Tei) => bail!("set EMBEDDING_MODEL: made-up vectors need the name of a model"),
        None => None,
    };
    let store = Store::open(&config.database).await.context("the database cannot be opened")?;
    store.migrate().await?;
    if tables::Document::find().count(store.read()).await? > 0 {
        bail!("the database has documents already");
    }
    let bar = progress_bar();
    bar.set_length(chunks.into());
    let (mut dice, clock, mut made) = (Dice::new(1), Clock::system(), 0);
    while made < chunks {
        let count = CHUNKS.min(chunks - made);
        let source = document(&mut dice, made / CHUNKS, count);
        let vectors = model.as_ref().map(|_| vectors(&mut dice, count, dimension));
        let (now, model) = (clock.now(), model.clone().unwrap_or_default());
        let kept = store.write_once(async |tx| {
            let id = knowledge::replace(&tx, now, source, embedding::Vectors::Unwanted).await?;
            match vectors {
                Some(data) => keep(&tx, id, model, dimension, data).await,
                None => Ok(()),
            }
        });
        kept.await?;
        made += count;
        bar.set_position(made.into());
    }
    bar.finish_and_clear();
    store.close_for_good().await.context("closing the database")?;
    say(&format!("{made} chunks."));
    Ok(())
}

fn document(dice: &mut Dice, number: u32, chunks: u32) -> Source {
    let writer = Writer::any(dice);
    let piece = |dice: &mut Dice| {
        let text = (0..ANSWERS).map(|_| writer.answer(dice)).collect::<Vec<_>>().join("\n");
        Piece { heading: None, char_start: 0, char_end: text.chars().count(), text }
    };
    Source {
        origin: Origin::Campus { collection: "made-up".to_owned(), path: format!("{number}.md") },
        title: format!("Made-up document {number}"),
        url: None,
        valid_from: None,
        valid_to: None,
        sha256: String::new(),
        pages: None,
        chunks: (0..chunks).map(|_| (None, piece(dice))).collect(),
    }
}

/// Vectors in any direction.
fn vectors(dice: &mut Dice, count: u32, dimension: u16) -> Vec<u8> {
    let mut data = Vec::new();
    for _ in 0..count {
        let number = |dice: &mut Dice| i16::try_from(dice.below(2001)).map_or(0.0, f32::from) - 1000.0;
        let mut vector: Vec<f32> = (0..dimension).map(|_| number(dice)).collect();
        normalise(&mut vector);
        encode(&vector, &mut data);
    }
    data
}

async fn keep(
    tx: &Transaction,
    document: DocumentId,
    made_by: String,
    dimension: u16,
    data: Vec<u8>,
) -> Result<(), sea_orm::DbErr> {
    use tables::ChunkColumn;
    let first = tables::Chunk::find()
        .filter(sea_orm::ColumnTrait::eq(&ChunkColumn::DocumentId, document))
        .order_by_asc(ChunkColumn::Seq)
        .limit(1)
        .one(tx)
        .await?;
    let first = first.ok_or_else(|| sea_orm::DbErr::RecordNotFound("a chunk".to_owned()))?;
    let row = embedding::Row {
        document_id: document,
        made_by,
        dim: dimension.into(),
        first_chunk: first.id.0,
        data,
    };
    tables::Embedding::insert(row.into_active_model()).exec_without_returning(tx).await.map(drop)
}
