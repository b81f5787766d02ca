//! The body of a form: bounded, paced, and only with the token of its session.

use rocket::{
    Data, Request,
    data::{FromData, Outcome},
    http::RawStr,
};

use super::{
    access::{Entrant, SignInRefused},
    csrf, desk,
    form::Typed,
    refusal::Refusal,
    site::Site,
};
use crate::platform::pace::{Pace, read_all};

const MAX_BYTES: u64 = 2 * 1024 * 1024;
const MAX_FIELDS: usize = 1000;
/// Rows that one form may choose. More are chosen by what they have in common.
const MAX_CHOSEN: usize = 1000;
pub(super) const CHOSEN: &str = "_selected_action";

/// The field that gives the password again, for a sensitive step.
pub const PROOF: &str = "_password";
/// The fields that give a code: of an authenticator, or one that stands in for it.
pub const CODE: &str = "_code";
/// The second of them.
pub const RECOVERY_CODE: &str = "_recovery_code";

/// The fields of a form, in the order in which they were sent.
#[derive(Debug)]
pub struct Posted {
    fields: Vec<(String, String)>,
    /// Whether the password was right, where one was given again.
    pub(super) proof: Option<Result<(), SignInRefused>>,
}

impl Posted {
    /// Reads a form, for handlers that work on the request itself.
    pub async fn read(request: &Request<'_>, data: Data<'_>) -> Result<Self, Refusal> {
        read(request, data).await
    }

    pub(super) fn typed(&self) -> Typed<'_> {
        Typed(&self.fields)
    }

    /// The last value of a field.
    pub fn last(&self, name: &str) -> Option<&str> {
        self.fields.iter().rev().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// The code that was typed, in whichever of its two fields; may be empty.
    pub fn code(&self) -> &str {
        code(&self.fields)
    }

    /// All values of a field.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(have, _)| have == name).map(|(_, value)| value.as_str()).collect()
    }
}

#[rocket::async_trait]
impl<'r> FromData<'r> for Posted {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        match read(request, data).await {
            Ok(posted) => Outcome::Success(posted),
            Err(refusal) => Outcome::Error((refusal.leave(request), ())),
        }
    }
}

/// Reads a body and checks its token.
pub(super) async fn read(request: &Request<'_>, data: Data<'_>) -> Result<Posted, Refusal> {
    let site = request.rocket().state::<Site>().ok_or(Refusal::Unavailable)?;
    let secret = secret(request, site).await?;
    if !request.content_type().is_some_and(|content| content.is_form()) {
        return Err(Refusal::Invalid("admin-not-a-form"));
    }
    let body = read_all(data, MAX_BYTES, Pace::UPLOAD, "The form is larger than 2 MiB.").await;
    let body = body.map_err(|error| match error.status().code {
        413 => Refusal::TooLarge,
        _ => Refusal::Invalid("admin-form-unreadable"),
    })?;
    let text = String::from_utf8(body).map_err(|_| Refusal::Invalid("admin-form-unreadable"))?;
    let pairs: Vec<(String, String)> = pairs(&text)?;
    let token = pairs.iter().find(|(name, _)| name == csrf::FIELD).map(|(_, value)| value.clone());
    let token = token.or_else(|| request.headers().get_one(csrf::HEADER).map(str::to_owned));
    if !csrf::is_valid(&secret, &token.unwrap_or_default()) {
        return Err(Refusal::Forged(pairs));
    }
    let proof = match pairs.iter().find(|(name, value)| name == PROOF && !value.is_empty()) {
        Some((_, password)) => Some(site.access.prove(request, password.clone(), code(&pairs)).await),
        None => None,
    };
    Ok(Posted { fields: pairs, proof })
}

fn code(pairs: &[(String, String)]) -> &str {
    let given = |(name, value): &&(String, String)| {
        [CODE, RECOVERY_CODE].contains(&name.as_str()) && !value.trim().is_empty()
    };
    pairs.iter().find(given).map_or("", |(_, value)| value)
}

/// The key of this visitor's tokens.
async fn secret(request: &Request<'_>, site: &Site) -> Result<String, Refusal> {
    Ok(match desk::entrant(request, site).await? {
        Entrant::Staff(staff) => staff.csrf_secret.clone(),
        Entrant::Other(_) | Entrant::Nobody => csrf::kept_secret(request).unwrap_or_default(),
    })
}

fn pairs(text: &str) -> Result<Vec<(String, String)>, Refusal> {
    let mut pairs = Vec::new();
    let (mut fields, mut chosen) = (0, 0);
    for part in text.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let decoded = |text: &str| {
            RawStr::new(text)
                .url_decode()
                .map(std::borrow::Cow::into_owned)
                .map_err(|_| Refusal::Invalid("admin-form-unreadable"))
        };
        let (name, value) = (decoded(name)?, decoded(value)?);
        if name == CHOSEN {
            chosen += 1;
        } else {
            fields += 1;
        }
        if fields > MAX_FIELDS || chosen > MAX_CHOSEN {
            return Err(Refusal::Invalid("admin-too-many-fields"));
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}
