//! The first page, the page of one application, and the addresses without a language.

use askama::Template;
use rocket::{
    Either, Request, Response, Route, get,
    http::{ContentType, CookieJar, Status},
    response::{self, Responder},
    routes,
};

use super::super::{
    chart::{self, ChartView},
    desk::{self, Desk},
    frame::{Frame, MenuSection},
    history::{self, RecentView},
    overview::{Figure, Period, Trend},
    refusal::Refusal,
    site::Looking,
};
use crate::platform::{locale::Language, page::Page};

pub(super) fn routes() -> Vec<Route> {
    routes![index, app_index]
}

/// The first page.
#[derive(Template)]
#[template(path = "admin/index.html")]
struct IndexPage {
    frame: Frame,
    periods: Vec<(String, String, bool)>,
    figures: Vec<Figure>,
    charts: Vec<ChartView>,
    recent: Vec<RecentView>,
}

/// The page of an application.
#[derive(Template)]
#[template(path = "admin/app_index.html")]
struct AppIndexPage {
    frame: Frame,
    sections: Vec<MenuSection>,
}

/// The numbers of a chart as a file.
struct ChartFile {
    name: String,
    text: String,
}

impl<'r> Responder<'r, 'static> for ChartFile {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let disposition = format!("attachment; filename=\"{}.csv\"", self.name);
        Response::build_from((ContentType::CSV, self.text).respond_to(request)?)
            .raw_header("Content-Disposition", disposition)
            .ok()
    }
}

/// The overview, the menu, and what one did lately; or one of its charts as a file.
#[get("/?<period>&<csv>")]
async fn index(
    desk: Desk,
    period: Option<&str>,
    csv: Option<&str>,
    cookies: &CookieJar<'_>,
) -> Result<Either<Page<IndexPage>, ChartFile>, Refusal> {
    let mut frame = Frame::new(&desk, cookies, desk.locale.t("admin-site-administration"));
    frame.beside = false;
    frame.crumbs.clear();
    let period = Period::from_code(period.unwrap_or_default());
    let looking =
        Looking { store: desk.site.store.clone(), staff: desk.staff.clone(), locale: desk.locale, period };
    let overview = match &desk.site.overview {
        Some(overview) => overview(looking).await?,
        None => super::super::overview::Overview::default(),
    };
    if let Some(wanted) = csv {
        let chart = overview.charts.iter().find(|chart| chart.title == wanted).ok_or(Refusal::NotFound)?;
        let name = format!("{wanted}-{}-{}", period.code(), desk.locale.today());
        return Ok(Either::Right(ChartFile { name, text: chart::csv(chart, &desk.locale)? }));
    }
    let label = |period: Period| desk.locale.t(&format!("admin-period-{}", period.code()));
    let periods = Period::ALL
        .into_iter()
        .filter(|_| desk.site.overview.is_some())
        .map(|each| (label(each), format!("?period={}", each.code()), each == period));
    Ok(Either::Left(Page::ok(IndexPage {
        periods: periods.collect(),
        figures: overview.figures,
        charts: overview.charts.iter().map(|chart| chart::view(chart, &desk, period)).collect(),
        recent: history::recent(&desk).await?,
        frame,
    })))
}

/// The models of one application.
#[get("/<app>", rank = 30)]
fn app_index(desk: Desk, app: &str, cookies: &CookieJar<'_>) -> Result<Page<AppIndexPage>, Refusal> {
    if !desk.site.has_app(app, &desk.staff) {
        return Err(Refusal::NotFound);
    }
    let name = desk.locale.or_last_word(&format!("app-{app}"));
    let title = desk.locale.with("admin-app-administration", &[("app", &name)]);
    let mut frame = Frame::new(&desk, cookies, title).here(name);
    let prefix = desk.url(&format!("{app}/"));
    let mut sections = super::super::frame::menu(&desk);
    for section in &mut sections {
        section.lines.retain(|line| line.href.starts_with(&prefix));
    }
    sections.retain(|section| !section.lines.is_empty());
    frame.beside = false;
    Ok(Page::ok(AppIndexPage { frame, sections }))
}

/// To the same page in the reader's language.
pub(in super::super) struct ToLanguage;

impl<'r> Responder<'r, 'static> for ToLanguage {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let here = request.uri().to_string();
        let rest = here.strip_prefix("/admin").unwrap_or_default();
        let rest = if rest.is_empty() { "/" } else { rest };
        let location = format!("{}{rest}", desk::base(Language::of(request)));
        Ok(Response::build().status(Status::Found).raw_header("Location", location).finalize())
    }
}

/// The addresses without a language, to be mounted at `/admin`.
pub(in super::super) fn without_language() -> Vec<Route> {
    routes![bare]
}

#[get("/<_..>")]
fn bare() -> ToLanguage {
    ToLanguage
}
