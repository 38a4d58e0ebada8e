//! A resource that is found at run time: where is asked, who named the address, whose metadata is believed, which scope is asked
//! for. The vectors have answers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use common::Good;
use oidc_proto::http::header::WWW_AUTHENTICATE;
use oidc_proto::http::{HeaderMap, Request, Response};
use oidc_proto::{
    BearerChallenge, Challenges, Egress, Error, Issuer, MetadataError, Origin, ProtectedResource,
    ProtectedResourceMetadata, Remedy, ResourceError, ScopeChoice, Search,
};
use serde_json::{Value, json};

const RESOURCE: &str = "https://api.example/mcp";

fn challenge(parameters: &str) -> BearerChallenge {
    let headers = HeaderMap::from_iter([(WWW_AUTHENTICATE, format!("Bearer {parameters}").parse().unwrap())]);
    Challenges::from_headers(&headers).unwrap().bearer().unwrap()
}

fn named(address: &str) -> ProtectedResource {
    let challenge = challenge(&format!("resource_metadata=\"{address}\""));
    ProtectedResource::of(RESOURCE).unwrap().challenged_by(&challenge).unwrap()
}

/// All addresses that a search asks, where each says 404, and who named them.
fn places<A: oidc_proto::Awaiting>(mut search: Search<A>) -> Vec<(Origin, String)> {
    let mut places = Vec::new();
    while let Search::Ask(call) = search {
        let origin = call.origin();
        let (request, awaiting) = call.into_parts();
        places.push((origin, request.uri().to_string()));
        match awaiting.receive(&Response::builder().status(404).body("").unwrap()) {
            Ok(next) => search = next,
            Err(_) => return places,
        }
    }
    panic!("it is found")
}

/// What a resource answers with these members, whatever is asked.
fn found(resource: &ProtectedResource, members: &Value) -> Result<ProtectedResourceMetadata, Error> {
    resource.discover().send_with(|_| Ok::<_, std::io::Error>(Response::new(members.to_string())))
}

fn metadata(members: &Value) -> ProtectedResourceMetadata {
    let members = common::signing::changed(json!({ "resource": RESOURCE }), members);
    found(&ProtectedResource::of(RESOURCE).unwrap(), &members).unwrap()
}

#[test]
fn the_metadata_is_looked_for_where_the_url_says() {
    let well_known = |rest: &str| format!("https://api.example/.well-known/oauth-protected-resource{rest}");
    for (url, rests) in [
        ("https://api.example", vec![""]),
        ("https://api.example/", vec![""]),
        ("https://api.example/a/b/", vec!["/a/b/", ""]),
        ("https://api.example/a?b=c", vec!["/a?b=c", ""]),
        ("https://api.example?b=c", vec!["?b=c", ""]),
    ] {
        let asked = places(ProtectedResource::of(url).unwrap().discover());
        let expected: Vec<_> = rests.into_iter().map(|rest| (Origin::Caller, well_known(rest))).collect();
        assert_eq!(asked, expected, "{url}");
    }
}

#[test]
fn no_address_is_asked_twice() {
    let path = "https://api.example/.well-known/oauth-protected-resource/mcp";
    let root = "https://api.example/.well-known/oauth-protected-resource";
    let elsewhere = "https://api.example/meta";
    let caller = |address: &str| (Origin::Caller, address.to_owned());
    let resource = |address: &str| (Origin::Resource, address.to_owned());
    assert_eq!(places(named(elsewhere).discover()), [resource(elsewhere), caller(path), caller(root)]);
    assert_eq!(places(named(path).discover()), [resource(path), caller(root)]);
    assert_eq!(places(named(root).discover()), [resource(root), caller(path)]);
    // Where the resource is the whole host, and the challenge names its only place.
    let whole = ProtectedResource::of("https://api.example").unwrap();
    let whole = whole.challenged_by(&challenge(&format!("resource_metadata=\"{root}\""))).unwrap();
    assert_eq!(places(whole.discover()), [resource(root)]);
}

#[test]
fn each_request_says_who_named_its_address() {
    let client = Good::new().client();
    assert_eq!(Issuer::new("https://id.example").unwrap().discover().origin(), Origin::Caller);
    assert_eq!(client.fetch_keys().unwrap().origin(), Origin::Provider);
    assert_eq!(Good::new().callback("code=c0de&state=st4te").unwrap().origin(), Origin::Provider);
    let metadata = metadata(&json!({ "authorization_servers": ["https://id.example/t", "x", "http://id.example"] }));
    let mut issuers = metadata.issuers();
    let issuer = issuers.next().unwrap().unwrap();
    assert_eq!(issuer.as_str(), "https://id.example/t");
    assert_eq!(
        places(issuer.discover_in_order()),
        [
            "https://id.example/.well-known/oauth-authorization-server/t",
            "https://id.example/.well-known/openid-configuration/t",
            "https://id.example/t/.well-known/openid-configuration",
        ]
        .map(|address| (Origin::Resource, address.to_owned()))
    );
    assert_eq!(issuer.discover().origin(), Origin::Resource);
    assert_eq!(issuer, Issuer::new("https://id.example/t").unwrap(), "whoever named it");
    assert_ne!(issuer, Issuer::danger_allow_http("https://id.example/t").unwrap());
    assert!(matches!(issuers.next().unwrap(), Err(MetadataError::InvalidIssuer { .. })), "one that is no URL");
    assert!(matches!(issuers.next().unwrap(), Err(MetadataError::InsecureUrl { .. })), "one without TLS");
    assert!(issuers.next().is_none());
}

#[test]
fn what_speaks_for_a_whole_host_is_at_its_root() {
    let whole_host = json!({ "resource": "https://api.example/" });
    assert!(found(&named("https://api.example/.well-known/oauth-protected-resource"), &whole_host).is_ok());
    for (resource, members) in [
        // Elsewhere, anybody on the host could write it.
        (named("https://api.example/meta"), &whole_host),
        (ProtectedResource::of(RESOURCE).unwrap(), &whole_host),
        (
            named("https://api.example/.well-known/oauth-protected-resource"),
            &json!({ "resource": "https://api.example/other" }),
        ),
        (
            named("https://evil.example/.well-known/oauth-protected-resource"),
            &json!({ "resource": "https://evil.example" }),
        ),
        (named("https://evil.example/.well-known/oauth-protected-resource"), &whole_host),
    ] {
        let error = found(&resource, members).unwrap_err();
        assert!(matches!(error, Error::Resource(ResourceError::ResourceMismatch { .. })), "{error:?}");
    }
}

#[test]
fn http_is_allowed_by_name_alone() {
    const LOCAL: &str = "http://127.0.0.1:8000/mcp";
    let members = json!({
        "resource": LOCAL, "authorization_servers": ["http://127.0.0.1:9000"], "jwks_uri": "http://127.0.0.1:8000/keys",
    });
    let resource = ProtectedResource::danger_allow_http(LOCAL).unwrap();
    assert_eq!((resource.as_str(), resource.as_ref()), (LOCAL, LOCAL));
    let metadata = found(&resource, &members).unwrap();
    assert_eq!(metadata.issuers().next().unwrap().unwrap().as_str(), "http://127.0.0.1:9000");
    // Storage does not keep that.
    let stored: ProtectedResourceMetadata = serde_json::from_str(&serde_json::to_string(&metadata).unwrap()).unwrap();
    assert!(stored.issuers().next().unwrap().is_err());
    let secure = ProtectedResource::of(RESOURCE).unwrap();
    let members = json!({ "resource": RESOURCE, "jwks_uri": "http://api.example/keys" });
    let error = found(&secure, &members).unwrap_err();
    assert!(matches!(error, Error::Resource(ResourceError::InsecureUrl { field: "jwks_uri" })), "{error:?}");
    let error = secure.challenged_by(&challenge(r#"resource_metadata="/meta""#)).unwrap_err();
    assert!(matches!(error, ResourceError::InvalidResource { field: "resource_metadata" }), "{error:?}");
}

#[test]
fn metadata_survives_serde_with_its_unknown_members() {
    let members = json!({
        "resource": RESOURCE, "scopes_supported": ["a"], "dpop_bound_access_tokens_required": true,
        "resource_name#de": "Äpfel", "new_thing": { "a": [1] },
    });
    let metadata = metadata(&members);
    assert!(metadata.dpop_bound_access_tokens_required && !metadata.tls_client_certificate_bound_access_tokens);
    let stored = serde_json::to_value(&metadata).unwrap();
    for (name, value) in members.as_object().unwrap() {
        assert_eq!(&stored[name], value, "{name}");
    }
    assert_eq!(serde_json::from_value::<ProtectedResourceMetadata>(stored).unwrap(), metadata);
}

#[test]
fn only_what_is_absent_leads_to_the_next_place() {
    for (status, asked) in [(400, 2), (401, 2), (404, 2), (410, 2), (302, 1), (429, 1), (500, 1), (503, 1)] {
        let mut count = 0;
        let error = ProtectedResource::of(RESOURCE).unwrap().discover().send_with(|_| {
            count += 1;
            Ok::<_, std::io::Error>(Response::builder().status(status).body("").unwrap())
        });
        assert!(matches!(error, Err(Error::Resource(ResourceError::Response { .. }))), "{error:?}");
        assert_eq!(count, asked, "{status}");
    }
}

#[test]
fn a_search_ends_where_the_network_does() {
    let failing = |_: Request<Vec<u8>>| Err::<Response<Vec<u8>>, _>(std::io::Error::other("the cable"));
    let error = ProtectedResource::of(RESOURCE).unwrap().discover().send_with(failing).unwrap_err();
    assert!(matches!(error, Error::Transport(_)));
    assert_eq!(error.remedy(), Remedy::RetryLater);
}

#[test]
fn an_address_that_must_not_be_reached_is_not_asked() {
    let egress = Egress::new();
    let mut sent = 0;
    let error = named("https://169.254.169.254/meta").discover().send_with(|request| {
        egress.check(request.uri())?;
        sent += 1;
        Ok::<_, oidc_proto::BoxError>(Response::new(""))
    });
    let Err(Error::Transport(error)) = error else { panic!("it was asked") };
    assert_eq!(error.remedy(), Remedy::ReportToProvider, "asking again is of no use");
    assert!(error.into_inner().downcast_ref::<oidc_proto::EgressError>().is_some());
    assert_eq!(sent, 0);
}

#[test]
fn the_async_search_asks_the_same_places() {
    let mut asked = Vec::new();
    let search = Issuer::new("https://id.example/t").unwrap().discover_in_order();
    let found = search.send_with_async(|request: Request<Vec<u8>>| {
        asked.push(request.uri().path().to_owned());
        let status = if asked.len() < 3 { 404 } else { 200 };
        let response = Response::builder().status(status).body(r#"{"issuer":"https://id.example/t"}"#).unwrap();
        async { Ok::<_, std::io::Error>(response) }
    });
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(found) = std::pin::pin!(found).poll(&mut context) else { panic!("not ready") };
    assert_eq!(found.unwrap().issuer, "https://id.example/t");
    assert_eq!(asked[2], "/t/.well-known/openid-configuration");
    assert_eq!(asked.len(), 3);
}

#[test]
fn the_scope_is_that_of_the_challenge_and_else_that_of_the_metadata() {
    let metadata = metadata(&json!({ "scopes_supported": ["read", "write", "read"] }));
    let choose = |challenge: Option<&BearerChallenge>| ScopeChoice::of(challenge, Some(&metadata)).scope();
    let (named, unnamed, empty) =
        (challenge(r#"scope="files  read files""#), challenge("realm=x"), challenge(r#"scope="""#));
    assert_eq!(choose(Some(&named)).unwrap(), "files read");
    for challenge in [None, Some(&unnamed), Some(&empty)] {
        assert_eq!(choose(challenge).unwrap(), "read write");
    }
    assert_eq!(ScopeChoice::of(Some(&unnamed), None).scope(), None);
}

#[test]
fn a_step_up_asks_for_what_was_granted_too() {
    let choice = ScopeChoice::of(Some(&challenge(r#"scope="files read""#)), None);
    assert!(choice.adds_to("read") && choice.adds_to("") && choice.adds_to("other"));
    assert!(!choice.adds_to("read more files"), "there is nothing new to ask for");
    assert_eq!(choice.clone().with_granted("more read").scope().unwrap(), "files read more");
    let without = choice.clone().without("read").without("fil");
    assert_eq!(without.scope().as_deref(), Some("files"));
    assert!(!without.adds_to("files"));
    assert_eq!(without.without("files").scope(), None);
    assert!(!ScopeChoice::default().adds_to(""));
    assert_eq!(ScopeChoice::default().with_granted("").scope(), None);
    // What was granted takes no room from what is wanted, or the step-up would not end.
    let full: Vec<String> = (0..300).map(|number| format!("old{number}")).collect();
    let full = choice.with_granted(&full.join(" ")).scope().unwrap();
    assert!(full.starts_with("files read old0 ") && full.split(' ').count() == 256, "{full}");
    // A challenge cannot make the request endless.
    let values: Vec<String> = (0..5_000).map(|number| number.to_string()).collect();
    let many = ScopeChoice::of(Some(&challenge(&format!("scope=\"{}\"", values.join(" ")))), None);
    assert_eq!(many.scope().unwrap().split(' ').count(), 256);
    let long = ["x".repeat(2_000), "y".repeat(2_094), "z".to_owned()].join(" ");
    let long = ScopeChoice::of(Some(&challenge(&format!("scope=\"{long}\""))), None);
    assert_eq!(long.scope().unwrap().len(), 4_095, "4 KiB, the last space included");
    assert_eq!(ScopeChoice::of(Some(&challenge(&format!("scope=\"{}\"", "x".repeat(4_096)))), None).scope(), None);
}

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
mod signed {
    use oidc_proto::{JwkSet, JwtError};

    use super::*;
    use crate::common::signing::{Signing, changed};
    use crate::common::{START, at};

    /// What comes of signed metadata with these changes, from whom it should be.
    fn verify(header: &Value, changes: &Value) -> Result<ProtectedResourceMetadata, ResourceError> {
        let claims = json!({ "iss": "https://id.example", "resource": RESOURCE, "scopes_supported": ["signed"] });
        let mut claims = changed(claims, changes);
        // What is required is left out where it is null; what is not is written so.
        claims
            .as_object_mut()
            .unwrap()
            .retain(|name, value| !(value.is_null() && ["iss", "resource"].contains(&&**name)));
        let compact = Signing::new(1).jwt(&changed(json!({ "alg": "EdDSA" }), header), &claims);
        let plain =
            json!({ "signed_metadata": compact, "scopes_supported": ["plain"], "resource_name": "API", "own": 1 });
        let of_another = json!({ "kid": "of-another", "issuer": "https://evil.example" });
        let keys = json!({ "keys": [Signing::new(1).jwk(&json!({})), Signing::new(1).jwk(&of_another)] });
        metadata(&plain).verify_signed("https://id.example", &JwkSet::from_json(keys.to_string()).unwrap(), at(0))
    }

    #[test]
    fn what_is_signed_comes_and_nothing_else() {
        let nested = json!({ "signed_metadata": "x", "sub": "y", "aud": "z", "other": 2, "jwks_uri": null });
        let metadata = verify(&json!({ "typ": "JWT" }), &nested).unwrap();
        assert_eq!(metadata.resource, RESOURCE);
        assert_eq!(metadata.scopes_supported.as_deref(), Some(&["signed".to_owned()][..]));
        assert_eq!(metadata.extra.get("other"), Some(json!(2)));
        let stored = serde_json::to_value(&metadata).unwrap();
        for claim in ["iss", "sub", "aud", "exp", "signed_metadata", "resource_name", "own"] {
            assert!(stored.get(claim).is_none(), "{claim}: {stored}");
        }
        for times in [json!({ "exp": START - 59 }), json!({ "nbf": START + 60 }), json!({ "iat": START + 60 })] {
            assert!(verify(&json!({}), &times).is_ok(), "{times}");
        }
    }

    #[test]
    fn each_thing_that_is_wrong_with_it_is_an_error() {
        let refused = |header: Value, changes: Value| match verify(&header, &changes).unwrap_err() {
            ResourceError::Jwt(error) => error,
            error => panic!("{error:?}"),
        };
        let none = json!({});
        assert_eq!(refused(none.clone(), json!({ "iss": "https://evil.example" })), JwtError::IssuerMismatch);
        assert_eq!(refused(none.clone(), json!({ "iss": null })), JwtError::MissingClaim { claim: "iss" });
        assert_eq!(refused(none.clone(), json!({ "resource": null })), JwtError::MissingClaim { claim: "resource" });
        assert_eq!(refused(none.clone(), json!({ "exp": START - 60 })), JwtError::Expired);
        assert_eq!(refused(none.clone(), json!({ "nbf": START + 61 })), JwtError::NotYetValid);
        assert_eq!(refused(none.clone(), json!({ "iat": START + 61 })), JwtError::IssuedInFuture);
        let wrong_kind = JwtError::InvalidClaim { claim: "scopes_supported".into() };
        assert_eq!(refused(none.clone(), json!({ "scopes_supported": "signed" })), wrong_kind);
        assert_eq!(
            refused(none.clone(), json!({ "jwks_uri": "keys" })),
            JwtError::InvalidClaim { claim: "jwks_uri".into() }
        );
        for algorithm in ["none", "HS256"] {
            let error = refused(json!({ "alg": algorithm }), none.clone());
            assert_eq!(error, JwtError::AlgorithmNotAllowed { algorithm: algorithm.into() });
        }
        assert_eq!(refused(json!({ "typ": "at+jwt" }), none.clone()), JwtError::WrongType);
        assert_eq!(refused(json!({ "kid": "other" }), none.clone()), JwtError::UnknownKey);
        assert_eq!(refused(json!({ "kid": "of-another" }), none), JwtError::UnusableKey);
        let error = verify(&json!({}), &json!({ "resource": "https://api.example/other" })).unwrap_err();
        assert!(matches!(error, ResourceError::ResourceMismatch { .. }), "{error:?}");
        let error = verify(&json!({}), &json!({ "jwks_uri": "http://api.example/keys" })).unwrap_err();
        assert!(matches!(error, ResourceError::InsecureUrl { field: "jwks_uri" }), "{error:?}");
    }

    #[test]
    fn http_stays_allowed_in_what_is_signed() {
        const LOCAL: &str = "http://127.0.0.1:8000/mcp";
        let claims = json!({
            "iss": "https://id.example", "resource": LOCAL, "authorization_servers": ["http://127.0.0.1:9000"],
            "jwks_uri": "http://127.0.0.1:8000/keys",
        });
        let compact = Signing::new(1).jwt(&json!({ "alg": "EdDSA" }), &claims);
        let members = json!({ "resource": LOCAL, "signed_metadata": compact });
        let metadata = found(&ProtectedResource::danger_allow_http(LOCAL).unwrap(), &members).unwrap();
        let keys = JwkSet::from_json(json!({ "keys": [Signing::new(1).jwk(&json!({}))] }).to_string()).unwrap();
        let signed = metadata.verify_signed("https://id.example", &keys, at(0)).unwrap();
        assert_eq!(signed.issuers().next().unwrap().unwrap().as_str(), "http://127.0.0.1:9000");
    }

    #[test]
    fn nothing_is_verified_where_nothing_is_signed() {
        let keys = JwkSet::from_json(r#"{"keys":[]}"#).unwrap();
        let error = metadata(&json!({})).verify_signed("https://id.example", &keys, at(0)).unwrap_err();
        assert!(matches!(error, ResourceError::Jwt(JwtError::NotSigned)), "{error:?}");
    }
}
