//! Every address and everybody: who is let in where; what the menu and the first page show to whom.

use super::{
    reader::location,
    shop::{Shop, volume},
};

/// Addresses about books, and the permissions of which any one opens them.
const PAGES: [(&str, &[&str]); 10] = [
    ("/en/admin/", &["", "view", "add", "change", "delete", "export"]),
    ("/en/admin/search/", &["", "view", "add", "change", "delete", "export"]),
    ("/en/admin/search/palette/", &["", "view", "add", "change", "delete", "export"]),
    ("/en/admin/shop/", &["view", "add", "change", "delete"]),
    ("/en/admin/shop/book/", &["view", "change"]),
    ("/en/admin/shop/book/add/", &["add"]),
    ("/en/admin/shop/book/1/change/", &["view", "change"]),
    ("/en/admin/shop/book/1/history/", &["view", "change"]),
    ("/en/admin/shop/book/1/delete/", &["delete"]),
    ("/en/admin/shop/book/export/", &["view export"]),
];

#[rocket::async_test]
async fn every_page_opens_to_those_who_hold_what_it_needs() {
    let shop = Shop::open().await;
    shop.shelve([volume("X")]).await;
    for (address, opened_by) in PAGES {
        let outside = location(&shop.stranger().get(address).await.is(302));
        assert!(outside.starts_with("/en/admin/login/?next="), "{address}");
        let customer = location(&shop.customer().get(address).await.is(302));
        assert!(customer.starts_with("/en/admin/login/?next="), "{address}");
        shop.owner().get(address).await.is(200);
        for held in ["", "view", "add", "change", "delete", "export", "view export"] {
            let may: Vec<String> = held.split_whitespace().map(|verb| format!("{verb}_book")).collect();
            let opened = opened_by.iter().any(|needed| {
                needed.split_whitespace().all(|verb| held.split_whitespace().any(|have| have == verb))
            });
            let refused = if address == "/en/admin/shop/" { 404 } else { 403 };
            let answer = shop.staff(&may.join(" ")).get(address).await;
            let expected = if opened { 200 } else { refused };
            assert_eq!(answer.status.code, expected, "{address} with {held:?}");
        }
    }
}

#[rocket::async_test]
async fn every_page_is_written_in_both_languages() {
    let shop = Shop::open().await;
    shop.shelve([volume("X")]).await;
    for (address, _) in PAGES.into_iter().filter(|(address, _)| !address.ends_with("palette/")) {
        let english = shop.owner().page(address).await;
        let chinese = shop.owner().page(&address.replace("/en/", "/zh-hans/")).await;
        assert_eq!(
            (english.attr("html", "lang"), chinese.attr("html", "lang")),
            ("en".into(), "zh-Hans".into())
        );
        assert_ne!(english.texts("title"), chinese.texts("title"), "{address}");
        let sentences = [english.texts("body"), chinese.texts("body")].concat().join(" ");
        let unknown =
            sentences.split("Unknown localization key: \"").skip(1).filter_map(|rest| rest.split(' ').next());
        // The toy's own action has no words; everything else has.
        let unknown: Vec<&str> = unknown.filter(|key| !key.starts_with("action-")).collect();
        assert!(unknown.is_empty(), "{address}: {unknown:?}");
        let links = chinese.attrs("main a", "href");
        assert!(links.iter().all(|href| !href.contains("/en/")), "{address}: {links:?}");
        let other = chinese.attr("form[action='/i18n/setlang/'] input[name=next]", "value");
        assert_eq!(other, address, "the switch leads to the same page");
    }
}

#[rocket::async_test]
async fn the_menu_and_the_first_page_show_what_one_may_see() {
    let shop = Shop::open().await;
    let clerk = shop.staff("view_book add_genre change_author");
    let page = clerk.page("/en/admin/").await;
    assert_eq!(page.texts("table.models caption"), ["Books", "People"]);
    assert_eq!(page.texts("table.models th"), ["Books", "Genres", "Authors"]);
    let offered = page.texts("table.models td.act");
    assert_eq!(offered, ["View", "Add View", "Change"].map(str::to_owned), "{offered:?}");
    assert!(!page.has(".side"), "no menu beside the first page");
    let list = clerk.page("/en/admin/shop/book/").await;
    assert_eq!(list.texts(".side-group a:not(.add)"), ["Books", "Genres", "Authors"]);
    assert_eq!(list.attrs(".side-group a.add", "href"), ["/en/admin/shop/genre/add/"]);
    assert_eq!(list.texts(".side [aria-current=page]"), ["Books"]);
    let app = clerk.page("/en/admin/shop/").await;
    assert_eq!(app.text("h1"), "Shop administration");
    assert_eq!(app.texts("table.models th"), ["Books", "Genres", "Authors"]);

    let nobody = shop.staff("").page("/en/admin/").await;
    assert_eq!(nobody.texts(".apps"), ["You don’t have permission to view or edit anything."]);
    let chinese = shop.staff("").page("/zh-hans/admin/").await;
    assert_eq!(chinese.texts(".apps"), ["您没有查看或编辑任何内容的权限。"]);
}

#[rocket::async_test]
async fn the_frame_is_on_every_page() {
    let shop = Shop::open().await;
    let page = shop.owner().page("/en/admin/shop/author/").await;
    assert_eq!(page.attr("a.skip", "href"), "#main");
    assert_eq!(page.count("h1"), 1);
    assert_eq!(page.texts(".crumbs li"), ["Home", "Shop", "Authors"]);
    assert_eq!(page.attr(".crumbs li:first-child a", "href"), "/en/admin/");
    assert_eq!(page.text("title"), "Select Author to change | Site administration");
    assert_eq!(page.attr("form[action='/en/admin/logout/']", "method"), "post");
    assert_eq!(page.link(".menu", "Change password"), "/en/admin/password_change/");
    assert_eq!(page.texts("footer"), ["Times are in Asia/Shanghai."]);
    let html = shop.owner().get("/en/admin/shop/author/").await.text();
    for inline in ["<style", " style=", " onclick=", " onsubmit=", "javascript:"] {
        assert!(!html.contains(inline), "{inline}");
    }
    assert!(!page.has("script:not([src])"), "a strict policy forbids it");
    let dark = super::reader::Reader(shop.owner().0.cookie("theme", "dark")).page("/en/admin/").await;
    assert_eq!(dark.attr("html", "data-theme"), "dark");
}
