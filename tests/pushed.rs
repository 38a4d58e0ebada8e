//! Pushed authorization requests (RFC 9126), and clients with a certificate (RFC 8705).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use std::time::Duration;

use common::{Good, at, form_of, query_of};
use oidc_proto::http::{Request, Response};
use oidc_proto::{
    AccessToken, AuthorizationRequest, AuthorizationResponse, Client, ClientAuth, ClientCertificateRequired,
    ClientError, Display, MetadataError, MtlsEndpointAliases, PendingLogins, Prompt, ProviderMetadata, PushedRequest,
    RefreshToken,
};

fn metadata() -> ProviderMetadata {
    let mut metadata = Good::new().metadata();
    metadata.pushed_authorization_request_endpoint = Some("https://id.example/par".to_owned());
    metadata
}

fn client() -> Client {
    Good::with_metadata(metadata()).client()
}

fn answer(body: &str) -> Response<String> {
    Response::builder().status(201).body(body.to_owned()).unwrap()
}

fn pushed(request: AuthorizationRequest, body: &str) -> PushedRequest {
    request.push(at(0)).unwrap().into_parts().1.receive(&answer(body)).unwrap()
}

#[test]
fn a_pushed_login_waits_among_the_others_and_goes_on() {
    let client = client();
    let request = Good::authorize(&client).code_verifier("v".repeat(43)).redirect_arg("tenant", "red");
    let (url, awaiting) = pushed(request, r#"{"request_uri":"urn:x:1","expires_in":60}"#).into_parts();
    assert_eq!(url, "https://id.example/authorize?client_id=app&request_uri=urn%3Ax%3A1");

    let mut pending = PendingLogins::default();
    pending.insert_with(awaiting, &"/orders/7").unwrap();
    pending.insert(client.authorize().start(at(0)).unwrap().1);
    let mut pending: PendingLogins = serde_json::from_str(&serde_json::to_string(&pending).unwrap()).unwrap();
    let response = AuthorizationResponse::from_url("/callback?tenant=red&code=c0de&state=st4te").unwrap();
    assert_eq!(pending.data_of(&response).unwrap(), Some("/orders/7".to_owned()));
    let (token_request, _) = pending.receive(&client, response, at(60)).unwrap().into_parts();
    assert_eq!(pending.len(), 1);
    let form = form_of(&token_request);
    assert_eq!(form["code_verifier"], "v".repeat(43));
    assert_eq!(form["redirect_uri"], "https://app.example/callback?tenant=red");
}

#[test]
fn a_pushed_request_asks_for_what_the_url_would_ask() {
    let client = client();
    let request = || {
        let request =
            Good::authorize(&client).code_verifier("v".repeat(43)).scope("openid email").display(Display::PAGE);
        let request = request.prompts([Prompt::LOGIN, Prompt::CONSENT]).max_age(Duration::ZERO).login_hint("a & b");
        request.resources(["https://api.example"]).extra("audience", "x").redirect_arg("tenant", "red")
    };
    let (push, awaiting) = request().push(at(0)).unwrap().into_parts();
    let (url, started) = request().start(at(0)).unwrap();
    // `form_of` also checks that no name has a duplicate.
    assert_eq!(form_of(&push), query_of(&url));
    let (_, kept) = awaiting.receive(&answer(r#"{"request_uri":"urn:x:1"}"#)).unwrap().into_parts();
    let stored = |flow| serde_json::to_value(flow).unwrap();
    assert_eq!(stored(&kept), stored(&started));
}

#[test]
fn the_url_is_good_for_as_long_as_the_provider_says_counted_from_the_request() {
    for (expires_in, until) in [
        ("60", Some(60)),
        ("\"90\"", Some(90)),
        ("59.9", Some(59)),
        ("0", Some(0)),
        ("1e300", Some((1 << 31) - 1)),
        ("null", None),
    ] {
        let body = format!(r#"{{"request_uri":"urn:x:1","expires_in":{expires_in}}}"#);
        assert_eq!(pushed(client().authorize(), &body).expires_at(), until.map(at), "{expires_in}");
    }
    assert_eq!(pushed(client().authorize(), r#"{"request_uri":"urn:x:1"}"#).expires_at(), None);
}

/// A provider with an alias for each endpoint that a client calls.
fn metadata_with_aliases() -> ProviderMetadata {
    let url = |name: &str| Some(format!("https://id.example/{name}"));
    let mut metadata = metadata();
    metadata.userinfo_endpoint = url("userinfo");
    metadata.introspection_endpoint = url("introspect");
    metadata.revocation_endpoint = url("revoke");
    let alias = |name: &str| Some(format!("https://mtls.example/{name}"));
    let mut aliases = MtlsEndpointAliases::default();
    aliases.token_endpoint = alias("token");
    aliases.userinfo_endpoint = alias("userinfo");
    aliases.introspection_endpoint = alias("introspect");
    aliases.revocation_endpoint = alias("revoke");
    aliases.pushed_authorization_request_endpoint = alias("par");
    metadata.mtls_endpoint_aliases = Some(aliases);
    metadata
}

fn with(metadata: ProviderMetadata, auth: ClientAuth) -> Client {
    Client::builder(metadata, "app", auth).redirect_uri("https://app.example/callback").build().unwrap()
}

/// A request of every kind that a client makes, with the path that it goes to.
fn requests(client: &Client) -> Vec<(&'static str, Request<Vec<u8>>)> {
    let (_, awaiting) = Good::authorize(client).start(at(0)).unwrap();
    let response = AuthorizationResponse::from_query("code=c0de&state=st4te").unwrap();
    let (code, awaiting) = awaiting.receive(client, response, at(0)).unwrap().into_parts();
    let unverified = awaiting.receive(&Response::new(Good::new().body())).unwrap();
    let tokens = unverified.verify_trusting_tls(at(0)).unwrap();
    let (refresh, token) = (RefreshToken::new("r"), AccessToken::new("a"));
    vec![
        ("token", code),
        ("par", client.authorize().push(at(0)).unwrap().into_parts().0),
        ("token", client.refresh(&refresh).start(at(0)).unwrap().into_parts().0),
        ("userinfo", client.userinfo(&tokens, at(0)).unwrap().into_parts().0),
        ("introspect", client.introspect(&token, at(0)).unwrap().into_parts().0),
        ("revoke", client.revoke(&token, at(0)).unwrap().into_parts().0),
    ]
}

fn is_marked(request: &Request<Vec<u8>>) -> bool {
    request.extensions().get::<ClientCertificateRequired>().is_some()
}

#[test]
fn a_client_with_a_certificate_uses_the_aliases_and_says_so_in_every_request() {
    for auth in [ClientAuth::tls_client_auth(), ClientAuth::self_signed_tls_client_auth()] {
        let client = with(metadata_with_aliases(), auth);
        for (path, request) in requests(&client) {
            assert_eq!(request.uri().to_string(), format!("https://mtls.example/{path}"));
            assert!(is_marked(&request), "{path}");
            if path != "userinfo" {
                assert_eq!(form_of(&request)["client_id"], "app", "{path}");
                assert!(!request.headers().contains_key("authorization"), "{path}");
            }
        }
        // Nobody is asked for a certificate there, and there is no alias.
        let (keys, _) = client.fetch_keys().unwrap().into_parts();
        assert!(!is_marked(&keys));
    }
}

#[test]
fn without_an_alias_the_endpoint_itself_is_asked_with_the_certificate() {
    let mut metadata = metadata_with_aliases();
    metadata.mtls_endpoint_aliases = None;
    for (path, request) in requests(&with(metadata, ClientAuth::tls_client_auth())) {
        assert_eq!(request.uri().to_string(), format!("https://id.example/{path}"));
        assert!(is_marked(&request), "{path}");
    }
}

#[test]
fn no_other_client_uses_the_aliases_or_is_marked() {
    for auth in [ClientAuth::none(), ClientAuth::client_secret_basic("s"), ClientAuth::client_secret_post("s")] {
        for (path, request) in requests(&with(metadata_with_aliases(), auth)) {
            assert_eq!(request.uri().to_string(), format!("https://id.example/{path}"));
            assert!(!is_marked(&request), "{path}");
        }
    }
}

#[test]
fn an_alias_is_checked_like_any_other_endpoint_whoever_uses_it() {
    for auth in [ClientAuth::none(), ClientAuth::tls_client_auth()] {
        let build = |alias: &str| {
            let mut metadata = metadata_with_aliases();
            let mut aliases = MtlsEndpointAliases::default();
            aliases.userinfo_endpoint = Some(alias.to_owned());
            metadata.mtls_endpoint_aliases = Some(aliases);
            Client::builder(metadata, "app", auth.clone()).build()
        };
        let field = "mtls_endpoint_aliases.userinfo_endpoint";
        assert!(matches!(build("http://x.example/"), Err(ClientError::InsecureUrl { field: found }) if found == field));
        for alias in ["https:/x.example", "https://a@x.example/", "/userinfo", "https://x.example/\\"] {
            let error = build(alias).unwrap_err();
            assert!(matches!(error, ClientError::InvalidEndpoint { endpoint } if endpoint == field), "{alias}");
        }
    }
    let discovery = oidc_proto::Issuer::new("https://id.example").unwrap().discover().into_parts().1;
    let body = r#"{"issuer":"https://id.example","mtls_endpoint_aliases":{"revocation_endpoint":"http://x.example"}}"#;
    let error = discovery.receive(&Response::new(body)).unwrap_err();
    assert!(
        matches!(error, MetadataError::InsecureUrl { field: "mtls_endpoint_aliases.revocation_endpoint" }),
        "{error:?}"
    );
}

#[test]
fn aliases_come_out_of_storage_as_they_went_in() {
    let text =
        r#"{"issuer":"https://id.example","mtls_endpoint_aliases":{"token_endpoint":"https://m.example/t","x":[1]}}"#;
    let metadata: ProviderMetadata = serde_json::from_str(text).unwrap();
    let aliases = metadata.mtls_endpoint_aliases.as_ref().unwrap();
    assert_eq!(aliases.token_endpoint.as_deref(), Some("https://m.example/t"));
    assert_eq!(aliases.extra.get("x"), Some(serde_json::json!([1])));
    let again: ProviderMetadata = serde_json::from_str(&serde_json::to_string(&metadata).unwrap()).unwrap();
    assert_eq!(again, metadata);
}
