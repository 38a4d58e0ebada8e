//! Logout: the user asks this application for it (OpenID Connect RP-Initiated Logout 1.0), or the provider tells this
//! application of it, through the browser (Front-Channel Logout 1.0) or directly (Back-Channel Logout 1.0).
//!
//! ```text
//! LogoutRequest ──start──▶ AwaitingLogout ──receive──▶ ()             the browser goes to the provider and comes back
//! FrontChannelLogout                                                  a notice through the browser: anybody can send it
//! UnverifiedLogoutToken ──verify──▶ LogoutToken ──▶ LogoutReplays     a notice of the provider; LogoutAnswer is the answer
//! ```

mod answer;
mod error;
mod front_channel;
pub(super) mod notice;
mod parameters;
mod replays;
mod request;
mod response;
mod token;
mod token_claims;
mod token_error;

pub use answer::LogoutAnswer;
pub use error::LogoutError;
pub use front_channel::FrontChannelLogout;
pub use notice::LogoutNotice;
pub use replays::LogoutReplays;
pub use request::LogoutRequest;
pub use response::{AwaitingLogout, LogoutResponse};
pub use token::{LogoutToken, UnverifiedLogoutToken};
pub use token_error::LogoutTokenError;
