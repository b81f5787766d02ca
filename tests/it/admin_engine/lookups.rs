//! Filters: what parameters mean, the panel beside a list, the chips and the bar of dates above it; and how many
//! queries a list takes.

use std::time::Duration;

use chatdku::admin::{AdminSite, Cell, ModelAdmin};

use super::{
    bookshop::author,
    lists::library,
    reader::{Reader, Sheet},
    shop::Shop,
};

const LIST: &str = "/en/admin/shop/book/";

async fn found(reader: &Reader, query: &str) -> String {
    reader.page(&format!("{LIST}?o=1&{query}")).await.rows().join(" ")
}

#[rocket::async_test]
async fn parameters_narrow_the_list() {
    let shop = library().await;
    for (query, expected) in [
        ("title__exact=Elm", "Elm"),
        ("title=Elm", "Elm"),
        ("title__icontains=D", "Cedar Dogwood"),
        ("title__istartswith=d", "Dogwood"),
        ("title__icontains=%25", ""),
        ("blurb__icontains=0%25%20wood_c", "Cedar"),
        ("blurb__icontains=wood%25chips", ""),
        ("blurb__icontains=woodXchips", ""),
        ("blurb__isnull=False", "Cedar"),
        ("in_print__exact=1", "Ash Cedar Dogwood"),
        ("in_print__exact=0", "Birch Elm"),
        ("condition__exact=used", "Birch Dogwood"),
        ("condition__in=used,new", "Ash Birch Cedar Dogwood Elm"),
        ("pages__in=50,700", "Dogwood Elm"),
        ("pages__gt=200", "Ash Dogwood"),
        ("pages__gte=200", "Ash Birch Cedar Dogwood"),
        ("pages__lt=200", "Elm"),
        ("pages__lte=200", "Birch Cedar Elm"),
        ("pages__from=200&pages__to=300", "Ash Birch Cedar"),
        ("author=1", "Ash Birch"),
        ("author_id=1", "Ash Birch"),
        ("author__id__exact=2", "Cedar"),
        ("author__in=2,3", "Cedar Elm"),
        ("author__isnull=True", "Dogwood"),
        ("author__isnull=False", "Ash Birch Cedar Elm"),
        ("genres__id__exact=1", "Dogwood"),
        ("genres=2", ""),
        ("genres__isnull=True", "Ash Birch Cedar Elm"),
        ("length=long", "Dogwood"),
        // Different parameters: all of them. One parameter twice: either.
        ("condition__exact=new&in_print__exact=1", "Ash Cedar"),
        ("pages__exact=50&pages__exact=700", "Dogwood Elm"),
        ("author=2&author=3&in_print__exact=0", "Elm"),
        ("q=e&condition__exact=new", "Cedar Elm"),
        // An empty field of the form is no filter.
        ("pages__from=&arrived__to=", "Ash Birch Cedar Dogwood Elm"),
    ] {
        assert_eq!(found(&shop.owner(), query).await, expected, "{query}");
    }
}

#[rocket::async_test]
async fn days_are_those_of_the_reader() {
    let shop = library().await;
    for (query, expected) in [
        ("arrived__range=today", "Ash"),
        ("arrived__range=yesterday", ""),
        ("arrived__range=last7d", "Ash"),
        ("arrived__range=last30d", "Ash Birch Cedar"),
        ("arrived__range=this_month", "Ash Birch"),
        ("arrived__range=last_month", "Cedar"),
        // Elm arrived on New Year's morning in Shanghai.
        ("arrived__range=this_year", "Ash Birch Cedar Elm"),
        ("arrived__from=2026-02-10&arrived__to=2026-03-02", "Birch Cedar"),
        ("arrived__gte=2026-01-01", "Ash Birch Cedar Elm"),
        ("arrived__gte=2026-01-01%2000:00:00%2B00:00", "Ash Birch Cedar"),
        ("arrived__lt=2025-12-31T17:00:01Z", "Dogwood Elm"),
        ("arrived__year=2026", "Ash Birch Cedar Elm"),
        ("arrived__year=2026&arrived__month=3", "Ash Birch"),
        ("arrived__day=2&arrived__month=3&arrived__year=2026", "Birch"),
        ("arrived__month=3", "Ash Birch"),
        ("arrived__day=2", "Birch"),
        ("arrived__year=2025", "Dogwood"),
        ("shelved__year=2026&shelved__month=2&shelved__day=11", "Cedar"),
        ("shelved__from=2026-02-11&shelved__to=2026-02-11", "Cedar"),
        ("shelved__isnull=False", "Cedar"),
    ] {
        assert_eq!(found(&shop.owner(), query).await, expected, "{query}");
    }
}

#[rocket::async_test]
async fn the_panel_offers_what_fits_each_filter() {
    let shop = library().await;
    let page = shop.owner().page(&format!("{LIST}?n=50&o=1&p=1&q=a")).await;
    let offered: Vec<String> = page.texts(".filter summary");
    let titles = ["In print", "Condition", "Author id", "Arrived", "Pages", "Genres", "Length"];
    assert_eq!(offered, titles.map(|title| format!("By {title}")));
    assert_eq!(page.texts(".filter:nth-of-type(1) li"), ["All", "Yes", "No"]);
    assert_eq!(page.texts(".filter:nth-of-type(2) li"), ["All", "New", "Used"]);
    assert_eq!(
        page.texts(".filter:nth-of-type(3) li"),
        ["All", "Ada Quill", "Bo Ink", "林 墨", "None", "Any"]
    );
    assert_eq!(page.texts(".filter:nth-of-type(4) li")[..3], ["Any date", "Today", "Yesterday"]);
    let inputs = ["arrived__from", "arrived__to", "pages__from", "pages__to"];
    assert_eq!(page.attrs(".filter-inputs input", "name"), inputs);
    assert_eq!(page.texts(".filter:nth-of-type(6) li"), ["All", "Poetry", "Travel", "-"]);
    assert_eq!(
        page.link(".filters", "Used"),
        "?condition__exact=used&n=50&o=1&q=a",
        "sorted, and without its page"
    );
    assert_eq!(page.link(".filters", "Bo Ink"), "?author__id__exact=2&n=50&o=1&q=a");
    assert_eq!(page.link(".filters", "Today"), "?arrived__range=today&n=50&o=1&q=a");
    assert_eq!(page.attrs(".filters form input[type=hidden]", "name"), ["n", "o", "q"]);
    let all = page.texts(".filters [aria-current]");
    assert!(all.iter().all(|text| text == "All" || text == "Any date"), "nothing is chosen: {all:?}");

    let chosen = shop.owner().page(&format!("{LIST}?condition__exact=used&pages__from=10")).await;
    let current = chosen.texts(".filters [aria-current]");
    assert!(current.contains(&"Used".to_owned()), "{current:?}");
    assert_eq!(chosen.link(".filters", "New"), "?condition__exact=new&pages__from=10");
    assert_eq!(chosen.attr("input[name=pages__from]", "value"), "10");
    let chinese = shop.owner().page("/zh-hans/admin/shop/book/").await;
    assert_eq!(chinese.texts(".filter:nth-of-type(1) summary"), ["按In print"]);
    assert_eq!(chinese.texts(".filter:nth-of-type(1) li"), ["全部", "是", "否"]);
}

#[rocket::async_test]
async fn counts_beside_choices_follow_the_search_and_all_other_filters() {
    let shop = library().await;
    let owner = shop.owner();
    let page = owner.page(&format!("{LIST}?in_print__exact=0")).await;
    assert_eq!(page.count(".filters .count"), 0);
    assert_eq!(page.link(".filters h2", "Show counts"), "?_facets=True&in_print__exact=0");
    let page = owner.page(&format!("{LIST}?_facets=True&in_print__exact=0")).await;
    assert_eq!(page.texts(".filter:nth-of-type(1) .count"), ["5", "3", "2"], "its own choice does not count");
    assert_eq!(page.texts(".filter:nth-of-type(2) .count"), ["2", "1", "1"]);
    assert_eq!(page.texts(".filter:nth-of-type(3) .count"), ["2", "1", "0", "1", "0", "2"]);
    assert_eq!(page.texts(".filter:nth-of-type(6) .count"), ["2", "0", "0", "2"]);
    assert_eq!(page.texts(".filter:nth-of-type(7) .count"), ["2", "0"]);
    assert_eq!(page.link(".filters h2", "Hide counts"), "?in_print__exact=0");
    let searched = owner.page(&format!("{LIST}?_facets=True&q=Ash")).await;
    assert_eq!(searched.texts(".filter:nth-of-type(2) .count"), ["1", "1", "0"]);
    assert!(searched.link(".filters", "Used 0").contains("_facets=True"), "counts stay while one chooses");
}

#[rocket::async_test]
async fn every_filter_in_use_has_a_chip_that_takes_it_away() {
    let shop = library().await;
    let address = format!("{LIST}?author__id__exact=1&condition__exact=used&o=1&p=1&pages__from=100&q=r");
    let page = shop.owner().page(&address).await;
    assert_eq!(page.rows(), ["Birch"]);
    assert_eq!(page.texts(".chip"), ["Author id: Ada Quill", "Condition: Used", "Pages: from 100"]);
    assert_eq!(
        page.attrs(".chip a", "href"),
        [
            "?condition__exact=used&o=1&pages__from=100&q=r",
            "?author__id__exact=1&o=1&pages__from=100&q=r",
            "?author__id__exact=1&condition__exact=used&o=1&q=r",
        ]
    );
    assert_eq!(page.link(".chips", "Clear all filters"), "?o=1&q=r");
    let twice = shop.owner().page(&format!("{LIST}?pages__exact=50&pages__exact=700")).await;
    assert_eq!(twice.attrs(".chip a", "href"), ["?pages__exact=700", "?pages__exact=50"]);
    let lone = shop.owner().page(&format!("{LIST}?arrived__range=last7d")).await;
    assert_eq!(lone.texts(".chip"), ["Arrived: Past 7 days"]);
    assert_eq!(lone.attrs(".chip a", "href"), ["."], "nothing is left of the address");
    let chinese = shop.owner().page("/zh-hans/admin/shop/book/?arrived__range=last7d").await;
    assert_eq!(chinese.texts(".chip"), ["Arrived: 过去 7 天"]);
    assert!(!shop.owner().page(LIST).await.has(".chip"));
}

#[rocket::async_test]
async fn years_months_and_days_lead_down_and_back() {
    let shop = library().await;
    let owner = shop.owner();
    let bar = ".hierarchy li";
    let years = owner.page(&format!("{LIST}?o=1&p=1")).await;
    assert_eq!(years.texts(bar), ["2025", "2026"]);
    let year = years.link(".hierarchy", "2026");
    assert_eq!(year, "?arrived__year=2026&o=1");
    let months = owner.page(&format!("{LIST}{year}")).await;
    assert_eq!(months.rows(), ["Ash", "Birch", "Cedar", "Elm"]);
    assert_eq!(months.texts(bar), ["‹ All dates", "Jan. 2026", "Feb. 2026", "March 2026"]);
    assert_eq!(months.link(".hierarchy", "‹ All dates"), "?o=1");
    let days = owner.page(&format!("{LIST}{}", months.link(".hierarchy", "March 2026"))).await;
    assert_eq!(days.rows(), ["Ash", "Birch"]);
    assert_eq!(days.texts(bar)[..3], ["‹ 2026", "1", "2"]);
    let day = owner.page(&format!("{LIST}{}", days.link(".hierarchy", "2"))).await;
    assert_eq!(day.rows(), ["Birch"]);
    assert_eq!(day.text(".hierarchy [aria-current]"), "2");
    assert_eq!(day.link(".hierarchy", "‹ 2026"), "?arrived__year=2026&o=1");
    let chinese = owner.page("/zh-hans/admin/shop/book/?arrived__year=2026").await;
    assert_eq!(chinese.texts(bar)[..2], ["‹ 所有日期", "2026年1月"]);
}

#[rocket::async_test]
async fn the_bar_of_dates_begins_where_rows_differ() {
    let shop = library().await;
    shop.run("delete from shop_book_genre").await;
    shop.run("delete from shop_book where title in ('Dogwood', 'Elm')").await;
    let months = shop.owner().page(LIST).await;
    assert_eq!(months.texts(".hierarchy li"), ["Feb. 2026", "March 2026"], "one year: its months");
    shop.run("delete from shop_book where title = 'Cedar'").await;
    let days = shop.owner().page(LIST).await.texts(".hierarchy li");
    assert_eq!((days.first().map(String::as_str), days.last().map(String::as_str)), (Some("2"), Some("9")));
    shop.run("delete from shop_book where title = 'Birch'").await;
    assert!(!shop.owner().page(LIST).await.has(".hierarchy"), "one day: nothing to choose");
}

#[test]
fn a_list_of_many_rows_takes_as_many_queries_as_one_of_few() {
    let few = queries_of_a_list(3);
    assert!(few > 3, "queries are counted: {few}");
    assert_eq!(few, queries_of_a_list(90));
}

/// How many queries the page of a list with so many books takes, counts beside filters and all.
fn queries_of_a_list(books: usize) -> usize {
    let queries = Queries::default();
    let subscriber = queries.clone();
    rocket::async_test(async move {
        let shop = Shop::open().await;
        shop.shelve_alike(books).await;
        shop.run("update shop_book set author_id = 1 + id % 3").await;
        // Of this thread alone, on which a request without a port is answered.
        let _listening = tracing::subscriber::set_default(subscriber);
        let before = queries.count();
        let page = shop.owner().page(&format!("{LIST}?_facets=True")).await;
        assert_eq!(page.rows().len(), books);
        queries.count() - before
    })
}

/// Counts the spans in which queries are made.
#[derive(Clone, Default)]
struct Queries(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl Queries {
    fn count(&self) -> usize {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }
}

/// Listens for itself: what was begun before it listened would confuse a registry of spans.
impl tracing::Subscriber for Queries {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.is_span()
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        let metadata = span.metadata();
        if metadata.target().starts_with("sea_orm::database") && metadata.name().starts_with("query_") {
            self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
        tracing::span::Id::from_u64(u64::MAX)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {}

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[rocket::async_test]
async fn a_list_that_takes_too_long_is_given_up() {
    let authors = ModelAdmin::<author::Entity>::new("shop", "author")
        .named_by(|row, _| row.text(author::Column::Name))
        .list([author::Column::Name])
        .search([author::Column::Name])
        .computed("nap", |page| async move {
            tokio::time::sleep(Duration::from_millis(200)).await;
            Ok(page.rows.iter().map(|_| Cell::Empty).collect())
        });
    let site = AdminSite::new("admin-site-administration").section("people", |section| section.add(authors));
    let shop = Shop::with(site.patience(Duration::from_millis(50))).await;
    let answer = shop.owner().get("/en/admin/shop/author/").await.is(503);
    let page = Sheet::of(&answer);
    assert_eq!(page.text("h1"), "This took too long");
}
