//! What a mail is made of: headers that nobody writes into, a text, a page with its picture; as files without a server.

use std::path::PathBuf;

use base64::{Engine, prelude::BASE64_STANDARD};
use chatdku::mail::{Address, Letter, outbox::State};

use super::{a_letter, address, mail, mails, post};
use crate::support::TestApp;

/// The mails that were written as files.
fn files(app: &TestApp) -> Vec<(PathBuf, String)> {
    let Ok(folder) = std::fs::read_dir(app.folder().join("data/outbox")) else { return Vec::new() };
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn nobody_writes_headers_through_an_address() {
    for text in [
        "one@example.edu\r\nBcc: all@example.edu",
        "one@example.edu\nBcc: all@example.edu",
        "one\r\n@example.edu",
        "one@example.edu\0",
        "one@example.edu, two@example.edu",
        "one@example.edu> SIZE=1",
        "<one@example.edu>",
        "One <one@example.edu>",
        "one two@example.edu",
        "one\u{2028}@example.edu",
        "öne@example.edu",
        "@example.edu",
        "one",
        "",
    ] {
        assert!(Address::parse(text).is_err(), "{text:?}");
    }
    let long = format!("{}@example.edu", "a".repeat(260));
    assert!(Address::parse(&long).is_err());
    for text in ["one@example.edu", "one+two@mail.example.edu", " one@example.edu\n"] {
        assert_eq!(Address::parse(text).unwrap().as_str(), text.trim());
    }
}

#[test]
fn nobody_writes_headers_through_a_subject() {
    let letter = |subject: &str| Letter::new("report", subject, "Text.");
    for subject in [
        "Report\r\nBcc: all@example.edu",
        "Report\nBcc: all@example.edu",
        "Report\rBcc: all@example.edu",
        "Report\0",
        "Report\u{85}more",
        "",
        " \n ",
    ] {
        assert!(letter(subject).is_err(), "{subject:?}");
    }
    assert!(letter(&"x".repeat(201)).is_err());
    assert!(letter(&"周".repeat(200)).is_ok());
}

#[rocket::async_test]
async fn without_a_server_mails_are_files() {
    let app = TestApp::start().await;
    let id = post(app.app(), &a_letter("Weekly report")).await[0];
    app.work().await;
    let sent = mail(app.app(), id).await;
    assert_eq!(sent.state, State::Sent);
    let files = files(&app);
    assert_eq!(files.len(), 1);
    let (path, text) = &files[0];
    assert_eq!(path.file_name().unwrap().to_str(), Some(format!("20260309T040000Z-{}.eml", id.0).as_str()));
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(path).unwrap());
    assert_eq!(mode & 0o777, 0o600);
    let logo = BASE64_STANDARD.encode(include_bytes!("../../../static/mail/logo.png"));
    assert!(text.replace("\r\n", "").contains(&logo));
    let picture = logo.get(..40).unwrap();
    let shown = text.replace(&id.0.simple().to_string(), "ID").replace("\r\n", "\n");
    let (before, from) = shown.split_once(picture).unwrap();
    let after = from.split_once("\n--").unwrap().1;
    insta::assert_snapshot!("mail_as_a_file", format!("{before}PICTURE\n--{after}"));
}

#[rocket::async_test]
async fn a_mail_written_again_is_the_same_file() {
    let app = TestApp::start().await;
    let id = post(app.app(), &a_letter("Weekly report")).await[0];
    for _ in 0..2 {
        let claimed = chatdku::queue::Claimed {
            id: chatdku::queue::JobId(id.0),
            payload: chatdku::mail::outbox::Sending { mail: id.0 },
            attempt: 1,
            fence: 1,
        };
        drop(chatdku::mail::send(app.app().clone(), claimed).await.unwrap());
    }
    let once = files(&app);
    app.work().await;
    assert_eq!((once.len(), files(&app)), (1, once));
}

#[rocket::async_test]
async fn what_people_write_in_chinese_arrives_as_ascii() {
    let app = TestApp::start().await;
    let letter = Letter::new("report", "每周报告：图书馆", "图书馆八点开门。").unwrap();
    post(app.app(), &letter.to([address("reader@example.edu")])).await;
    app.work().await;
    let (_, text) = files(&app).pop().unwrap();
    assert!(text.is_ascii(), "{text}");
    assert!(text.contains("Subject: =?utf-8?b?"), "{text}");
    let subject = text.split("\r\nSubject: ").nth(1).unwrap().split("\r\n").next().unwrap();
    let coded = subject.strip_prefix("=?utf-8?b?").unwrap().strip_suffix("?=").unwrap();
    assert_eq!(BASE64_STANDARD.decode(coded).unwrap(), "每周报告：图书馆".as_bytes());
}

#[rocket::async_test]
async fn each_recipient_gets_a_mail_alone() {
    let app = TestApp::start().await;
    let to = [address("one@example.edu"), address("two@example.edu"), address("one@example.edu")];
    let letter = Letter::new("report", "Weekly report", "Text.").unwrap().to(to);
    post(app.app(), &letter).await;
    app.work().await;
    let texts: Vec<String> = files(&app).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts.len(), 2);
    for address in ["one@example.edu", "two@example.edu"] {
        assert_eq!(texts.iter().filter(|text| text.contains(address)).count(), 1, "{texts:?}");
    }
    let mails = mails(app.app()).await;
    assert_ne!(mails[0].message_id, mails[1].message_id);
}

#[rocket::async_test]
async fn a_mail_of_the_program_is_there_in_both_languages_as_text_and_as_a_page() {
    let letter = chatdku::mail::test().unwrap().to([address("reader@example.edu")]);
    let app = TestApp::start().await;
    let id = post(app.app(), &letter).await[0];
    app.work().await;
    let mail = mail(app.app(), id).await;
    insta::assert_snapshot!("test_mail_text", mail.text);
    insta::assert_snapshot!("test_mail_page", mail.html.unwrap());
}
