//! Accounts, groups, permissions and the administrators' log, as the Django service made them.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{drop_tables, index, reference, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        permissions(manager).await?;
        groups(manager).await?;
        users(manager).await?;
        log(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "django_admin_log",
            "core_usermodel_user_permissions",
            "core_usermodel_groups",
            "core_usermodel",
            "auth_group_permissions",
            "auth_group",
            "auth_permission",
            "django_content_type",
        ];
        drop_tables(manager, &tables).await
    }
}

async fn permissions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let content_types = Table::create()
        .table("django_content_type")
        .col(pk_auto("id"))
        .col(string_len("app_label", 100))
        .col(string_len("model", 100))
        .to_owned();
    manager.create_table(content_types).await?;
    unique(manager, "django_content_type", &["app_label", "model"]).await?;

    let permissions = Table::create()
        .table("auth_permission")
        .col(pk_auto("id"))
        .col(string_len("name", 255))
        .col(integer("content_type_id"))
        .col(string_len("codename", 100))
        .foreign_key(&mut reference(("auth_permission", "content_type_id"), ("django_content_type", "id")))
        .to_owned();
    manager.create_table(permissions).await?;
    unique(manager, "auth_permission", &["content_type_id", "codename"]).await
}

async fn groups(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let groups =
        Table::create().table("auth_group").col(pk_auto("id")).col(string_len("name", 150)).to_owned();
    manager.create_table(groups).await?;
    unique(manager, "auth_group", &["name"]).await?;

    let granted = Table::create()
        .table("auth_group_permissions")
        .col(big_pk_auto("id"))
        .col(integer("group_id"))
        .col(integer("permission_id"))
        .foreign_key(&mut reference(("auth_group_permissions", "group_id"), ("auth_group", "id")))
        .foreign_key(&mut reference(("auth_group_permissions", "permission_id"), ("auth_permission", "id")))
        .to_owned();
    manager.create_table(granted).await?;
    unique(manager, "auth_group_permissions", &["group_id", "permission_id"]).await?;
    index(manager, "auth_group_permissions", &["permission_id"]).await
}

async fn users(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let users = Table::create()
        .table("core_usermodel")
        .col(big_pk_auto("id"))
        .col(string_len("password", 128))
        .col(timestamp_with_time_zone_null("last_login"))
        .col(boolean("is_superuser"))
        .col(string_len("username", 100))
        .col(boolean("is_active"))
        .col(boolean("is_staff"))
        .col(boolean("is_admin"))
        .col(string("folder"))
        .col(string_len_null("email", 254))
        .to_owned();
    manager.create_table(users).await?;
    unique(manager, "core_usermodel", &["username"]).await?;
    unique(manager, "core_usermodel", &["email"]).await?;

    let memberships = Table::create()
        .table("core_usermodel_groups")
        .col(big_pk_auto("id"))
        .col(big_integer("usermodel_id"))
        .col(integer("group_id"))
        .foreign_key(&mut reference(("core_usermodel_groups", "usermodel_id"), ("core_usermodel", "id")))
        .foreign_key(&mut reference(("core_usermodel_groups", "group_id"), ("auth_group", "id")))
        .to_owned();
    manager.create_table(memberships).await?;
    unique(manager, "core_usermodel_groups", &["usermodel_id", "group_id"]).await?;
    index(manager, "core_usermodel_groups", &["group_id"]).await?;

    let table = "core_usermodel_user_permissions";
    let granted = Table::create()
        .table(table)
        .col(big_pk_auto("id"))
        .col(big_integer("usermodel_id"))
        .col(integer("permission_id"))
        .foreign_key(&mut reference((table, "usermodel_id"), ("core_usermodel", "id")))
        .foreign_key(&mut reference((table, "permission_id"), ("auth_permission", "id")))
        .to_owned();
    manager.create_table(granted).await?;
    unique(manager, table, &["usermodel_id", "permission_id"]).await?;
    index(manager, table, &["permission_id"]).await
}

async fn log(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let log = Table::create()
        .table("django_admin_log")
        .col(pk_auto("id"))
        .col(timestamp_with_time_zone("action_time"))
        .col(text_null("object_id"))
        .col(string_len("object_repr", 200))
        .col(small_integer("action_flag"))
        .col(text("change_message"))
        .col(integer_null("content_type_id"))
        .col(big_integer("user_id"))
        .foreign_key(&mut reference(("django_admin_log", "content_type_id"), ("django_content_type", "id")))
        .foreign_key(&mut reference(("django_admin_log", "user_id"), ("core_usermodel", "id")))
        .to_owned();
    manager.create_table(log).await?;
    index(manager, "django_admin_log", &["content_type_id"]).await?;
    index(manager, "django_admin_log", &["user_id"]).await
}
