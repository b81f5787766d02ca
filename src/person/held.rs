//! What each table holds of a person, and where that is in the archive. Every table of the program is named here, so that a
//! new one is not forgotten: a test compares the list with the entities.

use super::{conversations, files, records};

/// What a table holds of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Rows, which are in this entry of the archive.
    In(&'static str),
    /// Rows that are left out of it.
    Without(Why),
    /// Nothing.
    Nothing,
}

/// Why rows are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// They are made of what is in the archive, for searching.
    Derived,
    /// The program needs them for its work, for minutes or days, and they say nothing more.
    Working,
    /// Secrets, by which somebody else could pass for the person.
    Secret,
}

impl Why {
    /// All of them, with the key of the sentence about each.
    pub(super) const ALL: [(Self, &'static str); 3] = [
        (Self::Derived, "person-without-derived"),
        (Self::Working, "person-without-working"),
        (Self::Secret, "person-without-secrets"),
    ];
}

/// Every table.
pub const TABLES: &[(&str, Held)] = &[
    ("core_usermodel", Held::In(records::ACCOUNT)),
    ("core_usermodel_groups", Held::In(records::ACCOUNT)),
    ("core_usermodel_user_permissions", Held::In(records::ACCOUNT)),
    ("chat_usersession", Held::In(conversations::NAME)),
    ("chat_chatmessages", Held::In(conversations::NAME)),
    ("citation", Held::In(conversations::NAME)),
    ("answer_trace", Held::In(conversations::NAME)),
    ("chat_feedback", Held::In(records::FEEDBACK)),
    ("core_uploadedfile", Held::In(files::NAME)),
    ("web_session", Held::In(records::SESSIONS)),
    ("audit_entry", Held::In(records::AUDIT)),
    ("django_admin_log", Held::In(records::AUDIT)),
    ("mail", Held::In(records::MAILS)),
    ("document", Held::Without(Why::Derived)),
    ("chunk", Held::Without(Why::Derived)),
    ("embedding", Held::Without(Why::Derived)),
    ("index_change", Held::Without(Why::Derived)),
    ("generation", Held::Without(Why::Working)),
    ("generation_event", Held::Without(Why::Working)),
    ("job", Held::Without(Why::Working)),
    ("job_key", Held::Without(Why::Working)),
    ("rate_count", Held::Without(Why::Working)),
    ("sign_in_failure", Held::Without(Why::Working)),
    ("second_factor", Held::Without(Why::Secret)),
    ("recovery_code", Held::Without(Why::Secret)),
    ("auth_group", Held::Nothing),
    ("auth_group_permissions", Held::Nothing),
    ("auth_permission", Held::Nothing),
    ("django_content_type", Held::Nothing),
    ("campus_file", Held::Nothing),
    ("index_head", Held::Nothing),
    ("weekly_events", Held::Nothing),
    ("catalogue_file", Held::Nothing),
    ("class_section", Held::Nothing),
    ("course_prerequisite", Held::Nothing),
    ("curriculum_course", Held::Nothing),
    ("major_requirement", Held::Nothing),
    ("cron_fire", Held::Nothing),
    ("fault", Held::Nothing),
    ("load_test_trouble", Held::Nothing),
    ("planted_task", Held::Nothing),
    ("django_celery_beat_clockedschedule", Held::Nothing),
    ("django_celery_beat_crontabschedule", Held::Nothing),
    ("django_celery_beat_intervalschedule", Held::Nothing),
    ("django_celery_beat_periodictask", Held::Nothing),
    ("django_celery_beat_periodictasks", Held::Nothing),
    ("django_celery_beat_solarschedule", Held::Nothing),
    ("django_celery_results_groupresult", Held::Nothing),
    ("django_celery_results_taskresult", Held::Nothing),
];

/// The tables whose rows are left out for a reason.
pub(super) fn left_out(why: Why) -> impl Iterator<Item = &'static str> {
    TABLES.iter().filter(move |(_, held)| *held == Held::Without(why)).map(|(name, _)| *name)
}
