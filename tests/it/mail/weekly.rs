//! From "run now" in the dashboard to the mail server.

use chatdku::periodic::tables::{PeriodicTask, TaskResult, task};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    server::{MailServer, Manner},
    with_server,
};
use crate::dashboard::staff::owner;

#[rocket::async_test]
async fn the_weekly_report_that_somebody_asks_for_reaches_its_readers() {
    let server = MailServer::start(Manner::Plain);
    let readers = r#"["first@example.edu", "second@example.edu"]"#;
    let app = with_server(&server).set("EMAIL_TO", readers).start().await;
    let chief = owner(&app).await;
    let report = PeriodicTask::find().filter(task::Column::Task.eq("chat.tasks.email_weekly_load"));
    let report = report.one(app.app().store.read()).await.unwrap().expect("the task is planted");
    let id = report.id.to_string();
    let run = [("action", "run_tasks"), ("_selected_action", id.as_str()), ("post", "yes")];
    chief.post("/en/admin/django_celery_beat/periodictask/", &run).await.is(302);
    // The task puts the mails into the outbox; their own jobs send them.
    while app.work().await > 0 {}
    let taken = server.taken();
    let mut to: Vec<&str> = taken.iter().flat_map(|mail| mail.to.iter().map(String::as_str)).collect();
    to.sort_unstable();
    assert_eq!(to, ["first@example.edu", "second@example.edu"], "each gets a mail of their own");
    for mail in &taken {
        assert!(
            mail.header("Subject").is_some_and(|subject| subject.contains("ChatDKU")),
            "{}",
            mail.content
        );
        for part in ["multipart/alternative", "text/plain", "text/html", "image/png", "Content-ID: <logo>"] {
            assert!(mail.content.contains(part), "{part} in {}", mail.content);
        }
    }
    let result = TaskResult::find().one(app.app().store.read()).await.unwrap().expect("a result");
    assert_eq!(result.status, "SUCCESS");
    assert!(result.result.is_some_and(|said| said.contains("2 mails")), "it says how many");
}
