//! The tables of the Django service that this program works on, as Django's migrations make them on PostgreSQL.
//!
//! Tables that are only left alone (`django_session`, `django_celery_results_chordcounter`) are not described. A migration of ours that
//! makes a table of the original has its tables here, so that it is noted as applied where they are.

/// A table.
pub(super) struct Original {
    pub(super) table: &'static str,
    /// The migration of ours that makes it on an empty database.
    pub(super) migration: &'static str,
    /// `name type`, with a question mark behind the type when null is allowed.
    columns: &'static str,
    /// Sets of columns that the database keeps unique, and that we rely on.
    pub(super) unique: &'static [&'static [&'static str]],
}

/// A column of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) name: &'static str,
    /// Its type in short, such as `varchar(100)`.
    pub(super) kind: &'static str,
    pub(super) nullable: bool,
}

impl Original {
    /// Its columns.
    pub(super) fn columns(&self) -> impl Iterator<Item = Expected> {
        self.columns.split(',').filter_map(|column| {
            let (name, kind) = column.trim().split_once(' ')?;
            Some(Expected { name, kind: kind.trim_end_matches('?'), nullable: kind.ends_with('?') })
        })
    }
}

/// The applications of the original whose migrations we have to know, and the last of each.
pub(super) const LAST_MIGRATIONS: [(&str, &str); 2] =
    [("core", "0003_delete_activelm_usermodel_email"), ("chat", "0004_alter_usersession_user")];

const ACCOUNTS: &str = "m20261124_000001_original_accounts";
const CHAT: &str = "m20261124_000002_original_chat";
const UPLOADS: &str = "m20261124_000003_original_uploads";
const EVENTS: &str = "m20261124_000004_original_events";
const TASKS: &str = "m20261126_000040_scheduled_tasks";
const RESULTS: &str = "m20261126_000041_task_results";

/// The events lie in a database of their own, unless both are one.
pub(super) const EVENTS_TABLE: &str = "weekly_events";

/// All of them, those that others refer to first.
pub(super) const TABLES: [Original; 21] = [
    Original {
        table: "django_content_type",
        migration: ACCOUNTS,
        columns: "id integer, app_label varchar(100), model varchar(100)",
        unique: &[&["app_label", "model"]],
    },
    Original {
        table: "auth_permission",
        migration: ACCOUNTS,
        columns: "id integer, name varchar(255), content_type_id integer, codename varchar(100)",
        unique: &[&["content_type_id", "codename"]],
    },
    Original {
        table: "auth_group",
        migration: ACCOUNTS,
        columns: "id integer, name varchar(150)",
        unique: &[&["name"]],
    },
    Original {
        table: "auth_group_permissions",
        migration: ACCOUNTS,
        columns: "id bigint, group_id integer, permission_id integer",
        unique: &[&["group_id", "permission_id"]],
    },
    Original {
        table: "core_usermodel",
        migration: ACCOUNTS,
        columns: "id bigint, password varchar(128), last_login timestamptz?, is_superuser boolean, \
                  username varchar(100), is_active boolean, is_staff boolean, is_admin boolean, folder varchar, \
                  email varchar(254)?",
        unique: &[&["username"], &["email"]],
    },
    Original {
        table: "core_usermodel_groups",
        migration: ACCOUNTS,
        columns: "id bigint, usermodel_id bigint, group_id integer",
        unique: &[&["usermodel_id", "group_id"]],
    },
    Original {
        table: "core_usermodel_user_permissions",
        migration: ACCOUNTS,
        columns: "id bigint, usermodel_id bigint, permission_id integer",
        unique: &[&["usermodel_id", "permission_id"]],
    },
    Original {
        table: "django_admin_log",
        migration: ACCOUNTS,
        columns: "id integer, action_time timestamptz, object_id text?, object_repr varchar(200), \
                  action_flag smallint, change_message text, content_type_id integer?, user_id bigint",
        unique: &[],
    },
    Original {
        table: "chat_usersession",
        migration: CHAT,
        columns: "id uuid, created_at timestamptz, title varchar(100), user_id bigint",
        unique: &[],
    },
    Original {
        table: "chat_chatmessages",
        migration: CHAT,
        columns: "id bigint, role varchar(20), message text, created_at timestamptz, session_id uuid",
        unique: &[],
    },
    Original {
        table: "chat_feedback",
        migration: CHAT,
        columns: "id integer, user_input text, gen_answer text, feedback_reason text, question_id text, \
                  time timestamptz",
        unique: &[],
    },
    Original {
        table: "core_uploadedfile",
        migration: UPLOADS,
        columns: "id integer, filename varchar(200), uploaded_time timestamptz, user_id bigint",
        // `filename` alone is unique there, which is the one rule that is changed.
        unique: &[],
    },
    Original {
        table: "django_celery_beat_crontabschedule",
        migration: TASKS,
        columns: "id integer, minute varchar(240), hour varchar(96), day_of_week varchar(64), \
                  day_of_month varchar(124), month_of_year varchar(64), timezone varchar(63)",
        unique: &[],
    },
    Original {
        table: "django_celery_beat_intervalschedule",
        migration: TASKS,
        columns: "id integer, every integer, period varchar(24)",
        unique: &[],
    },
    Original {
        table: "django_celery_beat_clockedschedule",
        migration: TASKS,
        columns: "id integer, clocked_time timestamptz",
        unique: &[],
    },
    Original {
        table: "django_celery_beat_solarschedule",
        migration: TASKS,
        // Commas part columns here, so the digits of its numbers are left out.
        columns: "id integer, event varchar(24), latitude numeric, longitude numeric",
        unique: &[&["event", "latitude", "longitude"]],
    },
    Original {
        table: "django_celery_beat_periodictasks",
        migration: TASKS,
        columns: "ident smallint, last_update timestamptz",
        unique: &[],
    },
    Original {
        table: "django_celery_beat_periodictask",
        migration: TASKS,
        columns: "id integer, name varchar(200), task varchar(200), args text, kwargs text, queue varchar(200)?, \
                  exchange varchar(200)?, routing_key varchar(200)?, expires timestamptz?, enabled boolean, \
                  last_run_at timestamptz?, total_run_count integer, date_changed timestamptz, description text, \
                  crontab_id integer?, interval_id integer?, solar_id integer?, one_off boolean, \
                  start_time timestamptz?, priority integer?, headers text, clocked_id integer?, \
                  expire_seconds integer?",
        unique: &[&["name"]],
    },
    Original {
        table: "django_celery_results_taskresult",
        migration: RESULTS,
        columns: "id integer, task_id varchar(255), status varchar(50), content_type varchar(128), \
                  content_encoding varchar(64), result text?, date_done timestamptz, traceback text?, meta text?, \
                  task_args text?, task_kwargs text?, task_name varchar(255)?, worker varchar(100)?, \
                  date_created timestamptz, periodic_task_name varchar(255)?, date_started timestamptz?",
        unique: &[&["task_id"]],
    },
    Original {
        table: "django_celery_results_groupresult",
        migration: RESULTS,
        columns: "id integer, group_id varchar(255), date_created timestamptz, date_done timestamptz, \
                  content_type varchar(128), content_encoding varchar(64), result text?",
        unique: &[&["group_id"]],
    },
    Original {
        table: EVENTS_TABLE,
        migration: EVENTS,
        columns: "id bigint, title varchar(500), event_date date, start_time time?, end_time time?, \
                  location varchar(200), sponsor varchar(200), open_to varchar(200), speaker varchar(200), \
                  url varchar(500), created_at timestamptz, updated_at timestamptz",
        unique: &[],
    },
];
