//! The algorithms that each kind of token may be signed with.

use crate::client::authentication::ClientSecret;
use crate::client::error::ClientError;
use crate::ground::vocabulary::Algorithm;
use crate::jose::SignatureAlgorithm;
use crate::provider::ProviderMetadata;

/// The algorithms that each kind of token may be signed with.
#[derive(Clone)]
pub(super) struct Algorithms {
    pub(super) id_token: Vec<SignatureAlgorithm>,
    pub(super) userinfo: Vec<SignatureAlgorithm>,
    pub(super) userinfo_must_be_signed: bool,
    pub(super) introspection: Vec<SignatureAlgorithm>,
    pub(super) introspection_must_be_signed: bool,
    pub(super) authorization: Vec<SignatureAlgorithm>,
}

/// What the client has registered: the algorithms of each kind of token, where it says any.
#[derive(Clone, Debug, Default)]
pub(super) struct Registered {
    pub(super) id_token: Option<Vec<Algorithm>>,
    pub(super) userinfo: Option<Vec<Algorithm>>,
    pub(super) introspection: Option<Vec<Algorithm>>,
    pub(super) authorization: Option<Vec<Algorithm>>,
}

impl Algorithms {
    /// What was registered; else what the provider lists, or what the specification has by default.
    pub(super) fn of(
        metadata: &ProviderMetadata,
        registered: &Registered,
        secret: Option<&ClientSecret>,
    ) -> Result<Self, ClientError> {
        let set = |set: &Option<Vec<Algorithm>>| set.as_deref().map(|set| check_all(set, secret)).transpose();
        let id_token = set(&registered.id_token)?
            .or_else(|| metadata.id_token_signing_alg_values_supported.as_deref().map(asymmetric))
            .unwrap_or_else(|| vec![SignatureAlgorithm::Rs256]);
        let userinfo = set(&registered.userinfo)?;
        let introspection = set(&registered.introspection)?;
        Ok(Self {
            userinfo_must_be_signed: userinfo.is_some(),
            introspection_must_be_signed: introspection.is_some(),
            userinfo: userinfo
                .or_else(|| metadata.userinfo_signing_alg_values_supported.as_deref().map(asymmetric))
                .unwrap_or_else(|| id_token.clone()),
            introspection: introspection.unwrap_or_else(|| id_token.clone()),
            authorization: set(&registered.authorization)?.unwrap_or_else(|| id_token.clone()),
            id_token,
        })
    }
}

/// The client's own setting (OpenID Connect Core 3.1.3.7 step 7).
fn check_all(set: &[Algorithm], secret: Option<&ClientSecret>) -> Result<Vec<SignatureAlgorithm>, ClientError> {
    if set.is_empty() {
        return Err(ClientError::InvalidAlgorithm { algorithm: None, reason: "the list is empty" });
    }
    set.iter().map(|algorithm| check_one(algorithm, secret)).collect()
}

/// Core 16.19, RFC 7518 3.2: the secret that keys an HMAC is at least as long as its hash.
fn check_one(algorithm: &Algorithm, secret: Option<&ClientSecret>) -> Result<SignatureAlgorithm, ClientError> {
    let invalid = |reason| ClientError::InvalidAlgorithm { algorithm: Some(algorithm.clone()), reason };
    let known = SignatureAlgorithm::from_name(algorithm.as_str())
        .ok_or_else(|| invalid("no signature of that name can be verified"))?;
    if known.is_symmetric() {
        let secret = secret.ok_or(ClientError::MissingSecret)?;
        if secret.secret().len() < known.hash().length() {
            return Err(invalid("the client secret is shorter than the hash of the algorithm"));
        }
    }
    Ok(known)
}

/// Of the provider's list: `none` and the symmetric algorithms are never meant for a client that did not ask for them.
fn asymmetric(listed: &[Algorithm]) -> Vec<SignatureAlgorithm> {
    let known = listed.iter().filter_map(|algorithm| SignatureAlgorithm::from_name(algorithm.as_str()));
    known.filter(|algorithm| !algorithm.is_symmetric()).collect()
}
