//! ChatDKU's backend: a campus assistant for Duke Kunshan University.
//!
//! `ARCHITECTURE.md` is the map of this tree.

pub mod account_letters;
pub mod accounts;
pub mod admin;
pub mod admin_site;
pub mod answering;
pub mod app;
mod background;
pub mod backup;
pub mod catalogue;
pub mod chat;
pub mod cli;
pub mod config;
mod deadline;
pub mod dictation;
pub mod digests;
pub mod docs;
pub mod document_pages;
pub mod erasure;
pub mod error;
pub mod evaluation;
pub mod events;
pub mod feedback_questions;
pub mod health;
pub mod housekeeping;
pub mod jobs;
pub mod knowledge;
pub mod loadtest;
pub mod mail;
pub mod makemigrations;
pub mod metrics;
pub mod model_watch;
pub mod overview;
pub mod periodic;
pub mod person;
pub mod platform;
pub mod queue;
pub mod queue_admin;
pub mod retention;
pub mod routes;
pub mod schedule;
pub mod sealed;
pub mod search;
mod secrets;
pub mod site;
pub mod tables;
pub mod takeover;
pub mod upkeep;
pub mod uploads;

use rocket::{
    Build, Request, Rocket,
    fairing::{self, AdHoc},
    shield::Shield,
};
use rocket_db_pools::Database;

use crate::{
    accounts::{bootstrap, host::Hosts},
    app::App,
    config::Config,
    platform::{clock::Clock, headers::Headers, store::Db},
};

/// The password of the administrator that a first start has made: shown once, by whoever launches.
pub struct FirstPassword(pub Option<String>);

/// The program, ready to be launched: by `main` on a port, by tests without one.
pub fn rocket(config: Config, clock: Clock) -> Rocket<Build> {
    let identity = config.identity.clone();
    let headers = Headers {
        cors_origins: identity.cors_origins.clone(),
        over_tls: Box::new(move |request: &Request<'_>| {
            identity.secure_cookies && accounts::identity::peer(request, &identity).came_over_tls()
        }),
    };
    let hosts = Hosts(config.identity.clone());
    let rocket = rocket::custom(config.rocket_figment())
        .attach(Shield::new())
        .attach(hosts)
        .attach(metrics::Requests)
        .attach(mail::Watch)
        .attach(headers)
        .attach(Db::init())
        .attach(AdHoc::try_on_ignite("app", |rocket| build_app(rocket, config, clock)))
        .attach(AdHoc::on_liftoff("background", |rocket| {
            Box::pin(async move {
                if let Some(app) = rocket.state::<App>().filter(|app| app.config.background)
                    && let Err(error) = background::start(app).await
                {
                    tracing::error!(error = format!("{error:#}"), "background work did not start");
                    rocket.shutdown().notify();
                }
            })
        }));
    routes::mount(rocket)
}

async fn build_app(rocket: Rocket<Build>, config: Config, clock: Clock) -> fairing::Result {
    let Some(store) = Db::fetch(&rocket).map(Db::store) else { return Err(rocket) };
    match Box::pin(prepare(&store, config, clock)).await {
        Ok((app, site, password)) => Ok(rocket.manage(app).manage(site).manage(FirstPassword(password))),
        Err(error) => {
            tracing::error!("{error:#}");
            Err(rocket)
        }
    }
}

async fn prepare(
    store: &platform::store::Store,
    config: Config,
    clock: Clock,
) -> anyhow::Result<(App, admin::Site, Option<String>)> {
    store.migrate().await?;
    let password = if store.is_embedded() { bootstrap::first_administrator(store).await? } else { None };
    let app = App::build(config, store.clone(), clock).await?;
    let site = admin_site::build(&app)?;
    admin_site::seed(&app, &site).await?;
    periodic::plant(store, &schedule::tasks(), app.clock.now()).await?;
    Ok((app, site, password))
}
