//! The input is the body of the response with the keys.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oidc_proto::{JwkSet, KeyCache};
use oidc_proto_fuzz::provider::{By, ed25519_x, p256_x, sign};
use oidc_proto_fuzz::{ACCESS_TOKEN, CLIENT_ID, ISSUER, NONCE, NOW, allocations, client, now, ok, token_request};

fuzz_target!(|input: &[u8]| allocations::bounded(input, || read(input)));

fn read(body: &[u8]) {
    let client = client();
    let (_, awaiting) = client.fetch_keys().expect("there is a jwks_uri").into_parts();
    let Ok(keys) = awaiting.receive(&ok(body)) else { return };
    let members = body.split(|byte| *byte == b'{').count();
    assert!(keys.usable_keys() < members, "each key is an object");

    let mut cache = KeyCache::new();
    cache.store(keys.clone(), now());
    let printed = serde_json::to_string(&cache).expect("a cache can be printed");
    let read: KeyCache = serde_json::from_str(&printed).expect("and read again");
    assert_eq!(serde_json::to_string(&read).expect("a cache can be printed"), printed);
    assert_eq!(read.keys().map(JwkSet::usable_keys), Some(keys.usable_keys()));

    let text = String::from_utf8_lossy(body);
    // A token that none of these keys signed is refused. An escape in the JSON may hide a key from the search.
    for (by, algorithm, x) in [(By::Ed25519, "EdDSA", ed25519_x()), (By::P256, "ES256", p256_x())] {
        let header = format!(r#"{{"alg":"{algorithm}"}}"#);
        let claims = format!(
            r#"{{"iss":"{ISSUER}","sub":"ada","aud":"{CLIENT_ID}","exp":{},"iat":{NOW},"nonce":"{NONCE}"}}"#,
            NOW + 300
        );
        let id_token = sign(by, header.as_bytes(), claims.as_bytes());
        let body = format!(r#"{{"access_token":"{ACCESS_TOKEN}","token_type":"Bearer","id_token":"{id_token}"}}"#);
        let (_, awaiting) = token_request(&client).into_parts();
        let unverified = awaiting.receive(&ok(body.as_bytes())).expect("the token response is sound");
        if unverified.verify(&keys, now()).is_ok() {
            assert!(text.contains(&x) || text.contains('\\'), "a token is accepted without its key");
        }
    }
}
