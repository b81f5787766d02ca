//! What staff do, with scripts.

use fantoccini::key::Key;

use super::{enter, furnished, go, visitor};
use crate::support::{Scripts, staff::PASSWORD};

const CONVERSATIONS: &str = "/en/admin/chat/usersession/";
const USERS: &str = "/en/admin/core/usermodel/";

#[rocket::async_test]
async fn somebody_signs_in_finds_conversations_reads_one_and_exports_them() {
    let program = furnished().await;
    let browser = visitor(&program, Scripts::On, 1280).await;
    browser.fill("#id_username", "owner").await;
    browser.fill("#id_password", "wrong").await;
    browser.click("main form .button.primary").await;
    assert!(browser.text(".errors").await.contains("correct username and password"));
    enter(&browser).await;
    assert!(browser.texts(".figure strong").await.len() >= 5);

    go(&browser, &program, CONVERSATIONS).await;
    let all = browser.count(".list-table tbody tr").await;
    assert_eq!(all, 31);
    browser.fill(".search-form input", "quiet").await;
    browser.click(".search-form button").await;
    browser.wait_for(".list-table mark").await;
    assert_eq!(browser.texts(".list-table tbody .main").await, ["When are quiet hours?"]);
    assert!(browser.text(".search-row").await.contains("(31 total)"));

    // A relative date is a link and stays relative; dates of one's own come with the button; both are chips.
    go(&browser, &program, CONVERSATIONS).await;
    browser.follow("Today").await;
    browser.wait_for(".chip").await;
    assert!(browser.at().await.contains("created_at__range=today"), "{}", browser.at().await);
    let today = browser.count(".list-table tbody tr").await;
    assert!((1..all).contains(&today), "{today}");
    browser.click(".chip a").await;
    browser.page.wait().for_url(&program.url(CONVERSATIONS).parse().unwrap()).await.unwrap();
    let yesterday = browser.run("return new Date(Date.now() - 86400000).toISOString().slice(0, 10)").await;
    let set = "document.querySelector('.filters input[type=date]').value =";
    browser.run(&format!("{set} {yesterday}")).await;
    browser.click(".filter-apply button").await;
    let recent = browser.texts(".chip").await;
    assert_eq!(recent.len(), 1, "{recent:?}");
    assert!((1..all).contains(&browser.count(".list-table tbody tr").await));

    go(&browser, &program, &format!("{CONVERSATIONS}?q=quiet")).await;
    browser.click(".list-table .main a").await;
    browser.follow("Open conversation").await;
    assert_eq!(browser.texts(".turn.question .bubble").await, ["When are quiet hours?"]);
    assert!(browser.text(".turn.answer .bubble").await.contains("23:00"));
    assert!(browser.text(".pin.bad").await.contains("Not clear"));
    browser.click(".why summary").await;
    assert!(browser.text(".source-list").await.contains("Housing guide"));
    browser.fill(".find-in input", "weekdays").await;
    browser.wait_for("mark.here").await;

    go(&browser, &program, &format!("{CONVERSATIONS}?q=quiet")).await;
    browser.follow("Export").await;
    browser.choose("#id_format", "csv").await;
    browser.click(".submit .primary").await;
    let (name, bytes) = browser.download(".csv").await;
    assert!(name.starts_with("UserSession-"), "{name}");
    let mut rows = csv::Reader::from_reader(bytes.as_slice());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    assert!(rows[0].iter().any(|cell| cell == "When are quiet hours?"), "{:?}", rows[0]);
    browser.close().await;
}

#[rocket::async_test]
async fn an_owner_gives_rights_and_removes_several_rows_at_once() {
    let program = furnished().await;
    let browser = visitor(&program, Scripts::On, 1280).await;
    enter(&browser).await;

    go(&browser, &program, &format!("{USERS}add/")).await;
    browser.fill("#id_username", "helper").await;
    browser.fill("#id_password1", "1234").await;
    browser.fill("#id_password2", "1234").await;
    browser.click("[name=_save]").await;
    // The list of errors has the focus and leads to the fields; each error belongs to its field.
    browser.wait_for(".errors:focus").await;
    browser.click(".errors a[href='#id_password2']").await;
    let field = browser.wait_for("#id_password2:focus[aria-invalid=true]").await;
    let described = field.attr("aria-describedby").await.unwrap().unwrap();
    let error = browser.text(&format!("#{}", described.split(' ').next().unwrap())).await;
    assert!(error.contains("too short"), "{error}");
    browser.fill("#id_password1", PASSWORD).await;
    browser.fill("#id_password2", PASSWORD).await;
    browser.click("[name=_save]").await;
    assert!(browser.text(".message.success").await.contains("helper"));

    let seen = "input[aria-label='Feedback: View']";
    browser.click(seen).await;
    assert_eq!(browser.text(".unsaved").await, "There are changes that are not saved.");
    browser.press_with_control('s').await;
    browser.wait_for(".message.success").await;
    browser.wait_for(&format!("{seen}:checked")).await;
    browser.follow("History").await;
    assert!(browser.text(".diff").await.contains("User permissions"));

    go(&browser, &program, CONVERSATIONS).await;
    let boxes = "[name=_selected_action]";
    for row in 1..=2 {
        browser.click(&format!(".list-table tbody tr:nth-child({row}) {boxes}")).await;
    }
    assert_eq!(browser.text(".counter").await, "2 of 31 selected");
    browser.choose("[name=action]", "delete_selected").await;
    browser.click(".actions button").await;
    browser.wait_for_title("Delete multiple").await;
    assert!(browser.text(".summary-list").await.contains("Messages"));
    browser.click(".button.danger").await;
    assert!(browser.text(".messages[role=status]").await.contains("Successfully deleted 2"));
    assert_eq!(browser.count(boxes).await, 29);
    browser.close().await;
}

#[rocket::async_test]
async fn language_theme_and_palette_follow_their_keys_and_buttons() {
    let program = furnished().await;
    let browser = visitor(&program, Scripts::On, 1280).await;
    enter(&browser).await;
    go(&browser, &program, &format!("{CONVERSATIONS}?q=quiet")).await;
    browser.click("button[lang=zh-Hans]").await;
    browser.wait_for("html[lang=zh-Hans]").await;
    assert_eq!(browser.at().await, "/zh-hans/admin/chat/usersession/?q=quiet");
    browser.click("button[lang=en]").await;
    browser.wait_for("html[lang=en]").await;

    // The page comes with the theme: nothing is painted before it.
    let button = "[data-theme-button]";
    let mut chosen = String::new();
    for _ in 0..3 {
        browser.click(button).await;
        chosen =
            browser.run("return document.documentElement.dataset.theme").await.as_str().unwrap().to_owned();
        if chosen == "dark" {
            break;
        }
    }
    assert_eq!(chosen, "dark");
    browser.page.refresh().await.unwrap();
    browser.wait_for("html[data-theme=dark]").await;
    let sent = browser.run("return fetch(location.href).then((answer) => answer.text())").await;
    assert!(sent.as_str().unwrap().contains("data-theme=\"dark\""));
    let page = browser.run("return getComputedStyle(document.body).backgroundColor").await;
    assert_eq!(page, "rgb(18, 22, 28)");

    browser.press_with_control('k').await;
    browser.wait_for("#palette[open]").await;
    browser.type_keys("users").await;
    browser.wait_for("#palette [role=option][aria-selected=true]").await;
    browser.type_keys(&char::from(Key::Enter).to_string()).await;
    browser.wait_for_title("Select user").await;
    assert_eq!(browser.at().await, USERS);
    // Escape closes it and gives back the focus; records come from the server.
    browser.click("a.find").await;
    browser.type_keys("quiet").await;
    browser.wait_for("#palette [role=option] small").await;
    browser.type_keys(&char::from(Key::Escape).to_string()).await;
    browser.wait_for("a.find:focus").await;
    browser.close().await;
}
