//! `createsuperuser` and `changepassword`, as those who ran the original know them, and `resetsecondfactor` in their way.

use std::io::{IsTerminal, Write, stdin, stdout};

use anyhow::{Context, bail};

use super::say;
use crate::{
    account_letters::Letters,
    accounts::{
        local::{self, Refused, Superuser},
        password::Hasher,
        password_policy,
    },
    config::{self, Config},
    platform::{clock::Clock, locale::Language, store::Store},
};

/// Makes a local superuser. What is not given is asked for, unless nobody is there to ask.
pub(super) async fn create_superuser(
    config: Config,
    username: Option<String>,
    email: Option<String>,
    noinput: bool,
) -> anyhow::Result<()> {
    let (store, hasher) = (opened(&config).await?, Hasher::new(config.passwords));
    let preset = config::superuser();
    let username = username.or(preset.username);
    let email = email.or(preset.email).filter(|email| !email.is_empty());
    if noinput {
        let name = username.context("--noinput needs --username, or DJANGO_SUPERUSER_USERNAME")?;
        let password = preset.password.context("--noinput needs DJANGO_SUPERUSER_PASSWORD")?;
        let password = password.reveal().to_owned();
        return made(superuser(&store, &hasher, Superuser { name, email, password }).await);
    }
    let name = match username {
        Some(name) => name,
        None => ask("Username: ")?,
    };
    let name = local::checked_name(&name).map_err(explained)?;
    let email = match email {
        Some(email) => Some(email),
        None => Some(ask("Email address (may be empty): ")?).filter(|email| !email.is_empty()),
    };
    let password = new_password(&name, email.as_deref())?;
    made(superuser(&store, &hasher, Superuser { name, email, password }).await)
}

/// Gives a local account another password.
pub(super) async fn change_password(config: Config, name: &str) -> anyhow::Result<()> {
    let store = opened(&config).await?;
    let account = crate::accounts::user::named(store.read(), name).await?;
    let email = account.context("there is no account of this name")?.email;
    say(&format!("Changing password for user '{name}'"));
    let password = new_password(name, email.as_deref())?;
    let now = Clock::system().now();
    local::change_password(&store, &Hasher::new(config.passwords), name, password, now)
        .await
        .map_err(explained)?;
    say(&format!("Password changed successfully for user '{name}'"));
    Ok(())
}

/// Takes the second factor of a local account away.
pub(super) async fn reset_second_factor(config: Config, name: &str) -> anyhow::Result<()> {
    let store = opened(&config).await?;
    let (notices, now) = (Letters { zone: config.time_zone }, Clock::system().now());
    if !local::reset_second_factor(&store, &notices, name, now).await.map_err(explained)? {
        bail!("user '{name}' has no second factor");
    }
    say(&format!("Second factor reset successfully for user '{name}'"));
    Ok(())
}

async fn superuser(
    store: &Store,
    hasher: &Hasher,
    wanted: Superuser,
) -> Result<crate::accounts::user::Model, Refused> {
    local::create_superuser(store, hasher, wanted, Clock::system().now()).await
}

fn made(made: Result<crate::accounts::user::Model, Refused>) -> anyhow::Result<()> {
    let account = made.map_err(explained)?;
    say(&format!("Superuser '{}' created successfully.", account.username));
    Ok(())
}

async fn opened(config: &Config) -> anyhow::Result<Store> {
    let store = Store::open(&config.database).await.context("the database cannot be opened")?;
    store.migrate().await?;
    Ok(store)
}

fn ask(prompt: &str) -> anyhow::Result<String> {
    if !stdin().is_terminal() {
        bail!("there is no terminal to ask on; use --noinput");
    }
    write!(stdout(), "{prompt}")?;
    stdout().flush()?;
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Asks twice, until both are the same and break no rule.
fn new_password(name: &str, email: Option<&str>) -> anyhow::Result<String> {
    if !stdin().is_terminal() {
        bail!("there is no terminal to ask for a password on");
    }
    loop {
        let password = rpassword::prompt_password("Password: ")?;
        if password != rpassword::prompt_password("Password (again): ")? {
            say("Error: Your passwords didn't match.");
            continue;
        }
        let problems = password_policy::problems(&password, name, email);
        if problems.is_empty() {
            return Ok(password);
        }
        for problem in problems {
            say(&problem.sentence(Language::English));
        }
    }
}

fn explained(refused: Refused) -> anyhow::Error {
    match refused {
        Refused::Password(problems) => {
            let sentences: Vec<String> =
                problems.into_iter().map(|problem| problem.sentence(Language::English)).collect();
            anyhow::anyhow!("{}", sentences.join(" "))
        }
        other => other.into(),
    }
}
