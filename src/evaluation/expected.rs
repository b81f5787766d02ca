//! From the names in a file of questions to the documents that are meant.

use std::collections::{HashMap, HashSet};

use sea_orm::{Condition, DbErr, QuerySelect, entity::prelude::*};

use super::questions::Question;
use crate::{
    knowledge::{DocumentId, campus_files, tables},
    platform::store::BATCH,
};

/// The campus documents that names stand for: more than one where several have the same title.
#[derive(Debug, Default)]
pub(super) struct Expected(HashMap<String, HashSet<DocumentId>>);

impl Expected {
    /// Looks all names of these questions up.
    pub(super) async fn of(db: &impl ConnectionTrait, questions: &[Question]) -> Result<Self, DbErr> {
        let names: HashSet<&str> =
            questions.iter().flat_map(|question| &question.documents).map(|n| n.trim()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let mut meant: HashMap<String, HashSet<DocumentId>> = HashMap::new();
        for names in names.chunks(BATCH / 4) {
            for (id, said) in named(db, names).await? {
                for name in said.into_iter().flatten().filter(|name| names.contains(&name.as_str())) {
                    meant.entry(name).or_default().insert(id);
                }
            }
        }
        Ok(Self(meant))
    }

    /// The documents of a name, if there are any.
    pub(super) fn documents(&self, name: &str) -> Option<&HashSet<DocumentId>> {
        self.0.get(name.trim())
    }

    /// The names for which there is no document.
    pub(super) fn unknown(&self, questions: &[Question]) -> Vec<String> {
        let mut unknown: Vec<String> = questions
            .iter()
            .flat_map(|question| &question.documents)
            .filter(|name| self.documents(name).is_none())
            .cloned()
            .collect();
        unknown.sort();
        unknown.dedup();
        unknown
    }
}

type Said = [Option<String>; 4];

/// Campus documents that have one of these names, each with all that it may be called.
async fn named(db: &impl ConnectionTrait, names: &[&str]) -> Result<Vec<(DocumentId, Said)>, DbErr> {
    use crate::knowledge::tables::DocumentColumn as Column;
    let file = campus_files::Column::DocumentId;
    let by_file = tables::CampusFile::find()
        .select_only()
        .columns([file, campus_files::Column::Filename])
        .filter(campus_files::Column::Filename.is_in(names.iter().copied()));
    let by_file: HashMap<DocumentId, String> =
        by_file.into_tuple::<(DocumentId, String)>().all(db).await?.into_iter().collect();
    let any = Condition::any()
        .add(Column::Title.is_in(names.iter().copied()))
        .add(Column::Url.is_in(names.iter().copied()))
        .add(Column::Path.is_in(names.iter().copied()))
        .add(Column::Id.is_in(by_file.keys().copied()));
    let rows = tables::Document::find().filter(Column::OwnerId.is_null()).filter(any).all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, [Some(row.title), row.url, row.path, by_file.get(&row.id).cloned()]))
        .collect())
}
