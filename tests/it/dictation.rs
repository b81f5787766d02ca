//! Dictation: what is taken, what is written down, what is told when the service fails, and that nothing of it stays.

use futures::future::join_all;
use rocket::http::{ContentType, Method};
use serde_json::{Value, json};

use crate::support::{
    Actor, Answer, Program, TestApp, TestConfig,
    dictation::{Mood, Stenographer},
    process::http,
};

/// How a recording of a browser begins.
const WEBM: &[u8] = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm\x42\x87\x81\x04 and so on";
const OFF: &str = "microphone=()";
const ON: &str = "microphone=(self)";

fn with(service: &Stenographer) -> TestConfig {
    TestApp::with("WHISPER_MODEL_URI", &service.url()).set("RATE_LIMIT_UPLOAD", "1000/60")
}

/// Sends a recording as the page does.
async fn dictate(actor: &Actor, bytes: &[u8]) -> Answer {
    actor.upload_to("/api/transcribe", "file", "recording", bytes).await
}

/// The value of the sentence that people are shown.
fn detail(answer: &Answer) -> String {
    answer.json()["detail"].as_str().unwrap_or_default().to_owned()
}

#[rocket::async_test]
async fn it_is_off_until_there_is_a_service_for_it() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    let refused = dictate(&alice, WEBM).await.is(404);
    assert_eq!(refused.json(), json!({ "detail": "Dictation is not available here." }));
    app.stranger().post("/api/transcribe", json!({})).await.is(401);
    let page = alice.header("Accept", "text/html").get("/").await.is(200);
    assert!(page.header("Permissions-Policy").unwrap().contains(OFF));
    assert!(!page.text().contains("dictat"), "no button, no script");
}

#[rocket::async_test]
async fn what_is_said_comes_back_as_text() {
    let service = Stenographer::hears(" When does the library open?\n").await;
    let config = with(&service).set("WHISPER_MODEL", "large-v3").set("WHISPER_API_KEY", "key of the service");
    let app = config.start().await;
    let answer = dictate(&app.user("alice1"), WEBM).await.is(200);
    assert_eq!(answer.json(), json!({ "text": "When does the library open?" }));
    assert_eq!(answer.header("X-RateLimit-Policy"), Some("1000;w=60"), "it counts among uploads");
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    let asked = &service.asked()[0];
    assert_eq!(asked.path, "/v1/audio/transcriptions");
    assert_eq!(asked.authorization.as_deref(), Some("Bearer key of the service"));
    assert_eq!(asked.field("model").as_deref(), Some("large-v3"));
    assert_eq!(asked.field("response_format").as_deref(), Some("json"));
    assert_eq!(asked.field("language"), None, "the service finds out");
    assert!(asked.has(WEBM));
    let head = asked.file_head();
    assert!(head.contains("filename=\"recording.webm\"") && head.contains("audio/webm"), "{head}");
    // A service that hears nothing has not failed.
    service.is(Mood::Hears(String::new()));
    assert_eq!(dictate(&app.user("alice1"), WEBM).await.is(200).json()["text"], "");
}

#[rocket::async_test]
async fn the_page_alone_may_listen_and_has_a_button_for_it() {
    let service = Stenographer::hears("").await;
    let app = with(&service).start().await;
    let alice = app.user("alice1").header("Accept", "text/html");
    let id = alice.clone().without("Accept").conversation().await;
    for path in ["/".to_owned(), format!("/c/{id}")] {
        let page = alice.get(&path).await.is(200);
        assert!(page.header("Permissions-Policy").unwrap().contains(ON), "{path}");
        assert!(
            page.text().contains("id=\"dictate\"") && page.text().contains("/static/site/dictation.js?v=")
        );
    }
    // A question that is given back is shown on the same page.
    let page =
        alice.clone().header("Origin", "http://localhost:8000").form("/ask", &[("question", "")]).await;
    assert!(page.is(400).header("Permissions-Policy").unwrap().contains(ON));
    let staff = app.developer();
    for path in
        ["/nothing", "/api/c", "/fragments/files", "/en/admin/", "/doc/schema/view/", "/static/site/site.css"]
    {
        assert!(staff.get(path).await.header("Permissions-Policy").unwrap().contains(OFF), "{path}");
    }
}

#[rocket::async_test]
async fn a_recording_is_what_its_bytes_begin_with() {
    let service = Stenographer::hears("words").await;
    let app = with(&service).start().await;
    let alice = app.user("alice1");
    for (bytes, name) in [
        (WEBM, "recording.webm"),
        (b"OggS\0\x02 and so on", "recording.ogg"),
        (b"\0\0\0\x1cftypiso5\0\0\x02\0", "recording.mp4"),
        (b"ID3\x04\0\0\0", "recording.mp3"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "recording.wav"),
        (b"fLaC\0\0\0\x22", "recording.flac"),
    ] {
        dictate(&alice, bytes).await.is(200);
        let head = service.asked().pop().unwrap().file_head();
        assert!(head.contains(&format!("filename=\"{name}\"")), "{head}");
    }
    let known = service.asked().len();
    for bytes in [&b"<html>"[..], b"%PDF-1.7", b"RIFF\x24\0\0\0WEBPVP8 ", b"\0\0\0\x1cftypheic"] {
        let refused = dictate(&alice, bytes).await.is(415);
        assert!(detail(&refused).contains("WebM, Ogg, MP4, MP3, WAV or FLAC"), "{}", refused.text());
    }
    // What its sender calls a page is none of ours, whatever it begins with.
    let called = |kind: &str| format!("form-data; name=\"file\"; filename=\"a\"\r\nContent-Type: {kind}");
    alice.multipart("/api/transcribe", &[(called("text/html").as_str(), WEBM)]).await.is(415);
    assert_eq!(service.asked().len(), known, "the service saw nothing of these");
    for kind in ["audio/webm;codecs=opus", "video/webm", "application/octet-stream"] {
        alice.multipart("/api/transcribe", &[(called(kind).as_str(), WEBM)]).await.is(200);
    }
}

#[rocket::async_test]
async fn a_body_without_a_recording_is_refused_with_its_reason() {
    let service = Stenographer::hears("words").await;
    let app = with(&service).start().await;
    let alice = app.user("alice1");
    let path = "/api/transcribe";
    alice.post(path, json!({ "file": "words" })).await.is(415);
    let empty = dictate(&alice, b"").await.is(400);
    assert_eq!(empty.json()["file"], json!(["The submitted file is empty."]));
    let other = ("form-data; name=\"other\"; filename=\"a\"", WEBM);
    assert_eq!(detail(&alice.multipart(path, &[other]).await.is(400)), "No file was submitted.");
    let recording = ("form-data; name=\"file\"; filename=\"a\"", WEBM);
    let eight_before = [[other; 8].as_slice(), &[recording]].concat();
    alice.multipart(path, &eight_before).await.is(400);
    let broken = ContentType::new("multipart", "form-data").with_params(("boundary", "x"));
    alice.send(Method::Post, path, Some(broken), b"--x\r\nno end".to_vec()).await.is(400);
    assert_eq!(service.asked().len(), 0);
}

#[rocket::async_test]
async fn a_recording_has_ten_mebibytes_at_most_whatever_its_sender_says() {
    let service = Stenographer::hears("words").await;
    let app = with(&service).start().await;
    let alice = app.user("alice1");
    let most = 10 * 1024 * 1024;
    let at_most = [WEBM, &vec![b'a'; most - WEBM.len()]].concat();
    dictate(&alice, &at_most).await.is(200);
    assert!(service.asked()[0].body.len() > most, "all of it was sent on");
    let refused = dictate(&alice, &[at_most.as_slice(), b"a"].concat()).await.is(413);
    assert_eq!(detail(&refused), "A recording may have at most 10 MiB.");
    // Nor does much beside it help.
    let beside = ("form-data; name=\"other\"; filename=\"a\"", at_most.as_slice());
    alice.multipart("/api/transcribe", &[beside; 5]).await.is(413);
    assert_eq!(service.asked().len(), 1);
}

#[rocket::async_test]
async fn the_language_is_handed_on_where_the_sender_knows_it() {
    let service = Stenographer::hears("图书馆几点开门？").await;
    let app = with(&service).start().await;
    let alice = app.user("alice1");
    let file = ("form-data; name=\"file\"; filename=\"a\"", WEBM);
    let language = "form-data; name=\"language\"";
    let spoken = (language, &b"zh-Hans"[..]);
    for parts in [[file, spoken], [spoken, file]] {
        let answer = alice.multipart("/api/transcribe", &parts).await.is(200);
        assert_eq!(answer.json()["text"], "图书馆几点开门？");
        assert_eq!(service.asked().pop().unwrap().field("language").as_deref(), Some("zh"));
    }
    let count = service.asked().len();
    for wrong in ["Chinese", "z", "e1", &"en-".repeat(20)] {
        let refused = alice.multipart("/api/transcribe", &[file, (language, wrong.as_bytes())]).await.is(400);
        assert!(refused.json()["language"][0].is_string(), "{}", refused.text());
    }
    assert_eq!(service.asked().len(), count);
}

#[rocket::async_test]
async fn another_sites_page_cannot_send_anything() {
    let service = Stenographer::hears("words").await;
    let app = with(&service).start().await;
    let evil =
        app.user("alice1").header("Sec-Fetch-Site", "cross-site").header("Origin", "https://evil.example");
    dictate(&evil, WEBM).await.is(403);
    let own = app.user("alice1").header("Sec-Fetch-Site", "same-origin");
    dictate(&own, WEBM).await.is(200);
    assert_eq!(service.asked().len(), 1);
}

#[rocket::async_test]
async fn what_the_service_says_is_made_fit_for_a_question() {
    let service = Stenographer::hears("").await;
    let app = with(&service).start().await;
    let alice = app.user("alice1");
    let text = async |said: &str| {
        service.is(Mood::Hears(said.to_owned()));
        dictate(&alice, WEBM).await.is(200).json()["text"].as_str().unwrap().to_owned()
    };
    assert_eq!(text("One\ntwo\u{0}\u{7}three\u{202e}.").await, "One two three.");
    let long = text(&"word ".repeat(10_000)).await;
    assert!(long.chars().count() <= 8_000 && long.ends_with("word…"), "{}", long.len());
}

#[rocket::async_test]
async fn each_way_to_fail_has_its_answer() {
    let service = Stenographer::hears("").await;
    let says = |text: &str| Mood::Says(text.to_owned());
    let moods = [
        (Mood::Refuses(500), 502, "dictation_failed"),
        (Mood::Refuses(401), 502, "dictation_failed"),
        (Mood::Refuses(302), 502, "dictation_failed"),
        (says("<html>It works!</html>"), 502, "dictation_failed"),
        (says("{\"words\": \"x\"}"), 502, "dictation_failed"),
        (says("{\"text\": null}"), 502, "dictation_failed"),
        (Mood::Endless, 502, "dictation_failed"),
        (Mood::Refuses(503), 503, "dictation_unavailable"),
        (Mood::Refuses(429), 503, "dictation_unavailable"),
    ];
    let told = |answer: &Answer, status: u16, code: &str| {
        assert_eq!((answer.status.code, &answer.json()["error"]), (status, &Value::from(code)));
        assert_eq!(answer.header("Retry-After"), Some("2"), "{code}");
        assert_eq!(answer.json()["request_id"].as_str().map(str::len), Some(12));
    };
    // Not all of them in one place: after five failures the service is left alone.
    for moods in moods.chunks(3) {
        let app = with(&service).start().await;
        for (mood, status, code) in moods {
            service.is(mood.clone());
            told(&dictate(&app.user("alice1"), WEBM).await, *status, code);
        }
    }
    let app = with(&service).set("WHISPER_TIMEOUT", "0.3").start().await;
    service.is(Mood::Silent);
    told(&dictate(&app.user("alice1"), WEBM).await, 504, "dictation_too_slow");
    let nobody = TestApp::with("WHISPER_MODEL_URI", "http://127.0.0.1:9/v1").start().await;
    told(&dictate(&nobody.user("alice1"), WEBM).await, 503, "dictation_unavailable");
}

#[rocket::async_test]
async fn a_recording_that_the_service_does_not_understand_is_the_senders_matter() {
    let service = Stenographer::hears("").await;
    let app = with(&service).start().await;
    let alice = app.user("alice1");
    service.is(Mood::Refuses(400));
    for _ in 0..7 {
        let refused = dictate(&alice, WEBM).await.is(400);
        assert_eq!(detail(&refused), "The recording could not be understood.");
    }
    assert_eq!(service.asked().len(), 7, "nor is the service left alone for it");
}

#[rocket::async_test]
async fn a_service_that_fails_is_left_alone() {
    let service = Stenographer::hears("").await;
    let app = with(&service).start().await;
    let alice = app.user("alice1");
    service.is(Mood::Refuses(500));
    for _ in 0..5 {
        dictate(&alice, WEBM).await.is(502);
    }
    let answer = dictate(&alice, WEBM).await.is(503);
    assert_eq!(answer.json()["error"], "dictation_unavailable");
    assert_eq!(service.asked().len(), 5, "it was not asked again");
    let figures = app.developer().get("/metrics").await.is(200);
    for (outcome, count) in [("refused", 5.0), ("left_alone", 1.0)] {
        let name = format!("chatdku_dictation_calls_total{{outcome=\"{outcome}\"}}");
        assert_eq!(figures.figure(&name), Some(count), "{outcome}");
    }
    assert_eq!(figures.figure("chatdku_dictation_seconds_count"), Some(6.0));
    assert_eq!(figures.figure("chatdku_under_way{what=\"recordings\"}"), Some(0.0));
}

#[rocket::async_test]
async fn an_account_sends_one_recording_at_a_time_and_an_instance_eight() {
    let service = Stenographer::hears("words").await;
    let app = with(&service).start().await;
    service.hold(true);
    let names: Vec<String> = (0..8).map(|at| format!("person{at}")).collect();
    let people: Vec<Actor> = names.iter().map(|name| app.user(name)).collect();
    let sending = join_all(people.iter().map(|person| dictate(person, WEBM)));
    let looking = async {
        service.asked_times(8).await;
        let full = dictate(&app.user("another1"), WEBM).await.is(503);
        assert_eq!(full.json()["error"], "too_many_recordings");
        assert!(full.header("Retry-After").is_some());
        let figures = app.developer().get("/metrics").await.is(200);
        assert_eq!(figures.figure("chatdku_under_way{what=\"recordings\"}"), Some(8.0));
        service.hold(false);
    };
    let (answers, ()) = futures::join!(sending, looking);
    for answer in answers {
        answer.is(200);
    }
    service.hold(true);
    let alice = app.user("alice1");
    let second = async {
        service.asked_times(9).await;
        let refused = dictate(&alice, WEBM).await.is(429);
        assert_eq!(refused.json()["limit"], 0);
        service.hold(false);
    };
    let (first, ()) = futures::join!(dictate(&alice, WEBM), second);
    first.is(200);
    dictate(&alice, WEBM).await.is(200);
}

/// Neither the bytes nor the words are found anywhere afterwards, however much is logged.
#[rocket::async_test]
async fn nothing_of_it_stays() {
    let (spoken, heard) = ("zebra-quartz-bytes", "marmalade-obelisk-words");
    let service = Stenographer::hears(heard).await;
    let program = Program::on_a_database().set("LOG_LEVEL", "trace,hyper=info,sqlx=info,tantivy=info");
    let mut program = program.set("WHISPER_MODEL_URI", &service.url());
    program.start().await;
    let body = || {
        let part = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n".as_bytes();
        [part, WEBM, spoken.as_bytes(), b"\r\n--x--\r\n"].concat()
    };
    let send = async || {
        let request = http().post(program.url("/api/transcribe")).header("UID", "alice1").body(body());
        let answer = request.header("Content-Type", "multipart/form-data; boundary=x").send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, text) = send().await;
    assert_eq!(status, 200, "{text}");
    assert!(text.contains(heard), "{text}");
    assert!(service.asked()[0].body.windows(spoken.len()).any(|window| window == spoken.as_bytes()));
    // An answer of the wrong form is spoken of, without its words.
    service.is(Mood::Says(format!("{{\"text\": {{\"{heard}\": 1}}}}")));
    assert_eq!(send().await.0, 502);
    assert_eq!(program.stop().await, Some(0));
    assert!(program.said().contains("a recording was not written down"), "{}", program.said());
    for entry in walkdir::WalkDir::new(program.folder()).into_iter().map(Result::unwrap) {
        let bytes =
            if entry.file_type().is_file() { std::fs::read(entry.path()).unwrap() } else { Vec::new() };
        for word in [spoken, heard] {
            let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "{word} is in {}", entry.path().display());
        }
    }
    for row in program.dump().await {
        assert!(!row.contains(heard) && !row.contains(spoken), "{row}");
    }
}
