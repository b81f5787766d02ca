//! Adding and changing rows: where buttons lead, what is said, what is written.

use std::collections::BTreeMap;

use sea_orm::Set;

use super::{
    bookshop::book,
    reader::Reader,
    shop::{Shop, volume},
};

const LIST: &str = "/en/admin/shop/book/";
const ADD: &str = "/en/admin/shop/book/add/";

/// The fields of a good form.
pub const GOOD: [(&str, &str); 7] = [
    ("title", "X"),
    ("author", "1"),
    ("pages", "120"),
    ("in_print", "on"),
    ("condition", "new"),
    ("arrived_0", "2026-03-09"),
    ("arrived_1", "10:30"),
];

/// A good form with something else in it.
pub fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = GOOD.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    kept.chain(changes.iter().copied()).collect()
}

/// A page of a row.
pub fn of(id: i64, page: &str) -> String {
    format!("{LIST}{id}/{page}/")
}

/// The fields of a row's form as a browser would send them, some of them changed.
async fn edited(reader: &Reader, address: &str, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let page = reader.page(address).await;
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    for css in ["#change-form input:not([type=checkbox])", "#change-form input[checked]"] {
        let names = page.attrs(css, "name");
        fields.extend(names.into_iter().map(|name| {
            let value = page.attr(&format!("#change-form [name='{name}']"), "value");
            (name, value)
        }));
    }
    fields.insert("condition".to_owned(), page.attr("select[name=condition] [selected]", "value"));
    fields.insert("blurb".to_owned(), page.texts("textarea[name=blurb]").join(""));
    fields.insert("_save".to_owned(), "1".to_owned());
    fields.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    fields.into_iter().collect()
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[rocket::async_test]
async fn each_button_of_a_new_row_leads_where_it_says() {
    let shop = Shop::open().await;
    let owner = shop.owner();
    for (title, button, ending) in [
        ("One", "_save", ""),
        ("Two", "_addanother", " You may add another Book below."),
        ("Three", "_continue", " You may edit it again below."),
    ] {
        let (to, said) = owner.told(ADD, &with(&[("title", title), (button, "1")])).await;
        let id = shop.book(title).await.id;
        let expected = match button {
            "_save" => LIST.to_owned(),
            "_addanother" => ADD.to_owned(),
            _ => of(id, "change"),
        };
        assert_eq!(to, expected, "{button}");
        assert_eq!(said, [format!("success: The Book “{title}” was added successfully.{ending}")]);
    }
    let (_, said) =
        owner.told("/zh-hans/admin/shop/book/add/", &with(&[("title", "四"), ("_save", "1")])).await;
    assert_eq!(said, ["success: 成功增加了Book“四”。"]);
    let deeds = shop.deeds().await;
    assert_eq!(deeds.len(), 4, "one entry for each: {deeds:?}");
    assert_eq!(deeds[3], ("admin.add".to_owned(), "四".to_owned()));
}

#[rocket::async_test]
async fn each_button_of_a_changed_row_leads_where_it_says() {
    let shop = Shop::open().await;
    let id = shop.shelve([volume("X")]).await[0];
    let (owner, change) = (shop.owner(), of(id, "change"));
    for (button, to, ending) in [
        ("_save", LIST.to_owned(), ""),
        ("_addanother", ADD.to_owned(), " You may add another Book below."),
        ("_continue", change.clone(), " You may edit it again below."),
    ] {
        let told = owner.told(&change, &with(&[(button, "1")])).await;
        assert_eq!(told, (to, vec![format!("success: The Book “X” was changed successfully.{ending}")]));
    }
    let chinese = change.replace("/en/", "/zh-hans/");
    let (_, said) = owner.told(&chinese, &with(&[("_continue", "1")])).await;
    assert_eq!(said, ["success: 成功修改了Book“X”。您可以在下面继续编辑。"]);
    assert_eq!(shop.deeds().await.len(), 4);
}

#[rocket::async_test]
async fn every_button_keeps_the_way_back_to_the_list() {
    let shop = Shop::open().await;
    let id = shop.shelve([volume("X")]).await[0];
    let kept = "?_changelist_filters=o%3D1%26q%3Da%2520b";
    for (button, to) in [
        ("_save", format!("{LIST}?o=1&q=a%20b")),
        ("_addanother", format!("{ADD}{kept}")),
        ("_continue", format!("{}{kept}", of(id, "change"))),
    ] {
        let answer = shop.owner().send(&format!("{}{kept}", of(id, "change")), &with(&[(button, "1")])).await;
        assert_eq!(answer.is(302).header("Location"), Some(to.as_str()), "{button}");
    }
    let page = shop.owner().page(&format!("{}{kept}", of(id, "change"))).await;
    assert_eq!(page.attr("#change-form", "action"), kept);
    assert_eq!(page.link(".submit", "Delete"), format!("{}{kept}", of(id, "delete")));
    assert_eq!(page.link(".crumbs", "Books"), format!("{LIST}?o=1&q=a%20b"));
    // What somebody typed by hand is no reason to fail after the row is saved.
    let odd = format!("{}?_changelist_filters=q%3D%E6%9E%97%20%3C", of(id, "change"));
    let answer = shop.owner().send(&odd, &with(&[("_save", "1")])).await.is(302);
    assert_eq!(answer.header("Location"), Some("/en/admin/shop/book/?q=%E6%9E%97%20%3C"));
}

#[rocket::async_test]
async fn who_may_add_but_not_look_is_led_to_the_first_page() {
    let shop = Shop::open().await;
    let (to, said) = shop.staff("add_book").told(ADD, &with(&[("_save", "1")])).await;
    assert_eq!(to, "/en/admin/");
    assert_eq!(said, ["success: The Book “X” was added successfully."]);
}

#[rocket::async_test]
async fn the_message_links_the_row_and_not_a_word_that_is_the_same() {
    let shop = Shop::open().await;
    let answer = shop.owner().send(ADD, &with(&[("title", "Book"), ("_save", "1")])).await.is(302);
    let cookie = answer.cookie("messages").unwrap();
    let reader = Reader(shop.owner().0.cookie("messages", &cookie));
    let page = reader.page(LIST).await;
    let id = shop.book("Book").await.id;
    assert_eq!(page.link(".messages", "Book"), of(id, "change"));
    assert!(page.messages()[0].contains("The Book “Book” was added"), "{:?}", page.messages());
    let html = reader.get(LIST).await.text();
    assert!(html.contains("The Book “<a "), "the second of the two is the link");
    let forged = cookie.replacen(&cookie[..1], if cookie.starts_with('A') { "B" } else { "A" }, 1);
    let page = Reader(shop.owner().0.cookie("messages", &forged)).page(LIST).await;
    assert!(page.messages().is_empty(), "nobody else can make us say something");
}

#[rocket::async_test]
async fn what_is_typed_is_written_as_it_is_meant() {
    let shop = Shop::open().await;
    let form = with(&[
        ("title", "  Padded  "),
        ("blurb", "two\r\nlines "),
        ("contact", "   "),
        ("shelved", "2026年3月1日"),
        ("arrived_0", "03/05/2026"),
        ("arrived_1", "07:08:09"),
        ("id", "999"),
        ("nonsense", "x"),
    ]);
    shop.owner().send(ADD, &form).await.is(302);
    let book = shop.book("Padded").await;
    assert_ne!(book.id, 999, "a field that is only shown is not read");
    assert_eq!(book.blurb.as_deref(), Some("two\nlines"));
    assert_eq!(book.contact, None, "an empty text is none");
    assert_eq!(book.shelved, "2026-03-01".parse().ok());
    assert_eq!(book.arrived.to_rfc3339(), "2026-03-04T23:08:09+00:00", "by the clock of Shanghai");
    assert!(book.in_print);

    let unticked: Vec<_> = with(&[("title", "Padded"), ("blurb", ""), ("author", "")]);
    let unticked: Vec<_> = unticked.into_iter().filter(|(name, _)| *name != "in_print").collect();
    shop.owner().send(&of(book.id, "change"), &unticked).await.is(302);
    let book = shop.book("Padded").await;
    assert!(!book.in_print, "a box that is not ticked is not sent");
    assert_eq!((book.blurb, book.author_id, book.shelved), (None, None, None));
}

#[rocket::async_test]
async fn a_moment_that_nobody_touched_stays_as_it_is() {
    let shop = Shop::open().await;
    let exact = "2026-03-01T08:00:00.123456Z".parse().unwrap();
    let id = shop.shelve([book::ActiveModel { arrived: Set(exact), ..volume("X") }]).await[0];
    let owner = shop.owner();
    let page = owner.page(&of(id, "change")).await;
    assert_eq!(page.attr("[name=arrived_0]", "value"), "2026-03-01");
    assert_eq!(page.attr("[name=arrived_1]", "value"), "16:00:00");
    let form = edited(&owner, &of(id, "change"), &[]).await;
    owner.send(&of(id, "change"), &borrowed(&form)).await.is(302);
    assert_eq!(shop.book("X").await.arrived, exact);
    assert_eq!(shop.log().await[0].changes, None, "nothing has changed");
}

#[rocket::async_test]
async fn a_relation_of_many_is_written_as_chosen() {
    let shop = Shop::open().await;
    let owner = shop.owner();
    owner.send(ADD, &with(&[("genres", "1"), ("genres", "2")])).await.is(302);
    let id = shop.book("X").await.id;
    assert_eq!(shop.genres(id).await, [1, 2]);
    let page = owner.page(&of(id, "change")).await;
    assert_eq!(page.texts("select[name=genres] [selected]"), ["Poetry", "Travel"]);
    owner.send(&of(id, "change"), &with(&[("genres", "2")])).await.is(302);
    assert_eq!(shop.genres(id).await, [2]);
    owner.send(&of(id, "change"), &with(&[("genres", "2"), ("genres", "2"), ("genres", "1")])).await.is(302);
    assert_eq!(shop.genres(id).await, [1, 2], "chosen twice is chosen once");
    owner.send(&of(id, "change"), &with(&[])).await.is(302);
    assert_eq!(shop.genres(id).await, Vec::<i32>::new(), "none is chosen");
    let changes: Vec<bool> = shop.log().await.iter().map(|entry| entry.changes.is_some()).collect();
    assert_eq!(changes, [true, true, true, true], "the log knows of each");
}

#[rocket::async_test]
async fn the_second_of_two_editors_is_told_and_nothing_is_lost() {
    let shop = Shop::open().await;
    let id = shop.shelve([volume("X")]).await[0];
    let (owner, change) = (shop.owner(), of(id, "change"));
    let first = edited(&owner, &change, &[("title", "First"), ("pages", "111")]).await;
    let second = edited(&owner, &change, &[("title", "Second")]).await;
    owner.send(&change, &borrowed(&first)).await.is(302);

    let page = owner.shown(&change, &borrowed(&second)).await;
    assert!(page.errors()[0].starts_with("Somebody else has changed this row"), "{:?}", page.errors());
    assert_eq!(
        page.texts(".conflict tbody tr"),
        ["Pages111100", "TitleFirstSecond"],
        "both values of what differs"
    );
    assert_eq!(page.attr("[name=title]", "value"), "Second", "what was typed is still there");
    assert_eq!((shop.titles().await, shop.deeds().await.len()), (vec!["First".to_owned()], 1));

    let mut again = second.clone();
    let version = page.attr("[name=_version]", "value");
    again.iter_mut().find(|(name, _)| name == "_version").unwrap().1 = version;
    owner.send(&change, &borrowed(&again)).await.is(302);
    assert_eq!(shop.titles().await, ["Second"], "saved by whoever has seen both");

    let chinese = owner.shown(&change.replace("/en/", "/zh-hans/"), &borrowed(&second)).await;
    assert!(chinese.errors()[0].starts_with("您打开之后，此行已被他人修改"), "{:?}", chinese.errors());
}

#[rocket::async_test]
async fn two_editors_of_a_relation_are_told_as_well() {
    let shop = Shop::open().await;
    let id = shop.shelve([volume("X")]).await[0];
    let (owner, change) = (shop.owner(), of(id, "change"));
    let opened = edited(&owner, &change, &[("genres", "1")]).await;
    shop.sort(id, 2).await;
    let page = owner.shown(&change, &borrowed(&opened)).await;
    assert_eq!(page.texts(".conflict tbody tr"), ["GenresTravelPoetry"]);
    assert_eq!(shop.genres(id).await, [2]);
    assert!(shop.log().await.is_empty());
}

#[rocket::async_test]
async fn a_row_that_is_gone_is_missed() {
    let shop = Shop::open().await;
    let owner = shop.owner();
    for key in ["77", "x", "1.5", "%20"] {
        let named = key.replace("%20", " ");
        let answer = owner.get(&format!("{LIST}{key}/change/")).await.is(302);
        assert_eq!(answer.header("Location"), Some("/en/admin/"));
        let reader = Reader(shop.owner().0.cookie("messages", &answer.cookie("messages").unwrap()));
        let said = reader.page("/en/admin/").await.messages();
        let expected = format!("warning: Book with ID “{named}” doesn’t exist. Perhaps it was deleted?");
        assert_eq!(said, [expected]);
    }
    let (to, said) = owner.told(&of(77, "change"), &with(&[])).await;
    assert_eq!(to, "/en/admin/");
    assert_eq!(said, ["warning: Book with ID “77” doesn’t exist. Perhaps it was deleted?"]);
    let (_, said) = owner.told("/zh-hans/admin/shop/book/77/change/", &with(&[])).await;
    assert_eq!(said, ["warning: 不存在 ID 为“77”的Book。它可能已被删除。"]);
    assert!(shop.log().await.is_empty());
}

#[rocket::async_test]
async fn the_history_of_a_row_begins_with_the_newest_and_has_both_values() {
    let shop = Shop::open().await;
    let owner = shop.owner();
    owner.send(ADD, &with(&[])).await.is(302);
    let id = shop.book("X").await.id;
    let changes = [("title", "Y"), ("author", "2"), ("condition", "used"), ("genres", "1")];
    owner.send(&of(id, "change"), &with(&changes)).await.is(302);
    owner.send(&of(id, "change"), &with(&changes)).await.is(302);
    let page = owner.page(&of(id, "history")).await;
    assert_eq!(page.text("h1"), "Change history: Y");
    assert_eq!(page.texts("thead th"), ["Date/time", "User", "Action"]);
    let what = page.texts("tbody td:nth-child(3) > p");
    assert_eq!(what, ["No fields changed.", "Changed Author id, Condition, Title and Genres.", "Added."]);
    let values = page.texts("tbody tr:nth-child(2) .diff div");
    assert_eq!(
        values,
        [
            "Author idBefore: Ada Quill After: Bo Ink",
            "ConditionBefore: New After: Used",
            "TitleBefore: X After: Y",
            "GenresAfter: Poetry",
        ]
    );
    assert_eq!(page.texts("tbody tr:nth-child(1) td:nth-child(2)"), ["owner"]);
    assert_eq!(page.attr("tbody time", "title"), "2026-03-09 12:00:00 CST");
    let chinese = owner.page(&of(id, "history").replace("/en/", "/zh-hans/")).await;
    assert_eq!(chinese.text("h1"), "变更历史：Y");
    let what = chinese.texts("tbody td:nth-child(3) > p");
    assert_eq!((what[0].as_str(), what[2].as_str()), ("没有字段被修改。", "已增加。"));

    let quiet = shop.shelve([volume("Quiet")]).await[0];
    let page = owner.page(&of(quiet, "history")).await;
    assert!(page.texts("main p")[0].starts_with("This object has no change history."));
    shop.staff("view_author").get(&of(id, "history")).await.is(403);
    shop.staff("view_book").get(&of(id, "history")).await.is(200);
    owner.get(&of(99, "history")).await.is(404);
}

#[rocket::async_test]
async fn a_history_has_a_hundred_entries_to_a_page() {
    let shop = Shop::open().await;
    let id = shop.shelve([volume("X")]).await[0];
    let entries = format!(
        "insert into audit_entry (at, event, ip_prefix, detail, model, object_key, object_text) \
         select '2026-03-01T08:00:00+00:00', 'admin.change', '', '{{}}', 'shop.book', '{id}', 'X' from \
         (with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 101) \
         select n from numbers) as wanted"
    );
    shop.run(&entries).await;
    let first = shop.owner().page(&of(id, "history")).await;
    assert_eq!(first.count("tbody tr"), 100);
    let older = first.link(".buttons", "Older");
    let second = shop.owner().page(&format!("{}{older}", of(id, "history"))).await;
    assert_eq!(second.count("tbody tr"), 1);
    assert_eq!(second.texts(".buttons a"), ["Newer"]);
}

#[rocket::async_test]
async fn the_first_page_lists_what_one_did_last() {
    let shop = Shop::open().await;
    let owner = shop.owner();
    assert_eq!(owner.page("/en/admin/").await.text(".recent p"), "None available");
    owner.send(ADD, &with(&[])).await.is(302);
    let id = shop.book("X").await.id;
    owner.send(&of(id, "change"), &with(&[("title", "Y")])).await.is(302);
    owner.send(&format!("{LIST}export/"), &[("fields", "title"), ("format", "csv")]).await.is(200);
    owner.send("/en/admin/shop/author/3/delete/", &[("post", "yes")]).await.is(302);
    let page = owner.page("/en/admin/").await;
    let recent = page.texts(".recent li");
    let expected = ["Deleted: 林 墨Author", "Done: BooksBook", "Changed: YBook", "Added: XBook"];
    assert_eq!(recent, expected);
    let links = page.attrs(".recent li a", "href");
    assert_eq!(links, [of(id, "change"), of(id, "change")], "what is gone, and what is no row, has no page");
}
