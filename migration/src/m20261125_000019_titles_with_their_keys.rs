//! Searching titles reads an index and not the rows: it has the key too. Only SQLite gains by it; PostgreSQL has
//! trigrams.

use sea_orm_migration::prelude::*;

use crate::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "chat_usersession";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index(manager, TABLE, &["title", "created_at", "id"]).await?;
        drop_index(manager, "chat_usersession_title_created_at_idx").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index(manager, TABLE, &["title", "created_at"]).await?;
        drop_index(manager, "chat_usersession_title_created_at_id_idx").await
    }
}

async fn drop_index(manager: &SchemaManager<'_>, name: &str) -> Result<(), DbErr> {
    manager.drop_index(Index::drop().table(TABLE).name(name).to_owned()).await
}
