//! Settings: typed, checked together, refused where unsafe, and all of them in the example.

use std::{
    collections::BTreeSet,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};

use chatdku::{
    accounts::{guessable, password::Hasher, user},
    config::{Config, Profile, SECRETS, SETTINGS, Security, cautions},
    mail::Address,
};

use crate::support::{Program, TestApp, tell};

fn config(profile: &str, settings: &[(&str, &str)]) -> Result<Config, String> {
    let rocket = rocket::Config::figment().select(profile).merge(("address", "127.0.0.1"));
    let pairs = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_sources(rocket, pairs).map_err(|error| error.to_string())
}

const KEY: (&str, &str) = ("SECRET_KEY", "q8mPz0vYc3Wk7LrT1xNs5Bd9Hf2Jg4Ka6Eu");
const FIELD_KEY: (&str, &str) = ("FIELD_ENCRYPTION_KEY", "JILvbrUogw4XTJMGqBkpnzwiphkRRGJ7B558X_WMRWk=");
const OLDER_KEY: &str = "nV7cXz2Lk9Jh4Gf1Ds6Ap8Qo3We5Rt0Yu-Bi";
const OLDER_FIELD_KEY: &str = "yc8kDjdKeAtX77kjmBFYIZ_7NYmnfmmi9QwT9EPbqa8=";

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

/// Settings that are fit to serve people.
const GOOD: [(&str, &str); 12] = [
    KEY,
    FIELD_KEY,
    ("TRUSTED_PROXIES", "10.0.0.7"),
    ("PROXY_SHARED_SECRET", "vW4nQ8sZ1kT6rB3yM9pL"),
    ("NETID_PEPPER", "hJ7dF2gX5cV0aN8uE4wR"),
    ("METRICS_TOKEN", "tY6uI3oP9lK2jH5gF8dS"),
    ("HOST_DB", "127.0.0.1"),
    ("USERNAME_DB", "chatdku"),
    ("NAME_DB", "chatdku"),
    ("REDIS_HOST", "localhost"),
    ("LLM_BASE_URL", "https://model.internal/v1"),
    ("EMAIL_HOST", "smtp.internal"),
];

/// The good settings with some of them changed: what keeps them from serving, and what is to be looked at.
fn examined(changed: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let rocket = rocket::Config::figment().select("release").merge(("address", "127.0.0.1"));
    let pairs = GOOD.iter().chain(changed).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let (config, refused) = Config::examine(rocket, pairs);
    (refused, cautions(&config))
}

#[test]
fn good_settings_are_told_from_bad_ones() {
    assert_eq!(examined(&[]), (vec![], vec![]), "the good sample");
    let refused = [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("SECRET_KEY", "django-insecure-q8mPz0vYc3Wk7LrT1xNs5Bd9Hf2"),
        ("SECRET_KEY", "please-change-me-before-you-go-live-0123456"),
        ("SECRET_KEY", "this-is-a-Sample-key-of-some-length-0123456"),
        ("SECRET_KEY_FALLBACKS", "short"),
        ("SECRET_KEY_FALLBACKS", "nV7cXz2Lk9Jh4Gf1Ds6Ap8Qo3We5Rt0Yu-Bi,short"),
        ("SECRET_KEY_FALLBACKS", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("SECRET_KEY_FALLBACKS", "django-insecure-q8mPz0vYc3Wk7LrT1xNs5Bd9Hf2"),
        ("SECRET_KEY_FALLBACKS", KEY.1),
        ("FIELD_ENCRYPTION_KEY", "not-a-key"),
        ("FIELD_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        ("FIELD_ENCRYPTION_KEY", "Y2hhbmdlLW1lLWNoYW5nZS1tZS1jaGFuZ2UtbWUtMTI="),
        ("FIELD_ENCRYPTION_KEY_FALLBACKS", "not-a-key"),
        ("FIELD_ENCRYPTION_KEY_FALLBACKS", FIELD_KEY.1.trim_end_matches('=')),
        ("METRICS_TOKEN", FIELD_KEY.1),
        ("METRICS_TOKEN", KEY.1),
        ("NETID_PEPPER", "vW4nQ8sZ1kT6rB3yM9pL"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("TRUSTED_PROXIES", "::/0"),
        ("TRUSTED_PROXIES", "0.0.0.0/1 128.0.0.0/1"),
        ("TRUSTED_PROXIES", "the proxy"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", ".example.edu"),
        ("CORS_ALLOWED_ORIGINS", "https://*.example.edu"),
        ("DEV_NETID", "developer"),
        ("PORT_DB", "many"),
        ("USERNAME_DB", ""),
        ("SSLMODE_DB", "always"),
        ("SIGN_OUT_URL", "//elsewhere.example"),
        ("SIGN_OUT_URL", "http://sso.example.edu/logout"),
        ("SSLROOTCERT_DB", "/no/such/file.pem"),
        ("LLM_BASE_URL", "model.internal"),
        ("WHISPER_MODEL_URI", "whisper-large-v3"),
        ("EMAIL_TO", "[nobody"),
        ("RATE_LIMIT_CHAT", "60"),
        ("TIME_ZONE", "Mars/Olympus"),
    ];
    for (name, value) in refused {
        let (refused, _) = examined(&[(name, value)]);
        // Of two that are the same either may be named.
        assert!(refused.iter().any(|line| line.contains(name)), "{name}={value}: {refused:?}");
        assert!(!refused.iter().any(|line| line.contains(OLDER_FIELD_KEY) || line.contains(FIELD_KEY.1)));
    }
    tell(&format!("attacks: settings: {} bad configurations, 0 accepted", refused.len()));
    assert!(refused.len() >= 20);
}

#[test]
fn what_leaves_something_open_is_said() {
    let cautioned = [
        ("FIELD_ENCRYPTION_KEY", ""),
        ("NETID_PEPPER", ""),
        ("PROXY_SHARED_SECRET", ""),
        ("TRUSTED_PROXIES", ""),
        ("METRICS_TOKEN", "tooshort"),
        ("METRICS_TOKEN", "my-secret-metrics-token"),
        ("HOST_DB", "db.internal"),
        ("REDIS_HOST", "redis.internal"),
        ("LLM_BASE_URL", "http://model.internal/v1"),
        ("WHISPER_MODEL_URI", "http://whisper.internal/v1"),
        ("EMAIL_USE_TLS", "false"),
    ];
    for (name, value) in cautioned {
        let (refused, said) = examined(&[(name, value)]);
        assert_eq!(refused, [""; 0], "{name}={value}");
        assert!(said.iter().any(|line| line.starts_with(name)), "{name}={value}: {said:?}");
    }
    let (_, said) = examined(&[("HOST_DB", "")]);
    assert!(!said.iter().any(|line| line.starts_with("HOST_DB")), "a file is on no other machine: {said:?}");
    assert_eq!(examined(&[("HOST_DB", "db.internal"), ("SSLMODE_DB", "require")]).1.len(), 1);
    assert_eq!(examined(&[("HOST_DB", "db.internal"), ("SSLMODE_DB", "verify-full")]), (vec![], vec![]));
    let (_, said) = examined(&[("REDIS_HOST", "redis.internal")]);
    assert!(said.iter().any(|line| line.starts_with("REDIS_PASSWORD")), "{said:?}");
}

#[test]
fn keys_that_are_the_same_are_told_from_a_rotation_under_way() {
    let one_for_two = [("SECRET_KEY", OLDER_FIELD_KEY), ("FIELD_ENCRYPTION_KEY", OLDER_FIELD_KEY)];
    let (refused, _) = examined(&one_for_two);
    assert_eq!(refused, ["SECRET_KEY: the same as FIELD_ENCRYPTION_KEY; make one for each"]);
    let twice = format!("{OLDER_FIELD_KEY},{OLDER_FIELD_KEY}");
    let (refused, _) = examined(&[("FIELD_ENCRYPTION_KEY_FALLBACKS", &twice)]);
    assert_eq!(refused, ["FIELD_ENCRYPTION_KEY_FALLBACKS: the same key 2 times"]);
    let (refused, _) =
        examined(&[("FIELD_ENCRYPTION_KEY", ""), ("FIELD_ENCRYPTION_KEY_FALLBACKS", OLDER_FIELD_KEY)]);
    assert!(refused[0].starts_with("FIELD_ENCRYPTION_KEY_FALLBACKS"), "none to seal with: {refused:?}");
    let older = [("SECRET_KEY_FALLBACKS", OLDER_KEY), ("FIELD_ENCRYPTION_KEY_FALLBACKS", OLDER_FIELD_KEY)];
    assert_eq!(examined(&older), (vec![], vec![]), "a rotation under way");
}

/// The lines of the example file without their marks, secrets filled in: what somebody has who follows it.
#[test]
fn the_example_is_the_base_of_good_settings() {
    let known = |line: &str| line.split_once('=').is_some_and(|(name, _)| SETTINGS.contains(&name));
    let lines = include_str!("../../.env.example").lines().map(|line| line.strip_prefix('#').unwrap_or(line));
    let file: String = lines.filter(|line| known(line)).map(|line| format!("{line}\n")).collect();
    let pairs = dotenvy::from_read_iter(file.as_bytes()).map(Result::unwrap).map(|(name, value)| {
        let filled = match name.as_str() {
            "SECRET_KEY" => KEY.1.to_owned(),
            "FIELD_ENCRYPTION_KEY" => FIELD_KEY.1.to_owned(),
            // Certificates that are not on this machine, and a setting of developers.
            "EMAIL_CA_FILE" | "REDIS_CA_FILE" | "SSLROOTCERT_DB" | "DEV_NETID" => String::new(),
            _ => value,
        };
        (name, filled)
    });
    let rocket = rocket::Config::figment().select("release").merge(("address", "127.0.0.1"));
    let (_, refused) = Config::examine(rocket, pairs.collect::<Vec<_>>());
    assert_eq!(refused, [""; 0]);
}

#[rocket::async_test]
async fn whoever_deploys_is_told_at_once() {
    let pairs = GOOD.iter().filter(|(name, _)| !name.ends_with("_DB") && *name != "REDIS_HOST");
    let program = pairs.fold(Program::new(), |program, (name, value)| program.set(name, value));
    let (fine, said) = program.run(&["check", "--deploy"]);
    assert!(fine && said.contains("starts with these settings"), "{said}");
    let program = program.set("SECRET_KEY", "short").set("ALLOWED_HOSTS", "*").set("NETID_PEPPER", "");
    let (fine, said) = program.run(&["check", "--deploy"]);
    assert!(!fine && said.contains("SECRET_KEY: shorter") && said.contains("ALLOWED_HOSTS: has"), "{said}");
    assert!(
        said.contains("To be looked at:\n  - NETID_PEPPER is not set") && said.contains("2 to be changed"),
        "{said}"
    );
}

#[test]
fn one_gateway_may_serve_all_models_with_one_key() {
    let key = "gW5sA8kD1fJ4hL7qP0zX";
    let gateway = [
        ("TEI_URL", "https://model.internal"),
        ("EMBEDDING_API_KEY", key),
        ("RERANK_URL", "https://model.internal"),
        ("RERANK_API_KEY", key),
        ("LLM_API_KEY", key),
        ("WHISPER_MODEL_URI", "https://model.internal/v1"),
        ("WHISPER_API_KEY", key),
    ];
    assert_eq!(examined(&gateway).0, [""; 0]);
    let (refused, _) = examined(&[&gateway[..], &[("METRICS_TOKEN", key)][..]].concat());
    assert!(!refused.is_empty(), "what a gateway is told must not open a door here");
}

#[rocket::async_test]
async fn a_password_that_everybody_tries_first_is_found() {
    let app = TestApp::start().await;
    let store = &app.app().store;
    for (name, password) in
        [("careful", "a horse, a staple and a battery"), ("hasty", "hasty"), ("lazy", "12345678")]
    {
        let hash = Hasher::default().hash(password.to_owned()).await.unwrap();
        store.write(async |tx| user::create_staff(&tx, name, &hash).await).await.unwrap();
    }
    assert_eq!(guessable::staff(store.read()).await.unwrap(), ["hasty", "lazy"]);
}

#[rocket::async_test]
async fn the_release_profile_does_not_serve_what_everybody_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let media = folder.path().join("media");
    std::fs::create_dir(&media).unwrap();
    for path in [folder.path(), &media] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let place = folder.path().canonicalize().unwrap();
    let enterable = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o001 != 0;
    if !place.ancestors().all(enterable) {
        // Temporary files are private here, whatever their own permissions are.
        return;
    }
    let mut program = Program::on_a_database().released().set("MEDIA_ROOT", media.to_str().unwrap());
    program.spawn(&["serve", "127.0.0.1:0"]);
    let began = Instant::now();
    while !program.said().contains("chmod o-rwx") {
        assert!(began.elapsed() < Duration::from_mins(1), "{}", program.said());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_ne!(program.ended().await, Some(0));
    assert!(program.said().contains("MEDIA_ROOT:"), "{}", program.said());
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
            ("EMAIL_HOST", "smtp.internal"),
            ("EMAIL_PORT", "587"),
            ("EMAIL_USE_TLS", "True"),
            ("EMAIL_HOST_USER", "chatdku@example.edu"),
            ("EMAIL_HOST_PASSWORD", "m@il"),
            ("EMAIL_TO", r#"["one@example.edu", "two@example.edu"]"#),
            FIELD_KEY,
            ("WHISPER_MODEL_URI", "http://whisper.internal"),
        ],
    )
    .unwrap();
    assert_eq!(config.media_root.to_str(), Some("/srv/uploads"));
    assert_eq!(config.database.url.reveal(), "postgres://chat:p%40ss%2Fword@db.internal:5432/chatdku");
    assert_eq!(config.redis.unwrap().host, "redis.internal");
    assert_eq!(config.dictation.unwrap().url, "http://whisper.internal/v1/audio/transcriptions");
    let server = config.mail.server.unwrap();
    assert_eq!(
        (server.host.as_str(), server.port, server.security),
        ("smtp.internal", 587, Security::StartTls)
    );
    let (user, password) = server.credentials.unwrap();
    assert_eq!((user.as_str(), password.reveal()), ("chatdku@example.edu", "m@il"));
    assert_eq!(config.mail.from.to_string(), "ChatDKU <chatdku@example.edu>");
    let to: Vec<&str> = config.mail.to.iter().map(Address::as_str).collect();
    assert_eq!(to, ["one@example.edu", "two@example.edu"]);
}

#[test]
fn mail_is_not_sent_in_the_clear_unless_asked_for_and_never_with_a_password() {
    use Security::{Plain, StartTls, Tls};
    let elsewhere = ("EMAIL_HOST", "smtp.internal");
    let here = ("EMAIL_HOST", "127.0.0.1");
    let (user, password) = (("EMAIL_HOST_USER", "one"), ("EMAIL_HOST_PASSWORD", "secret"));
    for (settings, security, port) in [
        (vec![elsewhere], StartTls, 587),
        (vec![elsewhere, ("EMAIL_USE_SSL", "true")], Tls, 465),
        (vec![elsewhere, ("EMAIL_USE_TLS", "false")], Plain, 25),
        (vec![elsewhere, ("EMAIL_USE_TLS", "False"), user, password], StartTls, 587),
        (vec![elsewhere, ("EMAIL_USE_SSL", "1"), ("EMAIL_USE_TLS", "0"), user, password], Tls, 465),
        (vec![here], Plain, 25),
        (vec![here, ("EMAIL_USE_TLS", "false"), user, password], Plain, 25),
        (vec![here, ("EMAIL_USE_TLS", "true"), ("EMAIL_PORT", "2525")], StartTls, 2525),
    ] {
        let server = config("debug", &settings).unwrap().mail.server.unwrap();
        assert_eq!((server.security, server.port), (security, port), "{settings:?}");
    }
    for (settings, named) in [
        (vec![elsewhere, ("EMAIL_USE_SSL", "1"), ("EMAIL_USE_TLS", "1")], "EMAIL_USE_SSL"),
        (vec![elsewhere, password], "EMAIL_HOST_USER"),
        (vec![elsewhere, ("EMAIL_PORT", "smtp")], "EMAIL_PORT"),
        (vec![elsewhere, ("EMAIL_CA_FILE", "/no/such/file.pem")], "EMAIL_CA_FILE"),
        (vec![("EMAIL_TO", "[\"one@example.edu\"")], "EMAIL_TO"),
        (vec![("EMAIL_TO", "one@example.edu, two at example.edu")], "EMAIL_TO"),
        (vec![("DEFAULT_FROM_EMAIL", "nobody")], "DEFAULT_FROM_EMAIL"),
    ] {
        let error = config("debug", &settings).unwrap_err();
        assert!(error.contains(named), "{settings:?}: {error}");
    }
}

#[test]
fn those_who_are_written_to_are_a_json_list_or_have_commas_between_them() {
    for text in [
        r#"["one@example.edu", " two@example.edu "]"#,
        "one@example.edu,two@example.edu",
        "one@example.edu , two@example.edu,",
        // `EMAIL_TO=["one@example.edu", "two@example.edu"]` of an environment file, as it arrives here.
        "[one@example.edu, two@example.edu]",
    ] {
        let config = config("debug", &[("EMAIL_TO", text)]).unwrap();
        let to: Vec<&str> = config.mail.to.iter().map(Address::as_str).collect();
        assert_eq!(to, ["one@example.edu", "two@example.edu"], "{text}");
    }
    assert!(config("debug", &[]).unwrap().mail.to.is_empty());
}

#[test]
fn a_hash_never_costs_less_than_is_safe() {
    for (name, value) in
        [("PASSWORD_HASH_MB", "8"), ("PASSWORD_HASH_PASSES", "1"), ("PASSWORD_HASH_MB", "9999")]
    {
        let refused = config("debug", &[(name, value)]).unwrap_err();
        assert!(refused.contains(name), "{refused}");
    }
    assert_eq!(config("debug", &[("PASSWORD_HASH_MB", "64")]).unwrap().passwords.memory_mb, 64);
}

#[test]
fn secrets_are_not_printed() {
    let config = config(
        "release",
        &[
            KEY,
            ("LLM_BASE_URL", "http://model/v1"),
            ("LLM_API_KEY", "sk-hidden"),
            ("EMAIL_HOST", "smtp.internal"),
            ("EMAIL_HOST_USER", "one"),
            ("EMAIL_HOST_PASSWORD", "hidden, too"),
        ],
    )
    .unwrap();
    let printed =
        format!("{:?} {:?} {:?} {:?}", config.secret_key, config.model, config.database, config.mail);
    assert!(!printed.contains(KEY.1) && !printed.contains("hidden"), "{printed}");
}

#[test]
fn a_secret_may_stand_in_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (key, empty, binary) = (file("key", KEY.1.as_bytes()), file("empty", b"\n"), file("binary", &[0xff]));
    let large = file("large", &vec![b'x'; 70_000]);
    // What editors and `echo` put behind it does not count.
    let token = file("token", b"a token of the file\n");

    let read = config("release", &[("SECRET_KEY_FILE", &key), ("METRICS_TOKEN_FILE", &token)]).unwrap();
    assert_eq!(read.secret_key.unwrap().reveal(), KEY.1);
    assert_eq!(read.metrics_token.unwrap().reveal(), "a token of the file");
    // An empty name is none, and what is no secret has no file.
    assert!(config("release", &[KEY, ("METRICS_TOKEN_FILE", ""), ("TIME_ZONE_FILE", &token)]).is_ok());

    let missing = folder.path().join("missing").to_str().unwrap().to_owned();
    for (given, why) in [
        (vec![KEY, ("SECRET_KEY_FILE", &*key)], "SECRET_KEY_FILE: SECRET_KEY is set as well"),
        (vec![("SECRET_KEY_FILE", &*missing)], "No such file"),
        (vec![KEY, ("METRICS_TOKEN_FILE", &*empty)], "is empty"),
        (vec![KEY, ("METRICS_TOKEN_FILE", &*binary)], "UTF-8"),
        (vec![KEY, ("METRICS_TOKEN_FILE", &*large)], "more than 65536 bytes"),
    ] {
        let refused = config("release", &given).unwrap_err();
        assert!(refused.contains(why), "{given:?}: {refused}");
    }
}

#[test]
fn secrets_that_may_stand_in_files_are_settings() {
    for name in SECRETS {
        assert!(SETTINGS.contains(name), "{name}");
    }
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
    let known: BTreeSet<&str> = SETTINGS.iter().copied().collect();
    assert_eq!(named, known);
}
