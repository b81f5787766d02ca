//! An index for the first and the last conversation of all, and for those of a span of time; on PostgreSQL also one for
//! parts of titles.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend, Statement},
};

use crate::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "chat_usersession";
const BY_CREATION: &str = "chat_usersession_created_at_id_idx";
const BY_TITLE: &str = "chat_usersession_title_trgm_idx";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index(manager, TABLE, &["created_at", "id"]).await?;
        if can_have_trigrams(manager.get_connection()).await? {
            let statements = format!(
                "CREATE EXTENSION IF NOT EXISTS pg_trgm; \
                 CREATE INDEX \"{BY_TITLE}\" ON \"{TABLE}\" USING gin (lower(\"title\") gin_trgm_ops)"
            );
            manager.get_connection().execute_unprepared(&statements).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().table(TABLE).name(BY_CREATION).to_owned()).await?;
        let by_title = format!("DROP INDEX IF EXISTS \"{BY_TITLE}\"");
        manager.get_connection().execute_unprepared(&by_title).await.map(drop)
    }
}

/// Whether the extension is there or may be made: searches work without it, only slower.
pub(crate) async fn can_have_trigrams(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(false);
    }
    let asked = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') \
                 OR (has_database_privilege(current_database(), 'CREATE') \
                     AND EXISTS (SELECT FROM pg_available_extension_versions WHERE name = 'pg_trgm' AND trusted))";
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, asked)).await?;
    row.map(|row| row.try_get_by_index(0)).transpose().map(Option::unwrap_or_default)
}
