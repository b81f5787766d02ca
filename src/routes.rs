//! The whole URL map.
//!
//! Guards are in the handlers' types: `Caller<Reading>`, `Caller<Asking>`, `Caller<Changing>`, `Caller<Uploading>`
//! are somebody signed in, counted by class, and safe from other sites' pages; `Visit` begins a web session besides.

use rocket::{Build, Rocket};

use crate::{
    accounts, admin_site, chat,
    deadline::{ASKING, DICTATING, PLAIN, UPLOADING, within},
    dictation, docs, error, events, health, metrics, person,
    platform::{self, request_id::spanned},
    site, uploads,
};

/// Mounts everything. Each path is served with and without its final slash.
pub fn mount(rocket: Rocket<Build>) -> Rocket<Build> {
    let rocket = error::API
        .iter()
        .chain(&["healthz", "readyz"])
        .fold(rocket, |rocket, segment| rocket.register(format!("/{segment}"), error::json_catchers()));
    // /admin /en/admin/… /zh-hans/admin/…                          staff; each page says which permission
    admin_site::mount(rocket)
        // GET /healthz /readyz                                         everybody
        .mount("/", health::routes())
        // GET /static/<file>                                           everybody
        .mount("/", platform::assets::routes())
        // OPTIONS of every path                                        everybody
        .mount("/", platform::headers::preflights())
        // GET /user /user/health /dev/<assistant>/user                 Visit
        // POST /user                                                   Changing
        .mount("/", spanned(within(PLAIN, accounts::routes::routes())))
        // GET /user/export /my-data                                    TakingOut
        .mount("/", spanned(within(PLAIN, person::routes())))
        // GET|POST /api/get_session /api/c/create_session              Opening, Changing
        // GET /api/c /api/c/<id> /api/c/<id>/messages                  Reading
        // PATCH|DELETE /api/c/<id>, PATCH /api/c/<id>/rename           Changing
        // POST /api/chat /chat /dev/<assistant>/chat                   Asking
        // POST /api/c/<id>/ask                                         Asking
        // GET /api/chat/<chat>                                         Reading
        // POST /api/chat/<chat>/stop                                   Changing
        // POST /api/feedback /save-feedback /feedback /reset           Changing
        .mount("/", spanned(within(ASKING, chat::routes())))
        // GET /user/upload /user/user_files /user_files[/<id>[/content]]   Reading
        // POST /user/upload /user_files /api/upload /upload            Uploading
        // DELETE /user_files/<id>                                      Changing
        .mount("/", spanned(within(UPLOADING, uploads::routes())))
        // POST /api/transcribe                                         Uploading
        .mount("/", spanned(within(DICTATING, dictation::routes())))
        // GET /api/events                                              Reading
        .mount("/", spanned(within(PLAIN, events::routes())))
        // GET /doc/schema /doc/schema/view                             Maintainer
        // GET /doc/assets/<file>                                       everybody
        .mount("/", spanned(within(PLAIN, docs::routes())))
        // GET /metrics                                                 Scraper
        .mount("/", spanned(metrics::routes()))
        // GET / /c/<id> …, POST /ask /sign_out …                       Visit, Asking, Changing, Uploading
        .mount("/", spanned(within(UPLOADING, site::routes())))
        .register("/", site::catchers())
}
