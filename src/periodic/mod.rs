//! Tasks on schedules: rows that staff edit, fired each exactly once over all instances, with what came of them.
//!
//! The tables are those of the Django service (`django_celery_beat_…`, `django_celery_results_…`). What a task does is
//! a function of the program, found by its name in a [`Registry`]; a row with another name is shown and never run.

pub mod admin;
mod changes;
mod cleanup;
pub mod clocked;
pub mod crontab;
mod group_result;
pub mod interval;
mod plan;
mod planted;
mod reading;
mod registry;
pub mod result;
mod run;
mod scheduler;
pub mod solar;
pub mod task;

pub use cleanup::clean_results;
pub use plan::{Plan, Schedule, of as plans};
pub use planted::plant;
pub use registry::{Call, Known, Registry, Seed};
pub use result::{failure, failures, keeps_failing};
pub use run::{Asked, ask, kinds};
pub use scheduler::Scheduler;
pub use task::named;

/// The tables.
pub mod tables {
    pub use super::{
        changes::Entity as Changes,
        clocked::{self, Entity as Clocked},
        crontab::{self, Entity as Crontab},
        group_result::Entity as GroupResult,
        interval::{self, Entity as Interval},
        planted::Entity as Planted,
        result::{self, Entity as TaskResult},
        solar::{self, Entity as Solar},
        task::{self, Entity as PeriodicTask},
    };
}
