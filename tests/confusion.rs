//! One kind of JWT is taken for no other: not what the client signs for what the provider signs, even where their keys are the same,
//! and not one kind of the provider's for another.
#![cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::encrypting::encrypted;
use common::signing::Signing;
use common::{Good, at, form_of};
use oidc_proto::http::{HeaderMap, Request, Response};
use oidc_proto::{
    AccessToken, AuthorizationResponse, Client, ClientAuth, ClientBuilder, Error, JwkSet, PrivateKey, ResponseMode,
};
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example";
const SECRET: &str = "a-secret-of-32-bytes-0123456789-abcdef";

/// A client that takes what anybody may have signed: the provider, with EdDSA, and whoever has the client secret.
fn builder(auth: ClientAuth) -> ClientBuilder {
    let mut metadata = Good::new().metadata();
    metadata.pushed_authorization_request_endpoint = Some(format!("{ISSUER}/par"));
    metadata.userinfo_endpoint = Some(format!("{ISSUER}/userinfo"));
    metadata.introspection_endpoint = Some(format!("{ISSUER}/introspect"));
    let both = || ["EdDSA", "HS256"];
    Client::builder(metadata, "app", auth)
        .redirect_uri("https://app.example/callback")
        .id_token_signed_response_algs(both())
        .userinfo_signed_response_algs(both())
        .introspection_signed_response_algs(both())
        .authorization_signed_response_algs(both())
}

fn client() -> Client {
    builder(ClientAuth::secret(SECRET)).build().unwrap()
}

/// Where the client takes a JWT, up to what it then believes.
struct Door {
    name: &'static str,
    enter: fn(&str, &JwkSet) -> Result<(), Error>,
}

const DOORS: [Door; 7] = [
    Door { name: "ID token of a login", enter: log_in },
    Door { name: "ID token with a nonce", enter: |jwt, keys| lone(jwt, keys, Some("n0nce")) },
    Door { name: "ID token without a nonce", enter: |jwt, keys| lone(jwt, keys, None) },
    Door { name: "logout token", enter: log_out },
    Door { name: "authorization response", enter: call_back },
    Door { name: "UserInfo", enter: userinfo },
    Door { name: "introspection", enter: introspect },
];

fn log_in(jwt: &str, keys: &JwkSet) -> Result<(), Error> {
    let client = client();
    let (_, awaiting) = Good::authorize(&client).start(at(0))?;
    let response = AuthorizationResponse::from_query("code=c0de&state=st4te")?;
    let (_, awaiting) = awaiting.receive(&client, response, at(0))?.into_parts();
    let body = json!({ "access_token": "t", "token_type": "Bearer", "id_token": jwt }).to_string();
    awaiting.receive(&Response::new(body))?.verify(keys, at(0))?;
    Ok(())
}

fn lone(jwt: &str, keys: &JwkSet, nonce: Option<&str>) -> Result<(), Error> {
    let lone = client().id_token(jwt);
    let unverified = match nonce {
        Some(nonce) => lone.with_nonce(nonce),
        None => lone.without_nonce(),
    };
    unverified.verify(keys, at(0))?;
    Ok(())
}

fn log_out(jwt: &str, keys: &JwkSet) -> Result<(), Error> {
    client().logout_token(format!("logout_token={jwt}"))?.verify(keys, at(0)).map(drop)?;
    Ok(())
}

fn call_back(jwt: &str, keys: &JwkSet) -> Result<(), Error> {
    let client = client();
    let (_, awaiting) = Good::authorize(&client).response_mode(ResponseMode::JWT).start(at(0))?;
    let response = AuthorizationResponse::from_parameters([("response", jwt)])?;
    let response = client.jarm(response)?.verify(keys, at(0))?;
    awaiting.receive(&client, response, at(0)).map(drop)?;
    Ok(())
}

fn userinfo(jwt: &str, keys: &JwkSet) -> Result<(), Error> {
    let tokens = Good::new().log_in().unwrap();
    let (_, awaiting) = client().userinfo(&tokens, at(0))?.into_parts();
    awaiting.receive(&Response::new(jwt.to_owned()))?.verify(keys, at(0))?;
    Ok(())
}

fn introspect(jwt: &str, keys: &JwkSet) -> Result<(), Error> {
    let (_, awaiting) = client().introspect(&AccessToken::new("t"), at(0))?.into_parts();
    awaiting.receive(&Response::new(jwt.to_owned()))?.verify(keys, at(0))?;
    Ok(())
}

/// What a provider signs, each as good as can be: the door that it is for, and what it is made of.
fn of_the_provider() -> Vec<(&'static str, Value, Value)> {
    let claims = |own: Value| {
        let common = json!({ "iss": ISSUER, "aud": "app", "iat": 1_700_000_000, "exp": 1_700_000_120, "sub": "ada" });
        common::signing::changed(common, &own)
    };
    let typ = |typ: &str| json!({ "alg": "EdDSA", "typ": typ });
    let events = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    vec![
        ("ID token of a login", typ("JWT"), claims(json!({ "nonce": "n0nce" }))),
        ("ID token without a nonce", typ("JWT"), claims(json!({}))),
        ("logout token", typ("logout+jwt"), claims(json!({ "jti": "j", "sid": "s", "events": events }))),
        (
            "authorization response",
            json!({ "alg": "EdDSA" }),
            json!({ "iss": ISSUER, "aud": "app", "exp": 1_700_000_120, "code": "c0de", "state": "st4te" }),
        ),
        ("UserInfo", json!({ "alg": "EdDSA" }), json!({ "iss": ISSUER, "aud": "app", "sub": "ada", "name": "Ada" })),
        (
            "introspection",
            typ("token-introspection+jwt"),
            json!({
                "iss": ISSUER, "aud": "app", "iat": 1_700_000_000, "token_introspection": { "active": true, "sub": "ada" },
            }),
        ),
        ("nothing: an access token", typ("at+jwt"), claims(json!({ "client_id": "app", "scope": "openid" }))),
    ]
}

/// Where a JWT of the provider may enter beside its own door.
fn may_enter_too(kind: &str, door: &str) -> bool {
    match kind {
        "ID token of a login" => door == "ID token with a nonce" || door == "UserInfo",
        // The UserInfo endpoint itself would have to send an ID token; it is about the same user, and says nothing that is not so.
        "ID token without a nonce" => door == "UserInfo",
        _ => false,
    }
}

#[test]
fn each_jwt_of_the_provider_enters_by_its_own_door() {
    let provider = Signing::new(1);
    let keys = JwkSet::from_json(json!({ "keys": [provider.jwk(&json!({}))] }).to_string()).unwrap();
    for (kind, header, claims) in of_the_provider() {
        let jwt = provider.jwt(&header, &claims);
        for door in DOORS {
            for jwt in [jwt.clone(), encrypted(SECRET, &jwt)] {
                let entered = (door.enter)(&jwt, &keys);
                let may = kind == door.name || may_enter_too(kind, door.name);
                assert_eq!(entered.is_ok(), may, "{kind} as {}: {entered:?}", door.name);
            }
        }
    }
}

/// What a client with keys of its own signs: the kind, and the JWT.
fn of_the_client(key: &PrivateKey) -> Vec<(&'static str, String)> {
    let client = builder(ClientAuth::private_key_jwt(key.clone()))
        .id_token_signed_response_algs(["EdDSA"])
        .userinfo_signed_response_algs(["EdDSA"]);
    let client = client.introspection_signed_response_algs(["EdDSA"]).authorization_signed_response_algs(["EdDSA"]);
    let client = client.dpop(key.clone()).request_object_signer(key.clone()).build().unwrap();
    let (pushed, _) = client.authorize().push(at(0)).unwrap().into_parts();
    let mut to_api = Request::get("https://api.example/").body(()).unwrap();
    client.authorize_request(&mut to_api, &AccessToken::bound("t"), Some("n"), at(0)).unwrap();
    let header = |headers: &HeaderMap| headers["dpop"].to_str().unwrap().to_owned();
    let form = form_of(&pushed);
    let by_secret = builder(ClientAuth::client_secret_jwt(SECRET)).build().unwrap();
    let (by_secret, _) = by_secret.introspect(&AccessToken::new("t"), at(0)).unwrap().into_parts();
    vec![
        ("assertion", form["client_assertion"].clone()),
        ("request object", form["request"].clone()),
        ("proof", header(pushed.headers())),
        ("proof with a token", header(to_api.headers())),
        ("assertion by the client secret", form_of(&by_secret)["client_assertion"].clone()),
    ]
}

/// A provider that published the client's key among its own, or a client secret that signs both ways: the signature is right, and
/// still nothing that the client signed comes back as a token.
#[test]
fn nothing_that_the_client_signs_comes_back_as_something_of_the_provider() {
    let key = PrivateKey::generate("EdDSA").unwrap();
    let keys = JwkSet::from_json(format!(r#"{{"keys":[{}]}}"#, key.public_jwk())).unwrap();
    for (kind, jwt) in of_the_client(&key) {
        for door in DOORS {
            for jwt in [jwt.clone(), encrypted(SECRET, &jwt)] {
                let error = format!("{:?}", (door.enter)(&jwt, &keys).unwrap_err());
                // It is refused for what it is: with these keys, the signature would be right.
                let reasons = ["WrongType", "IssuerMismatch", "MissingClaim", "ForbiddenClaim"];
                // An HMAC for somebody else is not even looked at.
                let for_others = r#"AlgorithmNotAllowed { algorithm: "HS256" }"#;
                let mut reasons = reasons.into_iter().chain([for_others]);
                assert!(reasons.any(|reason| error.contains(reason)), "{kind} as {}: {error}", door.name);
            }
        }
    }
    // The keys are those of the doors: with the claims of an ID token, the same key lets in.
    let parts = [json!({ "alg": "EdDSA" }), of_the_provider()[0].2.clone()];
    let input = parts.map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let signature = URL_SAFE_NO_PAD.encode(oidc_proto::Signer::sign(&key, input.as_bytes()).unwrap());
    log_in(&format!("{input}.{signature}"), &keys).unwrap();
}

/// RFC 8725 section 3.11, RFC 9101 section 10.8, RFC 9449 section 4.2: what a receiver tells them apart by.
#[test]
fn what_the_client_signs_for_one_use_serves_for_no_other() {
    let key = PrivateKey::generate("EdDSA").unwrap();
    let read: Vec<(&str, Value, Value)> = of_the_client(&key)
        .into_iter()
        .map(|(kind, jwt)| {
            let mut parts = jwt.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
            let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
            (kind, next(), next())
        })
        .collect();
    for (kind, header, claims) in &read {
        let has = |claim: &str| claims.get(claim).is_some();
        let typ = header.get("typ").and_then(Value::as_str);
        match *kind {
            "assertion" | "assertion by the client secret" => {
                assert!(typ.is_none() && claims["iss"] == "app" && claims["sub"] == "app", "{claims}");
                assert!(!has("htm") && !has("response_type") && header.get("jwk").is_none(), "{claims}");
                assert_eq!(claims["aud"], ISSUER);
            }
            "request object" => {
                // A request object with `sub` could be an assertion (RFC 9101 section 10.8).
                assert!(typ == Some("oauth-authz-req+jwt") && !has("sub") && !has("htm"), "{claims}");
                assert_eq!(claims["aud"], ISSUER);
            }
            _ => {
                assert!(typ == Some("dpop+jwt"), "{header}");
                assert!(["iss", "sub", "aud", "response_type"].iter().all(|claim| !has(claim)), "{claims}");
            }
        }
        assert!(claims["jti"].as_str().unwrap().len() >= 22, "{kind} works once: {claims}");
        assert_eq!(claims["iat"], 1_700_000_000, "{kind}");
    }
    let jtis: std::collections::BTreeSet<&str> =
        read.iter().map(|(_, _, claims)| claims["jti"].as_str().unwrap()).collect();
    assert_eq!(jtis.len(), read.len());
}
