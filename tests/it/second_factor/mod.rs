//! The second factor: setting it up, signing in with it, losing it.

mod administrators;
mod instances;
mod keeping;
mod setting_up;
mod signing_in;

use std::{cell::RefCell, collections::BTreeMap};

use chatdku::{
    accounts::{second_factor::Key, user},
    platform::audit,
};
use scraper::{Html, Selector};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, Set};

use crate::support::{
    Answer, TestApp,
    staff::{PASSWORD, change, superuser},
};

const PAGE: &str = "/en/admin/second_factor/";
const LOGIN: &str = "/en/admin/login/";
const CODE: &str = "/en/admin/login/code/";
const AGAIN: &str = "Please give your password again";

/// A browser: keeps its cookies, and the token of the form it saw last.
pub struct Visitor<'a> {
    app: &'a TestApp,
    address: String,
    cookies: RefCell<BTreeMap<String, String>>,
    token: RefCell<String>,
}

impl<'a> Visitor<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        Self::from(app, "203.0.113.9")
    }

    pub fn from(app: &'a TestApp, address: &str) -> Self {
        let (cookies, token) = (RefCell::default(), RefCell::default());
        Self { app, address: address.to_owned(), cookies, token }
    }

    pub async fn get(&self, path: &str) -> Answer {
        let answer = self.actor().get(path).await;
        self.keep(answer)
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token.borrow().clone();
        let mut all = vec![("csrfmiddlewaretoken", token.as_str())];
        all.extend_from_slice(fields);
        let answer = self.actor().form(path, &all).await;
        self.keep(answer)
    }

    /// Gives a name and a password.
    pub async fn password(&self, name: &str, password: &str) -> Answer {
        self.get(LOGIN).await.is(200);
        self.post(LOGIN, &[("username", name), ("password", password)]).await
    }

    /// Gives a code where one is asked for.
    pub async fn code(&self, code: &str) -> Answer {
        self.get(CODE).await;
        self.post(CODE, &[("_code", code)]).await
    }

    /// Takes a step of the page of one's own second factor.
    pub async fn step(&self, step: &str, fields: &[(&str, &str)]) -> Answer {
        self.get(PAGE).await.is(200);
        self.post(PAGE, &[&[("step", step)], fields].concat()).await
    }

    pub async fn is_inside(&self) -> bool {
        self.get("/en/admin/").await.status.code == 200
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    fn actor(&self) -> crate::support::Actor {
        let actor = self.app.stranger().from(&self.address);
        self.cookies.borrow().iter().fold(actor, |actor, (name, value)| actor.cookie(name, value))
    }

    fn keep(&self, answer: Answer) -> Answer {
        for (name, value) in &answer.headers {
            if !name.eq_ignore_ascii_case("set-cookie") {
                continue;
            }
            let (pair, rest) = value.split_once(';').unwrap_or((value, ""));
            let (name, value) = pair.split_once('=').expect("a cookie");
            let mut cookies = self.cookies.borrow_mut();
            if value.is_empty() || rest.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some(token) = texts_of(&answer.text(), "input[name=csrfmiddlewaretoken]", "value").pop() {
            *self.token.borrow_mut() = token;
        }
        answer
    }
}

/// Somebody whose second factor is on, in the browser in which they have turned it on.
pub struct Person<'a> {
    pub account: user::Model,
    pub key: Key,
    pub codes: Vec<String>,
    pub visitor: Visitor<'a>,
}

impl Person<'_> {
    /// A code of so many steps from now.
    pub fn code(&self, away: i64) -> String {
        code(self.visitor.app, &self.key, away)
    }
}

pub fn code(app: &TestApp, key: &Key, away: i64) -> String {
    key.code(app.clock.now().timestamp().div_euclid(30) + away)
}

/// A superuser whose second factor is on. Their clock stands five minutes later.
pub async fn protected<'a>(app: &'a TestApp, name: &str) -> Person<'a> {
    let account = superuser(app, name).await;
    turned_on(app, account).await
}

/// Turns the second factor of an account with [`PASSWORD`] on.
pub async fn turned_on(app: &TestApp, account: user::Model) -> Person<'_> {
    let visitor = Visitor::new(app);
    visitor.password(&account.username, PASSWORD).await.is(302);
    let (key, codes) = set_up(&visitor).await;
    app.clock.advance(chrono::Duration::minutes(5));
    Person { account, key, codes, visitor }
}

/// Turns it on in a browser that has given the password lately; answers the secret and the recovery codes.
pub async fn set_up(visitor: &Visitor<'_>) -> (Key, Vec<String>) {
    let key = shown_key(&visitor.step("begin", &[]).await.is(200).text());
    let first = code(visitor.app, &key, 0);
    let shown = visitor.post(PAGE, &[("step", "confirm"), ("code", &first)]).await.is(200).text();
    let codes = shown_codes(&shown);
    assert_eq!(codes.len(), 10, "{shown}");
    (key, codes)
}

/// Gives an account an address.
pub async fn with_address(app: &TestApp, account: &user::Model) -> user::Model {
    let address = Some(format!("{}@example.edu", account.username));
    change(app, user::ActiveModel { id: Set(account.id), email: Set(address), ..Default::default() }).await
}

pub fn shown_key(page: &str) -> Key {
    let key = texts(page, "code.key").pop().unwrap_or_else(|| panic!("no key in {page}"));
    Key::parse(&key.replace(' ', "")).expect("a key")
}

pub fn shown_codes(page: &str) -> Vec<String> {
    texts(page, ".codes code")
}

/// The texts of what a selector finds.
pub fn texts(page: &str, css: &str) -> Vec<String> {
    let html = Html::parse_document(page);
    let selector = Selector::parse(css).unwrap();
    html.select(&selector).map(|found| found.text().collect::<String>().trim().to_owned()).collect()
}

fn texts_of(page: &str, css: &str, attribute: &str) -> Vec<String> {
    let html = Html::parse_document(page);
    let selector = Selector::parse(css).unwrap();
    html.select(&selector).filter_map(|found| found.attr(attribute)).map(str::to_owned).collect()
}

/// The entries of the audit log of one event, the first first.
pub async fn audited(app: &TestApp, event: &str) -> Vec<audit::Model> {
    let entries = audit::Entity::find().filter(audit::COLUMN.event.eq(event));
    entries.order_by_asc(audit::Column::Id).all(app.app().store.read()).await.unwrap()
}
