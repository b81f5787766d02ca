//! Uploaded files: rows, states, and what an account may keep.

use chrono::{DateTime, Utc};
use sea_orm::{
    ExprTrait, JoinType, QueryOrder, QuerySelect, SelectTwo, Set,
    entity::prelude::*,
    sea_query::{Expr, LockType},
};

use super::{ingest, name};
pub use crate::knowledge::FileState as State;
use crate::{
    accounts::{UserId, user},
    error::{Error, Result},
    platform::{
        paging::{Page, behind, holds},
        store::BATCH,
    },
    queue::job,
};

/// An uploaded file.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "core_uploadedfile")]
pub struct Model {
    /// Serial number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The name it is shown under; unique among its owner's.
    pub filename: String,
    /// When it came.
    pub uploaded_time: DateTimeUtc,
    /// Whose it is.
    pub user_id: UserId,
    /// What it is called on the disk; `None` means `filename`.
    pub stored_name: Option<String>,
    /// Its size in bytes.
    pub size: Option<i64>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: Option<String>,
    /// How many pages it has, once read.
    pub pages: Option<i32>,
    /// How far it has come; `None` for a file that the original's program has stored, until this one looks at it.
    pub state: Option<State>,
    /// Why it is not ready, or not wholly.
    pub reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The name under which the bytes of a new file are stored.
    pub(super) fn fresh_stored_name() -> String {
        format!("{}.pdf", Uuid::new_v4())
    }

    /// Whether [`Self::fresh_stored_name`] makes such names.
    pub(super) fn is_stored_name(name: &str) -> bool {
        name.strip_suffix(".pdf").is_some_and(|id| Uuid::parse_str(id).is_ok())
    }

    /// What it is called on the disk.
    pub fn on_disk(&self) -> &str {
        self.stored_name.as_deref().unwrap_or(&self.filename)
    }
}

/// A file that has arrived.
#[derive(Clone, Debug)]
pub(super) struct Arrived {
    pub(super) owner: UserId,
    pub(super) display_name: String,
    pub(super) stored_name: String,
    pub(super) size_bytes: u64,
    pub(super) sha256: String,
}

/// Registers a file together with the job that reads it. A name that its owner has already is varied.
pub(super) async fn register(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    file: Arrived,
) -> Result<Model, DbErr> {
    // Two uploads of one name at the same time: the second has to see the first.
    user::lock(db, file.owner).await?;
    let taken = Entity::find()
        .filter(COLUMN.user_id.eq(file.owner))
        .filter(COLUMN.filename.eq(&file.display_name))
        .one(db)
        .await?;
    let filename = if taken.is_some() { name::varied(&file.display_name) } else { file.display_name };
    let row = ActiveModel {
        filename: Set(filename),
        uploaded_time: Set(now),
        user_id: Set(file.owner),
        stored_name: Set(Some(file.stored_name)),
        size: Set(i64::try_from(file.size_bytes).ok()),
        sha256: Set(Some(file.sha256)),
        state: Set(Some(State::Queued)),
        ..ActiveModel::new()
    };
    let row = row.insert(db).await?;
    ingest::job(row.user_id, row.id).save(db, now).await?;
    Ok(row)
}

/// The owner's file. A stranger's is not found: its existence is private too.
pub async fn owned(db: &impl ConnectionTrait, by: UserId, id: i32) -> Result<Model> {
    let found = Entity::find_by_id(id).filter(COLUMN.user_id.eq(by)).one(db).await?;
    found.ok_or(Error::NotFound("Not found."))
}

/// A file, whosever it is: for the jobs.
pub(super) async fn by_id(db: &impl ConnectionTrait, id: i32) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// The owner's files, newest first.
pub async fn list(db: &impl ConnectionTrait, by: UserId) -> Result<Vec<Model>, DbErr> {
    page(db, by, &Page::default()).await
}

/// Of the owner's files those that are wanted, newest first.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    by: UserId,
    page: &Page<i32>,
) -> Result<Vec<Model>, DbErr> {
    let mut files = Entity::find().filter(COLUMN.user_id.eq(by));
    if let Some(text) = page.containing.as_deref() {
        files = files.filter(holds(Expr::col((Entity, Column::Filename)), text));
    }
    if let Some(before) = page.before {
        files = files.filter(behind(Column::UploadedTime, Column::Id, before, &COLUMN.user_id.eq(by)));
    }
    files.order_by_desc(Column::UploadedTime).order_by_desc(Column::Id).limit(page.limit).all(db).await
}

/// The ids of the owner's files of these names. Other names, and other people's files, are not found.
pub async fn chosen(db: &impl ConnectionTrait, by: UserId, names: &[String]) -> Result<Vec<i32>, DbErr> {
    let files = Entity::find().select_only().column(Column::Id).filter(COLUMN.user_id.eq(by));
    files.filter(COLUMN.filename.is_in(names.iter().map(String::as_str))).into_tuple().all(db).await
}

/// Whether a file of this account is waiting to be read or being read.
pub async fn is_being_read(db: &impl ConnectionTrait, by: UserId) -> Result<bool, DbErr> {
    job::is_pending(db, &ingest::key(by), ingest::INGEST).await
}

/// The files of the accounts whose folders these are: folder and name on the disk.
pub(super) async fn stored_in<C: FromIterator<(String, String)>>(
    db: &impl ConnectionTrait,
    folders: &[String],
) -> Result<C, DbErr> {
    let rows = with_folders().filter(user::COLUMN.folder.is_in(folders.iter().map(String::as_str)));
    let rows: Vec<(Model, String)> = rows.all(db).await?.into_iter().filter_map(row_and_folder).collect();
    Ok(rows.into_iter().map(|(row, folder)| (folder, row.on_disk().to_owned())).collect())
}

/// Files after id `last` that are not known to be missing, with the folders they are in, in order of their ids.
pub(super) async fn present_after(
    db: &impl ConnectionTrait,
    last: i32,
    limit: u64,
) -> Result<Vec<(Model, String)>, DbErr> {
    let present = COLUMN.state.is_null().or(COLUMN.state.ne(State::Missing));
    let rows = with_folders().filter(COLUMN.id.gt(last)).filter(present);
    let rows = rows.order_by_asc(Column::Id).limit(limit).all(db).await?;
    Ok(rows.into_iter().filter_map(row_and_folder).collect())
}

/// Files, whosever they are, with the folders they are in.
pub(super) async fn with_folders_of(
    db: &impl ConnectionTrait,
    ids: &[i32],
) -> Result<Vec<(Model, String)>, DbErr> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        let rows = with_folders().filter(COLUMN.id.is_in(ids.iter().copied())).order_by_asc(Column::Id);
        found.extend(rows.all(db).await?.into_iter().filter_map(row_and_folder));
    }
    Ok(found)
}

/// The files that the original's program has stored, and that nobody has looked at since.
pub(super) async fn of_the_original(db: &impl ConnectionTrait) -> Result<Vec<i32>, DbErr> {
    let files = Entity::find().select_only().column(Column::Id).filter(COLUMN.state.is_null());
    files.order_by_asc(Column::Id).into_tuple().all(db).await
}

/// The files of an account after the one of an id, in the order of ids.
pub async fn of_account(
    db: &impl ConnectionTrait,
    by: UserId,
    after: i32,
    most: u64,
) -> Result<Vec<Model>, DbErr> {
    let own = Entity::find().filter(COLUMN.user_id.eq(by)).filter(COLUMN.id.gt(after));
    own.order_by_asc(Column::Id).limit(most).all(db).await
}

/// Some files that came before `before`, those that came first.
pub(super) async fn uploaded_before(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    most: u64,
) -> Result<Vec<i32>, DbErr> {
    let old = Entity::find().select_only().column(Column::Id).filter(COLUMN.uploaded_time.lt(before));
    old.order_by_asc(Column::UploadedTime).order_by_asc(Column::Id).limit(most).into_tuple().all(db).await
}

/// Whose files these are.
pub(super) async fn owners_of(db: &impl ConnectionTrait, ids: &[i32]) -> Result<Vec<(i32, UserId)>, DbErr> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        let rows = Entity::find().select_only().column(Column::Id).column(Column::UserId);
        let rows = rows.filter(COLUMN.id.is_in(ids.iter().copied())).order_by_asc(Column::Id);
        found.extend(rows.into_tuple::<(i32, UserId)>().all(db).await?);
    }
    Ok(found)
}

fn with_folders() -> SelectTwo<Entity, user::Entity> {
    let owner = Entity::belongs_to(user::Entity).from(Column::UserId).to(user::Column::Id);
    Entity::find().join(JoinType::InnerJoin, owner.into()).select_also(user::Entity)
}

fn row_and_folder((row, owner): (Model, Option<user::Model>)) -> Option<(Model, String)> {
    Some((row, owner?.folder))
}

/// How many files an account keeps, and how many bytes.
pub(super) async fn usage(db: &impl ConnectionTrait, by: UserId) -> Result<(u64, u64), DbErr> {
    let sum = Expr::col(Column::Size).sum().cast_as("bigint");
    let row: Option<(i64, Option<i64>)> = Entity::find()
        .select_only()
        .column_as(COLUMN.id.count(), "files")
        .column_as(sum, "bytes")
        .filter(COLUMN.user_id.eq(by))
        .into_tuple()
        .one(db)
        .await?;
    let (files, bytes) = row.unwrap_or_default();
    Ok((u64::try_from(files).unwrap_or(0), u64::try_from(bytes.unwrap_or(0)).unwrap_or(0)))
}

/// Notes how far a file has come. `false` means that the file is gone.
pub(super) async fn note(
    db: &impl ConnectionTrait,
    id: i32,
    state: State,
    reason: Option<String>,
    pages: Option<i32>,
) -> Result<bool, DbErr> {
    let mut noted = Entity::update_many()
        .col_expr(Column::State, Expr::value(Some(state.word())))
        .col_expr(Column::Reason, Expr::value(reason));
    if let Some(pages) = pages {
        noted = noted.col_expr(Column::Pages, Expr::value(pages));
    }
    Ok(noted.filter(COLUMN.id.eq(id)).exec(db).await?.rows_affected == 1)
}

/// Notes what a file is that was stored without noting it.
pub(super) async fn note_content(
    db: &impl ConnectionTrait,
    id: i32,
    size_bytes: u64,
    sha256: &str,
) -> Result<(), DbErr> {
    let noted = Entity::update_many()
        .col_expr(Column::Size, Expr::value(i64::try_from(size_bytes).ok()))
        .col_expr(Column::Sha256, Expr::value(sha256));
    noted.filter(COLUMN.id.eq(id)).exec(db).await.map(drop)
}

/// Notes the same of several files.
pub(super) async fn note_all(
    db: &impl ConnectionTrait,
    ids: &[i32],
    state: State,
    reason: Option<String>,
) -> Result<u64, DbErr> {
    let ids = lock(db, ids).await?;
    for ids in ids.chunks(BATCH) {
        let noted = Entity::update_many()
            .col_expr(Column::State, Expr::value(Some(state.word())))
            .col_expr(Column::Reason, Expr::value(reason.clone()));
        noted.filter(COLUMN.id.is_in(ids.iter().copied())).exec(db).await?;
    }
    Ok(ids.len() as u64)
}

/// Locks files, in the order of their ids so that two who do this never wait for each other. Answers those that are
/// there.
pub(super) async fn lock(db: &impl ConnectionTrait, ids: &[i32]) -> Result<Vec<i32>, DbErr> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let mut there = Vec::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        let rows =
            Entity::find().select_only().column(Column::Id).filter(COLUMN.id.is_in(ids.iter().copied()));
        let rows = rows.order_by_asc(Column::Id).lock(LockType::Update);
        there.extend(rows.into_tuple::<i32>().all(db).await?);
    }
    Ok(there)
}

/// Removes rows.
pub(super) async fn remove_rows(db: &impl ConnectionTrait, ids: &[i32]) -> Result<(), DbErr> {
    for ids in ids.chunks(BATCH) {
        Entity::delete_many().filter(COLUMN.id.is_in(ids.iter().copied())).exec(db).await?;
    }
    Ok(())
}

/// Which of these files the account still has.
pub async fn still_owned(db: &impl ConnectionTrait, by: UserId, ids: &[i32]) -> Result<Vec<i32>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let files = Entity::find().select_only().column(Column::Id).filter(COLUMN.user_id.eq(by));
    files.filter(COLUMN.id.is_in(ids.iter().copied())).into_tuple().all(db).await
}
