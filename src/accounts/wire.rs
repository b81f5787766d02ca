//! What clients see of an account.

use schemars::JsonSchema;
use serde::Serialize;

use super::identity::Identity;

/// The answer of `GET /user` and `/user/health`: one value under each name that some client reads.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Me {
    netid: String,
    /// Never null: the client would greet with "Welcome, !".
    username: String,
    name: String,
    #[serde(rename = "displayName")]
    display_name: String,
    eppn: String,
    profile: &'static str,
}

impl Me {
    /// The raw NetID goes only to the owner of the request that carried it; by cookie alone it is the stored name.
    pub fn of(identity: &Identity) -> Self {
        let netid = match &identity.netid {
            Some(netid) => netid.echo_to_owner().to_owned(),
            None => identity.account.username.clone(),
        };
        let name = identity.display_name.clone();
        Self {
            eppn: netid.clone(),
            netid,
            username: name.clone(),
            name: name.clone(),
            display_name: name,
            profile: "",
        }
    }
}

/// The assistants of the client's developers' page: names of one and the same.
#[derive(Clone, Copy, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum AssistantName {
    /// Course planning.
    Ant,
    /// Qwen.
    Qwen,
    /// Artemis.
    Inp,
    /// Django testing.
    Django,
}
