//! Who gets the reports.

use sea_orm::{ConnectionTrait, DbErr};

use crate::{accounts::user, config::MailSettings, platform::address::Address};

/// Those that `EMAIL_TO` names, and active staff who want the reports. Looked up when a report is written; an address
/// that is none gets nothing.
pub async fn of_reports(db: &impl ConnectionTrait, settings: &MailSettings) -> Result<Vec<Address>, DbErr> {
    let staff = user::addresses_for_reports(db).await?;
    let mut readers = settings.to.clone();
    readers.extend(staff.iter().filter_map(|address| Address::parse(address).ok()));
    readers.sort();
    readers.dedup();
    Ok(readers)
}
