//! `migrate`: says first what it will do, with `--plan` only that.

use std::path::Path;

use anyhow::{Context, bail};

use super::say;
use crate::{
    config::Config,
    platform::{clock::Clock, store::Store},
    takeover::{self, Found, Plan},
};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Only the plan.
    pub(super) plan: bool,
    /// Going on although none of the uploaded files is found.
    pub(super) without_files: bool,
}

/// Brings the database's schema up to date, or takes a Django database over.
pub(super) async fn migrate(config: Config, wanted: Wanted) -> anyhow::Result<()> {
    if wanted.plan && is_not_there(&config) {
        say("There is no database yet. `chatdku migrate` makes it, as does the first start.");
        return Ok(());
    }
    let store = Store::open(&config.database).await.context("the database cannot be opened")?;
    let done = match takeover::look(&store, &config).await? {
        Found::Ours(pending) if pending.is_empty() => {
            say("The database is up to date.");
            Ok(())
        }
        Found::Ours(pending) => apply(&store, wanted, &pending).await,
        Found::Nothing(blueprint) => {
            let tables: Vec<&str> = blueprint.tables.keys().map(String::as_str).collect();
            if wanted.plan {
                say(&format!(
                    "The database is empty. `chatdku migrate` makes {} tables: {}.",
                    tables.len(),
                    tables.join(", ")
                ));
                return Ok(());
            }
            apply(&store, wanted, &crate::platform::schema_change::pending(store.read()).await?).await
        }
        Found::Django(plan) => take_over(&store, wanted, &plan).await,
        Found::Unusable(problems) => {
            bail!(
                "this database cannot be used, and nothing has been changed:\n  - {}",
                problems.join("\n  - ")
            )
        }
    };
    store.close_for_good().await?;
    done
}

/// Whether the SQLite file is still to be made: opening it would.
fn is_not_there(config: &Config) -> bool {
    config.database.url.reveal().strip_prefix("sqlite://").is_some_and(|path| !Path::new(path).exists())
}

async fn apply(store: &Store, wanted: Wanted, pending: &[String]) -> anyhow::Result<()> {
    if wanted.plan {
        say(&format!("`chatdku migrate` applies {}:", counted(pending.len())));
        for name in pending {
            say(&format!("  {name}"));
        }
        return Ok(());
    }
    store.migrate().await?;
    say(&format!("Applied {}; the database is up to date.", counted(pending.len())));
    Ok(())
}

fn counted(migrations: usize) -> String {
    format!("{migrations} migration{}", if migrations == 1 { "" } else { "s" })
}

async fn take_over(store: &Store, wanted: Wanted, plan: &Plan) -> anyhow::Result<()> {
    say(&plan.to_string());
    if wanted.plan {
        say("Nothing has been changed. Make a backup with pg_dump, then run `chatdku migrate`.");
        return Ok(());
    }
    if plan.finds_no_file() && !wanted.without_files {
        bail!(
            "none of the uploaded files was found, and nothing has been changed: MEDIA_ROOT (or UPLOAD_PATH) has to be \
             the folder that Django used; --without-files goes on without them"
        );
    }
    let done = takeover::take_over(store, Clock::system().now()).await?;
    say(&format!(
        "Taken over: applied {}, {} uploaded files wait to be read. The database is up to date.",
        counted(done.migrations),
        done.files
    ));
    Ok(())
}
