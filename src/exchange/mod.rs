//! One call to the provider: what goes out, what comes back, and what to do when it fails.

mod again;
mod challenge;
mod client_certificate;
mod oauth_error;
mod remedy;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod round_trip;

pub use again::Again;
pub use challenge::{BearerChallenge, Challenge, ChallengeError, Challenges};
pub use client_certificate::ClientCertificateRequired;
pub use oauth_error::OAuthError;
pub use remedy::Remedy;
pub use response::ResponseError;
pub use round_trip::{Awaiting, RoundTrip, TransportError};
