//! Writes the logs of all answers under way in this process, beside their making.
//!
//! One loop for all: every 200 milliseconds what is new of every answer goes into the database by one statement, every
//! half second one question tells which of them may go on, and every five seconds their leases are renewed. So what the
//! log costs grows with time, not with the number of answers or of their words. Nobody who makes or reads an answer
//! here waits for it.

use std::{collections::HashSet, pin::pin, sync::Arc, time::Duration};

use sea_orm::DbErr;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::{conversation, event, generation, run::Run, runs::Runs};
use crate::platform::{
    clock::Clock,
    store::{Store, is_away},
};

/// How often the log is written.
const WRITE: Duration = Duration::from_millis(200);
/// How often is asked which answers may go on. Whoever stops one elsewhere waits so long.
const LOOK: Duration = Duration::from_millis(500);
/// How often leases are renewed, which are much longer.
const RENEW: Duration = Duration::from_secs(5);

/// The writer of the logs.
pub(super) struct Writer {
    pub(super) runs: Runs,
    pub(super) store: Store,
    pub(super) clock: Clock,
}

/// One that has panicked is followed by another with the next answer.
impl Drop for Writer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.runs.has_no_writer();
        }
    }
}

/// What is done in one round besides writing.
#[derive(Clone, Copy, Debug)]
struct Round {
    looks: bool,
    renews: bool,
    /// What was wrong with the round before.
    trouble: Option<Trouble>,
}

/// Why a round failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// The database is away.
    Away,
    /// It does not take something.
    Row,
}

impl Writer {
    /// Writes until nothing is under way.
    pub(super) async fn write(self) {
        let mut ticks = interval_at(Instant::now() + WRITE, WRITE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut look, mut renew) = (Instant::now() + LOOK, Instant::now() + RENEW);
        let mut trouble = None;
        loop {
            ticks.tick().await;
            let Some(runs) = self.runs.to_log() else { return };
            for run in &runs {
                run.seal();
            }
            let now = Instant::now();
            // A log that cannot be written may belong to an answer that is gone.
            let round = Round { looks: trouble.is_some() || now >= look, renews: now >= renew, trouble };
            let written = self.meanwhile(&mut ticks, self.write_round(&runs, round)).await;
            // What failed is due at once: a database that is back must not find a lease run out.
            if round.looks && written.is_ok() {
                look = now + LOOK;
            }
            if round.renews && written.is_ok() {
                renew = now + RENEW;
            }
            if let Err(error) = &written
                && trouble.is_none()
            {
                tracing::warn!(error = %error, "answers could not be logged yet; trying again");
            }
            trouble = written.err().map(|error| if is_away(&error) { Trouble::Away } else { Trouble::Row });
        }
    }

    /// Goes on making events while the database takes its time: who reads along here does not wait for it.
    async fn meanwhile<T>(&self, ticks: &mut Interval, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = ticks.tick() => {
                    for run in self.runs.all() {
                        run.seal();
                    }
                }
            }
        }
    }

    async fn write_round(&self, runs: &[Arc<Run>], round: Round) -> Result<(), DbErr> {
        if round.looks {
            self.look(runs).await?;
        }
        let mut outcome = if round.renews { self.renew(runs).await } else { Ok(()) };
        if outcome.as_ref().is_err_and(is_away) {
            return outcome;
        }
        // What the database does not take must not keep others out of it.
        let together = if round.trouble == Some(Trouble::Row) { 1 } else { runs.len() };
        for runs in runs.chunks(together) {
            outcome = outcome.and(self.append(runs).await);
        }
        outcome
    }

    /// Ends the answers that may not go on: stopped, deleted, taken over, or of an account that is closed.
    async fn look(&self, runs: &[Arc<Run>]) -> Result<(), DbErr> {
        let ids: Vec<_> = runs.iter().map(|run| run.id).collect();
        let allowed = generation::allowed(self.store.read(), &ids).await?;
        let allowed: HashSet<_> = allowed.into_iter().collect();
        for run in runs.iter().filter(|run| !allowed.contains(&run.id)) {
            run.cut_off();
        }
        Ok(())
    }

    async fn renew(&self, runs: &[Arc<Run>]) -> Result<(), DbErr> {
        let held: Vec<_> = runs.iter().map(|run| (run.conversation, run.id.0)).collect();
        let now = self.clock.now();
        self.store.write(async |tx| conversation::renew(&tx, &held, now).await).await
    }

    /// Who is cut off writes the rest with the end.
    async fn append(&self, runs: &[Arc<Run>]) -> Result<(), DbErr> {
        let new: Vec<(&Run, Vec<event::Model>)> =
            runs.iter().filter(|run| !run.is_cut_off()).map(|run| (&**run, run.unlogged())).collect();
        let rows: Vec<event::Model> = new.iter().flat_map(|(_, rows)| rows.iter().cloned()).collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.store.write(async |tx| event::append(&tx, rows.clone()).await).await?;
        for (run, rows) in new {
            if let Some(last) = rows.last() {
                run.logged(last.seq);
            }
        }
        Ok(())
    }
}
