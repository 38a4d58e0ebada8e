//! The attacker: Alice and Mallory use one application, which takes logins from an honest provider and from one that Mallory runs.
//! Every order of what they can do is tried, up to a number of moves, with the crate's own functions for each step of the
//! application.
//!
//! With all defences on, nothing goes wrong. With one of them off, the explorer finds the attack that it is there for, and
//! `stories/` tells it.
//!
//! To read the code flow: `cast` (who plays, with which values), `world` (the state of everything), `setting` (the defences), `moves`
//! (what can happen), `properties` (what must be true), `code_flow` (what comes of a move), with `honest`, `evil`, and `application`,
//! which calls the crate. `sign_in`, `logout`, `refresh`, `pushed` and `dpop` are small models of their own. `explorer` plays them all.
//!
//! A state, nonce or verifier is set by the test, never drawn, and each step of the crate is a function of what it gets. So a world is
//! a value that can be compared, and a step that was taken once is remembered.
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
mod dpop;
mod evil;
mod explorer;
mod honest;
mod links;
mod logout;
mod moves;
mod properties;
mod providers;
mod pushed;
mod refresh;
mod sessions;
mod setting;
mod sign_in;
mod world;

use code_flow::CodeFlow;
use dpop::Dpop;
use explorer::{Explored, explore};
use logout::Logout;
use pushed::Pushed;
use refresh::Refresh;
use setting::{Defence, Leaks, Setting};
use sign_in::SignIn;

fn code_flow(setting: Setting, moves: usize) -> Explored {
    explore(&mut CodeFlow::new(setting), moves)
}

#[test]
fn nothing_goes_wrong_in_the_code_flow_though_responses_leak() {
    let setting = Setting::default().leaks(Leaks::OwnLogins);
    code_flow(setting.clone(), 6).expect_safe("code flow");
    let borrowed = Setting { evil_borrows_endpoint: true, ..setting };
    code_flow(borrowed, 5).expect_safe("code flow, with an evil provider that names the honest one's endpoint");
}

#[test]
fn an_honest_login_completes_whatever_mallory_does() {
    code_flow(Setting::default(), 5).expect_safe("code flow, without leaks");
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

#[test]
fn where_the_issuer_of_metadata_is_not_compared_mallory_is_logged_in_as_alice() {
    let off = [Defence::MetadataIssuer, Defence::OwnRedirectUris];
    let setting = Setting { evil_borrows_endpoint: true, ..Setting::without(off) };
    code_flow(setting, 4).expect_attack(include_str!("stories/metadata_of_another_issuer.txt"));
}

/// The limit of every code flow: whoever reads the responses to requests of their own making needs no more.
#[test]
fn mallory_who_reads_each_response_to_alice_wins_whatever_is_on() {
    code_flow(Setting::default().leaks(Leaks::Everything), 4)
        .expect_attack(include_str!("stories/swapped_browsers.txt"));
}

#[test]
fn nothing_goes_wrong_with_id_tokens_that_a_telephone_sends() {
    explore(&mut SignIn::new(sign_in::Off::Nothing), 7).expect_safe("sign-in by ID token");
}

#[test]
fn without_audience_mallory_is_logged_in_with_a_token_for_their_game() {
    let found = explore(&mut SignIn::new(sign_in::Off::Audience), 4);
    found.expect_attack(include_str!("stories/token_for_another_client.txt"));
}

#[test]
fn without_nonce_alice_is_logged_in_by_a_token_of_mallory() {
    let found = explore(&mut SignIn::new(sign_in::Off::Nonce), 4);
    found.expect_attack(include_str!("stories/login_csrf_by_id_token.txt"));
}

#[test]
fn with_the_keys_of_another_provider_mallory_is_logged_in_as_alice() {
    let found = explore(&mut SignIn::new(sign_in::Off::KeysOfProvider), 3);
    found.expect_attack(include_str!("stories/keys_of_another_provider.txt"));
}

#[test]
fn nobody_but_the_honest_provider_ends_a_session() {
    explore(&mut Logout::new(logout::Off::Nothing), 6).expect_safe("logout");
}

#[test]
fn without_audience_a_logout_token_for_another_client_ends_a_session() {
    let found = explore(&mut Logout::new(logout::Off::Audience), 4);
    found.expect_attack(include_str!("stories/logout_of_another_client.txt"));
}

#[test]
fn without_issuer_a_logout_token_of_another_provider_ends_a_session() {
    let found = explore(&mut Logout::new(logout::Off::Issuer), 4);
    found.expect_attack(include_str!("stories/logout_of_another_issuer.txt"));
}

#[test]
fn where_an_id_token_passes_for_a_logout_token_it_ends_a_session() {
    let found = explore(&mut Logout::new(logout::Off::Kind), 4);
    found.expect_attack(include_str!("stories/logout_by_id_token.txt"));
}

#[test]
fn where_a_logout_token_is_taken_twice_it_ends_a_later_session() {
    let found = explore(&mut Logout::new(logout::Off::Replays), 4);
    found.expect_attack(include_str!("stories/replayed_logout.txt"));
}

#[test]
fn where_a_front_channel_notice_names_no_session_it_ends_a_session() {
    let found = explore(&mut Logout::new(logout::Off::FrontChannelSession), 4);
    found.expect_attack(include_str!("stories/front_channel_logout.txt"));
}

#[test]
fn a_swapped_refresh_answer_changes_no_session() {
    explore(&mut Refresh::new(refresh::Off::Nothing), 4).expect_safe("refresh");
}

#[test]
fn without_the_id_token_of_a_refresh_a_session_gets_the_tokens_of_mallory() {
    explore(&mut Refresh::new(refresh::Off::IdToken), 3).expect_attack(include_str!("stories/swapped_refresh.txt"));
}

#[test]
fn where_the_client_of_a_session_is_not_compared_the_evil_provider_gets_a_refresh_token() {
    explore(&mut Refresh::new(refresh::Off::Client), 2).expect_attack(include_str!("stories/refresh_elsewhere.txt"));
}

#[test]
fn what_a_pushed_request_asks_for_is_not_changed_on_the_way() {
    explore(&mut Pushed::new(pushed::Off::Nothing), 6).expect_safe("pushed requests");
}

#[test]
fn where_requests_need_not_be_pushed_mallory_adds_to_the_scope() {
    explore(&mut Pushed::new(pushed::Off::Required), 5).expect_attack(include_str!("stories/par_downgrade.txt"));
}

#[test]
fn a_proof_that_mallory_captures_serves_nowhere_else() {
    explore(&mut Dpop::new(dpop::Off::Nothing), 5).expect_safe("DPoP");
}

#[test]
fn without_a_key_mallory_uses_the_token_of_alice() {
    explore(&mut Dpop::new(dpop::Off::Key), 4).expect_attack(include_str!("stories/replayed_bearer_token.txt"));
}

#[test]
fn without_the_address_in_the_proof_mallory_uses_the_token_of_alice() {
    explore(&mut Dpop::new(dpop::Off::Address), 4).expect_attack(include_str!("stories/replayed_proof.txt"));
}
