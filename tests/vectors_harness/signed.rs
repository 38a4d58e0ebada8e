//! What a client signed: it is taken apart for the comparison, and its signature is checked with the public half of the key
//! that the case gives to the client, by another library than the one under test where both backends are built.

use aws_lc_rs::{hmac, signature};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oidc_proto::{ClientAuth, PrivateKey};
use serde_json::{Map, Value, json};

use crate::given::Authentication;

/// Whether the client of a case has a key of its own: without a backend, nothing is signed.
pub fn has_keys(given: &Value) -> bool {
    let client = &given["client"];
    let keys = ["dpop_key", "request_object_key", "decryption_keys"];
    keys.iter().any(|key| client.get(key).is_some_and(|key| !key.is_null()))
        || client["authentication"].get("key").is_some_and(|key| !key.is_null())
        || client["authentication"]["method"] == "client_secret_jwt"
}

pub fn authentication(given: Authentication) -> Result<ClientAuth, oidc_proto::Error> {
    let secret = || given.secret.clone().expect("secret");
    Ok(match given.method.as_str() {
        "none" => ClientAuth::none(),
        "client_secret_basic" => ClientAuth::client_secret_basic(secret()),
        // Of this project's own vectors.
        "client_secret_basic_unencoded" => ClientAuth::client_secret_basic_unencoded(secret()),
        "client_secret_post" => ClientAuth::client_secret_post(secret()),
        "tls_client_auth" => ClientAuth::tls_client_auth(),
        "self_signed_tls_client_auth" => ClientAuth::self_signed_tls_client_auth(),
        "client_secret_jwt" => match given.alg {
            None => ClientAuth::client_secret_jwt(secret()),
            Some(algorithm) => ClientAuth::client_secret_jwt_with(secret(), algorithm),
        },
        "private_key_jwt" => ClientAuth::private_key_jwt(private_key(&given.key.expect("key"))?),
        "client_assertion" => ClientAuth::client_assertion(given.assertion.expect("assertion")),
        other => panic!("unknown authentication method {other}"),
    })
}

pub fn private_key(jwk: &Value) -> Result<PrivateKey, oidc_proto::Error> {
    Ok(PrivateKey::from_jwk(&jwk.to_string())?)
}

/// Header and claims of a JWS, and the JWS itself, so that [`check`] can verify it.
pub fn describe(compact: &str) -> Value {
    let mut parts = compact.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url"));
    let mut json = || serde_json::from_slice::<Value>(&parts.next().expect("three parts")).ok();
    json!({ "header": json(), "claims": json(), "compact": compact })
}

/// Verifies what came out, wherever it stands, with the keys of the client.
pub fn check(found: &Map<String, Value>, client: &Value) {
    let authentication = &client["authentication"];
    let assertion_key = match authentication["method"].as_str() {
        Some("client_secret_jwt") => Some(authentication["secret"].clone()),
        Some("private_key_jwt") => Some(authentication["key"].clone()),
        _ => None,
    };
    let keys = [
        ("assertion", assertion_key),
        ("dpop", Some(client["dpop_key"].clone())),
        ("request_object", Some(client["request_object_key"].clone())),
    ];
    for place in ["", "/request", "/token_request", "/again"] {
        let Some(place) = Value::Object(found.clone()).pointer(place).cloned() else { continue };
        for (name, key) in &keys {
            let compact = place.get(name).and_then(|signed| signed["compact"].as_str());
            if let (Some(compact), Some(key)) = (compact, key) {
                assert!(is_signed_by(compact, key), "the signature of {name} is wrong");
            }
        }
    }
}

/// A key is a JWK, of which the public half serves, or a secret.
fn is_signed_by(compact: &str, key: &Value) -> bool {
    let (input, signature) = compact.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let header = describe(compact)["header"].clone();
    let bytes = |member: &str| URL_SAFE_NO_PAD.decode(key[member].as_str().unwrap()).unwrap();
    let point = || [vec![4], bytes("x"), bytes("y")].concat();
    let verified = |algorithm, key: &[u8]| {
        signature::UnparsedPublicKey::new(algorithm, key).verify(input.as_bytes(), &signature).is_ok()
    };
    let rsa = |parameters| {
        let components = signature::RsaPublicKeyComponents { n: bytes("n"), e: bytes("e") };
        components.verify(parameters, input.as_bytes(), &signature).is_ok()
    };
    let mac = |algorithm| {
        let key = hmac::Key::new(algorithm, key.as_str().unwrap().as_bytes());
        hmac::verify(&key, input.as_bytes(), &signature).is_ok()
    };
    match header["alg"].as_str().unwrap() {
        "RS256" => rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
        "PS256" => rsa(&signature::RSA_PSS_2048_8192_SHA256),
        "PS384" => rsa(&signature::RSA_PSS_2048_8192_SHA384),
        "ES256" => verified(&signature::ECDSA_P256_SHA256_FIXED, &point()),
        "ES384" => verified(&signature::ECDSA_P384_SHA384_FIXED, &point()),
        "ES512" => verified(&signature::ECDSA_P521_SHA512_FIXED, &point()),
        "EdDSA" | "Ed25519" => verified(&signature::ED25519, &bytes("x")),
        "HS256" => mac(hmac::HMAC_SHA256),
        "HS512" => mac(hmac::HMAC_SHA512),
        other => panic!("unknown algorithm {other}"),
    }
}
