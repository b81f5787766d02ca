//! Why a page of the dashboard is not shown, and what is shown instead.

use std::sync::{Mutex, PoisonError};

use rocket::{
    Request,
    http::Status,
    response::{self, Responder},
};
use sea_orm::DbErr;
use serde_json::{Value, json};

use crate::platform::store;

/// Why a page is not shown.
#[derive(Debug)]
pub enum Refusal {
    /// Nothing is there.
    NotFound,
    /// A permission is missing; its code where there is one.
    Forbidden(Option<String>),
    /// Nobody is signed in, or somebody who may not enter.
    SignIn,
    /// It is elsewhere, for good.
    Moved(String),
    /// It is elsewhere, for now.
    Found(String),
    /// The request makes no sense; the key of a sentence.
    Invalid(&'static str),
    /// The form's token is missing or wrong. What was typed is given back.
    Forged(Vec<(String, String)>),
    /// The request comes from another site's page.
    OtherSite,
    /// The body is larger than it may be.
    TooLarge,
    /// Too many requests: seconds to wait.
    SlowDown(u64),
    /// The database took too long.
    TooSlow,
    /// The database cannot be reached.
    Unavailable,
    /// Something failed; logged, never shown.
    Failed(anyhow::Error),
}

impl From<DbErr> for Refusal {
    fn from(error: DbErr) -> Self {
        if store::is_cancelled(&error) {
            Self::TooSlow
        } else if store::is_away(&error) {
            Self::Unavailable
        } else {
            Self::Failed(error.into())
        }
    }
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl Refusal {
    pub(super) fn status(&self) -> Status {
        match self {
            Self::NotFound => Status::NotFound,
            Self::Forbidden(_) | Self::Forged(_) | Self::OtherSite => Status::Forbidden,
            Self::SignIn | Self::Found(_) => Status::Found,
            Self::Moved(_) => Status::MovedPermanently,
            Self::Invalid(_) => Status::BadRequest,
            Self::TooLarge => Status::PayloadTooLarge,
            Self::SlowDown(_) => Status::TooManyRequests,
            Self::TooSlow | Self::Unavailable => Status::ServiceUnavailable,
            Self::Failed(_) => Status::InternalServerError,
        }
    }

    /// What the audit log says of it: the name of an event, and what was missing. Nothing of most refusals.
    pub(super) fn noted(&self) -> Option<(&'static str, Value)> {
        match self {
            Self::Forbidden(permission) => Some(("permission.refused", json!({ "permission": permission }))),
            Self::Forged(_) => Some(("csrf.refused", json!({ "what": "token" }))),
            Self::OtherSite => Some(("csrf.refused", json!({ "what": "origin" }))),
            _ => None,
        }
    }

    /// Leaves the refusal for the catcher; answers the status to fail with.
    pub fn leave(self, request: &Request<'_>) -> Status {
        let status = self.status();
        *left(request).lock().unwrap_or_else(PoisonError::into_inner) = Some(self);
        status
    }

    /// The refusal that was left for the catcher.
    pub(super) fn taken(request: &Request<'_>) -> Option<Self> {
        left(request).lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Where a refusal waits for the catcher: a type of its own, as request caches go by type.
#[derive(Default)]
struct Left(Mutex<Option<Refusal>>);

fn left<'r>(request: &'r Request<'_>) -> &'r Mutex<Option<Refusal>> {
    &request.local_cache(Left::default).0
}

impl<'r> Responder<'r, 'static> for Refusal {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        Err(self.leave(request))
    }
}
