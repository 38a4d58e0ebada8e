//! Three parts: a byte that chooses the status, and the body of the response to a registration; what a store gives back, or the
//! metadata of a client; and the URL of a client's document.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oidc_proto::http::Response;
use oidc_proto::http::header::AUTHORIZATION;
use oidc_proto::{ClientIdDocument, ClientMetadata, ProviderMetadata, Registration, RegistrationError};
use oidc_proto_fuzz::oracle::Members;
use oidc_proto_fuzz::{ISSUER, STATUSES, allocations, choice, client, parts};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

fuzz_target!(|input: &[u8]| allocations::bounded(input, || run(input)));

fn run(input: &[u8]) {
    let (choice, rest) = choice(input);
    let [body, stored, url] = parts(rest);
    receive(STATUSES[usize::from(choice) % STATUSES.len()], body);
    if let Some(registration) = printed_and_read_again::<Registration>(stored) {
        manage(&registration);
    }
    if let Some(metadata) = printed_and_read_again::<ClientMetadata>(stored) {
        document(url, metadata.clone());
        register(metadata);
    }
}

fn provider() -> ProviderMetadata {
    let mut metadata = client().metadata().clone();
    metadata.registration_endpoint = Some(format!("{ISSUER}/register"));
    metadata
}

fn receive(status: u16, body: &[u8]) {
    let (_, awaiting) = provider().register(ClientMetadata::new()).start().expect("it is sound").into_parts();
    let response = Response::builder().status(status).body(body).expect("a response");
    let registration = match awaiting.receive(&response) {
        Ok(registration) => registration,
        Err(error) => {
            assert!(format!("{error} {error:?}").len() < 1000, "what the provider wrote is shortened");
            return;
        }
    };
    assert!(matches!(status, 200 | 201), "{status} is no success");
    let text = std::str::from_utf8(body).expect("JSON is text");
    let members = Members::of_body(text);
    assert!(!members.has("error"), "an error registers nobody");
    let some = |name: &str| members.string(name).filter(|text| !text.is_empty());
    assert_eq!(Some(registration.client_id()), some("client_id").as_deref());
    assert_eq!(registration.client_secret().map(|secret| secret.secret()), some("client_secret").as_deref());
    let token = registration.registration_access_token().map(|token| token.secret());
    assert_eq!(token, some("registration_access_token").as_deref());
    assert_eq!(registration.registration_client_uri(), some("registration_client_uri").as_deref());
    assert!(registration.registration_client_uri().is_none_or(|uri| uri.to_ascii_lowercase().starts_with("https://")));
    assert_eq!(registration.issuer(), ISSUER);
    let printed = serde_json::to_string(&registration).expect("it can be printed");
    let again: Registration = serde_json::from_str(&printed).expect("and read again");
    assert_eq!(serde_json::to_string(&again).expect("it can be printed"), printed);
    let mut other = provider();
    other.issuer.push('/');
    assert!(matches!(registration.client(other), Err(RegistrationError::WrongIssuer { .. })));
    drop(registration.client(provider()).expect("the issuer is the same").build());
    manage(&registration);
}

/// The token goes to the address that it came with, and an update says what is known.
fn manage(registration: &Registration) {
    assert_eq!(registration.changes(registration.metadata()).count(), 0);
    let known = registration.registration_client_uri().zip(registration.registration_access_token());
    let Ok(round_trip) = registration.update(registration.metadata().clone()) else {
        // Or the provider has registered a private key.
        assert!(known.is_none() || registration.metadata().get("jwks").is_some());
        return;
    };
    let (address, token) = known.expect("an address and a token");
    let (request, awaiting) = round_trip.into_parts();
    let address = Url::parse(address).expect("a URL");
    assert_eq!(request.uri().scheme_str(), Some(address.scheme()));
    assert_eq!(request.uri().host(), address.host_str());
    assert_eq!(request.headers()[AUTHORIZATION], format!("Bearer {}", token.secret()));
    let sent = Members::of(std::str::from_utf8(request.body()).expect("text"));
    assert_eq!(sent.string("client_id").as_deref(), Some(registration.client_id()));
    for name in ["client_secret", "registration_access_token", "registration_client_uri"] {
        assert!(!sent.has_even_null(name), "{name}");
    }
    let other = Value::from(format!("{}x", registration.client_id()));
    let body = serde_json::json!({ "client_id": other }).to_string();
    assert!(awaiting.receive(&Response::new(body)).is_err(), "another client");
    assert!(!format!("{registration:?}").contains(token.secret()) || token.secret().len() < 40, "a token is shown");
}

/// What is sent is what was said, and no private key.
fn register(metadata: ClientMetadata) {
    let Ok(round_trip) = provider().register(metadata.clone()).start() else { return };
    let (request, _) = round_trip.into_parts();
    assert_no_private_key(std::str::from_utf8(request.body()).expect("text"));
    let sent: ClientMetadata = serde_json::from_slice(request.body()).expect("metadata");
    assert_eq!(sent, metadata);
}

fn document(url: &[u8], metadata: ClientMetadata) {
    let Ok(url) = std::str::from_utf8(url) else { return };
    let Ok(document) = ClientIdDocument::new(url, metadata) else { return };
    let parsed = Url::parse(url).expect("a URL");
    assert_eq!(parsed.as_str(), url, "every reader sees the same URL");
    assert_eq!((parsed.scheme(), parsed.fragment(), parsed.username()), ("https", None, ""));
    let json = document.json();
    assert_no_private_key(&json);
    let members = Members::of(&json);
    assert_eq!(members.string("client_id").as_deref(), Some(url));
    assert!(!members.has("client_secret") && !members.has("registration_access_token"), "everybody reads it");
    let method = members.string("token_endpoint_auth_method").unwrap_or_default();
    assert!(!method.starts_with("client_secret_"), "there is no secret");
    drop(document.client(provider()).build());
}

fn assert_no_private_key(json: &str) {
    let value: Value = serde_json::from_str(json).unwrap_or_default();
    for key in value["jwks"]["keys"].as_array().into_iter().flatten() {
        for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(member).is_none(), "{member} is private");
        }
    }
}

fn printed_and_read_again<T: Serialize + DeserializeOwned>(input: &[u8]) -> Option<T> {
    let value: T = serde_json::from_slice(input).ok()?;
    let printed = serde_json::to_string(&value).expect("it can be printed");
    let again: T = serde_json::from_str(&printed).expect("and read again");
    assert_eq!(serde_json::to_string(&again).expect("it can be printed"), printed);
    Some(value)
}
