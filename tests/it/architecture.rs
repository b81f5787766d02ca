//! What may import what. The rules stand in `ARCHITECTURE.md`; this holds them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

const ENGINES: [&str; 3] = ["admin", "queue", "search"];
/// Engines that make no pages.
const HEADLESS: [&str; 2] = ["queue", "search"];
const SLICES: [&str; 14] = [
    "accounts",
    "answering",
    "catalogue",
    "chat",
    "dictation",
    "digests",
    "docs",
    "events",
    "knowledge",
    "loadtest",
    "mail",
    "periodic",
    "site",
    "uploads",
];

/// A source file: its part (`chat`), its path, its text.
struct Source {
    part: String,
    path: PathBuf,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = walkdir::WalkDir::new(&root).into_iter().map(Result::unwrap);
    files
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"))
        .map(|entry| {
            let path = entry.path().strip_prefix(&root).unwrap().to_owned();
            let first = path.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
            let part = first.trim_end_matches(".rs").to_owned();
            Source { part, text: std::fs::read_to_string(entry.path()).unwrap(), path }
        })
        .collect()
}

/// The parts of this crate that a text names: in `crate::chat::…` and in `use crate::{chat::…, queue::…}`.
fn imports(text: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            named.extend(first_words(group));
        } else {
            named.extend(word(rest));
        }
    }
    named
}

fn word(text: &str) -> Option<String> {
    let word: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!word.is_empty()).then_some(word)
}

/// The first word of each entry at the top level of a group of imports.
fn first_words(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut words = Vec::new();
    let mut expected = true;
    let mut rest = group.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expected = true,
            c if expected && depth == 0 && (c.is_alphanumeric() || c == '_') => {
                let mut name = String::from(c);
                while let Some(next) = rest.peek().filter(|c| c.is_alphanumeric() || **c == '_') {
                    name.push(*next);
                    rest.next();
                }
                words.push(name);
                expected = false;
            }
            _ => {}
        }
    }
    words
}

/// Without tests: those may use what they like.
fn product(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

#[test]
fn engines_know_no_slice_and_no_product_word() {
    for source in sources().iter().filter(|source| ENGINES.contains(&source.part.as_str())) {
        let text = product(&source.text);
        for import in imports(text) {
            let allowed = import == source.part || import == "platform";
            assert!(allowed, "{} imports {import}", source.path.display());
        }
        for word in ["student", "campus", "NetID", "chatdku", "ChatDKU", "conversation", "upload"] {
            // The name of a file on the disk may carry the program's name.
            let text = text.replace("\"chatdku-index\"", "");
            assert!(!text.contains(word), "{} says `{word}`", source.path.display());
        }
    }
}

#[test]
fn engines_touch_only_the_plumbing_they_may() {
    for source in sources().iter().filter(|source| HEADLESS.contains(&source.part.as_str())) {
        for forbidden in ["rocket::", "askama", "platform::{audit", "rate_limit", "locale"] {
            assert!(!product(&source.text).contains(forbidden), "{} uses {forbidden}", source.path.display());
        }
    }
}

#[test]
fn the_platform_knows_no_slice_and_no_engine() {
    for source in sources().iter().filter(|source| source.part == "platform") {
        for import in imports(product(&source.text)) {
            let allowed = ["platform", "config", "error"].contains(&import.as_str());
            assert!(allowed, "{} imports {import}", source.path.display());
        }
    }
}

#[test]
fn slices_import_each_other_in_one_direction() {
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources().iter().filter(|source| SLICES.contains(&source.part.as_str())) {
        let others =
            imports(product(&source.text)).into_iter().filter(|import| SLICES.contains(&import.as_str()));
        arrows.entry(source.part.clone()).or_default().extend(others.filter(|other| *other != source.part));
    }
    assert!(arrows["accounts"].is_empty(), "accounts imports {:?}", arrows["accounts"]);
    for slice in SLICES {
        let mut seen = BTreeSet::new();
        let mut open: Vec<String> = arrows.get(slice).into_iter().flatten().cloned().collect();
        while let Some(next) = open.pop() {
            assert_ne!(next, slice, "{slice} is part of a circle: {arrows:?}");
            if seen.insert(next.clone()) {
                open.extend(arrows.get(&next).into_iter().flatten().cloned());
            }
        }
    }
}

#[test]
fn answering_knows_nothing_of_requests_and_accounts() {
    for source in sources().iter().filter(|source| source.part == "answering") {
        let text = product(&source.text);
        assert!(!text.contains("rocket::"), "{} uses Rocket", source.path.display());
        for import in imports(text) {
            assert_ne!(import, "accounts", "{}", source.path.display());
        }
    }
}

#[test]
fn sources_keep_to_a_readable_size() {
    for source in sources() {
        let lines = product(&source.text).lines().count();
        assert!(lines <= 400, "{} has {lines} lines: what is hiding in there?", source.path.display());
    }
}

#[test]
fn every_source_says_what_it_is_for() {
    for source in sources() {
        assert!(source.text.starts_with("//! "), "{} has no header", source.path.display());
    }
}
