//! Lists: columns, order, pages, counts, tools.

use std::collections::BTreeSet;

use sea_orm::Set;

use super::{
    bookshop::book,
    reader::{Sheet, location},
    shop::{Shop, volume},
};

const LIST: &str = "/en/admin/shop/book/";

/// A shop with five books.
pub async fn library() -> Shop {
    let shop = Shop::open().await;
    let at = |text: &str| Set(text.parse().unwrap());
    let book = |title: &str, pages, condition: &str| book::ActiveModel {
        pages: Set(pages),
        condition: Set(condition.to_owned()),
        ..volume(title)
    };
    let keys = shop
        .shelve([
            book::ActiveModel { arrived: at("2026-03-09T02:00:00Z"), ..book("Ash", 300, "new") },
            book::ActiveModel {
                arrived: at("2026-03-02T02:00:00Z"),
                in_print: Set(false),
                ..book("Birch", 200, "used")
            },
            book::ActiveModel {
                arrived: at("2026-02-10T02:00:00Z"),
                author_id: Set(Some(2)),
                blurb: Set(Some("100% wood_chips".to_owned())),
                shelved: Set("2026-02-11".parse().ok()),
                ..book("Cedar", 200, "new")
            },
            book::ActiveModel {
                arrived: at("2025-11-05T02:00:00Z"),
                author_id: Set(None),
                ..book("Dogwood", 700, "used")
            },
            // Still December for a clock in London, January for one in Shanghai.
            book::ActiveModel {
                arrived: at("2025-12-31T17:00:00Z"),
                author_id: Set(Some(3)),
                in_print: Set(false),
                ..book("Elm", 50, "new")
            },
        ])
        .await;
    shop.sort(keys[3], 1).await;
    shop
}

fn titles(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[rocket::async_test]
async fn a_list_begins_with_the_newest_and_links_each_row_to_its_page() {
    let shop = library().await;
    let page = shop.owner().page(LIST).await;
    assert_eq!(page.rows(), titles("Ash Birch Cedar Elm Dogwood"));
    let ash = shop.book("Ash").await.id;
    assert_eq!(page.link(".list-table", "Ash"), format!("{LIST}{ash}/change/"));
    let narrowed = shop.owner().page(&format!("{LIST}?o=1&pages__exact=300")).await;
    assert_eq!(
        narrowed.link(".list-table", "Ash"),
        format!("{LIST}{ash}/change/?_changelist_filters=o%3D1%26pages__exact%3D300"),
        "the way back to the same list"
    );
}

#[rocket::async_test]
async fn columns_are_ordered_by_their_numbers() {
    let shop = library().await;
    for (order, expected) in [
        ("-3.1", "Dogwood Ash Birch Cedar Elm"),
        ("-3.-1", "Dogwood Ash Cedar Birch Elm"),
        ("1", "Ash Birch Cedar Dogwood Elm"),
        ("-1", "Elm Dogwood Cedar Birch Ash"),
        // The seventh column is worked out and cannot be ordered by; there is no hundredth.
        ("7.x.100.-0.-3.1", "Dogwood Ash Birch Cedar Elm"),
        ("0", "Ash Birch Cedar Elm Dogwood"),
    ] {
        let page = shop.owner().page(&format!("{LIST}?o={order}")).await;
        assert_eq!(page.rows(), titles(expected), "o={order}");
    }
    let written = shop.owner().page(&format!("{LIST}?o=-2.1&author__isnull=False")).await;
    assert_eq!(written.rows(), titles("Elm Cedar Ash Birch"));
    // Whoever sees no check boxes counts the same columns.
    let looking = shop.staff("view_book").page(&format!("{LIST}?o=-3.1")).await;
    assert!(!looking.has("input[name=_selected_action]"));
    assert_eq!(looking.rows(), titles("Dogwood Ash Birch Cedar Elm"));
}

#[rocket::async_test]
async fn heads_of_columns_say_how_the_list_is_ordered_and_change_it() {
    let shop = library().await;
    let page = shop.owner().page(&format!("{LIST}?o=-3.1&q=a&p=1")).await;
    let head = |label: &str, css: &str| {
        let at = page.texts(".list-table thead th").iter().position(|text| text.starts_with(label)).unwrap();
        let within = format!(".list-table thead th:nth-child({}) {css}", at + 1);
        page.attr(&within, "href")
    };
    assert_eq!(head("Pages", "a.sort"), "?o=3.1&q=a", "toggled, and back to the first page");
    assert_eq!(head("Title", "a.sort"), "?o=-1.-3&q=a", "put first, the other follows");
    assert_eq!(head("Condition", "a.sort"), "?o=5.-3.1&q=a", "a further column is put first");
    assert_eq!(head("Pages", "a.sort-tool"), "?o=1&q=a", "taken out");
    assert_eq!(head("Thickness", "a.sort"), "", "what is worked out has no order");
    assert_eq!(page.attrs(".list-table th", "aria-sort"), ["ascending", "descending"]);
    let ranks = page.texts(".sort-rank");
    assert_eq!(ranks.len(), 2);
    assert!(ranks[0].ends_with('2') && ranks[1].ends_with('1'), "{ranks:?}");
}

#[rocket::async_test]
async fn cells_show_what_values_mean() {
    let shop = library().await;
    let page = shop.owner().page(&format!("{LIST}?o=1")).await;
    let cells = page.texts(".list-table tbody tr:first-child td:not(.pick)");
    assert_eq!(cells, ["Ada Quill", "300", "Yes", "New", "2 hours ago", "30"]);
    assert_eq!(page.attr(".list-table tbody tr:first-child time", "title"), "2026-03-09 10:00:00 CST");
    let author = page.attr(".list-table tbody tr:first-child td > a", "href");
    assert_eq!(author, "/en/admin/shop/author/1/change/");
    let cells = page.texts(".list-table tbody tr:nth-child(4) td:not(.pick)");
    assert_eq!(cells, ["-", "700", "Yes", "Used", "Nov. 5, 2025, 10:00 a.m.", "70"]);
    let chinese = shop.owner().page("/zh-hans/admin/shop/book/?o=1").await;
    let cells = chinese.texts(".list-table tbody tr:nth-child(4) td:not(.pick)");
    assert_eq!((cells[2].as_str(), cells[4].as_str()), ("是", "2025年11月5日 10:00"));
    // Who may not look at authors is told their names, and not led to them.
    let clerk = shop.staff("view_book").page(&format!("{LIST}?o=1")).await;
    assert_eq!(clerk.texts(".list-table tbody tr:first-child td")[0], "Ada Quill");
    assert!(!clerk.has(".list-table td a"));
}

#[rocket::async_test]
async fn a_page_that_is_not_there_is_the_nearest_one() {
    let shop = Shop::open().await;
    shop.shelve_alike(60).await;
    let owner = shop.owner();
    let last = owner.page(&format!("{LIST}?n=25&o=1&p=9999&q=Volume")).await;
    assert_eq!(last.rows().len(), 10);
    assert_eq!(last.text(".pager [aria-current=page]"), "3");
    assert_eq!(last.attr(".pager a[rel=prev]", "href"), "?n=25&o=1&p=2&q=Volume", "the query is kept");
    assert!(!last.has(".pager a[rel=next]"));
    for first in ["x", "0", "-1", "", "99999999999999999999999"] {
        let page = owner.page(&format!("{LIST}?n=25&p={first}")).await;
        assert_eq!(page.text(".pager [aria-current=page]"), "1", "p={first}");
    }
    let far = owner.page(&format!("{LIST}?n=25&p=9223372036854775807")).await;
    assert_eq!(far.text(".pager [aria-current=page]"), "3");
}

#[rocket::async_test]
async fn pages_come_in_four_sizes() {
    let shop = Shop::open().await;
    shop.shelve_alike(205).await;
    let owner = shop.owner();
    for (query, rows) in [("", 100), ("?n=25", 25), ("?n=50", 50), ("?n=200", 200), ("?n=7", 100)] {
        assert_eq!(owner.page(&format!("{LIST}{query}")).await.rows().len(), rows, "{query}");
    }
    let page = owner.page(&format!("{LIST}?n=25&p=3&o=1")).await;
    assert_eq!(page.texts(".sizes li"), ["25", "50", "100", "200"]);
    assert_eq!(page.text(".sizes [aria-current]"), "25");
    assert_eq!(page.link(".sizes", "50"), "?n=50&o=1", "another size begins at the first page");
    assert_eq!(page.texts(".pager > ul li"), ["", "1", "2", "3", "4", "5", "6", "…", "8", "9", ""]);
    assert!(page.texts(".pager > p")[0].starts_with("205 Books"));

    assert!(!page.has(".pager > p a"), "more than 200 do not fit on a page");
    let too_many = owner.page(&format!("{LIST}?all=")).await;
    assert_eq!(too_many.rows().len(), 100, "and asking for it changes nothing");
    shop.run("delete from shop_book where id > (select min(id) + 149 from shop_book)").await;
    let page = owner.page(&format!("{LIST}?n=25")).await;
    assert_eq!(page.link(".pager > p", "Show all"), "?all=&n=25");
    assert_eq!(owner.page(&format!("{LIST}?all=&n=25")).await.rows().len(), 150);
}

#[rocket::async_test]
async fn pages_of_equal_rows_do_not_overlap() {
    let shop = Shop::open().await;
    shop.shelve_alike(60).await;
    for order in ["", "5", "-5.3", "2.-4"] {
        let mut seen = BTreeSet::new();
        for page in 1..=3 {
            let page = shop.owner().page(&format!("{LIST}?n=25&p={page}&o={order}")).await;
            seen.extend(page.rows());
        }
        assert_eq!(seen.len(), 60, "o={order}");
    }
}

#[rocket::async_test]
async fn ten_thousand_rows_are_counted_and_more_are_counted_when_asked() {
    let shop = Shop::open().await;
    shop.shelve_alike(10_001).await;
    let page = shop.owner().page(LIST).await;
    let count = &page.texts(".search-row p")[0];
    assert!(count.starts_with("10,000+ Books"), "{count}");
    assert_eq!(page.link(".search-row p", "Count exactly"), "?count=exact");
    let exact = shop.owner().page(&format!("{LIST}?count=exact")).await;
    assert_eq!(exact.texts(".search-row p")[0], "10,001 Books");
    let last = shop.owner().page(&format!("{LIST}?p=9999&o=1")).await;
    assert_eq!(last.rows(), ["Volume 9999"], "the last page is found although its number was not known");
}

#[rocket::async_test]
async fn tools_and_titles_follow_permissions_and_language() {
    let shop = library().await;
    for (may, title, tools) in [
        ("view_book", "Select Book to view", vec![]),
        ("change_book", "Select Book to change", vec![]),
        ("view_book add_book", "Select Book to view", vec!["Add Book"]),
        ("view_book export_book", "Select Book to view", vec!["Export"]),
        ("change_book add_book export_book", "Select Book to change", vec!["Export", "Add Book"]),
    ] {
        let page = shop.staff(may).page(&format!("{LIST}?o=1&q=a")).await;
        assert_eq!(page.text("h1"), title, "{may}");
        assert_eq!(page.texts(".tools li"), tools, "{may}");
    }
    let page = shop.owner().page(&format!("{LIST}?e=1&o=1&q=a")).await;
    assert_eq!(page.link(".tools", "Export"), format!("{LIST}export/?o=1&q=a"), "the query goes along");
    let chinese = shop.owner().page("/zh-hans/admin/shop/book/").await;
    assert_eq!(chinese.text("h1"), "选择要修改的Book");
    assert_eq!(chinese.texts(".tools li"), ["导出", "增加Book"]);
    assert!(chinese.texts(".pager > p")[0].starts_with("5 个Books"));
}

#[rocket::async_test]
async fn an_empty_list_says_so() {
    let shop = Shop::open().await;
    let page = shop.owner().page(LIST).await;
    assert_eq!(page.text(".empty"), "There is nothing here yet.");
    let page = shop.owner().page(&format!("{LIST}?o=1&q=nobody")).await;
    assert_eq!(page.text(".empty strong"), "Nothing was found.");
    assert_eq!(page.link(".empty", "Clear all filters"), "?o=1");
}

#[rocket::async_test]
async fn what_an_address_gets_wrong_is_left_out_and_said() {
    let shop = library().await;
    let owner = shop.owner();
    for wrong in [
        "nonsense=1",
        "author__name=Ada",
        "title__regex=.",
        "pages__gt=many",
        "pages__icontains=1",
        "in_print__exact=perhaps",
        "arrived__range=someday",
        "arrived__gte=yesterday-ish",
        "arrived__year=soon",
        "arrived__year=2026&arrived__month=13",
        "genres__id__exact=poetry",
        "length=short",
        "pages__in=1,x",
        "title__exact=a%00b",
        "whisper=hush",
        "whisper__isnull=True",
    ] {
        let answer = owner.get(&format!("{LIST}?o=1&p=2&q=Ash&{wrong}")).await.is(302);
        assert_eq!(location(&answer), format!("{LIST}?e=1&o=1&q=Ash"), "{wrong}");
    }
    let answer = owner.get(&format!("{LIST}?nonsense=1&pages__exact=300")).await;
    assert_eq!(location(&answer), format!("{LIST}?e=1&pages__exact=300"), "what is understood stays");
    let page = owner.page(&location(&answer)).await;
    assert_eq!(page.messages(), ["warning: The filter in the address was not understood and was ignored."]);
    assert_eq!(page.rows(), ["Ash"]);
    let links = page.attrs("main a", "href");
    assert!(links.iter().all(|href| !href.contains("e=1")), "the mark is not handed on: {links:?}");
    let chinese = owner.page("/zh-hans/admin/shop/book/?e=1").await;
    assert_eq!(chinese.messages(), ["warning: 地址中的过滤条件无法识别，已忽略。"]);
}

#[rocket::async_test]
async fn a_second_mistake_is_no_worse_than_the_first() {
    let shop = library().await;
    let answer = shop.owner().get(&format!("{LIST}?e=1&nonsense=1")).await.is(302);
    assert_eq!(location(&answer), format!("{LIST}?e=1"));
    assert_eq!(Sheet::of(&shop.owner().get(&location(&answer)).await.is(200)).rows().len(), 5);
}
