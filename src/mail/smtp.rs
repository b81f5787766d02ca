//! The conversation with a mail server: each step has its time, and a failure says which step it was.
//!
//! A connection for each mail: there are few, and none is kept that could be dead when it is needed.

use std::{future::Future, time::Duration};

use anyhow::Context;
use lettre::{
    Message,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::ClientId,
    },
};

use super::post::Undelivered;
use crate::config::{MailServer, Security};

/// A server looks at a mail before it answers for it, and who gives up here does not know whether it was taken: this
/// step has several times the time of the others.
const PATIENCE: u32 = 4;
/// The mail is delivered by then, or is not: nobody waits long for a farewell.
const FAREWELL: Duration = Duration::from_secs(2);

/// A mail server, and how to talk to it.
pub(super) struct Smtp {
    server: MailServer,
    tls: Option<TlsParameters>,
    hello: ClientId,
}

impl Smtp {
    /// Reads the certificates that are to be trusted.
    pub(super) fn new(server: MailServer) -> anyhow::Result<Self> {
        let tls = match server.security {
            Security::Plain => None,
            Security::StartTls | Security::Tls => Some(tls(&server)?),
        };
        Ok(Self { server, tls, hello: ClientId::default() })
    }

    /// Hands a mail over. `Ok` means that the server has taken it.
    pub(super) async fn send(&self, message: &Message) -> Result<(), Undelivered> {
        let mut line = self.connect().await?;
        let handed_over = self.hand_over(&mut line, message).await;
        let _gone = tokio::time::timeout(FAREWELL, line.quit()).await;
        handed_over
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Undelivered> {
        let MailServer { host, port, timeout, .. } = &self.server;
        let from_the_start = self.tls.clone().filter(|_| self.server.security == Security::Tls);
        let connecting = AsyncSmtpConnection::connect_tokio1(
            (host.as_str(), *port),
            Some(*timeout),
            &self.hello,
            from_the_start,
            None,
        );
        let mut line = step("connecting", *timeout, connecting).await?;
        if let Some(tls) = self.tls.clone().filter(|_| self.server.security == Security::StartTls) {
            step("STARTTLS", *timeout, line.starttls(tls, &self.hello)).await?;
        }
        if let Some((user, password)) = &self.server.credentials {
            let credentials = Credentials::new(user.clone(), password.reveal().to_owned());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            step("AUTH", *timeout, line.auth(&mechanisms, &credentials)).await?;
        }
        Ok(line)
    }

    async fn hand_over(&self, line: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Undelivered> {
        let timeout = self.server.timeout;
        let envelope = message.envelope();
        step("MAIL FROM", timeout, line.command(Mail::new(envelope.from().cloned(), Vec::new()))).await?;
        for to in envelope.to() {
            step("RCPT TO", timeout, line.command(Rcpt::new(to.clone(), Vec::new()))).await?;
        }
        step("DATA", timeout, line.command(Data)).await?;
        step("the mail itself", timeout * PATIENCE, line.message(&message.formatted())).await?;
        Ok(())
    }
}

fn tls(server: &MailServer) -> anyhow::Result<TlsParameters> {
    let mut parameters = TlsParameters::builder(server.host.clone());
    if let Some(file) = &server.ca_file {
        let read = || -> anyhow::Result<Certificate> { Ok(Certificate::from_pem(&std::fs::read(file)?)?) };
        parameters = parameters.add_root_certificate(read().context("EMAIL_CA_FILE")?);
    }
    parameters.build().context("EMAIL_HOST")
}

async fn step<T>(
    name: &'static str,
    limit: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Undelivered> {
    match tokio::time::timeout(limit, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(refused(name, &error)),
        Err(_) => Err(Undelivered::for_now("mail_silent", name, "the server did not answer in time")),
    }
}

fn refused(step: &'static str, error: &Error) -> Undelivered {
    let code = error.status().and_then(|code| i16::try_from(u16::from(code)).ok());
    let what = if error.is_permanent() {
        Undelivered::for_good("mail_refused", step, error)
    } else if error.is_transient() {
        Undelivered::for_now("mail_put_off", step, error)
    } else {
        Undelivered::for_now("mail_unreachable", step, error)
    };
    Undelivered { smtp_code: code, ..what }
}
