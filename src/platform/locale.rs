//! The two languages: which one a request wants, and the sentences in each.
//!
//! Sentences live in `templates/locales/<language>/*.ftl`. The language is an argument of each look-up, never a
//! global. A test checks that both languages have the same sentences.

use std::{borrow::Cow, collections::HashMap};

use fluent_templates::{LanguageIdentifier, Loader, fluent_bundle::FluentValue, langid};
use rocket::{
    Request,
    request::{FromRequest, Outcome},
};

fluent_templates::static_loader! {
    static SENTENCES = {
        locales: "./templates/locales",
        fallback_language: "en",
        // Marks around inserted values help bidirectional scripts; ours are left to right, and clients compare text.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static ENGLISH: LanguageIdentifier = langid!("en");
static CHINESE: LanguageIdentifier = langid!("zh-Hans");

/// The cookie in which a person's choice is kept; the name is the original's.
pub const COOKIE: &str = "django_language";

/// A language that pages and answers come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// The language of a piece of text: Chinese when it has a Han character, else English.
    pub fn of_text(text: &str) -> Self {
        let han = |c: char| matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}');
        if text.contains(han) { Self::Chinese } else { Self::English }
    }

    /// From a language code such as `zh-hans`, `zh-CN`, `en` or `en-GB`.
    pub fn from_code(code: &str) -> Option<Self> {
        match code.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "zh" => Some(Self::Chinese),
            _ => None,
        }
    }

    /// The code in cookies and paths.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-hans",
        }
    }

    /// The value of an HTML `lang` attribute.
    pub fn html(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-Hans",
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::English => Self::Chinese,
            Self::Chinese => Self::English,
        }
    }

    /// A sentence.
    pub fn text(self, key: &str) -> String {
        SENTENCES.lookup(self.identifier(), key)
    }

    /// A sentence with values in it.
    pub fn text_with<'a, V>(self, key: &str, values: impl IntoIterator<Item = (&'static str, V)>) -> String
    where
        V: Into<FluentValue<'a>>,
    {
        let values: HashMap<Cow<'static, str>, FluentValue<'a>> =
            values.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        SENTENCES.lookup_with_args(self.identifier(), key, &values)
    }

    /// A sentence, if there is one of this key.
    pub fn find(self, key: &str) -> Option<String> {
        SENTENCES.lookup_single_language::<&str>(self.identifier(), key, None).ok()
    }

    /// Whether there is a sentence of this key, whatever values it needs.
    pub fn has(self, key: &str) -> bool {
        // The kinds of errors are private to the library; a sentence that only lacks its values is there.
        let found = SENTENCES.lookup_single_language::<&str>(self.identifier(), key, None);
        found.map_or_else(|error| !error.to_string().starts_with("Couldn't retrieve message"), |_| true)
    }

    /// A sentence about a number of things, with other values in it.
    pub fn text_counted(self, key: &str, count: u64, values: &[(&'static str, &str)]) -> String {
        let values = values.iter().map(|(name, value)| (*name, FluentValue::from(*value)));
        self.text_with(key, values.chain([("count", FluentValue::from(count))]))
    }

    fn identifier(self) -> &'static LanguageIdentifier {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }

    /// The most wanted language of an `Accept-Language` header that we have.
    fn accepted(header: &str) -> Option<Self> {
        let mut wanted: Vec<(f32, Self)> = header
            .split(',')
            .filter_map(|entry| {
                let (code, parameters) = entry.split_once(';').unwrap_or((entry, ""));
                let quality = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse().ok())?;
                Some((quality, Self::from_code(code.trim())?))
            })
            .filter(|(quality, _)| *quality > 0.0)
            .collect();
        // Stable: of two wanted equally, the first named wins.
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
        wanted.first().map(|(_, language)| *language)
    }

    /// The language of a request: its cookie, else its `Accept-Language`, else English.
    pub fn of(request: &Request<'_>) -> Self {
        let chosen = request.cookies().get(COOKIE).and_then(|cookie| Self::from_code(cookie.value()));
        let accepted = || request.headers().get_one("Accept-Language").and_then(Self::accepted);
        chosen.or_else(accepted).unwrap_or_default()
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Language {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        Outcome::Success(Self::of(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_wanted_language_that_we_have_wins() {
        assert_eq!(Language::accepted("fr, zh-CN;q=0.9, en;q=0.8"), Some(Language::Chinese));
        assert_eq!(Language::accepted("en;q=0.5,zh"), Some(Language::Chinese));
        assert_eq!(Language::accepted("en-US,en;q=0.9,zh;q=0.9"), Some(Language::English));
        assert_eq!(Language::accepted("zh;q=0, fr"), None);
    }

    #[test]
    fn a_question_with_a_han_character_is_chinese() {
        assert_eq!(Language::of_text("COMPSCI 201 的先修课是什么"), Language::Chinese);
        assert_eq!(Language::of_text("What is the prerequisite?"), Language::English);
    }
}
