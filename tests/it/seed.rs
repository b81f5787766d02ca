//! The command that fills a database with made-up conversations.

use chatdku::{
    accounts::user,
    chat::{figures, tables},
    platform::{clock::Clock, grid::Grid, store::Store},
};
use chrono_tz::Asia::Shanghai;
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::support::Program;

#[rocket::async_test]
async fn a_database_is_filled_as_asked_and_never_by_accident() {
    let program = Program::on_a_database();
    let seed = ["seed", "--messages", "1003", "--conversations", "100", "--users", "7"];
    let (well, said) = program.run(&seed);
    assert!(well && said.contains("1003 messages in 100 conversations of 7 people."), "{said}");
    let store: Store = program.store().await;
    let db = store.read();
    let counted = async || {
        (
            tables::Message::find().count(db).await.unwrap(),
            tables::Conversation::find().count(db).await.unwrap(),
            user::Entity::find().count(db).await.unwrap(),
        )
    };
    assert_eq!(counted().await, (1003, 100, 7));
    let answers = tables::Trace::find().count(db).await.unwrap();
    assert!((450..=501).contains(&answers) && tables::Feedback::find().count(db).await.unwrap() > 3);
    let days = Grid::days(Clock::system().now(), Shanghai, 91);
    let asked = figures::asked(db, &days).await.unwrap();
    let questions: i64 = asked.iter().map(|day| day.questions).sum();
    assert_eq!(questions.cast_unsigned(), 1003 - answers);
    assert!(asked[1..90].iter().all(|day| day.questions > 0), "{asked:?}");
    let (well, said) = program.run(&seed);
    assert!(!well && said.contains("--force"), "{said}");
    let (well, said) = program.run(&[&seed[..], &["--force"]].concat());
    assert!(well, "{said}");
    assert_eq!(counted().await, (2006, 200, 7));
    store.close_for_good().await.unwrap();
}
