//! `App`: everything that is built once and used everywhere. Cheap to clone.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::Context;
use chrono::NaiveDate;

use crate::{
    account_letters::Letters,
    accounts::{
        netid::{NetId, looks_hashed},
        notice::Notices,
        password::Hasher,
        web_session::WebSessions,
    },
    answering::{Answering, model::Client},
    catalogue::Catalogue,
    chat::Runs,
    config::{Config, IdentitySettings},
    dictation::Dictation,
    events, health, jobs,
    knowledge::{
        Extractor, Library,
        embedding::{Embeddings, Reranker},
    },
    mail::Post,
    metrics::Metrics,
    person,
    platform::{
        audit, breaker::Breaker, clock::Clock, counters::Counters, instances::Instances, permits::Permits,
        rate_limit::RateLimiter, redis::Redis, secret_field::Keys, signing::SigningKeys, storage::Storage,
        store::Store, tasks::Tasks,
    },
    queue::{Queue, Worker},
    secrets, uploads,
};

/// The parts of the running program.
#[derive(Clone)]
pub struct App {
    /// Settings.
    pub config: Arc<Config>,
    /// The time.
    pub clock: Clock,
    /// The database.
    pub store: Store,
    /// Redis, when there is one.
    pub redis: Option<Redis>,
    /// This instance among the others.
    pub instances: Instances,
    /// The bell of the job queue.
    pub queue: Queue,
    /// Work that outlives requests.
    pub tasks: Tasks,
    /// Documents and their index.
    pub library: Library,
    /// Makes answers.
    pub answering: Answering,
    /// Answers under way.
    pub runs: Runs,
    /// Stored bytes: uploaded files, and those that staff keep.
    pub files: Storage,
    /// Uploads under way.
    pub upload_permits: Permits,
    /// Writes down what people say, when there is a service for it.
    pub dictation: Option<Dictation>,
    /// Archives of people's data being made.
    pub person_exports: Permits,
    /// Requests per time.
    pub limiter: Arc<RateLimiter>,
    /// Web sessions.
    pub web_sessions: WebSessions,
    /// Makes and compares password hashes.
    pub hasher: Hasher,
    /// Sign web sessions.
    pub signing_keys: SigningKeys,
    /// Seal and open secret fields. `None` where the release profile has none: such fields are not stored then.
    pub field_keys: Option<Keys>,
    /// Stored names of the accounts that `DEVELOPERS` lists.
    pub developers: Arc<HashSet<String>>,
    /// Lets nobody wait for a database that is away.
    pub database: Arc<Breaker>,
    /// Tells people of what happens to their accounts.
    pub notices: Arc<dyn Notices>,
    /// The way out for mails.
    pub post: Arc<Post>,
    /// Where events are read from.
    pub events: events::Source,
    /// What operators see.
    pub metrics: Arc<Metrics>,
    /// Whether the database takes writes.
    pub probe: Arc<health::Probe>,
    audits: Arc<audit::Throttle>,
    draining: Arc<AtomicBool>,
}

impl App {
    /// Builds the program on an open, migrated database.
    pub async fn build(config: Config, store: Store, clock: Clock) -> anyhow::Result<Self> {
        // TLS has one provider in this program. A second call, by another App of a test, changes nothing.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let redis = config.redis.as_ref().map(Redis::new).transpose().context("REDIS_HOST")?;
        let instances = Instances::default();
        if let Err(error) = clock.follow(&store).await {
            tracing::warn!(error = %error, "the database did not say what time it is");
        }
        let extractor = Extractor::new(config.program.clone());
        let tasks = Tasks::default();
        let metrics = Arc::new(Metrics::new()?);
        let embeddings =
            config.embeddings.clone().map(|of| Embeddings::new(of, metrics.clone())).transpose()?;
        let reranker = config.rerank.clone().map(|of| Reranker::new(of, metrics.clone())).transpose()?;
        let library = Library::open(store.clone(), tasks.clone(), config.index_path.clone(), extractor)
            .await?
            .with(embeddings, reranker);
        let events = events::Source::open(&store, config.events_database.as_ref()).await?;
        let model = config.model.clone().map(Client::new).transpose()?;
        let field_keys = secrets::field_keys(&config)?;
        let dictation = config.dictation.clone().map(|of| Dictation::new(of, metrics.clone())).transpose()?;
        Ok(Self {
            signing_keys: secrets::signing_keys(&config)?,
            files: Storage::open(&config.media_root)?,
            answering: Answering::new(
                library.clone(),
                events.clone(),
                Catalogue::new(&store),
                model,
                config.limits.clone(),
            ),
            runs: Runs::new(config.limits.runs),
            upload_permits: uploads::permits(),
            dictation,
            person_exports: person::permits(),
            limiter: Arc::new(RateLimiter::new(
                &config.rates,
                Counters::new(&store, redis.as_ref(), &instances),
            )),
            web_sessions: WebSessions::new(store.clone(), redis.clone(), field_keys.clone()),
            field_keys,
            events,
            database: Arc::default(),
            developers: Arc::new(developers(&config.identity)),
            queue: Queue::shared(redis.clone()),
            tasks,
            notices: Arc::new(Letters { zone: config.time_zone }),
            post: Arc::new(Post::new(&config)?),
            hasher: Hasher::new(config.passwords),
            metrics,
            probe: Arc::default(),
            audits: Arc::default(),
            draining: Arc::default(),
            config: Arc::new(config),
            library,
            clock,
            store,
            redis,
            instances,
        })
    }

    /// Today, where the campus is.
    pub fn today(&self) -> NaiveDate {
        self.clock.now().with_timezone(&self.config.time_zone).date_naive()
    }

    /// A worker for all kinds of jobs.
    pub fn worker(&self) -> Worker<Self> {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        Worker::new(self.clone(), jobs::kinds(), store, clock, self.queue.clone(), self.tasks.clone())
            .grace(self.config.limits.shutdown_grace)
    }

    /// Appends to the audit log; the same event from the same network at most once a minute, so that nobody can fill
    /// the disk with it.
    pub async fn audit(&self, event: audit::Event) {
        let now = self.clock.now();
        if !self.audits.admits(&event, now) {
            return;
        }
        let name = event.name;
        if let Err(error) = self.store.write(async |tx| audit::append(&tx, now, event).await).await {
            tracing::error!(event = name, error = %error, "an audit entry could not be written");
        }
    }

    /// Whether shutdown has been announced.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Announces shutdown: from now on the program is not ready for more.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }
}

/// The names that the entries of `DEVELOPERS`, NetIDs or their hashes, have in the user table.
fn developers(identity: &IdentitySettings) -> HashSet<String> {
    let stored = |entry: &String| {
        if looks_hashed(entry) {
            Some(entry.clone())
        } else {
            Some(NetId::parse(entry)?.pseudonym(identity.pepper.as_ref()))
        }
    };
    let named = identity.developers.iter().chain(&identity.development);
    named.filter_map(stored).collect()
}
