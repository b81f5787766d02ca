//! What is looked up when somebody asks: the queue, the pools, what is under way.

use sea_orm::{ActiveEnum, Iterable};
use tokio::runtime::Handle;

use super::Metrics;
use crate::{
    app::App,
    error::Result,
    queue::{State, figures},
};

impl Metrics {
    /// Sets all gauges to what is the case.
    pub(super) async fn look(&self, app: &App) -> Result<()> {
        let set = |what: &str, count: usize| {
            self.under_way.with_label_values(&[what]).set(i64::try_from(count).unwrap_or(i64::MAX));
        };
        set("answers", app.runs.under_way());
        set("uploads", app.upload_permits.under_way());
        if let Some(dictation) = &app.dictation {
            set("recordings", dictation.under_way());
        }
        let tasks = Handle::current().metrics().num_alive_tasks();
        self.tasks.set(i64::try_from(tasks).unwrap_or(i64::MAX));
        for pool in app.store.pools() {
            let uses = [("idle", pool.idle), ("busy", pool.open.saturating_sub(pool.idle))];
            for (of, count) in uses {
                self.connections.with_label_values(&[pool.name, of]).set(i64::from(count));
            }
        }
        if let Some(embeddings) = app.library.embeddings()
            && let Some(missing) = embeddings.missing(&app.store).await?
        {
            self.services.without_vectors.set(i64::try_from(missing).unwrap_or(i64::MAX));
        }
        let counted = figures::by_state(app.store.read()).await?;
        for state in State::iter() {
            let count = counted.iter().find(|(of, _)| *of == state).map_or(0, |(_, count)| *count);
            self.jobs.with_label_values(&[state.to_value().as_str()]).set(count);
        }
        Ok(())
    }
}
