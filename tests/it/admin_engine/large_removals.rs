//! Removals that are too large for a request.

use chatdku::admin::Standing;

use super::{
    reader::{Reader, location},
    shop::{Shop, volume},
};

const LIST: &str = "/en/admin/shop/book/";
const ALL: [(&str, &str); 3] = [("action", "delete_selected"), ("select_across", "1"), ("post", "yes")];

/// A clerk who has just given the password.
fn clerk(shop: &Shop) -> Reader {
    Reader(shop.staff("delete_book view_book").0.header("X-Proven", "2026-03-09T04:00:00Z"))
}

#[rocket::async_test]
async fn a_thousand_rows_go_with_the_request_and_more_with_a_worker() {
    let shop = Shop::open().await;
    shop.shelve_alike(1000).await;
    let to = location(&clerk(&shop).send(LIST, &with_count("1000")).await.is(302));
    assert_eq!((to.as_str(), shop.titles().await.len()), (LIST, 0));

    shop.shelve_alike(1001).await;
    let to = location(&clerk(&shop).send(LIST, &with_count("1001")).await.is(302));
    assert!(to.starts_with("/en/admin/removals/"), "{to}");
    let page = clerk(&shop).page(&to).await;
    assert_eq!(page.text("h1"), "Deleting Books");
    assert_eq!(page.text(".card-body [role=status]"), "Waiting for a worker: 0 of 1,001 deleted.");
    assert!(page.has("[data-refresh]"), "a browser with scripts looks again");
    assert_eq!(page.link(".buttons", "Back to the list"), LIST);
    assert_eq!(shop.titles().await.len(), 1001, "no worker has come");

    let (removal, _) = shop.removals.lock().unwrap()[0].clone();
    assert_eq!(removal.run(&shop.site).await.unwrap(), 1001);
    shop.removals.lock().unwrap()[0].1 = Standing::Done;
    assert!(shop.titles().await.is_empty());
    let page = clerk(&shop).page(&to).await;
    assert_eq!(page.text(".card-body [role=status]"), "All 1,001 deleted.");
    assert!(!page.has("[data-refresh]"));
    let log = shop.log().await;
    assert_eq!(log.len(), 2001, "one entry for each row");
    let last = log.last().unwrap();
    assert_eq!((last.event.as_str(), last.source.clone()), ("admin.delete", Some("job".to_owned())));
    assert_eq!(last.actor_name.as_deref(), Some("clerk"));
    assert_eq!(removal.run(&shop.site).await.unwrap(), 0, "started again, it finds nothing left");
}

#[rocket::async_test]
async fn one_row_that_must_stay_keeps_all_the_others() {
    let shop = Shop::open().await;
    shop.shelve_alike(1001).await;
    shop.shelve([volume("The untouchable")]).await;
    let to = location(&clerk(&shop).send(LIST, &with_count("1002")).await.is(302));
    let (removal, _) = shop.removals.lock().unwrap()[0].clone();
    removal.run(&shop.site).await.expect_err("a row that this clerk must not remove");
    assert_eq!((shop.titles().await.len(), shop.log().await.len()), (1002, 0));
    shop.removals.lock().unwrap()[0].1 = Standing::GivenUp;
    let said = "Given up after 0 of 1,002. What is left can be deleted again; the job says why.";
    assert_eq!(clerk(&shop).page(&to).await.text(".card-body [role=status]"), said);
}

#[rocket::async_test]
async fn a_removal_means_the_rows_of_its_list() {
    let shop = Shop::open().await;
    shop.shelve_alike(1001).await;
    shop.shelve([volume("Kept apart")]).await;
    let list = format!("{LIST}?q=Volume");
    clerk(&shop).send(&list, &with_count("1001")).await.is(302);
    let (removal, _) = shop.removals.lock().unwrap()[0].clone();
    assert_eq!(removal.run(&shop.site).await.unwrap(), 1001);
    assert_eq!(shop.titles().await, ["Kept apart"]);
}

#[rocket::async_test]
async fn nobody_watches_a_removal_that_is_not_there() {
    let shop = Shop::open().await;
    for id in ["00000000-0000-0000-0000-000000000009", "nothing"] {
        clerk(&shop).get(&format!("/en/admin/removals/{id}/")).await.is(404);
    }
}

fn with_count(count: &str) -> Vec<(&str, &str)> {
    ALL.into_iter().chain([("typed_count", count)]).collect()
}
