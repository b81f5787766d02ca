//! The form that exports: which rows and fields, who may, what is said and what is logged.

use chatdku::platform::audit;
use serde_json::{Value, json};

use super::{
    exports::{EXPORT, MARK, csv, export, shop},
    reader::location,
    shop::Shop,
    xlsx::{self, Cell},
};

#[rocket::async_test]
async fn the_page_offers_fields_and_formats() {
    let shop = shop().await;
    let page = shop.owner().page(&format!("{EXPORT}?pages__exact=100")).await;
    assert_eq!(page.text("h1"), "Export Books");
    assert_eq!(page.texts("main form > p"), ["To be exported: 2 Books"]);
    let fields = page.attrs("input[name=fields][checked]", "value");
    let columns = "id title author_id pages in_print condition blurb arrived shelved contact";
    assert_eq!(fields.join(" "), columns, "every column, in order, ticked");
    let formats = page.attrs("select[name=format] option", "value");
    assert_eq!(formats, ["csv", "tsv", "xlsx", "json", "ndjson", "yaml", "html"]);
    assert_eq!(page.attrs("input[checked]:not([name=fields])", "name"), ["mark", "plain"]);
    let chinese = shop.owner().page("/zh-hans/admin/shop/book/export/").await;
    assert_eq!(chinese.text("h1"), "导出Books");
    assert_eq!(chinese.texts("main form > p"), ["将导出：3 个Books"]);
}

#[rocket::async_test]
async fn rows_are_those_of_the_list() {
    let shop = shop().await;
    let owner = shop.owner();
    let form = [("fields", "title"), ("format", "json")];
    for (query, expected) in [
        ("o=-1", vec!["红楼梦", "Plain", "=HYPERLINK(1)"]),
        ("o=1&in_print__exact=1", vec!["=HYPERLINK(1)", "Plain"]),
        ("q=plain", vec!["Plain"]),
        ("o=1&n=25&p=9&all=&_facets=True", vec!["=HYPERLINK(1)", "Plain", "红楼梦"]),
    ] {
        let answer = owner.send(&format!("{EXPORT}?{query}"), &form).await.is(200).json();
        let titles: Vec<&str> =
            answer.as_array().unwrap().iter().filter_map(|row| row["title"].as_str()).collect();
        assert_eq!(titles, expected, "{query}");
    }
    shop.shelve_alike(620).await;
    let all = owner.send(EXPORT, &form).await.is(200).json();
    assert_eq!(all.as_array().unwrap().len(), 623, "no page limits it");
    owner.send(&format!("{EXPORT}?nonsense=1"), &form).await.is(400);
    owner.get(&format!("{EXPORT}?nonsense=1")).await.is(400);
}

#[rocket::async_test]
async fn chosen_rows_alone_can_be_exported() {
    let shop = shop().await;
    let ids: Vec<String> = shop.books().await.iter().map(|book| book.id.to_string()).collect();
    let clerk = shop.staff("view_book export_book");
    let form = [("action", "export_selected"), ("_selected_action", &ids[0]), ("_selected_action", &ids[2])];
    let to = location(&clerk.send("/en/admin/shop/book/?q=zzz", &form).await.is(302));
    assert_eq!(to, format!("{EXPORT}?id__in={},{}", ids[0], ids[2]));
    assert_eq!(clerk.page(&to).await.texts("main form > p"), ["To be exported: 2 Books"]);
    let rows = clerk.send(&to, &[("fields", "title"), ("format", "json")]).await.json();
    assert_eq!(rows.as_array().unwrap().len(), 2);
    let across = [("action", "export_selected"), ("select_across", "1")];
    let to = location(&clerk.send("/en/admin/shop/book/?n=25&p=2&pages__exact=100", &across).await.is(302));
    assert_eq!(to, format!("{EXPORT}?pages__exact=100"));
}

#[rocket::async_test]
async fn forms_of_the_original_still_work() {
    let shop = shop().await;
    let owner = shop.owner();
    let fields = [("bookresource_title", "on"), ("bookresource_pages", "on"), ("resource", "0")];
    let with = |format| fields.into_iter().chain([("format", format)]).collect::<Vec<_>>();
    let answer = owner.send(&format!("{EXPORT}?o=1"), &with("0")).await.is(200);
    assert_eq!(answer.header("Content-Disposition"), Some("attachment; filename=\"Book-2026-03-09.csv\""));
    let text = answer.text();
    assert_eq!(text, format!("{MARK}title,pages\r\n'=HYPERLINK(1),-7\r\nPlain,100\r\n红楼梦,100\r\n"));
    assert_eq!(xlsx::rows(&owner.send(EXPORT, &with("2")).await.is(200).body).len(), 4);
    for (format, name) in [("1", "xls"), ("4", "ods"), ("xls", "xls"), ("ods", "ods")] {
        let page = owner.shown(EXPORT, &with(format)).await;
        let note = format!("{name} is not written any more. xlsx opens in the same programs.");
        assert_eq!(page.errors(), [note]);
        assert_eq!(
            page.attrs("input[name=fields][checked]", "value"),
            ["title", "pages"],
            "what was ticked is kept"
        );
    }
    let page = owner.shown("/zh-hans/admin/shop/book/export/", &with("1")).await;
    assert_eq!(page.errors(), ["不再生成 xls。xlsx 可用同样的程序打开。"]);
}

#[rocket::async_test]
async fn what_is_missing_in_the_form_is_said() {
    let shop = shop().await;
    let owner = shop.owner();
    for (form, fault) in [
        (vec![("format", "csv")], "Select at least 1 field for “Books” to export."),
        (vec![("format", "csv"), ("fields", "nothing")], "Select at least 1 field for “Books” to export."),
        (vec![("fields", "title")], "This field is required."),
        (vec![("fields", "title"), ("format", "")], "This field is required."),
        (
            vec![("fields", "title"), ("format", "exe")],
            "Select a valid choice. exe is not one of the available choices.",
        ),
    ] {
        assert_eq!(owner.shown(EXPORT, &form).await.errors(), [fault], "{form:?}");
    }
    let page = owner.shown("/zh-hans/admin/shop/book/export/", &[("format", "csv")]).await;
    assert_eq!(page.errors(), ["请至少选择“Books”的 1 个要导出的字段。"]);
    let page = owner.shown("/zh-hans/admin/shop/book/export/", &[("fields", "title")]).await;
    assert_eq!(page.errors(), ["该字段是必填项。"]);
    assert!(shop.log().await.is_empty(), "nothing has left");
}

#[rocket::async_test]
async fn personal_values_are_pseudonyms_without_a_permission_of_their_own() {
    let shop = shop().await;
    let clerk = shop.staff("view_book export_book");
    for (format, read) in [("csv", false), ("json", true)] {
        let answer = export(&clerk, "title contact", format, &[]).await;
        assert!(!answer.text().contains("ada@"), "{format}");
        let contacts: Vec<String> = if read {
            let rows = answer.json();
            rows.as_array()
                .unwrap()
                .iter()
                .map(|row| row["contact"].as_str().unwrap_or_default().to_owned())
                .collect()
        } else {
            csv(&answer.text(), b',')[1..].iter().map(|row| row[1].clone()).collect()
        };
        assert!(contacts[0].starts_with("p-") && contacts[0].len() > 10, "{contacts:?}");
        assert_eq!(contacts[1], contacts[0], "the same person is the same pseudonym");
        assert_eq!(contacts[2], "", "nobody is nobody");
    }
    let sheet = export(&clerk, "contact", "xlsx", &[]).await;
    assert!(!xlsx::rows(&sheet.body).contains(&vec![Cell::text("ada@example.edu")]));
    assert!(
        clerk.page(EXPORT).await.texts("main .hint")[0]
            .starts_with("Personal values are exported as pseudonyms")
    );
    let trusted = shop.staff("view_book export_book export_personal");
    assert!(export(&trusted, "contact", "csv", &[]).await.text().contains("ada@example.edu"));
    assert_eq!(trusted.page(EXPORT).await.texts("main .hint"), ["Personal values are exported as they are."]);
}

#[rocket::async_test]
async fn exporting_needs_its_own_permission_and_that_to_look() {
    let shop = shop().await;
    let form = [("fields", "title"), ("format", "csv")];
    for may in ["", "view_book", "export_book", "change_book add_book delete_book", "view_book export_author"]
    {
        let clerk = shop.staff(may);
        let refused = clerk.get(EXPORT).await.is(403);
        assert!(refused.text().contains("shop.export_book"), "{may}");
        assert!(!clerk.send(EXPORT, &form).await.is(403).text().contains("HYPERLINK"), "{may}");
    }
    shop.stranger().get(EXPORT).await.is(302);
    shop.stranger().0.form(EXPORT, &form).await.is(302);
    shop.customer().get(EXPORT).await.is(302);
    // Authors are exported by nobody.
    shop.owner().get("/en/admin/shop/author/export/").await.is(403);
    assert!(shop.log().await.is_empty());
    shop.staff("change_book export_book").send(EXPORT, &form).await.is(200);
}

#[rocket::async_test]
async fn an_export_is_logged_once_with_what_left() {
    let shop = shop().await;
    let clerk = shop.staff("view_book export_book");
    let form = [("fields", "title"), ("fields", "contact"), ("format", "xlsx")];
    clerk.send(&format!("{EXPORT}?pages__exact=100&o=1"), &form).await.is(200);
    let log: Vec<audit::Model> = shop.log().await;
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].event.as_str(), log[0].model.as_deref()), ("admin.export", Some("shop.book")));
    assert_eq!(log[0].actor_name.as_deref(), Some("clerk"));
    let detail: Value = serde_json::from_str(&log[0].detail).unwrap();
    assert_eq!(
        detail,
        json!({
            "query": "o=1&pages__exact=100", "fields": ["title", "contact"], "format": "xlsx", "rows": 2,
            "personal": false,
        })
    );
}

#[rocket::async_test]
async fn more_than_ten_thousand_rows_need_the_password() {
    let shop = Shop::open().await;
    shop.shelve_alike(10_001).await;
    let owner = shop.owner();
    assert!(owner.page(EXPORT).await.has("input[name=_password]"));
    assert!(!owner.page(&format!("{EXPORT}?q=9999")).await.has("input[name=_password]"));
    let form = |password| [("fields", "id"), ("format", "ndjson"), ("_password", password)];
    let page = owner.shown(EXPORT, &form("")).await;
    assert_eq!(page.errors(), ["This step needs your password once more."]);
    let page = owner.shown(EXPORT, &form("wrong")).await;
    assert_eq!(page.errors(), ["Your password was entered incorrectly. Please enter it again."]);
    assert!(shop.log().await.is_empty());
    let file = owner.send(EXPORT, &form("key")).await.is(200);
    assert_eq!(file.header("Content-Type"), Some("application/x-ndjson; charset=utf-8"));
    assert_eq!(file.text().lines().count(), 10_001);
}
