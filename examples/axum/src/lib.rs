//! A web application that signs users in: the parts, for `main.rs` and the tests.

pub mod app;
mod headers;
mod profile;
mod sign_out;
mod signed_in;
mod visit;

/// What does not know the framework.
#[path = "../../web/mod.rs"]
pub mod web;
