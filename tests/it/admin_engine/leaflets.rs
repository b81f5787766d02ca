//! Models over a part of a table, forms with fields that are no columns, and columns that are nobody's business.

use sea_orm::Set;

use super::{
    bookshop::book,
    reader::{Sheet, location},
    saving::{of, with},
    shop::{Shop, volume},
};

const LIST: &str = "/en/admin/shop/leaflet/";
const ADD: &str = "/en/admin/shop/leaflet/add/";

fn thin(title: &str) -> book::ActiveModel {
    book::ActiveModel { pages: Set(8), ..volume(title) }
}

#[rocket::async_test]
async fn rows_outside_of_a_models_part_are_not_there() {
    let shop = Shop::open().await;
    let ids = shop.shelve([thin("Thin"), volume("Thick")]).await;
    let owner = shop.owner();
    assert_eq!(owner.page(LIST).await.rows(), ["Thin"]);
    assert!(owner.page(&format!("{LIST}?q=Thick&pages__exact=100")).await.rows().is_empty());
    let thick = format!("{LIST}{}/", ids[1]);
    for page in ["change/", "delete/"] {
        assert_eq!(location(&owner.get(&format!("{thick}{page}")).await.is(302)), "/en/admin/", "{page}");
        owner.send(&format!("{thick}{page}"), &[("post", "yes"), ("title", "Y")]).await.is(302);
    }
    owner.get(&format!("{thick}history/")).await.is(404);
    let key = ids[1].to_string();
    for action in ["delete_selected", "unprint"] {
        let form = [("action", action), ("_selected_action", key.as_str()), ("post", "yes")];
        owner.send(LIST, &form).await.is(302);
    }
    let all = [("action", "unprint"), ("select_across", "1")];
    owner.send(LIST, &all).await.is(302);
    let thick = shop.book("Thick").await;
    assert!(thick.in_print && !shop.book("Thin").await.in_print);
    assert_eq!(shop.deeds().await, [("admin.action".to_owned(), "Thin".to_owned())]);
    let file = owner.send(&format!("{LIST}export/"), &[("fields", "title"), ("format", "csv")]).await.is(200);
    assert!(file.text().contains("Thin") && !file.text().contains("Thick"));
}

#[rocket::async_test]
async fn what_is_added_in_two_steps_leads_to_the_second() {
    let shop = Shop::open().await;
    let owner = shop.owner();
    let page = owner.page(ADD).await;
    assert!(page.has("#id_title") && !page.has("#id_pages"), "the first step has its own fields");
    assert_eq!(page.attrs("[name=format]", "value"), ["small", "large"]);
    assert_eq!(page.attr("[name=format][checked]", "value"), "small");
    assert_eq!(page.attr("#id_word", "type"), "password");
    let form = |title: &'static str, button: &'static str| {
        let own = [("title", title), ("format", "large"), ("word", "hush-hush"), (button, "1")];
        with(&own)
    };
    let (to, said) = owner.told(ADD, &form("One", "_save")).await;
    let one = shop.book("One").await;
    assert_eq!(to, format!("{LIST}{}/change/", one.id), "whatever button it was");
    assert_eq!(said, ["success: The Leaflet “One” was added successfully. You may edit it again below."]);
    let (to, _) = owner.told(ADD, &form("Two", "_addanother")).await;
    assert_eq!(to, ADD);
    assert_eq!((one.pages, one.in_print, one.author_id), (16, true, None), "completed as it is saved");
    assert_eq!(one.whisper.as_deref(), Some("hush-hush"));
    assert_eq!(shop.log().await.len(), 2);
    let logged = format!("{:?}", shop.log().await);
    assert!(!logged.contains("hush"), "a secret is not logged: {logged}");
}

#[rocket::async_test]
async fn a_password_that_was_typed_never_comes_back() {
    let shop = Shop::open().await;
    let form = with(&[("title", ""), ("format", "large"), ("word", "hush-hush")]);
    let answer = shop.owner().send(ADD, &form).await.is(200);
    assert!(!answer.text().contains("hush"));
    let page = Sheet::of(&answer);
    assert_eq!(page.fault("title"), "This field is required.");
    assert_eq!(page.attr("[name=format][checked]", "value"), "large", "other fields do");
    let page = shop.owner().shown(ADD, &with(&[("format", "huge")])).await;
    assert_eq!(page.fault("format"), "Select a valid choice. huge is not one of the available choices.");
    assert!(shop.titles().await.is_empty());
}

#[rocket::async_test]
async fn a_secret_column_is_nowhere() {
    let shop = Shop::open().await;
    let id = shop.shelve([book::ActiveModel { whisper: Set(Some("hush".to_owned())), ..thin("X") }]).await[0];
    let owner = shop.owner();
    let list = "/en/admin/shop/book/";
    for address in [
        list.to_owned(),
        format!("{list}?q=hush"),
        of(id, "change"),
        of(id, "delete"),
        format!("{list}export/"),
        format!("{LIST}{id}/change/"),
    ] {
        let text = owner.get(&address).await.is(200).text();
        assert!(!text.contains("whisper") && !text.contains(">hush"), "{address}");
    }
    let fields =
        [("fields", "title"), ("fields", "whisper"), ("bookresource_whisper", "on"), ("format", "json")];
    let file = owner.send(&format!("{list}export/"), &fields).await.is(200).json();
    assert_eq!(file, serde_json::json!([{ "title": "X" }]));
    owner.send(&of(id, "change"), &with(&[("whisper", "told")])).await.is(302);
    assert_eq!(shop.book("X").await.whisper.as_deref(), Some("hush"), "nor is it written");
}

#[rocket::async_test]
async fn a_group_of_fields_may_be_for_some_rows_alone() {
    let shop = Shop::open().await;
    let out = book::ActiveModel { in_print: Set(false), ..thin("Out") };
    let ids = shop.shelve([thin("In"), out]).await;
    let owner = shop.owner();
    for (id, title, shown, pages) in [(ids[0], "In", true, 9), (ids[1], "Out", false, 8)] {
        let address = format!("{LIST}{id}/change/");
        assert_eq!(owner.page(&address).await.has("#id_pages"), shown, "{title}");
        owner.send(&address, &[("title", title), ("pages", "9")]).await.is(302);
        assert_eq!(shop.book(title).await.pages, pages, "{title}");
    }
}

#[rocket::async_test]
async fn further_pages_about_a_row_are_linked_to_those_who_may_open_them() {
    let shop = Shop::open().await;
    let id = shop.shelve([thin("X")]).await[0];
    let address = format!("{LIST}{id}/change/");
    let page = shop.staff("view_leaflet view_book").page(&address).await;
    assert_eq!(page.link(".tools", "View"), of(id, "change"));
    assert_eq!(shop.staff("view_leaflet").page(&address).await.texts(".tools a"), ["History"]);
}

#[rocket::async_test]
async fn long_texts_are_logged_by_their_length() {
    let shop = Shop::open().await;
    let id = shop.shelve([volume("X")]).await[0];
    let long = "word ".repeat(100);
    shop.owner().send(&of(id, "change"), &with(&[("blurb", &long)])).await.is(302);
    let changes = shop.log().await[0].changes.clone().unwrap();
    assert!(changes.contains("499 characters, sha256 ") && !changes.contains("word word"), "{changes}");
}
