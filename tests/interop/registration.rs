//! A client that the provider has never heard of: it registers, logs in, reads and changes its registration, and ends it; and one
//! that is known by the address of its metadata.

use std::time::SystemTime;

use oidc_proto::{
    Client, ClientAuth, ClientIdDocument, ClientIdentities, ClientMetadata, Error, Issuer, PrivateKey,
    ProviderMetadata, Registration, RegistrationChoice, RegistrationError, Remedy,
};
use serde_json::json;

use crate::granting::code;
use crate::login::{Login, send};
use crate::provider::{Provider, REDIRECT_URI};

const TOKEN: &str = "initial-access-token";

fn start(documents: &[&ClientIdDocument]) -> (Provider, ProviderMetadata) {
    let documents = documents.iter().map(|document| (document.client_id().to_owned(), json!(document.json())));
    let documents: serde_json::Map<_, _> = documents.collect();
    let provider = Provider::run("registering.mjs", &json!(documents));
    let issuer = Issuer::danger_allow_http(provider.issuer()).unwrap();
    let metadata = issuer.discover().send_with(send).unwrap();
    (provider, metadata)
}

fn asked() -> ClientMetadata {
    ClientMetadata::new().redirect_uris([REDIRECT_URI]).client_name("Example").member("client_name#ja-Jpan-JP", "例")
}

fn register(metadata: &ProviderMetadata, asked: ClientMetadata) -> Result<Registration, Error> {
    metadata.register(asked).initial_access_token(TOKEN).start()?.send_with(send)
}

fn log_in(client: Client) -> Result<String, Error> {
    Login::of(client).finish(|request| request).map(|tokens| tokens.id_token().sub().to_owned())
}

/// The error code of the provider.
fn refused<T>(result: Result<T, Error>) -> String {
    match result.map(drop).unwrap_err() {
        Error::Registration(RegistrationError::Provider { error, .. }) => error.error().as_str().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_client_registers_and_logs_in_with_each_way_to_authenticate() {
    let (_provider, metadata) = start(&[]);
    for method in ["client_secret_basic", "client_secret_post", "none"] {
        let asked = asked().token_endpoint_auth_method(method);
        let registration = register(&metadata, asked.clone()).unwrap();
        // It keeps no names in other languages.
        assert_eq!(registration.changes(&asked).collect::<Vec<_>>(), ["client_name#ja-Jpan-JP"], "{method}");
        assert_eq!(registration.client_secret().is_some(), method != "none");
        let registration: Registration = serde_json::from_str(&serde_json::to_string(&registration).unwrap()).unwrap();
        let builder = registration.client(metadata.clone()).unwrap();
        assert_eq!(log_in(builder.redirect_uri(REDIRECT_URI).build().unwrap()).unwrap(), "alice", "{method}");
    }
    let key = PrivateKey::generate("RS256").unwrap().with_key_id("key-1");
    let asked = asked().token_endpoint_auth_method("private_key_jwt").jwks([&key]);
    let builder = register(&metadata, asked).unwrap().client(metadata).unwrap();
    let client = builder.authentication(ClientAuth::private_key_jwt(key)).redirect_uri(REDIRECT_URI).build().unwrap();
    assert_eq!(log_in(client).unwrap(), "alice");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_registration_is_read_changed_and_ended() {
    let (_provider, metadata) = start(&[]);
    let first = register(&metadata, asked()).unwrap();
    let read = first.read().unwrap().send_with(send).unwrap();
    assert_eq!(read.metadata(), first.metadata());

    let changed = read.metadata().clone().client_name("Another name");
    let second = read.update(changed.clone()).unwrap().send_with(send).unwrap();
    assert_eq!(second.changes(&changed).count(), 0);
    assert_eq!(second.client_secret(), first.client_secret());
    assert_ne!(second.registration_access_token(), first.registration_access_token(), "the provider rotates it");
    assert_eq!(refused(first.read().unwrap().send_with(send)), "invalid_token", "the old one is dead");
    let builder = second.client(metadata.clone()).unwrap().redirect_uri(REDIRECT_URI);
    assert_eq!(log_in(builder.build().unwrap()).unwrap(), "alice");

    second.delete().unwrap().send_with(send).unwrap();
    assert_eq!(refused(second.read().unwrap().send_with(send)), "invalid_token");
    assert_eq!(refused(second.delete().unwrap().send_with(send)), "invalid_token");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_machine_registers_gets_tokens_and_gets_none_once_its_registration_has_ended() {
    let (_provider, metadata) = start(&[]);
    let no_browser = asked().redirect_uris::<&str>([]).grant_types(["client_credentials"]).response_types::<&str>([]);
    let registration = register(&metadata, no_browser).unwrap();
    let client = registration.client(metadata.clone()).unwrap().build().unwrap();
    let token = || client.client_credentials().start(SystemTime::now()).unwrap().send_with(send);
    assert_eq!(token().unwrap().token_type().as_ref(), "Bearer");
    registration.delete().unwrap().send_with(send).unwrap();
    let error = token().unwrap_err();
    assert_eq!((code(&error).as_str(), error.remedy()), ("invalid_client", Remedy::FixConfiguration));
    // One that is registered for logins alone gets none either.
    let client = register(&metadata, asked()).unwrap().client(metadata).unwrap().build().unwrap();
    let error = client.client_credentials().start(SystemTime::now()).unwrap().send_with(send).unwrap_err();
    assert_eq!(code(&error).as_str(), "invalid_request");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn the_provider_refuses_a_registration_without_its_token_and_one_that_makes_no_sense() {
    let (_provider, metadata) = start(&[]);
    assert_eq!(refused(metadata.register(asked()).start().unwrap().send_with(send)), "invalid_token");
    let wrong = metadata.register(asked()).initial_access_token("another");
    assert_eq!(refused(wrong.start().unwrap().send_with(send)), "invalid_token");
    assert_eq!(refused(register(&metadata, asked().redirect_uris(["not a url"]))), "invalid_redirect_uri");
    assert_eq!(refused(register(&metadata, asked().subject_type("other"))), "invalid_client_metadata");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_client_with_a_document_logs_in_without_a_registration() {
    let public = asked().token_endpoint_auth_method("none");
    let public = ClientIdDocument::new("https://app.example/public.json", public).unwrap();
    let key = PrivateKey::generate("RS256").unwrap().with_key_id("key-1");
    let private = asked().token_endpoint_auth_method("private_key_jwt").jwks([&key]);
    let private = ClientIdDocument::new("https://app.example/private.json?v=1", private).unwrap();
    let (_provider, metadata) = start(&[&public, &private]);

    let ours = ClientIdentities::new().document(public).metadata(asked());
    let RegistrationChoice::Document(builder) = RegistrationChoice::of(&metadata, &ours).unwrap() else {
        panic!("the provider reads documents")
    };
    assert_eq!(log_in(builder.redirect_uri(REDIRECT_URI).build().unwrap()).unwrap(), "alice");
    let builder = private.client(metadata).authentication(ClientAuth::private_key_jwt(key));
    assert_eq!(log_in(builder.redirect_uri(REDIRECT_URI).build().unwrap()).unwrap(), "alice");
}
