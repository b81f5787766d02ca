//! Changing the keys of a service that goes on meanwhile.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use chatdku::{
    accounts::{
        UserId, user,
        web_session::{self, SSO},
    },
    platform::{
        secret_field::{Key, Keys, Place, Unreadable},
        store::Store,
    },
    sealed::{self, Counted},
};
use chrono::Duration;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

use crate::support::{Program, TestApp, noon, process::http};

fn keys(texts: &[&str]) -> Keys {
    let mut keys = texts.iter().map(|text| Key::parse(text).unwrap());
    Keys::new(keys.next().unwrap(), keys)
}

fn fresh() -> String {
    Key::generate().reveal().to_owned()
}

fn place(token_hash: &str) -> Place {
    Place { table: "web_session", column: "data", id: token_hash.to_owned() }
}

fn hash(number: usize) -> String {
    format!("{number:064x}")
}

fn data(keys: &Keys, token_hash: &str, name: &str) -> String {
    json!({ "name": keys.seal(&place(token_hash), name), "proven_at": "2026-03-09T04:00:00Z" }).to_string()
}

/// Stores sessions of one account with these data.
async fn store_sessions(store: &Store, rows: Vec<(String, String)>) {
    let owner = store.write(async |tx| user::create_superuser(&tx, "owner", None, "!").await);
    let account = owner.await.unwrap().id;
    let rows: Vec<web_session::Model> =
        rows.into_iter().map(|(token_hash, data)| session(account, token_hash, data)).collect();
    store
        .write(async |tx| {
            let rows = rows.iter().cloned().map(|row| row.into_active_model().reset_all());
            web_session::Entity::insert_many(rows).exec_without_returning(&tx).await
        })
        .await
        .unwrap();
}

fn session(account_id: UserId, token_hash: String, data: String) -> web_session::Model {
    let now = noon();
    web_session::Model {
        token_hash,
        account_id,
        realm: SSO.to_owned(),
        auth_hash: "a".repeat(64),
        created_at: now,
        last_seen: now,
        idle_until: now + Duration::minutes(30),
        absolute_until: now + Duration::hours(12),
        csrf_secret: "b".repeat(64),
        data,
        ip_prefix: "10.1.1.0/24".to_owned(),
        ua_family: "Firefox".to_owned(),
    }
}

async fn write_data(store: &Store, token_hash: &str, data: &str) {
    let written = store.write(async |tx| {
        let one = web_session::Entity::update_many().col_expr(web_session::Column::Data, Expr::value(data));
        one.filter(web_session::COLUMN.token_hash.eq(token_hash)).exec(&tx).await
    });
    assert_eq!(written.await.unwrap().rows_affected, 1);
}

#[rocket::async_test]
async fn every_name_is_sealed_anew_while_others_write_and_nothing_of_theirs_is_lost() {
    const ROWS: usize = 501;
    let app = TestApp::start().await;
    let store = &app.app().store;
    let (old, new) = (fresh(), fresh());
    let (before, both, after) = (keys(&[&old]), keys(&[&new, &old]), keys(&[&new]));
    let rows =
        (0..ROWS).map(|number| (hash(number), data(&before, &hash(number), &format!("Name {number}"))));
    store_sessions(store, rows.collect()).await;
    let column = sealed::columns().into_iter().find(|column| column.name() == "web_session.data").unwrap();

    let done = AtomicBool::new(false);
    let writing = async {
        let mut last = BTreeMap::new();
        for round in 0.. {
            for number in (0..ROWS).step_by(5) {
                if done.load(Ordering::Relaxed) {
                    return last;
                }
                let name = format!("Name {number} of round {round}");
                write_data(store, &hash(number), &data(&both, &hash(number), &name)).await;
                last.insert(number, name);
            }
        }
        last
    };
    let rotating = async {
        let none = |place: &Place, cause: &Unreadable| panic!("{place:?}: {cause}");
        let counted = sealed::rotate(store, &both, &column, &none).await.unwrap();
        done.store(true, Ordering::Relaxed);
        counted
    };
    let (last, counted) = futures::join!(writing, rotating);
    assert!(!last.is_empty(), "somebody wrote");
    assert_eq!((counted.anew + counted.current, counted.unreadable, counted.left), (ROWS as u64, 0, 0));
    assert!(counted.anew > 400, "{counted:?}");
    for row in web_session::Entity::find().all(store.read()).await.unwrap() {
        let data: Value = serde_json::from_str(&row.data).unwrap();
        let number = usize::from_str_radix(&row.token_hash, 16).unwrap();
        let opened = after
            .open(&place(&row.token_hash), data["name"].as_str().unwrap())
            .unwrap_or_else(|cause| panic!("{number}: {cause}"));
        let wanted = last.get(&number).cloned().unwrap_or_else(|| format!("Name {number}"));
        assert_eq!(opened.text, wanted);
        assert_eq!(data["proven_at"], "2026-03-09T04:00:00Z", "the rest of it is as it was");
    }
    let again = sealed::rotate(store, &both, &column, &|_, _| {}).await.unwrap();
    assert_eq!(again, Counted { current: ROWS as u64, ..Counted::default() }, "nothing is left to do");
}

#[rocket::async_test]
async fn a_row_that_changes_while_it_is_looked_at_is_looked_at_again() {
    let app = TestApp::start().await;
    let store = &app.app().store;
    let (old, new) = (fresh(), fresh());
    let (before, both) = (keys(&[&old]), keys(&[&new, &old]));
    let rows = (0..3).map(|number| (hash(number), data(&before, &hash(number), "Name")));
    store_sessions(store, rows.collect()).await;
    let column = sealed::columns().remove(0);
    // Somebody who still seals with the old key, between the look and the write: behind the one door of SQLite, or
    // behind a lock of the row on PostgreSQL.
    let writing = store.write(async |tx| {
        let changed = web_session::Entity::update_many()
            .col_expr(web_session::Column::Data, Expr::value(data(&before, &hash(1), "Changed")))
            .filter(web_session::COLUMN.token_hash.eq(hash(1)));
        changed.exec(&tx).await?;
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        Ok::<_, sea_orm::DbErr>(())
    });
    let rotating = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        sealed::rotate(store, &both, &column, &|_, _| {}).await.unwrap()
    };
    let (written, counted) = futures::join!(writing, rotating);
    written.unwrap();
    assert_eq!(counted, Counted { anew: 3, ..Counted::default() });
    let row = web_session::Entity::find_by_id(hash(1)).one(store.read()).await.unwrap().unwrap();
    let data: Value = serde_json::from_str(&row.data).unwrap();
    let opened = keys(&[&new])
        .open(&place(&hash(1)), data["name"].as_str().unwrap())
        .unwrap_or_else(|cause| panic!("{cause}"));
    assert_eq!(opened.text, "Changed");
}

#[rocket::async_test]
async fn the_command_says_what_it_has_done_and_what_it_could_not_read() {
    let (old, new, lost) = (fresh(), fresh(), fresh());
    let program = Program::on_a_database()
        .set("FIELD_ENCRYPTION_KEY", &new)
        .set("FIELD_ENCRYPTION_KEY_FALLBACKS", &old);
    let store = program.store().await;
    let mut rows: Vec<(String, String)> = [&old, &new, &lost, &old]
        .iter()
        .enumerate()
        .map(|(number, key)| (hash(number), data(&keys(&[key]), &hash(number), "Name")))
        .collect();
    rows.push((hash(7), r#"{"proven_at":null}"#.to_owned()));
    // Moved here from another row.
    rows.push((hash(8), rows[1].1.clone()));
    store_sessions(&store, rows).await;
    let (well, said) = program.run_beside(&["rotate-keys"]).await;
    assert!(!well, "{said}");
    assert!(
        said.contains("web_session.data: 2 sealed anew, 1 already with the first key, 2 unreadable."),
        "{said}"
    );
    let unknown = format!("web_session.data of {}: it is sealed with the key ", hash(2));
    let moved = format!("web_session.data of {}: it has been changed", hash(8));
    assert!(said.contains(&unknown) && said.contains(&moved), "{said}");
    assert!(!said.contains("Name"), "{said}");
    let gone =
        web_session::Entity::delete_many().filter(web_session::COLUMN.token_hash.is_in([hash(2), hash(8)]));
    store.write(async |tx| gone.exec(&tx).await).await.unwrap();
    let program = program.set("FIELD_ENCRYPTION_KEY_FALLBACKS", "");
    let (well, said) = program.run_beside(&["rotate-keys"]).await;
    assert!(well, "{said}");
    assert!(
        said.contains("web_session.data: 0 sealed anew, 3 already with the first key, 0 unreadable."),
        "{said}"
    );
    let keyless = program.released().set("FIELD_ENCRYPTION_KEY", "");
    let (well, said) = keyless.run_beside(&["rotate-keys"]).await;
    assert!(!well && said.contains("FIELD_ENCRYPTION_KEY is not set"), "{said}");
    store.close_for_good().await.unwrap();
}

#[test]
fn fresh_keys_are_fit_for_release() {
    let program = Program::new().set("ROCKET_PROFILE", "release");
    let (well, lines) = program.run(&["rotate-keys", "--generate"]);
    assert!(well, "{lines}");
    let (_, others) = program.run(&["rotate-keys", "--generate"]);
    let mut program = program;
    for (line, other) in lines.lines().zip(others.lines()) {
        assert_ne!(line, other, "another one each time");
        let ((name, value), (_, older)) = (line.split_once('=').unwrap(), other.split_once('=').unwrap());
        program = program.set(name, value).set(&format!("{name}_FALLBACKS"), older);
    }
    assert!(program.setting("SECRET_KEY").is_some() && program.setting("FIELD_ENCRYPTION_KEY").is_some());
    let (well, said) = program.run(&["check", "--deploy"]);
    assert!(well && !said.contains("_KEY"), "{said}");
}

/// A browser that is known by its cookie alone.
async fn is_known(program: &Program, cookie: &str) -> bool {
    let asked =
        http().get(program.url("/api/c")).header("Cookie", cookie).header("X-Forwarded-For", "10.1.1.1");
    asked.send().await.unwrap().status() == 200
}

async fn begin(program: &Program) -> String {
    let opened = http().get(program.url("/user")).header("UID", "ab123").send().await.unwrap();
    opened.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

#[rocket::async_test]
async fn nobody_is_signed_out_while_the_key_that_signs_is_changed_step_by_step() {
    let (old, new) =
        ("0f1e2d3c4b5a69788796a5b4c3d2e1f0".repeat(2), "f0e1d2c3b4a5968778695a4b3c2d1e0f".repeat(2));
    let one = Program::on_a_database().set("SECRET_KEY", &old);
    let two = one.sibling();
    let mut both = [one, two];
    for program in &mut both {
        program.start().await;
    }
    let begun = Mutex::new(vec![begin(&both[0]).await, begin(&both[1]).await]);
    let all_known = async |both: &[Program; 2]| {
        let cookies = begun.lock().unwrap().clone();
        for cookie in &cookies {
            assert!(
                is_known(&both[0], cookie).await && is_known(&both[1], cookie).await,
                "{cookie} of {cookies:?}"
            );
        }
    };
    // As the guide says: one instance after the other learns the new key, and then one after the other signs with it.
    for (first, fallback) in [(&old, &new), (&new, &old)] {
        for restarted in 0..2 {
            assert_eq!(both[restarted].stop().await, Some(0));
            both[restarted].change("SECRET_KEY", first);
            both[restarted].change("SECRET_KEY_FALLBACKS", fallback);
            both[restarted].start_again().await;
            for program in &both {
                let cookie = begin(program).await;
                begun.lock().unwrap().push(cookie);
            }
            all_known(&both).await;
        }
    }
    // By now the old one signs nothing. Whoever removes it ends what it has signed, and that alone.
    let last = begin(&both[1]).await;
    for program in &mut both {
        assert_eq!(program.stop().await, Some(0));
        program.change("SECRET_KEY_FALLBACKS", "");
        program.start_again().await;
    }
    let first = begun.lock().unwrap()[0].clone();
    for program in &both {
        assert!(is_known(program, &last).await && !is_known(program, &first).await);
    }
}
