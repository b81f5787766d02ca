//! Local accounts, permissions, groups: what the dashboard keeps them with.

use std::collections::HashSet;

use chatdku::accounts::{
    content_type, group,
    group::{STARTERS, Starter},
    local::{self, Refused},
    password_policy::Problem,
    permission::{self, Seed, Seeded},
    user::{self, UserId},
    web_session,
};
use sea_orm::{ActiveModelTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set};

use crate::support::{
    TestApp,
    staff::{PASSWORD, reload, sign_in, superuser},
};

fn codes(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

/// A program whose permissions and groups were never seeded.
async fn unseeded() -> TestApp {
    let app = TestApp::start().await;
    let emptied = app.app().store.write(async |tx| {
        group::granted::Entity::delete_many().exec(&tx).await?;
        group::Entity::delete_many().exec(&tx).await?;
        permission::Entity::delete_many().exec(&tx).await?;
        content_type::Entity::delete_many().exec(&tx).await
    });
    emptied.await.unwrap();
    app
}

async fn seeded(app: &TestApp, model: (&str, &str, &str), codenames: &[&str]) -> Seeded {
    let codenames = codes(codenames);
    let (app_label, name, label) = model;
    let seeds = [Seed { app: app_label, model: name, model_label: label, codenames: &codenames }];
    app.app().store.write(async |tx| permission::seed(&tx, &seeds).await).await.unwrap()
}

async fn permissions(app: &TestApp) -> Vec<permission::Model> {
    let all = permission::Entity::find().order_by_asc(permission::Column::Id);
    all.all(app.app().store.read()).await.unwrap()
}

const USERS: (&str, &str, &str) = ("core", "usermodel", "user");
const FEEDBACK: (&str, &str, &str) = ("chat", "feedback", "feedback");

#[rocket::async_test]
async fn a_staff_account_is_made_without_rights() {
    let app = TestApp::start().await;
    let store = &app.app().store;
    let hash = local::hashed(&app.app().hasher, "reviewer", None, PASSWORD.to_owned()).await.unwrap();
    let made = store.write(async |tx| local::create(&tx, " reviewer ", Some(hash)).await).await.unwrap();
    assert_eq!(made.username, "reviewer");
    assert!(made.is_active && made.is_staff && !made.is_superuser && !made.is_admin);
    assert!(permission::held(store.read(), &made).await.unwrap().is_empty());
    sign_in(&app, &app.stranger(), "reviewer", PASSWORD).await.unwrap();

    let without = store.write(async |tx| local::create(&tx, "later", None).await).await.unwrap();
    assert!(!without.has_usable_password() && without.is_local());
    sign_in(&app, &app.stranger(), "later", "").await.expect_err("no password to sign in with");

    let create = async |name: &str| {
        store.write(async |tx| local::create(&tx, name, None).await).await.expect_err("refused")
    };
    assert!(matches!(create("REVIEWER").await, Refused::Taken));
    assert!(matches!(create("").await, Refused::Name));
    assert!(matches!(create(&"ab".repeat(32)).await, Refused::LikeCampus));
}

#[rocket::async_test]
async fn a_new_password_breaks_no_rule_and_ends_the_sessions() {
    let app = TestApp::start().await;
    let root = superuser(&app, "root1").await;
    sign_in(&app, &app.stranger(), "root1", PASSWORD).await.unwrap();
    let (store, hasher) = (&app.app().store, &app.app().hasher);
    match local::hashed(hasher, "root1", None, "root1".to_owned()).await {
        Err(Refused::Password(problems)) => {
            assert_eq!(problems, [Problem::Short, Problem::LikeName]);
        }
        other => panic!("{other:?}"),
    }
    let hash = local::hashed(hasher, "root1", None, "amber window 9 reef".to_owned()).await.unwrap();
    store.write(async |tx| local::set_password(&tx, &root, &hash).await).await.unwrap();
    assert_eq!(web_session::Entity::find().count(store.read()).await.unwrap(), 0);
    sign_in(&app, &app.stranger(), "root1", "amber window 9 reef").await.unwrap();

    store.write(async |tx| local::disable_password(&tx, &root).await).await.unwrap();
    assert!(!reload(&app, &root).await.has_usable_password());
    assert_eq!(web_session::Entity::find().count(store.read()).await.unwrap(), 0);
    sign_in(&app, &app.stranger(), "root1", "amber window 9 reef").await.expect_err("disabled");
}

#[rocket::async_test]
async fn a_campus_account_gets_no_password() {
    let app = TestApp::start().await;
    app.user("alice1").get("/user/upload").await.is(200);
    let store = &app.app().store;
    let alice =
        user::Entity::find().order_by_desc(user::Column::Id).one(store.read()).await.unwrap().unwrap();
    assert!(!alice.is_local());
    let given = store.write(async |tx| local::set_password(&tx, &alice, "argon2$x").await).await;
    assert!(matches!(given, Err(Refused::Unknown)));
    app.user("alice1").get("/user").await.is(200);
}

#[rocket::async_test]
async fn permissions_are_named_as_django_names_them_and_seeded_once() {
    let app = unseeded().await;
    let wanted = ["view_usermodel", "add_usermodel", "export_usermodel", "export_personal"];
    assert_eq!(seeded(&app, USERS, &wanted).await, Seeded { added: 4, first: true });
    let made = permissions(&app).await;
    let names: Vec<&str> = made.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["Can view user", "Can add user", "Can export user", "Can export personal"]);
    assert_eq!(seeded(&app, USERS, &wanted).await, Seeded { added: 0, first: false });
    assert_eq!(permissions(&app).await, made);
    let later = seeded(&app, USERS, &["view_usermodel", "export_usermodel", "print_usermodel"]).await;
    assert_eq!(later, Seeded { added: 1, first: false }, "a new one does not make it the first time again");
    assert_eq!(permissions(&app).await.len(), 5, "nothing is deleted");
}

#[rocket::async_test]
async fn the_rows_of_the_django_service_are_kept() {
    let app = unseeded().await;
    let store = &app.app().store;
    store
        .write(async |tx| {
            let model = content_type::ActiveModel {
                app_label: Set("core".to_owned()),
                model: Set("usermodel".to_owned()),
                ..Default::default()
            };
            let model = model.insert(&tx).await?;
            let row = permission::ActiveModel {
                name: Set("Can add user model".to_owned()),
                content_type_id: Set(model.id),
                codename: Set("add_usermodel".to_owned()),
                ..Default::default()
            };
            row.insert(&tx).await
        })
        .await
        .unwrap();
    let added = seeded(&app, USERS, &["add_usermodel", "export_usermodel"]).await;
    assert_eq!(added, Seeded { added: 1, first: true });
    let names: Vec<String> = permissions(&app).await.into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["Can add user model", "Can export user"]);
}

async fn give(app: &TestApp, account: UserId, permission: i32) {
    let given = permission::granted::ActiveModel {
        usermodel_id: Set(account),
        permission_id: Set(permission),
        ..Default::default()
    };
    app.app().store.write(async |tx| given.insert(&tx).await).await.unwrap();
}

async fn join(app: &TestApp, account: UserId, group: i32) {
    let joined = group::membership::ActiveModel {
        usermodel_id: Set(account),
        group_id: Set(group),
        ..Default::default()
    };
    app.app().store.write(async |tx| joined.insert(&tx).await).await.unwrap();
}

async fn group_named(app: &TestApp, name: &str) -> Option<group::Model> {
    let named = group::Entity::find().filter(group::COLUMN.name.eq(name));
    named.one(app.app().store.read()).await.unwrap()
}

#[rocket::async_test]
async fn an_account_holds_what_it_was_given_and_what_its_groups_lend() {
    let app = unseeded().await;
    let store = &app.app().store;
    seeded(&app, USERS, &["view_usermodel", "add_usermodel"]).await;
    seeded(&app, FEEDBACK, &["view_feedback", "change_feedback", "export_feedback"]).await;
    let starters =
        [Starter { name: "Readers", codenames: &["view_feedback", "view_usermodel", "view_nothing"] }];
    store.write(async |tx| group::seed(&tx, &starters).await).await.unwrap();
    let readers = group_named(&app, "Readers").await.expect("the group").id;
    let id_of = async |code: &str| {
        permissions(&app).await.into_iter().find(|row| row.codename == code).expect("the permission").id
    };
    let (ana, other) = (
        store.write(async |tx| local::create(&tx, "ana", None).await).await.unwrap(),
        store.write(async |tx| local::create(&tx, "other", None).await).await.unwrap(),
    );
    give(&app, ana.id, id_of("change_feedback").await).await;
    give(&app, ana.id, id_of("view_feedback").await).await;
    give(&app, other.id, id_of("add_usermodel").await).await;
    join(&app, ana.id, readers).await;
    let set = |names: &[&str]| codes(names).into_iter().collect::<HashSet<String>>();
    let held = permission::held(store.read(), &ana).await.unwrap();
    assert_eq!(held, set(&["chat.change_feedback", "chat.view_feedback", "core.view_usermodel"]));
    let inactive = user::Model { is_active: false, ..ana };
    assert!(permission::held(store.read(), &inactive).await.unwrap().is_empty());
    let lent = permission::lent_by(store.read(), &[readers]).await.unwrap();
    assert_eq!(lent, set(&["chat.view_feedback", "core.view_usermodel"]));
    let named = permission::named(store.read(), &[id_of("add_usermodel").await]).await.unwrap();
    assert_eq!(named, set(&["core.add_usermodel"]));
}

#[rocket::async_test]
async fn a_group_that_was_changed_or_deleted_stays_so() {
    let app = unseeded().await;
    let store = &app.app().store;
    let start = async || {
        let codenames = codes(&["view_feedback", "export_feedback"]);
        let seeds = [Seed { app: "chat", model: "feedback", model_label: "feedback", codenames: &codenames }];
        store
            .write(async |tx| {
                if permission::seed(&tx, &seeds).await?.first {
                    group::seed(&tx, &STARTERS).await?;
                }
                Ok::<_, sea_orm::DbErr>(())
            })
            .await
            .unwrap();
    };
    let reviewers = group::ActiveModel { name: Set("Feedback reviewers".to_owned()), ..Default::default() };
    let reviewers = store.write(async |tx| reviewers.insert(&tx).await).await.unwrap();
    start().await;
    for starter in STARTERS {
        assert!(group_named(&app, starter.name).await.is_some(), "{}", starter.name);
    }
    assert!(
        permission::lent_by(store.read(), &[reviewers.id]).await.unwrap().is_empty(),
        "a group that somebody made is theirs"
    );
    let auditors = group_named(&app, "Auditors").await.unwrap();
    store
        .write(async |tx| {
            group::granted::Entity::delete_many().exec(&tx).await?;
            group::Entity::delete_by_id(auditors.id).exec(&tx).await
        })
        .await
        .unwrap();
    start().await;
    assert!(group_named(&app, "Auditors").await.is_none());
}

#[rocket::async_test]
async fn accounts_are_closed_and_opened_together() {
    let app = TestApp::start().await;
    let store = &app.app().store;
    let (one, two) = (superuser(&app, "root1").await, superuser(&app, "root2").await);
    let kept = superuser(&app, "root3").await;
    for name in ["root1", "root2", "root3"] {
        sign_in(&app, &app.stranger(), name, PASSWORD).await.unwrap();
    }
    let ids = [one.id, two.id];
    let set = async |active| store.write(async |tx| user::set_active(&tx, &ids, active).await).await.unwrap();
    assert_eq!(set(false).await, 2);
    assert_eq!(set(false).await, 0, "they are closed already");
    assert!(!reload(&app, &one).await.is_active && reload(&app, &kept).await.is_active);
    assert_eq!(set(true).await, 2);
    let left = web_session::Entity::find().all(store.read()).await.unwrap();
    assert_eq!(left.len(), 1, "an account that is opened again begins without sessions");
    assert_eq!(left[0].account_id, kept.id);
    let many: Vec<UserId> = (0..2500).map(UserId).chain([kept.id]).collect();
    let ended = store.write(async |tx| web_session::end_all_of_many(&tx, &many).await).await.unwrap();
    assert_eq!(ended, 1);
}

#[rocket::async_test]
async fn superusers_are_counted_who_can_sign_in() {
    let app = TestApp::start().await;
    let store = &app.app().store;
    let before = user::superusers_besides(store.read(), &[]).await.unwrap();
    let (one, two) = (superuser(&app, "root1").await, superuser(&app, "root2").await);
    store.write(async |tx| local::create(&tx, "reviewer", None).await).await.unwrap();
    let count = async |besides: &[UserId]| {
        store.write(async |tx| user::superusers_besides(&tx, besides).await).await.unwrap() - before
    };
    assert_eq!(count(&[]).await, 2);
    assert_eq!(count(&[one.id]).await, 1);
    store.write(async |tx| local::disable_password(&tx, &two).await).await.unwrap();
    assert_eq!(count(&[one.id]).await, 0);
    store.write(async |tx| user::set_active(&tx, &[one.id], false).await).await.unwrap();
    assert_eq!(count(&[]).await, 0);
}
