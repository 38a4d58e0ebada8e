//! A provider that signs with Ed25519, and a signer of the client's that only seems to sign.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oidc_proto::{Algorithm, BoxError, Signer};
use serde_json::{Value, json};

pub struct Signing(Ed25519KeyPair);

impl Signing {
    /// Each seed is a different provider.
    pub fn new(seed: u8) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }

    /// The public key, with these members beside its own.
    pub fn jwk(&self, more: &Value) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.0.public_key().as_ref());
        changed(json!({ "kty": "OKP", "crv": "Ed25519", "x": x }), more)
    }

    /// A JWT in compact serialization. The signature is Ed25519's, whatever the header says.
    pub fn jwt(&self, header: &Value, claims: &Value) -> String {
        self.jwt_of_text(header, &claims.to_string())
    }

    /// The same of a payload that may be anything, such as an object with a duplicate member.
    pub fn jwt_of_text(&self, header: &Value, payload: &str) -> String {
        let input = [&header.to_string(), payload].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
        let signature = URL_SAFE_NO_PAD.encode(self.0.sign(input.as_bytes()));
        [input, signature].join(".")
    }
}

/// The part of a JWT that is signed.
pub fn signing_input(header: &Value, claims: &Value) -> String {
    [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".")
}

/// An object with some members replaced or added.
pub fn changed(mut object: Value, changes: &Value) -> Value {
    object.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    object
}

/// A signer of the client's that says and does what it is told: its algorithm, its signature, its public half.
pub struct Fixed(pub Algorithm, pub Result<Vec<u8>, &'static str>, pub Option<String>);

impl Signer for Fixed {
    fn algorithm(&self) -> Algorithm {
        self.0.clone()
    }

    fn key_id(&self) -> Option<&str> {
        None
    }

    fn public_jwk(&self) -> Option<String> {
        self.2.clone()
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, BoxError> {
        Ok(self.1.clone()?)
    }
}
