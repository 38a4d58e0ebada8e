//! The stages of UserInfo, introspection, revocation and challenges.

use std::time::SystemTime;

use oidc_proto::http::{HeaderMap, HeaderName, HeaderValue};
use oidc_proto::{AccessToken, Challenge, Challenges, Introspection, JwkSet, RefreshToken};
use serde_json::{Map, Value, json};

use crate::expect::Outcome;
use crate::given::{Given, at};
use crate::stages::{client, describe_request, log_in, object};

/// Whether the answer of an introspection is one that the provider signed.
pub fn is_signed(given: &Value) -> bool {
    given["response"]["body"].as_str().is_some_and(|body| body.starts_with("eyJ"))
}

pub fn userinfo(given: Given) -> Outcome {
    let login = given.login.expect("login");
    let jwks = given.jwks.or_else(|| login.jwks.clone());
    let (client, tokens) = log_in(given.metadata.unwrap(), given.client, login, jwks.clone())?;
    let (request, awaiting) = client.userinfo(&tokens, at(given.now))?.into_parts();
    let unverified = awaiting.receive(&given.response.expect("response").into_response())?;
    let userinfo = match given.verification.as_deref() {
        Some("tls") => unverified.verify_trusting_tls(at(given.now))?,
        _ => verify!(unverified, jwks, given.now)?,
    };
    let claims: Value = userinfo.claims_as().unwrap();
    Ok(object(json!({ "request": describe_request(&request), "sub": userinfo.sub(), "claims": claims })))
}

pub fn introspection(given: Given) -> Outcome {
    let client = client(given.metadata.unwrap(), given.client)?;
    let token = given.token.expect("token");
    let round_trip = match given.token_kind.as_deref() {
        None | Some("access_token") => client.introspect(&AccessToken::new(token), at(given.now)),
        Some("refresh_token") => client.introspect(&RefreshToken::new(token), at(given.now)),
        Some(other) => panic!("unknown kind of token {other}"),
    };
    let (request, awaiting) = round_trip?.into_parts();
    let unverified = awaiting.receive(&given.response.expect("response").into_response())?;
    let introspection = verify!(unverified, given.jwks, given.now)?;
    let members = describe_introspection(&introspection);
    let active = introspection.active();
    Ok(object(json!({ "request": describe_request(&request), "active": active, "members": members })))
}

pub fn revocation(given: Given) -> Outcome {
    let client = client(given.metadata.unwrap(), given.client)?;
    let token = given.token.expect("token");
    let round_trip = match given.token_kind.as_deref() {
        None | Some("access_token") => client.revoke(&AccessToken::new(token), at(given.now)),
        Some("refresh_token") => client.revoke(&RefreshToken::new(token), at(given.now)),
        Some(other) => panic!("unknown kind of token {other}"),
    };
    let (request, awaiting) = round_trip?.into_parts();
    awaiting.receive(&given.response.expect("response").into_response())?;
    Ok(object(json!({ "request": describe_request(&request) })))
}

pub fn challenge(given: &Given) -> Outcome {
    let challenges = challenges(&given.headers)?;
    let all: Vec<Value> = challenges.iter().map(describe_challenge).collect();
    let mut outcome = object(json!({ "challenges": all }));
    if let Some(bearer) = challenges.bearer() {
        let acr_values = Some(bearer.acr_values()).filter(|values| !values.is_empty());
        let bearer = json!({
            "error": bearer.error(),
            "scope": bearer.scope(),
            "acr_values": acr_values,
            "max_age": bearer.max_age().map(|max_age| max_age.as_secs()),
            "resource_metadata": bearer.resource_metadata(),
        });
        outcome.insert("bearer".to_owned(), bearer);
    }
    Ok(outcome)
}

/// A token68 stands in place of the parameters.
fn describe_challenge(challenge: &Challenge) -> Value {
    let parameters: Map<String, Value> =
        challenge.parameters().map(|(name, value)| (name.to_owned(), value.into())).collect();
    match challenge.token68() {
        Some(token68) => {
            assert!(parameters.is_empty());
            json!({ "scheme": challenge.scheme(), "token68": token68 })
        }
        None => json!({ "scheme": challenge.scheme(), "parameters": parameters }),
    }
}

/// Read by the methods, which must return the same as the members of the response.
fn describe_introspection(introspection: &Introspection) -> Map<String, Value> {
    let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let mut members = object(json!({
        "scope": introspection.scope(),
        "client_id": introspection.client_id(),
        "username": introspection.username(),
        "token_type": introspection.token_type(),
        "exp": introspection.exp().map(seconds),
        "iat": introspection.iat().map(seconds),
        "nbf": introspection.nbf().map(seconds),
        "sub": introspection.sub(),
        "iss": introspection.iss(),
        "jti": introspection.jti(),
    }));
    for name in introspection.extra().names() {
        members.insert(name.to_owned(), introspection.extra().get(name).unwrap());
    }
    if !introspection.aud().is_empty() {
        members.insert("aud".to_owned(), introspection.aud().into());
    }
    let mut as_they_came: Map<String, Value> = introspection.claims_as().unwrap();
    assert_eq!(as_they_came.remove("active"), Some(introspection.active().into()));
    as_they_came.iter().for_each(|(name, value)| assert_eq!(members.get(name), Some(value), "{name}"));
    members
}

/// Verifies with the keys of the case. Without a backend only JSON comes here, and TLS protects it.
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
macro_rules! verify {
    ($unverified:expr, $jwks:expr, $now:expr) => {
        $unverified.verify(&JwkSet::from_json($jwks.expect("jwks").to_string())?, at($now))
    };
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
macro_rules! verify {
    ($unverified:expr, $jwks:expr, $now:expr) => {{
        JwkSet::from_json($jwks.expect("jwks").to_string())?;
        $unverified.verify_trusting_tls(at($now))
    }};
}

use verify;

/// The challenges in the headers of a case.
pub fn challenges(headers: &[(String, String)]) -> Result<Challenges, oidc_proto::ChallengeError> {
    let header =
        |(name, value): &(String, String)| (HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap());
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter().map(header) {
        map.append(name, value);
    }
    Challenges::from_headers(&map)
}
