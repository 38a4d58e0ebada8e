//! The signature check alone, by each backend, and a JWT library on top of one.

use aws_lc_rs::signature::{self, ParsedPublicKey, RsaPublicKeyComponents};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use sha2::Sha256;

use crate::inputs::{CLIENT_ID, ISSUER, Inputs, Signed};
use crate::measure::Contender;

const AWS_LC: &str = "bare aws-lc-rs, key prepared each time";
const AWS_LC_PREPARED: &str = "bare aws-lc-rs, key prepared before";
const RING: &str = "bare ring 0.17";
const RUST_CRYPTO: &str = "bare RustCrypto (rsa 0.9, p256 0.13)";

pub fn rs256(inputs: &Inputs) -> Vec<Contender> {
    let (message, signature) = inputs.rs256.parts();
    let message = message.to_vec();
    let (n, e) = (inputs.rsa.n.clone(), inputs.rsa.e.clone());
    let prepared: ParsedPublicKey =
        RsaPublicKeyComponents { n: &n, e: &e }.to_parsed_public_key(&signature::RSA_PKCS1_2048_8192_SHA256).unwrap();
    let rust_crypto = {
        use rsa::{BigUint, RsaPublicKey, pkcs1v15::VerifyingKey};
        let key = RsaPublicKey::new(BigUint::from_bytes_be(&n), BigUint::from_bytes_be(&e)).unwrap();
        VerifyingKey::<Sha256>::new(key)
    };
    let all = (n, e, message, signature);
    vec![
        Contender::new(AWS_LC, {
            let (n, e, message, signature) = all.clone();
            move || {
                RsaPublicKeyComponents { n: &n, e: &e }
                    .verify(&signature::RSA_PKCS1_2048_8192_SHA256, &message, &signature)
                    .unwrap();
            }
        }),
        Contender::new(AWS_LC_PREPARED, {
            let (_, _, message, signature) = all.clone();
            move || prepared.verify_sig(&message, &signature).unwrap()
        }),
        Contender::new(RING, {
            let (n, e, message, signature) = all.clone();
            move || {
                let key = ring::signature::RsaPublicKeyComponents { n: &n, e: &e };
                key.verify(&ring::signature::RSA_PKCS1_2048_8192_SHA256, &message, &signature).unwrap();
            }
        }),
        Contender::new(RUST_CRYPTO, {
            let (_, _, message, signature) = all;
            move || {
                use rsa::signature::Verifier;
                let signature = rsa::pkcs1v15::Signature::try_from(&*signature).unwrap();
                rust_crypto.verify(&message, &signature).unwrap();
            }
        }),
    ]
}

pub fn es256(inputs: &Inputs) -> Vec<Contender> {
    let (message, signature) = inputs.es256.parts();
    let (message, point) = (message.to_vec(), inputs.point.clone());
    let prepared = ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, &point).unwrap();
    let rust_crypto = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).unwrap();
    let all = (point, message, signature);
    vec![
        Contender::new(AWS_LC, {
            let (point, message, signature) = all.clone();
            move || {
                let key = signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, &point);
                key.verify(&message, &signature).unwrap();
            }
        }),
        Contender::new(AWS_LC_PREPARED, {
            let (_, message, signature) = all.clone();
            move || prepared.verify_sig(&message, &signature).unwrap()
        }),
        Contender::new(RING, {
            let (point, message, signature) = all.clone();
            move || {
                let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ECDSA_P256_SHA256_FIXED, &point);
                key.verify(&message, &signature).unwrap();
            }
        }),
        Contender::new(RUST_CRYPTO, {
            let (_, message, signature) = all;
            move || {
                use p256::ecdsa::signature::Verifier;
                let signature = p256::ecdsa::Signature::from_slice(&signature).unwrap();
                rust_crypto.verify(&message, &signature).unwrap();
            }
        }),
    ]
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read for what it costs")]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: u64,
    iat: u64,
    nonce: String,
}

/// It knows nothing of nonces.
pub fn jsonwebtoken(inputs: &Inputs, signed: &Signed, algorithm: Algorithm, kid: &str) -> Contender {
    let set: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&inputs.jwks).unwrap();
    let key = DecodingKey::from_jwk(set.find(kid).unwrap()).unwrap();
    let mut validation = Validation::new(algorithm);
    validation.set_audience(&[CLIENT_ID]);
    validation.set_issuer(&[ISSUER]);
    let compact = signed.id_token.clone();
    Contender::new("jsonwebtoken 11.1", move || decode::<Claims>(&compact, &key, &validation).unwrap())
}
