//! What to do about an error.

use crate::jose::{JwtError, TriedKey};

/// Who has to act, and how.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Remedy {
    /// Send the user through a new login.
    RestartLogin,
    /// Send the user through a new login in which the provider may ask them something: without `prompt=none`, or with what
    /// was required.
    LoginInteractively,
    /// The user, or the provider on their behalf, said no. Ask whether to try again.
    UserDeclined,
    /// Fetch the provider's keys once and call `verify` again.
    FetchKeys,
    /// Something is wrong in how this client, or its registration at the provider, is set up.
    FixConfiguration,
    /// The calling program took a step that this flow does not have, such as verifying the ID token of a plain OAuth flow.
    FixProgram,
    /// The provider cannot answer at the moment: the same request may work later.
    RetryLater,
    /// The provider breaks its specification. The caller cannot repair that.
    ReportToProvider,
    /// It came unasked, is too late, or answers nothing that this program asked: anybody can send it. Change nothing because
    /// of it.
    Ignore,
}

impl JwtError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::UnknownKey | Self::BadSignature { key: TriedKey::Unnamed } => Remedy::FetchKeys,
            Self::Expired => Remedy::RestartLogin,
            // Only what the provider sends unasked has a greatest age: it is late, or somebody sends it again.
            Self::TooOld => Remedy::Ignore,
            // With the client secret as the key, the provider signs with another secret, or this one is wrong.
            Self::BadSignature { key: TriedKey::ClientSecret }
            | Self::Encrypted
            // The provider encrypts to a key that this client does not have any more, or never had.
            | Self::CannotDecrypt
            | Self::NotEncrypted
            | Self::NotSigned
            | Self::AlgorithmNotAllowed { .. }
            | Self::IssuerMismatch
            // A clock is wrong, most likely this machine's.
            | Self::NotYetValid
            | Self::IssuedInFuture => Remedy::FixConfiguration,
            Self::Malformed { .. }
            | Self::WrongType
            | Self::CriticalHeader
            | Self::UnusableKey
            | Self::BadSignature { .. }
            | Self::MissingClaim { .. }
            | Self::InvalidClaim { .. }
            | Self::ForbiddenClaim { .. }
            | Self::AudienceMismatch => Remedy::ReportToProvider,
        }
    }
}
