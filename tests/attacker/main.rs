//! The attacker: Alice and Mallory use one application, which takes logins from an honest provider and from one that Mallory runs.
//! Every order of what they can do is tried, up to a number of moves, with the crate's own functions for each step of the
//! application.
//!
//! With all defences on, nothing goes wrong. With one of them off, the explorer finds the attack that it is there for, and
//! `stories/` tells it.
#![cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_macros,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "a test fails by panicking, and this one prints how much it has tried"
)]

mod application;
mod cast;
mod code_flow;
#[path = "../common/mod.rs"]
mod common;
mod evil;
mod explorer;
mod honest;
mod links;
mod moves;
mod properties;
mod providers;
mod setting;
mod world;

use code_flow::CodeFlow;
use explorer::{Explored, explore};
use setting::{Defence, Leaks, Setting};

fn code_flow(setting: Setting, moves: usize) -> Explored {
    explore(&mut CodeFlow::new(setting), moves)
}

#[test]
fn nothing_goes_wrong_in_the_code_flow() {
    code_flow(Setting::default(), 6).expect_safe("code flow");
    let borrowed = Setting { evil_borrows_endpoint: true, ..Setting::default() };
    code_flow(borrowed, 6).expect_safe("code flow, the evil provider names the honest one's authorization endpoint");
}

#[test]
fn a_leaked_response_is_of_no_use() {
    code_flow(Setting::default().leaks(Leaks::OwnLogins), 6).expect_safe("code flow, responses leak");
}

#[test]
fn pkce_or_nonce_is_enough_against_a_leaked_code() {
    for off in [Defence::Pkce, Defence::Nonce] {
        code_flow(Setting::without([off]).leaks(Leaks::OwnLogins), 5)
            .expect_safe(&format!("code flow, without {off:?}"));
    }
}

#[test]
fn iss_or_a_redirect_uri_for_each_provider_or_a_signed_response_is_enough_against_a_mix_up() {
    for off in [Defence::ResponseIssuer, Defence::OwnRedirectUris] {
        code_flow(Setting::without([off]), 5).expect_safe(&format!("code flow, without {off:?}"));
    }
    let signed = Setting::without([Defence::ResponseIssuer, Defence::OwnRedirectUris]).signed();
    code_flow(signed, 5).expect_safe("code flow, with signed responses alone");
}

#[test]
fn without_state_alice_is_logged_in_as_mallory() {
    let setting = Setting { honest_provider_only: true, ..Setting::without([Defence::State]) };
    code_flow(setting, 3).expect_attack(include_str!("stories/login_csrf.txt"));
}

#[test]
fn without_pkce_and_nonce_mallory_is_logged_in_as_alice() {
    let setting = Setting::without([Defence::Pkce, Defence::Nonce]).leaks(Leaks::OwnLogins);
    code_flow(setting, 4).expect_attack(include_str!("stories/code_injection.txt"));
}

#[test]
fn without_iss_and_with_one_redirect_uri_the_evil_provider_gets_a_code_of_alice() {
    let setting = Setting::without([Defence::ResponseIssuer, Defence::OwnRedirectUris]);
    code_flow(setting, 4).expect_attack(include_str!("stories/mix_up.txt"));
}

#[test]
fn where_a_plain_response_passes_for_a_signed_one_the_evil_provider_gets_a_code_of_alice() {
    let off = [Defence::ResponseIssuer, Defence::OwnRedirectUris, Defence::SignedResponse];
    code_flow(Setting::without(off).signed(), 4).expect_attack(include_str!("stories/jarm_downgrade.txt"));
}

#[test]
fn where_a_flow_state_is_used_twice_alice_is_logged_in_as_mallory() {
    code_flow(Setting::without([Defence::SingleUse]), 5).expect_attack(include_str!("stories/replayed_flow_state.txt"));
}

#[test]
fn where_the_issuer_of_a_token_is_not_compared_mallory_is_logged_in_as_alice() {
    code_flow(Setting::without([Defence::TokenIssuer]), 2)
        .expect_attack(include_str!("stories/token_of_another_issuer.txt"));
}

/// The limit of every code flow: whoever reads the responses to requests of their own making needs no more.
#[test]
fn mallory_who_reads_each_response_to_alice_wins_whatever_is_on() {
    code_flow(Setting::default().leaks(Leaks::Everything), 4)
        .expect_attack(include_str!("stories/swapped_browsers.txt"));
}
