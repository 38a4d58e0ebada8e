//! What each step of a login costs, and a whole one. `cargo bench --bench login`, and with the other backend
//! `cargo bench --bench login --no-default-features --features rust-crypto`.

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
#[path = "login/steps.rs"]
mod steps;

fn main() {
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    steps::run();
}
