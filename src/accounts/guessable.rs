//! Passwords that everybody tries first.

use sea_orm::{QueryOrder, QuerySelect, entity::prelude::*};

use super::{
    password::{Hasher, Verdict},
    user,
};
use crate::error::Result;

/// What is tried, besides the name of the account.
const TRIED: [&str; 8] =
    ["password", "admin", "chatdku", "chatdku_admin", "changeme", "123456", "12345678", "duke"];
/// Most accounts that are looked at: each costs a second.
const MOST: u64 = 50;

/// The active staff whose password is their name or one that is tried first. For commands: it takes its time.
pub async fn staff(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    let staff =
        user::Entity::find().filter(user::COLUMN.is_staff.eq(true)).filter(user::COLUMN.is_active.eq(true));
    let staff = staff.order_by_asc(user::Column::Id).limit(MOST).all(db).await?;
    let (hasher, mut names) = (Hasher::default(), Vec::new());
    for account in staff.into_iter().filter(user::Model::has_usable_password) {
        let name = account.username.clone();
        for tried in TRIED.into_iter().chain([name.as_str()]) {
            let verdict = hasher.verify(tried.to_owned(), Some(account.password.clone())).await?;
            if verdict != Verdict::Wrong {
                names.push(name.clone());
                break;
            }
        }
    }
    Ok(names)
}
