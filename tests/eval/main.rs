//! `cwegate eval`: every figure against cases computed by hand, then the command.

#[path = "../common/mod.rs"]
mod common;

mod command;
mod figures;
mod metrics;
mod tools;
