//! The first byte chooses who signs, and whether the login must be fresh. Then come the header of the ID token, a line of `---`,
//! and the payload. The token is verified as that of a login, and as one that came without a login.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oidc_proto::Tokens;
use oidc_proto_fuzz::provider::{By, KEYS, sign};
use oidc_proto_fuzz::{
    ACCESS_TOKEN, NONCE, allocations, choice, client, now, ok, oracle, parts, strict_token_request, token_request,
};

fuzz_target!(|input: &[u8]| {
    std::sync::LazyLock::force(&KEYS);
    allocations::bounded(input, || verify(input));
});

fn verify(input: &[u8]) {
    let (chosen, rest) = choice(input);
    let (by, strict) = (By::chosen(chosen), chosen & 4 != 0);
    let [header, payload] = parts(rest);
    let id_token = sign(by, header, payload);
    let body = format!(r#"{{"access_token":"{ACCESS_TOKEN}","token_type":"Bearer","id_token":"{id_token}"}}"#);
    let client = client();
    let request = if strict { strict_token_request(&client) } else { token_request(&client) };
    let (_, awaiting) = request.into_parts();
    let unverified = awaiting.receive(&ok(body.as_bytes())).expect("the token response is sound");
    let trusting_tls = unverified.verify_trusting_tls(now());
    let lone = client.id_token(&*id_token).with_nonce(NONCE).verify(&KEYS, now());
    match unverified.verify(&KEYS, now()) {
        Ok(tokens) => {
            assert_right(&tokens, &id_token, by.algorithms());
            assert!(trusting_tls.is_ok(), "the signature is right, so the rest is right too");
            assert!(lone.is_ok(), "nothing is asked of a lone token that is not asked of a login's");
        }
        Err(error) => drop(format!("{error} {error:?} {:?}", error.remedy())),
    }
    if let Ok(tokens) = trusting_tls {
        assert_right(&tokens, &id_token, &["RS256", "PS256", "ES256", "EdDSA", "Ed25519", "HS256"]);
        if strict {
            oracle::assert_fresh(&oracle::open(&id_token).1);
        }
    }
    if lone.is_ok() {
        let (header, payload) = oracle::open(&id_token);
        oracle::assert_header(&header, by.algorithms());
        oracle::assert_id_token_claims(&payload);
    }
}

fn assert_right(tokens: &Tokens, id_token: &str, algorithms: &[&str]) {
    assert_eq!(tokens.id_token().secret(), id_token);
    let (header, payload) = oracle::open(id_token);
    oracle::assert_header(&header, algorithms);
    oracle::assert_id_token_claims(&payload);
    oracle::assert_hashes(&payload);
    let _ = tokens.id_token().standard_claims();
    let _ = tokens.id_token().claims_as::<serde_json::Value>();
}
