//! The command about mail.

use anyhow::{Context, bail};

use super::{say, say_error};
use crate::{
    config::Config,
    mail::{self, Address, Post},
    platform::clock::Clock,
};

/// Sends a test mail to each address, at once and without the database, and says how that went.
pub(super) async fn send_test(config: &Config, addresses: &[String]) -> anyhow::Result<()> {
    let parsed = addresses.iter().map(|text| Address::parse(text).with_context(|| text.clone()));
    let parsed = parsed.collect::<anyhow::Result<Vec<Address>>>()?;
    // TLS has one provider in this program.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let (post, letter, now) = (Post::new(config)?, mail::test()?, Clock::system().now());
    let mut failed = 0;
    for address in &parsed {
        match post.send_now(&letter, address, now).await {
            Ok(()) => say(&format!("{address}: {}", whereto(&post))),
            Err(undelivered) => {
                failed += 1;
                say_error(&format!("{address}: {}", undelivered.reason));
            }
        }
    }
    if failed > 0 {
        bail!("{failed} of {} test mails could not be sent", parsed.len());
    }
    Ok(())
}

fn whereto(post: &Post) -> String {
    match post.folder() {
        Some(folder) => format!("written to {}, as EMAIL_HOST is not set", folder.display()),
        None => "taken by the mail server".to_owned(),
    }
}
