//! URL-encoded forms, bounded and paced as JSON bodies are.

use rocket::{
    Data, Request,
    data::{FromData, Outcome},
    form::{self, FromForm},
    http::RawStr,
};

use super::pace::{Pace, read_all};
use crate::error::{Error, Invalid, leave};

/// 8,000 characters of a question, each of up to four bytes, each of these escaped as three; and some more.
const MAX_BYTES: u64 = 128 * 1024;

/// The fields of a form.
#[derive(Debug)]
pub struct Form<T>(pub T);

#[rocket::async_trait]
impl<'r, T> FromData<'r> for Form<T>
where
    T: for<'f> FromForm<'f> + Send + 'static,
{
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        match read(request, data).await {
            Ok(fields) => Outcome::Success(Self(fields)),
            Err(error) => Outcome::Error((leave(request, error), ())),
        }
    }
}

async fn read<T>(request: &Request<'_>, data: Data<'_>) -> Result<T, Error>
where
    T: for<'f> FromForm<'f> + 'static,
{
    if !request.content_type().is_some_and(|content| content.is_form()) {
        let sent = request.headers().get_one("Content-Type").unwrap_or_default();
        return Err(Error::UnsupportedMedia(sent.to_owned()));
    }
    let body = read_all(data, MAX_BYTES, Pace::JSON, "The form is larger than 128 KiB.").await?;
    let unreadable = || Error::from(Invalid::detail("The form could not be read."));
    let text = String::from_utf8(body).map_err(|_| unreadable())?;
    form::Form::parse_encoded(RawStr::new(&text)).map_err(|_| unreadable())
}
