//! The load test: against a running program, as a child, with an operator's Locust; what is counted of its checks.

mod chores;
mod command;
mod locust;
mod trouble;

use std::time::Duration;

use chatdku::loadtest::Options;

/// A short load test of this host.
fn short(host: &str) -> Options {
    Options {
        host: Some(host.to_owned()),
        users: 3,
        spawn_rate: 10.0,
        run_time: Duration::from_secs(3),
        min_wait: 0.1,
        max_wait: 0.3,
        ..Options::daily()
    }
}
