//! A mail as it travels: headers, a plain text, a page with its picture.

use std::time::SystemTime;

use lettre::{
    Message,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
};

use super::outbox::Model;

/// What pages of mails show as `cid:logo`.
static LOGO: &[u8] = include_bytes!("../../static/mail/logo.png");
const LOGO_ID: &str = "logo";

/// Tells programs that answer mails by themselves to leave this one alone (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The mail, the same bytes however often it is composed.
pub(super) fn message(mail: &Model, from: &Mailbox) -> anyhow::Result<Message> {
    let headers = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, mail.recipient.parse()?))
        .subject(mail.subject.as_str())
        .date(SystemTime::from(mail.created_at))
        .message_id(Some(mail.message_id.clone()))
        .header(AutoSubmitted);
    let text = SinglePart::plain(mail.text.clone());
    let Some(html) = &mail.html else { return Ok(headers.singlepart(text)?) };
    let boundary = |kind: &str| format!("{kind}-{}", mail.id.0.simple());
    let logo =
        Attachment::new_inline(LOGO_ID.to_owned()).body(LOGO.to_vec(), ContentType::parse("image/png")?);
    let page = MultiPart::related()
        .boundary(boundary("related"))
        .singlepart(SinglePart::html(html.clone()))
        .singlepart(logo);
    let both = MultiPart::alternative().boundary(boundary("alternative")).singlepart(text).multipart(page);
    Ok(headers.multipart(both)?)
}
