//! What comes after a login: tokens that are refreshed, and sessions that end at the provider and here.
#![allow(dead_code, reason = "the browser is shared with tests that use more of it")]

#[path = "../../../web/tests/browser.rs"]
mod browser;
#[path = "../common/fake.rs"]
mod fake;
mod logout;
mod nodes;
#[path = "../fleet/redis.rs"]
mod redis;
mod refresh;
