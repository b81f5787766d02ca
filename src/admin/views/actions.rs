//! Actions on chosen rows of a list.

use askama::Template;
use rocket::{Responder, Route, http::CookieJar, post, response::Redirect, routes};
use sea_orm::Value;

use super::{
    super::{
        access::Verb,
        action::{Action, Chosen, Confirmation, DELETE_SELECTED, EXPORT_SELECTED},
        change_list::{Params, rows},
        chosen::{self, Choice},
        desk::Desk,
        flash::{Level, Message},
        frame::Frame,
        model::Model,
        posted::{CHOSEN, Posted},
        refusal::Refusal,
        removal::{self, Removal},
        remove, save,
    },
    delete::{self, DeletePage},
    proof::{self, Proof},
};
use crate::platform::{audit, page::Page};

pub(super) fn routes() -> Vec<Route> {
    routes![act]
}

/// The page that asks whether an action is meant.
#[derive(Template)]
#[template(path = "admin/action_confirm.html")]
struct ConfirmPage {
    frame: Frame,
    question: String,
    fields: Vec<(String, String)>,
    back: String,
}

#[derive(Responder)]
enum Answer {
    To(Box<Redirect>),
    Delete(Box<Page<DeletePage>>),
    Confirm(Box<Page<ConfirmPage>>),
}

#[post("/<app>/<model>", data = "<posted>", rank = 20)]
async fn act(
    desk: Desk,
    app: &str,
    model: &str,
    cookies: &CookieJar<'_>,
    mut posted: Posted,
) -> Result<Answer, Refusal> {
    let model = desk.site.model(app, model).ok_or(Refusal::NotFound)?;
    if !model.may(&desk.staff, Verb::View) {
        return Err(Refusal::Forbidden(Some(model.permission(Verb::View))));
    }
    let name = posted.last("action").unwrap_or_default().to_owned();
    let name = name.as_str();
    let action = model.actions.iter().find(|action| action.name == name);
    let choice = chosen::chosen(&desk, model, desk.params(), &posted);
    let mut acting = Acting { desk: &desk, model, cookies, posted: &mut posted };
    if name.is_empty() || (action.is_none() && ![DELETE_SELECTED, EXPORT_SELECTED].contains(&name)) {
        return Ok(acting.back(Level::Warning, desk.locale.t("admin-no-action")));
    }
    acting.may(name, action)?;
    let Some(choice) = choice? else {
        return Ok(acting.back(Level::Warning, desk.locale.t("admin-nothing-selected")));
    };
    match action {
        Some(action) => acting.run(action, choice).await,
        None if name == DELETE_SELECTED => acting.delete(choice).await,
        None => Ok(acting.export(&choice)),
    }
}

struct Acting<'a> {
    desk: &'a Desk,
    model: &'a Model,
    cookies: &'a CookieJar<'a>,
    posted: &'a mut Posted,
}

impl Acting<'_> {
    fn may(&self, name: &str, action: Option<&Action>) -> Result<(), Refusal> {
        let staff = &self.desk.staff;
        let of = |verb| (self.model.may(staff, verb), self.model.permission(verb));
        let (may, permission) = match (name, action) {
            (_, Some(action)) => (self.model.may_act(staff, action), self.model.needed_for(action)),
            (DELETE_SELECTED, None) => of(Verb::Delete),
            _ => of(Verb::Export),
        };
        if may { Ok(()) } else { Err(Refusal::Forbidden(Some(permission))) }
    }

    /// The same list, with its query.
    fn list(&self) -> String {
        let query = self.desk.params().without(|name| name == "e").href();
        format!("{}{}", self.desk.url(&self.model.list_path()), query.trim_start_matches('.'))
    }

    fn back(&self, level: Level, text: String) -> Answer {
        Answer::To(Box::new(self.desk.redirect(self.cookies, self.list(), &[Message::new(level, text)])))
    }

    fn confirmed(&self) -> bool {
        self.posted.last("post") == Some("yes")
    }

    fn frame(&self, title: String) -> Frame {
        let locale = &self.desk.locale;
        let app = locale.or_last_word(&format!("app-{}", self.model.app));
        Frame::new(self.desk, self.cookies, title.clone())
            .crumb(app, self.desk.url(&format!("{}/", self.model.app)))
            .crumb(self.model.many_of(locale), self.list())
            .here(title)
    }

    fn fields(name: &str, choice: &Choice) -> Vec<(String, String)> {
        let mut fields = vec![("action".to_owned(), name.to_owned())];
        fields.extend(choice.fields.iter().cloned());
        fields
    }

    async fn delete(&mut self, choice: Choice) -> Result<Answer, Refusal> {
        let (desk, model, locale) = (self.desk, self.model, &self.desk.locale);
        let summary = remove::summary(desk, model, &choice.condition).await?;
        let Some(first) = summary.going.first() else {
            return Ok(self.back(Level::Warning, locale.t("admin-nothing-selected")));
        };
        let many = [("many", first.label.as_str())];
        let question = if summary.blocked.is_empty() {
            "admin-delete-many-question"
        } else {
            "admin-delete-many-blocked"
        };
        let typed = delete::typed(&summary.going);
        let mut page = DeletePage {
            frame: self.frame(locale.t("admin-delete-many")),
            question: locale.counted(question, first.count, &many),
            typed,
            fault: None,
            proof: Proof::of(desk, typed.is_some()),
            fields: Self::fields(DELETE_SELECTED, &choice),
            back: self.list(),
            going: summary.going,
            blocked: summary.blocked,
            refused: summary.refused,
        };
        if page.refused.is_some() {
            return Ok(Answer::Delete(Box::new(Page::ok(page))));
        }
        if !self.confirmed() || !page.blocked.is_empty() {
            if self.confirmed() {
                return Err(Refusal::Forbidden(None));
            }
            return Ok(Answer::Delete(Box::new(Page::ok(page))));
        }
        let fault = match delete::unconfirmed(&page, self.posted) {
            Some(fault) => Some(locale.t(fault)),
            None => proof::fault(desk, page.proof, self.posted)?,
        };
        if fault.is_some() {
            page.fault = fault;
            return Ok(Answer::Delete(Box::new(Page::ok(page))));
        }
        if page.goes_to_a_worker() {
            let rows = page.going.first().map_or(0, |going| going.count);
            let removal = Removal::new(desk, model, choice.picked, rows);
            let href = removal::later(desk, &removal).await?;
            return Ok(Answer::To(Box::new(Redirect::found(href))));
        }
        let removed = remove::at_once(desk, model, &choice.condition).await?;
        let names = [("one", &*model.one(locale)), ("many", &model.many_of(locale))];
        Ok(self.back(Level::Success, locale.counted("admin-deleted-many", removed, &names)))
    }

    /// To the form that asks for fields and format: for ticked rows with their keys in the address.
    fn export(&self, choice: &Choice) -> Answer {
        let mut params = self.desk.params().without(|name| matches!(name, "p" | "e" | "n" | "all"));
        let ticked = choice.fields.iter().filter(|(name, _)| name == CHOSEN);
        let keys: Vec<&str> = ticked.map(|(_, key)| key.as_str()).collect();
        if !keys.is_empty() {
            let name = format!("{}__in", self.model.key_field().name);
            params = Params::default().with(&name, &keys.join(","));
        }
        let query = params.href();
        let path = format!("{}export/", self.model.list_path());
        let href = format!("{}{}", self.desk.url(&path), query.trim_start_matches('.'));
        Answer::To(Box::new(Redirect::found(href)))
    }

    async fn run(&self, action: &Action, choice: Choice) -> Result<Answer, Refusal> {
        let (desk, model, locale) = (self.desk, self.model, &self.desk.locale);
        if let Some(check) = &action.check {
            let fault = check(desk.site.store.read().clone(), remove::keys(model, &choice.condition)).await?;
            if let Some(fault) = fault {
                return Ok(self.back(Level::Error, fault.text(locale)));
            }
        }
        let many = model.many_of(locale);
        let label = locale.with(&format!("action-{}", action.name), &[("many", &many)]);
        if action.confirmation == Confirmation::Asked && !self.confirmed() {
            let count = rows::count(desk.site.store.read(), model, &choice.condition, None).await?;
            let names = [("action", &*label), ("one", &model.one(locale)), ("many", &many)];
            let page = ConfirmPage {
                question: locale.counted("admin-action-question", count, &names),
                frame: self.frame(label.clone()),
                fields: Self::fields(action.name, &choice),
                back: self.list(),
            };
            return Ok(Answer::Confirm(Box::new(Page::ok(page))));
        }
        let done = self.in_batches(action, &choice).await?;
        let text = locale.counted(&format!("action-{}-done", action.name), done, &[]);
        let level = if done > 0 { Level::Success } else { Level::Warning };
        let mut message = Message::new(level, text);
        if let Some((part, path)) = action.leads_to {
            message = message.linked(locale.t(part), desk.url(path));
        }
        Ok(Answer::To(Box::new(desk.redirect(self.cookies, self.list(), &[message]))))
    }

    /// A batch of rows is one transaction, with one entry in the audit log for each row.
    async fn in_batches(&self, action: &Action, choice: &Choice) -> Result<u64, Refusal> {
        let (desk, model) = (self.desk, self.model);
        let (mut done, mut after): (u64, Option<Value>) = (0, None);
        let db = desk.site.store.read();
        loop {
            let keys = remove::next_keys(db, model, &choice.condition, after.as_ref(), remove::BATCH).await?;
            let Some(last) = keys.last().cloned() else {
                if let Some(afterwards) = &action.afterwards {
                    afterwards();
                }
                return Ok(done);
            };
            done += desk
                .site
                .store
                .write(async |tx| {
                    let rows = rows::of_keys(&tx, model, &keys).await?;
                    let (allowed, events): (Vec<Value>, Vec<audit::Event>) = rows
                        .iter()
                        .filter(|row| {
                            model.rule.as_ref().is_none_or(|rule| rule(&desk.staff, row, Verb::Change))
                        })
                        .map(|row| {
                            let text = model.text_of(row, &desk.locale);
                            let mut event =
                                save::entry(desk, model, "admin.action", &row.key_text(), &text, Vec::new());
                            event.detail = serde_json::json!({ "action": action.name });
                            (row.key().clone(), event)
                        })
                        .unzip();
                    let now = desk.locale.now;
                    let chosen = Chosen { tx: tx.clone(), now, staff: desk.staff.clone(), keys: allowed };
                    let changed = (action.run)(chosen).await?;
                    audit::append_all(&tx, now, events).await?;
                    Ok::<_, Refusal>(changed)
                })
                .await?;
            after = Some(last);
        }
    }
}
