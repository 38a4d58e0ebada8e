//! The input is an ID token in compact serialization. Nobody signed it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oidc_proto_fuzz::provider::KEYS;
use oidc_proto_fuzz::{ACCESS_TOKEN, allocations, client, now, ok, oracle, token_request};

fuzz_target!(|input: &[u8]| {
    std::sync::LazyLock::force(&KEYS);
    allocations::bounded(input, || verify(input));
});

fn verify(input: &[u8]) {
    let Ok(id_token) = std::str::from_utf8(input) else { return };
    let body = serde_json::json!({ "access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": id_token });
    let (_, awaiting) = token_request(&client()).into_parts();
    let Ok(unverified) = awaiting.receive(&ok(body.to_string().as_bytes())) else { return };
    assert!(unverified.verify(&KEYS, now()).is_err(), "nobody signed this");
    // With TLS instead of the signature, the rest must be right.
    if let Ok(tokens) = unverified.verify_trusting_tls(now()) {
        assert_eq!(tokens.id_token().secret(), id_token);
        let (header, payload) = oracle::open(id_token);
        oracle::assert_header(&header, &["RS256", "PS256", "ES256", "EdDSA", "Ed25519", "HS256"]);
        oracle::assert_id_token_claims(&payload);
        oracle::assert_hashes(&payload);
    }
}
