//! The whole dashboard on one screen: what is in the menu, which rows belong to which, what it does at each start.

use anyhow::Context;
use rocket::{Build, Rocket};

use crate::{
    accounts::{self, UserId, group, permission, staff::Door, user},
    admin::{Action, AdminSite, BASES, ModelAdmin, ModelPermissions, Refusal, Removal, Site, row},
    app::App,
    catalogue, chat,
    deadline::{ASKING, within},
    document_pages,
    erasure::{self, Rows},
    feedback_questions, knowledge, mail, overview,
    periodic::{self, tables::task::Column as TaskColumn},
    person,
    queue::{Claimed, Done, Failure, Handled},
    queue_admin, schedule, site, uploads,
};

const TASK: (&str, &str) = ("django_celery_beat", "periodictask");
const CRONTAB: (&str, &str) = ("django_celery_beat", "crontabschedule");
const INTERVAL: (&str, &str) = ("django_celery_beat", "intervalschedule");
const CLOCKED: (&str, &str) = ("django_celery_beat", "clockedschedule");
const SOLAR: (&str, &str) = ("django_celery_beat", "solarschedule");

/// The dashboard's menu.
fn declared(app: &App) -> AdminSite {
    let identity = app.config.identity.clone();
    let (tasks, queue) = (schedule::tasks(), app.queue.clone());
    AdminSite::new("dashboard-title")
        .section("chat", |section| {
            section
                .add(chat::admin::conversations(identity, app.store.backend()))
                .add(chat::admin::messages())
                .add(chat::admin::feedback())
                .page("feedback-questions", "chat/feedback/questions/", "chat.export_personal")
        })
        .section("core", |section| {
            section
                .add(knowledge::admin::documents())
                .page("document-upload", "core/document/upload/", "core.add_document")
                .add(knowledge::admin::chunks())
                .add(uploads::admin::files())
                .add(catalogue::admin::majors())
                .add(catalogue::admin::requirements())
                .add(catalogue::admin::prerequisites())
                .add(catalogue::admin::sections())
                .add(catalogue::admin::courses())
        })
        .section("scheduler", |section| {
            section
                .add(periodic::admin::tasks(&tasks, queue.clone()))
                .add(periodic::admin::crontabs())
                .add(periodic::admin::intervals())
                .add(periodic::admin::clocked())
                .add(periodic::admin::solar())
                .add(periodic::admin::results(&tasks, queue.clone()))
                .add(periodic::admin::group_results())
                .add(queue_admin::jobs(queue.clone()))
                .add(mail::admin::mails(queue))
        })
        .section("access", |section| {
            section
                .add(users(app))
                .add(accounts::admin::groups(app.clone()))
                .add(accounts::admin::audit_log())
        })
        .overview(overview::overview)
        .tab(("core", "usermodel"), ("chat", "usersession"), chat::tables::ConversationColumn::UserId)
        .tab(("core", "usermodel"), ("core", "uploadedfile"), uploads::files::Column::UserId)
        .tab(("core", "usermodel"), ("chat", "feedback"), chat::tables::FeedbackColumn::UserId)
        .tab(CRONTAB, TASK, TaskColumn::CrontabId)
        .tab(INTERVAL, TASK, TaskColumn::IntervalId)
        .tab(CLOCKED, TASK, TaskColumn::ClockedId)
        .tab(SOLAR, TASK, TaskColumn::SolarId)
        .tab(("core", "document"), ("core", "chunk"), knowledge::tables::ChunkColumn::DocumentId)
}

/// Users, with what other slices know of them.
fn users(app: &App) -> ModelAdmin<user::Entity> {
    accounts::admin::users(app)
        .computed("conversations", chat::admin::conversations_of_users)
        .numbers()
        .computed("files", uploads::admin::files_of_users)
        .numbers()
        .permission("disclose_usermodel")
        .link("account-data", Some(person::PERMISSION), |row| {
            Some(format!("core/usermodel/{}/data/", row.key_text()))
        })
        .takes_along::<chat::tables::Conversation>(chat::tables::ConversationColumn::UserId)
        .takes_along::<uploads::Entity>(uploads::files::Column::UserId)
        .on_remove(|removing| async move {
            erasure::erase(&removing.tx, removing.now, &user_ids(&removing.keys), Rows::Removed).await
        })
        .action(
            Action::new("erase", |chosen| async move {
                let ids = user_ids(&chosen.keys);
                erasure::erase(&chosen.tx, chosen.now, &ids, Rows::Kept).await?;
                Ok(ids.len() as u64)
            })
            .needs("erase_usermodel")
            .confirmed(),
        )
}

fn user_ids(keys: &[sea_orm::Value]) -> Vec<UserId> {
    keys.iter().filter_map(row::number).map(UserId).collect()
}

/// The dashboard, ready to serve, or every mistake in its declarations.
pub fn build(app: &App) -> anyhow::Result<Site> {
    let site =
        declared(app).build(app.store.clone(), app.clock.clone(), app.tasks.clone(), Door::new(app.clone()));
    site.map_err(|mistakes| anyhow::anyhow!("the dashboard is declared wrongly: {}", mistakes.join("; ")))
}

/// Does a removal that was too large for a request.
pub async fn remove(app: App, job: Claimed<Removal>) -> Handled {
    let site = build(&app).map_err(|error| Failure::for_good("site", error))?;
    match job.payload.run(&site).await {
        Ok(removed) => {
            tracing::info!(job = %job.id, removed, "a removal asked for in the dashboard is done");
            Ok(Done::nothing())
        }
        Err(Refusal::Forbidden(_)) => {
            Err(Failure::for_good("forbidden", anyhow::anyhow!("who asked for it may not do it any more")))
        }
        Err(Refusal::Failed(cause)) => Err(Failure::for_now("failed", cause)),
        Err(refusal) => Err(Failure::for_now("failed", anyhow::anyhow!("{refusal:?}"))),
    }
}

/// Makes the permissions that the dashboard asks for, and, in a new installation, groups to begin with.
pub async fn seed(app: &App, site: &Site) -> anyhow::Result<()> {
    let permissions: Vec<ModelPermissions> = site.permissions();
    let seeds: Vec<permission::Seed<'_>> = permissions
        .iter()
        .map(|of| permission::Seed {
            app: of.app,
            model: of.model,
            model_label: &of.label,
            codenames: &of.codes,
        })
        .collect();
    let seeded = app.store.write(async |tx| {
        let seeded = permission::seed(&tx, &seeds).await?;
        if seeded.first {
            group::seed(&tx, &group::STARTERS).await?;
        }
        Ok::<_, sea_orm::DbErr>(())
    });
    seeded.await.context("seeding permissions")
}

/// Mounts the dashboard and the pages that slices add to it.
pub fn mount(mut rocket: Rocket<Build>) -> Rocket<Build> {
    for (base, _) in BASES {
        rocket = rocket
            .mount(base, within(ASKING, accounts::admin::routes()))
            .mount(base, within(ASKING, site::staff_routes()))
            .mount(base, within(ASKING, uploads::admin::staff_routes()))
            .mount(base, within(ASKING, person::staff_routes()))
            .mount(base, within(ASKING, document_pages::routes()))
            .mount(base, within(ASKING, feedback_questions::routes()));
    }
    crate::admin::mount(rocket, |routes| within(ASKING, routes))
}
