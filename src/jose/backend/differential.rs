//! Both backends say the same of every key and signature, right or wrong.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use aws_lc_rs::rand::{SystemRandom, fill};
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair};

use super::{aws_lc, rust_crypto};
use crate::jose::algorithm::{Curve, SignatureAlgorithm as A};
use crate::jose::jwk::{is_sound_ed25519, is_sound_rsa};

/// A key as the JWK has it, before any backend has seen it.
#[derive(Clone, Debug)]
enum Key {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    Ec { curve: Curve, x: Vec<u8>, y: Vec<u8> },
    Ed25519(Vec<u8>),
}

/// A key, what it is said to have signed, and how.
#[derive(Clone, Debug)]
struct Case {
    key: Key,
    algorithm: A,
    message: Vec<u8>,
    signature: Vec<u8>,
}

/// `None`: the key is refused.
type Verdict = Option<bool>;

impl Case {
    fn by_aws_lc(&self) -> Verdict {
        let key = match self.key.clone() {
            Key::Rsa { modulus, exponent } if !is_sound_rsa(&modulus, &exponent) => None,
            Key::Rsa { modulus, exponent } => aws_lc::PublicKey::rsa(modulus, exponent),
            Key::Ec { curve, x, y } => aws_lc::PublicKey::ec(curve, &x, &y),
            Key::Ed25519(x) if !is_sound(&x) => None,
            Key::Ed25519(x) => aws_lc::PublicKey::ed25519(&x),
        };
        Some(key?.verify(self.algorithm, &self.message, &self.signature))
    }

    fn by_rust_crypto(&self) -> Verdict {
        let key = match self.key.clone() {
            Key::Rsa { modulus, exponent } if !is_sound_rsa(&modulus, &exponent) => None,
            Key::Rsa { modulus, exponent } => rust_crypto::PublicKey::rsa(modulus, exponent),
            Key::Ec { curve, x, y } => rust_crypto::PublicKey::ec(curve, &x, &y),
            Key::Ed25519(x) if !is_sound(&x) => None,
            Key::Ed25519(x) => rust_crypto::PublicKey::ed25519(&x),
        };
        Some(key?.verify(self.algorithm, &self.message, &self.signature))
    }

    /// The verdict of both.
    fn agreed(&self) -> Verdict {
        let (aws_lc, rust_crypto) = (self.by_aws_lc(), self.by_rust_crypto());
        // A key that one refuses and with which the other verifies nothing makes no difference to a login.
        let same = aws_lc.unwrap_or(false) == rust_crypto.unwrap_or(false);
        assert!(same, "aws-lc-rs {aws_lc:?}, RustCrypto {rust_crypto:?}: {self:?}");
        aws_lc
    }

    fn with_signature(&self, signature: Vec<u8>) -> Self {
        Self { signature, ..self.clone() }
    }

    fn with_key(&self, key: Key) -> Self {
        Self { key, ..self.clone() }
    }
}

#[test]
fn right_signatures_and_random_mutations_of_them() {
    for case in good_cases() {
        assert_eq!(case.agreed(), Some(true), "{:?}", case.algorithm);
        // RSA in pure Rust without optimization is slow.
        let rounds = if matches!(case.key, Key::Rsa { .. }) { 60 } else { 120 };
        for _ in 0..rounds {
            assert_ne!(case.with_signature(flip_a_bit(&case.signature)).agreed(), Some(true));
            let message = flip_a_bit(&case.message);
            assert_ne!(Case { message, ..case.clone() }.agreed(), Some(true));
            assert_ne!(case.with_key(flip_a_bit_of(&case.key)).agreed(), Some(true));
        }
    }
}

#[test]
fn signatures_of_another_length() {
    for case in good_cases() {
        let signature = &case.signature;
        for length in [0, 1, signature.len() / 2, signature.len() - 1] {
            assert_ne!(case.with_signature(signature[..length].to_vec()).agreed(), Some(true));
        }
        for more in [vec![0], vec![0; 32], signature.clone()] {
            assert_ne!(case.with_signature([&signature[..], &more].concat()).agreed(), Some(true));
            assert_ne!(case.with_signature([&more, &signature[..]].concat()).agreed(), Some(true));
        }
        let zeros = vec![0; signature.len()];
        assert_ne!(case.with_signature(zeros).agreed(), Some(true));
        assert_ne!(case.with_signature(vec![0xff; signature.len()]).agreed(), Some(true));
    }
}

#[test]
fn every_algorithm_with_every_signature_of_the_same_key() {
    let cases = good_cases();
    for case in &cases {
        for other in &cases {
            let mixed = Case { algorithm: other.algorithm, ..case.clone() };
            // A curve's key is asked for its own algorithm alone: the caller sees to that.
            if matches!(case.key, Key::Rsa { .. }) && matches!(other.key, Key::Rsa { .. }) {
                assert_eq!(mixed.agreed() == Some(true), case.algorithm == other.algorithm);
            }
        }
    }
}

#[test]
fn ecdsa_signatures_at_the_edges() {
    for case in good_cases().into_iter().filter(|case| matches!(case.key, Key::Ec { .. })) {
        let Key::Ec { curve, .. } = case.key else { continue };
        let order = order(curve);
        let (r, s) = case.signature.split_at(order.len());
        let (zero, mut one) = (vec![0; order.len()], vec![0; order.len()]);
        one[order.len() - 1] = 1;
        // The other root: ECDSA as such accepts it.
        assert_eq!(case.with_signature([r, &subtract(&order, s)].concat()).agreed(), Some(true));
        for (r, s) in [
            (&*zero, s),
            (r, &*zero),
            (&zero, &zero),
            (&one, &one),
            (&*order, s),
            (r, &*order),
            (s, r),
            (&one, s),
            (r, &one),
        ] {
            assert_ne!(case.with_signature([r, s].concat()).agreed(), Some(true));
        }
        assert_ne!(case.with_signature(der(r, s)).agreed(), Some(true));
    }
}

#[test]
fn keys_at_the_edges() {
    for case in good_cases() {
        let keys = match &case.key {
            Key::Rsa { modulus, .. } => [
                &[][..],
                &[0],
                &[1],
                &[2],
                &[3],
                &[4],
                &[1, 0, 0],
                &[1, 0, 1, 0, 1],
                &[3, 255, 255, 255, 255],
                &[255; 8],
            ]
            .map(|exponent| Key::Rsa { modulus: modulus.clone(), exponent: exponent.to_vec() })
            .to_vec(),
            Key::Ec { curve, x, y } => {
                let zero = vec![0; x.len()];
                let key = |x: &[u8], y: &[u8]| Key::Ec { curve: *curve, x: x.to_vec(), y: y.to_vec() };
                let others =
                    [Curve::P256, Curve::P384, Curve::P521].map(|curve| Key::Ec { curve, x: x.clone(), y: y.clone() });
                let mut keys =
                    vec![key(&zero, &zero), key(y, x), key(x, &zero), key(&[0xff; 66][..x.len()], y), key(&x[1..], y)];
                keys.extend(
                    others.into_iter().filter(|other| !matches!(other, Key::Ec { curve: other, .. } if other == curve)),
                );
                keys
            }
            Key::Ed25519(x) => {
                vec![Key::Ed25519(vec![0; 31]), Key::Ed25519([&x[..], &[0]].concat()), Key::Ed25519(vec![0xff; 32])]
            }
        };
        for key in keys {
            assert_ne!(case.with_key(key).agreed(), Some(true));
        }
    }
}

/// The backends alone give different verdicts on such keys: one refuses what the other verifies with.
#[test]
fn ed25519_keys_of_small_order_or_not_canonical_are_refused_before_any_backend() {
    let small = |y: [u8; 32]| [y, std::array::from_fn(|at| if at == 31 { y[31] | 0x80 } else { y[at] })];
    let number = |low: u8, rest: u8, high: u8| {
        std::array::from_fn::<u8, 32, _>(|at| match at {
            0 => low,
            31 => high,
            _ => rest,
        })
    };
    let order_8 = [
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ]
    .map(|hex| std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()));
    let mut keys: Vec<[u8; 32]> = [number(0, 0, 0), number(1, 0, 0), number(0xec, 0xff, 0x7f)]
        .into_iter()
        .chain(order_8)
        .flat_map(small)
        .collect();
    // y of p and above.
    keys.extend((0xed..=0xff).flat_map(|low| small(number(low, 0xff, 0x7f))));
    for x in &keys {
        assert!(!is_sound_ed25519(x), "{x:?}");
        // What RustCrypto calls weak, where it decodes the point at all.
        let weak = ed25519_dalek::VerifyingKey::from_bytes(x).is_ok_and(|key| key.is_weak());
        assert!(weak || x[31] & 0x7f == 0x7f || x[1..31] == [0; 30], "{x:?}");
    }
    let mut cases = good_cases();
    cases.retain(|case| matches!(case.key, Key::Ed25519(_)));
    for case in &cases {
        for x in &keys {
            // R of small order and S of zero is what such a key verifies for many messages.
            for signature in [case.signature.clone(), vec![0; 64], [&x[..], &[0; 32]].concat()] {
                let case = case.with_key(Key::Ed25519(x.to_vec())).with_signature(signature);
                assert_eq!(case.agreed(), None);
            }
        }
    }
}

#[test]
fn hmacs_of_every_length_of_secret_and_mac() {
    for (algorithm, length) in [(A::Hs256, 32), (A::Hs384, 48), (A::Hs512, 64)] {
        for secret_length in [0, 1, 31, 32, 64, 65, 200] {
            let (secret, message) = (random(secret_length), random(50));
            for mac in [random(length), vec![], random(length - 1), random(length + 1)] {
                assert!(!aws_lc::verify_hmac(algorithm, &secret, &message, &mac));
                assert!(!rust_crypto::verify_hmac(algorithm, &secret, &message, &mac));
            }
            let name = match algorithm {
                A::Hs256 => aws_lc_rs::hmac::HMAC_SHA256,
                A::Hs384 => aws_lc_rs::hmac::HMAC_SHA384,
                _ => aws_lc_rs::hmac::HMAC_SHA512,
            };
            let mac = aws_lc_rs::hmac::sign(&aws_lc_rs::hmac::Key::new(name, &secret), &message);
            assert!(aws_lc::verify_hmac(algorithm, &secret, &message, mac.as_ref()));
            assert!(rust_crypto::verify_hmac(algorithm, &secret, &message, mac.as_ref()));
        }
    }
}

/// A right signature for each algorithm, each with a key that was made now.
fn good_cases() -> Vec<Case> {
    let message = random(80);
    let mut cases = Vec::new();
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let PublicKeyComponents { n: modulus, e: exponent } = PublicKeyComponents::<Vec<u8>>::from(rsa.public_key());
    let paddings: [(A, &'static dyn signature::RsaEncoding); 6] = [
        (A::Rs256, &signature::RSA_PKCS1_SHA256),
        (A::Rs384, &signature::RSA_PKCS1_SHA384),
        (A::Rs512, &signature::RSA_PKCS1_SHA512),
        (A::Ps256, &signature::RSA_PSS_SHA256),
        (A::Ps384, &signature::RSA_PSS_SHA384),
        (A::Ps512, &signature::RSA_PSS_SHA512),
    ];
    for (algorithm, padding) in paddings {
        let mut signature = vec![0; rsa.public_modulus_len()];
        rsa.sign(padding, &SystemRandom::new(), &message, &mut signature).unwrap();
        let key = Key::Rsa { modulus: modulus.clone(), exponent: exponent.clone() };
        cases.push(Case { key, algorithm, message: message.clone(), signature });
    }
    for (algorithm, curve, signing) in [
        (A::Es256, Curve::P256, &signature::ECDSA_P256_SHA256_FIXED_SIGNING),
        (A::Es384, Curve::P384, &signature::ECDSA_P384_SHA384_FIXED_SIGNING),
        (A::Es512, Curve::P521, &signature::ECDSA_P521_SHA512_FIXED_SIGNING),
    ] {
        let pair = EcdsaKeyPair::generate(signing).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(order(curve).len());
        let key = Key::Ec { curve, x: x.to_vec(), y: y.to_vec() };
        let signature = pair.sign(&SystemRandom::new(), &message).unwrap().as_ref().to_vec();
        cases.push(Case { key, algorithm, message: message.clone(), signature });
    }
    let ed25519 = Ed25519KeyPair::generate().unwrap();
    let key = Key::Ed25519(ed25519.public_key().as_ref().to_vec());
    let signature = ed25519.sign(&message).as_ref().to_vec();
    cases.push(Case { key, algorithm: A::Ed25519, message, signature });
    cases
}

fn is_sound(x: &[u8]) -> bool {
    <&[u8; 32]>::try_from(x).is_ok_and(is_sound_ed25519)
}

fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    fill(&mut bytes).unwrap();
    bytes
}

fn flip_a_bit(bytes: &[u8]) -> Vec<u8> {
    let chance = random(3);
    let mut bytes = bytes.to_vec();
    let index = (usize::from(chance[0]) * 256 + usize::from(chance[1])) % bytes.len();
    bytes[index] ^= 1 << (chance[2] % 8);
    bytes
}

fn flip_a_bit_of(key: &Key) -> Key {
    let first = random(1)[0] < 128;
    match key.clone() {
        Key::Rsa { modulus, exponent } if first => Key::Rsa { modulus: flip_a_bit(&modulus), exponent },
        Key::Rsa { modulus, exponent } => Key::Rsa { modulus, exponent: flip_a_bit(&exponent) },
        Key::Ec { curve, x, y } if first => Key::Ec { curve, x: flip_a_bit(&x), y },
        Key::Ec { curve, x, y } => Key::Ec { curve, x, y: flip_a_bit(&y) },
        Key::Ed25519(x) => Key::Ed25519(flip_a_bit(&x)),
    }
}

/// The order of the curve's group (SEC 2 sections 2.4.2, 2.5.1, 2.6.1), big-endian.
fn order(curve: Curve) -> Vec<u8> {
    let hex = match curve {
        Curve::P256 => "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551".to_owned(),
        Curve::P384 => {
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
                .to_owned()
        }
        Curve::P521 => {
            format!("01{}fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409", "f".repeat(64))
        }
    };
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// `a - b` for `a > b`, big-endian.
fn subtract(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let digits = a.iter().zip(b).rev().map(|(a, b)| {
        let difference = i16::from(*a) - i16::from(*b) - borrow;
        borrow = i16::from(difference < 0);
        u8::try_from(difference.rem_euclid(256)).unwrap()
    });
    let mut digits: Vec<u8> = digits.collect();
    digits.reverse();
    digits
}

/// The same signature as ASN.1.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let number = &number[zeros..];
        let sign: &[u8] = if number[0] >= 0x80 { &[0] } else { &[] };
        [&[2, u8::try_from(number.len() + sign.len()).unwrap()], sign, number].concat()
    };
    let both = [integer(r), integer(s)].concat();
    let length = u8::try_from(both.len()).unwrap();
    let header: &[u8] = if length < 0x80 { &[0x30, length] } else { &[0x30, 0x81, length] };
    [header, &both].concat()
}
