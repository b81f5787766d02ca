//! Nothing is served under a name that is not ours: what a guard does not refuse, this does.
//!
//! Guards say it first, before they do anything. This is for what has no guard: files, paths that are not there, preflights.

use rocket::{
    Request, Response,
    fairing::{Fairing, Info, Kind},
    http::Status,
    response::Responder,
};

use super::identity;
use crate::{
    config::IdentitySettings,
    error::{Invalid, JsonError},
};

/// Asked by address, by whoever looks whether the program is there.
const PROBES: [&str; 2] = ["/healthz", "/readyz"];

/// The fairing.
pub struct Hosts(pub IdentitySettings);

#[rocket::async_trait]
impl Fairing for Hosts {
    fn info(&self) -> Info {
        Info { name: "hosts", kind: Kind::Response }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let path = request.uri().path().as_str();
        let served = PROBES.contains(&path.trim_end_matches('/'))
            || response.status() == Status::BadRequest
            || identity::peer(request, &self.0).asks_for(&self.0.allowed_hosts);
        if served {
            return;
        }
        let refused = JsonError(Invalid::detail("This host name is not served here.").into());
        match refused.respond_to(request) {
            Ok(refused) => *response = refused,
            Err(status) => *response = Response::build().status(status).finalize(),
        }
    }
}
