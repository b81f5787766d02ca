//! Where a staff member sits: the guard of all pages behind the sign-in, and what every one of them needs.

use std::sync::Arc;

use rocket::{
    Request,
    http::{CookieJar, Method},
    request::{FromRequest, Outcome},
    response::Redirect,
};

use super::{
    access::{Entrant, Staff},
    change_list::Params,
    flash::{self, Message},
    locale::Locale,
    refusal::Refusal,
    site::Site,
};
use crate::platform::{audit, locale::Language, request_id};

/// The two addresses of the site.
pub const BASES: [(&str, Language); 2] =
    [("/en/admin", Language::English), ("/zh-hans/admin", Language::Chinese)];

/// A staff member's request.
#[derive(Clone)]
pub struct Desk {
    /// The site.
    pub site: Site,
    /// Who sits here.
    pub staff: Arc<Staff>,
    /// Language, zone and time.
    pub locale: Locale,
    /// Path and query of the request.
    pub here: String,
    /// The theme that the browser has chosen: `auto`, `light` or `dark`.
    pub theme: &'static str,
    /// The network of the client's address.
    pub(super) network: String,
    request_id: Option<String>,
    source: audit::Source,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Desk {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match seated(request).await {
            Ok(desk) => Outcome::Success(desk),
            Err(refusal) => Outcome::Error((refusal.leave(request), ())),
        }
    }
}

async fn seated(request: &Request<'_>) -> Result<Desk, Refusal> {
    let site = request.rocket().state::<Site>().ok_or(Refusal::Unavailable)?;
    moved(request)?;
    match entrant(request, site).await? {
        Entrant::Staff(staff) => {
            let led = staff.led_to.map(|page| format!("{}/{page}", base(language(request))));
            let here = request.uri().path().as_str();
            match led.filter(|page| here.trim_end_matches('/') != page.trim_end_matches('/')) {
                Some(page) => Err(Refusal::Found(page)),
                None => Ok(at(request, site, staff)),
            }
        }
        Entrant::Other(_) | Entrant::Nobody => Err(Refusal::SignIn),
    }
}

/// Addresses end in a slash.
pub(super) fn moved(request: &Request<'_>) -> Result<(), Refusal> {
    let path = request.uri().path().as_str();
    if request.method() != Method::Get || path.ends_with('/') {
        return Ok(());
    }
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    Err(Refusal::Moved(format!("{path}/{query}")))
}

pub(super) fn at(request: &Request<'_>, site: &Site, staff: Arc<Staff>) -> Desk {
    Desk {
        locale: locale(request, site, Some(&staff)),
        here: request.uri().to_string(),
        theme: theme(request),
        network: site.access.network(request),
        request_id: Some(request_id::of(request).to_string()),
        source: audit::Source::Web,
        site: site.clone(),
        staff,
    }
}

/// The language of a request: the one its path begins with.
pub(super) fn language(request: &Request<'_>) -> Language {
    let path = request.uri().path().as_str();
    let base = BASES.iter().find(|(base, _)| path.starts_with(base));
    base.map_or_else(|| Language::of(request), |(_, language)| *language)
}

pub(super) fn locale(request: &Request<'_>, site: &Site, staff: Option<&Staff>) -> Locale {
    let zone = staff.map_or_else(|| site.access.zone(), |staff| staff.zone);
    Locale { language: language(request), zone, now: site.clock.now() }
}

pub(super) fn theme(request: &Request<'_>) -> &'static str {
    match request.cookies().get("theme").map(rocket::http::Cookie::value) {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "auto",
    }
}

/// Who the request is from, asked once.
pub(super) async fn entrant(request: &Request<'_>, site: &Site) -> Result<Entrant, Refusal> {
    struct Known(Result<Entrant, std::sync::Mutex<Option<Refusal>>>);
    let known = request
        .local_cache_async(async {
            Known(site.access.entrant(request).await.map_err(|refusal| std::sync::Mutex::new(Some(refusal))))
        })
        .await;
    match &known.0 {
        Ok(entrant) => Ok(entrant.clone()),
        Err(refusal) => {
            let first = refusal.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            Err(first.unwrap_or(Refusal::Unavailable))
        }
    }
}

/// The base of a language.
pub fn base(language: Language) -> &'static str {
    BASES.iter().find(|(_, of)| *of == language).map_or(BASES[0].0, |(base, _)| base)
}

impl Desk {
    /// The staff member of a request, for handlers that work on the request itself.
    pub async fn of(request: &Request<'_>) -> Result<Self, Refusal> {
        seated(request).await
    }

    /// Where somebody's work goes on after their request.
    pub(super) fn without_request(site: &Site, staff: Staff, language: Language) -> Self {
        Self {
            locale: Locale { language, zone: staff.zone, now: site.clock.now() },
            here: String::new(),
            theme: "auto",
            network: String::new(),
            request_id: None,
            source: audit::Source::Job,
            site: site.clone(),
            staff: Arc::new(staff),
        }
    }

    /// The address of a page of the site, in the language of this one.
    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", base(self.locale.language))
    }

    /// Leads to a page of the site with messages to show there.
    pub fn redirect(&self, cookies: &CookieJar<'_>, href: String, messages: &[Message]) -> Redirect {
        if !messages.is_empty() {
            let secure = self.site.access.secure_cookies();
            flash::keep(cookies, &self.staff.csrf_secret, secure, messages);
        }
        Redirect::found(href)
    }

    /// The query of the request.
    pub(super) fn params(&self) -> Params {
        Params::parse(self.here.split_once('?').map_or("", |(_, query)| query))
    }

    /// An entry for the audit log about something this staff member does.
    pub fn event(&self, name: &'static str) -> audit::Event {
        audit::Event {
            account_id: Some(self.staff.id),
            actor_name: Some(self.staff.name.clone()),
            ip_prefix: self.network.clone(),
            request_id: self.request_id.clone(),
            source: self.source,
            ..audit::Event::new(name)
        }
    }

    /// Refuses whoever lacks a permission.
    pub fn require(&self, permission: &str) -> Result<(), Refusal> {
        if self.staff.holds(permission) {
            Ok(())
        } else {
            Err(Refusal::Forbidden(Some(permission.to_owned())))
        }
    }
}
