//! The provider itself: what it is made of, and what a test can do to it.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use http::Request;
use serde_json::{Map, Value};
use url::Url;

use super::client::TestClient;
use super::fault::{Endpoint, Fault, Faults};
use super::memory::Memory;
use super::user::TestUser;
use crate::ground::vocabulary::{Algorithm, OAuthErrorCode};
use crate::jose::{InvalidKey, JwkSet, Jws, PrivateKey, SignatureAlgorithm, Signer, signer};

/// An OpenID provider for tests: requests and times in, responses out. Anybody can log in. See the
/// [module](crate::test_provider).
///
/// It knows one client. Its user is always ready to log in, so no page asks for a password: after a logout, the next login
/// begins a new session. Its codes and access tokens are the same in each run: they depend on the issuer, and on what came before.
pub struct TestProvider {
    pub(super) issuer: String,
    pub(super) client: TestClient,
    pub(super) user: TestUser,
    pub(super) key: PrivateKey,
    /// The public halves, the newest last. The JWK Set has the newest alone.
    pub(super) public_keys: Vec<String>,
    pub(super) memory: Memory,
    /// What DPoP proofs must hold (RFC 9449 section 8).
    pub(super) dpop_nonce: String,
    pub(super) faults: Faults,
    /// The requests to the client's `backchannel_logout_uri`.
    pub(super) back_channel: VecDeque<Request<Vec<u8>>>,
}

impl TestProvider {
    /// A provider with this issuer, which knows this client, and where this user logs in. It makes a key for ES256.
    ///
    /// # Errors
    ///
    /// When no key can be made: the crate has no signature backend (the features `aws-lc-rs` and `rust-crypto`), or the system
    /// has no randomness.
    pub fn new(issuer: impl Into<String>, client: TestClient, user: TestUser) -> Result<Self, InvalidKey> {
        let issuer = issuer.into();
        let key = named(PrivateKey::generate(Algorithm::ES256)?);
        let mut memory = Memory::new(issuer.clone());
        let dpop_nonce = memory.draw();
        let (public_keys, faults, back_channel) = (vec![key.public_jwk()], Faults::default(), VecDeque::new());
        Ok(Self { issuer, client, user, key, public_keys, memory, dpop_nonce, faults, back_channel })
    }

    /// Signs with this key from now on, and publishes it in the place of the one before. Without an id (`kid`), it gets its
    /// thumbprint.
    ///
    /// # Errors
    ///
    /// When the key is not for signatures.
    pub fn set_signing_key(&mut self, key: PrivateKey) -> Result<(), InvalidKey> {
        signer::check(&key)?;
        self.key = named(key);
        self.public_keys.push(self.key.public_jwk());
        Ok(())
    }

    /// Signs with a new key of the same algorithm from now on, and publishes it in the place of the one before: a client that
    /// keeps the keys has to fetch them again.
    ///
    /// # Errors
    ///
    /// When no key can be made.
    pub fn rotate_keys(&mut self) -> Result<(), InvalidKey> {
        self.set_signing_key(PrivateKey::generate(self.key.algorithm())?)
    }

    /// Another user logs in from now on, or the same one with other claims. The session of the one before ends, without a
    /// logout token; their tokens still work.
    pub fn sign_in(&mut self, user: TestUser) {
        self.user = user;
        self.memory.session = None;
    }

    /// Makes the provider do this wrong, once. Each response and each token has one fault at most; the others wait.
    pub fn queue(&mut self, fault: Fault) {
        self.faults.queue(fault);
    }

    /// The next request to the client's `backchannel_logout_uri` (OpenID Connect Back-Channel Logout 1.0 section 2.5):
    /// a logout token in a form. There is one for each session that ended by a logout.
    pub fn poll_back_channel(&mut self) -> Option<Request<Vec<u8>>> {
        self.back_channel.pop_front()
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The address of an endpoint.
    #[must_use]
    pub fn endpoint(&self, endpoint: Endpoint) -> String {
        format!("{}{}", self.issuer.trim_end_matches('/'), endpoint.path())
    }

    /// The path of the issuer, without a slash at its end.
    pub(super) fn base_path(&self) -> String {
        Url::parse(&self.issuer).map(|issuer| issuer.path().trim_end_matches('/').to_owned()).unwrap_or_default()
    }

    /// A JWT of this type (RFC 7515 section 7.1), with the next fault.
    pub(super) fn sign_jwt(&mut self, typ: &str, mut claims: Map<String, Value>) -> Result<String, OAuthErrorCode> {
        let fault = self.faults.take(Fault::is_of_a_token);
        let other_key = || PrivateKey::generate(self.key.algorithm()).map_err(|_| OAuthErrorCode::SERVER_ERROR);
        let key = match (&fault, self.key.key_id()) {
            (Some(Fault::UnknownKey), _) => named(other_key()?),
            (Some(Fault::BadSignature), Some(right)) => other_key()?.with_key_id(right),
            _ => self.key.clone(),
        };
        if let Some(fault) = fault {
            fault.change(&mut claims);
        }
        signer::sign(&key, Some(typ), None, &claims).map_err(|_| OAuthErrorCode::SERVER_ERROR)
    }
}

impl fmt::Debug for TestProvider {
    /// Shows no token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestProvider")
            .field("issuer", &self.issuer)
            .field("client", &self.client)
            .field("user", &self.user)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

fn named(key: PrivateKey) -> PrivateKey {
    let thumbprint = key.thumbprint();
    if key.key_id().is_some() { key } else { key.with_key_id(thumbprint) }
}

/// The claims of a JWT of this type that one of these public keys has signed. Its times are not looked at.
pub(super) fn claims_of(jwt: &str, typ: &str, public_keys: &[String]) -> Option<Map<String, Value>> {
    let mut jws = Jws::parse(jwt, &[typ]).ok()?;
    // All of them are tried: they are few.
    jws.kid = None;
    let algorithm = SignatureAlgorithm::from_name(jws.alg.as_str()).filter(|algorithm| !algorithm.is_symmetric())?;
    let keys = JwkSet::read(format!(r#"{{"keys":[{}]}}"#, public_keys.join(",")), None, None).ok()?;
    keys.verify(&jws, algorithm, |_| true).ok()?;
    serde_json::from_str(&jws.payload).ok()
}

/// In seconds since the epoch.
pub(super) fn seconds(moment: Duration) -> Value {
    Value::from(moment.as_secs())
}
