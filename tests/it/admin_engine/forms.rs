//! Forms: what they show to whom, what they say about mistakes.

use sea_orm::Set;

use super::{
    bookshop::book,
    saving::{of, with},
    shop::{Shop, volume},
};

const ADD: &str = "/en/admin/shop/book/add/";
const LONG: &str = "Forty-one characters and not a single les";

#[rocket::async_test]
async fn every_mistake_has_its_sentence_in_both_languages() {
    let shop = Shop::open().await;
    shop.shelve([volume("Taken")]).await;
    let choice = "Select a valid choice. torn is not one of the available choices.";
    let genre = "Select a valid choice. 99 is not one of the available choices.";
    let reference = "Select a valid choice. That choice is not one of the available choices.";
    let long = "Ensure this value has at most 40 characters (it has 41).";
    for (field, value, english, chinese) in [
        ("title", "", "This field is required.", "该字段是必填项。"),
        ("title", "   ", "This field is required.", "该字段是必填项。"),
        ("title", LONG, long, "请确保该值最多 40 个字符（现有 41 个）。"),
        ("title", "Taken", "Book with this Title already exists.", "已存在具有相同标题的Book。"),
        ("title", "a\0b", "Null characters are not allowed.", "不允许空字符。"),
        ("contact", "nobody", "Enter a valid email address.", "请输入有效的电子邮件地址。"),
        ("arrived_0", "soon", "Enter a valid date.", "请输入有效的日期。"),
        ("arrived_0", "2026-02-30", "Enter a valid date.", "请输入有效的日期。"),
        ("arrived_1", "25:00", "Enter a valid time.", "请输入有效的时间。"),
        ("arrived_1", "", "Enter a valid time.", "请输入有效的时间。"),
        ("shelved", "31.12.2026", "Enter a valid date.", "请输入有效的日期。"),
        ("pages", "many", "Enter a whole number.", "请输入整数。"),
        ("pages", "1.5", "Enter a whole number.", "请输入整数。"),
        ("pages", "-5", "Enter a whole number.", "请输入整数。"),
        ("pages", "", "This field is required.", "该字段是必填项。"),
        ("condition", "torn", choice, "请选择有效的选项。torn 不在可用选项之中。"),
        ("condition", "", "This field is required.", "该字段是必填项。"),
        ("author", "99", reference, "请选择有效的选项。该选项不在可用选项之中。"),
        ("author", "Ada", reference, "请选择有效的选项。该选项不在可用选项之中。"),
        ("genres", "poetry", "“poetry” is not a valid value.", "“poetry”不是有效的值。"),
        ("genres", "99", genre, "请选择有效的选项。99 不在可用选项之中。"),
    ] {
        let at = field.split_once("_0").or(field.split_once("_1")).map_or(field, |(name, _)| name);
        for (language, expected) in [("en", english), ("zh-hans", chinese)] {
            let address = ADD.replace("/en/", &format!("/{language}/"));
            let page = shop.owner().shown(&address, &with(&[(field, value)])).await;
            assert_eq!(page.fault(at), expected, "{field}={value:?}");
            assert_eq!(page.attrs("[aria-invalid=true]", "id"), [format!("id_{at}")], "{field}={value:?}");
        }
    }
    assert_eq!(shop.titles().await, ["Taken"]);
    assert!(shop.log().await.is_empty(), "nothing was done");
}

#[rocket::async_test]
async fn a_form_with_mistakes_comes_back_as_it_was_typed() {
    let shop = Shop::open().await;
    let typed =
        [("title", " <X> "), ("pages", "many"), ("author", "2"), ("genres", "2"), ("arrived_1", "9:3x")];
    let form: Vec<_> = with(&typed).into_iter().filter(|(name, _)| *name != "in_print").collect();
    let page = shop.owner().shown(ADD, &form).await;
    assert_eq!(page.text("title"), "Error: Add Book | Site administration");
    assert_eq!(
        page.errors(),
        ["Please correct the errors below.", "Pages: Enter a whole number.", "Arrived: Enter a valid time."]
    );
    assert_eq!(page.attrs(".errors a", "href"), ["#id_pages", "#id_arrived"]);
    assert!(page.has(".errors[data-focus][tabindex='-1']"));
    assert_eq!(page.attr("#id_pages", "aria-describedby"), "id_pages_error");
    assert_eq!(page.attr("#id_title", "value"), " <X> ");
    assert_eq!(page.attr("#id_pages", "value"), "many");
    assert_eq!(page.attr("#id_author", "value"), "2");
    assert_eq!(page.attr("#id_arrived_1", "value"), "9:3x");
    assert_eq!(page.texts("#id_genres [selected]"), ["Travel"]);
    assert!(!page.has("#id_in_print[checked]"), "unticked, although a new row is not");
    assert!(page.has("details.block[open]"), "a closed group with a mistake in it is open");

    let page = shop.owner().shown(ADD, &with(&[("pages", "")])).await;
    assert_eq!(page.errors(), ["Please correct the error below.", "Pages: This field is required."]);
    let page = shop.owner().shown(&ADD.replace("/en/", "/zh-hans/"), &with(&[("pages", "")])).await;
    assert_eq!(page.errors(), ["请更正以下错误。", "页数: 该字段是必填项。"]);
    assert_eq!(page.text("title"), "错误： 增加Book | 站点管理");
}

#[rocket::async_test]
async fn a_new_row_begins_with_what_is_declared_and_what_the_address_says() {
    let shop = Shop::open().await;
    let owner = shop.owner();
    let page = owner.page(ADD).await;
    assert_eq!(page.text("h1"), "Add Book");
    assert_eq!(page.attr("#id_condition [selected]", "value"), "new");
    assert!(!page.has("#id_in_print[checked]"));
    assert!(!page.has("#id_id"), "a row that is not there has no key to show");

    let filled = "title=War,%20and%20peace&author=2&genres=1,2&in_print=1&arrived=2026-03-01%2010:30";
    let page = owner.page(&format!("{ADD}?{filled}")).await;
    assert_eq!(page.attr("#id_title", "value"), "War, and peace");
    assert_eq!(page.attr("#id_author", "value"), "2");
    assert_eq!(page.texts("#id_genres [selected]"), ["Poetry", "Travel"]);
    assert!(page.has("#id_in_print[checked]"));
    assert_eq!(page.attr("#id_arrived", "value"), "2026-03-01");
    assert_eq!(page.attr("#id_arrived_1", "value"), "10:30:00");
    assert_eq!(page.attr("#id_condition [selected]", "value"), "new", "the rest is as in any new row");
    assert!(!page.has(".errors"));
    let page = owner.page(&format!("{ADD}?in_print=0&condition=used")).await;
    assert!(!page.has("#id_in_print[checked]"));
    assert_eq!(page.attr("#id_condition [selected]", "value"), "used");
    assert!(shop.titles().await.is_empty(), "nothing is saved by looking");
}

#[rocket::async_test]
async fn fields_are_what_their_columns_are() {
    let shop = Shop::open().await;
    let id = shop.shelve([book::ActiveModel { blurb: Set(Some("Long".to_owned())), ..volume("X") }]).await[0];
    let page = shop.owner().page(&of(id, "change")).await;
    for (field, kind) in [
        ("title", "text"),
        ("pages", "number"),
        ("in_print", "checkbox"),
        ("arrived", "date"),
        ("arrived_1", "time"),
        ("shelved", "date"),
        ("contact", "email"),
    ] {
        assert_eq!(page.attr(&format!("input#id_{field}"), "type"), kind, "{field}");
    }
    assert_eq!(page.attr("#id_title", "maxlength"), "40");
    assert!(page.has("#id_title[required]") && page.has("label.required[for=id_title]"));
    assert!(!page.has("#id_contact[required]"));
    assert_eq!(page.text("textarea#id_blurb"), "Long");
    assert_eq!(page.attrs("select#id_condition option", "value"), ["new", "used"]);
    assert_eq!(page.attrs("select#id_genres[multiple] option", "value"), ["1", "2"]);
    let picker = page.attr(".picker", "data-url");
    assert_eq!(picker, "/en/admin/autocomplete/?app_label=shop&model_name=book&field_name=author");
    assert!(page.texts(".help").contains(&"Ada Quill".to_owned()), "the key is named");
    assert!(page.texts(".help").contains(&"In Asia/Shanghai".to_owned()), "the zone is named");
    assert!(page.has("form#change-form[novalidate]"), "it is the server that judges");
    assert_eq!(page.text("details.block > summary"), "Dates");
    assert!(!page.has("details.block[open]"));
    assert_eq!(page.texts(".submit button"), ["Save", "Save and add another", "Save and continue editing"]);
    let chinese = shop.owner().page(&of(id, "change").replace("/en/", "/zh-hans/")).await;
    assert_eq!(chinese.texts(".submit button"), ["保存", "保存并增加另一个", "保存并继续编辑"]);
    assert_eq!(chinese.text("h1"), "修改Book");
    let clerk = shop.staff("change_book").page(&of(id, "change")).await;
    assert_eq!(
        clerk.texts(".submit button"),
        ["Save", "Save and continue editing"],
        "nothing that leads to 403"
    );
    assert!(!clerk.has(".submit a"), "nor the way to delete");
}

#[rocket::async_test]
async fn who_may_only_look_is_shown_text() {
    let shop = Shop::open().await;
    let id = shop.shelve([volume("X")]).await[0];
    shop.sort(id, 2).await;
    let clerk = shop.staff("view_book delete_book");
    let kept = "?_changelist_filters=q%3DX";
    let page = clerk.page(&format!("{}{kept}", of(id, "change"))).await;
    assert_eq!(page.text("h1"), "View Book");
    assert!(!page.has("#change-form :is(input:not([type=hidden]), select, textarea, button:not(.copy))"));
    let values = page.texts(".value");
    for value in ["X", "Ada Quill", "100", "Yes", "New", "Travel", "March 1, 2026, 4:00 p.m.", "-"] {
        assert!(values.contains(&value.to_owned()), "{value}: {values:?}");
    }
    assert_eq!(page.link(".submit", "Close"), "/en/admin/shop/book/?q=X");
    assert_eq!(page.link(".submit", "Delete"), format!("{}{kept}", of(id, "delete")));
    assert!(
        !shop
            .staff("view_book")
            .page(&of(id, "change"))
            .await
            .texts(".submit a")
            .contains(&"Delete".to_owned())
    );
    let chinese = clerk.page(&of(id, "change").replace("/en/", "/zh-hans/")).await;
    assert_eq!((chinese.text("h1").as_str(), chinese.texts(".submit a")[0].as_str()), ("查看Book", "关闭"));

    let answer = clerk.send(&of(id, "change"), &with(&[("title", "Y")])).await.is(403);
    assert!(answer.text().contains("shop.change_book"), "the permission is named");
    clerk.send(ADD, &with(&[("title", "Y")])).await.is(403);
    assert_eq!(shop.titles().await, ["X"]);
    assert!(shop.log().await.is_empty());
}

#[rocket::async_test]
async fn a_row_may_be_closed_to_those_who_may_change_others() {
    let shop = Shop::open().await;
    let keys = shop.shelve([volume("The untouchable"), volume("X")]).await;
    let clerk = shop.staff("view_book change_book delete_book");
    let page = clerk.page(&of(keys[0], "change")).await;
    assert_eq!(page.text("h1"), "View Book");
    assert_eq!(page.texts(".submit a"), ["Close"]);
    assert_eq!(clerk.page(&of(keys[1], "change")).await.text("h1"), "Change Book");
    clerk.send(&of(keys[0], "change"), &with(&[("title", "Touched")])).await.is(403);
    assert_eq!(shop.titles().await, ["The untouchable", "X"]);
    shop.owner().send(&of(keys[0], "change"), &with(&[("title", "Touched")])).await.is(302);
    assert_eq!(shop.titles().await, ["Touched", "X"]);
}

#[rocket::async_test]
async fn a_change_form_without_its_box_above_is_not_a_form_with_mistakes() {
    let shop = Shop::open().await;
    let id = shop.shelve([volume("X")]).await[0];
    let page = shop.owner().page(&of(id, "change")).await;
    assert_eq!(page.text("title"), "Change Book | Site administration");
    assert!(!page.has(".errors") && !page.has("[aria-invalid]"));
    assert_eq!(page.texts(".crumbs li"), ["Home", "Shop", "Books", "X"]);
}

#[rocket::async_test]
async fn rows_that_belong_to_a_row_are_listed_below_it() {
    let shop = Shop::open().await;
    let of_ada = (1..=12).map(|number| volume(&format!("Ada {number}")));
    let of_bo = book::ActiveModel { author_id: Set(Some(2)), ..volume("Bo 1") };
    shop.shelve(of_ada.chain([of_bo])).await;
    let author = "/en/admin/shop/author/1/change/";
    let page = shop.owner().page(author).await;
    assert_eq!(page.text("section.card h2"), "Books");
    let rows = page.texts("section.card tbody th");
    assert_eq!(rows.len(), 10, "the first of them");
    assert!(rows.iter().all(|row| row.starts_with("Ada ")), "{rows:?}");
    let heads = page.texts("section.card thead th");
    assert!(!heads.contains(&"Author id".to_owned()), "which would say the same in each row: {heads:?}");
    let all = page.link("section.card .card-head", "Show all");
    assert_eq!(all, "/en/admin/shop/book/?author__id__exact=1");
    assert_eq!(shop.owner().page(&all).await.rows().len(), 12);
    assert!(!shop.staff("view_author").page(author).await.has("section.card"), "not for everybody");
}
