//! The door: signing in and out, addresses that are not quite right, forms that are not ours.

use rocket::http::{ContentType, Method};

use super::{
    reader::{Reader, Sheet, location},
    saving::{GOOD, with},
    shop::Shop,
};
use crate::support::Answer;

const LOGIN: &str = "/en/admin/login/";
const ADD: &str = "/en/admin/shop/book/add/";

/// Fills in the form at the door, as a browser that keeps its cookie.
async fn knock(shop: &Shop, address: &str, fields: &[(&str, &str)]) -> Answer {
    let answer = shop.stranger().get(address).await.is(200);
    let token = Sheet::of(&answer).attr("input[name=csrfmiddlewaretoken]", "value");
    let cookie = answer.cookie("csrftoken").expect("the key of the token");
    let form: Vec<(&str, &str)> =
        fields.iter().copied().chain([(chatdku::admin::TOKEN_FIELD, token.as_str())]).collect();
    shop.stranger().0.cookie("csrftoken", &cookie).form(address, &form).await
}

#[rocket::async_test]
async fn whoever_is_not_signed_in_is_led_to_the_door_and_back() {
    let shop = Shop::open().await;
    let answer = shop.stranger().get("/en/admin/shop/book/?q=a%20b&o=-2.1").await.is(302);
    let to = location(&answer);
    assert_eq!(to, "/en/admin/login/?next=%2Fen%2Fadmin%2Fshop%2Fbook%2F%3Fq%3Da%2520b%26o%3D-2.1");
    let page = shop.stranger().page(&to).await;
    assert_eq!(page.attr("input[name=next]", "value"), "/en/admin/shop/book/?q=a%20b&o=-2.1");
    assert!(!page.has(".side") && !page.has("form[action$='logout/']"), "nothing of the inside is shown");
    let good = [("username", "owner"), ("password", "key"), ("next", "/en/admin/shop/book/?q=a%20b&o=-2.1")];
    assert_eq!(location(&knock(&shop, LOGIN, &good).await.is(302)), "/en/admin/shop/book/?q=a%20b&o=-2.1");
    let to = location(&shop.stranger().get("/zh-hans/admin/shop/book/").await.is(302));
    assert!(to.starts_with("/zh-hans/admin/login/"), "{to}");
}

#[rocket::async_test]
async fn a_good_password_leads_to_a_page_of_this_host_alone() {
    let shop = Shop::open().await;
    for (next, to) in [
        ("", "/en/admin/"),
        ("/en/admin/shop/", "/en/admin/shop/"),
        ("https://example.com/", "/en/admin/"),
        ("//example.com/", "/en/admin/"),
        ("/\\example.com/", "/en/admin/"),
        ("javascript:alert(1)", "/en/admin/"),
        ("/en/admin/\r\nX: y", "/en/admin/"),
        ("/en/admin/ shop", "/en/admin/"),
        ("/en/admin/林", "/en/admin/"),
        ("shop/", "/en/admin/"),
    ] {
        let form = [("username", " owner "), ("password", "key"), ("next", next)];
        assert_eq!(location(&knock(&shop, LOGIN, &form).await.is(302)), to, "{next:?}");
    }
    let form = [("username", "owner"), ("password", "key")];
    let by_query = knock(&shop, &format!("{LOGIN}?next=/en/admin/shop/"), &form).await.is(302);
    assert_eq!(location(&by_query), "/en/admin/shop/", "the form need not repeat it");
    let chinese = knock(&shop, "/zh-hans/admin/login/", &form).await.is(302);
    assert_eq!(location(&chinese), "/zh-hans/admin/");
    let inside = shop.owner().get(&format!("{LOGIN}?next=/en/admin/shop/")).await.is(302);
    assert_eq!(location(&inside), "/en/admin/shop/");
    assert_eq!(location(&shop.owner().get(LOGIN).await.is(302)), "/en/admin/");
    assert_eq!(location(&shop.owner().get(&format!("{LOGIN}?next=//x.y/")).await.is(302)), "/en/admin/");
}

#[rocket::async_test]
async fn a_wrong_name_and_a_wrong_password_are_answered_alike() {
    let shop = Shop::open().await;
    let wrong = "Please enter the correct username and password for a staff account. \
                 Note that both fields may be case-sensitive.";
    for (name, password) in [("owner", "wrong"), ("nobody", "key")] {
        let answer = knock(&shop, LOGIN, &[("username", name), ("password", password)]).await.is(200);
        let page = Sheet::of(&answer);
        assert_eq!(page.errors(), [wrong]);
        assert_eq!(page.attr("#id_username", "value"), name);
        assert!(!answer.text().contains("value=\"wrong\"") && !page.has("#id_password[value]"));
        assert_eq!(page.text("title"), "Error: Log in | Site administration");
    }
    let form = [("username", "owner"), ("password", "wrong")];
    let page = Sheet::of(&knock(&shop, "/zh-hans/admin/login/", &form).await.is(200));
    assert_eq!(page.errors(), ["请输入正确的工作人员帐户用户名和密码。请注意两者都区分大小写。"]);
}

#[rocket::async_test]
async fn empty_fields_are_named() {
    let shop = Shop::open().await;
    for (name, password, faulty) in [
        ("", "", vec!["username", "password"]),
        (" ", "key", vec!["username"]),
        ("owner", "", vec!["password"]),
    ] {
        let form = [("username", name), ("password", password)];
        let page = Sheet::of(&knock(&shop, LOGIN, &form).await.is(200));
        assert_eq!(page.errors(), ["Please correct the errors below."]);
        assert_eq!(page.attrs("[aria-invalid=true]", "name"), faulty);
        for field in faulty {
            assert_eq!(page.text(&format!("#id_{field}_error")), "This field is required.");
            assert_eq!(page.attr(&format!("#id_{field}"), "aria-describedby"), format!("id_{field}_error"));
        }
    }
    let page = Sheet::of(&knock(&shop, "/zh-hans/admin/login/", &[("username", "owner")]).await.is(200));
    assert_eq!(page.text("#id_password_error"), "该字段是必填项。");
}

#[rocket::async_test]
async fn too_many_attempts_have_to_wait() {
    let shop = Shop::open().await;
    let form = [("username", "thief"), ("password", "x")];
    let answer = knock(&shop, LOGIN, &form).await.is(429);
    assert_eq!(answer.header("Retry-After"), Some("30"));
    assert_eq!(
        answer.header("Content-Type"),
        Some("text/html; charset=utf-8"),
        "a page, with the form in it"
    );
    let page = Sheet::of(&answer);
    assert_eq!(page.errors(), ["Too many failed attempts. Please wait 30 seconds."]);
    assert!(page.has("#id_password"));
    let chinese = Sheet::of(&knock(&shop, "/zh-hans/admin/login/", &form).await.is(429));
    assert_eq!(chinese.errors(), ["失败次数过多，请等待 30 秒。"]);
    knock(&shop, LOGIN, &[("username", "owner"), ("password", "key")]).await.is(302);
}

#[rocket::async_test]
async fn who_does_not_work_here_is_told_who_they_are() {
    let shop = Shop::open().await;
    let to = location(&shop.customer().get("/en/admin/").await.is(302));
    assert_eq!(to, "/en/admin/login/?next=%2Fen%2Fadmin%2F");
    let page = shop.customer().page(&to).await;
    let said = "info: You are authenticated as customer, but are not authorized to access this page. \
                Would you like to login to a different account?";
    assert_eq!(page.messages(), [said]);
    let chinese = shop.customer().page("/zh-hans/admin/login/").await;
    assert_eq!(chinese.messages(), ["info: 您当前以 customer 登录，但无权访问此页。要用另一个帐户登录吗？"]);
}

#[rocket::async_test]
async fn signing_out_takes_a_form() {
    let shop = Shop::open().await;
    let owner = shop.owner();
    let by_link = owner.get("/en/admin/logout/").await.is(405);
    assert_eq!(by_link.header("Allow"), Some("POST"));
    owner.0.form("/en/admin/logout/", &[]).await.is(403);
    assert_eq!(shop.signed_out(), 0);
    let signed_out = owner.send("/en/admin/logout/", &[]).await.is(200);
    assert_eq!(signed_out.header("Clear-Site-Data"), Some("\"cache\", \"storage\""));
    let page = Sheet::of(&signed_out);
    assert_eq!(shop.signed_out(), 1);
    assert_eq!(page.text("h1"), "Logged out");
    assert_eq!(page.link("main", "Log in again"), LOGIN);
    let chinese = Sheet::of(&owner.send("/zh-hans/admin/logout/", &[]).await.is(200));
    assert_eq!(chinese.link("main", "重新登录"), "/zh-hans/admin/login/");
    assert_eq!(location(&shop.stranger().get("/en/admin/logout/").await.is(302)), "/en/admin/");
    shop.stranger().0.form("/en/admin/logout/", &[]).await.is(302);
    assert_eq!(shop.signed_out(), 2);
}

#[rocket::async_test]
async fn a_slash_at_the_end_is_added() {
    let shop = Shop::open().await;
    for (address, to) in [
        ("/en/admin/shop/book?q=a%20b&o=1", "/en/admin/shop/book/?q=a%20b&o=1"),
        ("/en/admin/shop", "/en/admin/shop/"),
        ("/en/admin/shop/book/add", "/en/admin/shop/book/add/"),
        ("/en/admin/shop/book/1", "/en/admin/shop/book/1/"),
        ("/en/admin/shop/book/1/change", "/en/admin/shop/book/1/change/"),
        ("/zh-hans/admin/shop/book/export?q=1", "/zh-hans/admin/shop/book/export/?q=1"),
        ("/en/admin/search?q=x", "/en/admin/search/?q=x"),
    ] {
        assert_eq!(location(&shop.owner().get(address).await.is(301)), to);
        assert_eq!(location(&shop.stranger().get(address).await.is(301)), to, "and before anybody is known");
    }
    assert_eq!(
        location(&shop.stranger().get("/en/admin/login?next=/a/").await.is(301)),
        "/en/admin/login/?next=/a/"
    );
    let bare = location(&shop.owner().get("/en/admin/shop/book/1/").await.is(302));
    assert_eq!(bare, "/en/admin/shop/book/1/change/");
}

#[rocket::async_test]
async fn addresses_without_a_language_lead_to_that_of_the_reader() {
    let shop = Shop::open().await;
    let to = |answer: Answer| location(&answer.is(302));
    let owner = shop.owner().0;
    assert_eq!(to(owner.get("/admin/").await), "/en/admin/");
    let deep = "/admin/shop/book/?q=a%20b";
    assert_eq!(to(owner.get(deep).await), "/en/admin/shop/book/?q=a%20b");
    let accepting = owner.clone().header("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.5");
    assert_eq!(to(accepting.get(deep).await), "/zh-hans/admin/shop/book/?q=a%20b");
    let chosen = accepting.cookie("django_language", "en");
    assert_eq!(to(chosen.get(deep).await), "/en/admin/shop/book/?q=a%20b", "the choice comes first");
}

#[rocket::async_test]
async fn what_is_not_there_is_told_only_to_those_inside() {
    let shop = Shop::open().await;
    for address in [
        "/en/admin/nothing/",
        "/en/admin/shop/nothing/",
        "/en/admin/nothing/book/",
        "/en/admin/shop/book/1/nothing/",
        "/en/admin/shop/book/1/change/more/",
        "/en/admin/shop/nothing/1/change/",
        "/en/admin/shop/nothing/export/",
        "/en/admin/jsi18n/",
    ] {
        let inside = shop.owner().get(address).await.is(404);
        let page = Sheet::of(&inside);
        assert_eq!(page.text("h1"), "Page not found", "{address}");
        assert!(page.has(".side"), "within the frame");
        let outside = location(&shop.stranger().get(address).await.is(302));
        assert!(outside.starts_with("/en/admin/login/?next="), "{address}: {outside}");
        shop.customer().get(address).await.is(302);
    }
    let chinese = Sheet::of(&shop.owner().get("/zh-hans/admin/nothing/").await.is(404));
    assert_eq!(chinese.text("h1"), "找不到页面");
    for language in ["fr", "zh", "zh-cn", "EN"] {
        shop.owner().get(&format!("/{language}/admin/")).await.is(404);
        shop.stranger().get(&format!("/{language}/admin/shop/book/")).await.is(404);
    }
}

#[rocket::async_test]
async fn a_refusal_names_what_is_missing_and_leads_back() {
    let shop = Shop::open().await;
    let clerk = shop.staff("view_genre");
    let page = Sheet::of(&clerk.get("/en/admin/shop/book/").await.is(403));
    assert_eq!(page.text("h1"), "Permission needed");
    assert_eq!(page.texts("main p")[1], "The missing permission is shop.view_book.");
    assert_eq!(page.link("main", "Back to the start"), "/en/admin/");
    assert_eq!(page.texts(".side-group a"), ["Genres"], "within their own frame");
    let chinese = Sheet::of(&clerk.get("/zh-hans/admin/shop/book/").await.is(403));
    assert_eq!(chinese.texts("main p")[1], "缺少的权限是 shop.view_book。");
}

#[rocket::async_test]
async fn a_form_without_a_good_token_changes_nothing_and_is_offered_again() {
    let shop = Shop::open().await;
    let form = with(&[("blurb", "a \"quoted\" <text>\nof two lines"), ("_password", "key"), ("_save", "1")]);
    let mut forged = form.clone();
    forged.push((chatdku::admin::TOKEN_FIELD, "0123456789abcdef0123456789abcdef00"));
    let address = format!("{ADD}?_changelist_filters=q%3DX");
    for sent in [form, forged] {
        let answer = shop.owner().0.form(&address, &sent).await.is(403);
        let page = Sheet::of(&answer);
        assert_eq!(page.text("h1"), "The form has expired");
        assert_eq!(page.attr("main form", "action"), address);
        for (name, value) in GOOD {
            assert_eq!(page.attr(&format!("main form [name={name}]"), "value"), value);
        }
        assert_eq!(page.attr("main form [name=blurb]", "value"), "a \"quoted\" <text>\nof two lines");
        assert!(!page.has("main form [name=_password]"), "a password is not given back");
        assert_eq!(page.count("main form [name=csrfmiddlewaretoken]"), 1, "with one token, a good one");
        assert!(shop.titles().await.is_empty());

        let token = page.attr("main form [name=csrfmiddlewaretoken]", "value");
        assert!(chatdku::admin::is_valid_token(super::shop::SECRET, &token));
    }
    assert!(shop.log().await.is_empty());
    let chinese = shop.owner().0.form("/zh-hans/admin/shop/book/add/", &GOOD).await.is(403);
    assert_eq!(Sheet::of(&chinese).text("h1"), "表单已过期");
    // At the door as well: the cookie without the field is not enough.
    let cookie = shop.stranger().get(LOGIN).await.cookie("csrftoken").unwrap();
    let owner = [("username", "owner"), ("password", "key")];
    shop.stranger().0.cookie("csrftoken", &cookie).form(LOGIN, &owner).await.is(403);
    shop.stranger().0.form(LOGIN, &owner).await.is(403);
}

#[rocket::async_test]
async fn a_script_may_send_the_token_in_a_header() {
    let shop = Shop::open().await;
    let token = shop.owner().page("/en/admin/").await.attr("input[name=csrfmiddlewaretoken]", "value");
    let scripted = Reader(shop.owner().0.header("X-CSRFToken", &token));
    scripted.0.form(ADD, &GOOD).await.is(302);
    assert_eq!(shop.titles().await, ["X"]);
    let another = shop.owner().page("/en/admin/").await.attr("input[name=csrfmiddlewaretoken]", "value");
    assert_ne!(token, another, "a fresh one on every page");
}

#[rocket::async_test]
async fn forms_have_their_limits() {
    let shop = Shop::open().await;
    let owner = shop.owner();
    let many: Vec<(&str, &str)> = GOOD.into_iter().chain(vec![("extra", ""); 1000]).collect();
    let refused = owner.send(ADD, &many).await.is(400);
    let text = Sheet::of(&refused).texts("main p")[0].clone();
    assert!(text.starts_with("The form has more fields than are read."), "{text}");
    let large = "x".repeat(2 * 1024 * 1024);
    let refused = owner.send(ADD, &with(&[("blurb", &large)])).await.is(413);
    assert_eq!(Sheet::of(&refused).texts("main p")[0], "The form is larger than 2 MiB.");
    let json = owner.0.send(Method::Post, ADD, Some(ContentType::JSON), b"{}".to_vec()).await;
    assert_eq!(json.status.code, 400);
    let odd = owner.0.send(Method::Post, ADD, Some(ContentType::Form), b"title=%ff%fe".to_vec()).await;
    assert_eq!(odd.status.code, 400);
    assert!(shop.titles().await.is_empty());
    let some = "x".repeat(1024 * 1024);
    owner.send(ADD, &with(&[("blurb", &some)])).await.is(302);
    assert_eq!(shop.titles().await, ["X"], "a megabyte is no trouble");
}
