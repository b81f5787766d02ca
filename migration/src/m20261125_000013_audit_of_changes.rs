//! What an audit entry says about a change: who made it, of which row, what was there before and after.

use sea_orm_migration::{prelude::*, schema::*};

use crate::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns() {
            manager.alter_table(Table::alter().table("audit_entry").add_column(column).to_owned()).await?;
        }
        index(manager, "audit_entry", &["model", "object_key", "at"]).await?;
        index(manager, "audit_entry", &["event", "at"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["audit_entry_event_at_idx", "audit_entry_model_object_key_at_idx"] {
            manager.drop_index(Index::drop().table("audit_entry").name(name).to_owned()).await?;
        }
        for column in columns().into_iter().rev() {
            let name = column.get_column_name();
            manager.alter_table(Table::alter().table("audit_entry").drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}

fn columns() -> Vec<ColumnDef> {
    vec![
        // Copied, so that an entry outlives the account.
        string_len_null("actor_name", 150),
        string_len_null("request_id", 32),
        string_len_null("model", 100),
        string_len_null("object_key", 255),
        string_len_null("object_text", 200),
        text_null("changes"),
        string_len_null("source", 20),
    ]
}
