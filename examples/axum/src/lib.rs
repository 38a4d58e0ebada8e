//! A web application that signs users in: the parts, for `main.rs` and the tests.

pub mod app;
pub mod config;
mod configured;
mod headers;
mod pages;
mod problem;
mod provider;
mod return_to;
mod session;
mod visit;
