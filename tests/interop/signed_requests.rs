//! Authorization requests that the real provider has before the browser comes (PAR), and that are signed (JAR).

use std::time::{Duration, SystemTime};

use oidc_proto::http::Request;
use oidc_proto::{CallbackError, ClientAuth, Error, PrivateKey, Prompt, PushError, Remedy};
use serde_json::json;
use url::Url;

use crate::login::{Login, send};
use crate::own_keys::{key_set, register};
use crate::provider::{Provider, REDIRECT_URI, SECRET};

#[test]
#[ignore = "needs Node and npm ci"]
fn a_pushed_request_shows_the_browser_nothing_and_works_once() {
    let provider = Provider::start();
    for (id, auth) in [
        ("public-pkce", ClientAuth::none()),
        ("basic", ClientAuth::secret(SECRET)),
        ("client:with special/chars+%&=", ClientAuth::secret("p@ss:w%rd+/= &?y0ZYkR7-zH8ABQA1y2beWzYjYtqBVJsv")),
        ("post", ClientAuth::client_secret_post(SECRET)),
    ] {
        let mut login = Login::at(&provider, id, auth, "RS256");
        let request = login.client.authorize().scope("openid email").login_hint("bob").redirect_arg("tenant", "a b");
        let error = request.push(SystemTime::now()).unwrap().send_with(send).unwrap_err();
        // The redirect URI is not registered with this argument: the client hears of it, not the user.
        assert!(
            matches!(&error, Error::Push(PushError::Provider { error, .. }) if *error.error() == *"invalid_request")
        );

        let request = login.client.authorize().scope("openid email").login_hint("bob");
        let before = SystemTime::now();
        let pushed = request.push(before).unwrap().send_with(send).unwrap();
        let lifetime = pushed.expires_at().unwrap().duration_since(before).unwrap();
        assert!((Duration::from_secs(30)..Duration::from_secs(601)).contains(&lifetime), "{lifetime:?}");
        let (url, awaiting) = pushed.into_parts();
        let parsed = Url::parse(&url).unwrap();
        let names: Vec<_> = parsed.query_pairs().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["client_id", "request_uri"]);

        let response = login.arrive(&url);
        let now = SystemTime::now();
        let unverified = awaiting.clone().receive(&login.client, response, now).unwrap().send_with(send).unwrap();
        let tokens = login.verify_tokens(&unverified).unwrap();
        assert_eq!((tokens.id_token().sub(), tokens.id_token().aud()), ("bob", &[id.to_owned()][..]));

        // The provider has forgotten the request, and with it the state.
        let response = login.arrive(&url);
        assert_eq!(response.state(), None);
        let error = awaiting.receive(&login.client, response, now).unwrap_err();
        assert!(matches!(error, CallbackError::StateMissing), "{error:?}");
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_client_that_must_push_its_requests_is_refused_without() {
    let provider = Provider::start();
    let (id, key) = register(&provider, "ES256", &json!({ "require_pushed_authorization_requests": true }));
    let login = Login::with(&provider, &id, ClientAuth::private_key_jwt(key), |builder| builder);
    let (url, _) = login.begin(|request| request);
    let comes_back = Url::parse(&redirected_to(&url)).unwrap();
    let error = comes_back.query_pairs().find(|(name, _)| name == "error").expect("an error");
    assert_eq!(error.1, "invalid_request");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_signed_request_is_understood_in_a_url_and_pushed() {
    let provider = Provider::start();
    for algorithm in ["PS256", "ES256", "EdDSA", "RS256"] {
        for pushes in [false, true] {
            let mut login = signing_login(&provider, algorithm);
            login.pushes = pushes;
            let claims = json!({ "id_token": { "email": { "essential": true }, "auth_time": null } });
            // All that is not text: numbers, lists, JSON.
            let (url, awaiting) = login.begin(|request| {
                let request = request.scope("openid offline_access").prompts([Prompt::LOGIN, Prompt::CONSENT]);
                request.login_hint("bob").max_age(Duration::from_secs(600)).claims(&claims)
            });
            assert!(!url.contains("bob") && !url.contains("offline_access"), "{url}");
            let response = login.arrive(&url);
            let now = SystemTime::now();
            let unverified = awaiting.receive(&login.client, response, now).unwrap().send_with(send).unwrap();
            let tokens = login.verify_tokens(&unverified).unwrap();
            assert_eq!(tokens.id_token().sub(), "bob", "{algorithm}");
            assert_eq!(tokens.id_token().standard_claims().email.as_deref(), Some("jane@example.com"));
            assert!(tokens.id_token().auth_time().is_some() && tokens.refresh_token().is_some());
        }
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn what_is_written_beside_a_signed_request_does_not_count() {
    let provider = Provider::start();
    let mut login = signing_login(&provider, "ES256");
    let (url, awaiting) = login.begin(|request| request.login_hint("bob"));
    let response = login.arrive(&format!("{url}&login_hint=mallory&scope=openid+email&max_age=0"));
    let unverified = awaiting.receive(&login.client, response, SystemTime::now()).unwrap().send_with(send).unwrap();
    let tokens = login.verify_tokens(&unverified).unwrap();
    assert_eq!((tokens.id_token().sub(), tokens.scope()), ("bob", Some("openid")));
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_request_that_another_key_has_signed_is_refused_by_the_provider() {
    let provider = Provider::start();
    let (id, key) = register(&provider, "ES256", &json!({ "request_object_signing_alg": "ES256" }));
    let another = PrivateKey::generate("ES256").unwrap().with_key_id("signs-ES256");
    let login = Login::with(&provider, &id, ClientAuth::private_key_jwt(key.clone()), |builder| builder);
    let pushed = login.client.authorize().signed_by(another).push(SystemTime::now()).unwrap();
    let error = pushed.send_with(send).unwrap_err();
    let Error::Push(PushError::Provider { error: said, .. }) = &error else { panic!("{error:?}") };
    assert_eq!(said.error(), "invalid_request_object");
    assert_eq!(error.remedy(), Remedy::FixConfiguration);
    let pushed = login.client.authorize().signed_by(key).push(SystemTime::now()).unwrap();
    let _ = pushed.send_with(send).expect("its own key");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_request_whose_signature_was_stripped_is_refused_by_the_provider() {
    let provider = Provider::start();
    let login = signing_login(&provider, "ES256");
    let (url, _) = login.begin(|request| request);
    let mut plain = Url::parse(&url).unwrap();
    let id = login.client.client_id().to_owned();
    let scope = [("client_id", id.as_str()), ("response_type", "code"), ("scope", "openid")];
    plain.query_pairs_mut().clear().extend_pairs(scope).append_pair("redirect_uri", REDIRECT_URI);
    let comes_back = redirected_to(plain.as_str());
    assert!(comes_back.contains("error=invalid_request&"), "{comes_back}");
}

/// A client that must sign its requests.
fn signing_login(provider: &Provider, algorithm: &str) -> Login {
    let signer = PrivateKey::generate(algorithm).unwrap().with_key_id("requests");
    let registered = provider.register(&json!({
        "token_endpoint_auth_method": "client_secret_basic",
        "require_signed_request_object": true,
        "request_object_signing_alg": algorithm,
        "jwks": key_set([&signer]),
    }));
    let auth = ClientAuth::secret(registered.secret.unwrap());
    Login::with(provider, &registered.id, auth, |builder| builder.request_object_signer(signer))
}

/// Where the provider sends a browser that opens the URL.
fn redirected_to(url: &str) -> String {
    let response = send(Request::get(url).body(Vec::new()).unwrap()).unwrap();
    response.headers()["location"].to_str().unwrap().to_owned()
}
