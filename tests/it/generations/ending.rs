//! What ends an answer before its model does.

use std::time::{Duration, Instant};

use chatdku::{
    accounts::{UserId, user},
    erasure::{self, Rows},
};
use sea_orm::{DbErr, EntityTrait};

use super::{PATIENCE, QUESTION, model, question, stopped_within};
use crate::support::TestApp;

async fn accounts(app: &TestApp) -> Vec<UserId> {
    let all = user::Entity::find().all(app.app().store.read()).await.unwrap();
    all.into_iter().map(|account| account.id).collect()
}

#[rocket::async_test]
async fn an_answer_ends_with_its_account() {
    for ending in ["closed", "removed"] {
        let model = model(600, Duration::from_millis(50)).await;
        let app = TestApp::with("LLM_BASE_URL", &model.url()).start().await;
        let alice = app.user("alice1");
        let id = alice.conversation().await;
        alice.post(&format!("/api/c/{id}/ask"), question(QUESTION)).await.is(202);
        let began = Instant::now();
        while model.requests().is_empty() {
            assert!(began.elapsed() < PATIENCE, "the model was not asked");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let (ids, now) = (accounts(&app).await, app.clock.now());
        let ended = app.app().store.write(async |tx| {
            match ending {
                "closed" => user::set_active(&tx, &ids, false).await.map(drop)?,
                _ => erasure::erase(&tx, now, &ids, Rows::Removed).await?,
            }
            Ok::<_, DbErr>(())
        });
        ended.await.unwrap();
        let began = Instant::now();
        while model.left().is_empty() {
            assert!(began.elapsed() < PATIENCE, "{ending}: the model goes on");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(model.left()[0] - began < stopped_within(), "{ending}");
        let began = Instant::now();
        while app.app().runs.under_way() > 0 {
            assert!(began.elapsed() < PATIENCE, "{ending}: it goes on");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
