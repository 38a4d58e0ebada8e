//! One call to the provider: what goes out, what comes back, and what to do when it fails.

mod again;
mod challenge;
mod client_certificate;
mod egress;
mod oauth_error;
mod origin;
mod remedy;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod round_trip;
mod search;

pub use again::Again;
pub use challenge::{BearerChallenge, Challenge, ChallengeError, Challenges};
pub use client_certificate::ClientCertificateRequired;
pub use egress::{Egress, EgressError};
pub use oauth_error::OAuthError;
pub use origin::Origin;
pub use remedy::Remedy;
pub use response::ResponseError;
pub use round_trip::{Awaiting, RoundTrip, TransportError};
pub use search::{Search, Searching};
