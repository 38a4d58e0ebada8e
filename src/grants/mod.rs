//! Grants without a browser (RFC 6749 section 4.4, RFC 7523 section 2.1, RFC 8693).

mod error;
mod exchange;
mod machine;

pub use error::GrantError;
pub use exchange::TokenExchange;
pub use machine::{Assertion, AwaitingGrant, MachineGrant};
