//! A web application that signs users in: the parts, for `main.rs` and the tests.

mod answer;
pub mod app;
mod browsers;
mod signed_in;
mod visit;

/// What does not know the framework.
#[path = "../../web/mod.rs"]
pub mod web;
