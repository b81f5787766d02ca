//! The whole list of tables: every entity of the program, for what has to know all of them.

use sea_orm::{
    DbBackend, EntityTrait, Schema,
    sea_query::{IndexCreateStatement, TableCreateStatement},
};

use crate::{
    accounts, catalogue, chat, events, knowledge, loadtest, mail, periodic, platform, queue, uploads,
};

/// A table as its entity declares it.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its name.
    pub name: &'static str,
    /// Its columns, primary key and references.
    pub table: TableCreateStatement,
    /// Its indexes.
    pub indexes: Vec<IndexCreateStatement>,
}

impl Declared {
    /// What this entity declares.
    pub fn by<E: EntityTrait>(entity: E) -> Self {
        // Types are read from it and no text is made of it: any backend does.
        let schema = Schema::new(DbBackend::Postgres);
        Self {
            name: entity.table_name(),
            table: schema.create_table_from_entity(entity),
            indexes: schema.create_index_from_entity(entity),
        }
    }
}

/// All of them.
pub fn declared() -> Vec<Declared> {
    vec![
        Declared::by(accounts::content_type::Entity),
        Declared::by(accounts::permission::Entity),
        Declared::by(accounts::permission::granted::Entity),
        Declared::by(accounts::group::Entity),
        Declared::by(accounts::group::granted::Entity),
        Declared::by(accounts::group::membership::Entity),
        Declared::by(accounts::user::Entity),
        Declared::by(accounts::log_entry::Entity),
        Declared::by(accounts::web_session::Entity),
        Declared::by(accounts::sign_in_failure::Entity),
        Declared::by(accounts::second_factor::factor::Entity),
        Declared::by(accounts::second_factor::recovery_code::Entity),
        Declared::by(chat::tables::Conversation),
        Declared::by(chat::tables::Message),
        Declared::by(chat::tables::Feedback),
        Declared::by(chat::tables::Citation),
        Declared::by(chat::tables::Trace),
        Declared::by(chat::tables::Generation),
        Declared::by(chat::tables::GenerationEvent),
        Declared::by(uploads::Entity),
        Declared::by(events::Entity),
        Declared::by(knowledge::tables::CampusFile),
        Declared::by(knowledge::tables::Document),
        Declared::by(knowledge::tables::Chunk),
        Declared::by(knowledge::tables::Embedding),
        Declared::by(knowledge::tables::IndexHead),
        Declared::by(knowledge::tables::IndexChange),
        Declared::by(catalogue::tables::File),
        Declared::by(catalogue::tables::Requirement),
        Declared::by(catalogue::tables::Prerequisite),
        Declared::by(catalogue::tables::Section),
        Declared::by(catalogue::tables::CurriculumCourse),
        Declared::by(mail::Entity),
        Declared::by(mail::Fault),
        Declared::by(queue::job::Entity),
        Declared::by(queue::key::Entity),
        Declared::by(queue::occurrence::Entity),
        Declared::by(periodic::tables::Crontab),
        Declared::by(periodic::tables::Interval),
        Declared::by(periodic::tables::Clocked),
        Declared::by(periodic::tables::Solar),
        Declared::by(periodic::tables::PeriodicTask),
        Declared::by(periodic::tables::Changes),
        Declared::by(periodic::tables::Planted),
        Declared::by(periodic::tables::TaskResult),
        Declared::by(periodic::tables::GroupResult),
        Declared::by(platform::audit::Entity),
        Declared::by(platform::counters::Entity),
        Declared::by(loadtest::tables::Trouble),
    ]
}
