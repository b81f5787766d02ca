//! All that is known of one person, as an archive that they, or staff on their behalf, take away.
//!
//! It is read page by page by key, compressed beside the async threads, and sent as fast as it is taken, so that it costs as
//! much memory for a thousand conversations as for one. What it holds is as the rows were when they were read.

pub mod api;
mod archive;
mod conversations;
mod desk;
mod download;
mod files;
mod held;
mod records;
mod routes;

use futures::Stream;

pub use desk::{PERMISSION, routes as staff_routes};
pub use held::{Held, TABLES, Why};
pub use routes::routes;

use crate::{
    accounts::user,
    app::App,
    error::Result,
    platform::{
        locale::Language::{Chinese, English},
        permits::Permits,
    },
};
use archive::{Archive, Effort};

const PER_ACCOUNT: usize = 1;
const PER_INSTANCE: usize = 4;

/// How many archives may be made at once.
pub fn permits() -> Permits {
    Permits::new(PER_ACCOUNT, PER_INSTANCE, "too_many_exports")
}

/// What stands first in the archive: what the rest is.
const README: &str = "README.txt";

/// The archive of an account, in pieces. It ends with an error when it could not be made whole, so that nobody takes the part
/// for all of it. Refused while the account's last one is still being taken, or too many are.
pub fn export(
    app: &App,
    of: user::Model,
) -> Result<impl Stream<Item = std::io::Result<Vec<u8>>> + Send + use<>> {
    let permit = app.person_exports.take(of.id.0)?;
    let (mut archive, mut pieces) = Archive::begin(app.clock.now());
    let making = app.clone();
    drop(app.tasks.spawn(async move {
        let _until_the_end = permit;
        let failing = archive.failing();
        let made = match Box::pin(write(&making, &of, &mut archive)).await {
            Ok(()) => archive.finish().await,
            Err(error) => Err(error),
        };
        if let Err(error) = made {
            tracing::warn!(user.id = of.id.0, error = format!("{error:#}"), "a person's data broke off");
            let _gone = failing.send(Err(std::io::Error::other("the archive broke off"))).await;
        }
    }));
    Ok(futures::stream::poll_fn(move |context| pieces.poll_recv(context)))
}

async fn write(app: &App, of: &user::Model, archive: &mut Archive) -> anyhow::Result<()> {
    archive.entry(README, Effort::Usual).await?;
    archive.write(readme(&app.clock.now().to_rfc3339()).as_bytes()).await?;
    records::account(app, of, archive).await?;
    conversations::write(app, of.id, archive).await?;
    records::feedback(app, of, archive).await?;
    files::write(app, of, archive).await?;
    records::sessions(app, of, archive).await?;
    records::audit(app, of, archive).await?;
    records::mails(app, of, archive).await
}

/// What is in the archive and what is not, in both languages.
fn readme(at: &str) -> String {
    const ENTRIES: [(&str, &str); 8] = [
        (records::ACCOUNT, "person-entry-account"),
        (conversations::NAME, "person-entry-conversations"),
        (records::FEEDBACK, "person-entry-feedback"),
        (files::NAME, "person-entry-files"),
        (files::FOLDER, "person-entry-files-folder"),
        (records::SESSIONS, "person-entry-sessions"),
        (records::AUDIT, "person-entry-audit"),
        (records::MAILS, "person-entry-mails"),
    ];
    let mut text = String::new();
    for language in [English, Chinese] {
        let t = |key: &str| language.text(key);
        text += &format!("{}\n\n{}\n{at}\n\n", t("person-readme-title"), t("person-readme-about"));
        for (name, key) in ENTRIES {
            text += &format!("- {name}: {}\n", t(key));
        }
        text += &format!("\n{}\n\n", t("person-without"));
        for (why, key) in Why::ALL {
            let tables: Vec<&str> = held::left_out(why).collect();
            text += &format!("- {} ({})\n", t(key), tables.join(", "));
        }
        text += &format!("- {}\n\n\n", t("person-without-others"));
    }
    text
}
