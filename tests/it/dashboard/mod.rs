//! The dashboard with our models, through the real site.

mod browser;
mod door;
mod faults;
mod matrix;
mod models;
mod questions;
mod refused;
mod scheduler;
mod sessions;
pub mod staff;
