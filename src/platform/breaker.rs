//! Breakers: a dependency that fails is left alone for a while, instead of making everybody wait for it.
//!
//! One opens after five failures in ten seconds; where there are many calls, when half of them fail. After four seconds
//! one caller may try again: what comes of that decides for all. So whatever is back is in use within five seconds.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const WINDOW: Duration = Duration::from_secs(10);
const FAILURES: usize = 5;
/// From so many calls on it is the share that counts.
const MANY: usize = 20;
/// Calls remembered at most.
const MOST: usize = 200;
/// How long it stays open.
pub const OPEN: Duration = Duration::from_secs(4);

/// The breaker of one dependency.
#[derive(Debug, Default)]
pub struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Recent calls, and whether they failed.
    calls: VecDeque<(Instant, bool)>,
    opened: Option<Instant>,
}

impl Breaker {
    /// Whether a call may be made. While it is open one call in four seconds may: the one that tries.
    pub fn admits(&self) -> bool {
        self.admits_at(Instant::now())
    }

    /// Whether calls are refused at present. Only looks.
    pub fn is_open(&self) -> bool {
        self.locked().opened.is_some_and(|opened| opened.elapsed() < OPEN)
    }

    /// A call went well.
    pub fn succeeded(&self) {
        self.note(Instant::now(), false);
    }

    /// A call failed. `true` when this opened the breaker.
    pub fn failed(&self) -> bool {
        self.note(Instant::now(), true)
    }

    fn admits_at(&self, now: Instant) -> bool {
        let mut state = self.locked();
        match state.opened {
            Some(opened) if now.duration_since(opened) < OPEN => false,
            Some(_) => {
                // The others go on being refused until it is known how this one ends.
                state.opened = Some(now);
                true
            }
            None => true,
        }
    }

    fn note(&self, now: Instant, failed: bool) -> bool {
        let mut state = self.locked();
        if state.opened.is_some() {
            if !failed {
                *state = State::default();
            }
            return false;
        }
        while state.calls.len() >= MOST
            || state.calls.front().is_some_and(|(at, _)| now.duration_since(*at) > WINDOW)
        {
            state.calls.pop_front();
        }
        state.calls.push_back((now, failed));
        let calls = state.calls.len();
        let failures = state.calls.iter().filter(|(_, failed)| *failed).count();
        let too_many = if calls < MANY { failures >= FAILURES } else { failures * 2 >= calls };
        if failed && too_many {
            state.opened = Some(now);
        }
        failed && too_many
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_open_it_and_one_success_of_the_one_who_tries_closes_it() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        let opened: Vec<bool> = (0..5).map(|_| breaker.note(start, true)).collect();
        assert_eq!(opened, [false, false, false, false, true]);
        assert!(!breaker.admits_at(start + Duration::from_secs(3)));
        let later = start + OPEN;
        assert!(breaker.admits_at(later), "one may try");
        assert!(!breaker.admits_at(later), "and nobody else");
        breaker.note(later, true);
        assert!(!breaker.admits_at(later + Duration::from_secs(3)), "it failed again");
        assert!(breaker.admits_at(later + OPEN));
        breaker.note(later + OPEN, false);
        assert!(breaker.admits_at(later + OPEN) && breaker.admits_at(later + OPEN));
    }

    #[test]
    fn old_failures_and_a_few_among_many_calls_do_not_count() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for second in 0..20 {
            assert!(!breaker.note(start + Duration::from_secs(3 * second), true), "one in three seconds");
        }
        let breaker = Breaker::default();
        for call in 0..100 {
            assert!(!breaker.note(start, call % 10 == 5), "one in ten");
        }
    }
}
