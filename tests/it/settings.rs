//! Settings: typed, checked together, refused where unsafe, and all of them in the example.

use std::collections::BTreeSet;

use chatdku::config::{Config, Profile, SETTINGS};

fn config(profile: &str, settings: &[(&str, &str)]) -> Result<Config, String> {
    let rocket = rocket::Config::figment().select(profile).merge(("address", "127.0.0.1"));
    let pairs = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_sources(rocket, pairs).map_err(|error| error.to_string())
}

const KEY: (&str, &str) = ("SECRET_KEY", "q8mPz0vYc3Wk7LrT1xNs5Bd9Hf2Jg4Ka6Eu");

#[test]
fn nothing_has_to_be_set_on_a_developers_machine() {
    let config = config("debug", &[]).unwrap();
    assert_eq!(config.profile, Profile::Debug);
    assert_eq!(config.database.url.reveal(), "sqlite://data/chatdku.sqlite3");
    assert_eq!(config.identity.development.as_deref(), Some("developer"));
    assert!(config.model.is_none());
}

#[test]
fn all_mistakes_are_told_at_once_each_with_its_setting() {
    let error = config(
        "debug",
        &[
            ("PORT_DB", "many"),
            ("HOST_DB", "db.internal"),
            ("TRUSTED_PROXIES", "10.0.0.0/8 nonsense"),
            ("LLM_BASE_URL", "ftp://model"),
            ("RATE_LIMIT_CHAT", "60"),
            ("STREAM_THINKING", "perhaps"),
            ("TIME_ZONE", "Mars/Olympus"),
            ("DB_SYNCHRONOUS", "off"),
        ],
    )
    .unwrap_err();
    for name in [
        "PORT_DB",
        "USERNAME_DB",
        "NAME_DB",
        "TRUSTED_PROXIES",
        "LLM_BASE_URL",
        "RATE_LIMIT_CHAT",
        "STREAM_THINKING",
        "TIME_ZONE",
        "DB_SYNCHRONOUS",
    ] {
        assert!(error.contains(name), "{name} is missing in:\n{error}");
    }
}

#[test]
fn redis_and_the_database_of_events_are_there_when_they_are_named() {
    let nothing = config("debug", &[]).unwrap();
    assert!(nothing.redis.is_none() && nothing.events_database.is_none());
    let server =
        [("HOST_DB", "db.internal"), ("USERNAME_DB", "app"), ("NAME_DB", "main"), ("PASSWORD_DB", "s")];
    let more = [("NAME_DB_INGESTION", "events"), ("REDIS_HOST", "redis.internal"), ("REDIS_PASSWORD", "p")];
    let config = config("debug", &[&server[..], &more[..]].concat()).unwrap();
    let events = config.events_database.unwrap();
    assert_eq!(events.url.reveal(), "postgres://app:s@db.internal:5432/events");
    let redis = config.redis.unwrap();
    assert_eq!(
        (redis.host.as_str(), redis.port, redis.prefix.as_str()),
        ("redis.internal", 6379, "chatdku:")
    );
}

#[test]
fn the_release_profile_refuses_what_is_unsafe() {
    for (settings, named) in [
        (vec![], "SECRET_KEY"),
        (vec![("SECRET_KEY", "short")], "SECRET_KEY"),
        (vec![("SECRET_KEY", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")], "SECRET_KEY"),
        (vec![("SECRET_KEY", "django-insecure-q8mPz0vYc3Wk7LrT1xNs5Bd9Hf2")], "SECRET_KEY"),
        (vec![KEY, ("TRUSTED_PROXIES", "0.0.0.0/0")], "TRUSTED_PROXIES"),
        (vec![KEY, ("TRUSTED_PROXIES", "::/0")], "TRUSTED_PROXIES"),
        (vec![KEY, ("DEV_NETID", "developer")], "DEV_NETID"),
        (vec![KEY, ("ALLOWED_HOSTS", "*.example.edu")], "ALLOWED_HOSTS"),
        (vec![KEY, ("CORS_ALLOWED_ORIGINS", "*")], "CORS_ALLOWED_ORIGINS"),
    ] {
        let error = config("release", &settings).unwrap_err();
        assert!(error.contains(named), "{settings:?}: {error}");
    }
    let config = config("release", &[KEY, ("TRUSTED_PROXIES", "10.0.0.7")]).unwrap();
    assert_eq!(config.identity.development, None);
    assert!(config.identity.secure_cookies && config.identity.trusted_proxies.len() == 1);
}

#[test]
fn without_a_list_of_proxies_the_release_profile_believes_nobody() {
    assert!(config("release", &[KEY]).unwrap().identity.trusted_proxies.is_empty());
}

#[test]
fn a_production_environment_of_the_original_works_unchanged() {
    let config = config(
        "release",
        &[
            KEY,
            ("UPLOAD_PATH", "/srv/uploads"),
            ("HOST_DB", "db.internal"),
            ("USER_DB", "chat"),
            ("PASSWORD_DB", "p@ss/word"),
            ("NAME_DB", "chatdku"),
            ("REDIS_HOST", "redis.internal"),
            ("EMAIL_USE_TLS", "False"),
        ],
    )
    .unwrap();
    assert_eq!(config.media_root.to_str(), Some("/srv/uploads"));
    assert_eq!(config.database.url.reveal(), "postgres://chat:p%40ss%2Fword@db.internal:5432/chatdku");
    assert_eq!(config.redis.unwrap().host, "redis.internal");
    assert!(config.without_effect.contains(&"EMAIL_USE_TLS"));
}

#[test]
fn secrets_are_not_printed() {
    let config =
        config("release", &[KEY, ("LLM_BASE_URL", "http://model/v1"), ("LLM_API_KEY", "sk-hidden")]).unwrap();
    let printed = format!("{:?} {:?} {:?}", config.secret_key, config.model, config.database);
    assert!(!printed.contains(KEY.1) && !printed.contains("sk-hidden"), "{printed}");
}

#[test]
fn the_example_has_every_setting_and_no_other() {
    let example = include_str!("../../.env.example");
    let named: BTreeSet<&str> = example
        .lines()
        .filter_map(|line| line.strip_prefix('#').unwrap_or(line).split_once('='))
        .map(|(name, _)| name.trim())
        .filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
        .collect();
    let known: BTreeSet<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
    assert_eq!(named, known);
}
