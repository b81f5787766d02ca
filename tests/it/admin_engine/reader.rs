//! Somebody at the dashboard, and pages as they read them.

use scraper::{ElementRef, Html, Selector};

use crate::support::{Actor, Answer};

/// Somebody at the dashboard.
pub struct Reader(pub Actor);

impl Reader {
    /// Asks for an address.
    pub async fn get(&self, path: &str) -> Answer {
        self.0.get(path).await
    }

    /// Opens a page that has to be there.
    pub async fn page(&self, path: &str) -> Sheet {
        Sheet::of(&self.get(path).await.is(200))
    }

    /// Sends a form with the token of a page.
    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.page("/en/admin/").await.attr("input[name=csrfmiddlewaretoken]", "value");
        let fields: Vec<(&str, &str)> =
            fields.iter().copied().chain([(chatdku::admin::TOKEN_FIELD, token.as_str())]).collect();
        self.0.form(path, &fields).await
    }

    /// Sends a form that leads to another page: where to, and what is said there.
    pub async fn told(&self, path: &str, fields: &[(&str, &str)]) -> (String, Vec<String>) {
        let answer = self.send(path, fields).await.is(302);
        let to = location(&answer);
        let cookie = answer.cookie("messages").unwrap_or_default();
        let page = Self(self.0.clone().cookie("messages", &cookie)).page(&to).await;
        (to, page.messages())
    }

    /// Sends a form that is answered with a page.
    pub async fn shown(&self, path: &str, fields: &[(&str, &str)]) -> Sheet {
        Sheet::of(&self.send(path, fields).await.is(200))
    }
}

/// Where an answer leads.
pub fn location(answer: &Answer) -> String {
    answer.header("Location").unwrap_or_else(|| panic!("no Location: {answer:?}")).to_owned()
}

/// A page.
pub struct Sheet(Html);

impl Sheet {
    pub fn of(answer: &Answer) -> Self {
        Self(Html::parse_document(&answer.text()))
    }

    fn elements(&self, css: &str) -> Vec<ElementRef<'_>> {
        let selector = Selector::parse(css).unwrap_or_else(|error| panic!("{css}: {error}"));
        self.0.select(&selector).collect()
    }

    /// The text of every element that `css` selects.
    pub fn texts(&self, css: &str) -> Vec<String> {
        let words = |element: ElementRef<'_>| {
            element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        self.elements(css).into_iter().map(words).collect()
    }

    /// The text of the only element that `css` selects.
    #[track_caller]
    pub fn text(&self, css: &str) -> String {
        let texts = self.texts(css);
        assert_eq!(texts.len(), 1, "{css}: {texts:?}");
        texts.into_iter().next().unwrap_or_default()
    }

    /// An attribute of every element that `css` selects.
    pub fn attrs(&self, css: &str, name: &str) -> Vec<String> {
        self.elements(css).into_iter().filter_map(|element| element.attr(name)).map(str::to_owned).collect()
    }

    /// An attribute of the first element that `css` selects; empty where there is none.
    pub fn attr(&self, css: &str, name: &str) -> String {
        self.attrs(css, name).into_iter().next().unwrap_or_default()
    }

    pub fn has(&self, css: &str) -> bool {
        !self.elements(css).is_empty()
    }

    pub fn count(&self, css: &str) -> usize {
        self.elements(css).len()
    }

    /// Where the link with this text leads, within what `css` selects.
    #[track_caller]
    pub fn link(&self, css: &str, text: &str) -> String {
        let links = format!("{css} a");
        let at = self.texts(&links).iter().position(|have| have == text);
        let at = at.unwrap_or_else(|| panic!("no link {text:?} among {:?}", self.texts(&links)));
        self.elements(&links)[at].attr("href").unwrap_or_default().to_owned()
    }

    /// The messages, each after its level: `success: …`.
    pub fn messages(&self) -> Vec<String> {
        let levels = self.attrs(".messages .message", "class");
        let level = |class: String| class.trim_start_matches("message ").to_owned();
        let texts = self.texts(".messages .message");
        levels.into_iter().map(level).zip(texts).map(|(level, text)| format!("{level}: {text}")).collect()
    }

    /// The first column of a list.
    pub fn rows(&self) -> Vec<String> {
        self.texts(".list-table tbody th.main")
    }

    /// What is said about a field of a form.
    pub fn fault(&self, field: &str) -> String {
        self.texts(&format!("[id='id_{field}_error'] p")).join(" ")
    }

    /// What stands in the box above a form.
    pub fn errors(&self) -> Vec<String> {
        self.texts("div.errors > p, div.errors li")
    }
}
