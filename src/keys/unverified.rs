//! What a key cache is asked for: a signed thing that is not verified yet.

/// Something signed that is not verified yet: each type named `Unverified…`, from
/// [`UnverifiedTokens`](crate::UnverifiedTokens) to [`UnverifiedLogoutToken`](crate::UnverifiedLogoutToken).
/// [`KeyCache::keys_for`](crate::KeyCache::keys_for) takes any of them. It is sealed.
pub trait Unverified: sealed::Sealed {}

pub(crate) mod sealed {
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    use std::time::SystemTime;

    use crate::client::Client;
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    use crate::jose::JwkSet;
    use crate::keys::signed_jwt::SignedJwt;

    /// Keeps [`Unverified`](super::Unverified) to this crate.
    pub trait Sealed {
        /// What verification makes of it.
        type Verified;
        /// Why it is refused.
        type Error;

        /// The client whose provider's keys verify it.
        fn client(&self) -> &Client;

        /// The JWT to verify. `None` where there is none, as in an answer in JSON: no keys are needed then.
        fn signed(&self) -> Option<&SignedJwt>;

        /// Verifies it.
        #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
        fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<Self::Verified, Self::Error>;
    }
}
