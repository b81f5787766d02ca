//! Secrets that stand in files of their own, as service managers and containers hand them over.

use std::{collections::HashMap, fs::File, io::Read};

use super::settings;

/// More than any secret has; what is larger is another file.
const MAX_BYTES: u64 = 64 * 1024;

/// Replaces each `NAME_FILE` of a secret by its `NAME`, with what stands in the file; answers every mistake.
pub(super) fn resolve(given: &mut HashMap<String, String>) -> Vec<String> {
    let mut problems = Vec::new();
    for name in settings::SECRETS {
        let from = format!("{name}{}", settings::FILE);
        let Some(path) = given.remove(&from).map(|path| path.trim().to_owned()) else { continue };
        if path.is_empty() {
            continue;
        }
        if given.get(*name).is_some_and(|value| !value.trim().is_empty()) {
            problems.push(format!("{from}: {name} is set as well; leave one of both out"));
            continue;
        }
        match content(&path) {
            Ok(secret) => drop(given.insert((*name).to_owned(), secret)),
            Err(why) => problems.push(format!("{from}: {path}: {why}")),
        }
    }
    problems
}

fn content(path: &str) -> Result<String, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > MAX_BYTES {
        return Err(format!("has more than {MAX_BYTES} bytes"));
    }
    match text.trim() {
        "" => Err("is empty".to_owned()),
        secret => Ok(secret.to_owned()),
    }
}
