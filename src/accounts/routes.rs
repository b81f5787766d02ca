//! `/user`: who am I.

use rocket::{Route, get, post, request::FromParam, routes};

use super::{
    Caller,
    caller::Changing,
    visit::Visit,
    wire::{AssistantName, Me},
};
use crate::platform::json::{Body, Json};

/// The routes of this slice.
pub fn routes() -> Vec<Route> {
    routes![me, health, of_assistant, keep_profile]
}

/// Who the caller is, under each name that some client reads.
#[get("/user")]
fn me(visit: Visit) -> Json<Me> {
    Json(Me::of(&visit))
}

/// The same, under the original's path.
#[get("/user/health")]
fn health(visit: Visit) -> Json<Me> {
    Json(Me::of(&visit))
}

/// The same, under the developers' page's paths.
#[get("/dev/<_assistant>/user")]
fn of_assistant(_assistant: AssistantName, visit: Visit) -> Json<Me> {
    Json(Me::of(&visit))
}

/// Takes a profile and keeps nothing of it.
// parity: the client sends one; the service that it was written for kept none either.
#[post("/user", data = "<_body>")]
fn keep_profile(caller: Caller<Changing>, _body: Body) -> Json<Me> {
    Json(Me::of(&caller))
}

impl<'a> FromParam<'a> for AssistantName {
    type Error = ();

    fn from_param(name: &'a str) -> Result<Self, ()> {
        match name {
            "ant" => Ok(Self::Ant),
            "qwen" => Ok(Self::Qwen),
            "inp" => Ok(Self::Inp),
            "django" => Ok(Self::Django),
            _ => Err(()),
        }
    }
}
