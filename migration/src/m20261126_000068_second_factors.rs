//! Second factors: the secret that an account shares with a person's authenticator, sealed.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, owned_by};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let factors = Table::create()
            .table("second_factor")
            .col(big_integer("account_id").primary_key())
            .col(text("secret"))
            // Null until a right code has shown that the authenticator has it.
            .col(timestamp_with_time_zone_null("confirmed_at"))
            .col(big_integer_null("last_step"))
            .col(big_integer("uses").default(0))
            .col(timestamp_with_time_zone("created_at"))
            .foreign_key(&mut owned_by(("second_factor", "account_id"), ("core_usermodel", "id")))
            .to_owned();
        manager.create_table(factors).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["second_factor"]).await
    }
}
