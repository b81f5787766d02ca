//! The form that asks what to export, and the file.

use askama::Template;
use futures::StreamExt;
use rocket::{
    Either, Request, Response, Route, get,
    http::{CookieJar, Header},
    post,
    response::{self, Responder},
    routes,
};

use super::{
    super::{
        access::Verb,
        change_list::{ChangeList, rows},
        desk::Desk,
        export::{self, Column, Format, MOST_ROWS, Options},
        frame::Frame,
        model::Model,
        posted::Posted,
        refusal::Refusal,
    },
    proof::{self, Proof},
};
use crate::platform::{audit, page::Page};

/// From this number of rows on the password is asked for.
const SENSITIVE: u64 = 10_000;

pub(super) fn routes() -> Vec<Route> {
    routes![form, file]
}

/// The page.
#[derive(Template)]
#[template(path = "admin/export.html")]
struct ExportPage {
    frame: Frame,
    /// How many rows there are.
    count: String,
    /// Names and labels, and whether each is ticked.
    fields: Vec<(String, String, bool)>,
    /// Words and whether each is chosen.
    formats: Vec<(&'static str, bool)>,
    mark: bool,
    plain: bool,
    labels: bool,
    names: bool,
    /// Whether personal values would be written as they are.
    personal: Option<bool>,
    faults: Vec<String>,
    proof: Proof,
    back: String,
}

/// A file being sent.
struct Download {
    name: String,
    format: Format,
    bytes: Bytes,
}

type Bytes = std::pin::Pin<Box<dyn futures::Stream<Item = std::io::Result<Vec<u8>>> + Send>>;

impl<'r> Responder<'r, 'static> for Download {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let chunks = self.bytes.map(|chunk| chunk.map(std::io::Cursor::new));
        // An error ends the answer without its end mark: the browser knows that the file is not whole.
        let body = tokio_util::io::StreamReader::new(chunks);
        let disposition = format!("attachment; filename=\"{}\"", self.name);
        Response::build()
            .header(Header::new("Content-Type", self.format.media()))
            .header(Header::new("Content-Disposition", disposition))
            .streamed_body(body)
            .ok()
    }
}

type Answered = Result<Either<Page<ExportPage>, Download>, Refusal>;

#[get("/<app>/<model>/export")]
async fn form(desk: Desk, app: &str, model: &str, cookies: &CookieJar<'_>) -> Answered {
    let exporting = Exporting::new(&desk, app, model)?;
    exporting.page(cookies, None, Vec::new()).await
}

#[post("/<app>/<model>/export", data = "<posted>")]
async fn file(desk: Desk, app: &str, model: &str, cookies: &CookieJar<'_>, mut posted: Posted) -> Answered {
    let exporting = Exporting::new(&desk, app, model)?;
    exporting.file(cookies, &mut posted).await
}

struct Exporting<'a> {
    desk: &'a Desk,
    model: &'a Model,
    list: ChangeList<'a>,
}

impl<'a> Exporting<'a> {
    fn new(desk: &'a Desk, app: &str, model: &str) -> Result<Self, Refusal> {
        let model = desk.site.model(app, model).ok_or(Refusal::NotFound)?;
        if !model.may(&desk.staff, Verb::Export) {
            return Err(Refusal::Forbidden(Some(model.permission(Verb::Export))));
        }
        let list = ChangeList::parse(model, &desk.site.store, desk.locale, desk.params());
        Ok(Self { desk, model, list: list.map_err(|_| Refusal::Invalid("admin-filter-ignored"))? })
    }

    fn may_see_personal(&self) -> bool {
        self.desk.staff.holds(&format!("{}.export_personal", self.model.app))
    }

    async fn count(&self) -> Result<u64, Refusal> {
        Ok(rows::count(self.desk.site.store.read(), self.model, &self.list.condition(), None).await?)
    }

    async fn page(&self, cookies: &CookieJar<'_>, posted: Option<&Posted>, faults: Vec<String>) -> Answered {
        let (desk, model, locale) = (self.desk, self.model, &self.desk.locale);
        let count = self.count().await?;
        let number = locale.number(i64::try_from(count).unwrap_or(i64::MAX));
        let names = [("number", &*number), ("one", &model.one(locale)), ("many", &model.many_of(locale))];
        let ticked = |name: &str| posted.is_none_or(|posted| self.is_ticked(posted, name));
        let fields = model.fields.iter().filter(|field| !field.secret);
        let fields: Vec<(String, String, bool)> = fields
            .map(|field| (field.name.to_owned(), model.label_of(locale, field.name), ticked(field.name)))
            .collect();
        let chosen = posted.and_then(|posted| posted.last("format")).unwrap_or("csv");
        let on = |name: &str, usual: bool| posted.map_or(usual, |posted| posted.last(name).is_some());
        let back =
            format!("{}{}", desk.url(&model.list_path()), self.list.params.href().trim_start_matches('.'));
        let title = locale.with("admin-export-title", &[("many", &model.many_of(locale))]);
        let app = locale.or_last_word(&format!("app-{}", model.app));
        let mut frame = Frame::new(desk, cookies, title)
            .crumb(app, desk.url(&format!("{}/", model.app)))
            .crumb(model.many_of(locale), back.clone())
            .here(locale.t("admin-export"));
        frame.faulty = !faults.is_empty();
        let personal = model.fields.iter().any(|field| field.personal);
        Ok(Either::Left(Page::ok(ExportPage {
            count: locale.counted("admin-count", count, &names),
            formats: Format::ALL.iter().map(|format| (format.code(), format.code() == chosen)).collect(),
            mark: on("mark", true),
            plain: on("plain", true),
            labels: on("labels", false),
            names: on("names", false),
            personal: personal.then(|| self.may_see_personal()),
            proof: Proof::of(desk, count > SENSITIVE),
            frame,
            fields,
            faults,
            back,
        })))
    }

    /// Ticked as our form sends it, or as that of the original did.
    fn is_ticked(&self, posted: &Posted, name: &str) -> bool {
        let listed = posted.all("fields").iter().any(|fields| fields.split(',').any(|field| field == name));
        listed || posted.last(&format!("{}resource_{name}", self.model.name)).is_some()
    }

    async fn file(&self, cookies: &CookieJar<'_>, posted: &mut Posted) -> Answered {
        let (desk, model, locale) = (self.desk, self.model, &self.desk.locale);
        let columns = self.columns(posted);
        let mut faults = Vec::new();
        if columns.is_empty() {
            faults.push(locale.with("admin-export-no-field", &[("many", &model.many_of(locale))]));
        }
        let format = match Format::from_form(posted.last("format").unwrap_or_default()) {
            Ok(Some(format)) => Some(format),
            Ok(None) => {
                let text = posted.last("format").unwrap_or_default();
                let key = if text.is_empty() { "admin-required" } else { "admin-bad-choice" };
                faults.push(locale.with(key, &[("value", text)]));
                None
            }
            Err(old) => {
                faults.push(locale.with("admin-export-old-format", &[("format", old)]));
                None
            }
        };
        let count = self.count().await?;
        if format == Some(Format::Xlsx) && count >= MOST_ROWS {
            faults.push(locale.t("admin-export-too-long"));
        }
        if faults.is_empty() {
            faults.extend(proof::fault(desk, Proof::of(desk, count > SENSITIVE), posted)?);
        }
        let Some(format) = format.filter(|_| faults.is_empty()) else {
            return self.page(cookies, Some(posted), faults).await;
        };
        let options = self.options(posted, format);
        self.log(&columns, &options, count).await?;
        let wanted = export::Rows {
            app: model.app,
            name: model.name,
            condition: self.list.condition(),
            order: self.list.order.clone(),
            locale: *locale,
            columns,
            options,
        };
        let name = format!("{}-{}.{}", model.class(), locale.today(), format.code());
        let bytes: Bytes = Box::pin(export::file(&desk.site, wanted));
        Ok(Either::Right(Download { name, format, bytes }))
    }

    fn columns(&self, posted: &Posted) -> Vec<Column> {
        let labels = posted.last("labels").is_some();
        let fields = self.model.fields.iter().filter(|field| !field.secret);
        let head = |name: &str| {
            if labels { self.model.label_of(&self.desk.locale, name) } else { name.to_owned() }
        };
        fields
            .filter(|field| self.is_ticked(posted, field.name))
            .map(|field| Column { head: head(field.name), field: field.clone() })
            .collect()
    }

    fn options(&self, posted: &Posted, format: Format) -> Options {
        let ours = posted.last("ours").is_some();
        // A form of the original's kind has no switches: it gets what ours has at first.
        let on = |name: &str| !ours || posted.last(name).is_some();
        Options {
            format,
            mark: on("mark"),
            plain: on("plain"),
            names: posted.last("names").is_some(),
            personal: self.may_see_personal(),
        }
    }

    /// Nothing leaves without an entry.
    async fn log(&self, columns: &[Column], options: &Options, count: u64) -> Result<(), Refusal> {
        let desk = self.desk;
        let fields: Vec<&str> = columns.iter().map(|column| column.field.name).collect();
        let detail = serde_json::json!({
            "query": self.list.params.text(),
            "fields": fields,
            "format": options.format.code(),
            "rows": count,
            "personal": options.personal,
        });
        let object = audit::Object { model: self.model.path(), key: String::new(), text: String::new() };
        let event = audit::Event { object: Some(object), detail, ..desk.event("admin.export") };
        desk.site.store.write(async |tx| audit::append(&tx, desk.locale.now, event).await).await?;
        Ok(())
    }
}
