//! The whole URL map.
//!
//! Guards are in the handlers' types: `Caller<Reading>`, `Caller<Asking>`, `Caller<Changing>`, `Caller<Uploading>`
//! are somebody signed in, counted by class, and safe from other sites' pages; `Visit` begins a web session besides.

use rocket::{Build, Rocket};

use crate::{accounts, chat, error, events, health, platform, site, uploads};

/// Mounts everything. Each path is served with and without its final slash.
pub fn mount(rocket: Rocket<Build>) -> Rocket<Build> {
    rocket
        // GET /healthz /readyz                                         everybody
        .mount("/", health::routes())
        // GET /static/<file>                                           everybody
        .mount("/", site::assets::routes())
        // OPTIONS of the API                                           everybody
        .mount("/", platform::headers::preflights())
        // GET /user /user/health                                       Visit
        .mount("/", accounts::routes::routes())
        // GET|POST /api/get_session /api/c/create_session              Opening, Changing
        // GET /api/c /api/c/<id> /api/c/<id>/messages                  Reading
        // PATCH|DELETE /api/c/<id>, PATCH /api/c/<id>/rename           Changing
        // POST /api/chat                                               Asking
        // POST /api/feedback                                           Changing
        .mount("/", chat::routes())
        // GET /user/upload /user/user_files /user_files[/<id>[/content]]   Reading
        // POST /user/upload /user_files                                Uploading
        // DELETE /user_files/<id>                                      Changing
        .mount("/", uploads::routes())
        // GET /api/events                                              Reading
        .mount("/", events::routes())
        // GET / /c/<id> …, POST /ask …                                 Visit, Asking, Changing, Uploading
        .mount("/", site::routes())
        .register("/", site::catchers())
        .register("/api", error::json_catchers())
        .register("/user", error::json_catchers())
        .register("/user_files", error::json_catchers())
        .register("/dev", error::json_catchers())
        .register("/healthz", error::json_catchers())
        .register("/readyz", error::json_catchers())
}
