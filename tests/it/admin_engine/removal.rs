//! Removing rows: the question, what goes along, who may, what has to be typed.

use sea_orm::Set;

use super::{
    bookshop::book,
    reader::Sheet,
    shop::{Shop, volume},
};

const LIST: &str = "/en/admin/shop/book/";
const AUTHOR: &str = "/en/admin/shop/author/1/delete/";

fn delete(id: i64) -> String {
    format!("{LIST}{id}/delete/")
}

const YES: [(&str, &str); 1] = [("post", "yes")];

#[rocket::async_test]
async fn the_question_says_what_would_go() {
    let shop = Shop::open().await;
    let ids = shop.shelve((1..=25).map(|number| volume(&format!("Volume {number}")))).await;
    let page = shop.owner().page(AUTHOR).await;
    assert_eq!(page.text("h1"), "Are you sure?");
    let question = "Are you sure you want to delete the Author “Ada Quill”? \
                    All of the following related items will be deleted:";
    assert_eq!(page.texts(".stack > p")[0], question);
    assert_eq!(page.texts(".summary-list"), ["Authors1Books25"]);
    assert_eq!(page.link(".tree", "Ada Quill"), "/en/admin/shop/author/1/change/");
    assert_eq!(page.link(".tree", "Volume 1"), format!("{LIST}{}/change/", ids[0]));
    assert_eq!(page.count(".tree a"), 21, "the author, and the first twenty books");
    assert_eq!(page.texts(".tree .none"), ["and 5 more"]);
    assert_eq!(page.texts(".buttons > *"), ["Yes, I’m sure", "No, take me back"]);
    assert_eq!(page.link(".buttons", "No, take me back"), "/en/admin/shop/author/1/change/");
    assert!(!page.has("[name=typed_count]") && !page.has("[name=_password]"));
    assert_eq!(shop.authors().await.len(), 3, "asking removes nothing");

    let chinese = shop.owner().page("/zh-hans/admin/shop/author/1/delete/").await;
    assert_eq!(chinese.text("h1"), "您确定吗？");
    let question = "您确定要删除Author“Ada Quill”吗？以下相关内容将一并删除：";
    assert_eq!(chinese.texts(".stack > p")[0], question);
    // Who may not look at books is told how many, and led to none.
    let clerk = shop.staff("delete_author delete_book").page(AUTHOR).await;
    assert_eq!(clerk.texts(".summary-list"), ["Authors1Books25"]);
    assert!(!clerk.has(".tree a"));
}

#[rocket::async_test]
async fn a_row_goes_with_all_that_hangs_on_it() {
    let shop = Shop::open().await;
    let of_bo = book::ActiveModel { author_id: Set(Some(2)), ..volume("Stays") };
    let ids = shop.shelve([volume("Goes"), of_bo]).await;
    shop.sort(ids[0], 1).await;
    shop.sort(ids[1], 2).await;
    let (to, said) = shop.owner().told(AUTHOR, &YES).await;
    assert_eq!(to, "/en/admin/shop/author/");
    assert_eq!(said, ["success: The Author “Ada Quill” was deleted successfully."]);
    assert_eq!(shop.authors().await, ["Bo Ink", "林 墨"]);
    assert_eq!(shop.titles().await, ["Stays"]);
    assert_eq!((shop.genres(ids[0]).await, shop.genres(ids[1]).await), (vec![], vec![2]));
    assert_eq!(shop.deeds().await, [("admin.delete".to_owned(), "Ada Quill".to_owned())]);
    let (_, said) = shop.owner().told("/zh-hans/admin/shop/author/2/delete/", &YES).await;
    assert_eq!(said, ["success: 成功删除了Author“Bo Ink”。"]);
}

#[rocket::async_test]
async fn nothing_goes_before_it_is_confirmed() {
    let shop = Shop::open().await;
    let id = shop.shelve([volume("X")]).await[0];
    let page = shop.owner().shown(&delete(id), &[]).await;
    assert_eq!(page.text(".errors"), "Please confirm that you mean it.");
    assert_eq!(shop.titles().await, ["X"]);
    assert!(shop.log().await.is_empty());
}

#[rocket::async_test]
async fn the_way_back_keeps_the_list_as_it_was() {
    let shop = Shop::open().await;
    let ids = shop.shelve([volume("X"), volume("Y")]).await;
    let kept = "?_changelist_filters=o%3D1%26q%3D100%2525";
    let page = shop.owner().page(&format!("{}{kept}", delete(ids[0]))).await;
    assert_eq!(page.link(".buttons", "No, take me back"), format!("{LIST}{}/change/{kept}", ids[0]));
    let (to, _) = shop.owner().told(&format!("{}{kept}", delete(ids[0])), &YES).await;
    assert_eq!(to, format!("{LIST}?o=1&q=100%25"));
    // Whoever may see the list is led to it, whether or not they may change its rows.
    let (to, _) = shop.staff("view_book delete_book").told(&delete(ids[1]), &YES).await;
    assert_eq!(to, LIST);
    let last = shop.shelve([volume("Z")]).await[0];
    let (to, said) = shop.staff("delete_book").told(&delete(last), &YES).await;
    assert_eq!(to, "/en/admin/", "whoever may not, to the first page");
    assert_eq!(said, ["success: The Book “Z” was deleted successfully."]);
}

#[rocket::async_test]
async fn who_may_not_remove_what_hangs_on_a_row_may_not_remove_the_row() {
    let shop = Shop::open().await;
    shop.shelve([volume("X")]).await;
    let clerk = shop.staff("view_author delete_author view_book");
    let page = clerk.page(AUTHOR).await;
    assert_eq!(page.text("h1"), "Cannot delete Author");
    assert!(page.texts(".stack > p")[0].contains("doesn’t have permission to delete the following types"));
    assert_eq!(page.texts(".tree li"), ["Book"]);
    assert!(!page.has("main form"), "there is nothing to press");
    clerk.send(AUTHOR, &YES).await.is(403);
    let chosen = [("action", "delete_selected"), ("_selected_action", "1")];
    let page = clerk.shown("/en/admin/shop/author/", &chosen).await;
    assert_eq!(page.texts(".tree li"), ["Book"]);
    assert!(!page.has("main form"));
    let confirmed = [chosen[0], chosen[1], YES[0]];
    clerk.send("/en/admin/shop/author/", &confirmed).await.is(403);
    assert_eq!((shop.authors().await.len(), shop.titles().await.len()), (3, 1));
    assert!(shop.log().await.is_empty());
    let chinese = clerk.page("/zh-hans/admin/shop/author/1/delete/").await;
    assert_eq!(chinese.text("h1"), "无法删除Author");
}

#[rocket::async_test]
async fn who_may_not_remove_rows_is_told_what_they_lack() {
    let shop = Shop::open().await;
    let id = shop.shelve([volume("X")]).await[0];
    let clerk = shop.staff("view_book change_book");
    let refused = clerk.get(&delete(id)).await.is(403);
    assert!(refused.text().contains("shop.delete_book"), "{}", refused.text());
    clerk.send(&delete(id), &YES).await.is(403);
    // Nobody removes genres, the owner included.
    shop.owner().get("/en/admin/shop/genre/1/delete/").await.is(403);
    shop.owner().send("/en/admin/shop/genre/1/delete/", &YES).await.is(403);
    let list = shop.owner().page("/en/admin/shop/genre/").await;
    assert!(!list.has("select[name=action] option[value=delete_selected]"));
    assert!(!shop.owner().page("/en/admin/shop/genre/1/change/").await.has(".submit a"));
    let chosen = [("action", "delete_selected"), ("_selected_action", "1"), ("post", "yes")];
    shop.owner().send("/en/admin/shop/genre/", &chosen).await.is(403);
    assert_eq!(shop.owner().page("/en/admin/shop/genre/").await.rows(), ["Poetry", "Travel"]);
    assert_eq!(shop.titles().await, ["X"]);
}

#[rocket::async_test]
async fn a_row_that_a_rule_protects_stays_and_so_does_what_was_chosen_with_it() {
    let shop = Shop::open().await;
    let ids = shop.shelve([volume("The untouchable"), volume("X")]).await;
    let clerk = shop.staff("view_book delete_book view_author delete_author");
    clerk.get(&delete(ids[0])).await.is(403);
    clerk.send(&delete(ids[0]), &YES).await.is(403);
    let keys = ids.iter().map(i64::to_string).collect::<Vec<_>>();
    let both = [
        ("action", "delete_selected"),
        ("_selected_action", keys[0].as_str()),
        ("_selected_action", keys[1].as_str()),
        ("post", "yes"),
    ];
    clerk.send(LIST, &both).await.is(403);
    clerk.send(AUTHOR, &YES).await.is(403);
    assert_eq!(shop.titles().await, ["The untouchable", "X"]);
    assert_eq!(shop.authors().await.len(), 3);
    assert!(shop.log().await.is_empty());
    shop.owner().send(AUTHOR, &YES).await.is(302);
    assert!(shop.titles().await.is_empty(), "the owner may");
}

#[rocket::async_test]
async fn more_than_a_hundred_have_to_be_counted_and_proven() {
    let shop = Shop::open().await;
    shop.shelve_alike(99).await;
    let owner = shop.owner();
    assert!(!owner.page(AUTHOR).await.has("[name=typed_count]"), "a hundred in all");
    shop.shelve([volume("One more")]).await;
    let page = owner.page(AUTHOR).await;
    assert!(page.has("input[name=typed_count]") && page.has("input[name=_password][type=password]"));
    let label = page.texts("label[for=id_typed_count]");
    assert_eq!(label, ["101 objects would be deleted. Type this number to go on"]);
    for (typed, password, fault) in [
        ("", "key", "Please type the number of objects that would be deleted."),
        ("100", "key", "Please type the number of objects that would be deleted."),
        ("101", "", "This step needs your password once more."),
        ("101", "wrong", "Your password was entered incorrectly. Please enter it again."),
    ] {
        let form = [YES[0], ("typed_count", typed), ("_password", password)];
        assert_eq!(owner.shown(AUTHOR, &form).await.text(".errors"), fault);
    }
    let form = [YES[0], ("typed_count", "5")];
    let chinese = owner.shown("/zh-hans/admin/shop/author/1/delete/", &form).await;
    assert_eq!(chinese.text(".errors"), "请输入将被删除的对象数量。");
    assert_eq!((shop.titles().await.len(), shop.log().await.len()), (100, 0));

    let form = [YES[0], ("typed_count", "101"), ("_password", "key")];
    owner.send(AUTHOR, &form).await.is(302);
    assert_eq!((shop.titles().await.len(), shop.authors().await.len()), (0, 2));
}

#[rocket::async_test]
async fn a_password_given_lately_is_not_asked_for_again() {
    let shop = Shop::open().await;
    shop.shelve_alike(101).await;
    let proven = |at: &str| super::reader::Reader(shop.owner().0.header("X-Proven", at));
    assert!(
        proven("2026-03-09T03:44:59Z").page(AUTHOR).await.has("[name=_password]"),
        "a quarter of an hour ago"
    );
    let lately = proven("2026-03-09T03:46:00Z");
    assert!(!lately.page(AUTHOR).await.has("[name=_password]"));
    lately.send(AUTHOR, &[YES[0], ("typed_count", "102")]).await.is(302);
    assert!(shop.titles().await.is_empty());
}

#[rocket::async_test]
async fn several_rows_are_removed_at_once() {
    let shop = Shop::open().await;
    let ids = shop.shelve(["A", "B", "C"].map(volume)).await;
    shop.sort(ids[0], 1).await;
    let (first, third) = (ids[0].to_string(), ids[2].to_string());
    let chosen = [
        ("action", "delete_selected"),
        ("_selected_action", first.as_str()),
        ("_selected_action", third.as_str()),
    ];
    let list = format!("{LIST}?o=1");
    let page = shop.owner().shown(&list, &chosen).await;
    assert_eq!(page.text("h1"), "Delete multiple objects");
    let question = "Are you sure you want to delete the 2 selected Books? \
                    All of the following objects and their related items will be deleted:";
    assert_eq!(page.texts(".stack > p")[0], question);
    assert_eq!(page.texts(".tree a"), ["A", "C"]);
    assert_eq!(page.link(".buttons", "No, take me back"), list);
    assert_eq!(shop.titles().await.len(), 3);

    // The page carries what was chosen.
    let names = page.attrs("main form input[type=hidden]", "name");
    let values = page.attrs("main form input[type=hidden]", "value");
    let again: Vec<(&str, &str)> = names
        .iter()
        .zip(&values)
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| *name != chatdku::admin::TOKEN_FIELD)
        .collect();
    let (to, said) = shop.owner().told(&list, &again).await;
    assert_eq!(
        (to.as_str(), said),
        (list.as_str(), vec!["success: Successfully deleted 2 Books.".to_owned()])
    );
    assert_eq!(shop.titles().await, ["B"]);
    assert!(shop.genres(ids[0]).await.is_empty());
    let deleted = ["A", "C"].map(|title| ("admin.delete".to_owned(), title.to_owned()));
    assert_eq!(shop.deeds().await, deleted, "one entry for each row");

    let second = ids[1].to_string();
    let form = [("action", "delete_selected"), ("_selected_action", second.as_str()), YES[0]];
    let (_, said) = shop.owner().told("/zh-hans/admin/shop/book/", &form).await;
    assert_eq!(said, ["success: 成功删除了 1 个Books。"]);
}

#[rocket::async_test]
async fn all_that_match_are_removed_and_no_others() {
    let shop = Shop::open().await;
    let used = |title: &str| book::ActiveModel { condition: Set("used".to_owned()), ..volume(title) };
    shop.shelve([used("A"), volume("B"), used("C"), used("D")]).await;
    let list = format!("{LIST}?condition__exact=used&n=25&p=1");
    let form = [("action", "delete_selected"), ("select_across", "1")];
    let page = shop.owner().shown(&list, &form).await;
    assert_eq!(page.texts(".summary-list"), ["Books3"]);
    assert_eq!(page.attr("main form [name=select_across]", "value"), "1");
    let (_, said) = shop.owner().told(&list, &[form[0], form[1], YES[0]]).await;
    assert_eq!(said, ["success: Successfully deleted 3 Books."]);
    assert_eq!(shop.titles().await, ["B"]);
    assert_eq!(shop.log().await.len(), 3);
}

#[rocket::async_test]
async fn what_is_gone_already_is_missed() {
    let shop = Shop::open().await;
    let answer = shop.owner().get(&delete(77)).await.is(302);
    assert_eq!(answer.header("Location"), Some("/en/admin/"));
    let (to, said) = shop.owner().told(&delete(77), &YES).await;
    assert_eq!(to, "/en/admin/");
    assert_eq!(said, ["warning: Book with ID “77” doesn’t exist. Perhaps it was deleted?"]);
    let form = [("action", "delete_selected"), ("_selected_action", "77"), YES[0]];
    let (_, said) = shop.owner().told(LIST, &form).await;
    assert_eq!(
        said,
        ["warning: Items must be selected in order to perform actions on them. No items have been changed."]
    );
    let refused = shop.stranger().0.form(&delete(77), &YES).await.is(302);
    assert!(refused.header("Location").unwrap().starts_with("/en/admin/login/"));
    assert_eq!(Sheet::of(&shop.owner().get(LIST).await).rows().len(), 0);
}
