//! Files of campus documents that staff keep: where the bytes are, and how far reading them has come.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, reference, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let files = Table::create()
            .table("campus_file")
            .col(big_pk_auto("id"))
            .col(big_integer("document_id"))
            .col(string_len("filename", 200))
            .col(string_len("stored_name", 100))
            .col(string_len("format", 20))
            .col(big_integer("size"))
            .col(string_len("sha256", 64))
            .col(string_len("state", 20))
            .col(text_null("reason"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .foreign_key(&mut reference(("campus_file", "document_id"), ("document", "id")))
            .to_owned();
        manager.create_table(files).await?;
        unique(manager, "campus_file", &["document_id"]).await?;
        unique(manager, "campus_file", &["stored_name"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["campus_file"]).await
    }
}
