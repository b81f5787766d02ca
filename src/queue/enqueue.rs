//! How work is asked for: alone, or many jobs in as few statements as one.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use chrono::{DateTime, Utc};
use sea_orm::{QuerySelect, Set, entity::prelude::*};
use serde::Serialize;
use uuid::Uuid;

use super::{
    job::{ActiveModel, COLUMN, Column, Entity, JobId, LIVE, Model, State},
    key,
};
use crate::platform::store::BATCH;

/// A job to be asked for.
#[derive(Clone, Debug)]
pub struct Enqueue {
    kind: Cow<'static, str>,
    key: String,
    payload: String,
    max_attempts: i32,
    dedupe: Option<String>,
    parent: Option<JobId>,
}

impl Enqueue {
    /// Work of `kind` about `payload`, one at a time per `key`.
    pub fn new(kind: &'static str, key: impl Into<String>, payload: &impl Serialize) -> Self {
        let payload = serde_json::to_string(payload).unwrap_or_default();
        let kind = Cow::Borrowed(kind);
        Self { kind, key: key.into(), payload, max_attempts: 5, dedupe: None, parent: None }
    }

    /// The work of `ended` once more. Asked for again while that is unfinished, it changes nothing.
    pub(super) fn again(ended: Model) -> Self {
        Self {
            kind: Cow::Owned(ended.kind),
            key: ended.key,
            payload: ended.payload,
            max_attempts: ended.max_attempts,
            dedupe: Some(ended.dedupe.unwrap_or_else(|| format!("again:{}", ended.id))),
            parent: Some(ended.id),
        }
    }

    /// How often it may be started; 5 unless told.
    #[must_use]
    pub fn max_attempts(mut self, attempts: i32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Names the work: while a job of this name is unfinished, asking again changes nothing.
    #[must_use]
    pub fn once(mut self, name: impl Into<String>) -> Self {
        self.dedupe = Some(name.into());
        self
    }

    /// Asks for it. Part of the caller's transaction; the caller wakes the workers after its commit.
    pub async fn save(self, db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<JobId, DbErr> {
        let ids = Self::save_all(db, now, vec![self]).await?;
        ids.into_iter().next().ok_or(DbErr::RecordNotInserted)
    }

    /// Asks for many, in order. Locks their keys first, in one order for all callers. Answers for each the job that
    /// does it, which may have been there.
    pub async fn save_all(
        db: &impl ConnectionTrait,
        now: DateTime<Utc>,
        jobs: Vec<Self>,
    ) -> Result<Vec<JobId>, DbErr> {
        let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
        for job in &jobs {
            *counts.entry(&job.key).or_default() += 1;
        }
        let mut numbers = key::take_numbers(db, counts).await?;
        // Looked up behind the locks of the keys: who asks for the same at the same time has done so by now.
        let names: Vec<&str> = jobs.iter().filter_map(|job| job.dedupe.as_deref()).collect();
        let mut there = unfinished(db, &names).await?;
        let (mut ids, mut rows) = (Vec::with_capacity(jobs.len()), Vec::new());
        for job in jobs {
            if let Some(id) = job.dedupe.as_ref().and_then(|name| there.get(name)) {
                ids.push(*id);
                continue;
            }
            let id = JobId(Uuid::now_v7());
            ids.push(id);
            there.extend(job.dedupe.clone().map(|name| (name, id)));
            let seq = numbers.get_mut(&job.key).ok_or(DbErr::RecordNotInserted)?;
            rows.push(job.row(id, *seq, now));
            *seq += 1;
        }
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            Entity::insert_many(rows.by_ref().take(BATCH)).exec_without_returning(db).await?;
        }
        Ok(ids)
    }

    fn row(self, id: JobId, seq: i64, now: DateTime<Utc>) -> ActiveModel {
        ActiveModel {
            id: Set(id),
            kind: Set(self.kind.into_owned()),
            seq: Set(seq),
            key: Set(self.key),
            payload: Set(self.payload),
            state: Set(State::Queued),
            attempt: Set(0),
            max_attempts: Set(self.max_attempts),
            run_at: Set(now),
            dedupe: Set(self.dedupe),
            enqueued_at: Set(now),
            parent_id: Set(self.parent),
            ..ActiveModel::new()
        }
    }
}

/// The unfinished jobs of these names.
async fn unfinished(db: &impl ConnectionTrait, names: &[&str]) -> Result<HashMap<String, JobId>, DbErr> {
    let mut there = HashMap::new();
    for names in names.chunks(BATCH) {
        let same = Entity::find().select_only().column(Column::Dedupe).column(Column::Id);
        let same = same.filter(COLUMN.dedupe.is_in(names.iter().copied())).filter(COLUMN.state.is_in(LIVE));
        there.extend(same.into_tuple::<(String, JobId)>().all(db).await?);
    }
    Ok(there)
}
