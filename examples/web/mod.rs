//! What does not know the framework, and is the same in `examples/axum` and `examples/actix`.
//!
//! Of the application around it, it knows `crate::app::App`, which has the clock, the providers and the signed-in users.

pub(crate) mod access;
pub(crate) mod back_channel;
pub(crate) mod claims;
pub mod clock;
pub mod config;
pub(crate) mod configured;
pub(crate) mod html;
pub mod kept;
pub(crate) mod memory;
pub mod pages;
pub(crate) mod policy;
pub(crate) mod problem;
pub(crate) mod provider;
pub(crate) mod return_to;
pub mod session;
