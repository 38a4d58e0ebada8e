//! Both backends read the same private keys, and each verifies what the other signs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::RsaKeyPair;
use p256::pkcs8::PrivateKeyInfoRef;
use rsa::pkcs1;

use super::{RsaComponents, aws_lc, rust_crypto};
use crate::jose::algorithm::{Curve, SignatureAlgorithm as A};
use crate::jose::material::{KeyType, Material};

const MESSAGE: &[u8] = b"what is signed";

/// Prepares a public key for both backends.
macro_rules! public_keys {
    ($material:expr) => {
        match $material {
            Material::Rsa { modulus: n, exponent: e } => (
                aws_lc::PublicKey::rsa(n.clone(), e.clone()).unwrap(),
                rust_crypto::PublicKey::rsa(n.clone(), e.clone()).unwrap(),
            ),
            Material::Ec { curve, x, y } => {
                (aws_lc::PublicKey::ec(*curve, x, y).unwrap(), rust_crypto::PublicKey::ec(*curve, x, y).unwrap())
            }
            Material::Ed25519 { x } | Material::X25519 { x } => {
                (aws_lc::PublicKey::ed25519(x).unwrap(), rust_crypto::PublicKey::ed25519(x).unwrap())
            }
        }
    };
}

#[test]
fn what_one_signs_the_other_verifies() {
    let kinds: [(KeyType, &[A]); 5] = [
        (KeyType::Rsa, &[A::Rs256, A::Rs384, A::Rs512, A::Ps256, A::Ps384, A::Ps512]),
        (KeyType::Ec(Curve::P256), &[A::Es256]),
        (KeyType::Ec(Curve::P384), &[A::Es384]),
        (KeyType::Ec(Curve::P521), &[A::Es512]),
        (KeyType::Ed25519, &[A::Ed25519]),
    ];
    for (kind, algorithms) in kinds {
        let (one, other) =
            (aws_lc::PrivateKey::generate(kind).unwrap(), rust_crypto::PrivateKey::generate(kind).unwrap());
        let (of_one, of_other) = (one.public().unwrap(), other.public().unwrap());
        for algorithm in algorithms.iter().copied() {
            let (signature, (ours, theirs)) = (one.sign(algorithm, MESSAGE).unwrap(), public_keys!(&of_one));
            assert!(ours.verify(algorithm, MESSAGE, &signature) && theirs.verify(algorithm, MESSAGE, &signature));
            let (signature, (ours, theirs)) = (other.sign(algorithm, MESSAGE).unwrap(), public_keys!(&of_other));
            assert!(ours.verify(algorithm, MESSAGE, &signature) && theirs.verify(algorithm, MESSAGE, &signature));
        }
        let of_others = kinds.iter().flat_map(|(_, algorithms)| *algorithms).chain(&[A::Hs256]);
        for algorithm in of_others.copied().filter(|algorithm| !algorithms.contains(algorithm)) {
            let signatures = [one.sign(algorithm, MESSAGE), other.sign(algorithm, MESSAGE)];
            assert_eq!(signatures, [None, None], "{kind:?} {algorithm:?}");
        }
    }
    let one = aws_lc::PrivateKey::ed25519(&[7; 32]).unwrap().sign(A::Ed25519, MESSAGE);
    assert_eq!(one, rust_crypto::PrivateKey::ed25519(&[7; 32]).unwrap().sign(A::Ed25519, MESSAGE));
    for algorithm in [A::Hs256, A::Hs384, A::Hs512, A::Rs256] {
        let mac = aws_lc::hmac(algorithm, &[7; 32], MESSAGE);
        assert_eq!(mac, rust_crypto::hmac(algorithm, &[7; 32], MESSAGE));
        assert_eq!(mac.is_some(), algorithm.is_symmetric());
    }
}

/// One computes some of the numbers anew, and the other takes them as they come.
#[test]
fn rsa_keys_whose_parts_do_not_belong_together() {
    let made = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = made.as_der().unwrap();
    let info = PrivateKeyInfoRef::try_from(der.as_ref()).unwrap();
    let key = pkcs1::RsaPrivateKeyRef::try_from(info.private_key.as_bytes()).unwrap();
    let (public, private) = ([key.modulus, key.public_exponent], [key.private_exponent, key.prime1, key.prime2]);
    let numbers = [public.as_slice(), &private, &[key.exponent1, key.exponent2, key.coefficient]].concat();
    let numbers: Vec<Vec<u8>> = numbers.into_iter().map(|number| number.as_bytes().to_vec()).collect();
    let both = |numbers: &[Vec<u8>]| {
        let components = RsaComponents {
            n: &numbers[0],
            e: &numbers[1],
            d: &numbers[2],
            p: &numbers[3],
            q: &numbers[4],
            dp: &numbers[5],
            dq: &numbers[6],
            qi: &numbers[7],
        };
        let one = aws_lc::PrivateKey::rsa(&components).is_some();
        assert_eq!(one, rust_crypto::PrivateKey::rsa(&components).is_some(), "{numbers:?}");
        one
    };
    assert!(both(&numbers));
    let read = |der: &[u8]| rust_crypto::PrivateKey::from_pkcs8(der).and_then(|key| key.public());
    assert_eq!(aws_lc::PrivateKey::from_pkcs8(der.as_ref()).unwrap().public(), read(der.as_ref()));

    let with = |index: usize, number: Vec<u8>| {
        let mut numbers = numbers.clone();
        numbers[index] = number;
        numbers
    };
    for (index, right) in numbers.iter().enumerate() {
        let mut another = right.clone();
        *another.last_mut().unwrap() ^= 2;
        for number in [another, vec![0], vec![1]] {
            assert!(!both(&with(index, number)), "{index}");
        }
        // Leading zeros make no other number. Those of the public ones are cut off before.
        assert!(index < 2 || both(&with(index, [&[0], &**right].concat())), "{index}");
    }
    // The primes in the other order want another coefficient.
    let mut swapped = numbers.clone();
    swapped.swap(3, 4);
    swapped.swap(5, 6);
    assert!(!both(&swapped));
}
