//! A web application that signs users in: the parts, for `main.rs` and the tests.

mod access;
pub mod app;
pub mod clock;
pub mod config;
mod configured;
mod headers;
mod pages;
mod problem;
mod profile;
mod provider;
mod return_to;
mod session;
mod sign_out;
mod signed_in;
mod visit;
