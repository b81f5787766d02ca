//! Reads single settings as typed values and collects every mistake, so that all are reported at once.

use std::{collections::HashMap, fmt::Display, str::FromStr, time::Duration};

use figment::{Figment, value::Value};
use zeroize::Zeroizing;

use super::settings;
use crate::platform::secret::Secret;

/// A cursor over the sources.
pub(super) struct Reader<'a> {
    /// `Rocket.toml`, the section of the profile.
    file: &'a Figment,
    /// `.env` and the environment, which win.
    given: HashMap<String, String>,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    /// `problems` are the mistakes that were met in gathering what is given.
    pub(super) fn new(file: &'a Figment, given: HashMap<String, String>, problems: Vec<String>) -> Self {
        Self { file, given, problems }
    }

    /// The mistakes met so far, each naming its setting.
    pub(super) fn into_problems(self) -> Vec<String> {
        self.problems
    }

    pub(super) fn problem(&mut self, name: &str, what: impl Display) {
        self.problems.push(format!("{name}: {what}"));
    }

    /// The setting as text; an empty value counts as absent.
    pub(super) fn text(&self, name: &'static str) -> Option<String> {
        debug_assert!(settings::known(name), "{name} is missing from the list of settings");
        let given = self.given.get(name).cloned();
        let text = given.or_else(|| self.in_file(name))?.trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// `workers` and a few others are Rocket's own words in its file; ours of that name come from the environment
    /// alone.
    fn in_file(&self, name: &str) -> Option<String> {
        let name = name.to_lowercase();
        if rocket::Config::PARAMETERS.contains(&name.as_str()) || name == "secret_key" {
            return None;
        }
        plain(&self.file.find_value(&name).ok()?)
    }

    pub(super) fn parsed<T>(&mut self, name: &'static str, default: T) -> T
    where
        T: FromStr<Err: Display>,
    {
        self.optional(name).unwrap_or(default)
    }

    pub(super) fn optional<T>(&mut self, name: &'static str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        let text = self.text(name)?;
        text.parse().map_err(|error| self.problem(name, format!("`{text}` does not fit: {error}"))).ok()
    }

    pub(super) fn flag(&mut self, name: &'static str, default: bool) -> bool {
        let Some(text) = self.text(name) else { return default };
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => true,
            "false" | "0" | "no" | "off" => false,
            _ => {
                self.problem(name, format!("`{text}` is neither true nor false"));
                default
            }
        }
    }

    /// Whole or broken seconds.
    pub(super) fn seconds(&mut self, name: &'static str, default: f64) -> Duration {
        let seconds = self.parsed(name, default);
        Duration::try_from_secs_f64(seconds).unwrap_or_else(|error| {
            self.problem(name, error);
            Duration::from_secs_f64(default)
        })
    }

    /// Comma-separated secrets: a blank may be part of one.
    pub(super) fn secrets(&self, name: &'static str) -> Vec<Secret> {
        let text = Zeroizing::new(self.text(name).unwrap_or_default());
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.map(|entry| Secret::from(entry.to_owned())).collect()
    }

    /// Comma- or blank-separated entries.
    pub(super) fn list(&self, name: &'static str) -> Option<Vec<String>> {
        let text = self.text(name)?;
        let entries = text.split([',', ' ', '\n', '\t']).filter(|entry| !entry.is_empty());
        Some(entries.map(str::to_owned).collect())
    }
}

fn plain(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    if let Some(items) = value.as_array() {
        return Some(items.iter().filter_map(plain).collect::<Vec<_>>().join(","));
    }
    if let Some(flag) = value.to_bool() {
        return Some(flag.to_string());
    }
    let number = value.to_num()?;
    number.to_i128().map(|n| n.to_string()).or_else(|| number.to_f64().map(|n| n.to_string()))
}
