//! The document of the API: put together from what the slices say of their routes, served to staff, printed by a
//! command.

mod operations;
mod routes;
mod viewer;

use okapi::openapi3::OpenApi;

pub use operations::operations;
pub use routes::{Form, routes, written};

use crate::{
    accounts::web_session,
    platform::openapi::{self, About},
};

/// The document.
pub fn document() -> OpenApi {
    let about = About {
        title: "ChatDKU",
        version: "2.0.0",
        description: DESCRIPTION.to_owned(),
        identity_header: "UID",
        session_cookie: web_session::COOKIE,
        tags: vec![
            ("account", "Who is calling."),
            ("conversations", "Conversations and what was said in them."),
            ("chat", "Asking."),
            ("feedback", "What people think of answers."),
            ("files", "A person's own PDFs, which answers can cite."),
            ("dictation", "Speech, written down."),
            ("events", "What happens on campus."),
            ("operation", "For those who keep the service running."),
        ],
    };
    openapi::document(&about, &operations())
}

const DESCRIPTION: &str = "The API of the campus assistant.

Every path is served with and without a final slash. The campus sign-on proxy adds the identity to each request; a web
session is accepted as well. What belongs to somebody else answers as if it were not there.

**Limits** count per account and class of route: 600 reads, 60 questions, 60 changes in a minute, 20 uploads and recordings in
30 seconds, unless the operator has set others. Every counted answer says in `X-RateLimit-*` where its caller stands; 429 says in
`Retry-After` when another try is worth it.

**Errors** are JSON: `message` for 401; `detail`, `error` or the names of fields for what is wrong with a request; `error`, a code,
and `request_id` for what is not the sender's fault.

**Other sites.** Requests that change something and come from another site's page are refused with 403, unless its origin is
listed by the operator. `OPTIONS` is answered for every path.

**HEAD** is answered wherever `GET` is, without a body, and begins nothing.";
