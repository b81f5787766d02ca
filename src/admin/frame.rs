//! What every page has around it: header, menu, crumbs, messages, addresses of its files.

use rocket::{Request, http::CookieJar};

use super::{
    access::Verb,
    csrf,
    desk::{self, Desk},
    flash::{self, Message},
    locale::Locale,
    site::{Entry, Site},
};
use crate::platform::{assets, locale::Language};

/// The frame of a page.
pub struct Frame {
    /// Language, zone and time.
    pub locale: Locale,
    /// What the site is called.
    pub product: String,
    /// The title of the page.
    pub title: String,
    /// Whether the page shows errors of a form.
    pub faulty: bool,
    /// Who is here; `None` before signing in.
    pub who: Option<Who>,
    /// The token for forms.
    pub token: String,
    /// `auto`, `light` or `dark`.
    pub theme: &'static str,
    /// A line above everything.
    pub banner: Option<String>,
    /// The menu.
    pub menu: Vec<MenuSection>,
    /// The way to this page: labels with addresses, the page itself last and without one.
    pub crumbs: Vec<(String, Option<String>)>,
    /// Messages to show.
    pub messages: Vec<Message>,
    /// Where the site that is administered is.
    pub view_site: String,
    /// The base of all addresses.
    pub base: &'static str,
    /// This page in the other language.
    pub other_language_path: String,
    /// Whether the menu stands beside the page.
    pub beside: bool,
    /// Whether the page is in a window that another opened: without header, menu and crumbs.
    pub popup: bool,
}

/// Who is signed in.
pub struct Who {
    /// How they are greeted.
    pub greeting: String,
    /// Whether they have a password to change.
    pub has_password: bool,
}

/// A section of the menu.
pub struct MenuSection {
    /// What it is called.
    pub label: String,
    /// Its lines.
    pub lines: Vec<MenuLine>,
}

/// A line of the menu.
pub struct MenuLine {
    /// What it is called.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Where a row is added.
    pub add: Option<String>,
    /// Whether rows may be changed, or only looked at.
    pub changes: bool,
    /// The key that leads to it, after `g`.
    pub key: Option<char>,
    /// Whether this page belongs to it.
    pub current: bool,
}

impl Frame {
    /// The frame of a staff member's page. Takes the messages that wait for it.
    pub fn new(desk: &Desk, cookies: &CookieJar<'_>, title: impl Into<String>) -> Self {
        let messages = flash::take(cookies, &desk.staff.csrf_secret);
        let mut frame = Self::bare(&desk.site, desk.locale, desk.theme, &desk.here, title.into());
        frame.who =
            Some(Who { greeting: desk.staff.greeting.clone(), has_password: desk.staff.has_password });
        frame.token = csrf::token(&desk.staff.csrf_secret);
        frame.menu = menu(desk);
        frame.messages = messages;
        frame.crumbs.push((frame.t("admin-home"), Some(desk.url(""))));
        frame
    }

    /// The frame of a page before anybody has signed in.
    pub(super) fn outside(request: &Request<'_>, site: &Site, title: String) -> Self {
        let locale = desk::locale(request, site, None);
        let mut frame = Self::bare(site, locale, desk::theme(request), &request.uri().to_string(), title);
        let secret = csrf::visitor_secret(request, site.access.secure_cookies());
        frame.token = csrf::token(&secret);
        frame
    }

    fn bare(site: &Site, locale: Locale, theme: &'static str, here: &str, title: String) -> Self {
        let base = desk::base(locale.language);
        let rest = here.strip_prefix(base).unwrap_or("/");
        Self {
            other_language_path: format!("{}{rest}", desk::base(locale.language.other())),
            banner: site.access.banner().map(|key| locale.t(key)),
            view_site: site.view_site.clone(),
            product: locale.t(site.title),
            faulty: false,
            who: None,
            token: String::new(),
            menu: Vec::new(),
            crumbs: Vec::new(),
            messages: Vec::new(),
            beside: true,
            popup: false,
            locale,
            theme,
            title,
            base,
        }
    }

    /// One more step of the way, with its address.
    #[must_use]
    pub fn crumb(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push((label.into(), Some(href.into())));
        self
    }

    /// The last step of the way: this page.
    #[must_use]
    pub fn here(mut self, label: impl Into<String>) -> Self {
        self.crumbs.push((label.into(), None));
        self
    }

    /// A message to show at once.
    pub fn say(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// A sentence.
    pub fn t(&self, key: &str) -> String {
        self.locale.t(key)
    }

    /// A sentence with one value in it.
    pub fn t1(&self, key: &str, name: &'static str, value: impl AsRef<str>) -> String {
        self.locale.with(key, &[(name, value.as_ref())])
    }

    /// A sentence about a number of things.
    pub fn tn(&self, key: &str, count: &u64) -> String {
        self.locale.count(key, *count)
    }

    /// The address of a page of the site.
    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    /// The address of a file that belongs to the pages.
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// The other language.
    pub fn other(&self) -> Language {
        self.locale.language.other()
    }

    /// The zone's name.
    pub fn zone(&self) -> String {
        self.locale.zone.to_string()
    }
}

/// The menu as far as somebody may see it.
pub(super) fn menu(desk: &Desk) -> Vec<MenuSection> {
    let (site, staff, locale) = (&desk.site, &desk.staff, &desk.locale);
    let path = desk.here.split('?').next().unwrap_or_default();
    let line = |entry: &Entry| match entry {
        Entry::Model(at) => {
            let model = &site.models[*at];
            if !model.is_seen_by(staff) {
                return None;
            }
            let href = desk.url(&model.list_path());
            Some(MenuLine {
                label: model.many_of(locale),
                add: model.may(staff, Verb::Add).then(|| format!("{href}add/")),
                changes: model.may(staff, Verb::Change),
                key: model.shortcut,
                current: path.starts_with(&href),
                href,
            })
        }
        Entry::Page { label, path: page, permission } => {
            if !staff.holds(permission) {
                return None;
            }
            let href = desk.url(page);
            Some(MenuLine {
                label: locale.t(label),
                current: path.starts_with(&href),
                add: None,
                changes: false,
                key: None,
                href,
            })
        }
    };
    site.sections
        .iter()
        .map(|section| MenuSection {
            label: locale.or_last_word(&format!("section-{}", section.name)),
            lines: section.entries.iter().filter_map(line).collect(),
        })
        .filter(|section| !section.lines.is_empty())
        .collect()
}
