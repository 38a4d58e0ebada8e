//! A JWT that the provider made for this client, as it came: which algorithm it may have, and whose signature it must bear.
//! Where it is encrypted, it is opened first. It knows no token by name.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::client::Client;
use crate::ground::secret::SecretText;
use crate::jose::backend::verify_hmac;
use crate::jose::jwt::read_claims_with_repeated;
use crate::jose::{JwkSet, Jws, JwtError, KeyManagement, SignatureAlgorithm, TriedKey, unverified_kid};
use crate::keys::is_for;
use crate::keys::opened::{Opened, open};

/// A JWT that the provider made for this client. Nothing of it is verified.
pub struct SignedJwt {
    client: Client,
    kind: &'static JwtKind,
    compact: Arc<SecretText>,
    /// The token itself, or what is encrypted in it: opened when it is first needed, and then kept.
    opened: OnceLock<Result<Opened, JwtError>>,
    /// The keys that were tried for a token that names none, and how that went: it costs a signature check for each key.
    tried: Mutex<Option<(JwkSet, Result<(), JwtError>)>>,
}

/// What all tokens of one kind have in common.
pub(crate) struct JwtKind {
    /// The values of `typ` that are right (RFC 8725 section 3.11).
    pub(crate) types: &'static [&'static str],
    /// The algorithms that the client accepts for them.
    pub(crate) algorithms: fn(&Client) -> &[SignatureAlgorithm],
    /// How they must be encrypted; `None`: they may be, in any way for which the client has a key.
    pub(crate) encryption: fn(&Client) -> Option<KeyManagement>,
}

impl SignedJwt {
    pub(crate) fn new(client: Client, kind: &'static JwtKind, compact: SecretText) -> Self {
        Self { client, kind, compact: Arc::new(compact), opened: OnceLock::new(), tried: Mutex::new(None) }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    fn opened(&self) -> Result<&Opened, JwtError> {
        let registered = (self.kind.encryption)(&self.client);
        let opened = self.opened.get_or_init(|| open(&self.client, registered, &self.compact));
        opened.as_ref().map_err(Clone::clone)
    }

    /// What is signed, in compact serialization: the token as it came, or what was encrypted in it.
    pub(crate) fn signed(&self) -> Result<&Arc<SecretText>, JwtError> {
        match self.opened()? {
            Opened::Plain(compact) | Opened::Signed(compact) => Ok(compact),
            // RFC 7519 section 5.2, Core 16.14: signed, then encrypted. Anybody can encrypt to a public key.
            Opened::Unsigned(_) => Err(JwtError::NotSigned),
        }
    }

    /// The JSON object that was encrypted without a signature, where it is one.
    pub(crate) fn encrypted_json(&self) -> Option<&str> {
        match self.opened() {
            Ok(Opened::Unsigned(content)) => Some(content.as_str()).filter(|text| text.trim_start().starts_with('{')),
            _ => None,
        }
    }

    /// Takes it apart.
    pub(crate) fn parse(&self) -> Result<Jws<'_>, JwtError> {
        Jws::parse(self.signed()?, self.kind.types)
    }

    /// The algorithm that it is signed with: one of those that the client accepts. What OpenID Connect Core 3.1.3.7 step 8
    /// leaves unspecified, an HMAC for several audiences who would all know the secret, is not accepted.
    pub(crate) fn allowed_algorithm(&self, jws: &Jws<'_>, audience: &[String]) -> Result<SignatureAlgorithm, JwtError> {
        let allowed = (self.kind.algorithms)(&self.client);
        let for_others = audience.iter().any(|audience| audience != self.client.client_id());
        SignatureAlgorithm::from_name(jws.alg.as_str())
            .filter(|algorithm| allowed.contains(algorithm) && !(algorithm.is_symmetric() && for_others))
            .ok_or_else(|| JwtError::AlgorithmNotAllowed { algorithm: jws.alg.clone() })
    }

    /// Checks the signature: by a key of the provider that may sign for the issuer `iss`, or by the client secret.
    pub(crate) fn check_signature(
        &self,
        keys: &JwkSet,
        jws: &Jws<'_>,
        algorithm: SignatureAlgorithm,
        iss: Option<&str>,
    ) -> Result<(), JwtError> {
        if algorithm.is_symmetric() {
            return self.check_mac(jws, algorithm);
        }
        // The keys of one provider prove nothing of what another one issued.
        if !is_for(keys, &self.client) {
            return Err(JwtError::UnknownKey);
        }
        if let Some((tried, outcome)) = &*self.tried.lock().unwrap_or_else(PoisonError::into_inner)
            && tried.is(keys)
        {
            return outcome.clone();
        }
        let issuer = iss.unwrap_or_else(|| self.client.issuer());
        keys.verify(jws, algorithm, |key| self.client.issuers().may_sign(key.issuer(), issuer))
    }

    fn check_mac(&self, jws: &Jws<'_>, algorithm: SignatureAlgorithm) -> Result<(), JwtError> {
        let message = jws.signing_input.as_bytes();
        let right = self
            .client
            .client_secret()
            .is_some_and(|secret| verify_hmac(algorithm, secret.secret().as_bytes(), message, &jws.signature));
        if right { Ok(()) } else { Err(JwtError::BadSignature { key: TriedKey::ClientSecret }) }
    }

    /// Whether a key of the provider verifies it: not where only the client secret can.
    pub(crate) fn needs_keys(&self) -> bool {
        !(self.kind.algorithms)(&self.client).iter().all(|algorithm| algorithm.is_symmetric())
    }

    /// Whether the token names a key that is not in the set; or, where it names none, no key of the set made its signature,
    /// perhaps because the provider has a new one.
    pub(crate) fn needs_newer_keys(&self, keys: &JwkSet) -> bool {
        let kid = self.signed().ok().and_then(|signed| unverified_kid(signed, self.kind.types));
        if let Some(kid) = kid {
            return !keys.has_kid(&kid);
        }
        self.try_keys(keys).is_some_and(|outcome| outcome.is_err())
    }

    /// Tries the keys for a token that names none. Nothing where no key of the provider could verify it.
    fn try_keys(&self, keys: &JwkSet) -> Option<Result<(), JwtError>> {
        let jws = self.parse().ok()?;
        // Keycloak writes it twice in some. Whether that is right is decided where the claims are read.
        let iss = read_claims_with_repeated(&jws.payload, "iss").ok()?.take::<String>("iss").ok()?;
        let algorithm = self.allowed_algorithm(&jws, &[]).ok().filter(|algorithm| !algorithm.is_symmetric())?;
        let outcome = self.check_signature(keys, &jws, algorithm, iss.as_deref());
        *self.tried.lock().unwrap_or_else(PoisonError::into_inner) = Some((keys.clone(), outcome.clone()));
        Some(outcome)
    }
}

impl fmt::Debug for SignedJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedJwt").field("client", &self.client).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ClientAuth;
    use crate::provider::ProviderMetadata;

    const KIND: JwtKind = JwtKind { types: &["JWT"], algorithms: Client::id_token_algorithms, encryption: |_| None };

    fn jwt(signature: &str) -> SignedJwt {
        let mut metadata = ProviderMetadata::new("https://id.example");
        metadata.id_token_signing_alg_values_supported = Some(vec!["EdDSA".into()]);
        let client = Client::builder(metadata, "app", ClientAuth::none()).build().unwrap();
        // {"alg":"EdDSA"} and {}
        SignedJwt::new(client, &KIND, SecretText::new(format!("eyJhbGciOiJFZERTQSJ9.e30.{signature}")))
    }

    #[test]
    fn a_token_that_names_no_key_is_tried_with_a_key_set_once() {
        let json = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"QkWkCyo8HgO4QeaE1Q2ruofypP7HZYzD5m7-cK3-SJQ"}]}"#;
        let keys = JwkSet::read(json.to_owned(), None, None).unwrap();
        let (forged, jws_alone) = (jwt("AAAA"), jwt("AAAA"));
        let jws = jws_alone.parse().unwrap();
        assert!(forged.needs_newer_keys(&keys), "no key made the signature");
        // What was found is used again: a note that it was right is believed, though the signature is wrong.
        let (tried, _) = forged.tried.lock().unwrap().clone().unwrap();
        assert!(tried.is(&keys));
        *forged.tried.lock().unwrap() = Some((keys.clone(), Ok(())));
        assert_eq!(forged.check_signature(&keys, &jws, SignatureAlgorithm::Ed25519, None), Ok(()));
        let same_keys = JwkSet::read(json.to_owned(), None, None).unwrap();
        let anew = forged.check_signature(&same_keys, &jws, SignatureAlgorithm::Ed25519, None);
        assert_eq!(anew, Err(JwtError::BadSignature { key: TriedKey::Unnamed }), "another set is tried");
    }
}
