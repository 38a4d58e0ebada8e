//! What keys of the client's own cost beside the bare work of the key: `cargo bench --bench own_keys`.
//!
//! Each line holds a step of this crate against the signature, or the decryption and the verification, that it cannot do without,
//! made by aws-lc-rs alone. Both are timed in turns in one run, so that whatever slows the machine down meets both; the quotient
//! counts. It is no test: a machine that is busy measures nothing.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark measures time and prints it"
)]

#[path = "own_keys/encrypting.rs"]
mod encrypting;
#[path = "own_keys/ratios.rs"]
mod ratios;

fn main() {
    ratios::run();
}
