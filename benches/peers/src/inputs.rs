//! What every crate is given: a provider's documents, and ID tokens that it signed.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};

pub const ISSUER: &str = "https://id.example.com";
pub const CLIENT_ID: &str = "my-client-id";
pub const CLIENT_SECRET: &str = "my-client-secret-0123456789abcdef";
pub const REDIRECT_URI: &str = "https://app.example.com/login/callback";
pub const STATE: &str = "Vw0FZxk2mT3fF1oD8cV9sYp7QbJ4uXnR6eHgLtAiKz0";
pub const NONCE: &str = "q7TzXc2vB5nM8kJ1hG4fD6sA9pO0iU3yT2rE5wQ8lK1";
pub const CODE: &str = "4/0AeanS0Zc6kYf1Vt8r2Jq5Lw9XbN3mH7oPdG";
/// As the callback has it.
pub const ENCODED_CODE: &str = "4%2F0AeanS0Zc6kYf1Vt8r2Jq5Lw9XbN3mH7oPdG";
pub const VERIFIER: &str = "wJx9fT3kPq7Lm2Rv6Yc1Zb8Nd4Hs5Gt0AoEuIiWnQpM";

pub struct Inputs {
    pub metadata: String,
    pub jwks: String,
    pub rs256: Signed,
    pub es256: Signed,
    /// A response of nearly 1 MiB, by its access token.
    pub large: Signed,
    pub rsa: PublicKeyComponents<Vec<u8>>,
    /// Uncompressed, SEC 1 section 2.3.3.
    pub point: Vec<u8>,
}

/// An ID token, and the token response that brings it.
#[derive(Clone)]
pub struct Signed {
    pub id_token: String,
    pub token_response: String,
}

impl Signed {
    /// Message and signature.
    pub fn parts(&self) -> (&[u8], Vec<u8>) {
        let (input, signature) = self.id_token.rsplit_once('.').unwrap();
        (input.as_bytes(), URL_SAFE_NO_PAD.decode(signature).unwrap())
    }
}

impl Inputs {
    pub fn make() -> Self {
        let random = SystemRandom::new();
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let other_rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let rs256 = sign("RS256", "rsa-1", |input| {
            let mut signature = vec![0; rsa.public_modulus_len()];
            rsa.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature).unwrap();
            signature
        });
        let es256 = sign("ES256", "ec-1", |input| ec.sign(&random, input).unwrap().as_ref().to_vec());
        let point = ec.public_key().as_ref().to_vec();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let jwk = |key: &RsaKeyPair, kid: &str| {
            let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(key.public_key());
            json!({ "kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid, "n": encode(&n), "e": encode(&e) })
        };
        let curve = json!({
            "kty": "EC", "use": "sig", "alg": "ES256", "kid": "ec-1", "crv": "P-256", "x": encode(&point[1..33]),
            "y": encode(&point[33..]),
        });
        let large = Signed {
            token_response: token_response(&"a".repeat((1 << 20) - 2048), &rs256.id_token),
            id_token: rs256.id_token.clone(),
        };
        Self {
            metadata: metadata(),
            large,
            jwks: json!({ "keys": [jwk(&other_rsa, "rsa-0"), jwk(&rsa, "rsa-1"), curve] }).to_string(),
            rs256,
            es256,
            rsa: PublicKeyComponents::from(rsa.public_key()),
            point,
        }
    }
}

/// An access token of the length that large providers have.
fn access_token() -> String {
    format!("ya29.{}", "a0AfH6SMBx3kQ9v7TzYc2Lm5Np8Rw1Ub4Xd6Ef0Gh".repeat(5))
}

/// An ID token of 1 KB, with 20 claims, and its response of 1.5 KB.
fn sign(algorithm: &str, kid: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Signed {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let header = json!({ "alg": algorithm, "kid": kid, "typ": "JWT" }).to_string();
    let access_token = access_token();
    let at_hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(&access_token)[..16]);
    let claims = json!({
        "iss": ISSUER, "azp": CLIENT_ID, "aud": CLIENT_ID, "sub": "110169484474386276334", "at_hash": at_hash,
        "auth_time": now, "iat": now, "exp": now + 86_400, "jti": "0b4a1d1e-9a1c-4d6f-8f0e-3d2c1b0a9f8e",
        "sid": "08a5019c-17e1-4977-8f42-65a12843ea02", "nonce": NONCE, "acr": "urn:mace:incommon:iap:silver",
        "amr": ["pwd", "otp"], "name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace",
        "email": "ada.lovelace@example.com", "email_verified": true, "locale": "en-GB",
        "picture": "https://pictures.example.com/a/ACg8ocK3x9-2kQ9v7TzYc2Lm5Np8Rw1Ub4Xd6Ef0Gh=s96-c",
    });
    let input = [header, claims.to_string()].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let id_token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(sign(input.as_bytes())));
    Signed { token_response: token_response(&access_token, &id_token), id_token }
}

/// A token response with a refresh token. With a long access token, it is as large as one may be.
pub fn token_response(access_token: &str, id_token: &str) -> String {
    json!({
        "access_token": access_token, "expires_in": 3599, "id_token": id_token, "scope": "openid email profile",
        "refresh_token": "1//0gYQ7xZk2mT3fF1oD8cV9sYp7QbJ4uXnR6eHgLtAiKz0-q7TzXc2vB5nM8kJ1hG4fD6sA9pO0iU3yT2r",
        "token_type": "Bearer",
    })
    .to_string()
}

/// What a large provider says about itself: 2.4 KB, 50 members.
fn metadata() -> String {
    let mut metadata = json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/o/oauth2/v2/auth"),
        "device_authorization_endpoint": format!("{ISSUER}/device/code"),
        "token_endpoint": format!("{ISSUER}/token"),
        "userinfo_endpoint": format!("{ISSUER}/v1/userinfo"),
        "revocation_endpoint": format!("{ISSUER}/revoke"),
        "introspection_endpoint": format!("{ISSUER}/introspect"),
        "end_session_endpoint": format!("{ISSUER}/logout"),
        "jwks_uri": format!("{ISSUER}/oauth2/v3/certs"),
        "response_types_supported": ["code", "token", "id_token", "code token", "code id_token", "token id_token"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": [
            "aud", "email", "email_verified", "exp", "family_name", "given_name", "iat", "iss", "name", "picture", "sub",
        ],
        "code_challenge_methods_supported": ["plain", "S256"],
        "grant_types_supported": [
            "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ],
        "frontchannel_logout_supported": true,
        "backchannel_logout_supported": true,
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
    });
    // What else it knows of itself, and no client asks for.
    let members = metadata.as_object_mut().unwrap();
    for index in members.len()..50 {
        members.insert(format!("feature_{index}_supported"), json!(index % 2 == 0));
    }
    metadata.to_string()
}
