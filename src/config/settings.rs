//! The names of all settings, in the order of `.env.example`.

/// How far a setting of the list reaches today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Read and used.
    Used,
    /// Accepted because an existing environment file has it; nothing reads it yet or any more.
    Accepted,
}

/// One setting: its name in the environment, in `.env`, and (in lower case) in `Rocket.toml`.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Upper-case name.
    pub name: &'static str,
    /// Whether it does anything.
    pub effect: Effect,
}

const fn used(name: &'static str) -> Setting {
    Setting { name, effect: Effect::Used }
}

/// Every setting there is. `.env.example` has the same names; a test compares the two.
pub const SETTINGS: &[Setting] = &[
    used("SECRET_KEY"),
    used("SECRET_KEY_FALLBACKS"),
    used("FIELD_ENCRYPTION_KEY"),
    used("FIELD_ENCRYPTION_KEY_FALLBACKS"),
    used("ALLOWED_HOSTS"),
    used("CORS_ALLOWED_ORIGINS"),
    used("TRUSTED_PROXIES"),
    used("PROXY_SHARED_SECRET"),
    used("IDENTITY_HEADER"),
    used("NETID_PEPPER"),
    used("DEVELOPERS"),
    used("DEV_NETID"),
    used("SECOND_FACTOR_REQUIRED"),
    used("PASSWORD_HASH_MB"),
    used("PASSWORD_HASH_PASSES"),
    used("DATA_DIR"),
    used("MEDIA_ROOT"),
    used("UPLOAD_PATH"),
    used("INDEX_PATH"),
    used("HOST_DB"),
    used("PORT_DB"),
    used("NAME_DB"),
    used("USERNAME_DB"),
    used("USER_DB"),
    used("PASSWORD_DB"),
    used("SSLMODE_DB"),
    used("SSLROOTCERT_DB"),
    used("DB_SYNCHRONOUS"),
    used("NAME_DB_INGESTION"),
    used("USER_DB_INGESTION"),
    used("REDIS_HOST"),
    used("REDIS_PORT"),
    used("REDIS_PASSWORD"),
    used("REDIS_PREFIX"),
    used("REDIS_TLS"),
    used("REDIS_CA_FILE"),
    used("LLM_BASE_URL"),
    used("LLM_API_KEY"),
    used("LLM_MODEL"),
    used("LLM_EXTRA_BODY"),
    used("LLM_CONTEXT_TOKENS"),
    used("LLM_CONNECT_TIMEOUT"),
    used("LLM_FIRST_TOKEN_TIMEOUT"),
    used("LLM_IDLE_TIMEOUT"),
    used("LLM_TOTAL_TIMEOUT"),
    used("LLM_CONCURRENCY"),
    used("LLM_TASK_MODEL"),
    used("TEI_URL"),
    used("EMBEDDING_MODEL"),
    used("EMBEDDING_API_KEY"),
    used("EMBEDDING_TIMEOUT"),
    used("EMBEDDING_BATCH"),
    used("EMBEDDING_CACHE_MB"),
    used("EMBEDDING_WEIGHT"),
    used("EMBEDDING_MIN_SIMILARITY"),
    used("RERANK_URL"),
    used("RERANK_API_KEY"),
    used("RERANK_TIMEOUT"),
    used("WHISPER_MODEL_URI"),
    used("WHISPER_MODEL"),
    used("WHISPER_API_KEY"),
    used("WHISPER_TIMEOUT"),
    used("ANSWER_MAX_WORDS"),
    used("AGENT_ROUNDS_DEFAULT"),
    used("AGENT_ROUNDS_AGENT"),
    used("AGENT_DEADLINE"),
    used("TOOL_TIMEOUT"),
    used("EXTRACTIVE_THRESHOLD"),
    used("EXTRACTIVE_MIN_SIMILARITY"),
    used("STREAM_THINKING"),
    used("MAX_RUNS"),
    used("WORKERS"),
    used("SHUTDOWN_GRACE"),
    used("TASK_RESULT_DAYS"),
    used("TIME_ZONE"),
    used("EMAIL_HOST"),
    used("EMAIL_PORT"),
    used("EMAIL_USE_TLS"),
    used("EMAIL_USE_SSL"),
    used("EMAIL_CA_FILE"),
    used("EMAIL_HOST_USER"),
    used("EMAIL_HOST_PASSWORD"),
    used("EMAIL_TIMEOUT"),
    used("DEFAULT_FROM_EMAIL"),
    used("EMAIL_TO"),
    used("RATE_LIMIT_READ"),
    used("RATE_LIMIT_CHAT"),
    used("RATE_LIMIT_WRITE"),
    used("RATE_LIMIT_UPLOAD"),
    used("RATE_LIMIT_EXPORT"),
    used("RATE_LIMIT_DASHBOARD"),
    used("RATE_LIMIT_OTHER"),
    used("UPLOAD_MAX_FILES"),
    used("UPLOAD_MAX_TOTAL_MB"),
    used("DISK_MIN_FREE_MB"),
    used("CONVERSATION_DAYS"),
    used("FEEDBACK_DAYS"),
    used("FILE_DAYS"),
    used("AUDIT_DAYS"),
    used("MAIL_DAYS"),
    used("JOB_DAYS"),
    used("PRIVACY_URL"),
    used("SIGN_OUT_URL"),
    used("LOG_LEVEL"),
    used("LOG_FORMAT"),
    used("LOG_DIR"),
    used("METRICS_TOKEN"),
    used("UID"),
    used("DISPLAY_NAME"),
    used("HOST"),
    used("LOCUST_PATH"),
    used("LOCUST_LOG"),
];

/// Names that a shell or the system sets for purposes of its own: read from `.env` only.
pub const SHELL_NAMES: &[&str] = &["UID", "HOST"];

/// Secrets: each may stand in a file instead, which its name with [`FILE`] names.
pub const SECRETS: &[&str] = &[
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "PROXY_SHARED_SECRET",
    "NETID_PEPPER",
    "PASSWORD_DB",
    "REDIS_PASSWORD",
    "LLM_API_KEY",
    "EMBEDDING_API_KEY",
    "RERANK_API_KEY",
    "EMAIL_HOST_PASSWORD",
    "METRICS_TOKEN",
    "FIELD_ENCRYPTION_KEY",
    "FIELD_ENCRYPTION_KEY_FALLBACKS",
    "WHISPER_API_KEY",
];

/// What is put behind the name of a secret for the path of its file.
pub const FILE: &str = "_FILE";

pub(super) fn known(name: &str) -> bool {
    let plain = SETTINGS.iter().any(|setting| setting.name == name);
    plain || name.strip_suffix(FILE).is_some_and(|name| SECRETS.contains(&name))
}
