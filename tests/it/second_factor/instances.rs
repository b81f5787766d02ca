//! Codes are good once over all instances, whoever is the quicker.

use chatdku::accounts::{
    second_factor::{self, Key, Typed},
    sign_in::Refused,
    user, web_session,
};
use rocket::http::Method;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::{Visitor, protected};
use crate::support::{Program, TestApp, process::http, staff::PASSWORD};

async fn sessions(app: &TestApp, account: &user::Model) -> u64 {
    let theirs = web_session::Entity::find().filter(web_session::COLUMN.account_id.eq(account.id));
    theirs.count(app.app().store.read()).await.unwrap()
}

#[rocket::async_test]
async fn of_those_who_use_a_code_at_the_same_moment_one_is_let_in() {
    let app = TestApp::start().await;
    let person = protected(&app, "root1").await;
    for typed in [person.code(0), person.codes[0].clone()] {
        let before = sessions(&app, &person.account).await;
        // Each has given the password: with the cookie of the second step of its own.
        let mut steps = Vec::new();
        for _ in 0..4 {
            let visitor = Visitor::new(&app);
            visitor.password("root1", PASSWORD).await.is(302);
            steps.push(visitor.cookie("second_step").unwrap());
        }
        let enter = async |cookie: &str| {
            let actor = app.stranger().cookie("second_step", cookie);
            let request = actor.request(Method::Post, "/");
            second_factor::with_code(request.inner(), app.app(), &Typed::of(&typed)).await
        };
        let entered = futures::future::join_all(steps.iter().map(|cookie| enter(cookie))).await;
        let let_in = entered.iter().filter(|outcome| outcome.is_ok()).count();
        let refused = |outcome: &Result<(), Refused>| {
            matches!(outcome, Ok(()) | Err(Refused::Wrong | Refused::TooLate | Refused::Wait(_)))
        };
        assert!(entered.iter().all(refused), "{entered:?}");
        assert_eq!((let_in, sessions(&app, &person.account).await), (1, before + 1), "{typed}");
        app.clock.advance(chrono::Duration::minutes(16));
    }
}

/// A browser that talks to real programs.
struct Caller {
    http: reqwest::Client,
    cookies: String,
}

impl Caller {
    /// Gives the password to a program; keeps the cookies of the second step.
    async fn at(program: &Program) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut caller = Self { http, cookies: String::new() };
        let page = caller.get(program, "/en/admin/login/").await;
        let fields = format!("username=root1&password={}", PASSWORD.replace(' ', "+"));
        let status = caller.post(program, "/en/admin/login/", &page, &fields).await;
        assert_eq!(status, 302);
        caller
    }

    fn keep(&mut self, answer: &reqwest::Response) {
        for set in answer.headers().get_all("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            self.cookies =
                if self.cookies.is_empty() { pair.to_owned() } else { format!("{}; {pair}", self.cookies) };
        }
    }

    /// From an address that is no proxy's: on this machine one would be the developer.
    fn ask(&self, ask: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        ask.header("X-Forwarded-For", "203.0.113.9").header("Cookie", &self.cookies)
    }

    async fn get(&mut self, program: &Program, path: &str) -> String {
        let answer = self.ask(self.http.get(program.url(path))).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        self.keep(&answer);
        answer.text().await.unwrap()
    }

    async fn post(&mut self, program: &Program, path: &str, page: &str, fields: &str) -> u16 {
        let token = crate::dashboard::staff::token(page);
        let body = format!("csrfmiddlewaretoken={token}&{fields}");
        let ask = self.ask(self.http.post(program.url(path)));
        let ask = ask.header("Content-Type", "application/x-www-form-urlencoded").body(body);
        let answer = ask.send().await.unwrap();
        self.keep(&answer);
        answer.status().as_u16()
    }
}

#[rocket::async_test]
async fn a_code_used_at_one_instance_is_used_at_all() {
    let mut one = Program::on_a_database().set("LOG_LEVEL", "info,chatdku=debug");
    let mut two = one.sibling();
    one.start().await;
    two.start().await;
    let store = one.store().await;
    let hash = chatdku::accounts::password::Hasher::default().hash(PASSWORD.to_owned()).await.unwrap();
    let made = async |tx| user::create_superuser(&tx, "root1", None, &hash).await;
    store.write(made).await.unwrap();

    // Set up at one, through its pages.
    let mut caller = Caller::at(&one).await;
    let page = caller.get(&one, "/en/admin/second_factor/").await;
    let token = crate::dashboard::staff::token(&page);
    let ask = caller.ask(caller.http.post(one.url("/en/admin/second_factor/")));
    let ask = ask.header("Content-Type", "application/x-www-form-urlencoded");
    let shown = ask.body(format!("csrfmiddlewaretoken={token}&step=begin")).send().await.unwrap();
    let shown = shown.text().await.unwrap();
    let key: Key = super::shown_key(&shown);
    #[expect(clippy::disallowed_methods, reason = "an authenticator has a clock of its own")]
    let step = || chrono::Utc::now().timestamp().div_euclid(30);
    let begun = step();
    let confirm = format!("step=confirm&code={}", key.code(begun));
    assert_eq!(caller.post(&one, "/en/admin/second_factor/", &shown, &confirm).await, 200);
    // Both have the password of one browser each; the same code goes to both.
    let (mut first, mut second) = (Caller::at(&one).await, Caller::at(&two).await);
    let (form, other) =
        (first.get(&one, "/en/admin/login/code/").await, second.get(&two, "/en/admin/login/code/").await);
    let used = key.code(step().max(begun + 1));
    let code = format!("_code={used}");
    let statuses = (
        first.post(&one, "/en/admin/login/code/", &form, &code).await,
        second.post(&two, "/en/admin/login/code/", &other, &code).await,
    );
    assert_eq!(statuses, (302, 200), "the second is too late: {} {}", one.said(), two.said());
    let inside = first.ask(http().get(two.url("/en/admin/account/"))).send().await.unwrap();
    assert!(inside.text().await.unwrap().contains("Where you are signed in"), "a session of both");
    // Nothing of it is in what either has said.
    for said in [one.said(), two.said()] {
        for secret in [key.text().to_string(), key.grouped(), used.clone(), PASSWORD.to_owned()] {
            assert!(!said.contains(&secret), "{said}");
        }
    }
    store.close_for_good().await.unwrap();
}
