//! Documents, their chunks, and the numbered list of changes that every search index follows.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, index, owned_by, reference, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        documents(manager).await?;
        chunks(manager).await?;

        let head = Table::create()
            .table("index_head")
            .col(small_integer("id").primary_key())
            .col(big_integer("seq"))
            .col(string_len("lineage", 36))
            .to_owned();
        manager.create_table(head).await?;
        // Numbers of another database mean nothing here: an index tells by this name whose it has followed.
        let lineage = sea_orm::prelude::Uuid::new_v4().to_string();
        let start = Query::insert()
            .into_table("index_head")
            .columns(["id", "seq", "lineage"])
            .values_panic([1.into(), 0.into(), lineage.into()])
            .to_owned();
        manager.execute(start).await?;

        let changes = Table::create()
            .table("index_change")
            .col(big_integer("seq").primary_key())
            .col(big_integer("document_id"))
            .col(string_len("kind", 10))
            .to_owned();
        manager.create_table(changes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["index_change", "index_head", "chunk", "document"]).await
    }
}

async fn documents(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let documents = Table::create()
        .table("document")
        .col(big_pk_auto("id"))
        // Null for campus documents.
        .col(big_integer_null("owner_id"))
        .col(integer_null("file_id"))
        // The ingested folder and the path inside it, for campus documents.
        .col(string_len_null("collection", 500))
        .col(string_len_null("path", 1000))
        .col(string_len("title", 300))
        .col(string_len_null("url", 1000))
        .col(string_len("access", 20).default("public"))
        .col(date_null("valid_from"))
        .col(date_null("valid_to"))
        .col(string_len("sha256", 64))
        .col(integer_null("pages"))
        .col(integer("chunks").default(0))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .foreign_key(&mut reference(("document", "owner_id"), ("core_usermodel", "id")))
        .foreign_key(&mut reference(("document", "file_id"), ("core_uploadedfile", "id")))
        .to_owned();
    manager.create_table(documents).await?;
    unique(manager, "document", &["file_id"]).await?;
    unique(manager, "document", &["collection", "path"]).await?;
    index(manager, "document", &["owner_id"]).await
}

async fn chunks(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let chunks = Table::create()
        .table("chunk")
        .col(big_pk_auto("id"))
        .col(big_integer("document_id"))
        .col(integer("seq"))
        .col(integer_null("page"))
        .col(string_len_null("heading", 300))
        .col(text("text"))
        // Where the text stands in its page (or in its document, without pages), in characters.
        .col(integer("char_start"))
        .col(integer("char_end"))
        .col(string_len("content_hash", 32))
        .foreign_key(&mut owned_by(("chunk", "document_id"), ("document", "id")))
        .to_owned();
    manager.create_table(chunks).await?;
    unique(manager, "chunk", &["document_id", "seq"]).await
}
