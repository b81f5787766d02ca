//! Uploaded files, as the Django service made them, but for one rule.
//!
//! There a file name was unique across all users, so that the second `syllabus.pdf` of the campus was an error. The
//! name is unique per user here; that index comes with our own columns.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, index, reference};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let files = Table::create()
            .table("core_uploadedfile")
            .col(pk_auto("id"))
            .col(string_len("filename", 200))
            .col(timestamp_with_time_zone("uploaded_time"))
            .col(big_integer("user_id"))
            .foreign_key(&mut reference(("core_uploadedfile", "user_id"), ("core_usermodel", "id")))
            .to_owned();
        manager.create_table(files).await?;
        index(manager, "core_uploadedfile", &["user_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["core_uploadedfile"]).await
    }
}
