//! Which of the staff get the reports by mail.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The Django service does not write it.
        let wants = boolean("wants_reports").default(false).to_owned();
        manager.alter_table(Table::alter().table("core_usermodel").add_column(wants).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dropped = Table::alter().table("core_usermodel").drop_column("wants_reports").to_owned();
        manager.alter_table(dropped).await
    }
}
