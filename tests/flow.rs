//! What concerns several steps of a login, or cannot be written as a vector: types, storage, secrets, transport.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use std::error::Error as _;
use std::time::Duration;

use common::{Good, at, query_of};
use oidc_proto::http::{Request, Response};
use oidc_proto::{
    AuthorizationResponse, AuthorizeError, AwaitingCallback, CallbackError, Client, ClientAuth, ClientError,
    CodeChallengeMethod, Error, IdTokenError, Issuer, KeysError, MetadataError, PendingLogins, Prompt,
    ProviderMetadata, Remedy, ResponseMode, TokenEndpointAuthMethod, TokenError,
};
use serde_json::{Value, json};

fn begin(client: &Client, state: &str) -> AwaitingCallback {
    client.authorize().state(state).nonce("n0nce").start(at(0)).unwrap().1
}

#[test]
fn an_issuer_is_kept_as_it_was_written() {
    let written = "https://ID.example:443/a%2fb/";
    let issuer = Issuer::new(written).unwrap();
    assert_eq!((issuer.as_str(), issuer.as_ref(), issuer.to_string()), (written, written, written.to_owned()));
    assert_eq!(issuer, Issuer::new(written).unwrap());
    assert_ne!(issuer, Issuer::new("https://id.example/a%2fb/").unwrap());
}

#[test]
fn the_message_of_a_refusal_has_the_code_and_says_where_the_description_is() {
    let refused = |body: &str| match Good::new().token_response(400, body) {
        Err(Error::Token(error @ TokenError::Provider { .. })) => error,
        other => panic!("{other:?}"),
    };
    let described =
        refused(r#"{"error":"invalid_grant","error_description":"it is old","error_uri":"https://e.example"}"#);
    let (message, hint) = (described.to_string(), "(the provider's description is in `OAuthError::error_description`)");
    assert!(message.contains("invalid_grant") && message.contains(hint) && !message.contains("old"), "{message}");
    let TokenError::Provider { error, .. } = described else { panic!("{described:?}") };
    assert_eq!((error.error().as_str(), error.to_string().as_str()), ("invalid_grant", "invalid_grant"));
    assert_eq!((error.error_description(), error.error_uri()), (Some("it is old"), Some("https://e.example")));
    let bare = refused(r#"{"error":"invalid_grant"}"#).to_string();
    assert!(bare.ends_with("invalid_grant"), "{bare}");
}

#[test]
fn members_are_equal_where_their_values_are_however_they_are_written() {
    let with = |member: &str| {
        let body = format!("{},{member}}}", Good::new().body().strip_suffix('}').unwrap());
        let unverified = Good::new().token_response(200, &body).unwrap();
        unverified.verify_trusting_tls(at(0)).unwrap().extra().clone()
    };
    let one = with(r#""more":{"a":1,"b":"\u00e9"}"#);
    assert_eq!(one, with(r#""more": { "b": "é", "a": 1 }"#));
    for other in [r#""more":{"a":1,"b":"e"}"#, r#""other":{"a":1,"b":"é"}"#, r#""more":{"a":1,"b":"é"},"x":1"#] {
        assert_ne!(one, with(other));
    }
}

#[test]
fn the_flow_state_survives_storage() {
    let good = Good::new();
    let client = good.client();
    let request = Good::authorize(&client)
        .max_age(Duration::from_secs(60))
        .require_acr_values(["gold"])
        .resources(["https://api"]);
    let request = request.authorization_details(&json!([{ "type": "t" }])).response_mode(ResponseMode::JWT);
    let (_, awaiting) = request.redirect_arg("a", "b").start(at(0)).unwrap();
    let stored = serde_json::to_value(&awaiting).unwrap();
    let again: AwaitingCallback = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(serde_json::to_value(&again).unwrap(), stored);
    assert_eq!((stored["version"].clone(), stored["max_age"].clone()), (json!(3), json!(60)));
    assert_eq!(
        (&stored["authorization_details"], &stored["signed_response"]),
        (&json!(r#"[{"type":"t"}]"#), &json!(true))
    );
    assert_eq!((again.issuer(), again.client_id()), ("https://id.example", "app"));
}

#[test]
fn a_flow_state_of_another_version_or_with_other_members_is_refused() {
    let stored = serde_json::to_value(begin(&Good::new().client(), "st4te")).unwrap();
    for (member, value) in [
        ("version", json!(4)),
        ("version", json!(2)),
        ("version", json!(1)),
        ("version", json!(0)),
        ("a_future_check", json!(true)),
        ("state", json!("")),
        ("nonce", json!("")),
    ] {
        let mut changed = stored.clone();
        changed[member] = value;
        assert!(serde_json::from_value::<AwaitingCallback>(changed).is_err(), "{member}");
    }
    for member in stored.as_object().unwrap().keys() {
        let mut changed = stored.clone();
        changed.as_object_mut().unwrap().remove(member);
        assert!(serde_json::from_value::<AwaitingCallback>(changed).is_err(), "{member}");
    }
}

#[test]
fn pending_logins_hand_out_each_login_once_and_none_for_an_unknown_state() {
    let client = Good::new().client();
    let mut pending = PendingLogins::default();
    assert!(pending.is_empty());
    for state in ["one", "two", "three", "four", "five"] {
        pending.insert(begin(&client, state));
    }
    assert_eq!((pending.len(), pending.is_empty()), (PendingLogins::LIMIT, false));
    let response = |query| AuthorizationResponse::from_query(query).unwrap();
    assert!(
        matches!(pending.take(&response("code=c&state=one")), Err(CallbackError::StateMismatch)),
        "the oldest is gone"
    );
    assert!(matches!(pending.take(&response("code=c&state=tw")), Err(CallbackError::StateMismatch)));
    assert!(matches!(pending.take(&response("code=c")), Err(CallbackError::StateMissing)));
    assert_eq!(pending.len(), 4, "nothing was taken");
    let mut pending: PendingLogins = serde_json::from_str(&serde_json::to_string(&pending).unwrap()).unwrap();
    assert_eq!(pending.take(&response("code=c&state=two")).unwrap().state().secret(), "two");
    assert!(matches!(pending.take(&response("code=c&state=two")), Err(CallbackError::StateMismatch)), "once");
    assert_eq!(pending.len(), 3);
}

#[test]
fn a_login_ends_after_an_hour_unless_another_lifetime_is_set() {
    let response = || AuthorizationResponse::from_query("code=c&state=st4te").unwrap();
    let client = Good::new().client();
    assert!(begin(&client, "st4te").receive(&client, response(), at(3600)).is_ok());
    let late = begin(&client, "st4te").receive(&client, response(), at(3601));
    assert!(matches!(late, Err(CallbackError::FlowExpired)));
    let patient = Client::builder(Good::new().metadata(), "app", ClientAuth::none())
        .redirect_uri("https://app.example/callback")
        .login_lifetime(Duration::from_secs(7200))
        .build()
        .unwrap();
    assert!(begin(&patient, "st4te").receive(&patient, response(), at(7200)).is_ok());
}

#[test]
fn only_the_client_that_began_a_login_can_finish_it() {
    let awaiting = || begin(&Good::new().client(), "st4te");
    let response = || AuthorizationResponse::from_query("code=c&state=st4te").unwrap();
    let mut metadata = Good::new().metadata();
    metadata.issuer = "https://id.example/".to_owned();
    let other_issuer = Good::with_metadata(metadata).client();
    let other_id = Client::builder(Good::new().metadata(), "app2", ClientAuth::none()).build().unwrap();
    for other in [other_issuer, other_id] {
        assert!(matches!(awaiting().receive(&other, response(), at(0)), Err(CallbackError::WrongClient)));
    }
}

#[test]
fn a_missing_issuer_is_reported_with_the_unverified_error_code() {
    let mut metadata = Good::new().metadata();
    metadata.authorization_response_iss_parameter_supported = true;
    let error = Good::with_metadata(metadata).callback("error=login_required&state=st4te").unwrap_err();
    let CallbackError::IssuerMissing { unverified_error } = error else { panic!("{error:?}") };
    assert_eq!(unverified_error.unwrap().as_str(), "login_required");
}

#[test]
fn a_form_can_be_compared_with_the_redirect_uri_too() {
    let client = Good::new().client();
    let form = |target: &str| AuthorizationResponse::from_form("code=c&state=st4te&user=%7B%7D").unwrap().at(target);
    assert_eq!(form("/callback").unwrap().parameter("user"), Some("{}"));
    assert!(begin(&client, "st4te").receive(&client, form("/callback").unwrap(), at(0)).is_ok());
    let with_argument = |target: &str| {
        let (_, awaiting) = Good::authorize(&client).redirect_arg("t", "1").start(at(0)).unwrap();
        awaiting.receive(&client, form(target).unwrap(), at(0))
    };
    assert!(with_argument("/callback?t=1&code=x").is_ok());
    assert!(matches!(with_argument("/callback?t=2"), Err(CallbackError::RedirectUriMismatch { .. })));
    let elsewhere = begin(&client, "st4te").receive(&client, form("/elsewhere").unwrap(), at(0));
    assert!(matches!(elsewhere, Err(CallbackError::RedirectUriMismatch { .. })));
    assert!(matches!(form("callback"), Err(CallbackError::Malformed)));
}

#[test]
fn a_response_at_another_address_than_the_redirect_uri_is_refused() {
    let client = Good::new().client();
    for target in [
        "//app.example/callback",
        "/callback/",
        "/callback/.",
        "/x/../callback2",
        "/Callback",
        "/callback;x",
        "/%63allback2",
        "https://app.example.evil/callback",
        "https://evil/https://app.example/callback",
        "https://app.example:444/callback",
        "http://app.example/callback",
        "https://app.example./callback",
        "//evil/..//app.example/callback",
    ] {
        let response = AuthorizationResponse::from_url(&format!("{target}?code=c&state=st4te")).unwrap();
        let result = begin(&client, "st4te").receive(&client, response, at(0));
        assert!(matches!(result, Err(CallbackError::RedirectUriMismatch { .. })), "{target}");
    }
    for target in [
        "https://user@app.example/callback",
        "https://app.example\\@evil/callback",
        "callback",
        "https://",
        "/call back",
    ] {
        let result = AuthorizationResponse::from_url(&format!("{target}?code=c&state=st4te"));
        assert!(matches!(result, Err(CallbackError::Malformed)), "{target}");
    }
}

#[test]
fn another_spelling_of_the_redirect_uri_is_the_same_address() {
    for (redirect_uri, arrived) in [
        ("https://APP.example:443/callback", "https://app.example/callback"),
        ("https://app.example", "https://app.example/"),
        ("https://app.example/a/../callback", "/callback"),
        ("https://app.example/%7Ecb", "/%7Ecb"),
        ("com.example.app:/callback", "com.example.app:/callback"),
    ] {
        let (_, awaiting) = Good::authorize(&Good::new().client()).redirect_uri(redirect_uri).start(at(0)).unwrap();
        let response = AuthorizationResponse::from_url(&format!("{arrived}?code=c&state=st4te")).unwrap();
        assert!(awaiting.receive(&Good::new().client(), response, at(0)).is_ok(), "{redirect_uri}");
    }
}

#[test]
fn an_argument_of_the_redirect_uri_must_come_back_once_and_unchanged() {
    let client = Good::new().client();
    for (query, right) in [
        ("t=1&code=c&state=st4te", true),
        ("code=c&t=1&state=st4te", true),
        ("t=1&t=2&code=c&state=st4te", false),
        ("t=2&code=c&state=st4te", false),
        ("code=c&state=st4te", false),
    ] {
        let (_, awaiting) = Good::authorize(&client).redirect_arg("t", "1").start(at(0)).unwrap();
        let response = AuthorizationResponse::from_url(&format!("/callback?{query}")).unwrap();
        assert_eq!(awaiting.receive(&client, response, at(0)).is_ok(), right, "{query}");
    }
}

#[test]
fn tokens_are_read_only_by_the_method_of_their_flow() {
    let openid = Good::new().token_response(200, &Good::new().body()).unwrap();
    assert!(matches!(openid.into_oauth_tokens(), Err(TokenError::OpenIdRequested)));

    let client = Good::new().client();
    let (url, awaiting) = client.authorize_oauth().scope("profile").state("st4te").start(at(0)).unwrap();
    assert!(!query_of(&url).contains_key("nonce"));
    let response = AuthorizationResponse::from_query("code=c&state=st4te").unwrap();
    let plain = awaiting.receive(&client, response, at(0)).unwrap().send_with(Good::new().answer()).unwrap();
    assert!(matches!(plain.verify_trusting_tls(at(0)), Err(IdTokenError::NotRequested)));
    assert_eq!(plain.into_oauth_tokens().unwrap().access_token().secret(), "an-access-token");
}

#[test]
fn a_transport_failure_is_the_callers_own_error_and_a_sent_code_is_not_tried_again() {
    let failing = |_: Request<Vec<u8>>| Err::<Response<Vec<u8>>, _>(std::io::Error::other("the cable"));
    let discovery = Issuer::new("https://id.example").unwrap().discover().send_with(failing).unwrap_err();
    assert_eq!(discovery.remedy(), Remedy::RetryLater);
    assert_eq!(discovery.source().unwrap().to_string(), "the cable");
    let tokens = Good::new().callback("code=c0de&state=st4te").unwrap().send_with(failing).unwrap_err();
    assert!(matches!(tokens, Error::Transport(_)));
    assert_eq!(tokens.remedy(), Remedy::RestartLogin);
}

#[test]
fn the_async_method_does_the_same_and_can_be_spawned() {
    fn spawnable<T: Send>(future: T) -> T {
        future
    }
    let discovery = Issuer::new("https://id.example").unwrap().discover();
    let answer =
        |_: Request<Vec<u8>>| async { Ok::<_, std::io::Error>(Response::new(r#"{"issuer":"https://id.example"}"#)) };
    let mut future = std::pin::pin!(spawnable(discovery.send_with_async(answer)));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Ok(metadata)) = future.as_mut().poll(&mut context) else { panic!("not ready") };
    assert_eq!(metadata.issuer, "https://id.example");
}

#[test]
fn metadata_survives_serde_with_its_unknown_members() {
    let document = json!({
        "issuer": "https://id.example", "token_endpoint": "https://id.example/token", "new_thing": { "a": [1] },
        "id_token_signing_alg_values_supported": ["RS256", "XY1"],
    });
    let metadata: ProviderMetadata = serde_json::from_value(document.clone()).unwrap();
    let again = serde_json::to_value(&metadata).unwrap();
    for (name, value) in document.as_object().unwrap() {
        assert_eq!(again[name], *value, "{name}");
    }
    assert_eq!(serde_json::from_value::<ProviderMetadata>(again).unwrap(), metadata);
}

#[test]
fn discovery_asks_at_the_address_of_each_specification() {
    for (issuer, openid, oauth) in [
        (
            "https://id.example",
            "https://id.example/.well-known/openid-configuration",
            "https://id.example/.well-known/oauth-authorization-server",
        ),
        (
            "https://id.example/",
            "https://id.example/.well-known/openid-configuration",
            "https://id.example/.well-known/oauth-authorization-server",
        ),
        (
            "https://id.example/a/b",
            "https://id.example/a/b/.well-known/openid-configuration",
            "https://id.example/.well-known/oauth-authorization-server/a/b",
        ),
        (
            "https://id.example/a/",
            "https://id.example/a/.well-known/openid-configuration",
            "https://id.example/.well-known/oauth-authorization-server/a",
        ),
        (
            "https://älpha.example:8443",
            "https://xn--lpha-koa.example:8443/.well-known/openid-configuration",
            "https://xn--lpha-koa.example:8443/.well-known/oauth-authorization-server",
        ),
    ] {
        let issuer = Issuer::new(issuer).unwrap();
        assert_eq!(issuer.discover().into_parts().0.uri(), openid);
        assert_eq!(issuer.discover_authorization_server().into_parts().0.uri(), oauth);
    }
}

#[test]
fn an_issuer_that_no_request_can_be_sent_to_is_refused() {
    for issuer in [format!("https://id.example/{}", "a".repeat(1 << 16)), "https://{tenant}.example".to_owned()] {
        assert!(matches!(Issuer::new(issuer), Err(MetadataError::InvalidIssuer { .. })));
    }
}

#[test]
fn another_issuer_can_be_named_and_expected() {
    let asked = Issuer::new("https://b2c.example/tfp").unwrap();
    let body = r#"{"issuer":"https://b2c.example/v2.0"}"#;
    let answer = |_| Ok::<_, std::io::Error>(Response::new(body));
    assert!(matches!(asked.discover().send_with(answer), Err(Error::Metadata(MetadataError::IssuerMismatch { .. }))));
    let metadata = asked.discover().expecting_issuer("https://b2c.example/v2.0").send_with(answer).unwrap();
    assert_eq!(metadata.issuer, "https://b2c.example/v2.0");
}

#[test]
fn the_authentication_method_follows_what_the_provider_lists() {
    let authorization = |listed: &[TokenEndpointAuthMethod]| {
        let mut metadata = Good::new().metadata();
        metadata.token_endpoint_auth_methods_supported = listed.to_vec();
        let client = Client::builder(metadata, "app", ClientAuth::secret("s3cret"))
            .redirect_uri("https://app.example/cb")
            .build()?;
        let awaiting = begin(&client, "st4te");
        let response = AuthorizationResponse::from_query("code=c&state=st4te").unwrap();
        let (request, _) = awaiting.receive(&client, response, at(0)).unwrap().into_parts();
        Ok::<_, ClientError>(request.headers().contains_key("authorization"))
    };
    let (basic, post) = (TokenEndpointAuthMethod::CLIENT_SECRET_BASIC, TokenEndpointAuthMethod::CLIENT_SECRET_POST);
    assert!(authorization(&[]).unwrap());
    assert!(authorization(&[post.clone(), basic]).unwrap());
    assert!(!authorization(&[post]).unwrap());
    let neither = authorization(&[TokenEndpointAuthMethod::PRIVATE_KEY_JWT]);
    assert!(matches!(neither, Err(ClientError::UnsupportedAuthMethod)));
}

#[test]
fn each_mistake_in_a_client_is_an_error() {
    let builder = || Client::builder(Good::new().metadata(), "app", ClientAuth::secret("s3cret"));
    let mut metadata = Good::new().metadata();
    metadata.jwks_uri = Some("https://id.example/ keys".to_owned());
    let with_bad_endpoint = Client::builder(metadata, "app", ClientAuth::none());
    let results = [
        builder().redirect_uri("/cb").build().map_err(|error| format!("{error:?}")),
        builder().redirect_uri("http://app.example/cb").build().map_err(|error| format!("{error:?}")),
        Client::builder(Good::new().metadata(), "a\nb", ClientAuth::none())
            .build()
            .map_err(|error| format!("{error:?}")),
        Client::builder(Good::new().metadata(), "app", ClientAuth::secret(""))
            .build()
            .map_err(|error| format!("{error:?}")),
        builder().id_token_signed_response_algs(["HS256"]).build().map_err(|error| format!("{error:?}")),
        builder().id_token_signed_response_algs(Vec::<&str>::new()).build().map_err(|error| format!("{error:?}")),
        with_bad_endpoint.build().map_err(|error| format!("{error:?}")),
    ];
    let names = [
        "InvalidRedirectUri",
        "InsecureUrl",
        "InvalidClientId",
        "MissingSecret",
        "InvalidAlgorithm",
        "InvalidAlgorithm",
        "InvalidEndpoint",
    ];
    for (result, name) in results.into_iter().zip(names) {
        assert!(result.unwrap_err().starts_with(name), "{name}");
    }
}

#[test]
fn each_mistake_in_an_authorization_request_is_an_error() {
    let request = || Good::new().client().authorize();
    for (request, parameter) in [
        (request().scope("openid  email"), "scope"),
        (request().scope(""), "scope"),
        (request().scope("openid \"x\""), "scope"),
        (request().acr_values(["a b"]), "acr_values"),
        (request().ui_locales([""]), "ui_locales"),
        (request().redirect_uri("http://app.example/cb"), "redirect_uri"),
        (request().redirect_uri("https://app.example/cb?state=1"), "redirect_uri"),
        (request().response_mode(ResponseMode::FRAGMENT), "response_mode"),
        (request().code_challenge_method(CodeChallengeMethod::from("S512")), "code_challenge_method"),
        (request().claims(&std::collections::BTreeMap::from([((1, 2), 3)])), "claims"),
        (request().claims(&"{}"), "claims"),
        (request().resources(["https://api.example/#a"]), "resource"),
        (request().resources(["api example"]), "resource"),
    ] {
        let error = request.start(at(0)).unwrap_err();
        assert!(
            matches!(&error, AuthorizeError::InvalidParameter { name, .. } if name == parameter),
            "{parameter}: {error}"
        );
    }
    let mut metadata = Good::new().metadata();
    metadata.require_pushed_authorization_requests = true;
    let pushed = Good::with_metadata(metadata).client().authorize().start(at(0));
    assert!(matches!(pushed, Err(AuthorizeError::PushRequired)));
    assert!(matches!(
        request().extra("request_uri", "urn:x").start(at(0)),
        Err(AuthorizeError::ReservedParameter { .. })
    ));
}

#[test]
fn what_is_not_set_is_random_and_what_is_set_is_sent() {
    let client = Good::new().client();
    let verifier = "a-verifier-0123456789-0123456789-0123456789";
    for set in 0..8 {
        let mut request = client.authorize().code_challenge_method(CodeChallengeMethod::PLAIN);
        let is_set = |bit: u32| set & 1 << bit != 0;
        if is_set(0) {
            request = request.state("st4te");
        }
        if is_set(1) {
            request = request.nonce("n0nce");
        }
        if is_set(2) {
            request = request.code_verifier(verifier);
        }
        let (url, _) = request.start(at(0)).unwrap();
        let query = query_of(&url);
        for (bit, (name, value)) in (0..).zip([("state", "st4te"), ("nonce", "n0nce"), ("code_challenge", verifier)]) {
            assert_eq!(query[name] == value, is_set(bit), "{name} of {url}");
            assert!(is_set(bit) || query[name].len() == 43, "32 bytes in base64url: {url}");
        }
    }
}

#[test]
fn arguments_are_added_after_the_query_of_the_redirect_uri() {
    for (redirect_uri, sent) in [
        ("https://app.example/cb", "https://app.example/cb?a=1&b=2+3"),
        ("https://app.example/cb?", "https://app.example/cb?a=1&b=2+3"),
        ("https://app.example/cb?x=y", "https://app.example/cb?x=y&a=1&b=2+3"),
        ("https://app.example/cb?x=y&", "https://app.example/cb?x=y&a=1&b=2+3"),
    ] {
        let request = Good::new().client().authorize().redirect_uri(redirect_uri);
        let (url, _) = request.redirect_arg("a", "1").redirect_arg("b", "2 3").start(at(0)).unwrap();
        assert_eq!(query_of(&url)["redirect_uri"], sent);
    }
}

#[test]
fn the_last_value_of_a_parameter_counts() {
    let request = Good::new().client().authorize().login_hint("ada").prompts([Prompt::LOGIN]);
    let (url, _) = request.login_hint("bea").prompts([]).start(at(0)).unwrap();
    let query = query_of(&url);
    assert_eq!((query["login_hint"].as_str(), query.get("prompt")), ("bea", None));
}

#[test]
fn a_verifier_or_nonce_is_sent_if_it_is_set_after_without() {
    let client = Good::new().client();
    let verifier = "a-verifier-0123456789-0123456789-0123456789";
    let request = client.authorize().without_pkce().code_verifier(verifier).without_nonce().nonce("n0nce");
    let query = query_of(&request.start(at(0)).unwrap().0);
    assert_eq!((query["code_challenge_method"].as_str(), query["nonce"].as_str()), ("S256", "n0nce"));
}

#[test]
fn stored_metadata_with_a_duplicate_member_is_refused() {
    let twice = r#"{"issuer":"https://a.example","issuer":"https://b.example"}"#;
    let error = serde_json::from_str::<ProviderMetadata>(twice).unwrap_err();
    assert!(error.to_string().starts_with("a provider's metadata has a duplicate issuer"), "{error}");
}

/// Of two addresses for clients with a certificate, another reader may take the other.
#[test]
fn stored_metadata_with_a_duplicate_alias_is_refused() {
    let aliases = r#"{"token_endpoint":"https://mtls.example/token","token_endpoint":"https://evil.example/token"}"#;
    let stored = format!(r#"{{"issuer":"https://id.example","mtls_endpoint_aliases":{aliases}}}"#);
    let error = serde_json::from_str::<ProviderMetadata>(&stored).unwrap_err();
    assert!(error.to_string().contains("mtls_endpoint_aliases") && !error.to_string().contains("evil"), "{error}");
    let once = stored.replace(r#","token_endpoint":"https://evil.example/token""#, "");
    let metadata = serde_json::from_str::<ProviderMetadata>(&once).unwrap();
    let aliases = metadata.mtls_endpoint_aliases.unwrap();
    assert_eq!(aliases.token_endpoint.as_deref(), Some("https://mtls.example/token"));
}

#[test]
fn fetching_keys_needs_a_jwks_uri() {
    let client = Client::builder(ProviderMetadata::new("https://id.example"), "app", ClientAuth::none());
    assert!(matches!(client.build().unwrap().fetch_keys(), Err(KeysError::NoJwksUri)));
}

#[test]
fn standard_claims_and_custom_claims_are_read_from_a_verified_token() {
    #[derive(serde::Deserialize)]
    struct Mine {
        groups: Vec<String>,
    }
    let tokens =
        Good::new().claim("groups", json!(["a", "b"])).claim("email", json!("ada@example.com")).log_in().unwrap();
    let id_token = tokens.id_token();
    assert_eq!(id_token.claims_as::<Mine>().unwrap().groups, ["a", "b"]);
    assert_eq!(id_token.standard_claims().email.as_deref(), Some("ada@example.com"));
    assert_eq!(id_token.claims_as::<Value>().unwrap()["nonce"], "n0nce");
    assert_eq!((id_token.exp(), id_token.iat(), id_token.amr().len()), (at(300), at(0), 0));
}
