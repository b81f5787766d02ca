//! The commands of the binary.
//!
//! Each says what it does, ends with 0 when it has done it, with 1 when it could not, with 2 when it was called
//! wrongly; and names the setting or file to mend.

mod accounts;
mod backup;
mod deploy;
mod eval;
mod health;
mod ingest;
mod load_test;
mod mail;
mod makemigrations;
mod migrate;
mod person;
mod rotate_keys;
mod seed;
mod serve;
mod warnings;
mod work;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    app::App,
    config::Config,
    docs,
    erasure::Rows,
    knowledge::extract,
    loadtest,
    platform::{
        clock::Clock,
        logging::{self, Place},
        store::Store,
    },
};

/// A campus assistant for Duke Kunshan University.
#[derive(Debug, Parser)]
#[command(name = "chatdku", version, about, subcommand_required = false)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the site, the API and the workers (the default).
    Serve {
        /// Where to listen, for example 127.0.0.1:8000. The settings decide when it is left out.
        address: Option<SocketAddr>,
        /// Listen on a public address: a proxy stands in front that only lets signed-on people through.
        #[arg(long)]
        i_have_a_proxy: bool,
    },
    /// Work on jobs and schedules, without serving anybody.
    Worker,
    /// Ask the instance that runs here whether it is alive; with `--ready`, whether it may be sent work.
    ///
    /// Ends with 0 when it says yes within three seconds. Needs no settings but those of where it listens.
    Health {
        /// Where to ask, for example 127.0.0.1:8001. The settings decide when it is left out.
        address: Option<SocketAddr>,
        /// Whether it may be sent work: not while it starts, shuts down, or its database is away.
        #[arg(long)]
        ready: bool,
    },
    /// Write the database and people's files into one archive, while the program runs or not.
    Backup {
        /// The archive. It must not be there yet.
        file: PathBuf,
    },
    /// Bring a backup back, into a database without tables and a folder without files.
    Restore {
        /// The archive.
        file: PathBuf,
        /// Only look whether it is whole and could be brought back.
        #[arg(long)]
        check: bool,
    },
    /// Seal everything that is stored sealed anew, with the first key of `FIELD_ENCRYPTION_KEY`.
    ///
    /// It may run while the program does, and again. What none of the keys opens is named and left as it is.
    RotateKeys {
        /// Only print lines for `.env` with fresh keys: one for each of `SECRET_KEY` and `FIELD_ENCRYPTION_KEY`.
        #[arg(long)]
        generate: bool,
    },
    /// Look whether what must hold in the database does.
    Check {
        /// Look instead whether the settings are fit to serve people, as the release profile sees them.
        #[arg(long)]
        deploy: bool,
    },
    /// Bring the database's schema up to date, or take over the database of the Django service.
    Migrate {
        /// Only say what would be done, and what it means.
        #[arg(long)]
        plan: bool,
        /// Take a Django database over although none of its uploaded files is found on the disk.
        #[arg(long)]
        without_files: bool,
    },
    /// Write a migration for what the entities declare and the migrations do not make. For developers, in the repository.
    #[command(name = "makemigrations")]
    MakeMigrations {
        /// What it is about, in a few words: the end of its name.
        #[arg(required_unless_present = "check")]
        name: Option<String>,
        /// Write nothing; fail when there is any difference.
        #[arg(long)]
        check: bool,
    },
    /// Load campus documents from a folder (PDF, Markdown, text, HTML, DOCX); run it again after changes.
    ///
    /// A file `metadata.csv` in the folder (columns `path,title,url,valid_from,valid_to`) gives documents their titles and
    /// addresses. What is in its folder `catalogue` is the course catalogue (docs/ingest.md).
    Ingest {
        /// The folder.
        dir: PathBuf,
        /// Let a folder without documents remove all that came from it.
        #[arg(long)]
        allow_empty: bool,
    },
    /// Make a local superuser, who signs in with a password.
    #[command(name = "createsuperuser")]
    CreateSuperuser {
        /// The name; asked for when it is left out.
        #[arg(long)]
        username: Option<String>,
        /// The e-mail address.
        #[arg(long)]
        email: Option<String>,
        /// Ask nothing: the password is in the variable `DJANGO_SUPERUSER_PASSWORD`, as for Django.
        #[arg(long)]
        noinput: bool,
    },
    /// Give a local account another password. Its sessions end.
    #[command(name = "changepassword")]
    ChangePassword {
        /// Its name.
        username: String,
    },
    /// Take the second factor of a local account away, for somebody who has lost it. Its sessions end.
    #[command(name = "resetsecondfactor")]
    ResetSecondFactor {
        /// Its name.
        username: String,
    },
    /// Write all that is known of a person into a ZIP archive, to hand it over to them.
    #[command(name = "exportperson")]
    ExportPerson {
        /// A local account's name, the name under which a campus account is stored, or a NetID.
        name: String,
        /// The archive. It must not be there yet.
        file: PathBuf,
    },
    /// Erase conversations, opinions, files, sessions and mails of a person.
    #[command(name = "eraseperson")]
    ErasePerson {
        /// A local account's name, the name under which a campus account is stored, or a NetID.
        name: String,
        /// Remove the account as well. Opinions stay then without their author, unless they were erased before.
        #[arg(long)]
        account: bool,
        /// Ask nothing.
        #[arg(long)]
        noinput: bool,
    },
    /// Fill a database with made-up conversations, to measure with. Never on one that people use.
    Seed {
        /// How many messages.
        #[arg(long, default_value_t = 100_000)]
        messages: u32,
        /// In how many conversations.
        #[arg(long, default_value_t = 10_000)]
        conversations: u32,
        /// Of how many people.
        #[arg(long, default_value_t = 1_000)]
        users: u32,
        /// Add to the messages that are there already.
        #[arg(long)]
        force: bool,
    },
    /// Measure retrieval, and answers, on a file of questions with what each should find.
    Eval {
        /// What to measure.
        #[command(flatten)]
        options: eval::Options,
    },
    /// Fill a database with made-up campus documents, to measure searches with. Never one that people use.
    ///
    /// With `EMBEDDING_MODEL` they get made-up vectors by that model.
    SeedDocuments {
        /// How many chunks, fifty to a document.
        #[arg(long, default_value_t = 100_000)]
        chunks: u32,
        /// How many numbers a vector has.
        #[arg(long, default_value_t = 384, value_parser = clap::value_parser!(u16).range(1..=4096))]
        dimension: u16,
    },
    /// Print the document of the API (OpenAPI 3.0.3), as `/doc/schema/` serves it.
    Schema {
        /// As JSON instead of YAML.
        #[arg(long)]
        json: bool,
    },
    /// Send a test mail, past the outbox, and say how that went.
    #[command(name = "sendtestemail")]
    SendTestEmail {
        /// Who gets it.
        #[arg(required = true, value_name = "ADDRESS")]
        addresses: Vec<String>,
    },
    /// Ask as many people would, and say how that went: a table, and files in the folder of `LOCUST_LOG`.
    ///
    /// Whoever answers has to believe this machine about NetIDs: it stands in its `TRUSTED_PROXIES`.
    #[command(name = "loadtest")]
    LoadTest {
        /// How hard.
        #[command(flatten)]
        options: loadtest::Options,
    },
    /// Run a scheduled job now.
    RunJob {
        /// Its name in the schedule.
        name: String,
    },
    /// Read one document from standard input. Started by the program itself.
    #[command(name = extract::COMMAND, hide = true)]
    Extract {
        /// How to read it.
        format: extract::Format,
    },
    /// Run the load test of a plan from standard input. Started by the program itself.
    #[command(name = loadtest::child::COMMAND, hide = true)]
    LoadTestOfPlan,
}

/// Runs the command of the process's arguments.
pub fn main() -> ExitCode {
    let command = Cli::parse().command.unwrap_or(Command::Serve { address: None, i_have_a_proxy: false });
    match command {
        Command::Extract { format } => extract::child::main(format),
        Command::LoadTestOfPlan => loadtest::child::main(),
        Command::Schema { json } => print_schema(if json { docs::Form::Json } else { docs::Form::Yaml }),
        Command::Health { address, ready } => {
            let question = if ready { health::Question::Ready } else { health::Question::Alive };
            ended(rocket::execute(health::ask(question, address)))
        }
        Command::MakeMigrations { name, check } => {
            ended(rocket::execute(makemigrations::run(name.filter(|_| !check))))
        }
        Command::RotateKeys { generate: true } => {
            rotate_keys::generate();
            ExitCode::SUCCESS
        }
        Command::Restore { file, check: true } => ended(rocket::execute(backup::check(&file))),
        Command::Check { deploy: true } => ended(rocket::execute(deploy::check())),
        command => ended(rocket::execute(run(command))),
    }
}

fn ended(command: anyhow::Result<()>) -> ExitCode {
    match command {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    let config = Config::load()?;
    let place = match command {
        Command::Serve { .. } => Place::TerminalAndFile,
        _ => Place::Terminal,
    };
    let _logging = logging::start(&config, place);
    match command {
        Command::Serve { address, i_have_a_proxy } => serve::serve(config, address, i_have_a_proxy).await,
        Command::Worker => Box::pin(work::worker(config)).await,
        Command::Check { .. } => work::check(config).await,
        Command::RotateKeys { .. } => rotate_keys::rotate(config).await,
        Command::Backup { file } => backup::make(config, &file).await,
        Command::Restore { file, .. } => backup::restore(config, &file).await,
        Command::Migrate { plan, without_files } => {
            migrate::migrate(config, migrate::Wanted { plan, without_files }).await
        }
        Command::Ingest { dir, allow_empty } => Box::pin(ingest::ingest(config, &dir, allow_empty)).await,
        Command::CreateSuperuser { username, email, noinput } => {
            accounts::create_superuser(config, username, email, noinput).await
        }
        Command::ChangePassword { username } => accounts::change_password(config, &username).await,
        Command::ResetSecondFactor { username } => accounts::reset_second_factor(config, &username).await,
        Command::ExportPerson { name, file } => Box::pin(person::export(config, &name, &file)).await,
        Command::ErasePerson { name, account, noinput } => {
            let rows = if account { Rows::Removed } else { Rows::Kept };
            Box::pin(person::erase(config, &name, rows, noinput)).await
        }
        Command::Seed { messages, conversations, users, force } => {
            let size = seed::Size { messages, conversations, users };
            let extent = if force { seed::Extent::AddsToMessages } else { seed::Extent::NeedsNone };
            seed::seed(config, size, extent).await
        }
        Command::SeedDocuments { chunks, dimension } => {
            seed::documents::seed(config, chunks, dimension).await
        }
        Command::Eval { options } => Box::pin(eval::eval(config, options)).await,
        Command::SendTestEmail { addresses } => mail::send_test(&config, &addresses).await,
        Command::LoadTest { options } => Box::pin(load_test::load_test(&config, &options)).await,
        Command::RunJob { name } => Box::pin(work::run_job(config, &name)).await,
        // These need no settings, and have been run by now.
        Command::Health { .. }
        | Command::Schema { .. }
        | Command::Extract { .. }
        | Command::LoadTestOfPlan
        | Command::MakeMigrations { .. } => Ok(()),
    }
}

/// Needs neither settings nor a database.
fn print_schema(form: docs::Form) -> ExitCode {
    match docs::written(form) {
        Ok(text) => {
            say(text.trim_end());
            ExitCode::SUCCESS
        }
        Err(error) => {
            say_error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:32} {pos}/{len} {wide_msg}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// The program without a server, on a migrated database.
async fn open_app(config: Config) -> anyhow::Result<App> {
    let store = Store::open(&config.database).await.context("the database cannot be opened")?;
    store.migrate().await?;
    Box::pin(App::build(config, store, Clock::system())).await
}

#[expect(clippy::print_stdout, reason = "commands talk to the person who called them")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "commands talk to the person who called them")]
fn say_error(text: &str) {
    eprintln!("{text}");
}
