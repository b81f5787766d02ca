//! Attacks: each is judged by what it brings about, and counted. None may succeed.

mod files;
mod forgery;
mod holdings;
mod identity;
mod payloads;
mod pdfs;
mod scripts;
mod spoofs;
mod stuffing;
mod uploading;
mod wire;

use crate::support::tell;

/// Says how many attempts there were and which of them succeeded, and fails where one did or where there were too few.
fn settle(what: &str, attempts: usize, least: usize, succeeded: &[String]) {
    tell(&format!("attacks: {what}: {attempts} attempts, {} succeeded", succeeded.len()));
    assert!(succeeded.is_empty(), "{what}:\n{}", succeeded.join("\n"));
    assert!(attempts >= least, "{what}: {attempts} attempts are too few");
}
