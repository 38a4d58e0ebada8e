//! What is refused of what a client signs: each assertion and each proof differs from a good one in one thing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oidc_proto::http::{Request, Response};
use oidc_proto::{Algorithm, PrivateKey, Signer};
use serde_json::{Value, json};
use sha2::Digest;

use crate::{Provider, code_with, form, grant, public};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn start(key: &PrivateKey) -> Provider {
    Provider::start(public().public_jwk(key.public_jwk()))
}

/// A provider whose client is public, so that a proof is all there is to be right.
fn start_public() -> Provider {
    Provider::start(public())
}

fn code(provider: &Provider, more: &[(&str, &str)]) -> String {
    code_with(provider, "openid offline_access", more)
}

fn key() -> PrivateKey {
    PrivateKey::generate(Algorithm::ES256).unwrap()
}

/// An object with some members replaced; those that are null are taken out.
fn with(mut object: Value, changes: &Value) -> Value {
    let members = object.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    object
}

fn jwt(key: &PrivateKey, header: &Value, claims: &Value) -> String {
    let input = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let signature = key.sign(input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A POST, with these headers `DPoP`: the response, and the error in it.
fn post(provider: &Provider, path: &str, pairs: &[(&str, &str)], proofs: &[&str]) -> (Response<Vec<u8>>, String) {
    let mut request = Request::post(format!("{}{path}", provider.issuer()));
    for proof in proofs {
        request = request.header("dpop", *proof);
    }
    let response = provider.send(request.body(form(pairs).into_bytes()).unwrap());
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let error = body.get("error").and_then(Value::as_str).unwrap_or_default().to_owned();
    (response, error)
}

fn assertion_claims(provider: &Provider) -> Value {
    json!({ "iss": "app", "sub": "app", "aud": provider.issuer(), "exp": provider.seconds() + 60, "jti": key().thumbprint() })
}

/// Whether the revocation endpoint takes an assertion: the client's authentication is all that it looks at.
fn takes(provider: &Provider, assertion: &str, more: &[(&str, &str)]) -> bool {
    let pairs = [("token", "t"), ("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)];
    let (response, error) = post(provider, "/revoke", &[&pairs[..], more].concat(), &[]);
    assert!(response.status() == 200 || error == "invalid_client" || error == "invalid_request", "{error}");
    response.status() == 200
}

#[test]
fn an_assertion_is_refused_for_each_thing_that_can_be_wrong_with_it() {
    let key = key();
    let provider = start(&key);
    let good = |header: Value, claims: Value| {
        let header = with(json!({ "alg": "ES256" }), &header);
        jwt(&key, &header, &with(assertion_claims(&provider), &claims))
    };
    assert!(takes(&provider, &good(json!({}), json!({})), &[]));
    assert!(takes(&provider, &good(json!({ "typ": "JWT" }), json!({})), &[("client_id", "app")]));
    for claims in [
        json!({ "iss": "other" }),
        json!({ "sub": "other" }),
        json!({ "aud": "https://other.example" }),
        json!({ "aud": [provider.issuer(), "https://other.example"] }),
        json!({ "aud": null }),
        json!({ "exp": provider.seconds() - 1 }),
        json!({ "exp": provider.seconds() + 3600 }),
        json!({ "exp": null }),
        json!({ "jti": null }),
    ] {
        assert!(!takes(&provider, &good(json!({}), claims.clone()), &[]), "{claims}");
    }
    for header in [
        json!({ "alg": "none" }),
        json!({ "alg": "ES384" }),
        json!({ "typ": "dpop+jwt" }),
        json!({ "typ": "oauth-authz-req+jwt" }),
        json!({ "crit": ["b64"] }),
    ] {
        assert!(!takes(&provider, &good(header.clone(), json!({})), &[]), "{header}");
    }
    let of_another = jwt(&self::key(), &json!({ "alg": "ES256" }), &assertion_claims(&provider));
    assert!(!takes(&provider, &of_another, &[]), "the key of another");
    let unsigned = good(json!({}), json!({}));
    let unsigned = unsigned.rsplit_once('.').unwrap().0;
    assert!(!takes(&provider, &format!("{unsigned}."), &[]));
    assert!(!takes(&provider, &good(json!({}), json!({})), &[("client_id", "other")]));
    assert!(!takes(&provider, &good(json!({}), json!({})), &[("client_secret", "s")]), "two methods");
}

#[test]
fn an_assertion_works_once() {
    let key = key();
    let provider = start(&key);
    let assertion = jwt(&key, &json!({ "alg": "ES256" }), &assertion_claims(&provider));
    assert!(takes(&provider, &assertion, &[]));
    assert!(!takes(&provider, &assertion, &[]));
}

#[test]
fn a_client_with_a_key_comes_in_by_no_other_way() {
    let provider = start(&key());
    for pairs in [&[("client_id", "app")][..], &[("client_id", "app"), ("client_secret", "")]] {
        assert_eq!(post(&provider, "/revoke", &[&[("token", "t")], pairs].concat(), &[]).1, "invalid_client");
    }
    let key = key();
    let public = start_public();
    let assertion = jwt(&key, &json!({ "alg": "ES256" }), &assertion_claims(&public));
    assert!(!takes(&public, &assertion, &[("client_id", "app")]), "no key is registered");
}

/// A proof, and the nonce that it must hold, which the provider says when a proof comes without.
struct Proofs<'a> {
    provider: &'a Provider,
    key: PrivateKey,
    nonce: String,
}

impl<'a> Proofs<'a> {
    fn new(provider: &'a Provider) -> Self {
        let mut proofs = Self { provider, key: key(), nonce: String::new() };
        let first = proofs.proof(&json!({}), &json!({ "nonce": null }));
        let pairs = [("client_id", "app"), ("grant_type", "authorization_code")];
        let (response, error) = post(provider, "/token", &pairs, &[&first]);
        assert_eq!((response.status().as_u16(), &*error), (400, "use_dpop_nonce"));
        response.headers()["dpop-nonce"].to_str().unwrap().clone_into(&mut proofs.nonce);
        proofs
    }

    /// For the token endpoint, but for what is changed.
    fn proof(&self, header: &Value, claims: &Value) -> String {
        let jwk: Value = serde_json::from_str(&self.key.public_jwk()).unwrap();
        let jti = key().thumbprint();
        let htu = format!("{}/token", self.provider.issuer());
        let right =
            json!({ "jti": jti, "htm": "POST", "htu": htu, "iat": self.provider.seconds(), "nonce": self.nonce });
        let header = with(json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk }), header);
        jwt(&self.key, &header, &with(right, claims))
    }

    fn good(&self) -> String {
        self.proof(&json!({}), &json!({}))
    }

    /// A token request of a public client: what came.
    fn exchange(&self, code: &str, proofs: &[&str]) -> Value {
        let pairs = [&grant(code)[..], &[("client_id", "app")]].concat();
        let (response, _) = post(self.provider, "/token", &pairs, proofs);
        serde_json::from_slice(response.body()).unwrap()
    }

    /// The status of the UserInfo endpoint.
    fn userinfo(&self, scheme: &str, access_token: &str, claims: Option<Value>) -> u16 {
        let uri = format!("{}/userinfo", self.provider.issuer());
        let mut request = Request::get(&uri).header("authorization", format!("{scheme} {access_token}"));
        if let Some(claims) = claims {
            let ath = URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(access_token));
            let right = json!({ "htm": "GET", "htu": uri, "ath": ath });
            request = request.header("dpop", self.proof(&json!({}), &with(right, &claims)));
        }
        self.provider.send(request.body(Vec::new()).unwrap()).status().as_u16()
    }
}

#[test]
fn a_proof_is_refused_for_each_thing_that_can_be_wrong_with_it() {
    let provider = start_public();
    let proofs = Proofs::new(&provider);
    let code = code(&provider, &[]);
    let refused = |sent: &[&str], what: &Value| {
        assert_eq!(proofs.exchange(&code, sent)["error"], "invalid_dpop_proof", "{what}");
    };
    for claims in [
        json!({ "htm": "GET" }),
        json!({ "htu": format!("{}/revoke", provider.issuer()) }),
        json!({ "htu": "https://other.example/token" }),
        json!({ "iat": provider.seconds() - 61 }),
        json!({ "iat": provider.seconds() + 3600 }),
        json!({ "iat": null }),
        json!({ "jti": null }),
        json!({ "ath": "abc" }),
    ] {
        refused(&[&proofs.proof(&json!({}), &claims)], &claims);
    }
    let other: Value = serde_json::from_str(&key().public_jwk()).unwrap();
    let private = with(serde_json::from_str(&proofs.key.public_jwk()).unwrap(), &json!({ "d": "AAAA" }));
    for header in [
        json!({ "typ": "JWT" }),
        json!({ "typ": null }),
        json!({ "alg": "none" }),
        json!({ "jwk": other }),
        json!({ "jwk": private }),
        json!({ "jwk": null }),
    ] {
        refused(&[&proofs.proof(&header, &json!({}))], &header);
    }
    refused(&[&proofs.good(), &proofs.good()], &json!("two proofs"));
    let good = proofs.good();
    let old_nonce = proofs.proof(&json!({}), &json!({ "nonce": "n" }));
    assert_eq!(proofs.exchange(&code, &[&old_nonce])["error"], "use_dpop_nonce");
    assert_eq!(proofs.exchange(&code, &[&good])["token_type"], "DPoP", "the code is still good");
    refused(&[&good], &json!("a proof works once"));
}

#[test]
fn a_bound_token_is_of_no_use_without_its_key() {
    let provider = start_public();
    let proofs = Proofs::new(&provider);
    let bound = proofs.exchange(&code(&provider, &[]), &[&proofs.good()]);
    let bound = bound["access_token"].as_str().unwrap();
    assert_eq!(proofs.userinfo("DPoP", bound, Some(json!({}))), 200);
    assert_eq!(proofs.userinfo("DPoP", bound, None), 401);
    assert_eq!(proofs.userinfo("Bearer", bound, None), 401);
    assert_eq!(proofs.userinfo("DPoP", bound, Some(json!({ "ath": null }))), 401);
    assert_eq!(proofs.userinfo("DPoP", bound, Some(json!({ "htm": "POST" }))), 401);
    let thief = Proofs::new(&provider);
    assert_eq!(thief.userinfo("DPoP", bound, Some(json!({}))), 401);
    let plain = proofs.exchange(&code(&provider, &[]), &[]);
    let plain = plain["access_token"].as_str().unwrap();
    assert_eq!(proofs.userinfo("Bearer", plain, None), 200);
    assert_eq!(proofs.userinfo("DPoP", plain, Some(json!({}))), 401);
}

#[test]
fn a_code_and_the_refresh_tokens_of_a_public_client_are_bound_to_the_key() {
    let provider = start_public();
    let (proofs, thief) = (Proofs::new(&provider), Proofs::new(&provider));
    let jkt = proofs.key.thumbprint();
    let code = || code(&provider, &[("dpop_jkt", &jkt)]);
    assert_eq!(proofs.exchange(&code(), &[])["error"], "invalid_grant");
    assert_eq!(proofs.exchange(&code(), &[&thief.good()])["error"], "invalid_grant");
    let tokens = proofs.exchange(&code(), &[&proofs.good()]);
    let refresh = |sent: &[&str]| {
        let token = tokens["refresh_token"].as_str().unwrap();
        let pairs = [("client_id", "app"), ("grant_type", "refresh_token"), ("refresh_token", token)];
        post(&provider, "/token", &pairs, sent).1
    };
    assert_eq!(refresh(&[]), "invalid_grant");
    assert_eq!(refresh(&[&thief.good()]), "invalid_grant");
    assert_eq!(refresh(&[&proofs.good()]), "");
}
