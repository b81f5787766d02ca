//! Scripts in every text that a page may show, in a real browser with the content policy on.
//!
//! One has succeeded when it ran, when it has become markup, an attribute or an address that would run it, when
//! something was loaded for it, or when only the policy has stopped it. All tables are filled with them, and they are
//! sent along with addresses and forms; what the pages then show is counted.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use chatdku::{accounts::user, digests, mail::outbox, platform::store::Store};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};
use serde_json::{Value, json};

use super::{identity::hash, payloads, settle, stuffing};
use crate::support::{
    Browser, Program, TestApp,
    model::{Model, Script, Step},
    pdf,
    process::http,
    sample,
};

/// Looks at the page as it stands: what is wrong with it, and the marks of the attacks that it shows as text.
const LOOK: &str = r"
const mark = /zq\d+z/, marks = /zq(\d+)z/g;
const addresses = ['href', 'src', 'action', 'formaction', 'xlink:href', 'data', 'poster', 'background', 'ping', 'srcset', 'code', 'codebase', 'longdesc', 'manifest'];
const strange = ['iframe', 'object', 'embed', 'base', 'frame', 'applet', 'marquee', 'plaintext', 'xmp', 'listing', 'math', 'audio', 'video', 'source', 'keygen', 'foreignobject', 'animate', 'use'];
const mail = location.protocol === 'file:';
return new Promise((done) => {
  const refused = [];
  const observer = new ReportingObserver((reports) => refused.push(...reports), { types: ['csp-violation'], buffered: true });
  observer.observe();
  setTimeout(() => {
    const faults = [], shown = [];
    const fault = (what, element) => faults.push(`${what}: ${element.outerHTML.slice(0, 300)}`);
    for (const { body } of refused) faults.push(`only the policy stopped ${body.effectiveDirective} ${body.blockedURL} ${body.sample ?? ''}`);
    if (top.zqran !== undefined) faults.push('a script ran');
    const [page] = performance.getEntriesByType('navigation');
    if (page?.responseStatus >= 500) faults.push(`the page failed with ${page.responseStatus}`);
    for (const { name } of performance.getEntriesByType('resource')) {
      const url = new URL(name);
      if (url.origin !== location.origin || url.pathname.startsWith('/zq')) faults.push(`${name} was loaded`);
    }
    for (const element of document.querySelectorAll('*')) {
      const name = element.localName.toLowerCase();
      if (mark.test(name) || strange.includes(name)) fault('markup', element);
      if (name === 'script' && !(element.src && new URL(element.src).origin === location.origin && /^\/(static|doc)\//.test(new URL(element.src).pathname))) fault('a script', element);
      if (name === 'style' && (!mail || mark.test(element.textContent))) fault('a style', element);
      if (name === 'link' && !/^\/(static|doc)\//.test(new URL(element.href, location.href).pathname)) fault('a link', element);
      if (name === 'meta' && element.httpEquiv && !(mail && element.httpEquiv.toLowerCase() === 'content-type')) fault('a meta', element);
      for (const { name: attribute, value } of element.attributes) {
        const plain = attribute.toLowerCase();
        if (plain.startsWith('on') || plain === 'srcdoc' || mark.test(plain)) fault(`the attribute ${plain}`, element);
        if (plain === 'style' && (!mail || mark.test(value))) fault('a style', element);
        if (!addresses.includes(plain)) { shown.push(value); continue; }
        let url;
        try { url = new URL(value, location.href); } catch { continue; }
        if (mail && !value.includes(':')) continue;
        if (!['http:', 'https:', 'mailto:', 'cid:'].includes(url.protocol)) fault(`the address ${value}`, element);
        if (plain !== 'href' && url.origin !== location.origin && url.protocol !== 'cid:') fault(`the address ${value}`, element);
      }
    }
    shown.push(document.title, document.body.textContent);
    done({ faults, shown: shown.flatMap((text) => [...text.matchAll(marks)].map(([, number]) => Number(number))) });
  }, 25);
});";

/// Somebody who goes through the pages, and notes what is wrong and what was shown.
struct Walker<'a> {
    browser: &'a Browser,
    program: &'a Program,
    faults: Vec<String>,
    shown: BTreeSet<u32>,
    pages: usize,
    pairs: usize,
}

impl<'a> Walker<'a> {
    fn new(browser: &'a Browser, program: &'a Program) -> Self {
        Self { browser, program, faults: Vec::new(), shown: BTreeSet::new(), pages: 0, pairs: 0 }
    }

    async fn visit(&mut self, path: &str) {
        self.browser.page.goto(&self.program.url(path)).await.unwrap();
        self.look(path).await;
    }

    async fn look(&mut self, name: &str) {
        let seen = self.browser.run(LOOK).await;
        let texts = |part: &str| seen[part].as_array().expect("a list").clone();
        self.faults
            .extend(texts("faults").iter().map(|fault| format!("{name}: {}", fault.as_str().unwrap())));
        let shown: BTreeSet<u32> =
            texts("shown").iter().filter_map(|number| u32::try_from(number.as_u64()?).ok()).collect();
        self.pages += 1;
        self.pairs += shown.len();
        self.shown.extend(shown);
    }

    /// Links of the page.
    async fn links(&self, css: &str, most: usize) -> Vec<String> {
        let script = format!(
            "return [...document.querySelectorAll('{css}')].slice(0, {most}).map((link) => link.pathname).filter(Boolean)"
        );
        let links = self.browser.run(&script).await;
        links.as_array().unwrap().iter().map(|link| link.as_str().unwrap().to_owned()).collect()
    }

    /// Waits until a script answers yes.
    async fn until(&self, script: &str) {
        let began = Instant::now();
        while self.browser.run(script).await != true {
            assert!(began.elapsed() < Duration::from_secs(30), "{script}");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}

/// What the walker has to notice on a page where an attack has succeeded: without this, nothing else would mean anything.
async fn the_walker_notices(browser: &Browser, program: &Program) {
    let spoilt = [
        ("document.body.insertAdjacentHTML('beforeend', '<img alt=\"\" src=\"/zq/zq1z\">')", "was loaded"),
        (
            "document.body.insertAdjacentHTML('beforeend', '<p onclick=\"zq1z\">a</p>')",
            "the attribute onclick",
        ),
        (
            "document.body.insertAdjacentHTML('beforeend', '<a href=\"javascript:zq1z\">a</a>')",
            "the address javascript",
        ),
        ("document.body.insertAdjacentHTML('beforeend', '<zq1z>a</zq1z>')", "markup"),
        (
            "document.body.insertAdjacentHTML('beforeend', '<p title=\"a\" zq1z=\"b\">a</p>')",
            "the attribute zq1z",
        ),
        (
            "document.body.append(Object.assign(document.createElement('script'), { text: 'top.zqran = 1' }))",
            "only the policy",
        ),
        ("window.zqran = 1", "a script ran"),
    ];
    for (spoils, noticed) in spoilt {
        let mut walker = Walker::new(browser, program);
        walker.browser.page.goto(&program.url("/")).await.unwrap();
        walker.browser.run(spoils).await;
        walker.look(noticed).await;
        let found = walker
            .faults
            .iter()
            .any(|fault| fault.contains(&format!(": {noticed}")) || fault.ends_with(noticed));
        assert!(found, "{spoils}: {:?}", walker.faults);
    }
}

/// An address with attacks in its query.
fn asked(path: &str, names: &[&str]) -> String {
    let encoded = |text: &str| rocket::http::RawStr::new(text).percent_encode().to_string();
    let pairs: Vec<String> =
        names.iter().map(|name| format!("{name}={}", encoded(&payloads::text()))).collect();
    format!("{path}?{}", pairs.join("&"))
}

/// The developer of this machine, who calls the program from outside of the browser.
struct Developer<'a>(&'a Program);

impl Developer<'_> {
    async fn post(&self, path: &str, body: &Value) -> String {
        let sent =
            http().post(self.0.url(path)).header("Content-Type", "application/json").body(body.to_string());
        sent.send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
    }

    async fn conversation(&self) -> String {
        let opened: Value = serde_json::from_str(&self.post("/api/get_session", &json!({})).await).unwrap();
        opened["session_id"].as_str().unwrap().to_owned()
    }

    async fn ask(&self, conversation: &str, question: &str) {
        let body = json!({ "messages": [{ "content": question }], "chatHistoryId": conversation });
        self.post("/api/chat", &body).await;
        let opinion = json!({
            "userInput": question, "botAnswer": payloads::text(), "feedbackReason": payloads::text(), "chatHistoryId": conversation,
        });
        self.post("/api/feedback", &opinion).await;
    }

    async fn upload(&self) {
        let name = payloads::text().replace(['"', '\r', '\n'], "'");
        let mut body =
            format!("--zq\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}.pdf\"\r\n\r\n")
                .into_bytes();
        body.extend(pdf::pages(&[&["The library of the town opens at noon."]]));
        body.extend(b"\r\n--zq--\r\n");
        let sent = http()
            .post(self.0.url("/user_files"))
            .header("Content-Type", "multipart/form-data; boundary=zq")
            .body(body);
        sent.send().await.unwrap().error_for_status().unwrap();
    }

    /// A session whose display name is an attack.
    async fn session(&self) -> String {
        let name: String = payloads::text().chars().filter(|c| c.is_ascii() && !c.is_control()).collect();
        let request =
            http().get(self.0.url("/user")).header("UID", "developer").header("X-DisplayName", name);
        let answer =
            request.header("User-Agent", "<script>top.zqran=1</script> Firefox").send().await.unwrap();
        let mut cookies =
            answer.headers().get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
        let token = cookies.find_map(|cookie| cookie.split(';').next()?.strip_prefix("sessionid="));
        token.expect("a session").to_owned()
    }
}

/// A model that answers with attacks, thinks in them, and calls tools by such names.
async fn hostile_model() -> Model {
    let answer = || {
        let mut text = String::new();
        for _ in 0..12 {
            text += &format!("{}\n\n", payloads::text());
        }
        &*Box::leak(text.into_boxed_str())
    };
    let said =
        || Script::Stream(vec![Step::Reason(answer()), Step::Say(answer()), Step::Say(answer()), Step::Done]);
    Model::start((0..40).map(|_| said()).collect()).await
}

/// The program with rows in all its tables, as honest people and one hostile model have left them.
async fn furnished(model: &Model) -> Program {
    let mut program = Program::on_a_database().set("LOG_LEVEL", "error").set("LLM_BASE_URL", &model.url());
    program = program.set("RATE_LIMIT_DASHBOARD", "100000/60").set("RATE_LIMIT_READ", "100000/60");
    program = program.set("RATE_LIMIT_CHAT", "100000/60").set("RATE_LIMIT_WRITE", "100000/60");
    let campus = sample().display().to_string();
    let seeded = ["seed", "--messages", "60", "--conversations", "12", "--users", "4"];
    for command in [&seeded[..], &["ingest", &campus]] {
        let (well, said) = program.run(command);
        assert!(well, "{command:?}: {said}");
    }
    program.start().await;
    let developer = Developer(&program);
    developer.upload().await;
    for _ in 0..3 {
        let conversation = developer.conversation().await;
        for _ in 0..3 {
            developer
                .ask(&conversation, &format!("Who teaches computer science? {}", payloads::text()))
                .await;
        }
    }
    program.stop().await;
    program
}

/// Rows that nothing honest makes here, and everybody's conversations in the developer's hands.
async fn more_rows(store: &Store, developer: i64) {
    let moment = "'2026-03-09T04:00:00+00:00'";
    let statements = [
        format!("UPDATE chat_usersession SET user_id = {developer}"),
        format!(
            "INSERT INTO django_celery_results_taskresult (task_id, status, content_type, content_encoding, result, date_done, traceback, \
             meta, task_args, task_kwargs, task_name, worker, date_created, periodic_task_name) VALUES ('a', 'FAILURE', 'application/json', \
             'utf-8', '1', {moment}, 'a', '{{}}', 'a', 'a', 'a', 'a', {moment}, 'a')"
        ),
        format!(
            "INSERT INTO django_celery_results_groupresult (group_id, date_created, date_done, content_type, content_encoding, result) \
             VALUES ('a', {moment}, {moment}, 'application/json', 'utf-8', 'a')"
        ),
        format!(
            "INSERT INTO mail (id, kind, dedupe, message_id, recipient, subject, text, html, state, attempt, reason, created_at) VALUES \
             (X'0190f3c27b1e70008000000000000001', 'note', 'd1', 'a', 'a@example.edu', 'a', 'a', 'a', 'dead', 1, 'a', {moment})"
        ),
        "INSERT OR IGNORE INTO job_key (key, fence, next_seq) VALUES ('user:1', 0, 9)".to_owned(),
        format!(
            "INSERT INTO job (id, kind, key, seq, payload, state, attempt, max_attempts, run_at, enqueued_at, error_code, dedupe) VALUES \
             (X'0190f3c27b1e70008000000000000002', 'file.ingest', 'user:1', 1, '{{\"file_id\":9}}', 'dead', 3, 3, {moment}, {moment}, 'a', 'd2')"
        ),
        "INSERT INTO auth_group (name) VALUES ('a')".to_owned(),
        format!(
            "INSERT INTO django_admin_log (action_time, object_id, object_repr, action_flag, change_message, content_type_id, user_id) \
             SELECT {moment}, CAST(auth_group.id AS TEXT), 'a', 2, 'a', django_content_type.id, {developer} FROM auth_group, \
             django_content_type WHERE django_content_type.model = 'group'"
        ),
        format!(
            "INSERT INTO weekly_events (title, event_date, location, sponsor, open_to, speaker, url, created_at, updated_at) VALUES \
             ('a', '2026-03-10', 'a', 'a', 'a', 'a', 'a', {moment}, {moment})"
        ),
    ];
    for statement in statements {
        let done = store.write(async |tx| tx.execute_unprepared(&statement).await.map(drop));
        let done: Result<(), DbErr> = done.await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

#[rocket::async_test]
async fn no_text_becomes_a_script() {
    let model = hostile_model().await;
    let mut program = furnished(&model).await;
    if program.is_on_postgres() {
        // What is attacked knows nothing of the database.
        return;
    }
    let store = program.store().await;
    let developer = user::named(store.read(), &hash("developer")).await.unwrap().expect("the developer");
    more_rows(&store, developer.id.0).await;
    let own = format!("username = '{}'", developer.username);
    let places = stuffing::stuff(&store, &[("core_usermodel", &own)]).await;
    drop(store);
    program.start().await;
    let session = Developer(&program).session().await;

    let browser = Browser::open(1280, 900).await;
    browser.page.goto(&program.url("/healthz")).await.unwrap();
    browser.run(&format!("document.cookie = 'sessionid={session}; path=/'")).await;
    the_walker_notices(&browser, &program).await;
    let mut walker = Walker::new(&browser, &program);
    main_site(&mut walker).await;
    dashboard(&mut walker).await;
    forms(&mut walker).await;
    let formulas = exports(&mut walker).await;
    mail(&mut walker).await;
    let (mut faults, shown, pages, pairs) = (walker.faults, walker.shown, walker.pages, walker.pairs);

    let mut outside = program.sibling().set("PROXY_SHARED_SECRET", "Kw8sN2vR5xQ1tB7yM4pJ");
    outside.start().await;
    let mut walker = Walker::new(&browser, &outside);
    way_in(&mut walker).await;
    faults.extend(walker.faults);
    let shown: BTreeSet<u32> = shown.union(&walker.shown).copied().collect();
    let (pages, pairs) = (pages + walker.pages, pairs + walker.pairs);
    browser.close().await;

    let unseen: BTreeSet<&str> = places
        .values()
        .map(String::as_str)
        .filter(|place| !places.iter().any(|(number, of)| of == place && shown.contains(number)))
        .collect();
    let where_shown: BTreeSet<&String> =
        places.iter().filter(|(number, _)| shown.contains(number)).map(|(_, place)| place).collect();
    assert!(where_shown.len() >= 60, "columns that no page has shown: {unseen:?}");
    assert!(pages >= 80, "{pages} pages");
    let what = format!(
        "scripts: {pages} pages, {pairs} times shown, {} columns, {formulas} cells of exports",
        where_shown.len()
    );
    settle(&what, shown.len(), 250, &faults);
}

/// The pages of people.
async fn main_site(walker: &mut Walker<'_>) {
    walker.visit("/").await;
    for path in walker.links("#conversations a", 8).await {
        walker.visit(&path).await;
    }
    for (path, names) in [
        ("/", &["q", "source", "source"][..]),
        ("/fragments/conversations", &["q", "current"]),
        ("/fragments/files", &["source"]),
        ("/nothing", &["next"]),
        ("/c/nothing", &["source"]),
    ] {
        walker.visit(&asked(path, names)).await;
    }
    for _ in 0..4 {
        let encoded = rocket::http::RawStr::new(&payloads::text()).percent_encode().to_string();
        walker.visit(&format!("/nothing/{encoded}")).await;
    }
    // A question that is refused is given back; one that is answered comes as a stream.
    walker.visit("/").await;
    let question = format!("{} {}", payloads::text(), "x".repeat(33_000));
    send_form(walker, "#ask", &json!({ "question": question }), ".problem:not([hidden])").await;
    walker.look("a question that is refused").await;
    walker.visit("/").await;
    let question = format!("Who teaches this? {}", payloads::text());
    let script = "const form = document.querySelector('#ask'); form.question.value = arguments[0]; form.requestSubmit();";
    walker.browser.page.execute(script, vec![json!(question)]).await.unwrap();
    walker.browser.wait_for(".answer:not([aria-busy]) .text").await;
    walker.look("an answer as it comes").await;
}

/// Fills a form without its script and waits for what comes of it.
async fn send_form(walker: &Walker<'_>, form: &str, values: &Value, then: &str) {
    let script = "const [css, values] = arguments; const form = document.querySelector(css);
      for (const [name, value] of Object.entries(values)) { const field = form.elements[name]; field.removeAttribute('maxlength'); field.value = value; }
      form.noValidate = true; HTMLFormElement.prototype.submit.call(form);";
    walker.browser.page.execute(script, vec![json!(form), values.clone()]).await.unwrap();
    walker.browser.wait_for(then).await;
}

/// Every list that the menu leads to, and rows of it: their forms, histories, removals.
async fn dashboard(walker: &mut Walker<'_>) {
    walker.visit("/en/admin/").await;
    let lists: BTreeSet<String> = walker.links("a[href^=\"/en/admin/\"]", 300).await.into_iter().collect();
    let lists: Vec<&String> = lists.iter().filter(|list| list.split('/').count() == 6).collect();
    assert!(lists.len() >= 20, "{lists:?}");
    for list in lists {
        walker.visit(list).await;
        let rows = walker.links(".list-table .main a", 2).await;
        for row in rows.iter().filter(|row| row.ends_with("/change/")) {
            walker.visit(row).await;
            walker.visit(&row.replace("/change/", "/history/")).await;
            walker.visit(&row.replace("/change/", "/delete/")).await;
            if list.ends_with("/chat/usersession/") {
                walker.visit(&row.replace("/change/", "/conversation/")).await;
            }
        }
        walker.visit(&asked(list, &["q", "o", "p", "e", "n"])).await;
    }
    for (path, names) in [
        ("/en/admin/", &["period", "csv"][..]),
        ("/en/admin/search/", &["q"]),
        ("/en/admin/chat/usersession/", &["title__icontains", "_facets"]),
        ("/en/admin/core/usermodel/", &["is_staff__exact", "username"]),
        ("/en/admin/core/nothing/", &["next"]),
        ("/zh-hans/admin/chat/feedback/", &["q"]),
        ("/en/admin/chat/feedback/export/", &["q"]),
        ("/en/admin/chat/feedback/questions/", &["q"]),
        ("/en/admin/account/", &["next"]),
        ("/en/admin/core/document/upload/", &["title"]),
        ("/doc/schema/view", &["url", "configUrl"]),
    ] {
        walker.visit(&asked(path, names)).await;
    }
    // What the palette and the pickers show comes as JSON.
    walker.visit("/en/admin/").await;
    let open = "document.querySelector('[data-open=palette]').click(); const input = document.querySelector('#palette input');
      input.value = 'zqran'; input.dispatchEvent(new Event('input'));";
    walker.browser.run(open).await;
    walker.until("return document.querySelectorAll('#palette [role=option]').length > 3").await;
    walker.look("the palette").await;
    walker.visit("/en/admin/search/?q=zqran").await;
    walker.visit("/en/admin/chat/feedback/").await;
    for row in walker.links(".list-table .main a", 1).await {
        walker.visit(&row).await;
        let open = "const input = document.querySelector('.picker input:not([type=hidden])'); input.focus(); input.click()";
        walker.browser.run(open).await;
        walker.until("return document.querySelectorAll('.picker-list li').length > 0").await;
        walker.look("a picker").await;
    }
}

/// Forms that are given back, and what is said of those that were taken.
async fn forms(walker: &mut Walker<'_>) {
    let add = "/en/admin/auth/group/add/";
    walker.visit(add).await;
    let long = format!("{}{}", payloads::text(), "x".repeat(200));
    send_form(walker, "#change-form", &json!({ "name": long }), ".errors").await;
    walker.look("a group with errors").await;
    for _ in 0..3 {
        walker.visit(add).await;
        let name = payloads::text().replace('\n', " ");
        send_form(walker, "#change-form", &json!({ "name": name }), ".message.success").await;
        walker.look("a group that was added").await;
    }
    walker.visit(add).await;
    let stale = json!({ "name": payloads::text(), "csrfmiddlewaretoken": "stale" });
    send_form(walker, "#change-form", &stale, "main h1").await;
    walker.look("a form that has expired").await;
    walker.visit("/en/admin/core/usermodel/add/").await;
    let person = json!({ "username": payloads::text(), "password1": "1234", "password2": "12345" });
    send_form(walker, "#change-form", &person, ".errors").await;
    walker.look("a user with errors").await;
    for (list, action) in [("chat/usersession", "delete_selected"), ("core/usermodel", "end_sign_ins")] {
        walker.visit(&format!("/en/admin/{list}/")).await;
        walker
            .browser
            .run("document.querySelector('.list-table tbody [name=_selected_action]').checked = true")
            .await;
        let chosen = json!({ "action": action });
        let script = "document.querySelector('.list-form [name=action]').value = arguments[0].action;
          document.querySelector('.list-form').requestSubmit(document.querySelector('.actions button'));";
        walker.browser.page.execute(script, vec![chosen]).await.unwrap();
        walker.browser.wait_for("form [name=post]").await;
        walker.look(&format!("{action} of {list}")).await;
    }
}

/// Takes every list out as a table and counts the cells of which none may be a formula.
async fn exports(walker: &mut Walker<'_>) -> usize {
    let mut cells = 0;
    for model in [
        "chat/usersession",
        "chat/chatmessages",
        "chat/feedback",
        "core/usermodel",
        "core/uploadedfile",
        "core/document",
        "core/auditentry",
        "core/mail",
    ] {
        walker.visit(&format!("/en/admin/{model}/export/")).await;
        // Not every list is taken out.
        if walker.browser.count("main form [name=format]").await == 0 {
            continue;
        }
        let fetched = "const form = document.querySelector('main form'); const body = new URLSearchParams(new FormData(form));
          for (const box of form.querySelectorAll('[name=fields]')) body.append('fields', box.value);
          body.set('format', 'csv'); body.set('plain', '1');
          return fetch(location.href, { method: 'POST', body }).then(async (answer) => [answer.headers.get('content-disposition') ?? '', await answer.text()]);";
        let file = walker.browser.run(fetched).await;
        let (disposition, text) = (file[0].as_str().unwrap(), file[1].as_str().unwrap());
        assert!(disposition.starts_with("attachment"), "{model}: {disposition} {text}");
        let mut rows = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        for cell in rows
            .records()
            .map(Result::unwrap)
            .flat_map(|row| row.iter().map(str::to_owned).collect::<Vec<_>>())
        {
            cells += 1;
            let number = cell.parse::<f64>().is_ok();
            let first =
                cell.trim_start_matches(|c: char| c == ' ' || (c.is_control() && c != '\n')).chars().next();
            let formula =
                matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠'));
            if formula && !number {
                walker.faults.push(format!("{model}: the cell {cell:?} of an export is a formula"));
            }
        }
    }
    assert!(cells > 300, "{cells} cells");
    cells
}

/// The weekly report with what people and a model have written, opened as a page: mail programs have no policy.
async fn mail(walker: &mut Walker<'_>) {
    let theme = |_| json!({ "title": payloads::text(), "summary": payloads::text(), "quotes": [1, 2, 3] });
    let themes = json!({ "themes": (0..6).map(theme).collect::<Vec<_>>() }).to_string();
    let delta = json!({ "choices": [{ "index": 0, "delta": { "content": themes } }] }).to_string();
    let model = Model::start(vec![Script::Stream(vec![Step::Raw(delta), Step::Done])]).await;
    let app = TestApp::with("EMAIL_TO", "reader@example.edu").set("LLM_BASE_URL", &model.url()).start().await;
    for _ in 0..20 {
        let opinion = json!({
            "userInput": payloads::text(), "botAnswer": payloads::text(), "feedbackReason": payloads::text(), "chatHistoryId": "None",
        });
        app.user("alice1").post("/api/feedback", opinion).await.is(201);
        app.clock.advance(chrono::Duration::seconds(2));
    }
    digests::weekly_report(app.app()).await.unwrap();
    app.work().await;
    let mails = outbox::Entity::find().all(app.app().store.read()).await.unwrap();
    let html: Vec<&String> = mails.iter().filter_map(|mail| mail.html.as_ref()).collect();
    assert!(!html.is_empty());
    for html in html {
        let file = walker.program.folder().join("mail.html");
        std::fs::write(&file, html).unwrap();
        walker.browser.page.goto(&format!("file://{}", file.display())).await.unwrap();
        walker.look("the weekly report").await;
    }
}

/// The pages of those who are not signed in.
async fn way_in(walker: &mut Walker<'_>) {
    walker.browser.page.goto(&walker.program.url("/healthz")).await.unwrap();
    walker.browser.page.delete_all_cookies().await.unwrap();
    for path in ["/en/admin/login/", "/zh-hans/admin/login/", "/", "/en/admin/logout/"] {
        walker.visit(&asked(path, &["next"])).await;
    }
    for _ in 0..2 {
        walker.visit("/en/admin/login/").await;
        let person =
            json!({ "username": payloads::text(), "password": payloads::text(), "next": payloads::text() });
        send_form(walker, "main form", &person, ".error, .errors").await;
        walker.look("signing in, with errors").await;
    }
}
