//! The main site: its page, its forms without a script, what its script is given, its errors.

use chatdku::platform::locale::{COOKIE, Language};
use rocket::http::Method;
use scraper::{ElementRef, Html, Selector};

use crate::support::{Actor, Answer, TestApp, pdf};

fn selector(css: &str) -> Selector {
    Selector::parse(css).expect("a selector")
}

impl Answer {
    /// The page, checked to be one.
    fn page(self) -> Html {
        assert_eq!(self.header("Content-Type"), Some("text/html; charset=utf-8"), "{}", self.text());
        Html::parse_document(&self.text())
    }
}

/// The text of every element that `css` selects.
fn texts(page: &Html, css: &str) -> Vec<String> {
    let words = |element: ElementRef<'_>| {
        element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    page.select(&selector(css)).map(words).collect()
}

fn attribute(page: &Html, css: &str, name: &str) -> Option<String> {
    page.select(&selector(css)).next()?.attr(name).map(str::to_owned)
}

/// A browser: it wants HTML, and says where its forms come from.
fn browser(actor: Actor) -> Actor {
    actor
        .header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .header("Origin", "http://localhost:8000")
        .header("Sec-Fetch-Site", "same-origin")
}

fn script(actor: Actor) -> Actor {
    actor.header("Accept", "application/json").header("Origin", "http://localhost:8000")
}

const HANDBOOK: &str = "# Student handbook\n\nThe add/drop period ends on the second Friday of each term. \
    After that a course can only be dropped with the permission of the dean.\n";

async fn campus() -> TestApp {
    let app = TestApp::start().await;
    app.campus(&[("handbook.md", HANDBOOK)]).await;
    app
}

#[rocket::async_test]
async fn the_page_greets_its_reader_and_offers_what_they_may_do() {
    let app = TestApp::start().await;
    let page =
        browser(app.user("alice1").header("X-DisplayName", "Alice <Liddell>")).get("/").await.is(200).page();
    assert_eq!(texts(&page, ".who"), ["Alice <Liddell>"]);
    assert!(texts(&page, ".notice")[0].contains("chatdku ingest DIR"), "nothing is loaded yet");
    assert_eq!(attribute(&page, "html", "lang").as_deref(), Some("en"));
    assert_eq!(texts(&page, "a[href='/admin/']"), [""; 0], "students have no dashboard");
    let first = browser(app.developer()).get("/").await.is(200);
    let session = first.cookie("sessionid").expect("a session");
    let developer = first.page();
    assert_eq!(texts(&developer, "a[href='/admin/']"), ["Dashboard"]);
    let again = browser(app.developer()).cookie("sessionid", &session).get("/").await.is(200).page();
    assert_eq!(texts(&again, ".who"), texts(&developer, ".who"), "with or without a session");
    assert_eq!(texts(&developer, ".banner").len(), 1);
}

#[rocket::async_test]
async fn a_question_is_asked_and_answered_without_a_script() {
    let app = campus().await;
    let alice = browser(app.user("alice1"));
    let question = "When does the add/drop period end?";
    let sent = alice.form("/ask", &[("question", question), ("source", "ChatDKU")]).await.is(303);
    let place = sent.header("Location").unwrap().to_owned();
    assert!(place.starts_with("/c/") && place.contains("?source=ChatDKU#m"), "{place}");
    let page = alice.get(place.split('#').next().unwrap()).await.is(200).page();
    assert_eq!(texts(&page, ".mine .text"), [question]);
    assert!(texts(&page, ".answer .text")[0].contains("second Friday"), "{:?}", texts(&page, ".answer"));
    let cite = attribute(&page, ".answer .cite", "href").expect("a citation");
    assert!(texts(&page, ".citations li")[0].contains("handbook"));
    assert_eq!(
        page.select(&selector(&format!("[id='{}']", &cite[1..]))).count(),
        1,
        "it leads to its source"
    );
    assert_eq!(texts(&page, "#conversations a[aria-current]").len(), 1);

    let conversation = attribute(&page, "#ask input[name=conversation]", "value").unwrap();
    let again = [("conversation", conversation.as_str()), ("question", "Who permits a later drop?")];
    let again = alice.form("/ask", &again).await.is(303);
    assert!(again.header("Location").unwrap().starts_with(&format!("/c/{conversation}#m")));
    let page = alice.get(&format!("/c/{conversation}")).await.page();
    assert_eq!(texts(&page, ".mine").len(), 2);
}

#[rocket::async_test]
async fn a_question_that_cannot_be_asked_is_given_back() {
    let app = TestApp::start().await;
    let alice = browser(app.user("alice1"));
    let page = alice.form("/ask", &[("question", "  ")]).await.is(400).page();
    assert!(texts(&page, "#ask .problem")[0].contains("between 1 and 8,000"));
    alice.upload_to("/files", "file_", "syllabus.pdf", &pdf::pages(&[&["Syllabus"]])).await.is(303);
    let fields = [("question", "Who teaches this?"), ("source", "syllabus.pdf")];
    let page = alice.form("/ask", &fields).await.is(423).page();
    assert_eq!(texts(&page, "#question"), ["Who teaches this?"]);
    assert!(texts(&page, "#ask .problem")[0].contains("being read"), "{:?}", texts(&page, "#ask .problem"));
    let detail = script(app.user("alice1")).form("/ask", &[("question", "")]).await.is(400).json();
    assert!(detail["detail"].as_str().unwrap().contains("8,000"));
    assert!(alice.get("/api/c").await.json().as_array().unwrap().is_empty(), "no conversation is listed");
    app.work().await;
}

#[rocket::async_test]
async fn a_pdf_is_uploaded_asked_about_and_deleted_without_a_script() {
    let app = TestApp::start().await;
    let alice = browser(app.user("alice1"));
    let bytes =
        pdf::pages(&[&["Syllabus"], &["The final examination counts for forty percent of the grade."]]);
    let sent = alice.upload_to("/files", "file_", "syllabus.pdf", &bytes).await.is(303);
    assert_eq!(sent.header("Location"), Some("/#files"));
    let page = alice.get("/").await.page();
    assert_eq!(texts(&page, ".file .badge"), ["waiting"]);
    assert_eq!(page.select(&selector("[data-busy]")).count(), 1, "the script looks again");
    app.work().await;
    let page = alice.get("/?source=syllabus.pdf").await.page();
    assert_eq!(texts(&page, ".file .badge"), ["ready"]);
    assert!(texts(&page, ".file .detail")[0].starts_with("2 pages"));
    assert_eq!(attribute(&page, "input[name=source][checked]", "value").as_deref(), Some("syllabus.pdf"));

    let fields = [("question", "How much does the final examination count?"), ("source", "syllabus.pdf")];
    let place = alice.form("/ask", &fields).await.is(303).header("Location").unwrap().to_owned();
    let page = alice.get(place.split('#').next().unwrap()).await.page();
    assert!(texts(&page, ".citations li")[0].contains("page 2"));
    let link = attribute(&page, ".citations li a", "href").unwrap();
    let (path, fragment) = link.split_once('#').unwrap();
    assert_eq!(fragment, "page=2");
    let shown = alice.get(path).await.is(200);
    assert_eq!(shown.header("Content-Type"), Some("application/pdf"));
    assert_eq!(shown.body, bytes);

    let delete = attribute(&page, ".delete-file", "action").unwrap();
    alice.form(&delete, &[]).await.is(303);
    assert_eq!(texts(&alice.get("/").await.page(), ".file").len(), 0);
    app.work().await;
}

#[rocket::async_test]
async fn an_upload_that_is_not_taken_says_why() {
    let app = TestApp::start().await;
    let alice = browser(app.user("alice1"));
    let page = alice.upload_to("/files", "file_", "a.pdf", b"hello").await.is(400).page();
    assert_eq!(texts(&page, ".upload .problem"), ["This is not a PDF."]);
    let chinese = alice.clone().cookie(COOKIE, "zh-hans");
    let page = chinese.upload_to("/files", "file_", "a.pdf", b"").await.is(400).page();
    assert_eq!(texts(&page, ".upload .problem"), ["文件为空。"]);
    let script = script(app.user("alice1"));
    let problem = script.upload_to("/files", "file_", "a.txt", b"hello").await.is(400).json();
    assert_eq!(problem["detail"], "This is not a PDF.");
    let taken = script.upload_to("/files", "file_", "My a.pdf", &pdf::pages(&[&["x"]])).await.is(201).json();
    assert_eq!(taken["name"], "My_a.pdf");
    app.work().await;
}

#[rocket::async_test]
async fn conversations_are_renamed_searched_and_deleted() {
    let app = campus().await;
    let alice = browser(app.user("alice1"));
    let place = alice
        .form("/ask", &[("question", "When does add/drop end?")])
        .await
        .header("Location")
        .unwrap()
        .to_owned();
    let path = place.split('#').next().unwrap();
    alice.form(&format!("{path}/rename"), &[("title", "Dropping <b>courses</b>")]).await.is(303);
    let page = alice.get(path).await.page();
    assert_eq!(texts(&page, ".conversation-head h1"), ["Dropping <b>courses</b>"]);
    assert_eq!(texts(&alice.get("/?q=dropping").await.page(), "#conversations a").len(), 1);
    assert_eq!(
        texts(&alice.get("/?q=visa").await.page(), "#conversations p"),
        ["No conversation has these words."]
    );
    let fragment = alice.get("/fragments/conversations?q=dropping").await.is(200).page();
    assert_eq!(texts(&fragment, "a").len(), 1);

    browser(app.user("mallory1")).form(&format!("{path}/delete"), &[]).await.is(404);
    browser(app.user("mallory1")).get(path).await.is(404).page();
    alice.form(&format!("{path}/delete"), &[]).await.is(303);
    alice.get(path).await.is(404);
}

#[rocket::async_test]
async fn an_answer_is_rated_once_by_a_button_or_in_words() {
    let app = campus().await;
    let alice = browser(app.user("alice1"));
    for fields in
        [[("reason", "not_clear"), ("words", "")], [("reason", ""), ("words", "Which Friday is it?")]]
    {
        let place = alice
            .form("/ask", &[("question", "When does add/drop end?")])
            .await
            .header("Location")
            .unwrap()
            .to_owned();
        let path = place.split('#').next().unwrap();
        let action = attribute(&alice.get(path).await.page(), "form.rate", "action").unwrap();
        alice.form(&action, &fields).await.is(303);
        let page = alice.get(path).await.page();
        assert_eq!(texts(&page, ".rated"), ["Thank you for your feedback."]);
        assert_eq!(page.select(&selector("form.rate button")).count(), 0);
        browser(app.user("mallory1")).form(&action, &fields).await.is(404);
    }
}

#[rocket::async_test]
async fn what_an_answer_says_is_shown_and_never_run() {
    let app = TestApp::start().await;
    let hostile = "# Notes\n\nThe <img src=x onerror=alert(1)> marker [a](javascript:alert(2)) shows how hostile text looks.\n";
    app.campus(&[("hostile.md", hostile)]).await;
    let alice = browser(app.user("alice1"));
    let question = "<script>How</script> does the hostile marker look?";
    let place = alice.form("/ask", &[("question", question)]).await.header("Location").unwrap().to_owned();
    let page = alice.get(place.split('#').next().unwrap()).await.page();
    assert_eq!(texts(&page, ".mine .text"), [question]);
    assert!(texts(&page, ".answer .text")[0].contains("hostile text looks"));
    assert_eq!(page.select(&selector("#messages img, #messages script, [onerror]")).count(), 0);
    let anchor = selector("a");
    let links = page.select(&anchor).filter_map(|link| link.attr("href"));
    assert_eq!(links.filter(|href| href.starts_with("javascript")).count(), 0);
}

#[rocket::async_test]
async fn the_script_gets_both_messages_and_follows_the_answer() {
    let app = campus().await;
    let alice = script(app.user("alice1"));
    let asked =
        alice.form("/ask", &[("question", "When does the add/drop period end?")]).await.is(200).json();
    let both = Html::parse_fragment(asked["html"].as_str().unwrap());
    assert_eq!(texts(&both, ".message").len(), 2);
    let conversation = asked["location"].as_str().unwrap().split(['/', '#']).nth(2).unwrap().to_owned();
    let answer = &alice.messages(&conversation).await[1];
    let live = format!("/c/{conversation}/messages/{}/live", answer["id"]);
    let events = alice.get(&live).await.is(200);
    assert_eq!(events.header("Content-Type"), Some("text/event-stream"));
    let (kind, data) = events
        .text()
        .trim_end()
        .rsplit_once("event:end\n")
        .map(|(_, end)| ("end", end.to_owned()))
        .expect("an end");
    assert_eq!(kind, "end");
    assert!(data.contains("second Friday") && data.contains("citations"), "{data}");
    script(app.user("mallory1")).get(&live).await.is(404);
}

#[rocket::async_test]
async fn the_language_is_the_readers() {
    let app = TestApp::start().await;
    let alice = browser(app.user("alice1"));
    let page = alice.clone().header("Accept-Language", "zh-CN,zh;q=0.9").get("/").await.page();
    assert_eq!(attribute(&page, "html", "lang").as_deref(), Some("zh-Hans"));
    assert_eq!(texts(&page, ".welcome h1"), ["您想了解什么？"]);
    let fields = [("language", "zh-hans"), ("next", "/?q=a")];
    let changed = alice.form("/i18n/setlang", &fields).await.is(302);
    assert_eq!(
        (changed.header("Location"), changed.cookie(COOKIE).as_deref()),
        (Some("/?q=a"), Some("zh-hans"))
    );
    let page = alice.clone().cookie(COOKIE, "zh-hans").get("/").await.page();
    assert_eq!(attribute(&page, "html", "lang").as_deref(), Some("zh-Hans"));
    let away = alice.form("/i18n/setlang", &[("language", "en"), ("next", "//evil.example")]).await.is(302);
    assert_eq!(away.header("Location"), Some("/"));
}

#[rocket::async_test]
async fn whoever_signs_out_is_led_to_the_way_out_of_the_sign_on() {
    let out = "https://sso.example.edu/logout?return=https://example.edu/";
    let app = TestApp::with("SIGN_OUT_URL", out).start().await;
    let alice = browser(app.user("alice1"));
    let token = alice.get("/").await.is(200).cookie("sessionid").expect("a session");
    let page = alice.get("/").await.page();
    assert_eq!(attribute(&page, "form[action='/sign_out']", "method").as_deref(), Some("post"));
    let by_cookie = app.stranger().cookie("sessionid", &token).header("Sec-Fetch-Site", "same-origin");
    let elsewhere = app.stranger().cookie("sessionid", &token).header("Sec-Fetch-Site", "cross-site");
    elsewhere.form("/sign_out", &[]).await.is(403);
    by_cookie.get("/user").await.is(200);
    let left = by_cookie.form("/sign_out", &[]).await.is(200);
    assert_eq!(left.header("Clear-Site-Data"), Some("\"cache\", \"storage\""));
    assert_eq!(left.cookie("sessionid").as_deref(), Some(""), "it is taken away");
    let page = left.page();
    assert_eq!(attribute(&page, "main a", "href").as_deref(), Some(out));
    assert_eq!(attribute(&page, "meta[http-equiv=refresh]", "content"), Some(format!("0; url={out}")));
    by_cookie.get("/user").await.is(401);

    let app = TestApp::start().await;
    let page = browser(app.user("alice1")).get("/").await.page();
    assert_eq!(attribute(&page, "form[action='/sign_out']", "method"), None, "one would be back at once");
}

#[rocket::async_test]
async fn errors_are_pages_for_people() {
    let app = TestApp::start().await;
    let alice = browser(app.user("alice1"));
    let unknown = "/c/00000000-0000-4000-8000-000000000000";
    for path in ["/nope", unknown, "/c/nope", "/static/site/nope.css"] {
        let page = alice.get(path).await.is(404).page();
        assert_eq!(texts(&page, "h1"), ["Nothing here"], "{path}");
    }
    let page = browser(app.stranger()).get("/").await.is(401).page();
    assert_eq!(texts(&page, "h1"), ["Please sign in"]);
    let cross = app.user("alice1").header("Accept", "text/html").header("Sec-Fetch-Site", "cross-site");
    let page = cross.form("/ask", &[("question", "x")]).await.is(403).page();
    assert_eq!(texts(&page, "h1"), ["Not allowed"]);
    assert_eq!(app.user("alice1").get("/nope").await.is(404).json()["detail"], "Not found.");
    let empty = alice.send(Method::Post, "/files", None, Vec::new()).await;
    assert!(matches!(empty.status.code, 400 | 415), "{}", empty.status);
}

#[rocket::async_test]
async fn pages_need_nothing_from_elsewhere_and_nothing_inline() {
    let app = TestApp::start().await;
    let answer = browser(app.user("alice1")).get("/").await;
    let policy = answer.header("Content-Security-Policy").unwrap().to_owned();
    assert!(policy.contains("script-src 'self'; style-src 'self'"), "{policy}");
    assert!(policy.contains("base-uri 'none'; object-src 'none'"), "{policy}");
    let page = answer.page();
    assert_eq!(page.select(&selector("style, [style], script:not([src]), [onclick]")).count(), 0);
    for (css, name) in [("link", "href"), ("script", "src"), ("img", "src")] {
        for element in page.select(&selector(css)) {
            let address = element.attr(name).unwrap();
            let file = app.stranger().get(address).await.is(200);
            assert!(file.header("Content-Type").unwrap().ends_with("; charset=utf-8"), "{address}");
            assert_eq!(
                file.header("Cache-Control"),
                Some("public, max-age=31536000, immutable"),
                "{address}"
            );
        }
    }
}

/// A sentence with all values that any sentence has a place for.
fn sentence(language: Language, key: &str) -> String {
    let values = [
        ("action", 2),
        ("app", 2),
        ("codes", 2),
        ("count", 2),
        ("field", 2),
        ("fields", 2),
        ("filter", 2),
        ("first", 2),
        ("format", 2),
        ("key", 2),
        ("label", 2),
        ("last", 2),
        ("length", 2),
        ("many", 2),
        ("max", 2),
        ("min", 2),
        ("model", 2),
        ("name", 2),
        ("number", 2),
        ("object", 2),
        ("one", 2),
        ("page", 2),
        ("pages", 2),
        ("permission", 2),
        ("query", 2),
        ("rank", 2),
        ("read", 2),
        ("title", 2),
        ("value", 2),
        ("written", 2),
        ("zone", 2),
    ];
    language.text_with(key, values)
}

#[test]
fn both_languages_have_the_same_sentences() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/locales");
    let keys = |language: &str| -> Vec<String> {
        let mut keys: Vec<String> = std::fs::read_dir(root.join(language))
            .unwrap()
            .flat_map(|file| {
                let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
                let key = |line: &str| {
                    let (key, _) = line.split_once(" =")?;
                    key.starts_with(|c: char| c.is_ascii_lowercase()).then(|| key.to_owned())
                };
                text.lines().filter_map(key).collect::<Vec<_>>()
            })
            .collect();
        keys.sort();
        keys
    };
    let english = keys("en");
    assert_eq!(english, keys("zh-Hans"));
    assert!(english.len() > 50);
    for key in &english {
        assert!(!sentence(Language::English, key).contains("Unknown localization"), "{key}");
    }
}

/// Every sentence that code or templates name exists.
#[test]
fn every_named_sentence_exists() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut named = std::collections::BTreeSet::new();
    for folder in ["src", "templates/site"] {
        for entry in walkdir::WalkDir::new(root.join(folder)).into_iter().map(Result::unwrap) {
            if !entry.file_type().is_file() {
                continue;
            }
            let text = std::fs::read_to_string(entry.path()).unwrap();
            for literal in text.split('"') {
                let key = literal.starts_with("site-") || literal.starts_with("upload-");
                if key && literal.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
                    named.insert(literal.to_owned());
                }
            }
        }
    }
    assert!(named.len() > 50, "{named:?}");
    for key in named {
        let sentence = sentence(Language::Chinese, &key);
        assert!(!sentence.contains("Unknown localization"), "{key}: {sentence}");
    }
}
