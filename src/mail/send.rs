//! The job that sends a mail of the outbox.

use chrono::Duration;
use sea_orm::DbErr;

use super::{
    outbox::{self, ATTEMPTS, MailId, Sending},
    post::Undelivered,
};
use crate::{
    app::App,
    metrics::Mailed,
    platform::store::Transaction,
    queue::{Claimed, Done, Handled, Pace},
};

/// A minute to the second try, then longer and longer, up to six hours.
pub const PACE: Pace = Pace { first: Duration::minutes(1), longest: Duration::hours(6) };

/// Sends the mail. Who crashes between the mail server's word and the end of this job sends it again, with the same
/// Message-ID.
pub async fn send(app: App, job: Claimed<Sending>) -> Handled {
    let (id, now) = (MailId(job.payload.mail), app.clock.now());
    let begun = app.store.write(async |tx| outbox::begin(&tx, id, now).await).await?;
    let Some(mail) = begun else { return Ok(Done::nothing()) };
    match app.post.deliver(&mail).await {
        Ok(()) => {
            app.metrics.mailed(Mailed::Sent);
            let now = app.clock.now();
            Ok(Done::with(move |tx| async move { outbox::sent(&tx, id, now).await }))
        }
        Err(undelivered) => {
            let last = !undelivered.retry || job.attempt >= ATTEMPTS;
            app.metrics.mailed(if last { Mailed::Dead } else { Mailed::PutOff });
            let Undelivered { smtp_code, reason, .. } = &undelivered;
            app.store.write(async |tx| outbox::failed(&tx, &mail, *smtp_code, reason).await).await?;
            Err(undelivered.failure())
        }
    }
}

/// The mail will not be tried again by itself.
pub async fn gave_up(tx: Transaction, sending: Sending) -> Result<(), DbErr> {
    outbox::give_up(&tx, MailId(sending.mail)).await
}
