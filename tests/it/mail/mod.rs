//! Mail: letters, the outbox, the way to the mail server through all its troubles, faults that maintainers hear of.

mod command;
mod dashboard;
mod delivery;
mod fault_mails;
mod letters;
mod outbox_rows;
pub mod server;
mod tls;
mod weekly;

use chatdku::{
    app::App,
    mail::{Address, Letter, MailId, outbox},
};
use chrono::Duration;
use sea_orm::{EntityTrait, QueryOrder};

use crate::support::{TestApp, TestConfig};
use server::MailServer;

/// The application with this mail server, of which it does not wait long for anything.
fn with_server(server: &MailServer) -> TestConfig {
    with_port(server.port())
}

fn with_port(port: u16) -> TestConfig {
    TestApp::with("EMAIL_HOST", "127.0.0.1")
        .set("EMAIL_PORT", &port.to_string())
        .set("EMAIL_TIMEOUT", "0.5")
        .set("DEFAULT_FROM_EMAIL", "ChatDKU <chatdku@example.edu>")
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// A letter to one reader, with a page.
fn a_letter(subject: &str) -> Letter {
    let letter = Letter::new("report", subject, "Good news.\n.\nThe end.").unwrap();
    letter.html("<p>Good news.</p><img src=\"cid:logo\">").to([address("reader@example.edu")])
}

/// Puts a letter into the outbox.
async fn post(app: &App, letter: &Letter) -> Vec<MailId> {
    let now = app.clock.now();
    app.store.write(async |tx| outbox::enqueue(&tx, letter, now).await).await.unwrap()
}

/// The mails of the outbox, oldest first.
async fn mails(app: &App) -> Vec<outbox::Model> {
    let all = outbox::Entity::find().order_by_asc(outbox::Column::CreatedAt).order_by_asc(outbox::Column::Id);
    all.all(app.store.read()).await.unwrap()
}

async fn mail(app: &App, id: MailId) -> outbox::Model {
    outbox::Entity::find_by_id(id).one(app.store.read()).await.unwrap().unwrap()
}

/// Does what is due now, and at each later time at which something comes due, for a week.
async fn for_a_week(app: &TestApp) {
    for _ in 0..24 {
        app.work().await;
        app.clock.advance(Duration::hours(7));
    }
    app.work().await;
}
