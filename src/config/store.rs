//! Where the data is, and how the way there is guarded.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::reader::Reader;
use crate::platform::secret::Secret;

/// Whether the way to PostgreSQL is encrypted and its certificate is looked at, in the words of its own programs.
/// `prefer` takes what the server offers and looks at nothing.
const MODES: [&str; 5] = ["disable", "prefer", "require", "verify-ca", "verify-full"];
const MODE: &str = "sslmode";

/// Where the data is. Travels to `rocket_db_pools` inside Rocket's configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DatabaseSettings {
    /// `sqlite://…` or `postgres://…`.
    pub url: Secret,
    /// Whether a commit waits for the disk (SQLite: `synchronous=FULL`).
    pub durable: bool,
}

impl DatabaseSettings {
    /// Whether nobody on the way can read along or pass for the server.
    pub(super) fn is_verified(&self) -> bool {
        let url = reqwest::Url::parse(self.url.reveal());
        url.is_ok_and(|url| url.query_pairs().any(|(name, value)| name == MODE && value == "verify-full"))
    }
}

pub(super) fn database(reader: &mut Reader<'_>, data_dir: &Path) -> DatabaseSettings {
    let durable = match reader.text("DB_SYNCHRONOUS").as_deref() {
        None | Some("full") => true,
        Some("normal") => false,
        Some(other) => {
            reader.problem("DB_SYNCHRONOUS", format!("`{other}` is neither full nor normal"));
            true
        }
    };
    let url = match reader.text("HOST_DB") {
        Some(host) => {
            let user = reader.text("USERNAME_DB").or_else(|| reader.text("USER_DB"));
            let name = reader.text("NAME_DB");
            postgres_url(reader, &host, user, name)
        }
        None => format!("sqlite://{}", data_dir.join("chatdku.sqlite3").display()),
    };
    DatabaseSettings { url: Secret::from(url), durable }
}

/// The database of events, where that is another one.
pub(super) fn events_database(reader: &mut Reader<'_>) -> Option<DatabaseSettings> {
    let name = reader.text("NAME_DB_INGESTION")?;
    let Some(host) = reader.text("HOST_DB") else {
        reader.problem("NAME_DB_INGESTION", "needs HOST_DB: it is a database of the same server");
        return None;
    };
    let own = reader.text("USERNAME_DB").or_else(|| reader.text("USER_DB"));
    let user = reader.text("USER_DB_INGESTION").or(own);
    let url = postgres_url(reader, &host, user, Some(name));
    Some(DatabaseSettings { url: Secret::from(url), durable: true })
}

fn postgres_url(reader: &mut Reader<'_>, host: &str, user: Option<String>, name: Option<String>) -> String {
    if user.is_none() {
        reader.problem("USERNAME_DB", "needed because HOST_DB is set");
    }
    if name.is_none() {
        reader.problem("NAME_DB", "needed because HOST_DB is set");
    }
    let port: u16 = reader.parsed("PORT_DB", 5432);
    let mut url = match reqwest::Url::parse(&format!("postgres://{host}:{port}")) {
        Ok(url) => url,
        Err(error) => {
            reader.problem("HOST_DB", error);
            return String::new();
        }
    };
    let named = url.set_username(&user.unwrap_or_default()).is_ok()
        && url.set_password(reader.text("PASSWORD_DB").as_deref()).is_ok();
    if !named {
        reader.problem("HOST_DB", "is not a host name");
    }
    url.set_path(&name.unwrap_or_default());
    guard(reader, &mut url);
    url.to_string()
}

/// Says in the address how the way there is guarded; where nothing is said, it is as PostgreSQL's own programs do it.
fn guard(reader: &mut Reader<'_>, url: &mut reqwest::Url) {
    if let Some(mode) = reader.text("SSLMODE_DB") {
        if MODES.contains(&mode.as_str()) {
            url.query_pairs_mut().append_pair(MODE, &mode);
        } else {
            reader.problem("SSLMODE_DB", format!("`{mode}` is none of {}", MODES.join(", ")));
        }
    }
    if let Some(file) = reader.text("SSLROOTCERT_DB") {
        if Path::new(&file).is_file() {
            url.query_pairs_mut().append_pair("sslrootcert", &file);
        } else {
            reader.problem("SSLROOTCERT_DB", format!("there is no file `{file}`"));
        }
    }
}
