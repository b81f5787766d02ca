//! Feedback as a file of questions to measure with.

use chatdku::{evaluation, platform::audit};
use sea_orm::EntityTrait;

use super::staff::with;
use crate::support::TestApp;

#[rocket::async_test]
async fn what_people_were_not_content_with_becomes_a_file_of_questions() {
    let app = TestApp::start().await;
    app.campus(&[("visa.md", "# Visa letters\n\nThe office issues visa letters within five days.")]).await;
    let alice = app.user("alice1");
    for (question, reason) in [
        ("How do I get a visa letter?", "not_correct"),
        ("Where is the \"moon\",\nexactly?", "=2+5 it told me nothing"),
        ("When are letters issued?", "helpful"),
        ("How do I get a visa letter?", "not_clear"),
    ] {
        let id = alice.conversation().await;
        alice.ask(&id, question, &[]).await.is(200);
        let answer = alice.messages(&id).await[1]["message"].as_str().unwrap().to_owned();
        let rating = serde_json::json!({
            "userInput": question, "botAnswer": answer, "feedbackReason": reason, "chatHistoryId": id,
        });
        alice.post("/api/feedback", rating).await.is(201);
    }
    let path = "/zh-hans/admin/chat/feedback/questions/";
    for held in [&["chat.view_feedback", "chat.export_feedback"][..], &["chat.export_personal"]] {
        let name = held.last().unwrap().replace('.', "_");
        with(&app, &name, held).await.get(path).await.is(403);
    }
    let measurer = with(&app, "measurer", &["chat.export_feedback", "chat.export_personal"]).await;
    assert!(measurer.get("/en/admin/").await.is(200).text().contains("Questions to measure with"));
    let answer = measurer.get(path).await.is(200);
    assert!(answer.header("Content-Disposition").unwrap().contains(".jsonl"));
    let text = answer.text();
    assert!(!text.contains("alice1"), "{text}");
    let questions = evaluation::parse(&text).unwrap();
    let said: Vec<(&str, Vec<&str>, Option<&str>)> = questions
        .iter()
        .map(|one| {
            (one.question.as_str(), one.documents.iter().map(String::as_str).collect(), one.note.as_deref())
        })
        .collect();
    let expected = [
        ("How do I get a visa letter?", vec!["Visa letters"], Some("not_clear")),
        ("Where is the \"moon\",\nexactly?", vec![], Some("=2+5 it told me nothing")),
    ];
    assert_eq!(said, expected);
    let entries = audit::Entity::find().all(app.app().store.read()).await.unwrap();
    let exports: Vec<_> = entries.iter().filter(|entry| entry.event == "admin.export").collect();
    assert_eq!(exports.len(), 1, "what was refused left nothing");
    assert_eq!(exports[0].account_id, Some(measurer.account.id.0));
}
