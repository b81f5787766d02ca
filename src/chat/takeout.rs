//! Pages of what one person has said, for their own copy of it: by key, so that nobody's whole history is ever in memory.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    Condition, DbErr, ExprTrait, JoinType, QueryOrder, QuerySelect, RelationDef, entity::prelude::*,
};

use super::{
    conversation::{self, ConversationId},
    feedback,
    message::{self, MessageId},
};
use crate::accounts::UserId;

/// The conversations of an account that were opened after one, in that order, the empty ones too.
pub async fn conversations(
    db: &impl ConnectionTrait,
    by: UserId,
    after: Option<(DateTime<Utc>, ConversationId)>,
    most: u64,
) -> Result<Vec<conversation::Model>, DbErr> {
    use conversation::{COLUMN, Column};
    let mut own = conversation::Entity::find().filter(COLUMN.user_id.eq(by));
    if let Some((at, id)) = after {
        let same_time = COLUMN.created_at.eq(at).and(COLUMN.id.gt(id));
        own = own.filter(Condition::any().add(COLUMN.created_at.gt(at)).add(same_time));
    }
    own.order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).limit(most).all(db).await
}

/// The messages of some conversations after one message: those of a conversation one after another, and conversations in
/// the order in which they were opened. `rest` are the conversations whose messages are all wanted.
pub async fn messages(
    db: &impl ConnectionTrait,
    after: Option<&message::Model>,
    rest: &[ConversationId],
    most: u64,
) -> Result<Vec<message::Model>, DbErr> {
    use message::{COLUMN, Column};
    let mut wanted = Condition::any().add(COLUMN.session_id.is_in(rest.iter().copied()));
    if let Some(after) = after {
        let same_time = COLUMN.created_at.eq(after.created_at).and(COLUMN.id.gt(after.id));
        let later = Condition::any().add(COLUMN.created_at.gt(after.created_at)).add(same_time);
        wanted = wanted.add(Condition::all().add(COLUMN.session_id.eq(after.session_id)).add(later));
    }
    message::Entity::find()
        .join(JoinType::InnerJoin, conversation_of())
        .filter(wanted)
        .order_by_asc(Expr::col((conversation::Entity, conversation::Column::CreatedAt)))
        .order_by_asc(Expr::col((conversation::Entity, conversation::Column::Id)))
        .order_by_asc(Expr::col((message::Entity, Column::CreatedAt)))
        .order_by_asc(Expr::col((message::Entity, Column::Id)))
        .limit(most)
        .all(db)
        .await
}

/// The opinions of an account after one, in the order in which they were given.
pub async fn opinions(
    db: &impl ConnectionTrait,
    by: UserId,
    after: i32,
    most: u64,
) -> Result<Vec<feedback::Model>, DbErr> {
    let own = feedback::Entity::find().filter(feedback::COLUMN.user_id.eq(by));
    own.filter(feedback::COLUMN.id.gt(after)).order_by_asc(feedback::Column::Id).limit(most).all(db).await
}

/// What an account thinks of some answers.
pub async fn opinions_about(
    db: &impl ConnectionTrait,
    by: UserId,
    messages: &[MessageId],
) -> Result<HashMap<MessageId, Vec<feedback::Model>>, DbErr> {
    let about = feedback::Entity::find().filter(feedback::COLUMN.user_id.eq(by));
    let about = about.filter(feedback::COLUMN.message_id.is_in(messages.iter().copied()));
    let mut found: HashMap<MessageId, Vec<feedback::Model>> = HashMap::new();
    for opinion in about.order_by_asc(feedback::Column::Id).all(db).await? {
        if let Some(message) = opinion.message_id {
            found.entry(message).or_default().push(opinion);
        }
    }
    Ok(found)
}

fn conversation_of() -> RelationDef {
    message::Entity::belongs_to(conversation::Entity)
        .from(message::Column::SessionId)
        .to(conversation::Column::Id)
        .into()
}
