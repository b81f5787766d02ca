//! Scheduled tasks, schedules and results in the dashboard.

mod checks;
mod results;
mod schedules;
mod shown;
mod tasks;

pub use results::{group_results, results};
pub use schedules::{clocked, crontabs, intervals, solar};
pub use tasks::tasks;
