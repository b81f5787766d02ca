//! Taking over the database of the Django service, and working on it beside Django. On PostgreSQL: the original had no
//! other.

mod afterwards;
mod django;
mod plan;
mod refusals;
mod taking;
mod tasks;
