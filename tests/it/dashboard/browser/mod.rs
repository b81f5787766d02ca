//! The dashboard in a real browser: what people do there, with scripts and without, and what every page keeps to.

mod accessible;
mod flows;
mod plain;

use chatdku::accounts::second_factor::Key;

use crate::support::{Browser, Program, Scripts, pdf, process::http, staff::PASSWORD};
use serde_json::json;

/// What the proxy in front of the program sends.
const SECRET: &str = "a secret of the proxy and the program";

/// The program with a superuser named `owner`, made-up conversations, a document, an uploaded file, and a conversation
/// with an opinion about it. Only who knows the proxy's secret is believed, so a browser is nobody until it signs in.
async fn furnished() -> Program {
    let mut program = Program::on_a_database()
        .set("LOG_LEVEL", "warn")
        .set("PROXY_SHARED_SECRET", SECRET)
        .set("DJANGO_SUPERUSER_PASSWORD", PASSWORD);
    let folder = program.folder().join("campus");
    std::fs::create_dir(&folder).unwrap();
    let guide = "# Housing guide\n\n## Quiet hours\n\nQuiet hours are from 23:00 to 7:00 on weekdays.\n";
    std::fs::write(folder.join("housing.md"), guide).unwrap();
    let commands: [&[&str]; 3] = [
        &["createsuperuser", "--noinput", "--username", "owner"],
        &["seed", "--messages", "1100", "--conversations", "30", "--users", "5"],
        &["ingest", "campus"],
    ];
    for command in commands {
        let (well, said) = program.run(command);
        assert!(well, "{command:?}: {said}");
    }
    program.start().await;
    converse(&program).await;
    program
}

/// Somebody asks, uploads a file and says what they think of the answer.
async fn converse(program: &Program) {
    let http = http();
    let send = async |path: &str, body: serde_json::Value| {
        let request = http.post(program.url(path)).header("X-Proxy-Auth", SECRET).header("UID", "ab123");
        let answer = request.header("Content-Type", "application/json").body(body.to_string()).send().await;
        let answer = answer.unwrap().error_for_status().unwrap();
        answer.text().await.unwrap()
    };
    let opened = http
        .get(program.url("/api/get_session"))
        .header("X-Proxy-Auth", SECRET)
        .header("UID", "ab123")
        .send()
        .await
        .unwrap();
    let opened: serde_json::Value = opened.json().await.unwrap();
    let id = opened["session_id"].as_str().unwrap();
    let question = "When are quiet hours?";
    let asked = json!({ "messages": [{ "role": "user", "content": question }], "chatHistoryId": id });
    let answer = send("/api/chat", asked).await;
    assert!(answer.contains("23:00"), "{answer}");
    let opinion = json!({
        "userInput": question, "botAnswer": answer, "feedbackReason": "not_clear", "chatHistoryId": id,
    });
    send("/api/feedback", opinion).await;
    let boundary = "a-part";
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"syllabus.pdf\"\r\n\
         Content-Type: application/pdf\r\n\r\n"
    )
    .into_bytes();
    body.extend(pdf::pages(&[&["Biology 110", "Taught in the spring term."]]));
    body.extend(format!("\r\n--{boundary}--\r\n").into_bytes());
    let upload = http.post(program.url("/user_files")).header("X-Proxy-Auth", SECRET).header("UID", "ab123");
    let upload = upload.header("Content-Type", format!("multipart/form-data; boundary={boundary}"));
    upload.body(body).send().await.unwrap().error_for_status().unwrap();
}

/// A browser on the sign-in page of a program.
async fn visitor(program: &Program, scripts: Scripts, width: u32) -> Browser {
    let browser = Browser::with(scripts, width, 900).await;
    browser.page.goto(&program.url("/en/admin/")).await.unwrap();
    browser.wait_for("#id_username").await;
    browser
}

/// Signs in as the owner.
async fn enter(browser: &Browser) {
    browser.fill("#id_username", "owner").await;
    browser.fill("#id_password", PASSWORD).await;
    browser.click("main form .button.primary").await;
    browser.wait_for(".who-name").await;
}

/// Asks for the removal of all conversations, which is work for a worker, and waits for its page.
async fn remove_all_conversations(browser: &Browser, program: &Program) {
    go(browser, program, "/en/admin/chat/usersession/").await;
    browser.click("[name=select_across]").await;
    browser.choose("[name=action]", "delete_selected").await;
    browser.click(".actions button").await;
    let label = browser.text("label[for=id_typed_count]").await;
    let count: String = label.chars().filter(char::is_ascii_digit).collect();
    browser.fill("#id_typed_count", &count).await;
    browser.click(".button.danger").await;
    browser.wait_for("progress").await;
}

async fn go(browser: &Browser, program: &Program, path: &str) {
    browser.page.goto(&program.url(path)).await.unwrap();
}

/// The secret that a page shows to be typed into an authenticator.
async fn shown_key(browser: &Browser) -> Key {
    Key::parse(&browser.text("code.key").await.replace(' ', "")).expect("a key")
}

#[expect(clippy::disallowed_methods, reason = "an authenticator has a clock of its own")]
fn code_of_now(key: &Key) -> String {
    key.code(chrono::Utc::now().timestamp().div_euclid(30))
}
