//! The examples of RFC 7516 appendix A and RFC 7520 section 5 come out as they stand there. Then what an attacker would send: each
//! change to each part is one and the same error, and random content keys are random.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use serde::Deserialize;
use serde_json::value::RawValue;

use super::*;

#[derive(Deserialize)]
struct KnownAnswers {
    decrypted: Vec<Decrypted>,
    refused: Vec<Refused>,
}

#[derive(Deserialize)]
struct Decrypted {
    why: String,
    key: Box<RawValue>,
    compact: String,
    plaintext: String,
}

/// What is encrypted in a way that is not accepted.
#[derive(Deserialize)]
struct Refused {
    why: String,
    compact: String,
}

fn known_answers() -> KnownAnswers {
    serde_json::from_str(include_str!("known_answers.json")).unwrap()
}

/// A private key, or the key that is shared.
enum Key {
    Private(Vec<PrivateKey>),
    Shared(Vec<u8>),
}

impl Decrypted {
    fn key(&self) -> Key {
        let mut members = Object::parse(self.key.get()).ok().unwrap();
        match members.take_string("k").ok().unwrap() {
            Some(k) => Key::Shared(decode(&k).unwrap()),
            None => Key::Private(vec![PrivateKey::from_jwk(self.key.get()).unwrap()]),
        }
    }
}

impl Key {
    fn open(&self, compact: &str) -> Result<String, JwtError> {
        let jwe = Jwe::parse(compact)?;
        match self {
            Self::Private(keys) => {
                let keys = DecryptionKeys { private_keys: keys, client_secret: None };
                jwe.decrypt(&keys).map(|text| text.to_string())
            }
            Self::Shared(key) => {
                let content = jwe.open(&OwnKey::Shared(Zeroizing::new(key.clone())));
                content.map(|text| String::from_utf8(text.to_vec()).unwrap()).ok_or(JwtError::CannotDecrypt)
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn the_examples_of_the_specifications_are_decrypted() {
    let cases = known_answers().decrypted;
    assert_eq!(cases.len(), 7);
    for case in cases {
        assert_eq!(case.key().open(&case.compact).as_ref(), Ok(&case.plaintext), "{}", case.why);
    }
}

#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn the_examples_with_other_algorithms_are_refused() {
    let cases = known_answers().refused;
    assert_eq!(cases.len(), 5);
    for case in cases {
        let outcome = Jwe::parse(&case.compact).map(|_| ());
        assert!(matches!(outcome, Err(JwtError::AlgorithmNotAllowed { .. })), "{}: {outcome:?}", case.why);
    }
}

/// Bytes all over the encrypted key, the initialization vector, the ciphertext and the tag count, and so does the length of each.
#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn whatever_is_changed_is_one_error() {
    for case in known_answers().decrypted {
        let key = case.key();
        // With RSA each costs a private operation, which is slow in Rust that is not optimized.
        let step = if case.why.contains("5.2") || case.why.contains("A.1") { 97 } else { 7 };
        let parts: Vec<Vec<u8>> = case.compact.split('.').map(|part| decode(part).unwrap()).collect();
        for part in 1..5 {
            let bytes = &parts[part];
            let shorter = bytes.len().checked_sub(1).map(|length| bytes[..length].to_vec());
            let longer = [bytes.as_slice(), &[0]].concat();
            let changed = (0..bytes.len()).step_by(step).map(|at| {
                let mut bytes = bytes.clone();
                bytes[at] ^= 0x01;
                bytes
            });
            for bytes in changed.chain(shorter).chain([longer, Vec::new()]) {
                if bytes == parts[part] {
                    continue;
                }
                let mut parts = parts.clone();
                parts[part] = bytes;
                let outcome = key.open(&encoded(&parts));
                assert_eq!(outcome, Err(JwtError::CannotDecrypt), "{}, part {part}", case.why);
            }
        }
    }
}

fn encoded(parts: &[Vec<u8>]) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let parts: Vec<String> = parts.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
    parts.join(".")
}

/// RFC 7516 section 11.5. A constant one would be a key that everybody knows.
#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn a_content_key_that_cannot_be_had_is_random() {
    let case = known_answers().decrypted.into_iter().find(|case| case.why.contains("A.1")).unwrap();
    let Key::Private(keys) = case.key() else { panic!("an RSA key") };
    let mut jwe = Jwe::parse(&case.compact).unwrap();
    let found = |jwe: &Jwe<'_>| jwe.content_key(&OwnKey::Private(&keys[0])).unwrap().to_vec();
    assert_eq!(found(&jwe), found(&jwe));
    jwe.encrypted_key[0] ^= 1;
    let (one, other) = (found(&jwe), found(&jwe));
    assert_eq!((one.len(), other.len()), (32, 32));
    assert_ne!(one, other);
    assert_ne!(one, [0; 32]);
}

/// The key of an algorithm is not one of another length: a wrapped key of 128 bits is none for AES-256.
#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn a_content_key_of_another_length_is_replaced() {
    let case = known_answers().decrypted.into_iter().find(|case| case.why.contains("A.3")).unwrap();
    let Key::Shared(key) = case.key() else { panic!("a shared key") };
    let mut jwe = Jwe::parse(&case.compact).unwrap();
    let shared = OwnKey::Shared(Zeroizing::new(key));
    assert_eq!(jwe.content_key(&shared), jwe.content_key(&shared));
    jwe.header.enc = ContentEncryption::A128Gcm;
    let (one, other) = (jwe.content_key(&shared).unwrap(), jwe.content_key(&shared).unwrap());
    assert_eq!(one.len(), 16);
    assert_ne!(one, other);
}

/// OpenID Connect Core 1.0 section 10.2.
#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn the_key_of_a_secret_is_the_beginning_of_its_hash() {
    for (header, length, hash) in [
        (r#"{"alg":"A128KW","enc":"A256CBC-HS512"}"#, 16, Hash::Sha256),
        (r#"{"alg":"A192KW","enc":"A128GCM"}"#, 24, Hash::Sha256),
        (r#"{"alg":"A256KW","enc":"A128GCM"}"#, 32, Hash::Sha256),
        (r#"{"alg":"dir","enc":"A128GCM"}"#, 16, Hash::Sha256),
        (r#"{"alg":"dir","enc":"A128CBC-HS256"}"#, 32, Hash::Sha256),
        (r#"{"alg":"dir","enc":"A192CBC-HS384"}"#, 48, Hash::Sha384),
        (r#"{"alg":"dir","enc":"A256CBC-HS512"}"#, 64, Hash::Sha512),
    ] {
        let compact = encoded(&[header.into(), Vec::new(), Vec::new(), Vec::new(), Vec::new()]);
        let key = Jwe::parse(&compact).unwrap().key_of_secret("a secret");
        assert_eq!(*key, hash.digest("a secret")[..length], "{header}");
    }
}

/// RFC 7516 section 4.1.6. A key without a name is tried for every token.
#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn a_key_of_another_name_is_not_tried() {
    for case in
        known_answers().decrypted.into_iter().filter(|case| case.why.contains("5.4") || case.why.contains("5.5"))
    {
        let jwk: serde_json::Value = serde_json::from_str(case.key.get()).unwrap();
        let named = |kid: Option<&str>| {
            let mut jwk = jwk.clone();
            jwk["kid"] = kid.into();
            Key::Private(vec![PrivateKey::from_jwk(&jwk.to_string()).unwrap()]).open(&case.compact)
        };
        assert_eq!(named(None).as_ref(), Ok(&case.plaintext));
        assert_eq!(named(Some("another")), Err(JwtError::CannotDecrypt));
        assert_eq!(named(jwk["kid"].as_str()).as_ref(), Ok(&case.plaintext));
    }
}
