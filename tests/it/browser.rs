//! The main site as a person uses it, in a real browser: ask, upload, ask about it, rate, reload.

use std::time::Duration;

use fantoccini::{Locator, key::Key};

use crate::support::{Browser, Program, pdf};

async fn program_with_documents() -> Program {
    let mut program = Program::on_a_database().set("LOG_LEVEL", "warn");
    let folder = program.folder().join("campus");
    std::fs::create_dir(&folder).unwrap();
    let handbook = "# Student handbook\n\n## Adding and dropping courses\n\nThe add/drop period ends on the second \
        Friday of each term.\n";
    std::fs::write(folder.join("handbook.md"), handbook).unwrap();
    let (well, said) = program.run(&["ingest", "campus"]);
    assert!(well, "{said}");
    program.start().await;
    program
}

#[rocket::async_test]
async fn a_person_asks_uploads_asks_about_it_rates_and_finds_it_all_again() {
    let program = program_with_documents().await;
    let file = program.folder().join("Biology syllabus.pdf");
    let pages: [&[&str]; 3] = [
        &["Biology 110", "Taught in the spring term."],
        &["Grading", "The laboratory notebook counts for thirty-five percent of the grade."],
        &["Office hours", "Office hours are held on Thursday afternoon."],
    ];
    std::fs::write(&file, pdf::pages(&pages)).unwrap();
    let browser = Browser::open(1280, 900).await;
    let page = &browser.page;

    // The question has the focus; nothing but the keyboard is needed.
    page.goto(&program.url("/")).await.unwrap();
    browser.wait_for("#question").await;
    browser.type_keys("When does the add/drop period end?").await;
    browser.type_keys(&String::from(char::from(Key::Enter))).await;
    let answer = browser.text(".answer:not([aria-busy]) .text").await;
    assert!(answer.contains("second Friday"), "{answer}");
    assert!(browser.text(".citations li").await.contains("Student handbook"));
    assert!(page.current_url().await.unwrap().path().starts_with("/c/"));
    assert!(browser.text("#conversations a[aria-current]").await.contains("add/drop"));

    // A file is sent by choosing it, and becomes a source as soon as it is ready.
    browser.wait_for("#file").await.send_keys(&file.display().to_string()).await.unwrap();
    browser.wait_for(".file[data-status=ready]").await;
    browser.wait_for("input[name=source][value='Biology_syllabus.pdf']:checked").await;
    browser
        .wait_for("#question")
        .await
        .send_keys("How much does the laboratory notebook count?")
        .await
        .unwrap();
    browser.wait_for("#ask button.primary").await.click().await.unwrap();
    let last = ".answer:nth-of-type(4):not([aria-busy])";
    let answer = browser.text(&format!("{last} .text")).await;
    assert!(answer.contains("thirty-five percent"), "{answer}");
    let source = browser.wait_for(&format!("{last} .citations a")).await;
    assert!(source.text().await.unwrap().contains("page 2"));
    assert!(source.attr("href").await.unwrap().unwrap().ends_with("#page=2"));

    browser.wait_for(&format!("{last} .rate button[value=helpful]")).await.click().await.unwrap();
    browser.wait_for(&format!("{last} .rated")).await;

    page.refresh().await.unwrap();
    assert_eq!(page.find_all(Locator::Css(".message")).await.unwrap().len(), 4);
    assert!(browser.text(&format!("{last} .text")).await.contains("thirty-five percent"));
    browser.wait_for(&format!("{last} .rated")).await;
    browser.wait_for(".file[data-status=ready]").await;
    assert_eq!(browser.run("return performance.getEntriesByType('resource').filter(r => !r.name.startsWith(location.origin)).length").await, 0);
    browser.close().await;
}

#[rocket::async_test]
async fn an_answer_goes_on_when_its_page_is_loaded_again() {
    use crate::support::model::{Model, Script, Step};
    let slow: Vec<Step> = (0..40)
        .flat_map(|_| [Step::Say("word "), Step::Wait(Duration::from_millis(100))])
        .chain([Step::Say("finished."), Step::Done])
        .collect();
    let model = Model::start(vec![Script::Stream(slow)]).await;
    let mut program = Program::on_a_database().set("LLM_BASE_URL", &model.url()).set("LOG_LEVEL", "warn");
    program.start().await;
    let browser = Browser::open(1280, 900).await;
    browser.page.goto(&program.url("/")).await.unwrap();
    browser.type_keys("Say something long.").await;
    browser.type_keys(&String::from(char::from(Key::Enter))).await;
    let busy = ".answer[aria-busy] .text p";
    assert!(browser.text(busy).await.starts_with("word"));
    browser.page.refresh().await.unwrap();
    assert!(browser.text(busy).await.starts_with("word"));
    assert!(browser.text(".answer:not([aria-busy]) .text").await.ends_with("word finished."));
    browser.close().await;
}

#[rocket::async_test]
async fn an_answer_goes_on_in_the_page_of_another_instance_and_is_stopped_by_its_button() {
    use crate::support::model::{Model, Script, Step};
    let endless = std::iter::repeat_n([Step::Say("word "), Step::Wait(Duration::from_millis(100))], 600);
    let model = Model::start(vec![Script::Stream(endless.flatten().collect())]).await;
    let mut one = Program::on_a_database().set("LLM_BASE_URL", &model.url()).set("LOG_LEVEL", "warn");
    let mut two = one.sibling();
    one.start().await;
    two.start().await;
    let browser = Browser::open(1280, 900).await;
    browser.page.goto(&one.url("/")).await.unwrap();
    browser.type_keys("Say something endless.").await;
    browser.type_keys(&String::from(char::from(Key::Enter))).await;
    let busy = ".answer[aria-busy] .text p";
    assert!(browser.text(busy).await.starts_with("word"));
    let place = browser.page.current_url().await.unwrap().path().to_owned();
    browser.page.goto(&two.url(&place)).await.unwrap();
    let words = |text: String| text.matches("word").count();
    let first = words(browser.text(busy).await);
    let grown =
        format!("return document.querySelector('{busy}').textContent.split('word').length > {first} + 5");
    let began = std::time::Instant::now();
    while browser.run(&grown).await != true {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not go on");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    browser.wait_for(".answer[aria-busy] .stop button").await.click().await.unwrap();
    let trouble = browser.text(".answer:not([aria-busy]) .trouble").await;
    assert_eq!(trouble, "This answer was stopped.");
    assert!(words(browser.text(".answer .text p").await) > first);
    assert_eq!(model.left().len(), 1, "the model was told");
    browser.close().await;
}

#[rocket::async_test]
async fn a_narrow_screen_shows_everything_and_nothing_sideways() {
    let program = program_with_documents().await;
    let browser = Browser::open(390, 844).await;
    browser.page.set_window_size(390, 844).await.unwrap();
    browser.page.goto(&program.url("/")).await.unwrap();
    let sideways = "return document.documentElement.scrollWidth > innerWidth";
    assert_eq!(browser.run(sideways).await, false);
    browser.type_keys("When does the add/drop period end?").await;
    browser.wait_for("#ask button.primary").await.click().await.unwrap();
    browser.wait_for(".answer:not([aria-busy]) .citations li").await;
    assert_eq!(browser.run(sideways).await, false);
    assert!(!browser.wait_for("#sidebar .new").await.is_displayed().await.unwrap());
    browser.wait_for(".menu-button").await.click().await.unwrap();
    assert!(browser.wait_for("#sidebar .new").await.is_displayed().await.unwrap());
    let cut_off = "return [...document.querySelectorAll('#sidebar *')].filter(e => e.getBoundingClientRect().right > innerWidth).length";
    assert_eq!(browser.run(cut_off).await, 0);
    browser.close().await;
}

#[rocket::async_test]
async fn a_question_is_dictated_changed_and_asked() {
    use crate::support::dictation::{Mood, Stenographer};
    let service = Stenographer::hears("the library").await;
    let mut program =
        Program::on_a_database().set("WHISPER_MODEL_URI", &service.url()).set("LOG_LEVEL", "warn");
    program.start().await;
    let browser = Browser::open(1280, 900).await;
    browser.page.goto(&program.url("/")).await.unwrap();
    let state = |state: &str| format!("#dictate[data-state={state}]");
    browser.wait_for("#dictate:not([hidden])").await;

    // The words arrive where the cursor is, and wait there to be changed.
    browser.type_keys("When does open?").await;
    browser.run("document.querySelector('#question').setSelectionRange(9, 9)").await;
    browser.click("#dictate").await;
    browser.wait_for(&format!("{}[aria-pressed=true]", state("recording"))).await;
    assert!(browser.text("#dictation").await.starts_with("Recording."));
    assert!(browser.text("#dictation-time").await.ends_with("/ 2:00"));
    service.hold(true);
    browser.click("#dictate").await;
    browser.wait_for(&format!("{}[aria-pressed=false]", state("transcribing"))).await;
    assert!(browser.text("#dictation").await.starts_with("Writing down"));
    service.asked_times(1).await;
    service.hold(false);
    browser.wait_for(&state("idle")).await;
    let question = async || browser.run("return document.querySelector('#question').value").await;
    assert_eq!(question().await, "When does the library open?");
    assert!(browser.text("#dictation").await.starts_with("The words are in your question"));
    let sent = &service.asked()[0];
    assert!(sent.file_head().contains("recording.webm") && sent.body.len() > 200, "{}", sent.file_head());
    browser.type_keys(" today").await;
    assert_eq!(question().await, "When does the library today open?", "the cursor stays behind the words");

    // Escape throws away what is being recorded, and what is being written down.
    for half_way in ["recording", "transcribing"] {
        service.hold(true);
        browser.click("#dictate").await;
        browser.wait_for(&state("recording")).await;
        if half_way == "transcribing" {
            browser.click("#dictate").await;
            service.asked_times(2).await;
        }
        browser.type_keys(&String::from(char::from(Key::Escape))).await;
        browser.wait_for(&state("idle")).await;
        assert!(browser.text("#dictation").await.starts_with("The recording was thrown away"));
        service.hold(false);
    }
    assert_eq!(service.asked().len(), 2, "what is thrown away while it is recorded is never sent");

    // What goes wrong is said, and nothing is lost.
    service.is(Mood::Refuses(500));
    browser.click("#dictate").await;
    browser.wait_for(&state("recording")).await;
    browser.click("#dictate").await;
    browser.wait_for(&state("error")).await;
    assert!(browser.text("#dictation").await.contains("could not be written down"));
    let denied =
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError') }";
    browser.run(denied).await;
    browser.click("#dictate").await;
    browser.wait_for("#dictation[data-state=error]").await;
    let said = "return document.querySelector('#dictation').textContent.includes('may not be used')";
    assert_eq!(browser.run(said).await, true);
    assert_eq!(question().await, "When does the library today open?");
    browser.close().await;
}
