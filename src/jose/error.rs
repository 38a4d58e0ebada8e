//! Why a JWT or a key is refused.

use std::borrow::Cow;

use crate::ground::vocabulary::Algorithm;

/// Why a JWT is refused, whatever it is used for. The error of each step wraps it and says which token it was.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtError {
    /// It is not three parts of base64url, or five where it is encrypted, or its header or payload is not a JSON object.
    #[error("the token is malformed: {what}")]
    Malformed {
        /// What is wrong with it.
        what: &'static str,
    },
    /// It is encrypted, and the client has no key of the kind that decrypts it: no decryption key, or no client secret.
    #[error("the token is encrypted, and there is no key to decrypt it")]
    Encrypted,
    /// It is encrypted, and cannot be decrypted: it was encrypted to another key, or changed on the way. The error does
    /// not say which: a sender who tries out changes would learn from it.
    #[error("the token cannot be decrypted")]
    CannotDecrypt,
    /// It is not encrypted, and the client has registered that it must be.
    #[error("the token is not encrypted, and must be")]
    NotEncrypted,
    /// It is not signed, and this client accepts only signed ones. Encryption does not say who sent it.
    #[error("the answer is not signed")]
    NotSigned,
    /// Its `typ` says that it is something else, such as an access token; or it has none, and must have one.
    #[error("the token has the type of another kind of token, or none")]
    WrongType,
    /// It has `crit` in its header (RFC 7515 section 4.1.11), and no extension is understood.
    #[error("the token has critical header parameters")]
    CriticalHeader,
    /// It is signed with an algorithm that this client does not accept: `none`, one that is not set or listed, or HS* with
    /// several audiences; or encrypted with one that is not accepted here (`RSA1_5`, `PBES2-*`, any `zip`) or not the registered
    /// one.
    #[error("the token has the algorithm {algorithm}, which is not allowed")]
    AlgorithmNotAllowed {
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// No key of the set has the `kid` of the token; or the token has no `kid`, and no key of the set fits its algorithm; or
    /// the keys were fetched for another provider. The provider may have new keys.
    #[error("the token is signed with a key that is not in the key set")]
    UnknownKey,
    /// The key that the token names is for another use or issuer, of another kind, too small or too large.
    #[error("the key that the token names cannot be used for it")]
    UnusableKey,
    /// The signature is wrong.
    #[error("the signature of the token is wrong{}", .key.note())]
    BadSignature {
        /// Which key was tried.
        key: TriedKey,
    },
    /// A required claim is absent.
    #[error("the token has no {claim}")]
    MissingClaim {
        /// The claim.
        claim: &'static str,
    },
    /// A claim is of the wrong kind, empty, out of range, or a duplicate.
    #[error("the token has an unusable {claim}")]
    InvalidClaim {
        /// The claim.
        claim: Cow<'static, str>,
    },
    /// It has a claim that a token of its kind must not have.
    #[error("the token has {claim}, which it must not have")]
    ForbiddenClaim {
        /// The claim.
        claim: &'static str,
    },
    /// Another provider issued it.
    #[error("the token is from another issuer")]
    IssuerMismatch,
    /// It is not for this client.
    #[error("the token is for another audience")]
    AudienceMismatch,
    /// It has expired (`exp`).
    #[error("the token has expired")]
    Expired,
    /// It is not valid yet (`nbf`).
    #[error("the token is not valid yet")]
    NotYetValid,
    /// It was issued later than now (`iat`): one of the clocks is wrong.
    #[error("the token was issued in the future")]
    IssuedInFuture,
    /// It was issued too long ago (`iat`), whatever its `exp` says.
    #[error("the token was issued too long ago")]
    TooOld,
}

/// The key with which a signature was found wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TriedKey {
    /// The key that the token names by its `kid`.
    Named,
    /// Every key of the set that fits: the token names none. The right one may be new.
    Unnamed,
    /// The client secret: the algorithm is HS256, HS384 or HS512. Some providers, such as Keycloak, sign with another secret.
    ClientSecret,
}

impl TriedKey {
    fn note(self) -> &'static str {
        match self {
            Self::Named | Self::Unnamed => "",
            Self::ClientSecret => " (the key that was tried is the client secret)",
        }
    }
}

/// Why a private key cannot be used. It says nothing of the key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the key cannot be used: {reason}")]
pub struct InvalidKey {
    reason: &'static str,
}

impl InvalidKey {
    pub(crate) const fn new(reason: &'static str) -> Self {
        Self { reason }
    }

    /// What is wrong with it.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }
}
