//! Notes every request that ends as it must not.

use rocket::{
    Request, Response,
    fairing::{Fairing, Info, Kind},
    http::Status,
};

use crate::{
    app::App,
    platform::{faults::Cause, request_id},
};

/// The fairing. It sees what the catchers have answered.
pub struct Watch;

#[rocket::async_trait]
impl Fairing for Watch {
    fn info(&self) -> Info {
        Info { name: "faults", kind: Kind::Response }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        if response.status() != Status::InternalServerError {
            return;
        }
        if let Some(app) = request.rocket().state::<App>() {
            app.tasks.faults().note(Cause::request(request), &request_id::of(request));
        }
    }
}
