//! The dashboard's engine, with a bookshop.

mod actions;
mod bookshop;
mod declarations;
mod door;
mod exporting;
mod exports;
mod forms;
mod large_removals;
mod leaflets;
mod lists;
mod lookups;
mod map;
mod popups;
mod reader;
mod removal;
mod saving;
mod search;
mod shop;
mod xlsx;
