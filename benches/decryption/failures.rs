//! The failures, and how long each takes.

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrap};
use aws_lc_rs::rsa::{KeySize, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PrivateDecryptingKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oidc_proto::{Client, ClientAuth, IdTokenError, JwkSet, JwtError, PrivateKey, ProviderMetadata};

const SECRET: &str = "a client secret that is only used for a benchmark";
const RSA: &str = r#"{"alg":"RSA-OAEP-256","enc":"A256GCM"}"#;
const WRAPPED: &str = r#"{"alg":"A256KW","enc":"A256GCM"}"#;

pub(crate) fn run() {
    let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let client = Client::builder(ProviderMetadata::new("https://id.example"), "app", ClientAuth::secret(SECRET))
        .decryption_key(PrivateKey::from_pkcs8_der(der.as_ref()).unwrap())
        .build()
        .unwrap();
    let to = |key: &PrivateDecryptingKey, content_key: &[u8]| {
        let key = OaepPublicEncryptingKey::new(key.public_key()).unwrap();
        let mut encrypted = vec![0; key.ciphertext_size()];
        key.encrypt(&OAEP_SHA256_MGF1SHA256, content_key, &mut encrypted, None).unwrap().to_vec()
    };
    let stranger = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    println!("RSA-OAEP-256 with A256GCM, RSA of 2048 bits");
    compare(
        &client,
        ROUNDS,
        &[
            ("the tag is wrong", token(RSA, &to(&key, &[1; 32]), &[2; 32])),
            ("the padding of OAEP is wrong", token(RSA, &changed(&to(&key, &[1; 32])), &[1; 32])),
            ("the content key is too short", token(RSA, &to(&key, &[1; 16]), &[1; 32])),
            ("the content key is empty", token(RSA, &to(&key, &[]), &[1; 32])),
            ("it is encrypted to somebody else", token(RSA, &to(&stranger, &[1; 32]), &[1; 32])),
        ],
    );

    let secret = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, SECRET.as_bytes());
    let wrap = |key: &[u8], content_key: &[u8]| {
        let mut wrapped = vec![0; content_key.len() + 8];
        AesKek::new(&AES_256, key).unwrap().wrap(content_key, &mut wrapped).unwrap().to_vec()
    };
    println!("A256KW with A256GCM");
    compare(
        &client,
        ROUNDS * 10,
        &[
            ("the tag is wrong", token(WRAPPED, &wrap(secret.as_ref(), &[1; 32]), &[2; 32])),
            ("the wrapped key is changed", token(WRAPPED, &changed(&wrap(secret.as_ref(), &[1; 32])), &[1; 32])),
            ("it is wrapped with another key", token(WRAPPED, &wrap(&[7; 32], &[1; 32]), &[1; 32])),
        ],
    );
}

const ROUNDS: usize = 2000;

/// A token whose content is encrypted with this key.
fn token(header: &str, encrypted_key: &[u8], content_key: &[u8]) -> String {
    let header = URL_SAFE_NO_PAD.encode(header);
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, content_key).unwrap());
    let mut content = [b'x'; 600];
    let nonce = Nonce::assume_unique_for_key([0; 12]);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(header.as_bytes()), &mut content).unwrap();
    let parts = [encrypted_key, &[0; 12], &content, tag.as_ref()].map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("{header}.{}", parts.join("."))
}

fn changed(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes
}

/// One after the other in each round, so that whatever slows the machine down meets all of them.
fn compare(client: &Client, rounds: usize, cases: &[(&str, String)]) {
    let mut times = vec![Vec::with_capacity(rounds); cases.len()];
    for round in 0..rounds + rounds / 10 {
        for at in 0..cases.len() {
            let at = (at + round) % cases.len();
            let took = time(client, &cases[at].1);
            // The first rounds warm up.
            if round >= rounds / 10 {
                times[at].push(took);
            }
        }
    }
    let quantile = |times: &[Duration], part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e6;
    for times in &mut times {
        times.sort_unstable();
    }
    let expected = quantile(&times[0], 50);
    println!("{:>10} {:>10} {:>10} {:>11}", "10 % in µs", "median", "90 % in", "difference");
    for ((name, _), times) in cases.iter().zip(&times) {
        let [low, median, high] = [10, 50, 90].map(|part| quantile(times, part));
        let difference = (median / expected - 1.0) * 100.0;
        println!("{low:>10.2} {median:>10.2} {high:>10.2} {difference:>9.2} %  {name}");
    }
    println!();
}

fn time(client: &Client, compact: &str) -> Duration {
    let unverified = client.id_token(compact).without_nonce();
    let keys = JwkSet::default();
    let now = SystemTime::UNIX_EPOCH;
    let began = Instant::now();
    let outcome = black_box(unverified.verify(&keys, now));
    let took = began.elapsed();
    assert!(matches!(outcome, Err(IdTokenError::Jwt(JwtError::CannotDecrypt))), "{outcome:?}");
    took
}
