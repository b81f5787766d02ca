//! Password hashes, in the forms that Django reads and writes: `argon2$argon2id$…` for new ones, `pbkdf2_sha256$…` of
//! accounts taken over.
//!
//! A hash takes a processor for a while, so hashes are made on the blocking pool, a few at a time, and a long queue is
//! refused rather than joined.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::Context;
use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use crate::{config::PasswordSettings, error::Error};

/// Hashes made at the same time.
const AT_ONCE: usize = 2;
/// Requests that may wait for one.
const MOST_WAITING: usize = 32;
/// Iterations beyond this are an attack on our processors, not a password.
const MAX_ITERATIONS: u32 = 10_000_000;
/// SHA-256.
const PBKDF2_BYTES: usize = 32;

/// Makes and compares hashes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hasher {
    cost: Params,
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

/// Whether a password is the one behind a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Right,
    /// It is, and the hash is of a kind that is to be replaced.
    RightButOld,
    /// It is not.
    Wrong,
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new(PasswordSettings::default())
    }
}

impl Hasher {
    /// One whose hashes cost so much.
    pub fn new(cost: PasswordSettings) -> Self {
        // Parameters out of the library's bounds do not pass the settings.
        let cost = Params::new(cost.memory_mb.saturating_mul(1024), cost.passes, 1, None).unwrap_or_default();
        Self { cost, permits: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::default() }
    }

    /// Argon2id, as Django writes it. About 50 ms with 19 MiB and 2 passes.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        let cost = self.cost.clone();
        self.run(move || hash_now(&password, cost)).await?.map_err(Error::Internal)
    }

    /// Compares a password with a stored hash. A hash that nobody can have a password for is compared like any other, so
    /// that the time tells nothing.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<Verdict, Error> {
        let cost = self.cost.clone();
        self.run(move || match stored.filter(|hash| !hash.starts_with('!')) {
            Some(hash) => compare(&password, &hash, &cost),
            None => {
                let _as_long = hash_now(&password, cost);
                Verdict::Wrong
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let waiting = Waiting::join(&self.waiting)?;
        let _permit = self.permits.acquire().await.context("waiting to hash a password")?;
        drop(waiting);
        Ok(tokio::task::spawn_blocking(work).await.context("hashing a password")?)
    }
}

/// A place in the queue, given back when dropped.
struct Waiting<'q>(&'q AtomicUsize);

impl<'q> Waiting<'q> {
    fn join(queue: &'q AtomicUsize) -> Result<Self, Error> {
        if queue.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            queue.fetch_sub(1, Ordering::Relaxed);
            return Err(Error::Unavailable("too_many_sign_ins"));
        }
        Ok(Self(queue))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn hash_now(password: &str, cost: Params) -> anyhow::Result<String> {
    let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost).hash_password(password.as_bytes());
    let hash = hash.map_err(|error| anyhow::anyhow!("hashing a password: {error}"))?;
    Ok(format!("argon2{hash}"))
}

fn compare(password: &str, stored: &str, cost: &Params) -> Verdict {
    match stored.split_once('$') {
        Some(("argon2", rest)) => compare_argon2(password, &format!("${rest}"), cost),
        Some(("pbkdf2_sha256", rest)) if pbkdf2_fits(password, rest).unwrap_or(false) => Verdict::RightButOld,
        _ => Verdict::Wrong,
    }
}

fn compare_argon2(password: &str, phc: &str, ours: &Params) -> Verdict {
    let Ok(hash) = PasswordHash::new(phc) else { return Verdict::Wrong };
    if Argon2::default().verify_password(password.as_bytes(), &hash).is_err() {
        return Verdict::Wrong;
    }
    match Params::try_from(&hash) {
        Ok(params) if params.m_cost() >= ours.m_cost() && params.t_cost() >= ours.t_cost() => Verdict::Right,
        _ => Verdict::RightButOld,
    }
}

/// `iterations$salt$base64`, as Django writes it. `None` for what is not of this form.
fn pbkdf2_fits(password: &str, rest: &str) -> Option<bool> {
    let mut parts = rest.splitn(3, '$');
    let iterations: u32 = parts.next()?.parse().ok().filter(|count| (1..=MAX_ITERATIONS).contains(count))?;
    let salt = parts.next()?;
    let wanted = STANDARD.decode(parts.next()?).ok()?;
    let mut derived = [0; PBKDF2_BYTES];
    pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), salt.as_bytes(), iterations, &mut derived);
    Some(derived.ct_eq(wanted.as_slice()).into())
}

/// A password nobody has to think of: 130 random bits in letters and digits that are not mistaken for each other.
pub fn random() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    rand::random::<[u8; 26]>().iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `hashlib.pbkdf2_hmac('sha256', b'correct horse', b'saltsalt', 1000)` of Python.
    const DJANGO: &str = "pbkdf2_sha256$1000$saltsalt$qQDPSZa3Ormyy9oK1Pu0ZLLwP2Svzmx3yu8OvDdq/J0=";

    #[test]
    fn a_hash_of_django_is_recognised_and_to_be_replaced() {
        assert_eq!(compare("correct horse", DJANGO, &Params::default()), Verdict::RightButOld);
        assert_eq!(compare("wrong horse", DJANGO, &Params::default()), Verdict::Wrong);
    }

    #[test]
    fn a_hash_of_ours_is_recognised() {
        let hash = hash_now("correct horse", Params::default()).expect("a hash");
        assert!(hash.starts_with("argon2$argon2id$"), "{hash}");
        assert_eq!(compare("correct horse", &hash, &Params::default()), Verdict::Right);
        assert_eq!(compare("wrong horse", &hash, &Params::default()), Verdict::Wrong);
    }

    #[rocket::async_test]
    async fn every_character_of_a_password_counts() {
        let hasher = Hasher::default();
        let long = format!("{}x", "a".repeat(127));
        let hash = hasher.hash(long.clone()).await.expect("a hash");
        let verdict =
            async |tried: &str| hasher.verify(tried.to_owned(), Some(hash.clone())).await.expect("a verdict");
        assert_eq!(verdict(&long).await, Verdict::Right);
        let cut = &long[..127];
        for other in [cut, &format!("{cut}y"), &format!("{long} "), &format!(" {long}"), &long.to_uppercase()]
        {
            assert_eq!(verdict(other).await, Verdict::Wrong, "{other:?}");
        }
    }

    #[test]
    fn a_made_up_password_is_long_enough() {
        // Five bits a character.
        let made = random();
        assert!(made.len() * 5 >= 128 && made != random(), "{made}");
        assert!(made.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{made}");
    }

    #[test]
    fn what_is_no_hash_fits_no_password() {
        for stored in [
            "",
            "!unusable",
            "x",
            "pbkdf2_sha256$many$salt$AAAA",
            "pbkdf2_sha256$4000000000$salt$AAAA",
            "argon2$argon2id$nonsense",
            "md5$salt$abc",
        ] {
            assert_eq!(compare("", stored, &Params::default()), Verdict::Wrong, "{stored}");
        }
    }

    #[rocket::async_test]
    async fn a_hash_that_cost_less_than_is_asked_for_now_is_to_be_replaced() {
        let dearer = Hasher::new(PasswordSettings { memory_mb: 20, passes: 3 });
        let old = Hasher::default().hash("correct horse".to_owned()).await.expect("a hash");
        let new = dearer.hash("correct horse".to_owned()).await.expect("a hash");
        assert!(new.contains("m=20480,t=3,p=1"), "{new}");
        let verdict = async |hasher: &Hasher, hash: &str| {
            hasher.verify("correct horse".to_owned(), Some(hash.to_owned())).await.expect("a verdict")
        };
        assert_eq!(verdict(&dearer, &old).await, Verdict::RightButOld);
        assert_eq!(verdict(&dearer, &new).await, Verdict::Right);
        assert_eq!(
            verdict(&Hasher::default(), &new).await,
            Verdict::Right,
            "more than is asked for is no less"
        );
    }
}
