//! A web application that logs people in: the parts, for `main.rs` and the tests.

pub mod app;
pub mod config;
mod pages;
mod provider;
mod session;
