//! What is kept, and how: no secret in the clear anywhere, and nothing once the account is gone.

use chatdku::{
    accounts::second_factor::{factor, recovery_code},
    erasure::{self, Rows},
    platform::audit,
};
use sea_orm::{EntityTrait, FromQueryResult, PaginatorTrait, Statement};

use super::{Visitor, protected, with_address};
use crate::{
    dashboard::staff::owner,
    support::{
        TestApp,
        staff::{PASSWORD, superuser},
    },
};

/// Everything in the database that has to do with accounts, as it would be read by a thief.
async fn stolen(app: &TestApp) -> String {
    let db = app.app().store.read();
    let mut all = String::new();
    for table in
        ["second_factor", "recovery_code", "audit_entry", "mail", "job", "web_session", "sign_in_failure"]
    {
        let rows = Statement::from_string(db.get_database_backend(), format!("SELECT * FROM {table}"));
        let rows = serde_json::Value::find_by_statement(rows).all(db).await.unwrap();
        all.push_str(&format!("{rows:?}\n"));
    }
    all
}

#[rocket::async_test]
async fn no_secret_and_no_code_is_kept_in_the_clear() {
    let app = TestApp::start().await;
    let account = superuser(&app, "root1").await;
    let person = super::turned_on(&app, with_address(&app, &account).await).await;
    let visitor = Visitor::new(&app);
    visitor.password("root1", PASSWORD).await.is(302);
    let used = person.code(0);
    visitor.code("000000").await.is(200);
    visitor.code(&used).await.is(302);
    visitor.step("codes", &[("_password", PASSWORD), ("_recovery_code", &person.codes[0])]).await.is(200);
    app.work().await;
    let row = factor::confirmed(app.app().store.read(), account.id).await.unwrap().unwrap();
    assert!(!row.secret.is_empty());
    let mut texts = vec![stolen(&app).await, format!("{row:?}")];
    for file in walkdir::WalkDir::new(app.folder()).into_iter().map(Result::unwrap) {
        if file.file_type().is_file() {
            texts.push(String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()).into_owned());
        }
    }
    assert!(texts[0].contains("root1"), "the rows are there to be looked at");
    let mut secrets = vec![person.key.text().to_string(), person.key.grouped(), PASSWORD.to_owned()];
    for code in &person.codes {
        secrets.extend([code.clone(), code.replace('-', "")]);
    }
    for secret in secrets {
        assert!(texts.iter().all(|text| !text.contains(&secret)), "{secret} is kept in the clear");
    }
    let entries = audit::Entity::find().all(app.app().store.read()).await.unwrap();
    assert!(entries.iter().all(|entry| !entry.detail.contains(&used)));
}

#[rocket::async_test]
async fn nothing_is_left_of_it_when_the_account_is_removed() {
    let app = TestApp::start().await;
    let chief = owner(&app).await;
    let (one, two) = (protected(&app, "root1").await, protected(&app, "root2").await);
    let kept = protected(&app, "root3").await;
    let db = app.app().store.read();
    let path = format!("/en/admin/core/usermodel/{}/delete/", one.account.id.0);
    chief.post(&path, &[("post", "yes")]).await.is(302);
    let (now, ids) = (app.clock.now(), [two.account.id]);
    let store = &app.app().store;
    store.write(async |tx| erasure::erase(&tx, now, &ids, Rows::Kept).await).await.unwrap();
    assert_eq!(
        factor::Entity::find().count(db).await.unwrap(),
        2,
        "who can sign in keeps what protects that"
    );
    store.write(async |tx| erasure::erase(&tx, now, &ids, Rows::Removed).await).await.unwrap();
    let left = factor::Entity::find().all(db).await.unwrap();
    assert_eq!(left.iter().map(|row| row.account_id).collect::<Vec<_>>(), [kept.account.id]);
    let codes = recovery_code::Entity::find().all(db).await.unwrap();
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.account_id == kept.account.id));
}

#[rocket::async_test]
async fn a_copied_secret_is_none_in_another_row() {
    use sea_orm::{ActiveModelTrait, Set};
    let app = TestApp::start().await;
    let (one, two) = (protected(&app, "root1").await, protected(&app, "root2").await);
    let db = app.app().store.read();
    let row = factor::confirmed(db, one.account.id).await.unwrap().unwrap();
    let moved = factor::ActiveModel {
        account_id: Set(two.account.id),
        secret: Set(row.secret),
        ..Default::default()
    };
    app.app().store.write(async |tx| moved.update(&tx).await).await.unwrap();
    let visitor = Visitor::new(&app);
    visitor.password("root2", PASSWORD).await.is(302);
    // An operator has to see to it; nobody comes in.
    visitor.code(&one.code(0)).await.is(500);
    assert!(!visitor.is_inside().await);
    // Recovery codes need no key.
    visitor.code(&two.codes[0]).await.is(302);
    assert!(visitor.is_inside().await);
}
