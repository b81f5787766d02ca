//! From a cursor of the database to the bytes of a file.

use std::collections::HashMap;

use futures::{Stream, StreamExt};
use sea_orm::{Condition, ConnectionTrait, DbBackend, DbErr, StreamTrait, TransactionTrait, Value};
use tokio::{io::AsyncReadExt, sync::mpsc};

use super::{
    super::{
        change_list::rows,
        locale::Locale,
        model::{Direction, Model, OrderBy},
        site::Site,
        value,
    },
    Column, Format, Item, Options, sheet,
    text::Writer,
};

/// Rows that are named at once, when references are.
const BATCH: usize = 500;
/// Bytes that are sent at once.
const CHUNK: usize = 32 * 1024;
/// Chunks that wait for a slow reader; then the database waits too.
const WAITING: usize = 4;

/// Which rows to take out.
pub(in super::super) struct Rows {
    pub(in super::super) app: &'static str,
    pub(in super::super) name: &'static str,
    pub(in super::super) condition: Condition,
    pub(in super::super) order: Vec<(OrderBy, Direction)>,
    pub(in super::super) columns: Vec<Column>,
    pub(in super::super) options: Options,
    pub(in super::super) locale: Locale,
}

/// The bytes of the file. When reading fails half-way the stream ends with an error, so that nobody takes the half for
/// the whole.
pub(in super::super) fn file(
    site: &Site,
    wanted: Rows,
) -> impl Stream<Item = std::io::Result<Vec<u8>>> + Send + use<> {
    let (bytes, mut receiver) = mpsc::channel(WAITING);
    let (rows, batches) = mpsc::channel(WAITING);
    let columns = heads(&wanted);
    let options = wanted.options.clone();
    let of = site.clone();
    // Both end by themselves when the reader is gone: sending fails then.
    drop(site.tasks.spawn(async move {
        let failed = bytes.clone();
        let read = read_all(&of, &wanted, rows);
        let written = async move {
            match options.format {
                Format::Xlsx => as_sheet(columns, batches, bytes).await,
                _ => as_text(&options, &columns, batches, bytes).await,
            }
        };
        if let (Err(error), _) | (Ok(()), Err(error)) = futures::join!(read, written) {
            tracing::error!(error = format!("{error:#}"), "an export broke off");
            let _gone = failed.send(Err(std::io::Error::other("the export broke off"))).await;
        }
    }));
    futures::stream::poll_fn(move |context| receiver.poll_recv(context))
}

type Bytes = mpsc::Sender<std::io::Result<Vec<u8>>>;
type Batch = Vec<Vec<Item>>;

async fn as_text(
    options: &Options,
    columns: &[Column],
    mut batches: mpsc::Receiver<Batch>,
    bytes: Bytes,
) -> anyhow::Result<()> {
    let mut writer = Writer::new(options, columns);
    let mut chunk = writer.begin();
    while let Some(batch) = batches.recv().await {
        for items in batch {
            chunk.extend(writer.row(&items));
        }
        if chunk.len() >= CHUNK && bytes.send(Ok(std::mem::take(&mut chunk))).await.is_err() {
            return Ok(());
        }
    }
    chunk.extend(writer.end());
    let _gone = bytes.send(Ok(chunk)).await;
    Ok(())
}

async fn as_sheet(columns: Vec<Column>, batches: mpsc::Receiver<Batch>, bytes: Bytes) -> anyhow::Result<()> {
    let file = tokio::task::spawn_blocking(move || sheet::write(&columns, batches)).await??;
    let mut file = tokio::fs::File::from_std(file);
    loop {
        let mut chunk = vec![0; CHUNK];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        if read == 0 || bytes.send(Ok(chunk)).await.is_err() {
            return Ok(());
        }
    }
}

/// The columns of the file: with a second one for what a reference is called, when that is wanted.
fn heads(wanted: &Rows) -> Vec<Column> {
    let mut heads = Vec::new();
    for column in &wanted.columns {
        heads.push(column.clone());
        if wanted.options.names && column.field.refers_to.is_some() {
            heads.push(Column { head: format!("{} (name)", column.head), ..column.clone() });
        }
    }
    heads
}

/// Reads every row, in the order of the list, from one cursor.
async fn read_all(site: &Site, wanted: &Rows, rows: mpsc::Sender<Batch>) -> anyhow::Result<()> {
    let model = site.model(wanted.app, wanted.name).ok_or_else(|| anyhow::anyhow!("the model is gone"))?;
    let mut select = rows::select(model);
    select.cond_where(wanted.condition.clone());
    rows::order(&mut select, model, &wanted.order);
    let db = site.store.read();
    // One snapshot for the whole file; no limit of time for this statement alone.
    let tx = db.begin().await?;
    if db.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
    }
    {
        let statement = db.get_database_backend().build(&select);
        let mut found = tx.stream_raw(statement).await?;
        loop {
            let mut batch = Vec::new();
            while batch.len() < BATCH {
                let Some(row) = found.next().await else { break };
                batch.push(row?);
            }
            let last = batch.len() < BATCH;
            let names = named(site, model, wanted, &batch).await?;
            let items: Result<Batch, DbErr> =
                batch.iter().map(|row| items(site, model, wanted, row, &names)).collect();
            if rows.send(items?).await.is_err() || last {
                break;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

fn items(
    site: &Site,
    model: &Model,
    wanted: &Rows,
    row: &sea_orm::QueryResult,
    names: &HashMap<(&'static str, String), String>,
) -> Result<Vec<Item>, DbErr> {
    let mut items = Vec::new();
    for column in &wanted.columns {
        let value = read(model, column, row)?;
        let hidden = column.field.personal && !wanted.options.personal;
        items.push(if hidden { Item::pseudonym(&value, &site.pseudonym_key) } else { Item::of(&value) });
        if wanted.options.names && column.field.refers_to.is_some() {
            let name = names.get(&(column.field.name, value::plain(&value)));
            items.push(name.map_or(Item::Nothing, |name| Item::Text(name.clone())));
        }
    }
    Ok(items)
}

fn read(model: &Model, column: &Column, row: &sea_orm::QueryResult) -> Result<Value, DbErr> {
    let shown = model.fields.iter().filter(|field| !field.secret);
    let at = shown.into_iter().position(|field| field.name == column.field.name).unwrap_or_default();
    column.field.kind.read(row, at)
}

/// What the references of some rows are called: one query per reference.
async fn named(
    site: &Site,
    model: &Model,
    wanted: &Rows,
    batch: &[sea_orm::QueryResult],
) -> Result<HashMap<(&'static str, String), String>, DbErr> {
    let mut names = HashMap::new();
    if !wanted.options.names {
        return Ok(names);
    }
    for column in &wanted.columns {
        let target = column.field.refers_to.and_then(|table| site.of_table(table));
        let Some(target) = target.filter(|_| !column.field.personal || wanted.options.personal) else {
            continue;
        };
        let keys: Result<Vec<Value>, DbErr> = batch.iter().map(|row| read(model, column, row)).collect();
        for (key, name) in rows::labels(site.store.read(), target, keys?, &wanted.locale).await? {
            names.insert((column.field.name, key), name);
        }
    }
    Ok(names)
}
