//! The faults of a soak: which server, what is wrong with it, from when to when.

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, Instant},
};

use rand::{RngExt, seq::SliceRandom};
use tokio::time::Instant as Alarm;

use super::course::Course;
use crate::support::faults::{Fault, FaultProxy};

/// A server that the program needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Server {
    Database,
    Redis,
    Model,
    Mail,
}

/// A fault as it was.
#[derive(Clone, Debug)]
pub struct Spell {
    pub of: Server,
    pub fault: Fault,
    pub began: Instant,
    pub ended: Instant,
}

impl fmt::Display for Spell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.of, self.fault)
    }
}

impl Spell {
    /// Whether something from `began` to `ended` met it, or came so soon after it that nobody had tried again.
    pub fn met(&self, began: Instant, ended: Instant, recovery: Duration) -> bool {
        ended >= self.began && began <= self.ended + recovery
    }
}

/// The proxies before the servers.
pub struct Proxies(pub BTreeMap<Server, FaultProxy>);

impl Proxies {
    /// Brings faults until `end`, all kinds of all servers in an order of chance, and over again. Answers what there was.
    pub async fn trouble(&self, course: &Course, end: Instant) -> Vec<Spell> {
        let mut spells = Vec::new();
        let mut waiting = Vec::new();
        loop {
            if waiting.is_empty() {
                waiting = self.all();
                waiting.shuffle(&mut rand::rng());
            }
            let Some((of, fault)) = waiting.pop() else { return spells };
            let (began, lasts) = (Instant::now(), rand::rng().random_range(course.fault_ms.clone()));
            if began + course.fault_every > end {
                return spells;
            }
            self.0[&of].set(fault);
            tokio::time::sleep(Duration::from_millis(lasts)).await;
            self.0[&of].set(Fault::None);
            spells.push(Spell { of, fault, began, ended: Instant::now() });
            tokio::time::sleep_until(Alarm::from_std(began + course.fault_every)).await;
        }
    }

    /// How many connections faults have hit.
    pub fn hit(&self) -> usize {
        self.0.values().map(FaultProxy::hit).sum()
    }

    fn all(&self) -> Vec<(Server, Fault)> {
        self.0.keys().flat_map(|of| Fault::ALL.map(|fault| (*of, fault))).collect()
    }
}
