//! The first byte chooses who signs, and what the input is: a token in compact serialization; or, between lines of `---`, the
//! header of an encryption that the target makes with the client secret, and then header and payload of the JWT inside, or
//! whatever is inside.
#![no_main]

use std::sync::LazyLock;

use aes_gcm::aead::{Aead, KeyInit, Nonce, Payload};
use aes_gcm::aes::Aes192;
use aes_gcm::aes::cipher::consts::U12;
use aes_gcm::{Aes128Gcm, Aes256Gcm, AesGcm};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use oidc_proto::{Client, IdTokenError, JwtError, PrivateKey, Tokens};
use oidc_proto_fuzz::oracle::{self, Members};
use oidc_proto_fuzz::provider::{By, KEYS, sign};
use oidc_proto_fuzz::{
    ACCESS_TOKEN, CLIENT_SECRET, SUB, allocations, builder, choice, client, log_in, now, ok, parts, token_request,
};
use sha2::{Digest, Sha256};

fuzz_target!(|input: &[u8]| {
    LazyLock::force(&KEYS);
    LazyLock::force(&LOGIN);
    allocations::bounded(input, || decrypt(input));
});

/// A client that can decrypt, and a login with it.
static LOGIN: LazyLock<(Client, Tokens)> = LazyLock::new(|| {
    let key = r#"{"kty":"EC","crv":"P-256","x":"NmjAk-wllbj-iS4OVYeAFkDuZRp0hgIkAfsY-Ul-xVY",
        "y":"R5oMNqm_pLkBbfgtuvPpme04YD2Rj2jPNabiY0o3Cww","d":"kYr-2Sbm0XDKE9DT4Q9kjVRkeF849ynhV2For2_8l5E"}"#;
    let key = PrivateKey::from_jwk(key).expect("a key of the test vectors");
    let client = builder(client().metadata().clone()).decryption_key(key).build().expect("the client is sound");
    let tokens = log_in(&client);
    (client, tokens)
});

fn decrypt(input: &[u8]) {
    let (first, rest) = choice(input);
    if first & 8 != 0 {
        let Ok(compact) = std::str::from_utf8(rest) else { return };
        // Somebody may have encrypted it; nobody signed it.
        assert!(verify(compact, false).is_none(), "nobody signed this");
        return;
    }
    let by = By::chosen(first);
    let [outer, header, payload] = parts(rest);
    let signed = (first & 4 == 0).then(|| sign(by, header, payload));
    let inside = signed.as_ref().map_or(header, |signed| signed.as_bytes());
    let Some(compact) = encrypt(outer, inside) else { return };
    if let Some(id_token) = verify(&compact, true) {
        assert_encryption(outer);
        let signed = signed.as_ref().expect("somebody signed it");
        assert_eq!(&id_token, signed, "what was signed is kept");
        let (header, payload) = oracle::open(signed);
        oracle::assert_header(&header, by.algorithms());
        oracle::assert_id_token_claims(&payload);
        oracle::assert_hashes(&payload);
    }
    userinfo(&compact, outer, inside);
}

/// The ID token, where it is verified.
fn verify(compact: &str, can_be_decrypted: bool) -> Option<String> {
    let body = serde_json::json!({ "access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": compact });
    let (_, awaiting) = token_request(&LOGIN.0).into_parts();
    let unverified = awaiting.receive(&ok(body.to_string().as_bytes())).ok()?;
    match unverified.verify(&KEYS, now()) {
        Ok(tokens) => {
            assert!(unverified.verify_trusting_tls(now()).is_ok());
            Some(tokens.id_token().secret().to_owned())
        }
        Err(error) => {
            drop(format!("{error} {error:?} {:?}", error.remedy()));
            let cannot = matches!(error, IdTokenError::Jwt(JwtError::CannotDecrypt));
            assert!(!can_be_decrypted || !cannot || !is_good(compact), "it was encrypted to this client");
            None
        }
    }
}

/// JSON that is encrypted is read as if it were not.
fn userinfo(compact: &str, outer: &[u8], inside: &[u8]) {
    let (client, tokens) = &*LOGIN;
    let (_, awaiting) = client.userinfo(tokens, now()).expect("the login is this client's").into_parts();
    let Ok(unverified) = awaiting.receive(&ok(compact.as_bytes())) else { return };
    let Ok(userinfo) = unverified.verify_trusting_tls(now()) else { return };
    assert_encryption(outer);
    let text = std::str::from_utf8(inside).expect("JSON is text");
    assert_eq!(Members::of(text).string("sub").as_deref(), Some(SUB), "another user");
    assert_eq!(userinfo.sub(), SUB);
}

/// Whether its header is that of an encryption that the target makes.
fn is_good(compact: &str) -> bool {
    let header = compact.split('.').next().and_then(|header| URL_SAFE_NO_PAD.decode(header).ok()).unwrap_or_default();
    let header = String::from_utf8(header).unwrap_or_default();
    let members: serde_json::Value = serde_json::from_str(&header).unwrap_or_default();
    members["alg"] == "dir" && key_length(&header).is_some()
}

/// The header allows it to be decrypted with the client secret.
fn assert_encryption(header: &[u8]) {
    let header = std::str::from_utf8(header).expect("a header is text");
    let members = Members::of(header);
    assert_eq!(members.string("alg").as_deref(), Some("dir"));
    assert!(key_length(header).is_some(), "enc");
    assert!(!members.has_even_null("crit") && !members.has("zip"), "crit, zip");
}

fn key_length(header: &str) -> Option<usize> {
    let header: serde_json::Value = serde_json::from_str(header).ok()?;
    match header["enc"].as_str()? {
        "A128GCM" => Some(16),
        "A192GCM" => Some(24),
        "A256GCM" => Some(32),
        _ => None,
    }
}

/// OpenID Connect Core 1.0 section 10.2, with a nonce of zeros.
fn encrypt(header: &[u8], content: &[u8]) -> Option<String> {
    let length = std::str::from_utf8(header).ok().and_then(key_length).unwrap_or(32);
    let hash = Sha256::digest(CLIENT_SECRET);
    let key = &hash[..length];
    let authenticated = URL_SAFE_NO_PAD.encode(header);
    let payload = Payload { msg: content, aad: authenticated.as_bytes() };
    let sealed = match length {
        16 => Aes128Gcm::new_from_slice(key).ok()?.encrypt(&Nonce::<Aes128Gcm>::default(), payload),
        24 => {
            let cipher = AesGcm::<Aes192, U12>::new_from_slice(key).ok()?;
            cipher.encrypt(&Nonce::<AesGcm<Aes192, U12>>::default(), payload)
        }
        _ => Aes256Gcm::new_from_slice(key).ok()?.encrypt(&Nonce::<Aes256Gcm>::default(), payload),
    };
    let sealed = sealed.ok()?;
    let (ciphertext, tag) = sealed.split_at(sealed.len() - 16);
    let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    Some([authenticated, String::new(), encode(&[0; 12]), encode(ciphertext), encode(tag)].join("."))
}
