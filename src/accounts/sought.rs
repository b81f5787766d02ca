//! The account that an operator means by a word.

use sea_orm::{ConnectionTrait, DbErr};

use super::{
    local,
    netid::{NetId, looks_hashed},
    user,
};
use crate::platform::secret::Secret;

/// The account of this local name, of this stored name, or of this NetID, which is hashed at once and kept nowhere. A local
/// account comes before the campus account of a NetID that is spelt the same.
pub async fn account(
    db: &impl ConnectionTrait,
    word: &str,
    pepper: Option<&Secret>,
) -> Result<Option<user::Model>, DbErr> {
    let name = local::as_stored(word);
    if name.is_empty() || name.contains(char::is_control) {
        return Ok(None);
    }
    if let Some(named) = user::named(db, &name).await? {
        return Ok(Some(named));
    }
    let Some(netid) = NetId::parse(word).filter(|_| !looks_hashed(&name)) else { return Ok(None) };
    for stored in [netid.pseudonym(pepper), netid.plain_hash()] {
        if let Some(found) = user::named(db, &stored).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
