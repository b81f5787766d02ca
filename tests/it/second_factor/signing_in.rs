//! Signing in with a code, and what does not let anybody in.

use chatdku::accounts::{local, user};
use chrono::Duration;
use sea_orm::Set;

use super::{AGAIN, CODE, LOGIN, Visitor, audited, protected, texts, texts_of};
use crate::support::{
    TestApp,
    staff::{PASSWORD, change, superuser},
};

#[rocket::async_test]
async fn a_code_is_asked_for_after_a_right_password_and_then_only() {
    let app = TestApp::start().await;
    let person = protected(&app, "root1").await;
    superuser(&app, "root2").await;
    let visitor = Visitor::new(&app);
    visitor.get(CODE).await.is(302);
    // What a wrong password is told is the same with a factor and without.
    let told = async |name| {
        let answer = visitor.password(name, "a guess").await;
        (answer.status.code, texts(&answer.text(), ".errors"), visitor.cookie("second_step"))
    };
    assert_eq!(told("root1").await, told("root2").await);
    assert_eq!(told("root1").await.2, None);

    visitor.get(&format!("{LOGIN}?next=/en/admin/auth/group/")).await.is(200);
    let fields = [("username", "root1"), ("password", PASSWORD), ("next", "/en/admin/auth/group/")];
    let sent = visitor.post(LOGIN, &fields).await.is(302);
    let page = sent.header("Location").unwrap().to_owned();
    assert_eq!(page, format!("{CODE}?next=%2Fen%2Fadmin%2Fauth%2Fgroup%2F"));
    assert_eq!(visitor.cookie("sessionid"), None, "no session yet");
    assert!(!visitor.is_inside().await);
    let form = visitor.get(&page).await.is(200).text();
    assert!(!form.contains("root1"), "it does not say whose code it wants");
    for (attribute, value) in [("inputmode", "numeric"), ("autocomplete", "one-time-code")] {
        assert_eq!(texts_of(&form, "input[name=_code]", attribute), [value]);
    }
    let next = texts_of(&form, "input[name=next]", "value").pop().unwrap();
    let empty = visitor.post(CODE, &[("next", &next)]).await.is(200).text();
    assert_eq!(texts(&empty, ".errors"), ["Enter a code, or a recovery code."]);
    let entered = visitor.post(CODE, &[("_code", &person.code(0)), ("next", &next)]).await.is(302);
    assert_eq!(entered.header("Location"), Some("/en/admin/auth/group/"));
    assert!(visitor.is_inside().await);
    assert_eq!(visitor.cookie("second_step"), None, "its work is done");
    visitor.get(CODE).await.is(302);
}

#[rocket::async_test]
async fn a_cookie_of_the_second_step_is_out_of_reach_of_scripts_and_other_sites() {
    let app = TestApp::start().await;
    protected(&app, "root1").await;
    let answer = Visitor::new(&app).password("root1", PASSWORD).await;
    let set = answer.headers.iter().map(|(_, value)| value).find(|value| value.starts_with("second_step="));
    let set = set.expect("the cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Max-Age=300", "Path=/"] {
        assert!(set.contains(part), "{set}");
    }
}

#[rocket::async_test]
async fn a_code_is_good_once() {
    let app = TestApp::start().await;
    let person = protected(&app, "root1").await;
    let code = person.code(0);
    let (first, second) = (Visitor::new(&app), Visitor::new(&app));
    first.password("root1", PASSWORD).await.is(302);
    first.code(&code).await.is(302);
    second.password("root1", PASSWORD).await.is(302);
    let refused = second.code(&code).await.is(200).text();
    assert!(refused.contains("has been used already"));
    assert!(!second.is_inside().await);
    // Nor for a step that asks for one again.
    first.step("off", &[("_password", PASSWORD), ("_code", &code)]).await.is(200);
    second.code(&person.code(1)).await.is(302);
    let older = Visitor::new(&app);
    older.password("root1", PASSWORD).await.is(302);
    older.code(&person.code(-1)).await.is(200);
    assert!(!older.is_inside().await, "one from before the last one that was used");
}

#[rocket::async_test]
async fn a_code_next_to_now_is_good_and_one_further_away_is_not() {
    let app = TestApp::start().await;
    let person = protected(&app, "root1").await;
    for (away, good) in [(-2, false), (2, false), (-1, true), (0, true), (1, true)] {
        let visitor = Visitor::new(&app);
        visitor.password("root1", PASSWORD).await.is(302);
        let status = visitor.code(&person.code(away)).await.status.code;
        assert_eq!((status, visitor.is_inside().await), (if good { 302 } else { 200 }, good), "{away}");
    }
}

#[rocket::async_test]
async fn a_recovery_code_is_good_once_however_it_is_typed() {
    let app = TestApp::start().await;
    let person = protected(&app, "root1").await;
    let typed = format!(" {} ", person.codes[3].to_uppercase().replace('-', " "));
    for good in [true, false] {
        let visitor = Visitor::new(&app);
        visitor.password("root1", PASSWORD).await.is(302);
        visitor.get(CODE).await.is(200);
        visitor.post(CODE, &[("_code", ""), ("_recovery_code", &typed)]).await;
        assert_eq!(visitor.is_inside().await, good);
    }
    let used = audited(&app, "second_factor.recovery_code_used").await;
    assert_eq!((used.len(), used[0].account_id), (1, Some(person.account.id.0)));
    let page = person.visitor.get(super::PAGE).await.is(200).text();
    assert!(page.contains("You have 9 recovery codes left."));
    // Another account's are nothing here.
    let other = protected(&app, "root2").await;
    let visitor = Visitor::new(&app);
    visitor.password("root1", PASSWORD).await.is(302);
    visitor.code(&other.codes[0]).await.is(200);
    assert!(!visitor.is_inside().await);
}

#[rocket::async_test]
async fn wrong_codes_wait_as_wrong_passwords_do_whoever_knows_the_password() {
    let app = TestApp::start().await;
    let person = protected(&app, "root1").await;
    let guesser = Visitor::from(&app, "198.51.100.7");
    let mut wrong = 0;
    // The password is right each time, and that forgives nothing.
    for _ in 0..5 {
        guesser.password("root1", PASSWORD).await.is(302);
        guesser.code("000000").await.is(200);
        wrong += 1;
    }
    let held_up = guesser.code(&person.code(0)).await.is(429);
    assert_eq!(held_up.header("Retry-After"), Some("30"), "not even the right one is compared");
    guesser.password("root1", PASSWORD).await.is(429);
    let failed = audited(&app, "sign_in.failed").await;
    assert_eq!(failed.len(), wrong);
    assert!(failed.iter().all(|entry| entry.detail.contains("second factor")));
    assert!(!audited(&app, "sign_in.held_up").await.is_empty());
    // Where the person has been before they are not held up.
    person.visitor.post("/en/admin/logout/", &[]).await;
    let home = Visitor::new(&app);
    home.password("root1", PASSWORD).await.is(302);
    home.code(&person.code(0)).await.is(302);
    // And never for good.
    app.clock.advance(Duration::seconds(30));
    guesser.password("root1", PASSWORD).await.is(302);
    guesser.code("000000").await.is(200);
    assert_eq!(guesser.code("000000").await.is(429).header("Retry-After"), Some("60"));
    app.clock.advance(Duration::seconds(60));
    guesser.password("root1", PASSWORD).await.is(302);
    guesser.code(&person.code(0)).await.is(302);
}

/// Something that happens between a right password and a right code.
enum Between {
    Nothing,
    MostOfFiveMinutes,
    FiveMinutes,
    PasswordChanged,
    Deactivated,
    Demoted,
    CodeUsedElsewhere,
    RecoveryCodeUsedElsewhere,
    TurnedOffAndOn,
}

#[rocket::async_test]
async fn what_happens_between_the_steps_makes_the_first_one_void() {
    use Between::*;
    let all = [
        (Nothing, true),
        (MostOfFiveMinutes, true),
        (FiveMinutes, false),
        (PasswordChanged, false),
        (Deactivated, false),
        (Demoted, false),
        (CodeUsedElsewhere, false),
        (RecoveryCodeUsedElsewhere, false),
        (TurnedOffAndOn, false),
    ];
    let app = TestApp::start().await;
    for (at, (between, good)) in all.into_iter().enumerate() {
        let name = format!("root{at}");
        let mut person = protected(&app, &name).await;
        let visitor = Visitor::new(&app);
        visitor.password(&name, PASSWORD).await.is(302);
        visitor.get(CODE).await.is(200);
        let id = Set(person.account.id);
        match between {
            Nothing => {}
            MostOfFiveMinutes => app.clock.advance(Duration::seconds(299)),
            FiveMinutes => app.clock.advance(Duration::seconds(300)),
            PasswordChanged => {
                let hash = app.app().hasher.hash("amber window 9 reef".to_owned()).await.unwrap();
                let account = &person.account;
                let set = app.app().store.write(async |tx| local::set_password(&tx, account, &hash).await);
                set.await.unwrap();
            }
            Deactivated => {
                let row = user::ActiveModel { id, is_active: Set(false), ..Default::default() };
                change(&app, row).await;
            }
            Demoted => {
                let row = user::ActiveModel { id, is_staff: Set(false), ..Default::default() };
                change(&app, row).await;
            }
            CodeUsedElsewhere => {
                let other = Visitor::new(&app);
                other.password(&name, PASSWORD).await.is(302);
                other.code(&person.code(-1)).await.is(302);
            }
            RecoveryCodeUsedElsewhere => {
                let other = Visitor::new(&app);
                other.password(&name, PASSWORD).await.is(302);
                other.code(&person.codes[0]).await.is(302);
            }
            TurnedOffAndOn => {
                let proof = [("_password", PASSWORD), ("_code", &*person.code(-1))];
                person.visitor.step("off", &proof).await.is(302);
                (person.key, person.codes) = super::set_up(&person.visitor).await;
            }
        }
        let answer = visitor.post(CODE, &[("_code", &person.code(1))]).await;
        assert_eq!(visitor.is_inside().await, good, "number {at}");
        assert_eq!(answer.status.code, if good { 302 } else { 200 }, "number {at}");
        assert!(good || answer.text().contains(AGAIN), "number {at}");
    }
}

#[rocket::async_test]
async fn a_cookie_that_was_made_up_or_is_anothers_is_none() {
    let app = TestApp::start().await;
    let (person, other) = (protected(&app, "root1").await, protected(&app, "root2").await);
    let visitor = Visitor::new(&app);
    visitor.password("root1", PASSWORD).await.is(302);
    let real = visitor.cookie("second_step").unwrap();
    let parts: Vec<&str> = real.split('.').collect();
    let later = (parts[1].parse::<i64>().unwrap() + 3600).to_string();
    let flipped = format!("{}{}", if parts[2].starts_with('0') { '1' } else { '0' }, &parts[2][1..]);
    let made_up = [
        format!("{}.{}.{}", other.account.id.0, parts[1], parts[2]),
        format!("{}.{later}.{}", parts[0], parts[2]),
        format!("{}.{}.{flipped}", parts[0], parts[1]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        "nonsense".to_owned(),
    ];
    for cookie in &made_up {
        visitor.set_cookie("second_step", cookie);
        for person in [&person, &other] {
            visitor.get(CODE).await.is(302);
            visitor.get(LOGIN).await.is(200);
            let answer = visitor.post(CODE, &[("_code", &person.code(0))]).await.is(200);
            assert!(answer.text().contains(AGAIN), "{cookie}");
        }
        assert!(!visitor.is_inside().await, "{cookie}");
    }
    visitor.set_cookie("second_step", &real);
    visitor.code(&person.code(0)).await.is(302);
    assert!(visitor.is_inside().await, "the real one");
    let again = Visitor::new(&app);
    again.set_cookie("second_step", &real);
    again.get(LOGIN).await.is(200);
    again.post(CODE, &[("_code", &person.code(1))]).await.is(200);
    assert!(!again.is_inside().await, "a cookie that was used is none");
}

#[rocket::async_test]
async fn a_form_without_its_token_and_one_of_another_site_do_nothing() {
    let app = TestApp::start().await;
    let person = protected(&app, "root1").await;
    let visitor = Visitor::new(&app);
    visitor.password("root1", PASSWORD).await.is(302);
    let cookies =
        [("csrftoken", visitor.cookie("csrftoken")), ("second_step", visitor.cookie("second_step"))];
    let actor = cookies
        .iter()
        .fold(app.stranger(), |actor, (name, value)| actor.cookie(name, value.as_deref().expect("a cookie")));
    let code = person.code(0);
    let forged = actor.form(CODE, &[("_code", &code)]).await.is(403).text();
    assert!(!forged.contains(&code), "a code is not given back");
    actor.header("Sec-Fetch-Site", "cross-site").form(CODE, &[("_code", &code)]).await.is(403);
    visitor.code(&code).await.is(302);
}
