//! Actions on chosen rows: who may, on which rows, what is said.

use sea_orm::Set;

use super::{
    bookshop::book,
    shop::{Shop, volume},
};

const LIST: &str = "/en/admin/shop/book/";

/// A shop with books that are out of print.
async fn shop_of(titles: &[&str]) -> (Shop, Vec<String>) {
    let shop = Shop::open().await;
    let out = |title: &&str| book::ActiveModel { in_print: Set(false), ..volume(title) };
    let ids = shop.shelve(titles.iter().map(out)).await;
    (shop, ids.iter().map(i64::to_string).collect())
}

/// The books that are in print.
async fn in_print(shop: &Shop) -> Vec<String> {
    shop.books().await.into_iter().filter(|book| book.in_print).map(|book| book.title).collect()
}

#[rocket::async_test]
async fn nothing_is_done_to_nothing() {
    let (shop, ids) = shop_of(&["A"]).await;
    let nothing = "Items must be selected in order to perform actions on them. No items have been changed.";
    let chosen = ("_selected_action", ids[0].as_str());
    for (form, said) in [
        (vec![("action", "reprint")], nothing),
        (vec![("action", "reprint"), ("select_across", "0")], nothing),
        (vec![("action", "reprint"), ("_selected_action", "not-a-key")], nothing),
        (vec![("action", "delete_selected")], nothing),
        (vec![("action", "export_selected")], nothing),
        (vec![chosen], "No action selected."),
        (vec![("action", ""), chosen], "No action selected."),
        (vec![("action", "explode"), chosen], "No action selected."),
    ] {
        let told = shop.owner().told(&format!("{LIST}?e=1&o=1&p=1&q=A"), &form).await;
        let expected = (format!("{LIST}?o=1&p=1&q=A"), vec![format!("warning: {said}")]);
        assert_eq!(told, expected, "{form:?}: back to the same list");
    }
    let (_, said) = shop.owner().told("/zh-hans/admin/shop/book/", &[("action", "reprint")]).await;
    assert_eq!(said, ["warning: 必须先选择条目才能执行动作。没有条目被修改。"]);
    let (_, said) = shop.owner().told("/zh-hans/admin/shop/book/", &[chosen]).await;
    assert_eq!(said, ["warning: 未选择动作。"]);
    assert!(in_print(&shop).await.is_empty() && shop.log().await.is_empty());
}

#[rocket::async_test]
async fn an_action_changes_the_chosen_rows_and_logs_each() {
    let (shop, ids) = shop_of(&["A", "B", "C"]).await;
    let list = format!("{LIST}?o=1");
    let form = [("action", "reprint"), ("_selected_action", &ids[0]), ("_selected_action", &ids[2])];
    let (to, said) = shop.staff("change_book").told(&list, &form).await;
    assert_eq!(to, list);
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with("success: "), "{said:?}");
    assert_eq!(in_print(&shop).await, ["A", "C"]);
    let log = shop.log().await;
    let deeds: Vec<_> = log.iter().map(|entry| (entry.event.as_str(), entry.object_key.clone())).collect();
    assert_eq!(deeds, [("admin.action", Some(ids[0].clone())), ("admin.action", Some(ids[2].clone()))]);
    assert!(log.iter().all(|entry| entry.detail.contains("reprint") && entry.account_id == Some(7)));
    assert!(log.iter().all(|entry| entry.request_id.is_some() && entry.source.as_deref() == Some("web")));
}

#[rocket::async_test]
async fn all_that_match_are_more_than_a_page() {
    let shop = Shop::open().await;
    shop.shelve_alike(620).await;
    shop.run(&format!(
        "update shop_book set in_print = {}",
        if shop.store.is_embedded() { "0" } else { "false" }
    ))
    .await;
    shop.shelve([book::ActiveModel { in_print: Set(false), pages: Set(9), ..volume("Thin") }]).await;
    let list = format!("{LIST}?n=25&p=2&pages__exact=100");
    let page = shop.owner().page(&list).await;
    assert_eq!(page.text(".actions .across"), "All 620 matching", "which needs no script");
    let form = [("action", "reprint"), ("select_across", "1"), ("_selected_action", "1")];
    shop.owner().send(&list, &form).await.is(302);
    assert_eq!(in_print(&shop).await.len(), 620);
    assert!(!shop.book("Thin").await.in_print, "it does not match");
    assert_eq!(shop.log().await.len(), 620, "one entry for each row");
    let wrong = shop.owner().send(&format!("{LIST}?nonsense=1"), &form).await;
    assert_eq!(wrong.status.code, 400, "what is not understood must not mean everything");
    assert_eq!(shop.log().await.len(), 620);
}

#[rocket::async_test]
async fn who_may_only_look_does_nothing() {
    let (shop, ids) = shop_of(&["A"]).await;
    let clerk = shop.staff("view_book");
    let page = clerk.page(LIST).await;
    assert!(!page.has("select[name=action]") && !page.has("input[name=_selected_action]"));
    for (action, permission) in [
        ("reprint", "shop.change_book"),
        ("burn", "shop.burn_book"),
        ("delete_selected", "shop.delete_book"),
        ("export_selected", "shop.export_book"),
    ] {
        for choice in [("_selected_action", ids[0].as_str()), ("select_across", "1")] {
            let form = [("action", action), choice, ("post", "yes")];
            let refused = clerk.send(LIST, &form).await.is(403);
            assert!(refused.text().contains(permission), "{action} needs {permission}");
        }
    }
    shop.staff("add_book delete_author").send(LIST, &[("action", "reprint")]).await.is(403);
    assert_eq!((shop.titles().await.len(), in_print(&shop).await.len()), (1, 0));
    assert!(shop.log().await.is_empty());
}

#[rocket::async_test]
async fn each_may_choose_among_what_they_may_do() {
    let (shop, _) = shop_of(&["A"]).await;
    for (may, offered) in [
        ("change_book", vec!["", "reprint"]),
        ("view_book burn_book", vec!["", "burn"]),
        ("view_book delete_book export_book", vec!["", "delete_selected", "export_selected"]),
    ] {
        let page = shop.staff(may).page(LIST).await;
        assert_eq!(page.attrs("select[name=action] option", "value"), offered, "{may}");
    }
    let page = shop.owner().page(LIST).await;
    let labels = page.texts("select[name=action] option");
    assert_eq!(labels[..3], ["---------", "Delete selected Books", "Export selected Books"]);
    assert_eq!(
        page.attr("input[name=_selected_action]", "aria-label"),
        "Select this object for an action - A"
    );
    let chinese = shop.owner().page("/zh-hans/admin/shop/book/").await;
    assert_eq!(chinese.texts("select[name=action] option")[1], "删除所选Books");
    assert_eq!(chinese.texts(".actions button"), ["执行"]);
}

#[rocket::async_test]
async fn an_action_that_has_to_be_meant_asks_first() {
    let (shop, ids) = shop_of(&["A", "B"]).await;
    let clerk = shop.staff("view_book burn_book");
    let form = [("action", "burn"), ("_selected_action", &ids[0]), ("_selected_action", &ids[1])];
    let page = clerk.shown(&format!("{LIST}?o=1"), &form).await;
    assert!(page.texts("main form p")[0].ends_with("to 2 Books."), "{:?}", page.texts("main form p"));
    assert_eq!(page.attrs("main form [name=_selected_action]", "value"), ids);
    assert_eq!(page.attr("main form [name=action]", "value"), "burn");
    assert_eq!(page.link("main form", "No, take me back"), format!("{LIST}?o=1"));
    assert!(shop.log().await.is_empty(), "asking does nothing");
    let meant: Vec<_> = form.into_iter().chain([("post", "yes")]).collect();
    clerk.send(LIST, &meant).await.is(302);
    assert_eq!(shop.log().await.len(), 2);
}

#[rocket::async_test]
async fn a_row_that_a_rule_protects_is_left_out() {
    let (shop, _) = shop_of(&["A", "The untouchable", "B"]).await;
    let form = [("action", "reprint"), ("select_across", "on")];
    let (_, said) = shop.staff("change_book").told(LIST, &form).await;
    assert!(said[0].starts_with("success: "), "{said:?}");
    assert_eq!(in_print(&shop).await, ["A", "B"]);
    assert_eq!(shop.deeds().await.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["A", "B"]);
    shop.run("delete from shop_book where title <> 'The untouchable'").await;
    let (_, said) = shop.staff("change_book").told(LIST, &form).await;
    assert!(said[0].starts_with("warning: "), "nothing was done: {said:?}");
    assert_eq!(shop.log().await.len(), 2);
}

#[rocket::async_test]
async fn the_keys_of_more_than_a_thousand_rows_are_not_read() {
    let (shop, ids) = shop_of(&["A"]).await;
    let keys = vec![("_selected_action", ids[0].as_str()); 1001];
    let form: Vec<_> = [("action", "reprint")].into_iter().chain(keys).collect();
    let refused = shop.owner().send(LIST, &form).await.is(400);
    assert!(refused.text().contains("Choose fewer rows, or all that match."), "{}", refused.text());
    assert!(in_print(&shop).await.is_empty());
    shop.owner().send(LIST, &form[..1001]).await.is(302);
    assert_eq!(in_print(&shop).await, ["A"]);
}
