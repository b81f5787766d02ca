//! What we add to uploaded files: where the bytes are, what they are, and how far reading them has come.

use sea_orm_migration::{prelude::*, schema::*};

use crate::unique;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns() {
            let table = Table::alter().table("core_uploadedfile").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        unique(manager, "core_uploadedfile", &["user_id", "filename"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop()
            .table("core_uploadedfile")
            .name("core_uploadedfile_user_id_filename_key")
            .to_owned();
        manager.drop_index(index).await?;
        for column in columns().into_iter().rev() {
            let table =
                Table::alter().table("core_uploadedfile").drop_column(column.get_column_name()).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}

fn columns() -> Vec<ColumnDef> {
    vec![
        // Null means that the file is stored under `filename`, as Django does it.
        string_len_null("stored_name", 100),
        big_integer_null("size"),
        string_len_null("sha256", 64),
        integer_null("pages"),
        string_len_null("state", 20),
        text_null("reason"),
    ]
}
