//! What every page has around it: language, who is here, banner, addresses of its files.

use crate::{accounts::identity::Identity, app::App, config::Profile, platform::locale::Language};

/// The frame of a page.
pub(super) struct Frame {
    pub(super) language: Language,
    /// Where this page is, to come back to after a change of language.
    pub(super) path: String,
    /// How the person is greeted; `None` for nobody.
    pub(super) who: Option<String>,
    /// Whether the dashboard is linked.
    pub(super) staff: bool,
    /// Said on every page of the debug profile.
    pub(super) banner: Option<String>,
    pub(super) privacy_url: Option<String>,
    /// Whether there is a way out: without the sign-on's, one would be back at once.
    pub(super) way_out: bool,
    pub(super) style: String,
    pub(super) script: String,
    pub(super) icon: String,
}

impl Frame {
    pub(super) fn new(app: &App, language: Language, path: String, identity: Option<&Identity>) -> Self {
        let banner = (app.config.profile == Profile::Debug).then(|| language.text("site-debug-banner"));
        Self {
            language,
            path,
            who: identity.map(greeting_name),
            staff: identity.is_some_and(|identity| identity.staff),
            banner,
            privacy_url: app.config.privacy_url.clone(),
            way_out: identity.is_some() && app.config.sign_out_url.is_some(),
            style: crate::platform::assets::address("site/site.css"),
            script: crate::platform::assets::address("site/site.js"),
            icon: crate::platform::assets::address("site/icon.svg"),
        }
    }

    /// A sentence in the page's language.
    pub(super) fn t(&self, key: &str) -> String {
        self.language.text(key)
    }
}

/// The display name, else the NetID of this very request, else the stored name, shortened when it is a hash.
fn greeting_name(identity: &Identity) -> String {
    if !identity.display_name.is_empty() {
        return identity.display_name.clone();
    }
    if let Some(netid) = &identity.netid {
        return netid.echo_to_owner().to_owned();
    }
    let name = &identity.account.username;
    if crate::accounts::netid::looks_hashed(name) { format!("{}…", &name[..8]) } else { name.clone() }
}
