//! Forged requests: what another site's page makes a signed-on browser send to each route that changes something. The
//! routes are those that are mounted: one that is added is attacked without a line here.
//!
//! A forgery has succeeded when it is not refused or when the database or a file is another one afterwards. Then each
//! route is sent the same from a page of its own, which must not be refused.

use rocket::http::{ContentType, Method};
use sea_orm::EntityTrait;
use serde_json::json;

use super::{holdings, settle};
use crate::{
    dashboard::staff::{Member, owner, token},
    support::{
        Actor, Answer, TestApp, pdf,
        staff::{PASSWORD, sign_in},
    },
};

/// What says where a request comes from, as other sites' pages would have it: names and values of headers.
const ORIGINS: [&[(&str, &str)]; 25] = [
    &[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")],
    &[("Sec-Fetch-Site", "cross-site"), ("Origin", "null")],
    &[("Sec-Fetch-Site", "cross-site")],
    &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")],
    &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-User", "?1")],
    &[("Sec-Fetch-Site", "same-site"), ("Origin", "http://wiki.localhost:8000")],
    &[("Sec-Fetch-Site", "same-site")],
    &[("Sec-Fetch-Site", "same-site"), ("Origin", "http://localhost:9999")],
    &[("Sec-Fetch-Site", "")],
    &[("Sec-Fetch-Site", "Same-Origin"), ("Origin", "https://evil.example")],
    &[("Sec-Fetch-Site", "same-origin, cross-site"), ("Origin", "https://evil.example")],
    &[("Origin", "https://evil.example")],
    &[("Origin", "null")],
    &[("Origin", "")],
    &[("Origin", "http://localhost:9999")],
    &[("Origin", "http://localhost")],
    &[("Origin", "http://localhost:8000.evil.example")],
    &[("Origin", "http://evil.example/http://localhost:8000")],
    &[("Origin", "http://evil.example#localhost:8000")],
    &[("Origin", "http://localhost:8000@evil.example")],
    &[("Origin", "ftp://localhost:8000")],
    &[("Origin", "localhost:8000")],
    &[("Origin", "http://localhost:8000 https://evil.example")],
    &[("Origin", "https://evil.example"), ("Referer", "http://localhost:8000/")],
    &[
        ("Origin", "https://evil.example"),
        ("X-HTTP-Method-Override", "GET"),
        ("X-Requested-With", "XMLHttpRequest"),
    ],
];

/// The same of browsers that send neither of the two.
const REFERERS: [&[(&str, &str)]; 5] = [
    &[("Referer", "https://evil.example/page")],
    &[("Referer", "https://evil.example/http://localhost:8000/")],
    &[("Referer", "http://localhost:8000.evil.example/")],
    &[("Referer", "http://localhost:8000@evil.example/")],
    &[("Referer", "https://evil.example?http://localhost:8000/")],
];

/// A page of the program's own.
const OWN: &[(&str, &str)] = &[("Sec-Fetch-Site", "same-origin"), ("Origin", "http://localhost:8000")];

/// A route that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    method: Method,
    /// As it is mounted.
    path: String,
}

impl Target {
    fn is_of_dashboard(&self) -> bool {
        self.path.contains("/admin")
    }

    fn is_read(&self) -> bool {
        self.method == Method::Get
    }

    fn is_of_api(&self) -> bool {
        let first = self.path.split('/').nth(1).unwrap_or_default();
        chatdku::error::API.contains(&first)
    }

    fn signs_in(&self) -> bool {
        self.path.ends_with("/login")
    }
}

/// Every mounted route but those that only read; and the two reads that open a conversation.
fn targets(app: &TestApp) -> Vec<Target> {
    let opening = ["/api/get_session", "/api/c/create_session"];
    let routes = app.client.rocket().routes().filter(|route| {
        let reads = matches!(route.method, Method::Get | Method::Head | Method::Options);
        !reads || (route.method == Method::Get && opening.contains(&route.uri.path()))
    });
    let target = |route: &rocket::Route| Target { method: route.method, path: route.uri.path().to_owned() };
    let mut targets: Vec<Target> = routes.map(target).collect();
    targets.sort_by_key(|target| (target.path.clone(), target.method.as_str()));
    targets.dedup();
    targets
}

/// What the placeholders of a path stand for: somebody's own things.
struct Things {
    conversation: String,
    answer: String,
    chat: String,
    file: String,
    group: String,
    document: String,
    account: String,
}

impl Things {
    /// New ones of alice's and of the dashboard's.
    async fn new(app: &TestApp, member: &Member, target: &Target) -> Self {
        let mut things = Self {
            conversation: String::new(),
            answer: "1".to_owned(),
            chat: uuid::Uuid::new_v4().to_string(),
            file: "1".to_owned(),
            group: "1".to_owned(),
            document: "1".to_owned(),
            account: member.account.id.0.to_string(),
        };
        if target.is_of_dashboard() {
            things.furnish_dashboard(app, member, target).await;
        } else {
            things.furnish_person(app, target).await;
        }
        app.work().await;
        things
    }

    async fn furnish_person(&mut self, app: &TestApp, target: &Target) {
        let alice = app.user("alice1");
        self.conversation = alice.conversation().await;
        if target.path.contains("<mid>") || target.path.contains("<chat>") {
            alice.ask(&self.conversation, "When does the library open?", &[]).await.is(200);
            self.answer = alice.messages(&self.conversation).await[1]["id"].to_string();
            let chats = chatdku::chat::tables::Generation::find().all(app.app().store.read()).await.unwrap();
            let own = chats.iter().find(|chat| chat.conversation_id.to_string() == self.conversation);
            self.chat = own.expect("a generation").id.to_string();
        }
        if target.path.contains("file") && target.path.contains("<id>") {
            let uploaded = alice.upload("a.pdf", &pdf::pages(&[&["Words."]])).await.is(201).json();
            uploaded["id"].as_str().unwrap().clone_into(&mut self.file);
        }
    }

    async fn furnish_dashboard(&mut self, app: &TestApp, member: &Member, target: &Target) {
        let name = uuid::Uuid::new_v4().to_string();
        member.post("/en/admin/auth/group/add/", &[("name", &name), ("_save", "1")]).await.is(302);
        let groups = chatdku::accounts::group::Entity::find().all(app.app().store.read()).await.unwrap();
        self.group = groups.iter().find(|group| group.name == name).expect("the group").id.to_string();
        if target.path.contains("/document/<id>") {
            let body = document(member.token());
            let sent = member.actor.send(Method::Post, "/en/admin/core/document/upload", Some(parts()), body);
            sent.await.is(302);
            let kept =
                chatdku::knowledge::tables::CampusFile::find().all(app.app().store.read()).await.unwrap();
            self.document = kept.last().expect("a file").document_id.0.to_string();
        }
    }

    fn fill(&self, path: &str) -> String {
        let id = if path.contains("file") && !path.contains("/admin") {
            &self.file
        } else if path.contains("/document/") {
            &self.document
        } else {
            &self.conversation
        };
        let pk = if path.contains("/usermodel/") { &self.account } else { &self.group };
        // Groups are not taken out.
        let path = path.replace("<app>/<model>/export", "chat/feedback/export");
        path.replace("<id>", id)
            .replace("<mid>", &self.answer)
            .replace("<chat>", &self.chat)
            .replace("<pk>", pk)
            .replace("<app>", "auth")
            .replace("<model>", "group")
            .replace("<_assistant>", "ant")
    }

    /// A body that the route takes. A route that is not known gets one of its kind.
    fn body(&self, target: &Target, token: &str) -> (Option<ContentType>, Vec<u8>) {
        let path = target.path.as_str();
        let json = |value: serde_json::Value| (Some(ContentType::JSON), value.to_string().into_bytes());
        if target.is_read()
            || target.method == Method::Delete
            || path.ends_with("_session")
            || path.ends_with("<chat>/stop")
        {
            return (None, Vec::new());
        }
        if ["/upload", "/user/upload", "/api/upload", "/user_files", "/files"].contains(&path) {
            return (Some(parts()), upload());
        }
        if target.is_of_dashboard() {
            return if path.contains("/document/") {
                (Some(parts()), document(token))
            } else {
                (Some(ContentType::Form), form(&self.fields(path), token))
            };
        }
        if !target.is_of_api() {
            let fields = [
                ("question", "When does the library open?"),
                ("title", "Another title"),
                ("reason", "helpful"),
                ("language", "zh-hans"),
                ("next", "/"),
            ];
            return (
                Some(ContentType::Form),
                form(&fields.map(|(name, value)| (name, value.to_owned())), ""),
            );
        }
        if path == "/reset" {
            return (None, Vec::new());
        }
        json(json!({
            "messages": [{ "role": "user", "content": "When does the library open?" }],
            "chatHistoryId": self.conversation, "thinking": false, "title": "Another title", "profile": "",
            "userInput": "a", "botAnswer": "b", "feedbackReason": "helpful",
        }))
    }

    fn fields(&self, path: &str) -> Vec<(&'static str, String)> {
        let said = |pairs: &[(&'static str, &str)]| {
            pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
        };
        let new = "amber window 9 reef";
        match path.rsplit('/').next().unwrap_or_default() {
            "login" => said(&[("username", "owner"), ("password", PASSWORD), ("next", "/en/admin/")]),
            "password_change" => said(&[
                ("old_password", PASSWORD),
                ("new_password1", new),
                ("new_password2", new),
                ("set-password", "1"),
            ]),
            "password" => said(&[
                ("password1", new),
                ("password2", new),
                ("usable_password", "true"),
                ("set-password", "1"),
            ]),
            "export" => said(&[("format", "csv"), ("fields", "id"), ("ours", "1")]),
            "<model>" => {
                said(&[("action", "delete_selected"), ("_selected_action", &self.group), ("post", "yes")])
            }
            "delete" => said(&[("post", "yes")]),
            "end" | "logout" => Vec::new(),
            _ => said(&[("name", &format!("named {}", self.group)), ("_save", "1")]),
        }
    }
}

fn parts() -> ContentType {
    ContentType::new("multipart", "form-data").with_params(("boundary", "zq"))
}

fn upload() -> Vec<u8> {
    let head =
        b"--zq\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b.pdf\"\r\n\r\n".as_slice();
    [head, &pdf::pages(&[&["More words."]]), b"\r\n--zq--\r\n"].concat()
}

fn document(token: &str) -> Vec<u8> {
    format!(
        "--zq\r\nContent-Disposition: form-data; name=\"csrfmiddlewaretoken\"\r\n\r\n{token}\r\n\
         --zq\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA guide\r\n\
         --zq\r\nContent-Disposition: form-data; name=\"file\"; filename=\"guide.md\"\r\n\r\n# A guide\n\nWords.\r\n--zq--\r\n"
    )
    .into_bytes()
}

fn form(fields: &[(&str, String)], token: &str) -> Vec<u8> {
    let encode = |text: &str| rocket::http::RawStr::new(text).percent_encode().to_string();
    let all = fields.iter().map(|(name, value)| (*name, value.as_str()));
    let all = all.chain((!token.is_empty()).then_some(("csrfmiddlewaretoken", token)));
    let pairs: Vec<String> = all.map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&").into_bytes()
}

/// A browser of somebody who is signed on, and the token that their pages' forms have.
struct Victim {
    how: &'static str,
    actor: Actor,
    token: String,
}

impl Victim {
    async fn visitor(app: &TestApp) -> Self {
        let form = app.stranger().get("/en/admin/login/").await.is(200);
        let secret = form.cookie("csrftoken").expect("a key");
        let actor = app.stranger().cookie("csrftoken", &secret);
        Self { how: "a visitor", actor, token: token(&form.text()) }
    }

    fn staff(member: &Member) -> Self {
        Self { how: "staff by cookie", actor: member.actor.clone(), token: member.token().to_owned() }
    }
}

/// Everybody whose browser may be made to send something to a route.
struct Victims {
    person: Vec<Victim>,
    staff: Vec<Victim>,
    visitor: Vec<Victim>,
    /// Tokens of other sessions, of one that has ended, and of nobody.
    tokens: Vec<(&'static str, String)>,
}

impl Victims {
    async fn new(app: &TestApp, member: &Member) -> Self {
        let alice = app.user("alice1").get("/user").await.cookie("sessionid").expect("a session");
        let person = vec![
            Victim { how: "by header", actor: app.user("alice1"), token: String::new() },
            Victim {
                how: "by cookie",
                actor: app.stranger().cookie("sessionid", &alice),
                token: String::new(),
            },
        ];
        let first = app.user("dev22").get("/en/admin/").await.is(200);
        let session = first.cookie("sessionid").expect("a session");
        let developer = Victim {
            how: "a developer by header",
            actor: app.user("dev22").cookie("sessionid", &session),
            token: token(&first.text()),
        };
        let visitor = Victim::visitor(app).await;
        let ended = ended(app, &member.account.username).await;
        let other = sign_in(app, &app.stranger(), &member.account.username, PASSWORD).await.unwrap();
        let other = app.stranger().cookie("sessionid", &other).get("/en/admin/").await.is(200);
        let tokens = vec![
            ("no token", String::new()),
            ("a made-up token", "0".repeat(96)),
            ("half a token", member.token()[..48].to_owned()),
            ("a changed token", changed(member.token())),
            ("the token of an ended session", ended),
            ("the token of another session of the same account", token(&other.text())),
            ("the token of a visitor", visitor.token.clone()),
        ];
        let staff = vec![Victim::staff(member), developer];
        Self { person, staff, visitor: vec![visitor], tokens }
    }

    fn of(&self, target: &Target) -> &[Victim] {
        match target {
            target if target.signs_in() => &self.visitor,
            target if target.is_of_dashboard() => &self.staff,
            _ => &self.person,
        }
    }
}

fn changed(token: &str) -> String {
    let last = if token.ends_with('0') { "1" } else { "0" };
    format!("{}{last}", &token[..token.len() - 1])
}

async fn ended(app: &TestApp, name: &str) -> String {
    let session = sign_in(app, &app.stranger(), name, PASSWORD).await.unwrap();
    let actor = app.stranger().cookie("sessionid", &session);
    let token = token(&actor.get("/en/admin/").await.is(200).text());
    actor.form("/en/admin/logout/", &[("csrfmiddlewaretoken", &token)]).await.is(200);
    token
}

/// One request to a route.
struct Try<'a> {
    name: String,
    victim: &'a Victim,
    from: Vec<(&'static str, String)>,
    path: String,
    content: Option<ContentType>,
    body: Vec<u8>,
}

impl Try<'_> {
    async fn send(self, method: Method) -> Answer {
        let actor = self
            .from
            .iter()
            .fold(self.victim.actor.clone(), |actor, (name, value)| actor.header(name, value));
        actor.send(method, &self.path, self.content, self.body).await
    }
}

fn owned(headers: &[(&'static str, &'static str)]) -> Vec<(&'static str, String)> {
    headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// All forgeries of what `victim` would send to a route.
fn forgeries<'a>(target: &Target, things: &Things, victim: &'a Victim, victims: &Victims) -> Vec<Try<'a>> {
    let path = things.fill(&target.path);
    let (content, body) = things.body(target, &victim.token);
    let mut tries = Vec::new();
    let mut add = |name: String,
                   from: Vec<(&'static str, String)>,
                   path: String,
                   content: Option<ContentType>,
                   body| {
        tries.push(Try { name: format!("{}, {name}", victim.how), victim, from, path, content, body });
    };
    // CS-3 takes a read that says nothing but `Referer` for a program's.
    let old = REFERERS.iter().filter(|_| !target.is_read());
    for from in ORIGINS.iter().chain(old) {
        add(format!("{from:?}"), owned(from), path.clone(), content.clone(), body.clone());
    }
    let elsewhere = owned(&[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")]);
    let override_of = format!("{path}?_method={}", target.method);
    add("a method in the address".to_owned(), elsewhere.clone(), override_of, content.clone(), body.clone());
    let taken_over = [b"_method=delete&".as_slice(), &body].concat();
    add(
        "a method in a form".to_owned(),
        elsewhere.clone(),
        path.clone(),
        Some(ContentType::Form),
        taken_over,
    );
    for simple in [ContentType::Plain, ContentType::Form, parts()] {
        add(format!("as {simple}"), elsewhere.clone(), path.clone(), Some(simple.clone()), body.clone());
        if content == Some(ContentType::JSON) {
            add(format!("as {simple}, saying nothing"), Vec::new(), path.clone(), Some(simple), body.clone());
        }
    }
    if !target.is_of_api() && !target.is_of_dashboard() {
        add("a form that says nothing".to_owned(), Vec::new(), path.clone(), content.clone(), body.clone());
    }
    if target.is_of_dashboard() {
        let own = owned(OWN);
        for (what, token) in victims.tokens.iter().filter(|(_, token)| *token != victim.token) {
            let (content, body) = things.body(target, token);
            add((*what).to_owned(), own.clone(), path.clone(), content, body);
        }
        let (content, body) = things.body(target, "");
        let query = format!("{path}?csrfmiddlewaretoken={}", victim.token);
        add("the token in the address".to_owned(), own.clone(), query, content.clone(), body.clone());
        let mut in_cookie = own.clone();
        in_cookie.push(("Cookie", format!("csrfmiddlewaretoken={}", victim.token)));
        add("the token in a cookie".to_owned(), in_cookie, path.clone(), content.clone(), body.clone());
        let mut wrong = own.clone();
        wrong.push(("X-CSRFToken", changed(&victim.token)));
        add("a changed token in the header".to_owned(), wrong, path.clone(), content, body);
    }
    tries
}

fn is_refused(answer: &Answer) -> bool {
    let away = answer.header("Location").is_some_and(|place| place.contains("/admin/login/"));
    (400..500).contains(&answer.status.code) || (answer.status.code == 302 && away)
}

async fn scene() -> (TestApp, Member) {
    let mut settings = TestApp::with("DEVELOPERS", "dev22");
    for class in ["READ", "CHAT", "WRITE", "UPLOAD", "DASHBOARD", "OTHER"] {
        settings = settings.set(&format!("RATE_LIMIT_{class}"), "1000000/60");
    }
    let app = settings.set("UPLOAD_MAX_FILES", "1000").start().await;
    let member = owner(&app).await;
    (app, member)
}

#[rocket::async_test]
async fn no_other_site_acts_in_a_persons_name() {
    let (app, member) = scene().await;
    let victims = Victims::new(&app, &member).await;
    let targets = targets(&app);
    let (mut count, mut succeeded) = (0, Vec::new());
    for target in &targets {
        let things = Things::new(&app, &member, target).await;
        let (rows, files) = (holdings::rows(&app.app().store).await, holdings::files(&app.folder()));
        for victim in victims.of(target) {
            for forgery in forgeries(target, &things, victim, &victims) {
                count += 1;
                let name = forgery.name.clone();
                let answer = forgery.send(target.method).await;
                if !is_refused(&answer) || answer.cookie("sessionid").is_some() {
                    succeeded.push(format!("{} {}: {name}: {}", target.method, target.path, answer.status));
                }
            }
        }
        let differences = holdings::differences(&rows, &holdings::rows(&app.app().store).await);
        succeeded
            .extend(differences.into_iter().map(|row| format!("{} {}: {row}", target.method, target.path)));
        if holdings::files(&app.folder()) != files {
            succeeded.push(format!("{} {}: files were changed", target.method, target.path));
        }
    }
    let changed = honest(&app, &targets).await;
    let what = format!("forgery: {} routes, {changed} of which the honest request changes", targets.len());
    assert!(targets.len() >= 40 && changed >= 30, "{what}");
    settle(&what, count, 2_000, &succeeded);
}

/// The same from a page of the program's own: nothing is refused for where it comes from. How many routes changed
/// something by it.
async fn honest(app: &TestApp, targets: &[Target]) -> usize {
    let mut changed = 0;
    for (at, target) in targets.iter().enumerate() {
        let chief = crate::support::staff::superuser(app, &format!("chief{at}")).await;
        let session = sign_in(app, &app.stranger(), &chief.username, PASSWORD).await.unwrap();
        let actor = app.stranger().cookie("sessionid", &session);
        let member = Member::of(actor, chief).await;
        if target.path.ends_with("/end") {
            sign_in(app, &app.stranger(), &member.account.username, PASSWORD).await.unwrap();
        }
        let victim = match target {
            target if target.signs_in() => Victim::visitor(app).await,
            target if target.is_of_dashboard() => Victim::staff(&member),
            _ => Victim { how: "by header", actor: app.user("alice1"), token: String::new() },
        };
        let things = Things::new(app, &member, target).await;
        let before = holdings::rows(&app.app().store).await;
        let (content, body) = things.body(target, &victim.token);
        let (name, path, victim) = (String::new(), things.fill(&target.path), &victim);
        let answer = Try { name, victim, from: owned(OWN), path, content, body }.send(target.method).await;
        let (status, said) = (answer.status.code, answer.text());
        let refused = is_refused(&answer) && matches!(status, 302 | 401 | 403 | 415);
        assert!(!refused, "{} {}: {status} {said}", target.method, target.path);
        assert!(status < 500, "{} {}: {said}", target.method, target.path);
        changed += usize::from(holdings::rows(&app.app().store).await != before);
        app.work().await;
    }
    changed
}
