//! The course catalogue: what majors require, and the registrar's lists of prerequisites, classes and courses.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, index, owned_by};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let files = Table::create()
            .table("catalogue_file")
            .col(big_integer("document_id").primary_key())
            .col(string_len("kind", 20))
            .col(string_len("name", 300))
            // Other names of a major, or the subjects of a list; one a line.
            .col(text("words"))
            .col(string_len("sha256", 64))
            .col(integer("entries"))
            .col(timestamp_with_time_zone("loaded_at"))
            .foreign_key(&mut owned_by(("catalogue_file", "document_id"), ("document", "id")))
            .to_owned();
        manager.create_table(files).await?;
        requirements(manager).await?;
        prerequisites(manager).await?;
        sections(manager).await?;
        courses(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "curriculum_course",
            "class_section",
            "course_prerequisite",
            "major_requirement",
            "catalogue_file",
        ];
        drop_tables(manager, &tables).await
    }
}

async fn requirements(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    const TABLE: &str = "major_requirement";
    let table = Table::create()
        .table(TABLE)
        .col(big_pk_auto("id"))
        .col(big_integer("document_id"))
        .col(integer("seq"))
        .col(string_len("heading", 300))
        .col(text("text"))
        .col(text("courses"))
        .foreign_key(&mut owned_by((TABLE, "document_id"), ("catalogue_file", "document_id")))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, TABLE, &["document_id", "seq"]).await
}

async fn prerequisites(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    const TABLE: &str = "course_prerequisite";
    let table = Table::create()
        .table(TABLE)
        .col(big_pk_auto("id"))
        .col(big_integer("document_id"))
        .col(string_len("course", 20))
        .col(date("effective"))
        .col(text("rule"))
        .foreign_key(&mut owned_by((TABLE, "document_id"), ("catalogue_file", "document_id")))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, TABLE, &["course", "effective"]).await?;
    index(manager, TABLE, &["document_id"]).await
}

async fn sections(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    const TABLE: &str = "class_section";
    let table = Table::create()
        .table(TABLE)
        .col(big_pk_auto("id"))
        .col(big_integer("document_id"))
        .col(string_len("course", 20))
        .col(string_len("title", 300))
        .col(string_len("term", 100))
        .col(string_len("section", 40))
        .col(string_len("class_number", 40))
        .col(string_len("days", 60))
        // As `HH:MM`; empty where no time is fixed.
        .col(string_len("starts", 5))
        .col(string_len("ends", 5))
        .col(string_len("place", 200))
        .col(string_len("instructor", 300))
        .col(date_null("begins_on"))
        .col(date_null("ends_on"))
        .foreign_key(&mut owned_by((TABLE, "document_id"), ("catalogue_file", "document_id")))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, TABLE, &["course"]).await?;
    index(manager, TABLE, &["document_id"]).await
}

async fn courses(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    const TABLE: &str = "curriculum_course";
    let table = Table::create()
        .table(TABLE)
        .col(big_pk_auto("id"))
        .col(big_integer("document_id"))
        .col(string_len("course", 20))
        .col(string_len("title", 300))
        .col(string_len("credits", 20))
        .col(string_len("term", 100))
        .col(string_len("area", 200))
        .col(string_len("instructor", 300))
        .col(text("description"))
        .foreign_key(&mut owned_by((TABLE, "document_id"), ("catalogue_file", "document_id")))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, TABLE, &["course"]).await?;
    index(manager, TABLE, &["document_id"]).await
}
