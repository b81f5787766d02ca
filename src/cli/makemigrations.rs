//! `makemigrations`: for developers, in the folder of the repository.

use std::path::Path;

use anyhow::{Context, bail};

use super::say;
use crate::{
    makemigrations::{self, Difference},
    platform::{clock::Clock, schema_change},
    tables,
};

const LIST: &str = "migration/src/lib.rs";

/// Writes the migration of this name; without one only says whether there is something to write, and fails then.
pub(super) async fn run(name: Option<String>) -> anyhow::Result<()> {
    let blueprint = schema_change::blueprint().await?;
    let differences = makemigrations::compare(&tables::declared(), &blueprint);
    if differences.is_empty() {
        say("No changes detected.");
        return Ok(());
    }
    let sentences: Vec<String> =
        differences.iter().map(|difference| format!("  - {}", difference.sentence())).collect();
    let Some(about) = name else {
        bail!("the migrations do not make what the entities declare:\n{}", sentences.join("\n"));
    };
    let file = write(&about, &differences).await?;
    say(&format!("{file}:\n{}", sentences.join("\n")));
    Ok(())
}

async fn write(about: &str, differences: &[Difference]) -> anyhow::Result<String> {
    let list = tokio::fs::read_to_string(LIST).await;
    let list = list.with_context(|| format!("{LIST} cannot be read; this command is for the repository"))?;
    let today = Clock::system().now().date_naive();
    let name = makemigrations::named(&list, today, about).map_err(anyhow::Error::msg)?;
    let registered = makemigrations::registered(&list, &name);
    let registered =
        registered.with_context(|| format!("{LIST} does not end its lists with the last migration"))?;
    let file = format!("migration/src/{name}.rs");
    if Path::new(&file).exists() {
        bail!("{file} is there already");
    }
    tokio::fs::write(&file, makemigrations::written(about, differences)).await.context(file.clone())?;
    tokio::fs::write(LIST, registered).await.context(LIST)?;
    Ok(file)
}
