//! Exported files: what is in them, in every format.

use sea_orm::Set;
use serde_json::{Value, json};

use super::{
    bookshop::book,
    reader::{Reader, Sheet},
    shop::{Shop, volume},
    xlsx::{self, Cell},
};
use crate::support::Answer;

pub const EXPORT: &str = "/en/admin/shop/book/export/";
pub const MARK: &str = "\u{feff}";

/// A shop whose books are hard to write down.
pub async fn shop() -> Shop {
    let shop = Shop::open().await;
    shop.shelve([
        book::ActiveModel {
            pages: Set(-7),
            blurb: Set(Some("one, \"two\"\nthree".to_owned())),
            contact: Set(Some("ada@example.edu".to_owned())),
            ..volume("=HYPERLINK(1)")
        },
        book::ActiveModel {
            author_id: Set(Some(3)),
            in_print: Set(false),
            blurb: Set(Some("<b>&".to_owned())),
            ..volume("红楼梦")
        },
        book::ActiveModel {
            author_id: Set(None),
            contact: Set(Some("ada@example.edu".to_owned())),
            ..volume("Plain")
        },
    ])
    .await;
    shop
}

/// Exports some fields, by the form that the page has.
pub async fn export(reader: &Reader, fields: &str, format: &str, switches: &[&str]) -> Answer {
    let mut form = vec![("ours", "1"), ("format", format)];
    form.extend(fields.split_whitespace().map(|field| ("fields", field)));
    form.extend(switches.iter().map(|switch| (*switch, "1")));
    reader.send(&format!("{EXPORT}?o=1"), &form).await.is(200)
}

/// The cells of a file.
pub fn csv(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[rocket::async_test]
async fn csv_is_what_spreadsheets_read() {
    let shop = shop().await;
    let fields = "title author_id pages in_print blurb arrived shelved";
    let answer = export(&shop.owner(), fields, "csv", &["mark", "plain"]).await;
    assert_eq!(answer.header("Content-Type"), Some("text/csv; charset=utf-8"));
    let disposition = "attachment; filename=\"Book-2026-03-09.csv\"";
    assert_eq!(answer.header("Content-Disposition"), Some(disposition));
    let text = answer.text();
    let body = text.strip_prefix(MARK).expect("a mark");
    assert!(body.starts_with("title,author_id,pages,in_print,blurb,arrived,shelved\r\n"), "{body}");
    assert!(body.contains("\"one, \"\"two\"\"\nthree\""), "quoted where it has to be: {body}");
    let arrived = "2026-03-01T08:00:00+00:00";
    assert_eq!(
        csv(body, b',')[1..],
        [
            vec!["'=HYPERLINK(1)", "1", "-7", "true", "one, \"two\"\nthree", arrived, ""],
            vec!["Plain", "", "100", "true", "", arrived, ""],
            vec!["红楼梦", "3", "100", "false", "<b>&", arrived, ""],
        ],
        "in the order of the list; a number is no formula"
    );
}

#[rocket::async_test]
async fn the_mark_and_the_apostrophe_have_switches() {
    let shop = shop().await;
    let owner = shop.owner();
    let bare = export(&owner, "title", "csv", &[]).await.text();
    assert_eq!(bare, "title\r\n=HYPERLINK(1)\r\nPlain\r\n红楼梦\r\n");
    let marked = export(&owner, "title", "csv", &["mark"]).await.text();
    assert_eq!(marked, format!("{MARK}{bare}"));
    let tsv = export(&owner, "title pages", "tsv", &["mark", "plain"]).await;
    assert_eq!(tsv.header("Content-Type"), Some("text/tab-separated-values; charset=utf-8"));
    let text = tsv.text();
    assert_eq!(text, format!("{MARK}title\tpages\r\n'=HYPERLINK(1)\t-7\r\nPlain\t100\r\n红楼梦\t100\r\n"));
    let json = export(&owner, "title", "json", &["mark", "plain"]).await.text();
    assert!(
        !json.starts_with(MARK) && json.contains("\"=HYPERLINK(1)\""),
        "data for programs stays as it is"
    );
}

#[rocket::async_test]
async fn cells_that_a_spreadsheet_would_run_are_neutral() {
    let shop = Shop::open().await;
    let formulas = ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1"];
    shop.shelve(formulas.iter().enumerate().map(|(at, formula)| book::ActiveModel {
        blurb: Set(Some((*formula).to_owned())),
        ..volume(&format!("Book {at}"))
    }))
    .await;
    let owner = shop.owner();
    let text = export(&owner, "blurb", "csv", &["plain"]).await.text();
    let cells: Vec<String> = csv(&text, b',')[1..].iter().map(|row| row[0].clone()).collect();
    assert_eq!(cells, formulas.map(|formula| format!("'{formula}")));
    let html = export(&owner, "blurb", "html", &["plain"]).await;
    let cells = Sheet::of(&html).texts("td");
    assert!(cells.len() == 7 && cells.iter().all(|cell| cell.starts_with('\'')), "{cells:?}");
    let sheet = xlsx::rows(&export(&owner, "blurb", "xlsx", &["plain"]).await.body);
    assert_eq!(sheet[1], [Cell::text("=1+1")], "a string, and not a formula");
    assert!(!sheet.iter().flatten().any(|cell| *cell == Cell::Formula));
}

#[rocket::async_test]
async fn data_for_programs_has_its_types() {
    let shop = shop().await;
    let owner = shop.owner();
    let fields = "title author_id pages in_print blurb shelved";
    let expected = json!([
        { "title": "=HYPERLINK(1)", "author_id": 1, "pages": -7, "in_print": true,
          "blurb": "one, \"two\"\nthree", "shelved": null },
        { "title": "Plain", "author_id": null, "pages": 100, "in_print": true, "blurb": null, "shelved": null },
        { "title": "红楼梦", "author_id": 3, "pages": 100, "in_print": false, "blurb": "<b>&", "shelved": null },
    ]);
    let json = export(&owner, fields, "json", &[]).await;
    assert_eq!(json.header("Content-Type"), Some("application/json; charset=utf-8"));
    assert_eq!(json.json(), expected);
    let ndjson = export(&owner, fields, "ndjson", &[]).await;
    assert_eq!(ndjson.header("Content-Disposition"), Some("attachment; filename=\"Book-2026-03-09.ndjson\""));
    let lines: Vec<Value> = ndjson.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::from(lines), expected);
    let yaml = export(&owner, fields, "yaml", &[]).await;
    assert_eq!(yaml.header("Content-Type"), Some("text/yaml; charset=utf-8"));
    assert_eq!(from_yaml(&yaml.text()), expected);
}

/// Reads a list of flat maps: keys and values are written as in JSON.
fn from_yaml(text: &str) -> Value {
    let mut items: Vec<Value> = Vec::new();
    for line in text.lines() {
        if line.starts_with("- ") {
            items.push(json!({}));
        }
        let pair: Value = serde_json::from_str(&format!("{{{}}}", &line[2..])).unwrap();
        let item = items.last_mut().and_then(Value::as_object_mut).unwrap();
        item.extend(pair.as_object().unwrap().clone());
    }
    Value::from(items)
}

#[rocket::async_test]
async fn a_list_without_rows_is_a_file_without_rows() {
    let shop = Shop::open().await;
    let owner = shop.owner();
    for (format, text) in
        [("csv", "title\r\n"), ("tsv", "title\r\n"), ("json", "[\n]\n"), ("ndjson", ""), ("yaml", "[]\n")]
    {
        assert_eq!(export(&owner, "title", format, &[]).await.text(), text, "{format}");
    }
    assert_eq!(xlsx::rows(&export(&owner, "title", "xlsx", &[]).await.body), [[Cell::text("title")]]);
}

#[rocket::async_test]
async fn html_is_a_table_that_runs_nothing() {
    let shop = shop().await;
    let html = export(&shop.owner(), "title blurb", "html", &["plain"]).await;
    assert_eq!(html.header("Content-Type"), Some("text/html; charset=utf-8"));
    assert!(html.header("Content-Disposition").unwrap().starts_with("attachment"));
    let page = Sheet::of(&html);
    assert_eq!(page.texts("th"), ["title", "blurb"]);
    assert_eq!(page.texts("td:first-child"), ["'=HYPERLINK(1)", "Plain", "红楼梦"]);
    assert_eq!(page.texts("td:last-child")[2], "<b>&");
    assert!(!page.has("b"));
}

#[rocket::async_test]
async fn a_spreadsheet_opens_with_a_bold_row_that_stays() {
    let shop = shop().await;
    let answer = export(&shop.owner(), "title author_id pages in_print", "xlsx", &["plain"]).await;
    let media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!(answer.header("Content-Type"), Some(media));
    assert_eq!(
        xlsx::rows(&answer.body),
        [
            ["title", "author_id", "pages", "in_print"].map(Cell::text).to_vec(),
            vec![Cell::text("=HYPERLINK(1)"), Cell::Number(1.0), Cell::Number(-7.0), Cell::Truth(true)],
            vec![Cell::text("Plain"), Cell::Number(100.0), Cell::Truth(true)],
            vec![Cell::text("红楼梦"), Cell::Number(3.0), Cell::Number(100.0), Cell::Truth(false)],
        ]
    );
    let sheet = xlsx::part(&answer.body, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("ySplit=\"1\"") && sheet.contains("state=\"frozen\""), "{sheet}");
    assert!(xlsx::part(&answer.body, "xl/styles.xml").contains("<b/>"));
}

#[rocket::async_test]
async fn heads_may_be_labels_and_references_may_be_named() {
    let shop = shop().await;
    let text = export(&shop.owner(), "title author_id", "csv", &["labels", "names"]).await.text();
    assert_eq!(
        csv(&text, b','),
        [
            ["Title", "Author id", "Author id (name)"],
            ["=HYPERLINK(1)", "1", "Ada Quill"],
            ["Plain", "", ""],
            ["红楼梦", "3", "林 墨"],
        ]
    );
}
