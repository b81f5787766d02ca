//! A connection that counts the statements that go through it.

use std::sync::atomic::{AtomicUsize, Ordering};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

/// Counts, and passes on.
pub struct Counting<C> {
    inner: C,
    count: AtomicUsize,
}

impl<C: ConnectionTrait> Counting<C> {
    pub fn new(inner: C) -> Self {
        Self { inner, count: AtomicUsize::new(0) }
    }

    /// How many statements there were.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    fn one_more(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
    }
}

#[rocket::async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Counting<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.one_more();
        self.inner.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.one_more();
        self.inner.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.one_more();
        self.inner.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.one_more();
        self.inner.query_all_raw(statement).await
    }
}
