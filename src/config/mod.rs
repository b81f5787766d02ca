//! Typed settings, read once, checked together.
//!
//! Sources, the later winning: defaults, `Rocket.toml` (the section of the profile), `.env`, the environment. The
//! only place that reads the environment. Secrets are a type that cannot be printed.

mod cautions;
mod dictation;
mod exposed;
mod keys;
mod load_test;
mod mail;
mod passwords;
mod profile;
mod reader;
mod retention;
mod retrieval;
mod secret_files;
mod sections;
mod settings;
mod store;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use figment::Figment;

pub use cautions::cautions;
pub use dictation::DictationSettings;
pub use exposed::exposed;
pub use load_test::LoadTestSettings;
pub use mail::{MailServer, MailSettings, Security};
pub use passwords::PasswordSettings;
pub use profile::{Profile, is_public};
pub use retention::RetentionSettings;
pub use retrieval::{EmbeddingSettings, RerankSettings, Speech};
pub use sections::{
    IdentitySettings, LimitSettings, ModelSettings, Rate, RateSettings, RedisSettings, RedisTls,
    UploadSettings,
};
pub use settings::{SECRETS, SETTINGS};
pub use store::DatabaseSettings;

use crate::platform::secret::Secret;
use reader::Reader;

/// All settings of the program.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which defaults apply and which are refused. Decided by the profile, not by the build.
    pub profile: Profile,
    /// Where the database, the index and the outbox live.
    pub data_dir: PathBuf,
    /// Where uploaded files live.
    pub media_root: PathBuf,
    /// Where this instance keeps its search index.
    pub index_path: PathBuf,
    /// The program to start for reading documents: this same binary.
    pub program: PathBuf,
    /// Signs web sessions. `None` only in the debug profile, which keeps a random one in `DATA_DIR`.
    pub secret_key: Option<Secret>,
    /// Keys that signed web sessions before, or will do so next.
    pub secret_key_fallbacks: Vec<Secret>,
    /// Seals secret fields. `None` in the debug profile, which keeps a random one in `DATA_DIR`, and in the release
    /// profile where there are none.
    pub field_key: Option<Secret>,
    /// Keys that sealed secret fields before.
    pub field_key_fallbacks: Vec<Secret>,
    /// The database.
    pub database: DatabaseSettings,
    /// The database of events, where that is another one.
    pub events_database: Option<DatabaseSettings>,
    /// Redis, when there is one.
    pub redis: Option<RedisSettings>,
    /// Who is believed about who is calling.
    pub identity: IdentitySettings,
    /// Whether staff who sign in with a password need a second factor.
    pub second_factor_required: bool,
    /// How mail is sent, and to whom what concerns the program itself.
    pub mail: MailSettings,
    /// The language model, when there is one.
    pub model: Option<ModelSettings>,
    /// The service that makes embeddings, when there is one.
    pub embeddings: Option<EmbeddingSettings>,
    /// The service that ranks passages once more, when there is one.
    pub rerank: Option<RerankSettings>,
    /// The service that writes down speech, when there is one.
    pub dictation: Option<DictationSettings>,
    /// Bounds of answers, runs and workers.
    pub limits: LimitSettings,
    /// Requests per time, by class.
    pub rates: RateSettings,
    /// Bounds of uploads.
    pub uploads: UploadSettings,
    /// What a hash of a password costs.
    pub passwords: PasswordSettings,
    /// How long what people leave behind is kept.
    pub retention: RetentionSettings,
    /// Who asks in a load test, and whom.
    pub load_test: LoadTestSettings,
    /// The zone in which schedules are meant.
    pub time_zone: chrono_tz::Tz,
    /// Where the privacy text is, if anywhere.
    pub privacy_url: Option<String>,
    /// Where the campus sign-on signs people out, if it does: a path of this host or an address.
    pub sign_out_url: Option<String>,
    /// `tracing` filter directives.
    pub log_level: String,
    /// Whether log lines are JSON.
    pub log_json: bool,
    /// The folder of the log file.
    pub log_dir: PathBuf,
    /// What a program that reads the metrics has to show.
    pub metrics_token: Option<Secret>,
    /// Whether workers and schedules run inside this process.
    pub background: bool,
    figment: Figment,
}

/// Every mistake found in the settings.
#[derive(Debug, thiserror::Error)]
#[error("the settings cannot be used:\n{}", .0.iter().map(|p| format!("  - {p}")).collect::<Vec<_>>().join("\n"))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Reads `Rocket.toml`, `.env` and the environment of this process.
    pub fn load() -> Result<Self, ConfigError> {
        let dotenv = dotenv_pairs(Path::new(".env")).map_err(|problem| ConfigError(vec![problem]))?;
        Self::from_sources(rocket::Config::figment(), dotenv.into_iter().chain(environment()))
    }

    /// Builds the settings from a Rocket configuration and `(name, value)` pairs, the later pairs winning.
    pub fn from_sources(
        rocket: Figment,
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let (config, problems) = Self::examine(rocket, pairs);
        if problems.is_empty() { Ok(config) } else { Err(ConfigError(problems)) }
    }

    /// The same settings as [`Self::load`] reads, as the release profile sees them: whatever can be read, and every mistake.
    pub fn as_released() -> Result<(Self, Vec<String>), ConfigError> {
        let dotenv = dotenv_pairs(Path::new(".env")).map_err(|problem| ConfigError(vec![problem]))?;
        let rocket = rocket::Config::figment().select(rocket::Config::RELEASE_PROFILE);
        Ok(Self::examine(rocket, dotenv.into_iter().chain(environment())))
    }

    /// As [`Self::from_sources`], also when there are mistakes: the settings that have them are as if they were not set.
    pub fn examine(
        rocket: Figment,
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> (Self, Vec<String>) {
        let mut given = pairs.into_iter().filter(|(name, _)| settings::known(name)).collect();
        let profile = Profile::of(&rocket);
        let unread = secret_files::resolve(&mut given);
        let mut reader = Reader::new(&rocket, given, unread);
        let config = Self::read(&mut reader, profile, rocket.clone());
        profile::refuse(&config, &mut reader);
        (config, reader.into_problems())
    }

    /// What Rocket itself is configured with, the database pool included.
    pub fn rocket_figment(&self) -> Figment {
        // What Rocket prints at start is for its own developers; its errors still reach the terminal through us.
        let quiet = self
            .figment
            .clone()
            .merge(("log_level", "off"))
            .merge(("cli_colors", false))
            .merge(("ident", false))
            .merge(("ip_header", false))
            .merge(("shutdown.ctrlc", false))
            .merge(("shutdown.signals", Vec::<String>::new()))
            .merge(("shutdown.grace", self.limits.shutdown_grace.as_secs()))
            .merge(("shutdown.mercy", 1));
        quiet.merge((format!("databases.{}", crate::platform::store::POOL), &self.database))
    }

    /// The address to listen on, as the Rocket configuration has it.
    pub fn listen(&self) -> rocket::Config {
        rocket::Config::from(&self.figment)
    }

    /// The same settings, listening elsewhere.
    #[must_use]
    pub fn listening_on(mut self, address: SocketAddr) -> Self {
        let figment = std::mem::take(&mut self.figment);
        self.figment = figment.merge(("address", address.ip())).merge(("port", address.port()));
        self
    }

    fn read(reader: &mut Reader<'_>, profile: Profile, figment: Figment) -> Self {
        let data_dir = PathBuf::from(reader.text("DATA_DIR").unwrap_or_else(|| "data".to_owned()));
        let media_root = reader.text("MEDIA_ROOT").or_else(|| reader.text("UPLOAD_PATH"));
        let index_path = reader.text("INDEX_PATH");
        let listen = rocket::Config::from(&figment);
        Self {
            profile,
            media_root: media_root.map_or_else(|| data_dir.join("media"), PathBuf::from),
            index_path: index_path.map_or_else(|| data_dir.join("index"), PathBuf::from),
            program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("chatdku")),
            secret_key: reader.text("SECRET_KEY").map(Secret::from),
            secret_key_fallbacks: reader.secrets(keys::SECRET_KEY_FALLBACKS),
            field_key: keys::first_field_key(reader),
            field_key_fallbacks: keys::older_field_keys(reader),
            database: sections::database(reader, &data_dir),
            events_database: sections::events_database(reader),
            redis: sections::redis(reader),
            identity: sections::identity(reader, profile, listen.address),
            second_factor_required: reader.flag("SECOND_FACTOR_REQUIRED", false),
            mail: mail::settings(reader),
            model: sections::model(reader),
            embeddings: retrieval::embeddings(reader),
            rerank: retrieval::rerank(reader),
            dictation: dictation::dictation(reader),
            limits: sections::limits(reader),
            rates: sections::rates(reader),
            uploads: sections::uploads(reader),
            passwords: passwords::passwords(reader),
            retention: retention::retention(reader),
            load_test: load_test::load_test(reader, &data_dir),
            time_zone: reader.parsed("TIME_ZONE", chrono_tz::Asia::Shanghai),
            privacy_url: reader.text("PRIVACY_URL"),
            sign_out_url: sections::sign_out_url(reader),
            log_level: reader.text("LOG_LEVEL").unwrap_or_else(|| "info".to_owned()),
            log_json: sections::log_json(reader, profile),
            log_dir: PathBuf::from(reader.text("LOG_DIR").unwrap_or_else(|| "log".to_owned())),
            metrics_token: reader.text("METRICS_TOKEN").map(Secret::from),
            background: true,
            data_dir,
            figment,
        }
    }
}

/// Where an instance listens that was started in this folder with this environment. Reads nothing else, so that it can be
/// asked whatever the other settings are.
pub fn address() -> Result<SocketAddr, ConfigError> {
    let listen = rocket::Config::try_from(rocket::Config::figment())
        .map_err(|error| ConfigError(error.into_iter().map(|problem| problem.to_string()).collect()))?;
    Ok(SocketAddr::new(listen.address, listen.port))
}

/// What Django's `createsuperuser --noinput` takes from the environment.
#[derive(Debug, Default)]
pub struct PresetSuperuser {
    /// `DJANGO_SUPERUSER_USERNAME`
    pub username: Option<String>,
    /// `DJANGO_SUPERUSER_EMAIL`
    pub email: Option<String>,
    /// `DJANGO_SUPERUSER_PASSWORD`
    pub password: Option<Secret>,
}

/// Reads it, for the one command that uses it.
pub fn superuser() -> PresetSuperuser {
    let mut preset = PresetSuperuser::default();
    for (name, value) in environment() {
        match name.as_str() {
            "DJANGO_SUPERUSER_USERNAME" => preset.username = Some(value),
            "DJANGO_SUPERUSER_EMAIL" => preset.email = Some(value),
            "DJANGO_SUPERUSER_PASSWORD" => preset.password = Some(Secret::from(value)),
            _ => {}
        }
    }
    preset
}

fn dotenv_pairs(path: &Path) -> Result<Vec<(String, String)>, String> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let entries = dotenvy::from_path_iter(path).map_err(|error| format!("{}: {error}", path.display()))?;
    entries.collect::<Result<_, _>>().map_err(|error| format!("{}: {error}", path.display()))
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
fn environment() -> Vec<(String, String)> {
    // What is not UTF-8 is no setting of ours.
    let readable = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    readable.filter(|(name, _)| !settings::SHELL_NAMES.contains(&name.as_str())).collect()
}
