//! Adding, changing and looking at a row.

use std::collections::HashMap;

use askama::Template;
use rocket::{
    Responder, Route, get,
    http::{CookieJar, RawStr},
    post,
    response::Redirect,
    routes,
};

use super::super::{
    access::Verb,
    change_list::{Params, rows},
    desk::Desk,
    flash::{Level, Message},
    form::{Fault, Fieldset, FieldsetView, Filling, Part, Problems, Typed, fieldsets, parse},
    frame::Frame,
    history::{self, ChangeView},
    model::Model,
    posted::Posted,
    refusal::Refusal,
    row::Row,
    save::{self, Saved, Unsaved, capitalised},
};
use super::{
    proof::{self, Proof},
    tabs::{self, TabView},
};
use crate::platform::page::Page;

pub(super) fn routes() -> Vec<Route> {
    routes![add_form, add, change_form, change, row]
}

/// The page.
#[derive(Template)]
#[template(path = "admin/change_form.html")]
struct FormPage {
    frame: Frame,
    fieldsets: Vec<FieldsetView>,
    /// What is wrong with the form as a whole.
    faults: Vec<String>,
    /// Whether the password is asked for once more.
    proof: Proof,
    /// What is wrong with each field: its label, its id and the sentence.
    summary: Vec<(String, String, String)>,
    /// A row that somebody else has changed: what each field is now, and what was typed.
    conflict: Vec<ChangeView>,
    version: String,
    read_only: bool,
    adds: bool,
    /// What the row is called.
    object: String,
    can_add: bool,
    /// Rows of other models that belong to this one.
    tabs: Vec<TabView>,
    close: String,
    delete: Option<String>,
    history: Option<String>,
    links: Vec<(String, String)>,
    /// What the form carries to come back to its list.
    kept: String,
    popup: bool,
}

/// What a window that added a row for another says: the key and the name, which a script hands over.
#[derive(Template)]
#[template(path = "admin/popup_done.html")]
struct DonePage {
    frame: Frame,
    /// What was done.
    said: String,
    key: String,
    object: String,
}

#[derive(Responder)]
enum Answer {
    Form(Box<Page<FormPage>>),
    Done(Box<Page<DonePage>>),
    To(Box<Redirect>),
}

type Answered = Result<Answer, Refusal>;

/// What a form that comes back has besides what was typed and what is wrong with it.
#[derive(Default)]
struct Besides<'a> {
    /// The row as somebody else has changed it.
    now: Option<&'a Row>,
    /// That the password is asked for, and why.
    proof: Option<(Proof, String)>,
}

/// A form being answered.
struct Form<'a> {
    desk: &'a Desk,
    model: &'a Model,
    row: Option<&'a Row>,
    params: Params,
}

#[get("/<app>/<model>/add", rank = 10)]
async fn add_form(desk: Desk, app: &str, model: &str, cookies: &CookieJar<'_>) -> Answered {
    let model = addable(&desk, app, model)?;
    let form = Form { desk: &desk, model, row: None, params: desk.params() };
    // The address may fill fields in.
    let prefilled = form.params.without(|name| name.starts_with('_'));
    let typed = (!prefilled.pairs().is_empty()).then(|| Typed(prefilled.pairs()));
    form.page(cookies, typed.as_ref(), &Problems::none(), Besides::default()).await
}

#[post("/<app>/<model>/add", data = "<posted>", rank = 10)]
async fn add(desk: Desk, app: &str, model: &str, cookies: &CookieJar<'_>, posted: Posted) -> Answered {
    let model = addable(&desk, app, model)?;
    Form { desk: &desk, model, row: None, params: desk.params() }.save(cookies, posted).await
}

#[get("/<app>/<model>/<pk>/change")]
async fn change_form(desk: Desk, app: &str, model: &str, pk: &str, cookies: &CookieJar<'_>) -> Answered {
    let model = desk.site.model(app, model).ok_or(Refusal::NotFound)?;
    if !model.may(&desk.staff, Verb::View) {
        return Err(Refusal::Forbidden(Some(model.permission(Verb::View))));
    }
    let Some(row) = found(&desk, model, pk).await? else { return Ok(gone(&desk, model, pk, cookies)) };
    if !model.may_with(&desk.staff, &row, Verb::View) {
        return Err(Refusal::Forbidden(None));
    }
    let form = Form { desk: &desk, model, row: Some(&row), params: desk.params() };
    form.page(cookies, None, &Problems::none(), Besides::default()).await
}

#[post("/<app>/<model>/<pk>/change", data = "<posted>")]
async fn change(
    desk: Desk,
    app: &str,
    model: &str,
    pk: &str,
    cookies: &CookieJar<'_>,
    posted: Posted,
) -> Answered {
    let model = desk.site.model(app, model).ok_or(Refusal::NotFound)?;
    if !model.may(&desk.staff, Verb::Change) {
        return Err(Refusal::Forbidden(Some(model.permission(Verb::Change))));
    }
    let Some(row) = found(&desk, model, pk).await? else { return Ok(gone(&desk, model, pk, cookies)) };
    if !model.may_with(&desk.staff, &row, Verb::Change) {
        return Err(Refusal::Forbidden(None));
    }
    Form { desk: &desk, model, row: Some(&row), params: desk.params() }.save(cookies, posted).await
}

/// The bare address of a row.
#[get("/<app>/<model>/<pk>", rank = 20)]
fn row(desk: Desk, app: &str, model: &str, pk: &str) -> Result<Redirect, Refusal> {
    let model = desk.site.model(app, model).ok_or(Refusal::NotFound)?;
    Ok(Redirect::found(desk.url(&model.row_path(pk, "change"))))
}

fn addable<'a>(desk: &'a Desk, app: &str, model: &str) -> Result<&'a Model, Refusal> {
    let model = desk.site.model(app, model).ok_or(Refusal::NotFound)?;
    if model.may(&desk.staff, Verb::Add) {
        Ok(model)
    } else {
        Err(Refusal::Forbidden(Some(model.permission(Verb::Add))))
    }
}

/// The row of an address.
pub(super) async fn found(desk: &Desk, model: &Model, pk: &str) -> Result<Option<Row>, Refusal> {
    let Some(key) = model.parse_key(pk) else { return Ok(None) };
    Ok(rows::one(desk.site.store.read(), model, &key).await?)
}

/// What is said about a row that is not there.
pub(super) fn missing(desk: &Desk, model: &Model, pk: &str) -> Message {
    let name = capitalised(&model.one(&desk.locale));
    Message::new(Level::Warning, desk.locale.with("admin-row-missing", &[("name", &name), ("key", pk)]))
}

fn gone(desk: &Desk, model: &Model, pk: &str, cookies: &CookieJar<'_>) -> Answer {
    Answer::To(Box::new(desk.redirect(cookies, desk.url(""), &[missing(desk, model, pk)])))
}

impl Form<'_> {
    fn groups(&self) -> &[Fieldset] {
        match (&self.model.add_fieldsets, self.row) {
            (Some(groups), None) => groups,
            _ => &self.model.fieldsets,
        }
    }

    /// The fields of the form.
    fn parts(&self) -> Vec<&Part> {
        let groups = self.groups().iter().filter(|group| group.is_for(self.row));
        groups.flat_map(|group| &group.parts).collect()
    }

    fn may(&self, verb: Verb) -> bool {
        match self.row {
            Some(row) => self.model.may_with(&self.desk.staff, row, verb),
            None => self.model.may(&self.desk.staff, verb),
        }
    }

    /// The list, as it was when the row was chosen.
    fn list(&self) -> String {
        let kept = Params::parse(self.params.last("_changelist_filters").unwrap_or_default());
        format!("{}{}", self.desk.url(&self.model.list_path()), kept.href().trim_start_matches('.'))
    }

    /// A page about the same model, which comes back to the same list.
    fn keeping(&self, path: &str) -> String {
        format!("{}{}", self.desk.url(path), self.kept())
    }

    fn kept(&self) -> String {
        let mut pairs = Vec::new();
        for name in ["_changelist_filters", "_popup", "_to_field"] {
            if let Some(value) = self.params.last(name) {
                pairs.push(format!("{name}={}", RawStr::new(value).percent_encode()));
            }
        }
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    async fn save(&self, cookies: &CookieJar<'_>, mut posted: Posted) -> Answered {
        let (desk, model) = (self.desk, self.model);
        let adds_another = posted.last("_addanother").is_some();
        if adds_another && !model.may(&desk.staff, Verb::Add) {
            return Err(Refusal::Forbidden(Some(model.permission(Verb::Add))));
        }
        let given = posted.proof.take();
        let typed = posted.typed();
        let parsed = parse(model, &self.parts(), &typed, self.row, desk.locale.zone);
        if !parsed.problems.is_empty() {
            return self.page(cookies, Some(&typed), &parsed.problems, Besides::default()).await;
        }
        let draft = match save::prepared(desk, model, self.row, parsed.draft).await? {
            Ok(draft) => draft,
            Err(problems) => return self.page(cookies, Some(&typed), &problems, Besides::default()).await,
        };
        let proof = Proof::of(desk, draft.needs_proof);
        if let Some(fault) = proof::judged(desk, proof, given)? {
            let besides = Besides { proof: Some((proof, fault)), ..Besides::default() };
            return self.page(cookies, Some(&typed), &Problems::none(), besides).await;
        }
        let saved = match self.row {
            Some(row) => save::change(desk, model, row.key(), draft, posted.last("_version")).await,
            None => save::add(desk, model, draft).await,
        };
        match saved {
            Ok(saved) if self.is_popup() => Ok(Answer::Done(Box::new(self.handed_over(cookies, saved)))),
            Ok(saved) => Ok(Answer::To(Box::new(self.after(cookies, &posted, &saved)))),
            Err(Unsaved::Problems(problems)) => {
                self.page(cookies, Some(&typed), &problems, Besides::default()).await
            }
            Err(Unsaved::Conflict(now)) => {
                let mut problems = Problems::none();
                problems.add(Fault::new("", "admin-conflict"));
                let besides = Besides { now: Some(&now), ..Besides::default() };
                self.page(cookies, Some(&typed), &problems, besides).await
            }
            Err(Unsaved::Gone) => {
                let key = self.row.map(Row::key_text).unwrap_or_default();
                Ok(gone(desk, model, &key, cookies))
            }
            Err(Unsaved::Refused(refusal)) => Err(refusal),
        }
    }

    /// Whether the form was opened by another, to have a row that it can refer to.
    fn is_popup(&self) -> bool {
        self.params.last("_popup").is_some()
    }

    fn handed_over(&self, cookies: &CookieJar<'_>, saved: Saved) -> Page<DonePage> {
        let locale = &self.desk.locale;
        let done = if self.row.is_none() { "admin-added" } else { "admin-changed" };
        let names = [("name", &*self.model.one(locale)), ("object", &saved.text)];
        let said = locale.with(done, &names);
        let mut frame = Frame::new(self.desk, cookies, self.model.one(locale));
        frame.popup = true;
        Page::ok(DonePage { frame, said, key: saved.key, object: saved.text })
    }

    /// Where the pressed button leads, and what is said there.
    fn after(&self, cookies: &CookieJar<'_>, posted: &Posted, saved: &Saved) -> Redirect {
        let (desk, model) = (self.desk, self.model);
        let row_path = self.keeping(&model.row_path(&saved.key, "change"));
        let pressed = |name: &str| posted.last(name).is_some();
        let two_steps = self.row.is_none() && model.add_fieldsets.is_some();
        let (ending, href) = if pressed("_addanother") {
            ("-another", self.keeping(&format!("{}add/", model.list_path())))
        } else if pressed("_continue") || two_steps {
            ("-again", row_path.clone())
        } else if model.may(&desk.staff, Verb::View) {
            ("", self.list())
        } else {
            ("", desk.url(""))
        };
        let done = if self.row.is_none() { "admin-added" } else { "admin-changed" };
        let name = model.one(&desk.locale);
        let text = desk.locale.with(&format!("{done}{ending}"), &[("name", &name), ("object", &saved.text)]);
        let message = Message::new(Level::Success, text).linked(saved.text.clone(), row_path);
        desk.redirect(cookies, href, &[message])
    }

    async fn page(
        &self,
        cookies: &CookieJar<'_>,
        typed: Option<&Typed<'_>>,
        problems: &Problems,
        besides: Besides<'_>,
    ) -> Answered {
        let (desk, model) = (self.desk, self.model);
        let (proof, unproven) = besides.proof.unzip();
        let faulty = !problems.is_empty() || unproven.is_some();
        let read_only = !self.may(if self.row.is_some() { Verb::Change } else { Verb::Add });
        let many = match self.row {
            Some(row) => save::all_tied(desk.site.store.read(), model, row.key()).await?,
            None => HashMap::new(),
        };
        // A form that was sent comes back only when something is wrong with it.
        let prefilled = typed.is_some() && !faulty;
        let filling =
            Filling { desk, model, row: self.row, typed, prefilled, problems, many: &many, read_only };
        let fieldsets = fieldsets(&filling, self.groups()).await?;
        let summary =
            fieldsets.iter().flat_map(|group| &group.fields).filter(|field| !field.faults.is_empty());
        let summary: Vec<(String, String, String)> = summary
            .map(|field| (field.label.clone(), format!("id_{}", field.name), field.faults.join(" ")))
            .collect();
        let seen = besides.now.or(self.row);
        let key = self.row.map(Row::key_text);
        let page = |name: &str| key.as_ref().map(|key| self.keeping(&model.row_path(key, name)));
        Ok(Answer::Form(Box::new(Page::ok(FormPage {
            frame: self.frame(cookies, read_only, faulty),
            faults: problems.about("", &desk.locale).into_iter().chain(unproven).collect(),
            proof: proof.unwrap_or(Proof::NotAsked),
            summary,
            conflict: match (besides.now, typed) {
                (Some(now), Some(typed)) => {
                    let draft = parse(model, &self.parts(), typed, Some(now), desk.locale.zone).draft;
                    history::conflict(desk, model, now, &many, &draft).await?
                }
                _ => Vec::new(),
            },
            version: seen.map(|row| save::version(row, &many)).unwrap_or_default(),
            read_only,
            adds: self.row.is_none(),
            object: self.row.map(|row| model.text_of(row, &desk.locale)).unwrap_or_default(),
            can_add: model.may(&desk.staff, Verb::Add),
            tabs: tabs::of(desk, model, self.row).await?,
            close: self.list(),
            delete: page("delete").filter(|_| self.may(Verb::Delete)),
            history: page("history"),
            links: self.links(),
            kept: self.kept(),
            popup: self.is_popup(),
            fieldsets,
        }))))
    }

    fn frame(&self, cookies: &CookieJar<'_>, read_only: bool, faulty: bool) -> Frame {
        let (locale, model) = (&self.desk.locale, self.model);
        let key = match self.row {
            None => "admin-add-title",
            Some(_) if read_only => "admin-view-title",
            Some(_) => "admin-change-title",
        };
        let title = locale.with(key, &[("name", &model.one(locale))]);
        let app = locale.or_last_word(&format!("app-{}", model.app));
        let here = self.row.map_or_else(|| title.clone(), |row| model.text_of(row, locale));
        let mut frame = Frame::new(self.desk, cookies, title)
            .crumb(app, self.desk.url(&format!("{}/", model.app)))
            .crumb(model.many_of(locale), self.list())
            .here(here);
        frame.faulty = faulty;
        frame.popup = self.is_popup();
        frame
    }

    /// Pages about the row besides this one.
    fn links(&self) -> Vec<(String, String)> {
        let Some(row) = self.row else { return Vec::new() };
        let staff = &self.desk.staff;
        let links = self.model.links.iter().filter(|link| (link.seen_by)(staff, row));
        links
            .filter_map(|link| Some((self.desk.locale.t(link.label), self.desk.url(&(link.href)(row)?))))
            .collect()
    }
}
