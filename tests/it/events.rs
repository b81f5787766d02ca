//! Campus events.

use chatdku::events;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};

use crate::support::TestApp;

async fn seed(app: &TestApp) {
    let rows = [
        ("Open Day", "2026-03-10", "NULL"),
        ("Concert", "2026-03-10", "'19:00:00'"),
        ("Talk", "2026-03-10", "'09:30:00'"),
        ("Fair", "2026-03-12", "'10:00:00'"),
        ("Later", "2026-04-01", "NULL"),
    ];
    app.app()
        .store
        .write(async |tx| {
            for (title, day, start) in rows {
                let sql = format!("INSERT INTO weekly_events (title, event_date, start_time) VALUES ('{title}', '{day}', {start})");
                tx.execute_unprepared(&sql).await?;
            }
            Ok::<_, sea_orm::DbErr>(())
        })
        .await
        .unwrap();
    assert_eq!(events::Entity::find().count(app.app().store.read()).await.unwrap(), 5);
}

#[rocket::async_test]
async fn events_come_by_day_and_time_and_all_day_ones_last() {
    let app = TestApp::start().await;
    seed(&app).await;
    let answer =
        app.user("alice1").get("/api/events?start_date=2026-03-10&end_date=2026-03-12").await.is(200).json();
    let titles: Vec<&str> =
        answer["events"].as_array().unwrap().iter().map(|e| e["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Talk", "Concert", "Open Day", "Fair"]);
    let talk = &answer["events"][0];
    assert_eq!(
        *talk,
        serde_json::json!({ "title": "Talk", "date": "2026-03-10", "start_time": "09:30:00", "end_time": null,
            "location": "", "sponsor": "", "open_to": "", "speaker": "", "url": "" })
    );
}

#[rocket::async_test]
async fn a_range_has_to_be_two_days_within_a_year() {
    let app = TestApp::start().await;
    let alice = app.user("alice1");
    for (query, error) in [
        ("", "Missing start_date or end_date"),
        ("?start_date=2026-03-10", "Missing start_date or end_date"),
        ("?start_date=2026-03-10&end_date=", "Missing start_date or end_date"),
        ("?start_date=10.3.2026&end_date=2026-03-12", "Invalid date format, use YYYY-MM-DD"),
        ("?start_date=2026-3-1&end_date=2026-03-12", "Invalid date format, use YYYY-MM-DD"),
        ("?start_date=2026-02-30&end_date=2026-03-12", "Invalid date format, use YYYY-MM-DD"),
        ("?start_date=2025-01-01&end_date=2026-03-12", "The range is longer than 366 days"),
    ] {
        let answer = alice.get(&format!("/api/events{query}")).await.is(400);
        assert_eq!(answer.json()["error"], error, "{query}");
    }
}
