//! The outbox in the dashboard: what waits, what could not be sent and why, trying again, giving up.

use sea_orm::DbErr;

use super::outbox::{self, Column, Entity, MailId};
use crate::{
    admin::{Action, Chosen, Fieldset, ModelAdmin, Tone, Verb, row},
    queue::Queue,
};

/// Mails.
pub fn mails(queue: Queue) -> ModelAdmin<Entity> {
    use Column::*;
    ModelAdmin::new("core", "mail")
        .shortcut('o')
        .named_by(|row, _| row.text(Subject))
        .list([Subject, Recipient, Kind, State, Attempt, SmtpCode, CreatedAt, SentAt])
        .search([Subject, Recipient, Reason])
        .search_exact([Id, MessageId])
        .filters([State, Kind, CreatedAt])
        .by_date(CreatedAt)
        .newest_first(CreatedAt)
        .choices(
            State,
            [
                ("queued", Tone::Plain),
                ("sending", Tone::Plain),
                ("retry", Tone::Warn),
                ("sent", Tone::Good),
                ("dead", Tone::Bad),
            ],
        )
        .multiline([Text, Reason])
        .personal([Recipient])
        .fieldset(Fieldset::new().shown([Subject, Recipient, Kind, State, Attempt, SmtpCode, Reason]))
        .fieldset(Fieldset::titled("mail").shown([Text, MessageId, Dedupe]))
        .fieldset(Fieldset::titled("times").shown([CreatedAt, TriedAt, SentAt]))
        .never([Verb::Add, Verb::Change])
        .action(Action::new("send_again", send_again).needs("resend_mail").afterwards(move || queue.wake()))
        .action(Action::new("give_up", give_up).needs("resend_mail").confirmed())
}

fn ids(chosen: &Chosen) -> Vec<MailId> {
    chosen.keys.iter().filter_map(row::uuid).map(MailId).collect()
}

async fn send_again(chosen: Chosen) -> Result<u64, DbErr> {
    outbox::try_again(&chosen.tx, &ids(&chosen), chosen.now).await
}

async fn give_up(chosen: Chosen) -> Result<u64, DbErr> {
    outbox::bury(&chosen.tx, &ids(&chosen), chosen.now).await
}
