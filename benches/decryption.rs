//! Whether failures of decryption take alike: `cargo bench --bench decryption`, and with the other backend `--no-default-features
//! --features rust-crypto`.
//!
//! A sender who could tell from the time why a token was not decrypted would have an oracle (RFC 7516 section 11.4). So each kind of
//! failure is timed, in turn, thousands of times, and held against the one that everybody can make: a wrong tag. It is no test,
//! since a machine that is busy measures nothing; and what it cannot see, a patient attacker on the same machine may.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark measures time and prints it"
)]

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
#[path = "decryption/failures.rs"]
mod failures;

fn main() {
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    failures::run();
}
