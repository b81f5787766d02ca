//! Forms in a window of their own, buttons that ask for more than a clerk may, numbers out of their range.

use super::{
    saving::{of, with},
    shop::{Shop, volume},
};

const ADD: &str = "/en/admin/shop/book/add/";

#[rocket::async_test]
async fn a_window_opened_by_another_hands_the_new_row_over() {
    let shop = Shop::open().await;
    let page = shop.owner().page(ADD).await;
    let add = page.attr(".picker a[data-popup]", "href");
    assert_eq!(add, "/en/admin/shop/author/add/?_popup=1&_to_field=id");
    let form = shop.owner().page(&add).await;
    assert!(!form.has("header") && !form.has(".crumbs"), "a small window has no frame");
    assert_eq!(form.texts(".submit button"), ["Save"]);
    let done = shop.owner().shown(&add, &[("name", "Cy Nib"), ("_save", "1")]).await;
    assert_eq!(done.text("[data-popup-value]"), "The Author “Cy Nib” was added successfully.");
    assert_eq!(done.attr("[data-popup-value]", "data-popup-value"), "4");
    assert_eq!(done.attr("[data-popup-value]", "data-popup-object"), "Cy Nib");
    assert!(shop.authors().await.contains(&"Cy Nib".to_owned()));
}

#[rocket::async_test]
async fn who_may_not_add_is_not_led_to_add_another() {
    let shop = Shop::open().await;
    let id = shop.shelve([volume("X")]).await[0];
    let clerk = shop.staff("view_book change_book view_author");
    clerk.send(&of(id, "change"), &with(&[("title", "Y"), ("_addanother", "1")])).await.is(403);
    assert_eq!(shop.titles().await, ["X"], "nothing is saved");
}

#[rocket::async_test]
async fn numbers_out_of_their_range_are_named() {
    let shop = Shop::open().await;
    let page = shop.owner().page(ADD).await;
    assert_eq!(
        (page.attr("#id_pages", "min"), page.attr("#id_pages", "max")),
        ("-100".into(), "9999".into())
    );
    for (pages, fault) in [
        ("-101", "Ensure this value is greater than or equal to -100."),
        ("10000", "Ensure this value is less than or equal to 9999."),
    ] {
        let page = shop.owner().shown(ADD, &with(&[("pages", pages)])).await;
        assert_eq!(page.text("#id_pages_error"), fault);
    }
    let chinese = shop.owner().shown("/zh-hans/admin/shop/book/add/", &with(&[("pages", "10000")])).await;
    assert_eq!(chinese.text("#id_pages_error"), "请确保该值小于或等于 9999。");
    assert!(shop.titles().await.is_empty());
}
