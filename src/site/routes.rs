//! The pages `/` and `/c/<id>`, and the parts of them that the script loads anew.

use askama::Template;
use rocket::{
    FromForm, Route, State, get,
    http::{Cookie, CookieJar, SameSite, uri::Origin},
    post,
    response::Redirect,
    routes,
};

use super::{
    departure, files, forms, live,
    page::Page,
    view::{self, ConversationsView, Looking, MainPage, Opening},
};
use crate::{
    accounts::{Caller, caller::Changing, visit::Visit},
    app::App,
    chat::ConversationId,
    error::Result,
    platform::{
        form::Form,
        locale::{self, Language},
    },
};

/// The routes of this slice.
pub fn routes() -> Vec<Route> {
    let pages = routes![home, conversation, conversation_list, file_list, set_language, live::live];
    [pages, forms::routes(), departure::routes()].concat()
}

/// A page with an empty question, and the list of conversations.
#[get("/?<q>&<source>")]
async fn home(
    q: Option<String>,
    source: Vec<String>,
    visit: Visit,
    language: Language,
    origin: &Origin<'_>,
    app: &State<App>,
) -> Result<MainPage> {
    let opening = Opening { search: q.unwrap_or_default(), sources: source, ..Opening::default() };
    let looking = Looking { app, identity: &visit, language, path: origin.to_string() };
    view::page(looking, opening).await
}

/// A conversation.
#[get("/c/<id>?<source>")]
async fn conversation(
    id: &str,
    source: Vec<String>,
    caller: Caller,
    language: Language,
    origin: &Origin<'_>,
    app: &State<App>,
) -> Result<MainPage> {
    let conversation = Some(ConversationId::parse(id)?);
    let opening = Opening { conversation, sources: source, ..Opening::default() };
    let looking = Looking { app, identity: &caller, language, path: origin.to_string() };
    view::page(looking, opening).await
}

/// The list of conversations alone, for the script.
#[get("/fragments/conversations?<q>&<current>")]
async fn conversation_list(
    q: Option<String>,
    current: Option<&str>,
    caller: Caller,
    language: Language,
    app: &State<App>,
) -> Result<Page<ConversationsView>> {
    let list = view::list(app, &caller, language, q.unwrap_or_default(), current).await?;
    Ok(Page::ok(list))
}

/// The list of files and the sources alone, for the script.
#[derive(Template)]
#[template(path = "site/_files_and_sources.html")]
struct FilesFragment {
    files: files::FilesView,
    sources: files::SourcesView,
}

/// The list of files and the sources, those of `source` chosen.
#[get("/fragments/files?<source>")]
async fn file_list(
    source: Vec<String>,
    caller: Caller,
    language: Language,
    app: &State<App>,
) -> Result<Page<FilesFragment>> {
    let (files, sources) = files::of_owner(app, caller.account.id, language, &source).await?;
    Ok(Page::ok(FilesFragment { files, sources }))
}

/// The language wanted from now on.
#[derive(FromForm)]
struct LanguageForm {
    language: String,
    #[field(default = "/")]
    next: String,
}

/// Change the language of the pages.
#[post("/i18n/setlang", data = "<form>")]
fn set_language(
    _caller: Caller<Changing>,
    cookies: &CookieJar<'_>,
    app: &State<App>,
    form: Form<LanguageForm>,
) -> Redirect {
    if let Some(language) = Language::from_code(&form.0.language) {
        let year = rocket::time::Duration::days(365);
        let cookie =
            Cookie::build((locale::COOKIE, language.code())).path("/").same_site(SameSite::Lax).max_age(year);
        cookies.add(cookie.secure(app.config.identity.secure_cookies));
    }
    Redirect::found(local_path(&form.0.next))
}

/// A path on this site, or `/`: a redirect never leads elsewhere.
fn local_path(next: &str) -> String {
    let local = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\');
    let plain = next.chars().all(|c| !c.is_control() && !c.is_whitespace());
    if local && plain { next.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_stays_here() {
        for (next, path) in [
            ("/c/1?source=a", "/c/1?source=a"),
            ("//evil.example", "/"),
            ("https://evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
            ("", "/"),
        ] {
            assert_eq!(local_path(next), path);
        }
    }
}
