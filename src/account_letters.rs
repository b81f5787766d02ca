//! Letters to people about their own accounts: what `accounts` has to tell them, as mails.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sea_orm::DbErr;

use crate::{
    accounts::{
        notice::{Notice, Notices},
        user,
    },
    mail::{self, Address, Letter, outbox},
    platform::{locale::Language, store::Transaction},
};

/// What kind of letters these are.
const KIND: &str = "account";

/// Puts such letters into the outbox.
#[derive(Clone, Copy, Debug)]
pub struct Letters {
    /// The zone in which moments are said.
    pub zone: Tz,
}

#[async_trait::async_trait]
impl Notices for Letters {
    async fn tell(
        &self,
        tx: &Transaction,
        now: DateTime<Utc>,
        account: &user::Model,
        notice: Notice,
    ) -> Result<(), DbErr> {
        let address = account.email.as_deref().and_then(|email| Address::parse(email).ok());
        let Some(address) = address else { return Ok(()) };
        let letter = self.letter(now, &account.username, notice);
        let letter = letter.map_err(|error| DbErr::Custom(format!("{error:#}")))?;
        outbox::enqueue(tx, &letter.to([address]), now).await.map(drop)
    }
}

impl Letters {
    fn letter(self, now: DateTime<Utc>, name: &str, notice: Notice) -> anyhow::Result<Letter> {
        let key = format!("letter-{}", notice.key());
        let left = if let Notice::RecoveryCodeUsed(left) = notice { left } else { 0 };
        let moment = now.with_timezone(&self.zone).format("%Y-%m-%d %H:%M").to_string();
        let values = [("name", name), ("value", moment.as_str()), ("zone", self.zone.name())];
        mail::note(KIND, Language::English.text(&format!("{key}-subject")), |language| {
            vec![language.text_counted(&key, left, &values), language.text("letter-not-you")]
        })
    }
}
