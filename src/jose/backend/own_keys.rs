//! What one backend signs with a key of our own, the other verifies; and both make the same of the same key.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test fails by panicking")]

use serde_json::Value;

use super::{RsaComponents, aws_lc, rust_crypto};
use crate::jose::algorithm::{Curve, SignatureAlgorithm};
use crate::jose::jwe::algorithm::OaepHash;
use crate::jose::jws::decode;
use crate::jose::material::{KeyType, Material};

const KINDS: [KeyType; 5] =
    [KeyType::Rsa, KeyType::Ec(Curve::P256), KeyType::Ec(Curve::P384), KeyType::Ec(Curve::P521), KeyType::Ed25519];

fn algorithms(kind: KeyType) -> impl Iterator<Item = SignatureAlgorithm> {
    let names = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"].into_iter();
    names.filter_map(SignatureAlgorithm::from_name).filter(move |algorithm| kind.serves(*algorithm))
}

macro_rules! public_key {
    ($backend:ident, $material:expr) => {
        match $material {
            Material::Rsa { modulus, exponent } => $backend::PublicKey::rsa(modulus.clone(), exponent.clone()),
            Material::Ec { curve, x, y } => $backend::PublicKey::ec(*curve, x, y),
            Material::Ed25519 { x } => $backend::PublicKey::ed25519(x),
            Material::X25519 { .. } => None,
        }
        .unwrap()
    };
}

#[test]
fn what_one_backend_signs_the_other_verifies() {
    let message = b"what is signed";
    for kind in KINDS {
        let ours = aws_lc::PrivateKey::generate(kind).unwrap();
        let theirs = rust_crypto::PrivateKey::generate(kind).unwrap();
        let (of_ours, of_theirs) = (ours.public().unwrap(), theirs.public().unwrap());
        let mut signed = 0;
        for algorithm in algorithms(kind) {
            let signature = ours.sign(algorithm, message).unwrap();
            assert!(public_key!(rust_crypto, &of_ours).verify(algorithm, message, &signature), "{algorithm:?}");
            let signature = theirs.sign(algorithm, message).unwrap();
            assert!(public_key!(aws_lc, &of_theirs).verify(algorithm, message, &signature), "{algorithm:?}");
            signed += 1;
        }
        assert!(signed > 0, "{kind:?}");
    }
}

#[test]
fn the_same_seed_is_the_same_key() {
    let seed = [7; 32];
    let pair = (aws_lc::PrivateKey::ed25519(&seed).unwrap(), rust_crypto::PrivateKey::ed25519(&seed).unwrap());
    assert_eq!(pair.0.public(), pair.1.public());
    let sign = SignatureAlgorithm::Ed25519;
    assert_eq!(pair.0.sign(sign, b"message"), pair.1.sign(sign, b"message"));
    let pair = (aws_lc::PrivateKey::x25519(&seed).unwrap(), rust_crypto::PrivateKey::x25519(&seed).unwrap());
    assert_eq!(pair.0.public(), pair.1.public());
}

/// The key of RFC 7516 appendix A.1, and the encrypted key there.
#[test]
fn the_same_numbers_are_the_same_rsa_key() {
    let known: Value = serde_json::from_str(include_str!("../jwe/known_answers.json")).unwrap();
    let known = known.pointer("/decrypted/0").unwrap();
    let number = |name: &str| decode(known.pointer(&format!("/key/{name}")).unwrap().as_str().unwrap()).unwrap();
    let [n, e, d, p, q, dp, dq, qi] = ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map(number);
    let numbers = RsaComponents { n: &n, e: &e, d: &d, p: &p, q: &q, dp: &dp, dq: &dq, qi: &qi };
    let pair = (aws_lc::PrivateKey::rsa(&numbers).unwrap(), rust_crypto::PrivateKey::rsa(&numbers).unwrap());
    assert_eq!(pair.0.public(), pair.1.public());
    let compact = known.pointer("/compact").unwrap().as_str().unwrap();
    let encrypted = decode(compact.split('.').nth(1).unwrap()).unwrap();
    let content_key = pair.0.decrypt_oaep(OaepHash::Sha1, &encrypted).unwrap();
    assert_eq!(content_key.len(), 32);
    assert_eq!(pair.1.decrypt_oaep(OaepHash::Sha1, &encrypted), Some(content_key));
}

#[test]
fn the_same_secret_makes_the_same_mac() {
    for algorithm in [SignatureAlgorithm::Hs256, SignatureAlgorithm::Hs384, SignatureAlgorithm::Hs512] {
        let mac = aws_lc::hmac(algorithm, b"secret", b"message");
        assert_eq!(mac.as_ref().map(Vec::len), Some(algorithm.hash().length()));
        assert_eq!(rust_crypto::hmac(algorithm, b"secret", b"message"), mac);
    }
}
