//! A random name for each request, to find it again in the logs.

use rocket::Request;

/// The id of a request: twelve hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::ops::Deref for RequestId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// The id of `request`, the same however often it is asked for.
pub fn of(request: &Request<'_>) -> RequestId {
    request.local_cache(|| RequestId(hex::encode(rand::random::<[u8; 6]>()))).clone()
}
