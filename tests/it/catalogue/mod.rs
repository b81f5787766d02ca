//! The course catalogue: loaded from a folder, looked up by a model and without one.

mod answers;
mod loading;
mod lookups;
