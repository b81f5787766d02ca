//! Tells the dashboard who is signed in and what they may do.

use std::{collections::HashSet, sync::Arc};

use chrono_tz::Tz;
use rocket::Request;
use sea_orm::{EntityTrait, prelude::Uuid};
use serde_json::Value;

use super::{
    identity::{self, Source},
    origin, permission,
    second_factor::{self, Typed, factor},
    sign_in::{self, Entered},
    user::{self, UserId},
    web_session,
};
use crate::{
    admin::{Access, Entrant, Refusal, Removal, SignInRefused, SignedIn, Staff, Standing},
    app::App,
    config::Profile,
    error::Error,
    platform::{
        audit,
        headers::MethodOverride,
        rate_limit::{self, Class, Key},
    },
    queue::{Enqueue, JobId, State, job},
};

/// The kind of job that does the dashboard's large removals.
pub const REMOVAL: &str = "dashboard.remove";

/// The page that staff are led to who need a second factor and have none.
const SECOND_FACTOR: &str = "second_factor/";

/// The door of the dashboard.
pub struct Door {
    app: App,
}

impl Door {
    /// The door of a program.
    pub fn new(app: App) -> Self {
        Self { app }
    }

    /// What is refused whoever asks: another host's requests, other sites' forms, too many.
    async fn admit(&self, request: &Request<'_>, key: Key) -> Result<(), Refusal> {
        let settings = &self.app.config.identity;
        let peer = identity::peer(request, settings);
        if !peer.asks_for(&settings.allowed_hosts) || request.local_cache(|| MethodOverride(false)).0 {
            return Err(Refusal::Invalid("admin-form-unreadable"));
        }
        let silent = origin::Silent::Admitted;
        if !origin::only_reads(request.method()) && !origin::may_change(request, peer, settings, silent) {
            return Err(Refusal::OtherSite);
        }
        let (limiter, now) = (&self.app.limiter, self.app.clock.now());
        rate_limit::count(request, limiter, Class::Dashboard, key, now).await.map_err(refused)
    }
}

#[rocket::async_trait]
impl Access for Door {
    async fn entrant(&self, request: &Request<'_>) -> Result<Entrant, Refusal> {
        let app = &self.app;
        let Some(identity) = identity::staff_of(request).await.map_err(refused)? else {
            // By network, so that a scanner holds up nobody but its neighbours.
            let prefix = identity::peer(request, &app.config.identity).prefix();
            self.admit(request, Key::Peer(prefix)).await?;
            let known = identity::signed_in_as(request).await;
            return Ok(known.map_or(Entrant::Nobody, |account| Entrant::Other(account.username)));
        };
        self.admit(request, Key::Account(identity.account.id.0)).await?;
        let realm = if identity.source == Source::Session { web_session::PASSWORD } else { web_session::SSO };
        let session =
            web_session::ensure(request, app, &identity.account, realm, &identity.display_name).await;
        let session = session.map_err(refused)?;
        let permissions = if identity.superuser {
            HashSet::new()
        } else {
            permission::held(app.store.read(), &identity.account).await?
        };
        let has_password = identity.account.has_usable_password();
        let has_second_factor =
            has_password && factor::confirmed(app.store.read(), identity.account.id).await?.is_some();
        let lacks_one = app.config.second_factor_required && has_password && !has_second_factor;
        Ok(Entrant::Staff(Arc::new(Staff {
            id: identity.account.id.0,
            name: identity.account.username.clone(),
            greeting: identity.greeting(),
            superuser: identity.superuser,
            permissions,
            csrf_secret: session.csrf_secret,
            has_password,
            has_second_factor,
            led_to: lacks_one.then_some(SECOND_FACTOR),
            proven_at: session.proven_at,
            zone: app.config.time_zone,
        })))
    }

    async fn sign_in(
        &self,
        request: &Request<'_>,
        name: &str,
        password: String,
    ) -> Result<SignedIn, SignInRefused> {
        match sign_in::with_password(request, &self.app, name, password).await {
            Ok(Entered::In) => Ok(SignedIn::Yes),
            Ok(Entered::CodeNeeded) => Ok(SignedIn::CodeNeeded),
            Err(refusal) => Err(not_signed_in(refusal)),
        }
    }

    async fn awaits_code(&self, request: &Request<'_>) -> Result<bool, Refusal> {
        Ok(second_factor::is_awaited(request, &self.app).await?)
    }

    async fn sign_in_with_code(&self, request: &Request<'_>, code: &str) -> Result<(), SignInRefused> {
        second_factor::with_code(request, &self.app, &Typed::of(code)).await.map_err(not_signed_in)
    }

    async fn prove(&self, request: &Request<'_>, password: String, code: &str) -> Result<(), SignInRefused> {
        let staff =
            identity::staff_of(request).await.map_err(|error| SignInRefused::Failed(refused(error)))?;
        let Some(staff) = staff else { return Err(SignInRefused::Wrong) };
        let code = Typed::of(code);
        sign_in::proven(request, &self.app, &staff.account, password, &code).await.map_err(not_signed_in)
    }

    async fn sign_out(&self, request: &Request<'_>) -> Result<(), Refusal> {
        web_session::end(request, &self.app).await.map_err(refused)
    }

    async fn staff(&self, account: i64) -> Result<Option<Staff>, Refusal> {
        let (app, db) = (&self.app, self.app.store.read());
        let Some(account) = user::by_id(db, UserId(account)).await? else { return Ok(None) };
        let developer = app.developers.contains(&account.username);
        if !account.is_active || !(account.is_staff || developer) {
            return Ok(None);
        }
        let superuser = account.is_superuser || developer;
        let permissions = if superuser { HashSet::new() } else { permission::held(db, &account).await? };
        Ok(Some(Staff {
            id: account.id.0,
            has_password: account.has_usable_password(),
            has_second_factor: false,
            led_to: None,
            greeting: account.username.clone(),
            name: account.username,
            superuser,
            permissions,
            csrf_secret: String::new(),
            proven_at: None,
            zone: app.config.time_zone,
        }))
    }

    async fn remove_later(&self, removal: &Removal) -> Result<Uuid, Refusal> {
        let (app, now) = (&self.app, self.app.clock.now());
        let job = Enqueue::new(REMOVAL, removal.lane(), removal);
        let id = app.store.write(async |tx| job.clone().save(&tx, now).await).await?;
        app.queue.wake();
        Ok(id.0)
    }

    async fn removal(&self, id: Uuid) -> Result<Option<(Removal, Standing)>, Refusal> {
        let job = job::Entity::find_by_id(JobId(id)).one(self.app.store.read()).await?;
        let Some(job) = job.filter(|job| job.kind == REMOVAL) else { return Ok(None) };
        let standing = match job.state {
            State::Queued | State::RetryWait => Standing::Waiting,
            State::Running => Standing::Running,
            State::Done => Standing::Done,
            State::Dead | State::Cancelled => Standing::GivenUp,
        };
        let removal = serde_json::from_str(&job.payload).map_err(anyhow::Error::from)?;
        Ok(Some((removal, standing)))
    }

    async fn note_refusal(&self, request: &Request<'_>, event: &'static str, detail: Value) {
        let account = match identity::staff_of(request).await {
            Ok(Some(staff)) => Some(staff.account),
            _ => identity::signed_in_as(request).await,
        };
        let refused = audit::Event {
            account_id: account.as_ref().map(|account| account.id.0),
            actor_name: account.map(|account| account.username),
            detail,
            ..identity::event(request, &self.app, event)
        };
        self.app.audit(refused).await;
    }

    fn zone(&self) -> Tz {
        self.app.config.time_zone
    }

    fn secure_cookies(&self) -> bool {
        self.app.config.identity.secure_cookies
    }

    fn network(&self, request: &Request<'_>) -> String {
        identity::peer(request, &self.app.config.identity).prefix()
    }

    fn banner(&self) -> Option<&'static str> {
        (self.app.config.profile == Profile::Debug).then_some("site-debug-banner")
    }
}

fn not_signed_in(refusal: sign_in::Refused) -> SignInRefused {
    match refusal {
        sign_in::Refused::Wrong => SignInRefused::Wrong,
        sign_in::Refused::TooLate => SignInRefused::TooLate,
        sign_in::Refused::Wait(wait) => SignInRefused::Wait(wait),
        sign_in::Refused::Failed(error) => SignInRefused::Failed(refused(error)),
    }
}

/// An error of the application as a page of the dashboard shows it.
pub fn refused(error: Error) -> Refusal {
    match error {
        Error::NotFound(_) => Refusal::NotFound,
        Error::SignInNeeded => Refusal::SignIn,
        Error::Forbidden(_) => Refusal::Forbidden(None),
        Error::Invalid(_) => Refusal::Invalid("admin-form-unreadable"),
        Error::TooLarge(_) => Refusal::TooLarge,
        Error::SlowDown(slow) => Refusal::SlowDown(slow.retry_after),
        Error::Unavailable(_) => Refusal::Unavailable,
        Error::Internal(cause) => Refusal::Failed(cause),
        other => Refusal::Failed(anyhow::Error::new(other)),
    }
}
