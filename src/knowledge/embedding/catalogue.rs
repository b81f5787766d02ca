//! Which campus documents have vectors, in memory: kept in step by the same list of changes that the keyword index
//! follows, so that a question costs one number and no list of documents.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sea_orm::{ConnectionTrait, DbErr};
use tokio::sync::Mutex;

use super::row::{self, Of, Place};
use crate::{
    knowledge::{change, document::DocumentId},
    platform::store::BATCH,
};

/// The list. Made at the first question.
#[derive(Debug, Default)]
pub(super) struct Catalogue(Mutex<Option<Known>>);

#[derive(Debug)]
struct Known {
    model: Arc<str>,
    lineage: String,
    /// The last change that it has followed.
    seq: i64,
    places: BTreeMap<DocumentId, Place>,
    shared: Arc<[Place]>,
}

impl Catalogue {
    /// Where the vectors of campus documents by this model are, as of now.
    pub(super) async fn campus(
        &self,
        db: &impl ConnectionTrait,
        model: &Arc<str>,
    ) -> Result<Arc<[Place]>, DbErr> {
        let mut known = self.0.lock().await;
        // The number is read first: what changes meanwhile is followed once more than needed at worst.
        let head = change::head(db).await?;
        if let Some(known) =
            known.as_mut().filter(|known| known.model == *model && known.lineage == head.lineage)
            && (known.seq == head.seq || known.follow(db, head.seq).await?)
        {
            return Ok(known.shared.clone());
        }
        let places = row::places(db, model, Of::Campus).await?;
        let anew = Known {
            model: model.clone(),
            lineage: head.lineage,
            seq: head.seq,
            shared: places.clone().into(),
            places: places.into_iter().map(|place| (place.document, place)).collect(),
        };
        Ok(known.insert(anew).shared.clone())
    }
}

impl Known {
    /// Follows the changes up to `head`. `false` when there are too many, or not all of them are listed any more.
    async fn follow(&mut self, db: &impl ConnectionTrait, head: i64) -> Result<bool, DbErr> {
        let missed = usize::try_from(head - self.seq).unwrap_or(usize::MAX);
        if missed > BATCH {
            return Ok(false);
        }
        let changes = change::after(db, self.seq, BATCH as u64).await?;
        if changes.len() < missed {
            return Ok(false);
        }
        let seq = changes.last().map_or(head, |change| change.seq);
        let ids: BTreeSet<DocumentId> = changes.iter().map(|change| change.document_id).collect();
        let ids: Vec<DocumentId> = ids.into_iter().collect();
        let places = row::places(db, &self.model, Of::CampusAmong(&ids)).await?;
        self.places.retain(|id, _| ids.binary_search(id).is_err());
        self.places.extend(places.into_iter().map(|place| (place.document, place)));
        self.shared = self.places.values().copied().collect();
        self.seq = seq;
        Ok(true)
    }
}
