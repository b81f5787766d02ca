//! Questions whose answers somebody was not content with, and what those answers cited: for whoever measures retrieval.
//!
//! Who asked is not read.

use std::collections::{HashMap, HashSet};

use sea_orm::{QueryOrder, QuerySelect, entity::prelude::*};

use super::{
    citation,
    feedback::{self, HELPFUL},
    message::MessageId,
};
use crate::platform::store::BATCH;

/// A question with what its answer cited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The question.
    pub question: String,
    /// Why the answer was not liked: a word of the client, or the person's own.
    pub reason: String,
    /// Titles of the campus documents that the answer cited.
    pub cited: Vec<String>,
}

/// The newest complaints, each question once, at most `limit`.
pub async fn newest(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<Complaint>, DbErr> {
    use feedback::Column;
    let rows = feedback::Entity::find()
        .select_only()
        .columns([Column::UserInput, Column::FeedbackReason, Column::MessageId])
        .filter(feedback::COLUMN.feedback_reason.ne(HELPFUL))
        .order_by_desc(Column::Id)
        .limit(limit);
    let rows: Vec<(String, String, Option<MessageId>)> = rows.into_tuple().all(db).await?;
    let answers: Vec<MessageId> = rows.iter().filter_map(|(_, _, answer)| *answer).collect();
    let mut cited = cited(db, &answers).await?;
    let mut seen = HashSet::new();
    let complaint = |(question, reason, answer): (String, String, Option<MessageId>)| Complaint {
        cited: answer.and_then(|answer| cited.remove(&answer)).unwrap_or_default(),
        question: question.trim().to_owned(),
        reason: reason.trim().to_owned(),
    };
    let complaints = rows.into_iter().map(complaint);
    Ok(complaints.filter(|one| !one.question.is_empty() && seen.insert(one.question.clone())).collect())
}

/// Titles of the campus documents that these answers cite. A person's own files are nobody's else business.
async fn cited(
    db: &impl ConnectionTrait,
    answers: &[MessageId],
) -> Result<HashMap<MessageId, Vec<String>>, DbErr> {
    use citation::Column;
    let mut cited: HashMap<MessageId, Vec<String>> = HashMap::new();
    for answers in answers.chunks(BATCH) {
        let rows = citation::Entity::find()
            .select_only()
            .columns([Column::MessageId, Column::Title])
            .filter(citation::COLUMN.message_id.is_in(answers.iter().copied()))
            .filter(citation::COLUMN.file_id.is_null())
            .order_by_asc(Column::MessageId)
            .order_by_asc(Column::N);
        for (answer, title) in rows.into_tuple::<(MessageId, String)>().all(db).await? {
            let titles = cited.entry(answer).or_default();
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
    }
    Ok(cited)
}
