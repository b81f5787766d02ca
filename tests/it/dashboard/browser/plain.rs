//! What staff do with scripts off: the same, with plain links and forms.

use super::{code_of_now, enter, furnished, go, shown_key, visitor};
use crate::support::{Scripts, staff::PASSWORD};

const CONVERSATIONS: &str = "/en/admin/chat/usersession/";

#[rocket::async_test]
async fn everything_works_without_scripts() {
    let program = furnished().await;
    let browser = visitor(&program, Scripts::Off, 1280).await;
    enter(&browser).await;
    // What only scripts can do is not offered.
    assert!(!browser.wait_for("[data-theme-button]").await.is_displayed().await.unwrap());

    go(&browser, &program, CONVERSATIONS).await;
    browser.fill(".search-form input", "quiet").await;
    browser.click(".search-form button").await;
    browser.wait_for(".list-table mark").await;
    assert_eq!(browser.texts(".list-table tbody .main").await, ["When are quiet hours?"]);
    browser.follow("Today").await;
    let chips = browser.texts(".chip").await;
    assert_eq!(chips.len(), 1, "{chips:?}");
    browser.click(".filter-apply button").await;
    assert_eq!(browser.texts(".list-table tbody .main").await, ["When are quiet hours?"]);
    browser.click(".list-table .main a").await;
    browser.follow("Open conversation").await;
    assert!(browser.text(".turn.answer .bubble").await.contains("23:00"));

    // Long text is opened by the browser itself, and a form is kept as it was typed.
    go(&browser, &program, "/en/admin/auth/group/add/").await;
    browser.click("[name=_save]").await;
    assert!(browser.text("#id_name_error").await.contains("required"));
    browser.fill("#id_name", "Readers").await;
    let may = "input[aria-label='Conversations: View']";
    browser.click(may).await;
    browser.click("[name=_continue]").await;
    assert!(browser.text(".message.success").await.contains("Readers"));
    browser.wait_for(&format!("{may}:checked")).await;
    browser.follow("Delete").await;
    browser.follow("No, take me back").await;
    browser.wait_for("#id_name").await;

    // All that match are chosen without choosing any.
    go(&browser, &program, &format!("{CONVERSATIONS}?q=quiet")).await;
    browser.click("[name=select_across]").await;
    browser.choose("[name=action]", "delete_selected").await;
    browser.click(".actions button").await;
    browser.click(".button.danger").await;
    assert!(browser.text(".messages").await.contains("Successfully deleted 1"));

    go(&browser, &program, CONVERSATIONS).await;
    browser.follow("Export").await;
    browser.choose("#id_format", "json").await;
    browser.click(".submit .primary").await;
    let (_, bytes) = browser.download(".json").await;
    let rows: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 30);

    browser.click("button[lang=zh-Hans]").await;
    browser.wait_for("html[lang=zh-Hans]").await;
    browser.click(".menu summary").await;
    browser.click(".menu button").await;
    // The page before has left when the one that says good-bye is there.
    browser.wait_for("main.sign-in").await;
    go(&browser, &program, CONVERSATIONS).await;
    browser.wait_for("#id_username").await;
    browser.close().await;
}

#[rocket::async_test]
async fn a_narrow_screen_has_its_menu_and_filters_without_scripts() {
    let program = furnished().await;
    let browser = visitor(&program, Scripts::Off, 390).await;
    browser.page.set_window_size(390, 844).await.unwrap();
    enter(&browser).await;
    go(&browser, &program, CONVERSATIONS).await;
    let link = browser.wait_for(".side a[href='/en/admin/auth/group/']").await;
    assert!(!link.is_displayed().await.unwrap());
    browser.click(".side-toggle summary").await;
    assert!(link.is_displayed().await.unwrap());
    let filters = browser.wait_for("aside.filters").await;
    assert!(!filters.is_displayed().await.unwrap());
    browser.click(".filters-toggle summary").await;
    assert!(filters.is_displayed().await.unwrap());
    link.click().await.unwrap();
    browser.wait_for_title("Select group").await;
    browser.close().await;
}

#[rocket::async_test]
async fn a_second_factor_is_set_up_and_used() {
    let program = furnished().await;
    let browser = visitor(&program, Scripts::Off, 390).await;
    enter(&browser).await;
    go(&browser, &program, "/en/admin/second_factor/").await;
    browser.click("[value=begin]").await;
    let key = shown_key(&browser).await;
    browser.fill("#id_first_code", &code_of_now(&key)).await;
    browser.click("[value=confirm]").await;
    let codes = browser.texts(".codes code").await;
    assert_eq!(codes.len(), 10);
    let other = visitor(&program, Scripts::Off, 390).await;
    other.fill("#id_username", "owner").await;
    other.fill("#id_password", PASSWORD).await;
    other.click("main form .button.primary").await;
    other.wait_for("#id_code").await;
    other.click(".instead summary").await;
    other.fill("#id_recovery_code", &codes[1]).await;
    other.click("main form .button.primary").await;
    other.wait_for(".who-name").await;
    other.close().await;
    browser.close().await;
}
