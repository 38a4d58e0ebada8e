//! Profiles: what a regulated ecosystem demands of client and provider, checked as one (FAPI 2.0 Security Profile, FAPI 2.0 Message
//! Signing).

use std::time::Duration;

use crate::client::algorithms::{Algorithms, Registered};
use crate::client::authentication::ClientAuth;
use crate::client::error::ClientError;
use crate::ground::vocabulary::{Algorithm, CodeChallengeMethod, ResponseMode, TokenType};
use crate::jose::SignatureAlgorithm;
use crate::jose::signer::SharedSigner;
use crate::provider::ProviderMetadata;

/// A profile that a client keeps to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Profile {
    /// FAPI 2.0 Security Profile (final).
    Fapi2,
    /// FAPI 2.0 Message Signing (final), which is the one before and more.
    Fapi2MessageSigning,
}

/// What is checked against a profile.
pub(super) struct Facts<'a> {
    pub(super) metadata: &'a ProviderMetadata,
    pub(super) auth: &'a ClientAuth,
    pub(super) assertion_audience: Option<&'a str>,
    pub(super) dpop_signer: Option<&'a SharedSigner>,
    pub(super) accepted_token_types: &'a [TokenType],
    pub(super) request_object_signer: Option<&'a SharedSigner>,
    pub(super) registered: &'a Registered,
    pub(super) leeway: Duration,
}

/// FAPI 2.0 Security Profile 5.4.1.
const ALGORITHMS: [SignatureAlgorithm; 3] =
    [SignatureAlgorithm::Ps256, SignatureAlgorithm::Es256, SignatureAlgorithm::Ed25519];

impl Profile {
    pub(crate) fn signs_messages(self) -> bool {
        self == Self::Fapi2MessageSigning
    }

    /// FAPI 2.0 Security Profile 5.4.1.
    pub(crate) fn allows(algorithm: &Algorithm) -> bool {
        SignatureAlgorithm::from_name(algorithm.as_str()).is_some_and(is_allowed)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Fapi2 => "FAPI 2.0 Security Profile",
            Self::Fapi2MessageSigning => "FAPI 2.0 Message Signing",
        }
    }

    /// Checks client and provider against the profile, and leaves in `algorithms` those that it allows.
    ///
    /// # Errors
    ///
    /// All that is not met, at once.
    pub(super) fn check(self, facts: &Facts<'_>, algorithms: &mut Algorithms) -> Result<(), ClientError> {
        let mut unmet = Vec::new();
        self.check_provider(facts.metadata, &mut unmet);
        check_authentication(facts, &mut unmet);
        check_binding(facts, &mut unmet);
        // 5.3.2.1: 10 seconds are accepted, more than 60 are not.
        demand(facts.leeway <= Duration::from_secs(60), "the leeway is more than 60 seconds", &mut unmet);
        restrict("ID tokens", facts.registered.id_token.as_deref(), &mut algorithms.id_token, &mut unmet);
        if self.signs_messages() {
            check_signer("request objects", facts.request_object_signer, &mut unmet);
            let registered = facts.registered.authorization.as_deref();
            restrict("authorization responses", registered, &mut algorithms.authorization, &mut unmet);
            algorithms.introspection_must_be_signed = true;
        } else {
            algorithms.authorization.retain(|algorithm| is_allowed(*algorithm));
        }
        if algorithms.introspection_must_be_signed && facts.metadata.introspection_endpoint.is_some() {
            let registered = facts.registered.introspection.as_deref();
            restrict("introspections", registered, &mut algorithms.introspection, &mut unmet);
        } else {
            algorithms.introspection.retain(|algorithm| is_allowed(*algorithm));
        }
        if algorithms.userinfo_must_be_signed {
            restrict("UserInfo", facts.registered.userinfo.as_deref(), &mut algorithms.userinfo, &mut unmet);
        } else {
            algorithms.userinfo.retain(|algorithm| is_allowed(*algorithm));
        }
        if unmet.is_empty() { Ok(()) } else { Err(ClientError::ProfileNotMet { profile: self.name(), unmet }) }
    }

    /// FAPI 2.0 Security Profile 5.3.1.2 and 5.3.2.2, Message Signing 5.4.
    fn check_provider(self, metadata: &ProviderMetadata, unmet: &mut Vec<String>) {
        let pushes = metadata.pushed_authorization_request_endpoint.is_some();
        demand(pushes, "the provider has no pushed_authorization_request_endpoint", unmet);
        let methods = metadata.code_challenge_methods_supported.as_deref().unwrap_or_default();
        demand(methods.contains(&CodeChallengeMethod::S256), "the provider does not list PKCE with S256", unmet);
        let names_itself = metadata.authorization_response_iss_parameter_supported;
        demand(names_itself, "the provider sends no iss in its authorization responses", unmet);
        let modes = metadata.response_modes_supported.as_deref().unwrap_or_default();
        let signs = !self.signs_messages() || modes.iter().any(ResponseMode::is_signed);
        demand(signs, "the provider lists no signed response mode (JARM)", unmet);
    }
}

/// FAPI 2.0 Security Profile 5.3.2.1 and 5.3.3.1: `private_key_jwt` or mutual TLS.
fn check_authentication(facts: &Facts<'_>, unmet: &mut Vec<String>) {
    let for_issuer = facts.assertion_audience.is_none_or(|audience| audience == facts.metadata.issuer);
    demand(for_issuer, "the client assertions are for another audience than the issuer", unmet);
    if let Some(algorithm) = facts.auth.key_algorithm() {
        check_algorithm("client assertions", &algorithm, unmet);
    } else {
        let by_certificate = facts.auth.uses_certificate();
        demand(by_certificate, "the client authenticates neither by private_key_jwt nor by mutual TLS", unmet);
    }
}

/// FAPI 2.0 Security Profile 5.3.2.1 and 5.3.3.1: tokens that are bound to a key or a certificate of the client.
fn check_binding(facts: &Facts<'_>, unmet: &mut Vec<String>) {
    let by_certificate = facts.auth.uses_certificate() && facts.metadata.tls_client_certificate_bound_access_tokens;
    let is_dpop = |token_type: &TokenType| token_type.as_str().eq_ignore_ascii_case(TokenType::DPOP.as_str());
    match facts.dpop_signer {
        Some(signer) => {
            check_algorithm("DPoP proofs", &signer.algorithm(), unmet);
            let all_bound = by_certificate || facts.accepted_token_types.iter().all(is_dpop);
            demand(all_bound, "access tokens are accepted that are not bound to the DPoP key", unmet);
        }
        None => demand(by_certificate, "the access tokens are bound neither by DPoP nor by mutual TLS", unmet),
    }
}

fn check_signer(of: &str, signer: Option<&SharedSigner>, unmet: &mut Vec<String>) {
    match signer {
        Some(signer) => check_algorithm(of, &signer.algorithm(), unmet),
        None => unmet.push(format!("no signer for {of} is set")),
    }
}

fn check_algorithm(of: &str, algorithm: &Algorithm, unmet: &mut Vec<String>) {
    if !Profile::allows(algorithm) {
        unmet.push(format!("{of} are signed with {algorithm}"));
    }
}

/// What was registered must be allowed. Of the provider's list, what is allowed is left, and that must be something.
fn restrict(
    of: &str,
    registered: Option<&[Algorithm]>,
    algorithms: &mut Vec<SignatureAlgorithm>,
    unmet: &mut Vec<String>,
) {
    for algorithm in registered.unwrap_or_default() {
        check_algorithm(of, algorithm, unmet);
    }
    algorithms.retain(|algorithm| is_allowed(*algorithm));
    if algorithms.is_empty() && registered.is_none() {
        unmet.push(format!("the provider lists none of PS256, ES256 and EdDSA for {of}"));
    }
}

fn is_allowed(algorithm: SignatureAlgorithm) -> bool {
    ALGORITHMS.contains(&algorithm)
}

fn demand(is_met: bool, otherwise: &str, unmet: &mut Vec<String>) {
    if !is_met {
        unmet.push(otherwise.to_owned());
    }
}
