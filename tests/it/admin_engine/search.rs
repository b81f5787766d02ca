//! Searching: in a list, in a picker, in everything.

use sea_orm::Set;
use serde_json::Value;

use super::{
    bookshop::book,
    reader::{Reader, Sheet},
    shop::{Shop, volume},
};

const LIST: &str = "/en/admin/shop/book/";

async fn shop_of(books: &[(&str, &str)]) -> Shop {
    let shop = Shop::open().await;
    let book = |(title, blurb): &(&str, &str)| book::ActiveModel {
        blurb: Set(Some((*blurb).to_owned())),
        ..volume(title)
    };
    shop.shelve(books.iter().map(book)).await;
    shop
}

#[rocket::async_test]
async fn every_word_has_to_be_somewhere() {
    let shop = shop_of(&[
        ("Red wine", "a book"),
        ("Red tea", "with wine glasses"),
        ("Wine cellars", "a b"),
        ("100% silk", "b a"),
        ("under_score", "don't \\ ask"),
        ("红楼梦", "a novel"),
    ])
    .await;
    let third = shop.book("Wine cellars").await.id.to_string();
    for (query, expected) in [
        ("red%20wine", "Red tea|Red wine"),
        ("%22red%20wine%22", "Red wine"),
        ("RED", "Red tea|Red wine"),
        ("%22a%20b%22%20cell", "Wine cellars"),
        ("'a%20b'", "Red wine|Wine cellars"),
        ("%25", "100% silk"),
        ("_", "under_score"),
        ("%5C", "under_score"),
        ("don't", "under_score"),
        ("r%25d", ""),
        ("r_d", ""),
        ("%E6%A5%BC", "红楼梦"),
        // Full-width letters are the same letters.
        ("%EF%BC%B2%EF%BD%85%EF%BD%84%20tea", "Red tea"),
        ("%20%20", "100% silk|Red tea|Red wine|Wine cellars|under_score|红楼梦"),
        (third.as_str(), "Wine cellars"),
        ("nowhere", ""),
    ] {
        let page = shop.owner().page(&format!("{LIST}?o=1&q={query}")).await;
        assert_eq!(page.rows().join("|"), expected, "q={query}");
    }
}

#[rocket::async_test]
async fn a_search_keeps_order_and_filters_and_says_how_many_there_are() {
    let shop = shop_of(&[("Red wine", ""), ("Red tea", ""), ("Green tea", "")]).await;
    let page = shop.owner().page(&format!("{LIST}?condition__exact=new&n=25&o=1&p=1&q=tea")).await;
    let hidden = page.attrs(".search-form input[type=hidden]", "name");
    assert_eq!(hidden, ["condition__exact", "n", "o"], "and begins at the first page");
    assert_eq!(page.attr(".search-form input[name=q]", "value"), "tea");
    assert_eq!(page.text(".search-row > p"), "2 results (3 total)");
    assert_eq!(page.link(".search-row", "(3 total)"), "?n=25&o=1");
    assert_eq!(page.texts("mark"), ["tea", "tea"], "what was found is marked");
    let page = shop.owner().page("/zh-hans/admin/shop/book/?q=tea").await;
    assert_eq!(page.text(".search-row > p"), "2 条结果 （共 3 条）");
    let long = "x".repeat(300);
    let page = shop.owner().page(&format!("{LIST}?q={long}")).await;
    assert!(page.rows().is_empty());
    assert_eq!(page.attr(".search-form input[name=q]", "maxlength"), "200");
}

#[rocket::async_test]
async fn null_characters_are_not_searched_for() {
    let shop = shop_of(&[("Red wine", "")]).await;
    let page = shop.owner().page(&format!("{LIST}?q=a%00b")).await;
    assert_eq!(page.messages(), ["error: Null characters are not allowed."]);
    assert_eq!(page.rows(), ["Red wine"]);
    let page = shop.owner().page("/zh-hans/admin/shop/book/?q=%00").await;
    assert_eq!(page.messages(), ["error: 不允许空字符。"]);
}

#[rocket::async_test]
async fn what_is_searched_for_is_text_and_nothing_else() {
    let shop = shop_of(&[("<b>bold</b>", "")]).await;
    let page = shop.owner().page(&format!("{LIST}?q=%3Cb%3E%22")).await;
    assert_eq!(page.attr(".search-form input[name=q]", "value"), "<b>\"");
    let page = shop.owner().page(&format!("{LIST}?q=bold")).await;
    assert_eq!(page.rows(), ["<b>bold</b>"]);
    assert!(!page.has("main b"));
    assert_eq!(page.texts("mark"), ["bold"]);
}

async fn picked(reader: &Reader, query: &str) -> (Vec<String>, bool) {
    let address = format!("/en/admin/autocomplete/?app_label=shop&model_name=book&field_name=author&{query}");
    let found: Value = reader.get(&address).await.is(200).json();
    let texts = found["results"].as_array().unwrap().iter();
    let texts = texts.map(|item| {
        assert!(item["id"].is_string(), "{item}");
        item["text"].as_str().unwrap().to_owned()
    });
    (texts.collect(), found["pagination"]["more"].as_bool().unwrap())
}

#[rocket::async_test]
async fn a_picker_finds_twenty_at_a_time() {
    let shop = Shop::open().await;
    let owner = shop.owner();
    assert_eq!(picked(&owner, "").await, (vec!["Ada Quill".into(), "Bo Ink".into(), "林 墨".into()], false));
    assert_eq!(picked(&owner, "term=bo").await, (vec!["Bo Ink".to_owned()], false));
    assert_eq!(picked(&owner, "term=zzz").await, (vec![], false));
    shop.run(
        "insert into shop_author (name) select 'Author ' || (100 + n) from \
         (with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 45) \
         select n from numbers) as wanted",
    )
    .await;
    let mut names = Vec::new();
    for (page, count, more) in [(1, 20, true), (2, 20, true), (3, 5, false), (4, 0, false)] {
        let (found, is_more) = picked(&owner, &format!("term=author&page={page}")).await;
        assert_eq!((found.len(), is_more), (count, more), "page {page}");
        names.extend(found);
    }
    let expected: Vec<String> = (101..=145).map(|number| format!("Author {number}")).collect();
    assert_eq!(names, expected, "in order, none twice");
}

#[rocket::async_test]
async fn a_picker_needs_the_permission_to_look_at_what_it_finds() {
    let shop = Shop::open().await;
    let address = "/en/admin/autocomplete/?app_label=shop&model_name=book&field_name=author";
    let refused = shop.staff("change_book add_book").get(address).await.is(403);
    assert!(refused.text().contains("shop.view_author") && !refused.text().contains("Ada"));
    assert_eq!(picked(&shop.staff("view_author"), "term=ada").await.0, ["Ada Quill"]);
    shop.stranger().get(address).await.is(302);
    for (field, model) in [("title", "book"), ("nothing", "book"), ("author", "nothing")] {
        let address = format!("/en/admin/autocomplete/?app_label=shop&model_name={model}&field_name={field}");
        shop.owner().get(&address).await.is(404);
    }
}

/// What is found everywhere. A model that took too long is said to be left out: on a busy machine, asked again.
async fn everywhere(reader: &Reader, query: &str) -> Sheet {
    for _ in 0..20 {
        let page = reader.page(&format!("/en/admin/search/?q={query}")).await;
        if !page.texts(".found > p.hint").iter().any(|text| text.contains("took too long")) {
            return page;
        }
    }
    panic!("a search in a handful of rows always takes too long")
}

fn hits(page: &Sheet) -> Vec<String> {
    page.texts(".found h2, .found-item").into_iter().collect()
}

#[rocket::async_test]
async fn everything_is_searched_by_model() {
    let shop = Shop::open().await;
    shop.shelve((1..=7).map(|number| volume(&format!("Ink {number}")))).await;
    let owner = shop.owner();
    let page = everywhere(&owner, "ink").await;
    let found = hits(&page);
    assert_eq!(found.first().map(String::as_str), Some("Books"));
    assert_eq!(found[6..], ["Authors".to_owned(), "Bo Ink".to_owned()], "five of each: {found:?}");
    assert_eq!(page.link(".found", "All results"), format!("{LIST}?q=ink"));
    assert_eq!(page.count(".card-head a"), 1, "there are no more authors");
    assert_eq!(page.link(".found", "Bo Ink"), "/en/admin/shop/author/2/change/");
    assert_eq!(page.attr("main input[name=q]", "value"), "ink");
    let none = everywhere(&owner, "zzz").await;
    assert_eq!(none.texts(".found > p"), ["Nothing was found for “zzz”."]);
    assert!(everywhere(&owner, "").await.texts(".found > *").is_empty());
    let chinese = owner.page("/zh-hans/admin/search/?q=zzz").await;
    assert_eq!(chinese.texts(".found > p:not(.hint)"), ["没有找到与“zzz”有关的内容。"]);
    // Each finds only what they may look at.
    assert_eq!(hits(&everywhere(&shop.staff("view_author"), "ink").await), ["Authors", "Bo Ink"]);
    assert_eq!(hits(&everywhere(&shop.staff("add_book delete_author"), "ink").await), Vec::<String>::new());
}

#[rocket::async_test]
async fn a_prefix_names_a_model_or_asks_for_a_key() {
    let shop = Shop::open().await;
    let id = shop.shelve([volume("Ada, a life"), volume("10:30 at night")]).await[0];
    let owner = shop.owner();
    assert_eq!(hits(&everywhere(&owner, "author:ada").await), ["Authors", "Ada Quill"]);
    assert_eq!(hits(&everywhere(&owner, "Book:%20ada").await), ["Books", "Ada, a life"]);
    let by_key = hits(&everywhere(&owner, &format!("id:{id}")).await);
    assert!(by_key.contains(&"Ada, a life".to_owned()), "{by_key:?}");
    assert!(by_key.contains(&"Ada Quill".to_owned()), "author and book have the same key: {by_key:?}");
    assert_eq!(
        hits(&everywhere(&owner, "10:30").await),
        ["Books", "10:30 at night"],
        "a colon is no prefix by itself"
    );
    assert!(hits(&everywhere(&owner, "id:ada").await).is_empty());
    let plain = hits(&everywhere(&owner, &id.to_string()).await);
    assert_eq!(
        plain.iter().filter(|text| *text == "Ada, a life").count(),
        1,
        "found twice, shown once: {plain:?}"
    );
}

#[rocket::async_test]
async fn the_palette_is_told_the_same() {
    let shop = Shop::open().await;
    shop.shelve([volume("Ink 1")]).await;
    let mut results = Vec::new();
    for _ in 0..20 {
        let found = shop.owner().get("/en/admin/search/palette/?q=ink").await.is(200).json();
        results = found["results"].as_array().unwrap().clone();
        if results.len() == 2 {
            break;
        }
    }
    let of =
        |name: &str| results.iter().map(|line| line[name].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(of("text"), ["Ink 1", "Bo Ink"]);
    assert_eq!(of("model"), ["Books", "Authors"]);
    assert_eq!(of("url")[1], "/en/admin/shop/author/2/change/");
    assert!(
        shop.staff("").get("/en/admin/search/palette/?q=ink").await.json()["results"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}
