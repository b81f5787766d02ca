//! What the report says, to whom, and how often.

use chatdku::{digests, mail::outbox};
use chrono::Duration;
use scraper::{Html, Selector};
use sea_orm::EntityTrait;

use super::{a_week_later, answers, page::assert_ours, report, say, theme, themes, with_model, with_reader};
use crate::support::TestApp;

/// The cells of a page's rows, for those tables that are no layout.
fn tables(html: &str) -> Vec<Vec<String>> {
    let (rows, cells) =
        (Selector::parse("table:not([role]) tr").unwrap(), Selector::parse("td, th").unwrap());
    let text = |cell: scraper::ElementRef<'_>| cell.text().collect::<String>().trim().to_owned();
    Html::parse_document(html).select(&rows).map(|row| row.select(&cells).map(text).collect()).collect()
}

#[rocket::async_test]
async fn opinions_are_counted_by_kind_in_two_periods_of_thirty_days() {
    let app = with_reader().start().await;
    say(&app, "Too old to count?", "Yes.", "not_clear").await;
    app.clock.advance(Duration::days(31));
    for reason in ["helpful", "not_correct"] {
        say(&app, "Before?", "Yes.", reason).await;
    }
    app.clock.advance(Duration::days(30));
    for reason in
        ["helpful", "helpful", "not_correct", "not_relevant", "it is late", "out of date", "it is late"]
    {
        say(&app, &format!("Is {reason} so?"), "Yes.", reason).await;
    }
    let mail = report(&app).await;
    let html = mail.html.unwrap();
    assert_ours(&html);
    let rows = tables(&html);
    for row in [
        ["Helpful", "2", "1"],
        ["Not correct", "1", "1"],
        ["Not clear", "0", "0"],
        ["Not relevant", "1", "0"],
        ["In their own words", "3", "0"],
    ] {
        assert!(rows.contains(&row.map(str::to_owned).to_vec()), "{row:?} in {rows:?}");
        assert!(mail.text.contains(&format!("{}: {} (Before: {})", row[0], row[1], row[2])), "{}", mail.text);
    }
    assert!(mail.text.contains("7 opinions; 2 in as many days before."), "{}", mail.text);
    // Who is content needs no example; what is said twice is quoted once.
    assert!(!mail.text.contains("Is helpful so?") && !mail.text.contains("Before?"));
    assert_eq!(mail.text.matches("it is late | Is it is late so?").count(), 1);
    assert!(mail.text.contains("There are no results of a load test."));
}

#[rocket::async_test]
async fn the_model_sorts_complaints_and_quotes_by_their_numbers() {
    let text = themes(&[
        theme("Out of date", "Dates of last year are given.", &[1, 3]),
        theme("Wrong office", "The registrar is named for everything.", &[2]),
    ]);
    let (app, model) = with_model(vec![answers(&format!("```json\n{text}\n```"))]).await;
    say(&app, "When is the deadline?", "On May 1.", "this is last year's date").await;
    say(&app, "Who repairs my window?", "The registrar.", "not_correct").await;
    say(&app, "When does the library open?", "At noon.", "wrong year").await;
    say(&app, "Thanks?", "You are welcome.", "helpful").await;
    let mail = report(&app).await;
    let html = mail.html.unwrap();
    assert_ours(&html);
    for text in [&mail.text, &html] {
        assert!(text.contains("Out of date") && text.contains("The registrar is named for everything."));
        assert!(text.contains("Phrased by the language model"));
    }
    let asked = model.requests();
    let material = asked[0]["messages"][1]["content"].as_str().unwrap();
    assert_eq!(material.lines().count(), 5, "{material}");
    assert!(material.contains("\"complaint\":\"wrong year\"") && !material.contains("Thanks?"));
    let rules = asked[0]["messages"][0]["content"].as_str().unwrap();
    assert!(rules.contains(material.lines().next().unwrap()));
}

#[rocket::async_test]
async fn nobody_can_be_recognised_in_it_by_a_netid_an_address_or_a_number() {
    let said = themes(&[theme("Alice1", "ab123 and ALICE1 complain.", &[1])]);
    let (app, model) = with_model(vec![answers(&said)]).await;
    app.user("ab123").get("/api/c").await.is(200);
    say(&app, "I am alice1 (or ab123@duke.edu), why is my GPA 3.2?", "Ask alice1.", "not_correct").await;
    say(&app, "我是ab123，电话13800000000，学号2024001，请帮帮我", "好。", "AB123 says no: ab123!").await;
    let mail = report(&app).await;
    let asked = model.requests()[0].to_string();
    for text in [&mail.text, &mail.html.unwrap(), &asked] {
        let lower = text.to_lowercase();
        for secret in ["alice1", "ab123", "13800000000", "2024001", "duke.edu"] {
            assert!(!lower.contains(secret), "{secret} in {text}");
        }
    }
    assert!(mail.text.contains("I am [NetID] (or [address]), why is my GPA 3.2?"), "{}", mail.text);
    assert!(mail.text.contains("我是[NetID],电话[number],学号[number],请帮帮我"), "{}", mail.text);
}

#[rocket::async_test]
async fn everybody_gets_one_report_a_week() {
    let app = TestApp::with("EMAIL_TO", r#"["one@example.edu", "two@example.edu"]"#).start().await;
    let racing = (0..4).map(|_| digests::weekly_report(app.app()));
    let written: usize = futures::future::join_all(racing)
        .await
        .into_iter()
        .map(|mails| mails.map_or(0, |mails| mails.len()))
        .sum();
    assert_eq!(written, 2);
    assert_eq!(app.work().await, 2);
    app.clock.advance(Duration::days(1));
    assert!(digests::weekly_report(app.app()).await.unwrap().is_empty());
    a_week_later(&app).await;
    assert_eq!(digests::weekly_report(app.app()).await.unwrap().len(), 2);
    app.work().await;
    let mails = outbox::Entity::find().all(app.app().store.read()).await.unwrap();
    assert_eq!(mails.iter().filter(|mail| mail.recipient == "one@example.edu").count(), 2);
}

#[rocket::async_test]
async fn the_table_is_the_newest_that_can_be_read_and_its_words_are_not_believed() {
    let app = with_reader().start().await;
    let folder = app.app().config.load_test.folder.clone();
    std::fs::create_dir_all(&folder).unwrap();
    let head = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,95%";
    let old = "GET,/old,1,0,1,1,1\n,Aggregated,1,0,1,1,1\n";
    let new = "GET,\"<a href=\"\"https://evil.example\"\">x</a>\",10,0,20,21.5,30\n\
               POST,/api/chat,200,5,900,1234.5,2400\n,Aggregated,210,5,850,1100.2,2300\n";
    for (name, lines) in [("old_stats.csv", old), ("new_stats.csv", new)] {
        std::fs::write(folder.join(name), format!("{head}\n{lines}")).unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    std::fs::write(folder.join("broken_stats.csv"), "nothing of a table").unwrap();
    std::fs::write(folder.join("notes.txt"), "not ours").unwrap();
    let html = report(&app).await.html.unwrap();
    assert_ours(&html);
    let rows = tables(&html);
    for row in [
        ["POST /api/chat", "200", "5 (2.5 %)", "1.2 s", "2.4 s"],
        ["All", "210", "5 (2.4 %)", "1.1 s", "2.3 s"],
    ] {
        assert!(rows.contains(&row.map(str::to_owned).to_vec()), "{row:?} in {rows:?}");
    }
    assert!(!html.contains("/old"));
}
