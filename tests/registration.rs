//! A client that registers at run time: which client it then is, what it shows to whom, and how it is stored. The vectors have
//! requests and answers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use common::{Good, at, form_of};
use oidc_proto::http::header::AUTHORIZATION;
use oidc_proto::http::{Request, Response};
use oidc_proto::{
    Client, ClientAuth, ClientError, ClientIdDocument, ClientIdentities, ClientMetadata, GrantType, ProviderMetadata,
    Registration, RegistrationChoice, RegistrationError, TokenEndpointAuthMethod,
};
use serde_json::{Value, json};

/// A registration that version 1 stored. It must never change.
const REGISTRATION_1: &str = include_str!("stored/registration_1.json");

const SECRET: &str = "s3cret-s3cret-s3cret-s3cret-s3cret-s3cret";

fn metadata() -> ProviderMetadata {
    let mut metadata = Good::new().metadata();
    metadata.registration_endpoint = Some("https://id.example/register".to_owned());
    metadata
}

/// The registration that the provider answers with, with these members beside the id.
fn registered(members: &Value) -> Registration {
    let mut body = json!({ "client_id": "dyn" });
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let round_trip = metadata().register(ClientMetadata::new()).start().unwrap();
    round_trip.send_with(|_| Ok::<_, std::io::Error>(Response::new(body.to_string()))).unwrap()
}

fn build(members: &Value) -> Result<Client, ClientError> {
    registered(members).client(metadata()).unwrap().build()
}

/// What a client sends that is registered with these members.
fn token_request(members: &Value) -> Request<Vec<u8>> {
    build(members).unwrap().client_credentials().start(at(0)).unwrap().into_parts().0
}

fn authenticates_with(request: &Request<Vec<u8>>) -> &'static str {
    let form = form_of(request);
    match (request.headers().contains_key(AUTHORIZATION), form.get("client_secret"), form.get("client_assertion")) {
        (true, None, None) => "basic",
        (false, Some(_), None) => "post",
        (false, None, Some(_)) => "assertion",
        (false, None, None) => "none",
        _ => panic!("two methods at once"),
    }
}

#[test]
fn a_client_authenticates_as_the_provider_registered_it() {
    for (method, expected) in [
        (json!(null), "basic"),
        (json!(""), "basic"),
        (json!("client_secret_basic"), "basic"),
        (json!("client_secret_post"), "post"),
        // The secret is there, and is not sent.
        (json!("none"), "none"),
        (json!("tls_client_auth"), "none"),
        (json!("self_signed_tls_client_auth"), "none"),
    ] {
        let members = json!({ "client_secret": SECRET, "token_endpoint_auth_method": method });
        assert_eq!(authenticates_with(&token_request(&members)), expected, "{method}");
    }
    assert_eq!(authenticates_with(&token_request(&json!({}))), "none", "there is no secret");
}

#[test]
fn a_provider_that_lists_post_alone_gets_post_where_the_registration_does_not_say() {
    let mut metadata = metadata();
    metadata.token_endpoint_auth_methods_supported = vec![TokenEndpointAuthMethod::CLIENT_SECRET_POST];
    let client = registered(&json!({ "client_secret": SECRET })).client(metadata).unwrap().build().unwrap();
    assert_eq!(authenticates_with(&client.client_credentials().start(at(0)).unwrap().into_parts().0), "post");
}

#[test]
fn a_read_keeps_what_its_answer_does_not_say() {
    let known = registered(&json!({
        "client_secret": SECRET, "client_secret_expires_at": 2_000_000_000, "client_id_issued_at": 1_600_000_000,
        "registration_access_token": "t0ken", "registration_client_uri": "https://id.example/register/dyn",
    }));
    let answer = json!({ "client_id": "dyn" }).to_string();
    let read = known.read().unwrap().send_with(|_| Ok::<_, std::io::Error>(Response::new(&answer))).unwrap();
    assert_eq!(read.client_id_issued_at(), known.client_id_issued_at());
    assert!(read.client_id_issued_at().is_some());
    assert_eq!(read.client_secret().unwrap().secret(), SECRET);
    assert_eq!(read.client_secret_expires_at(), known.client_secret_expires_at());
    assert_eq!(read.registration_access_token().unwrap().secret(), "t0ken");
    assert_eq!(read.registration_client_uri(), Some("https://id.example/register/dyn"));
}

#[test]
fn a_provider_that_lists_none_alone_gets_no_secret_where_the_registration_does_not_say() {
    let method = |methods: &[TokenEndpointAuthMethod], members| {
        let mut metadata = metadata();
        metadata.token_endpoint_auth_methods_supported = methods.to_vec();
        let client = registered(&members).client(metadata).unwrap().build()?;
        Ok::<_, ClientError>(authenticates_with(&client.client_credentials().start(at(0)).unwrap().into_parts().0))
    };
    let (none, basic) = (TokenEndpointAuthMethod::NONE, TokenEndpointAuthMethod::CLIENT_SECRET_BASIC);
    let given = json!({ "client_secret": SECRET });
    assert_eq!(method(std::slice::from_ref(&none), given.clone()).unwrap(), "none");
    // Where the secret may be of use, it is used; and what is registered is not changed by a list.
    assert_eq!(method(&[none.clone(), basic], given).unwrap(), "basic");
    let said = json!({ "client_secret": SECRET, "token_endpoint_auth_method": "client_secret_post" });
    assert_eq!(method(&[none], said).unwrap(), "post");
}

#[test]
fn a_client_that_is_registered_for_a_secret_and_got_none_is_not_public() {
    for method in ["client_secret_basic", "client_secret_post", "client_secret_jwt"] {
        let error = build(&json!({ "token_endpoint_auth_method": method })).unwrap_err();
        assert!(matches!(error, ClientError::MissingSecret), "{method}: {error:?}");
    }
}

#[test]
fn a_client_that_is_registered_for_a_key_and_has_none_is_not_built() {
    for method in ["private_key_jwt", "attest_jwt_client_auth"] {
        let members = json!({ "client_secret": SECRET, "token_endpoint_auth_method": method });
        let error = build(&members).unwrap_err();
        assert!(matches!(&error, ClientError::MissingAuthentication { method: of } if of == method), "{error:?}");
        assert_eq!(
            error.to_string(),
            format!("the client is registered for {method}, and its authentication is not set")
        );
        let builder = registered(&members).client(metadata()).unwrap();
        let client = builder.authentication(ClientAuth::client_assertion("an.assertion.x")).build().unwrap();
        let (request, _) = client.client_credentials().start(at(0)).unwrap().into_parts();
        assert_eq!(authenticates_with(&request), "assertion");
    }
}

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
mod signed {
    use super::*;

    #[test]
    fn a_secret_signs_with_the_registered_algorithm() {
        for (algorithm, expected) in [(json!(null), "HS256"), (json!("HS384"), "HS384")] {
            let secret = "s3cret".repeat(10);
            let members = json!({
                "client_secret": secret, "token_endpoint_auth_method": "client_secret_jwt",
                "token_endpoint_auth_signing_alg": algorithm,
            });
            let request = token_request(&members);
            assert_eq!(authenticates_with(&request), "assertion");
            assert_eq!(header_of(&form_of(&request)["client_assertion"])["alg"], expected);
        }
    }

    fn header_of(compact: &str) -> Value {
        use base64::Engine;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(compact.split('.').next().unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn the_public_half_of_a_key_is_registered_and_the_private_half_signs() {
        let key = oidc_proto::PrivateKey::generate("ES256").unwrap().with_key_id("key-1");
        let asked = ClientMetadata::new().jwks([&key]).token_endpoint_auth_method("private_key_jwt");
        let (request, awaiting) = metadata().register(asked).start().unwrap().into_parts();
        let sent: Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(sent["jwks"]["keys"], json!([serde_json::from_str::<Value>(&key.public_jwk()).unwrap()]));
        assert_eq!((sent["jwks"]["keys"][0].get("d"), &sent["jwks"]["keys"][0]["kid"]), (None, &json!("key-1")));
        let mut answer = sent;
        answer["client_id"] = json!("dyn");
        let registration = awaiting.receive(&Response::new(answer.to_string())).unwrap();
        let builder = registration.client(metadata()).unwrap();
        let client = builder.authentication(ClientAuth::private_key_jwt(key)).build().unwrap();
        let (request, _) = client.client_credentials().start(at(0)).unwrap().into_parts();
        assert_eq!(header_of(&form_of(&request)["client_assertion"])["kid"], "key-1");
    }

    #[test]
    fn an_id_token_must_be_signed_as_it_is_registered() {
        use oidc_proto::{AuthorizationResponse, IdTokenError, JwkSet, JwtError};
        let members = json!({ "client_id": "app", "client_secret": SECRET, "id_token_signed_response_alg": "ES256" });
        let builder = registered(&members).client(metadata()).unwrap();
        let client = builder.redirect_uri("https://app.example/callback").build().unwrap();
        let (_, awaiting) = Good::authorize(&client).start(at(0)).unwrap();
        let response = AuthorizationResponse::from_query("code=c0de&state=st4te").unwrap();
        let round_trip = awaiting.receive(&client, response, at(0)).unwrap();
        let unverified = round_trip.send_with(Good::new().answer()).unwrap();
        let error = unverified.verify(&JwkSet::default(), at(0)).unwrap_err();
        assert!(
            matches!(&error, IdTokenError::Jwt(JwtError::AlgorithmNotAllowed { algorithm }) if *algorithm == *"RS256"),
            "{error:?}"
        );
    }

    #[test]
    fn userinfo_must_be_signed_where_it_is_registered() {
        use oidc_proto::{AuthorizationResponse, JwkSet, JwtError, UserInfoError};
        let mut metadata = metadata();
        metadata.userinfo_endpoint = Some("https://id.example/userinfo".to_owned());
        for (registered_alg, is_refused) in [(json!("RS256"), true), (json!(null), false)] {
            let members = json!({ "client_id": "app", "userinfo_signed_response_alg": registered_alg });
            let builder = registered(&members).client(metadata.clone()).unwrap();
            let client = builder.redirect_uri("https://app.example/callback").build().unwrap();
            let (_, awaiting) = Good::authorize(&client).start(at(0)).unwrap();
            let response = AuthorizationResponse::from_query("code=c0de&state=st4te").unwrap();
            let round_trip = awaiting.receive(&client, response, at(0)).unwrap();
            let tokens = round_trip.send_with(Good::new().answer()).unwrap().verify_trusting_tls(at(0)).unwrap();
            let (_, awaiting) = client.userinfo(&tokens, at(0)).unwrap().into_parts();
            let unverified = awaiting.receive(&Response::new(r#"{"sub":"ada"}"#)).unwrap();
            let result = unverified.verify(&JwkSet::default(), at(0));
            assert_eq!(matches!(result, Err(UserInfoError::Jwt(JwtError::NotSigned))), is_refused, "{result:?}");
        }
    }

    #[test]
    fn an_id_token_must_be_encrypted_where_it_is_registered_and_the_client_must_have_a_key() {
        let members = json!({ "client_id": "app", "id_token_encrypted_response_alg": "ECDH-ES" });
        assert!(matches!(build(&members), Err(ClientError::InvalidAlgorithm { .. } | ClientError::InvalidKey(_))));
        let builder = registered(&members).client(metadata()).unwrap();
        builder.decryption_key(oidc_proto::PrivateKey::generate("ECDH-ES").unwrap()).build().unwrap();
    }
}

#[test]
fn what_the_provider_changed_is_told() {
    let asked = ClientMetadata::new()
        .client_name("Example")
        .grant_types([GrantType::AUTHORIZATION_CODE, GrantType::REFRESH_TOKEN])
        .require_auth_time(true)
        .scope("openid")
        .member("nothing", Value::Null);
    let registration = registered(&json!({
        "client_name": "Ex\u{61}mple", "grant_types": [ "authorization_code" ], "scope": "openid email", "x": 1,
    }));
    assert_eq!(registration.changes(&asked).collect::<Vec<_>>(), ["grant_types", "require_auth_time", "scope"]);
    assert_eq!(registration.changes(registration.metadata()).count(), 0);
    // A value is the same however it is written.
    let (_, awaiting) = metadata().register(asked.clone()).start().unwrap().into_parts();
    let answer = r#"{
        "client_id": "dyn", "client_name": "Ex\u0061mple", "grant_types": [ "authorization_code", "refresh_token" ],
        "require_auth_time": true, "scope": "open\u0069d"
    }"#;
    let rewritten = awaiting.receive(&Response::new(answer)).unwrap();
    assert_eq!(rewritten.changes(&asked).count(), 0);
    assert_eq!(registration.metadata().get("x"), Some(json!(1)), "what nobody asked for is kept");
    assert_eq!(registered(&json!({ "jwks": null })).metadata().names().count(), 0, "null counts as absent");
}

#[test]
fn a_member_that_is_set_twice_is_sent_once() {
    let client = ClientMetadata::new().client_name("one").client_name("two").redirect_uris(["https://a.example/"]);
    let (request, _) = metadata().register(client).start().unwrap().into_parts();
    assert_eq!(request.body(), br#"{"client_name":"two","redirect_uris":["https://a.example/"]}"#);
}

#[test]
fn a_registration_is_of_no_use_at_another_issuer() {
    let mut other = metadata();
    other.issuer = "https://evil.example".to_owned();
    let error = registered(&json!({ "client_secret": SECRET })).client(other).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the registration belongs to another issuer: expected https://id.example, found https://evil.example"
    );
}

#[test]
fn metadata_goes_through_serde_and_refuses_a_duplicate() {
    let text = r#"{"client_name":"Example","client_name#ja":"例","redirect_uris":["https://app.example/"]}"#;
    let metadata: ClientMetadata = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&metadata).unwrap(), text);
    assert_eq!(metadata.get_as::<Vec<String>>("redirect_uris").unwrap().unwrap(), ["https://app.example/"]);
    assert!(metadata.get_as::<u8>("client_name").is_err());
    for wrong in [
        "[]".to_owned(),
        r#"{"client_name":"a","client_name":"b"}"#.to_owned(),
        format!(r#"{{"x":{}{}}}"#, "[".repeat(33), "]".repeat(33)),
    ] {
        assert!(serde_json::from_str::<ClientMetadata>(&wrong).is_err(), "{wrong}");
    }
}

fn document() -> ClientIdDocument {
    let metadata = ClientMetadata::new().token_endpoint_auth_method("none");
    ClientIdDocument::new("https://app.example/client.json", metadata).unwrap()
}

/// The client of a choice, and how it was chosen.
fn chosen(metadata: &ProviderMetadata, ours: &ClientIdentities) -> (&'static str, Option<Client>) {
    match RegistrationChoice::of(metadata, ours).unwrap() {
        RegistrationChoice::PreRegistered(builder) => ("pre-registered", Some(builder.build().unwrap())),
        RegistrationChoice::Document(builder) => ("document", Some(builder.build().unwrap())),
        RegistrationChoice::Register(_) => ("register", None),
        RegistrationChoice::AskTheUser => ("ask", None),
    }
}

#[test]
fn the_choice_has_an_order() {
    let mut open = metadata();
    open.client_id_metadata_document_supported = true;
    let mut closed = metadata();
    closed.registration_endpoint = None;
    let mut ours = ClientIdentities::new();
    assert_eq!(chosen(&open, &ours).0, "ask", "there is nothing to be known by");
    ours = ours.metadata(ClientMetadata::new());
    assert_eq!(chosen(&open, &ours).0, "register");
    assert_eq!(chosen(&closed, &ours).0, "ask");
    ours = ours.document(document());
    let (how, client) = chosen(&open, &ours);
    assert_eq!((how, client.unwrap().client_id()), ("document", "https://app.example/client.json"));
    assert_eq!(chosen(&metadata(), &ours).0, "register", "the provider reads no documents");
    ours = ours.registration(registered(&json!({ "client_id": "first" })));
    ours = ours.registration(registered(&json!({ "client_id": "second" })));
    let (how, client) = chosen(&open, &ours);
    assert_eq!((how, client.unwrap().client_id()), ("pre-registered", "second"), "the last one counts");
    ours = ours.pre_registered("https://id.example", "by-hand", ClientAuth::secret(SECRET));
    assert_eq!(chosen(&open, &ours).1.unwrap().client_id(), "by-hand");
}

#[test]
fn nothing_of_one_issuer_is_chosen_or_shown_at_another() {
    let mut other = metadata();
    other.issuer = "https://other.example".to_owned();
    let ours = ClientIdentities::new()
        .pre_registered("https://id.example", "by-hand", ClientAuth::secret(SECRET))
        .registration(registered(&json!({ "client_secret": SECRET })))
        .initial_access_token("https://id.example", SECRET)
        .metadata(ClientMetadata::new());
    let RegistrationChoice::Register(round_trip) = RegistrationChoice::of(&other, &ours).unwrap() else {
        panic!("it is registered elsewhere")
    };
    assert!(!round_trip.into_parts().0.headers().contains_key(AUTHORIZATION), "the token is for another issuer");

    let ours =
        ClientIdentities::new().initial_access_token("https://id.example", SECRET).metadata(ClientMetadata::new());
    let RegistrationChoice::Register(round_trip) = RegistrationChoice::of(&metadata(), &ours).unwrap() else {
        panic!("nothing else is there")
    };
    assert_eq!(round_trip.into_parts().0.headers()[AUTHORIZATION], format!("Bearer {SECRET}"));
}

#[test]
fn what_cannot_be_registered_is_said_by_the_choice() {
    let key = json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] });
    let ours = ClientIdentities::new().metadata(ClientMetadata::new().member("jwks", key));
    let error = RegistrationChoice::of(&metadata(), &ours).unwrap_err();
    assert!(matches!(error, RegistrationError::InvalidParameter { name: "jwks", .. }), "{error:?}");
}

#[test]
fn a_document_that_says_nothing_of_authentication_makes_a_public_client() {
    let document = ClientIdDocument::new("https://app.example/client.json", ClientMetadata::new()).unwrap();
    let client = document.client(metadata()).build().unwrap();
    let (request, _) = client.client_credentials().start(at(0)).unwrap().into_parts();
    assert_eq!(form_of(&request)["client_id"], "https://app.example/client.json");
    assert_eq!(authenticates_with(&request), "none");
}

#[test]
fn a_document_with_a_key_needs_it() {
    let asked =
        ClientMetadata::new().jwks_uri("https://app.example/jwks").token_endpoint_auth_method("private_key_jwt");
    let document = ClientIdDocument::new("https://app.example/client.json", asked).unwrap();
    assert!(matches!(document.client(metadata()).build(), Err(ClientError::MissingAuthentication { .. })));
}

#[test]
fn a_registration_that_version_1_stored_is_read_and_used() {
    let registration: Registration = serde_json::from_str(REGISTRATION_1).unwrap();
    assert_eq!((registration.issuer(), registration.client_id()), ("https://id.example", "dyn"));
    assert_eq!(registration.client_secret().unwrap().secret(), SECRET);
    assert_eq!(registration.client_secret_expires_at(), Some(at(100)));
    assert_eq!(registration.client_id_issued_at(), Some(at(0)));
    let client = registration.client(metadata()).unwrap().build().unwrap();
    assert_eq!(
        authenticates_with(&client.client_credentials().start(at(0)).unwrap().into_parts().0),
        "post",
        "the metadata is stored too"
    );
    let (request, _) = registration.read().unwrap().into_parts();
    assert_eq!(request.uri(), "https://id.example/register/dyn");
    assert_eq!(request.headers()[AUTHORIZATION], "Bearer reg-t0ken");
    assert_eq!(serde_json::to_string(&registration).unwrap(), REGISTRATION_1.trim_end());
}

#[test]
fn what_no_version_stored_is_refused() {
    let stored: Value = serde_json::from_str(REGISTRATION_1).unwrap();
    for member in stored.as_object().unwrap().keys() {
        let mut changed = stored.clone();
        changed.as_object_mut().unwrap().remove(member);
        assert!(serde_json::from_value::<Registration>(changed).is_err(), "without {member}");
    }
    for (member, value) in [
        ("version", json!(2)),
        ("version", json!(0)),
        ("more", json!(1)),
        ("client_id", json!("")),
        ("registration_client_uri", json!("/register")),
        ("registration_access_token", json!("a\r\nb")),
        ("metadata", json!("[]")),
        ("metadata", json!(r#"{"token_endpoint_auth_method":1}"#)),
        ("metadata", json!(r#"{"a":1,"a":2}"#)),
        ("metadata", json!({})),
    ] {
        let mut changed = stored.clone();
        changed[member] = value;
        assert!(serde_json::from_value::<Registration>(changed.clone()).is_err(), "{member}: {}", changed[member]);
    }
}
