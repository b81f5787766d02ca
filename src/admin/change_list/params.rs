//! The query of a list's address: read once, and written again with something changed.

use rocket::http::RawStr;

/// Parameters in the order of their names; those of one name in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

/// Names that are not filters.
pub(super) const RESERVED: [&str; 12] = [
    "_changelist_filters",
    "_facets",
    "_popup",
    "_to_field",
    "all",
    "count",
    "e",
    "n",
    "o",
    "p",
    "period",
    "q",
];

impl Params {
    /// From the text after the `?`. What cannot be decoded is left out.
    pub fn parse(query: &str) -> Self {
        let mut pairs: Vec<(String, String)> = query
            .split('&')
            .filter(|part| !part.is_empty())
            .filter_map(|part| {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                let decoded = |text: &str| Some(RawStr::new(text).url_decode().ok()?.into_owned());
                Some((decoded(name)?, decoded(value)?))
            })
            .collect();
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        Self(pairs)
    }

    /// The last value of a name.
    pub fn last(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// All pairs.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Without the names that `drop` is true of.
    #[must_use]
    pub fn without(&self, drop: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|(name, _)| !drop(name)).cloned().collect())
    }

    /// With one value for a name, in place of those it had.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut changed = self.without(|have| have == name);
        let at = changed.0.partition_point(|(have, _)| have.as_str() <= name);
        changed.0.insert(at, (name.to_owned(), value.to_owned()));
        changed
    }

    /// Without one pair.
    #[must_use]
    pub fn minus(&self, name: &str, value: &str) -> Self {
        Self(self.0.iter().filter(|(n, v)| !(n == name && v == value)).cloned().collect())
    }

    /// As the text of an address: `?…`, or `.`, this very page, when nothing is left.
    pub fn href(&self) -> String {
        if self.0.is_empty() { ".".to_owned() } else { format!("?{}", self.text()) }
    }

    /// As the text after the `?`.
    pub fn text(&self) -> String {
        let encode = |text: &str| RawStr::new(text).percent_encode().to_string();
        let pairs: Vec<String> =
            self.0.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        pairs.join("&")
    }

    /// Whether the page is to be reached by a link of its own: without the marks of errors.
    pub(super) fn is_filter(name: &str) -> bool {
        !RESERVED.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_change_one_thing_and_keep_the_rest_in_order() {
        let params = Params::parse("q=a%20b&role__exact=bot&o=-2.1&p=3");
        assert_eq!(params.text(), "o=-2.1&p=3&q=a%20b&role__exact=bot");
        assert_eq!(params.with("p", "4").last("p"), Some("4"));
        assert_eq!(params.without(|name| name == "p" || name == "o").href(), "?q=a%20b&role__exact=bot");
        assert_eq!(params.without(|_| true).href(), ".");
        assert_eq!(Params::parse("a=1&a=2").minus("a", "1").text(), "a=2");
    }
}
