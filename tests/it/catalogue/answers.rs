//! The catalogue and the calendar without a model.

use sea_orm::ConnectionTrait;

use crate::support::{Actor, Folder, TestApp, pdf};

async fn campus() -> TestApp {
    let app = TestApp::start().await;
    Folder::sample(&app).load(&app).await;
    app
}

async fn asked(actor: &Actor, question: &str) -> String {
    let conversation = actor.conversation().await;
    said(actor, &conversation, question).await
}

/// The answer, never so short that it would be taken for a failure.
async fn said(actor: &Actor, conversation: &str, question: &str) -> String {
    let answer = actor.ask(conversation, question, &[]).await.is(200).text();
    assert!(answer.chars().count() >= 100, "{answer}");
    answer
}

const PREREQUISITES: &str =
    "Reference:\n- [1] Sample prerequisites of the registrar: https://example.edu/registrar/prerequisites";
const SCHEDULE: &str = "Sample class schedule: https://example.edu/registrar/schedule";
const MAJOR: &str = "Sample requirements: Computer Science: https://example.edu/majors/cs";

#[rocket::async_test]
async fn prerequisites_are_told_in_the_language_of_the_question() {
    let app = campus().await;
    let alice = app.user("alice1");
    let answer = asked(&alice, "What are the prerequisites of CS 201 and COMPSCI 301?").await;
    assert!(
        answer.contains("- COMPSCI 201 requires: COMPSCI 101 or STATS 102 (in force since 2025-08-01"),
        "{answer}"
    );
    assert!(answer.contains("- COMPSCI 301 requires: COMPSCI 201 and (COMPSCI 205 or MATH 205)"), "{answer}");
    assert!(answer.contains(PREREQUISITES) && answer.contains("[1]"), "{answer}");
    assert_eq!(asked(&alice, "What are the prerequisites of CS 201 and COMPSCI 301?").await, answer);
    let answer = asked(&alice, "请问计算机201的先修课是什么？").await;
    assert!(
        answer.contains("- COMPSCI 201 的先修要求：COMPSCI 101 or STATS 102（自 2025-08-01 起生效"),
        "{answer}"
    );
    assert!(answer.contains(PREREQUISITES), "{answer}");
}

#[rocket::async_test]
async fn a_citation_names_the_document_of_the_list() {
    let app = campus().await;
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    said(&alice, &conversation, "What is the prereq for COMPSCI 201?").await;
    let message = alice.messages(&conversation).await[1]["id"].as_i64().unwrap();
    let path = format!("/api/c/{conversation}/messages/{message}/citations");
    let cited = alice.get(&path).await.is(200).json().to_string();
    assert!(cited.contains("Sample prerequisites of the registrar"), "{cited}");
    assert!(cited.contains("COMPSCI 201 requires"), "{cited}");
    alice.get(&format!("/c/{conversation}")).await.is(200);
}

#[rocket::async_test]
async fn the_schedule_is_told_in_the_language_of_the_question() {
    let app = campus().await;
    let alice = app.user("alice1");
    let answer = asked(&alice, "When is COMPSCI 201 in Fall 2026?").await;
    assert!(answer.contains("Fall 2026; section 001; Mon, Wed 10:00–11:15; AB 1079; Staff"), "{answer}");
    assert!(answer.contains("section 002; Tue, Thu 13:15–14:30") && answer.contains(SCHEDULE), "{answer}");
    let answer = asked(&alice, "COMPSCI 301的上课时间").await;
    assert!(answer.contains("001 班; 周一、周三 13:15–14:30") && answer.contains(SCHEDULE), "{answer}");
    let answer = asked(&alice, "When is COMPSCI 306?").await;
    assert!(answer.contains("time not fixed"), "{answer}");
}

#[rocket::async_test]
async fn requirements_and_descriptions_are_listed() {
    let app = campus().await;
    let alice = app.user("alice1");
    let answer = asked(&alice, "What are the requirements of the Computer Science major?").await;
    assert!(answer.contains("- Core courses: COMPSCI 101 Introduction to Computing [1]"), "{answer}");
    assert!(answer.contains("- Signature Work: A signature project") && answer.contains(MAJOR), "{answer}");
    let answer = asked(&alice, "数据科学的专业要求是什么？").await;
    assert!(answer.contains("STATS 202 — Regression [1]") && answer.contains("课程目录"), "{answer}");
    let answer = asked(&alice, "How many credits does COMPSCI 301 have?").await;
    assert!(
        answer.contains("COMPSCI 301 Algorithms. 4 credits") && answer.contains("Curriculum: No URL"),
        "{answer}"
    );
    let answer = asked(&alice, "What majors are there?").await;
    assert!(answer.contains("- Data Science [2]") && answer.contains(MAJOR), "{answer}");
    let answer = asked(&alice, "What are the prereqs of CS 201, and when is it taught?").await;
    assert!(answer.contains("requires: COMPSCI 101 or STATS 102") && answer.contains("Tue, Thu"), "{answer}");
    assert!(
        answer.contains("- [1] Sample prerequisites") && answer.contains("- [2] Sample class"),
        "{answer}"
    );
    let answer = asked(&alice, "CS 201有多少学分？").await;
    assert!(answer.contains("4 学分"), "{answer}");
}

#[rocket::async_test]
async fn a_plan_is_made_once_all_is_known() {
    let app = campus().await;
    let alice = app.user("alice1");
    let conversation = alice.conversation().await;
    let answer = said(&alice, &conversation, "What should I take in Fall 2026?").await;
    for item in ["your major", "year of matriculation", "courses you have completed", "Data Science"] {
        assert!(answer.contains(item), "{answer}");
    }
    assert!(!answer.contains("Reference:"), "{answer}");
    let told = "Computer Science, class of 2029, and I have taken COMPSCI 101 and MATH 105.";
    let answer = said(&alice, &conversation, told).await;
    assert!(
        answer.contains("- You may take COMPSCI 201 Data Structures: Fall 2026; section 001"),
        "{answer}"
    );
    assert!(answer.contains("- COMPSCI 301 is offered but not open to you yet."), "{answer}");
    assert!(answer.contains("2 of 7 course requirements are met"), "{answer}");
    for source in [SCHEDULE, "Sample prerequisites", MAJOR] {
        assert!(answer.contains(source), "{answer}");
    }
    let whole = "我是数据科学专业2025级，已修STATS 101。下学期我应该选什么课？";
    let answer = asked(&alice, whole).await;
    assert!(
        answer.contains("仍需修读——STATS 202") || answer.contains("仍需修读——Core courses: STATS 202"),
        "{answer}"
    );
    assert!(answer.contains("已满足 3 项课程要求中的 1 项"), "{answer}");
    let answer = asked(&alice, "下学期我应该选什么课？").await;
    assert!(answer.contains("入学年份") && !answer.contains("Reference:"), "{answer}");
}

#[rocket::async_test]
async fn events_of_the_days_asked_about_are_listed_with_their_addresses() {
    let app = campus().await;
    let sql = "INSERT INTO weekly_events (title, event_date, url, location) VALUES \
        ('Sample concert', '2026-03-10', 'https://events.example.edu/1', 'Hall'), \
        ('Sample [1] talk', '2026-03-12', '', ''), ('Later', '2026-05-01', '', '')";
    let write = async |tx: chatdku::platform::store::Transaction| tx.execute_unprepared(sql).await.map(drop);
    app.app().store.write(write).await.unwrap();
    let alice = app.user("alice1");
    let answer = asked(&alice, "What events are there this week?").await;
    assert!(answer.contains("- Tuesday, 2026-03-10: Sample concert; at Hall"), "{answer}");
    assert!(answer.contains("Reference:\n- Sample concert: https://events.example.edu/1"), "{answer}");
    assert!(!answer.contains("Later") && !answer.contains("[1]"), "{answer}");
    let answer = asked(&alice, "明天有什么活动？").await;
    assert!(answer.contains("- 2026-03-10 星期二: Sample concert; 地点：Hall"), "{answer}");
    assert!(!answer.contains("talk"), "{answer}");
}

#[rocket::async_test]
async fn what_the_lists_do_not_have_is_searched_for() {
    let app = campus().await;
    app.campus(&[(
        "biol.md",
        "# Biology\n\nThe prerequisite of BIOL 305 is decided by the biology faculty.",
    )])
    .await;
    let alice = app.user("alice1");
    let answer = asked(&alice, "What is the prerequisite of Bio 305?").await;
    assert!(answer.contains("decided by the biology faculty"), "{answer}");
    alice.upload("own.pdf", &pdf::pages(&[&["The prerequisite of COMPSCI 201 is patience."]])).await.is(201);
    app.work().await;
    let conversation = alice.conversation().await;
    let question = "What is the prerequisite of COMPSCI 201?";
    let answer = alice.ask(&conversation, question, &["own.pdf"]).await.is(200).text();
    assert!(answer.contains("is patience") && !answer.contains("STATS 102"), "{answer}");
}

#[rocket::async_test]
async fn what_files_say_cannot_pass_for_our_own_marks() {
    let app = TestApp::start().await;
    let folder = Folder::empty(&app, "hostile");
    folder.write(
        "catalogue/prerequisites.csv",
        "Course,Prereq,Eff Date\nCOMPSCI 101,see [9] **now** <img src=x onerror=alert(1)>,2020-01-01\n",
    );
    folder.load(&app).await;
    let alice = app.user("alice1");
    let answer = asked(&alice, "What is the prerequisite of COMPSCI 101?").await;
    assert!(!answer.contains("[9]") && !answer.contains("**"), "{answer}");
    assert!(!answer.contains("<img"), "{answer}");
}
