//! `exportperson` and `eraseperson`: what an operator does when somebody asks for their data, or wants it gone.

use std::{
    io::{IsTerminal, Write, stdin, stdout},
    path::Path,
};

use anyhow::{Context, bail};
use futures::{StreamExt, TryStreamExt};
use tokio::io::AsyncWriteExt;

use super::{open_app, say};
use crate::{
    accounts::{sought, user},
    app::App,
    config::Config,
    erasure::{self, Rows},
    person,
    platform::audit::{self, Event, Source},
    uploads,
};

/// Writes all that is known of a person into a new file that nobody else can read.
pub(super) async fn export(config: Config, name: &str, path: &Path) -> anyhow::Result<()> {
    let app = open_app(config).await?;
    let account = meant(&app, name).await?;
    let mut options = tokio::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path).await;
    let file = file.with_context(|| format!("writing {}", path.display()))?;
    let event = by_command("person.exported", &account);
    let written = match write(&app, account, file).await {
        Ok(written) => written,
        Err(error) => {
            // Half an archive is no archive.
            let _gone = tokio::fs::remove_file(path).await;
            return Err(error.context(format!("writing {}", path.display())));
        }
    };
    let now = app.clock.now();
    app.store.write(async |tx| audit::append(&tx, now, event).await).await?;
    say(&format!("{}: {written} bytes. Hand it over on a way that nobody else can read.", path.display()));
    Ok(())
}

async fn write(app: &App, account: user::Model, mut file: tokio::fs::File) -> anyhow::Result<u64> {
    let mut pieces = person::export(app, account)?.boxed();
    let mut written = 0;
    while let Some(piece) = pieces.try_next().await? {
        file.write_all(&piece).await?;
        written += piece.len() as u64;
    }
    file.sync_all().await?;
    Ok(written)
}

/// Erases what is known of a person, after asking; with `rows`, the account as well.
pub(super) async fn erase(config: Config, name: &str, rows: Rows, noinput: bool) -> anyhow::Result<()> {
    let app = open_app(config).await?;
    let account = meant(&app, name).await?;
    if !noinput && !confirmed(&account, rows)? {
        bail!("nothing was erased");
    }
    let now = app.clock.now();
    app.store
        .write(async |tx| {
            if rows == Rows::Removed
                && account.is_acting_superuser()
                && user::superusers_besides(&tx, &[account.id]).await? == 0
            {
                return Err(anyhow::anyhow!("this is the last superuser who can sign in"));
            }
            audit::append(&tx, now, by_command("person.erased", &account)).await?;
            Ok(erasure::erase(&tx, now, &[account.id], rows).await?)
        })
        .await?;
    // The bytes of files go by jobs, which need no other process.
    app.worker().only(uploads::DELETE).run_until_empty().await?;
    say(match rows {
        Rows::Kept => "Conversations, opinions, files, sessions and mails of the account are gone.",
        Rows::Removed => "The account is gone, with all that was its.",
    });
    Ok(())
}

/// The account that is meant. What was typed is not repeated: it may be a NetID.
async fn meant(app: &App, name: &str) -> anyhow::Result<user::Model> {
    let pepper = app.config.identity.pepper.as_ref();
    let found = sought::account(app.store.read(), name, pepper).await?;
    found.context("there is no account of this name, and none of this NetID")
}

fn confirmed(account: &user::Model, rows: Rows) -> anyhow::Result<bool> {
    if !stdin().is_terminal() {
        bail!("there is no terminal to ask on; use --noinput");
    }
    let what = match rows {
        Rows::Kept => "conversations, opinions, files, sessions and mails of",
        Rows::Removed => "the account, with all that is its, of",
    };
    write!(stdout(), "This removes {what} '{}' for good. Type 'yes' to continue: ", account.username)?;
    stdout().flush()?;
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    Ok(line.trim() == "yes")
}

fn by_command(name: &'static str, account: &user::Model) -> Event {
    Event { object: Some(account.as_object()), source: Source::Cli, ..Event::new(name) }
}
