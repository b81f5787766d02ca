//! What the application supplies: who is signed in, what they may do, how signing in works.

use std::{collections::HashSet, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use rocket::Request;
use sea_orm::prelude::Uuid;
use serde_json::Value;

use super::{
    refusal::Refusal,
    removal::{Removal, Standing},
};

/// A verb of a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Look at rows.
    View,
    /// Make rows.
    Add,
    /// Change rows; implies looking at them.
    Change,
    /// Remove rows.
    Delete,
    /// Take rows out as a file.
    Export,
}

impl Verb {
    /// The first word of the permission's code.
    pub fn code(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Add => "add",
            Self::Change => "change",
            Self::Delete => "delete",
            Self::Export => "export",
        }
    }
}

/// Somebody who may enter.
#[derive(Clone, Debug)]
pub struct Staff {
    /// The account.
    pub id: i64,
    /// The name of the account.
    pub name: String,
    /// The name to greet with.
    pub greeting: String,
    /// Passes every check of a permission.
    pub superuser: bool,
    /// What the account may do: `app.code`.
    pub permissions: HashSet<String>,
    /// Key of the tokens in forms.
    pub csrf_secret: String,
    /// Whether the account has a password to change.
    pub has_password: bool,
    /// Whether a code is asked for besides that password.
    pub has_second_factor: bool,
    /// When the password was last given.
    pub proven_at: Option<DateTime<Utc>>,
    /// The zone in which moments are shown.
    pub zone: Tz,
    /// The one page of the site that they are led to from all others, until what it asks for is done.
    pub led_to: Option<&'static str>,
}

impl Staff {
    /// Whether the account holds a permission.
    pub fn holds(&self, permission: &str) -> bool {
        self.superuser || self.permissions.contains(permission)
    }

    /// Whether the password was given lately enough for a sensitive step. Without a password there is none to ask for.
    pub fn is_proven(&self, now: DateTime<Utc>) -> bool {
        const PROVEN: Duration = Duration::minutes(15);
        !self.has_password || self.proven_at.is_some_and(|at| now - at < PROVEN)
    }
}

/// Who a request is from.
#[derive(Clone, Debug)]
pub enum Entrant {
    /// Somebody who may enter.
    Staff(Arc<Staff>),
    /// Somebody known, by this name, who may not.
    Other(String),
    /// Nobody known.
    Nobody,
}

/// What a right name and password have led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedIn {
    /// A session.
    Yes,
    /// The question for a code.
    CodeNeeded,
}

/// Why somebody is not signed in.
#[derive(Debug)]
pub enum SignInRefused {
    /// The name, the password or the kind of account; or the code.
    Wrong,
    /// A code was given without a password before, or too long after it.
    TooLate,
    /// Too many failures.
    Wait(Duration),
    /// Something failed.
    Failed(Refusal),
}

/// What the engine asks of the application.
#[rocket::async_trait]
pub trait Access: Send + Sync + 'static {
    /// Who the request is from. Asked once per request; also refuses what is not for this host, comes from another
    /// site's page, or comes too often.
    async fn entrant(&self, request: &Request<'_>) -> Result<Entrant, Refusal>;

    /// Signs in: the answer of `request` carries a new session's cookie, or one for the step that asks for a code.
    async fn sign_in(
        &self,
        request: &Request<'_>,
        name: &str,
        password: String,
    ) -> Result<SignedIn, SignInRefused>;

    /// Whether the browser of `request` has given a right password, and a code is asked for next.
    async fn awaits_code(&self, _request: &Request<'_>) -> Result<bool, Refusal> {
        Ok(false)
    }

    /// Signs in with the code that was asked for: the answer of `request` carries a new session's cookie.
    async fn sign_in_with_code(&self, _request: &Request<'_>, _code: &str) -> Result<(), SignInRefused> {
        Err(SignInRefused::TooLate)
    }

    /// Checks the password of somebody signed in again, for a sensitive step; and a code, from those who have a second
    /// factor.
    async fn prove(&self, request: &Request<'_>, password: String, code: &str) -> Result<(), SignInRefused>;

    /// Ends the session.
    async fn sign_out(&self, request: &Request<'_>) -> Result<(), Refusal>;

    /// A staff member as they are now, for work that goes on after their request; `None` when they may not enter any
    /// more.
    async fn staff(&self, account: i64) -> Result<Option<Staff>, Refusal>;

    /// Leaves a removal to a worker, who calls [`Removal::run`]. Answers its id.
    async fn remove_later(&self, removal: &Removal) -> Result<Uuid, Refusal>;

    /// A removal that was left to a worker, and how it stands.
    async fn removal(&self, id: Uuid) -> Result<Option<(Removal, Standing)>, Refusal>;

    /// The zone of readers who are not signed in.
    fn zone(&self) -> Tz;

    /// Notes that a request was refused for want of a right, or for where it came from: `event` is a name for the audit
    /// log, `detail` what was missing.
    async fn note_refusal(&self, _request: &Request<'_>, _event: &'static str, _detail: Value) {}

    /// Whether cookies need a secure connection.
    fn secure_cookies(&self) -> bool;

    /// The network of the client's address, for the audit log.
    fn network(&self, request: &Request<'_>) -> String;

    /// A line for the top of every page.
    fn banner(&self) -> Option<&'static str> {
        None
    }
}
