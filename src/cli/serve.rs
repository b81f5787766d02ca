//! `serve`: the whole program, from its start to its graceful end.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, bail};
use rocket::{error::ErrorKind, fairing::AdHoc};
use tokio::signal::unix::{SignalKind, signal};

use super::{say, warnings};
use crate::{
    FirstPassword,
    accounts::bootstrap::ADMINISTRATOR,
    app::App,
    config::{Config, Profile, exposed, is_public},
    platform::{clock::Clock, in_flight::InFlight},
};

/// How long the proxy gets to notice that this instance is not ready any more.
const NOTICE: Duration = Duration::from_secs(3);

/// Serves until it is told to end.
pub(super) async fn serve(
    mut config: Config,
    address: Option<SocketAddr>,
    behind_proxy: bool,
) -> anyhow::Result<()> {
    if let Some(address) = address {
        config = config.listening_on(address);
    }
    let listen = config.listen();
    if is_public(listen.address) && !behind_proxy {
        bail!(
            "listening on {} would open the service to everybody; set `address` in Rocket.toml to a private one, \
             or pass --i-have-a-proxy when a signing-on proxy stands in front",
            listen.address
        );
    }
    refuse_exposed(&config).await?;
    warnings::say_all(&config);
    let grace = config.limits.shutdown_grace;
    let profile = config.profile;
    let url = format!("http://{}/", SocketAddr::new(listen.address, listen.port));
    let announced = AdHoc::on_liftoff("announcement", move |rocket| {
        let address = rocket.state::<FirstPassword>().and_then(|password| password.0.clone());
        Box::pin(async move { announce(&url, address.as_deref(), profile) })
    });
    let in_flight = InFlight::default();
    let rocket = crate::rocket(config, Clock::system()).attach(announced).attach(in_flight.clone());
    let rocket = rocket.ignite().await.map_err(launch_error)?;
    let app = rocket.state::<App>().cloned().context("the program was not built")?;
    let shutdown = rocket.shutdown();
    let waiting = app.clone();
    app.tasks.spawn(async move {
        if wait_for_signal(&waiting).await {
            waiting.drain();
            if profile == Profile::Release {
                tokio::time::sleep(NOTICE).await;
            }
            waiting.tasks.stop();
            shutdown.notify();
        }
    });
    let stopping = app.tasks.stopping();
    let launched = tokio::select! {
        launched = rocket.launch() => launched.map(drop),
        // Whoever was there has been answered.
        () = async { stopping.cancelled().await; in_flight.quiet().await } => Ok(()),
    };
    let cut = app.tasks.drain(grace + Duration::from_secs(2)).await;
    if cut > 0 {
        tracing::warn!(tasks = cut, "shutdown did not wait for all work");
    }
    app.store.close_for_good().await.context("closing the database")?;
    match launched {
        // It was told to end, and has: what took too long is in the log.
        Err(error) if matches!(error.kind(), ErrorKind::Shutdown(..)) => {
            tracing::warn!("shutdown did not wait for all connections");
            Ok(())
        }
        launched => launched.map_err(launch_error),
    }
}

/// The release profile does not serve data that every user of the machine can read.
pub(super) async fn refuse_exposed(config: &Config) -> anyhow::Result<()> {
    if config.profile == Profile::Debug {
        return Ok(());
    }
    let config = config.clone();
    let exposed = tokio::task::spawn_blocking(move || exposed(&config)).await.context("looking at files")?;
    if !exposed.is_empty() {
        bail!("{}", exposed.join("\n"));
    }
    Ok(())
}

/// Waits for an interrupt or a termination; `false` when the program ends by itself.
pub(super) async fn wait_for_signal(app: &App) -> bool {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::error!("signals cannot be heard; the program has to be killed to end");
        return false;
    };
    let stopping = app.tasks.stopping();
    tokio::select! {
        _ = interrupt.recv() => true,
        _ = terminate.recv() => true,
        () = stopping.cancelled() => false,
    }
}

fn announce(url: &str, password: Option<&str>, profile: Profile) {
    if let Some(password) = password {
        say(&format!(
            "First start: the local administrator is `{ADMINISTRATOR}`, the password is\n\n    {password}\n\n\
             It is shown this once; write it down.\n"
        ));
    }
    if profile == Profile::Debug {
        say(
            "Debug profile: whoever opens the site on this machine is its developer. Never serve people with it.",
        );
    }
    say(&format!("ChatDKU is ready: open {url}"));
}

/// What Rocket has to say about a failed launch; reading it also keeps it from panicking.
fn launch_error(error: rocket::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::Bind(cause) => anyhow::anyhow!(
            "the address cannot be listened on (`address` and `port` in Rocket.toml): {cause}"
        ),
        ErrorKind::FailedFairings(_) => {
            anyhow::anyhow!("the program could not start; the lines above say why")
        }
        other => anyhow::anyhow!("{other}"),
    }
}
