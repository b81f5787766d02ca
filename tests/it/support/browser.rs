//! A real browser, with a profile of its own, and the driver that drives it.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element, key::Key, wd::Capabilities};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::process::free_port;

/// How long anything on the page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether pages may run their scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    On,
    Off,
}

/// A browser.
pub struct Browser {
    pub page: Client,
    driver: Child,
    scripts: Scripts,
    profile: TempDir,
}

impl Browser {
    /// Opens one of this size, in pixels.
    pub async fn open(width: u32, height: u32) -> Self {
        Self::with(Scripts::On, width, height).await
    }

    /// Opens one whose pages may run scripts, or not.
    pub async fn with(scripts: Scripts, width: u32, height: u32) -> Self {
        let profile = tempfile::tempdir().unwrap();
        std::fs::create_dir(profile.path().join("downloads")).unwrap();
        let port = free_port();
        let mut driver = Command::new("chromedriver");
        driver.arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null());
        let driver = driver.spawn().expect("chromedriver, which `tests/run` installs");
        let page = connect(port, &capabilities(&profile, scripts, width, height)).await;
        Self { page, driver, scripts, profile }
    }

    pub async fn wait_for(&self, css: &str) -> Element {
        let found = self.page.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("{css}: {error}\n{}", self.page.source().await.unwrap_or_default()),
        }
    }

    /// The page puts new parts in place of old ones while an answer grows: what was found may be gone when it is read.
    pub async fn text(&self, css: &str) -> String {
        for _ in 0..20 {
            if let Ok(text) = self.wait_for(css).await.text().await {
                return text;
            }
        }
        panic!("{css} is replaced faster than it can be read")
    }

    /// The texts of all elements of a kind, of which there is at least one.
    pub async fn texts(&self, css: &str) -> Vec<String> {
        self.wait_for(css).await;
        let mut texts = Vec::new();
        for element in self.page.find_all(Locator::Css(css)).await.unwrap() {
            texts.push(element.text().await.unwrap());
        }
        texts
    }

    /// How many elements there are now.
    pub async fn count(&self, css: &str) -> usize {
        self.page.find_all(Locator::Css(css)).await.unwrap().len()
    }

    pub async fn click(&self, css: &str) {
        let element = self.wait_for(css).await;
        if self.scripts == Scripts::On {
            // What stays at the bottom of the window may lie over it.
            let it = serde_json::to_value(&element).unwrap();
            self.page.execute("arguments[0].scrollIntoView({ block: 'center' })", vec![it]).await.unwrap();
        }
        let clicked = element.click().await;
        clicked.unwrap_or_else(|error| panic!("{css} cannot be clicked: {error}"));
    }

    /// Follows the first link of this text.
    pub async fn follow(&self, text: &str) {
        let link = self.page.wait().at_most(PATIENCE).for_element(Locator::LinkText(text)).await;
        link.unwrap_or_else(|error| panic!("no link {text}: {error}")).click().await.unwrap();
    }

    /// Types into a field, in place of what was there.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.wait_for(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses from a select box.
    pub async fn choose(&self, css: &str, value: &str) {
        self.wait_for(css).await.select_by_value(value).await.unwrap();
    }

    /// The path and query of the page.
    pub async fn at(&self) -> String {
        let url = self.page.current_url().await.unwrap();
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// Waits until the page has this title.
    pub async fn wait_for_title(&self, words: &str) {
        let mut title = String::new();
        for _ in 0..300 {
            title = self.page.title().await.unwrap_or_default();
            if title.contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the page is called {title}, not {words}");
    }

    /// What a script answers; a promise is waited for.
    pub async fn run(&self, script: &str) -> Value {
        self.page.execute(script, Vec::new()).await.unwrap()
    }

    /// Types into whatever has the focus, as a person at a keyboard.
    pub async fn type_keys(&self, keys: &str) {
        self.page.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Holds the control key and presses another.
    pub async fn press_with_control(&self, key: char) {
        self.type_keys(&format!("{}{key}{}", char::from(Key::Control), char::from(Key::Null))).await;
    }

    /// The file of this ending that the browser has stored: its name and its bytes. While it arrives it is empty, or
    /// there is another beside it.
    pub async fn download(&self, ending: &str) -> (String, Vec<u8>) {
        for _ in 0..300 {
            let there: Vec<PathBuf> =
                std::fs::read_dir(self.downloads()).unwrap().map(|entry| entry.unwrap().path()).collect();
            let arriving = there.iter().any(|path| path.extension().is_some_and(|end| end == "crdownload"));
            let named = there.iter().find(|path| path.display().to_string().ends_with(ending));
            if let Some(path) = named.filter(|path| !arriving && path.metadata().unwrap().len() > 0) {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                return (name, std::fs::read(path).unwrap());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no file that ends in {ending} arrived");
    }

    fn downloads(&self) -> PathBuf {
        self.profile.path().join("downloads")
    }

    pub async fn close(self) {
        self.page.clone().close().await.unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver first, or it would miss its browser. What a killed driver leaves behind is known by the profile,
        // which nobody else has.
        let _gone_already = self.driver.kill();
        let _gone_already = self.driver.wait();
        for process in processes_with(&self.profile.path().display().to_string()) {
            let _gone_already = Command::new("kill").args(["-KILL", &process]).output();
        }
    }
}

/// The processes of this machine whose command lines name something.
fn processes_with(name: &str) -> Vec<String> {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let named = all.filter(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(name)
    });
    named.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

fn capabilities(profile: &TempDir, scripts: Scripts, width: u32, height: u32) -> Capabilities {
    let arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--lang=en-GB",
        // Colours are measured when they have arrived.
        "--force-prefers-reduced-motion",
        // A microphone that beeps, which nobody has to allow.
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        &format!("--window-size={width},{height}"),
        &format!("--user-data-dir={}", profile.path().display()),
    ];
    let mut preferences = json!({
        "intl.accept_languages": "en",
        "download.default_directory": profile.path().join("downloads"),
        "download.prompt_for_download": false,
        // Whether passwords are to be kept is asked over the page.
        "credentials_enable_service": false,
        "profile.password_manager_enabled": false,
        "profile.password_manager_leak_detection": false,
    });
    if scripts == Scripts::Off {
        preferences["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    let options = json!({ "args": arguments, "prefs": preferences });
    [
        ("goog:chromeOptions".to_owned(), options),
        ("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" })),
    ]
    .into_iter()
    .collect()
}

async fn connect(port: u16, capabilities: &Capabilities) -> Client {
    let driver = format!("http://127.0.0.1:{port}");
    let mut tries = 0;
    loop {
        let connector = hyper_util::client::legacy::connect::HttpConnector::new();
        let mut builder = ClientBuilder::new(connector);
        match builder.capabilities(capabilities.clone()).connect(&driver).await {
            Ok(page) => return page,
            Err(error) => {
                tries += 1;
                assert!(tries < 100, "no browser: {error}");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}
