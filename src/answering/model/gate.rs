//! How many answers a model writes at a time. Whoever has to wait does so in a line, and knows their place in it.

use std::{
    collections::BTreeSet,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Lets so many through at a time, in the order in which they came. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    room: Arc<Semaphore>,
    line: Arc<Mutex<Line>>,
    /// Whenever somebody leaves the line.
    moved: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Line {
    last: u64,
    waiting: BTreeSet<u64>,
}

/// Leave to ask the model, given back when dropped.
#[derive(Debug)]
pub struct Leave(#[expect(dead_code, reason = "held")] OwnedSemaphorePermit);

/// What happens to somebody in the line.
#[derive(Debug)]
pub enum Turn {
    /// So many are before them.
    Behind(usize),
    /// It is theirs.
    Yours(Leave),
}

/// A place in the line. Whoever drops it has left.
pub struct Place {
    gate: Gate,
    number: u64,
    admitted: Pin<Box<dyn Future<Output = OwnedSemaphorePermit> + Send>>,
    moved: watch::Receiver<()>,
    told: Option<usize>,
}

impl Gate {
    /// For so many at a time, one at least.
    pub(super) fn new(most: usize) -> Self {
        let room = Arc::new(Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS)));
        Self { room, line: Arc::default(), moved: watch::Sender::new(()) }
    }

    /// Takes a place at the end of the line.
    pub(super) fn line_up(&self) -> Place {
        let number = {
            let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
            line.last += 1;
            let number = line.last;
            line.waiting.insert(number);
            number
        };
        let room = self.room.clone();
        let admitted = Box::pin(async move {
            match room.acquire_owned().await {
                Ok(permit) => permit,
                // Nobody closes it.
                Err(_) => std::future::pending().await,
            }
        });
        Place { gate: self.clone(), number, admitted, moved: self.moved.subscribe(), told: None }
    }

    fn before(&self, number: u64) -> usize {
        self.line.lock().unwrap_or_else(PoisonError::into_inner).waiting.range(..number).count()
    }

    fn leave(&self, number: u64) {
        if self.line.lock().unwrap_or_else(PoisonError::into_inner).waiting.remove(&number) {
            self.moved.send_replace(());
        }
    }
}

impl Place {
    /// Waits until it is their turn, or their place in the line is another than they were told.
    pub async fn next(&mut self) -> Turn {
        loop {
            tokio::select! {
                biased;
                permit = &mut self.admitted => {
                    self.gate.leave(self.number);
                    return Turn::Yours(Leave(permit));
                }
                () = std::future::ready(()), if self.told.is_none_or(|told| told != self.gate.before(self.number)) => {
                    let before = self.gate.before(self.number);
                    self.told = Some(before);
                    return Turn::Behind(before);
                }
                _ = self.moved.changed() => {}
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate.leave(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn they_come_through_in_the_order_in_which_they_came() {
        let gate = Gate::new(1);
        let Turn::Yours(leave) = gate.line_up().next().await else { panic!("nobody is before them") };
        let (mut second, mut third) = (gate.line_up(), gate.line_up());
        assert!(matches!(second.next().await, Turn::Behind(0)));
        assert!(matches!(third.next().await, Turn::Behind(1)));
        drop(leave);
        let Turn::Yours(leave) = second.next().await else { panic!("it is the second's turn") };
        assert!(matches!(third.next().await, Turn::Behind(0)));
        drop(leave);
        assert!(matches!(third.next().await, Turn::Yours(_)));
    }

    #[tokio::test]
    async fn whoever_leaves_the_line_holds_nobody_up() {
        let gate = Gate::new(1);
        let Turn::Yours(leave) = gate.line_up().next().await else { panic!("nobody is before them") };
        let (mut second, mut third) = (gate.line_up(), gate.line_up());
        assert!(matches!(second.next().await, Turn::Behind(0)));
        assert!(matches!(third.next().await, Turn::Behind(1)));
        drop(second);
        assert!(matches!(third.next().await, Turn::Behind(0)));
        drop(leave);
        assert!(matches!(third.next().await, Turn::Yours(_)));
    }
}
