//! A web application that signs users in: the parts, for `main.rs` and the tests.

pub mod app;
mod headers;
mod profile;
mod sign_out;
mod signed_in;
mod visit;

// What does not know the framework, and is the same in examples/actix.
#[path = "../../web/access.rs"]
mod access;
#[path = "../../web/back_channel.rs"]
mod back_channel;
#[path = "../../web/clock.rs"]
pub mod clock;
#[path = "../../web/config.rs"]
pub mod config;
#[path = "../../web/configured.rs"]
mod configured;
#[path = "../../web/kept.rs"]
mod kept;
#[path = "../../web/memory.rs"]
mod memory;
#[path = "../../web/pages.rs"]
mod pages;
#[path = "../../web/policy.rs"]
mod policy;
#[path = "../../web/problem.rs"]
mod problem;
#[path = "../../web/provider.rs"]
mod provider;
#[path = "../../web/return_to.rs"]
mod return_to;
#[path = "../../web/session.rs"]
mod session;
