//! Feedback in the dashboard: a queue to be reviewed.

use std::collections::{HashMap, HashSet};

use sea_orm::{Condition, DbErr, ExprTrait, entity::prelude::*, sea_query::Expr};

use super::{SEARCHED, TEXT_CHARS};
use crate::{
    accounts::user,
    admin::{Action, Cell, Chosen, Fieldset, Filter, ModelAdmin, Page, Row, Tone, Verb, beginning, row},
    chat::{
        conversation::{self, ConversationId},
        feedback, message,
    },
};

/// Feedback: a queue to be reviewed.
#[expect(clippy::too_many_lines, reason = "a declaration is read as a list")]
pub fn feedback() -> ModelAdmin<feedback::Entity> {
    use feedback::Column::*;
    ModelAdmin::new("chat", "feedback")
        .class("Feedback")
        .shortcut('f')
        .named_by(|row, locale| {
            let reason = row.text(FeedbackReason);
            let reason = locale.language.find(&format!("choice-reason-{reason}")).unwrap_or(reason);
            format!("{}: {}", beginning(&reason, TEXT_CHARS), beginning(&row.text(UserInput), TEXT_CHARS))
        })
        .list([Time])
        .computed("reason", reasons)
        .sorted_by(Expr::col((feedback::Entity, FeedbackReason)))
        .list([UserInput, GenAnswer, State, AssigneeId])
        .computed("conversation", conversations_meant)
        .search([UserInput, FeedbackReason])
        .search_newest(GenAnswer, SEARCHED)
        .search_exact([QuestionId])
        .filter(
            Filter::named("review")
                .choice("open", |_| feedback::in_state(feedback::State::New))
                .choice("seen", |_| feedback::in_state(feedback::State::Seen))
                .choice("fixed", |_| feedback::in_state(feedback::State::Fixed))
                .choice("dismissed", |_| feedback::in_state(feedback::State::Dismissed)),
        )
        .filter(
            Filter::named("opinion")
                .choice("good", |_| Condition::all().add(helpful()))
                .choice("bad", |_| Condition::all().not().add(helpful())),
        )
        .filters([Time, AssigneeId])
        .by_date(Time)
        .newest_first(Id)
        .refers::<user::Entity>(UserId)
        .refers::<user::Entity>(AssigneeId)
        .refers::<message::Entity>(MessageId)
        .choices(
            State,
            [("new", Tone::Warn), ("seen", Tone::Plain), ("fixed", Tone::Good), ("dismissed", Tone::Plain)],
        )
        .personal([UserInput, GenAnswer, UserId, Note])
        .multiline([UserInput, GenAnswer, Note])
        .fieldset(Fieldset::new().shown([
            Time,
            FeedbackReason,
            UserInput,
            GenAnswer,
            UserId,
            MessageId,
            QuestionId,
        ]))
        .fieldset(Fieldset::titled("review").edited([State, AssigneeId, Note]))
        .never([Verb::Add])
        .exported()
        .on_remove(|removing| async move {
            let ids = removing.keys.iter().filter_map(row::number).filter_map(|id| i32::try_from(id).ok());
            feedback::remove(&removing.tx, &ids.collect::<Vec<_>>()).await.map(drop)
        })
        .action(Action::new("feedback_seen", |chosen| mark(chosen, feedback::State::Seen)))
        .action(Action::new("feedback_fixed", |chosen| mark(chosen, feedback::State::Fixed)))
        .action(Action::new("feedback_dismissed", |chosen| mark(chosen, feedback::State::Dismissed)))
        .link("conversation-open", Some("chat.view_chatmessages"), |row| {
            let conversation = Uuid::parse_str(&row.text(QuestionId)).ok()?;
            let message = row.number(MessageId).map(|id| format!("#m-{id}")).unwrap_or_default();
            Some(format!("chat/usersession/{conversation}/conversation/{message}"))
        })
}

fn helpful() -> Expr {
    Expr::col((feedback::Entity, feedback::Column::FeedbackReason)).eq("helpful")
}

async fn mark(chosen: Chosen, state: feedback::State) -> Result<u64, DbErr> {
    let ids = chosen.keys.iter().filter_map(row::number).filter_map(|id| i32::try_from(id).ok());
    feedback::mark(&chosen.tx, &ids.collect::<Vec<_>>(), state).await
}

/// The words of the client in the reader's language; a person's own words as they are.
async fn reasons(page: Page) -> Result<Vec<Cell>, DbErr> {
    let cell = |row: &Row| {
        let reason = row.text(feedback::Column::FeedbackReason);
        let key = format!("choice-reason-{reason}");
        let known = ["helpful", "not_correct", "not_clear", "not_relevant"].contains(&reason.as_str());
        match reason.as_str() {
            "helpful" => Cell::Badge(key, Tone::Good),
            _ if known => Cell::Badge(key, Tone::Bad),
            _ => Cell::Long(reason),
        }
    };
    Ok(page.rows.iter().map(cell).collect())
}

/// The conversations that the rows of a page are about, as far as they are still there: one query.
async fn conversations_meant(page: Page) -> Result<Vec<Cell>, DbErr> {
    let meant = |row: &Row| Uuid::parse_str(&row.text(feedback::Column::QuestionId)).ok();
    let ids: HashSet<Uuid> = page.rows.iter().filter_map(meant).collect();
    let found = conversation::Entity::find()
        .filter(conversation::COLUMN.id.is_in(ids.into_iter().map(ConversationId)))
        .all(&page.db)
        .await?;
    let titles: HashMap<Uuid, String> = found.into_iter().map(|row| (row.id.0, row.title)).collect();
    let cell = |row: &Row| {
        let Some((id, title)) = meant(row).and_then(|id| Some((id, titles.get(&id)?))) else {
            return Cell::Empty;
        };
        let title =
            if title.is_empty() { page.locale.t("conversation-untitled") } else { beginning(title, 40) };
        Cell::Link(title, format!("chat/usersession/{id}/conversation/"))
    };
    Ok(page.rows.iter().map(cell).collect())
}
