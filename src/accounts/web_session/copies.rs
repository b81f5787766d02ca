//! Copies of web sessions in Redis, so that a burst of requests reads the database once.
//!
//! A copy is believed for less than a second, whatever happens: by then a sign-out or a deactivation has reached every
//! instance, even if the word to forget the copy was lost. Sessions begun by a password are never copied, so that
//! nothing stale decides about the dashboard; and of names Redis gets what the database has, the sealed ones.

use chrono::{DateTime, Duration, Utc};
use redis::Cmd;
use serde::{Deserialize, Serialize};

use super::{data::tells_a_name, record::SSO, row::Model};
use crate::{
    accounts::user,
    platform::redis::{Gone, Redis},
};

const BELIEVED: Duration = Duration::milliseconds(800);

/// The copies, when there is a place for them.
#[derive(Clone, Debug)]
pub(super) struct Copies(Option<Redis>);

#[derive(Serialize, Deserialize)]
struct Copy {
    session: Model,
    account: user::Model,
    /// Before it was read from the database.
    read_at: DateTime<Utc>,
}

impl Copies {
    pub(super) fn new(redis: Option<Redis>) -> Self {
        Self(redis)
    }

    /// The session stored under this hash, and its account, as they were a moment ago.
    pub(super) async fn find(&self, hash: &str, now: DateTime<Utc>) -> Option<(Model, user::Model)> {
        let redis = self.0.as_ref()?;
        let text: Option<String> = redis.run(&Cmd::get(key(redis, hash))).await.ok()?;
        let copy: Copy = serde_json::from_str(&text?).ok()?;
        // Redis forgets it by then, if its own clock goes on. Those of instances differ a little.
        ((now - copy.read_at).abs() < BELIEVED).then_some((copy.session, copy.account))
    }

    pub(super) async fn keep(&self, session: &Model, account: &user::Model, read_at: DateTime<Utc>) {
        let Some(redis) = &self.0 else { return };
        if session.realm != SSO || account.has_usable_password() || tells_a_name(&session.data) {
            return;
        }
        let copy = Copy { session: session.clone(), account: account.clone(), read_at };
        let Ok(text) = serde_json::to_string(&copy) else { return };
        let millis = u64::try_from(BELIEVED.num_milliseconds()).unwrap_or(0);
        let _gone: Result<(), Gone> =
            redis.run(&Cmd::pset_ex(key(redis, &session.token_hash), text, millis)).await;
    }

    pub(super) async fn forget(&self, hash: &str) {
        let Some(redis) = &self.0 else { return };
        let _gone: Result<(), Gone> = redis.run(&Cmd::del(key(redis, hash))).await;
    }
}

fn key(redis: &Redis, hash: &str) -> String {
    redis.key(format_args!("session:{hash}"))
}
