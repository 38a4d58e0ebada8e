//! What the pages of `guide::providers` say about single providers, one test for each statement that no vector shows.
//!
//! The bytes have the shape of what the provider sends. Where the fact comes from is noted at each part.
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

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::signing::{changed, signing_input};
use common::{START, at, form_of, query_of};
use oidc_proto::http::{Request, Response};
use oidc_proto::{
    Access, AccessToken, AuthorizationResponse, AuthorizeError, CallbackError, Client, ClientAuth, ClientBuilder,
    Error, IdTokenError, Issuer, JwkSet, JwtError, LogoutError, MetadataError, OAuthTokens, PrivateKey, Prompt,
    ProviderMetadata, Remedy, ResponseMode, RevocationError, TokenError, Tokens, UnverifiedTokens, UserInfoError,
};
use serde::Deserialize;
use serde_json::{Value, json};

const CALLBACK: &str = "https://app.example/callback";

/// What a provider's metadata document says, at the address of the issuer.
fn discovered(issuer: &str, document: &Value) -> Result<ProviderMetadata, MetadataError> {
    let (request, awaiting) = Issuer::new(issuer).unwrap().discover().into_parts();
    let place = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    assert_eq!(request.uri().to_string(), place);
    awaiting.receive(&Response::new(document.to_string()))
}

fn builder(metadata: ProviderMetadata, client_id: &str) -> ClientBuilder {
    Client::builder(metadata, client_id, ClientAuth::secret("s3cret")).redirect_uri(CALLBACK)
}

/// A login at this client up to the token response, which has these members beside an access token.
fn answered(client: &Client, members: &Value) -> Result<UnverifiedTokens, Error> {
    let (_, awaiting) = client.authorize().state("st4te").nonce("n0nce").start(at(0))?;
    let response = AuthorizationResponse::from_query("code=c0de&state=st4te")?;
    let (_, awaiting) = awaiting.receive(client, response, at(0))?.into_parts();
    let body =
        changed(json!({ "access_token": "an-access-token", "token_type": "Bearer", "expires_in": 3600 }), members);
    Ok(awaiting.receive(&Response::new(body.to_string()))?)
}

/// A login whose ID token has these claims beside the usual ones. TLS vouches for it.
fn logged_in(client: &Client, claims: &Value) -> Result<Tokens, Error> {
    let unsigned = signing_input(&json!({ "alg": "RS256", "kid": "k" }), &all_claims(client, claims));
    let id_token = format!("{unsigned}.c2lnbmVk");
    Ok(answered(client, &json!({ "id_token": id_token }))?.verify_trusting_tls(at(0))?)
}

fn all_claims(client: &Client, claims: &Value) -> Value {
    let usual = json!({
        "iss": client.issuer(), "sub": "ada", "aud": client.client_id(), "exp": START + 300, "iat": START, "nonce": "n0nce",
    });
    changed(usual, claims)
}

/// A login whose ID token is signed with the client secret.
fn logged_in_with_hs256(client: &Client, secret: &str) -> Result<Tokens, IdTokenError> {
    let input = signing_input(&json!({ "alg": "HS256", "typ": "JWT" }), &all_claims(client, &json!({})));
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), input.as_bytes());
    let id_token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(mac));
    answered(client, &json!({ "id_token": id_token })).unwrap().verify(&keys(client, &[]), at(0))
}

/// A plain OAuth 2.0 flow, answered with these bytes.
fn granted(client: &Client, body: &str) -> Result<OAuthTokens, TokenError> {
    let (_, awaiting) = client.authorize_oauth().state("st4te").start(at(0)).unwrap();
    let response = AuthorizationResponse::from_query("code=c0de&state=st4te").unwrap();
    let (_, awaiting) = awaiting.receive(client, response, at(0)).unwrap().into_parts();
    awaiting.receive(&Response::new(body.to_owned()))?.into_oauth_tokens()
}

/// An RSA key of a provider.
struct Rsa(RsaKeyPair);

impl Rsa {
    fn generate() -> Self {
        Self(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    fn jwk(&self, more: &Value) -> Value {
        let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(self.0.public_key());
        let [n, e] = [n, e].map(|number| URL_SAFE_NO_PAD.encode(number));
        changed(json!({ "kty": "RSA", "use": "sig", "kid": "k", "n": n, "e": e }), more)
    }

    fn id_token(&self, claims: &Value) -> String {
        let input = signing_input(&json!({ "typ": "JWT", "alg": "RS256", "kid": "k" }), claims);
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn keys(client: &Client, keys: &[Value]) -> JwkSet {
    let (_, awaiting) = client.fetch_keys().unwrap().into_parts();
    awaiting.receive(&Response::new(json!({ "keys": keys }).to_string())).unwrap()
}

// Which scope brings a refresh token, only each provider's manual says; the pages name it. The crate sends what it is asked to send.

#[test]
fn a_refresh_token_is_asked_for_by_the_scope_offline_access() {
    let dex = okta("https://dex.example", "https://dex.example");
    let hydra = okta("https://hydra.example/", "https://hydra.example");
    let okta = okta("https://acme.okta.com/oauth2/default", "https://acme.okta.com/oauth2/default");
    let authentik = authentik("https://auth.example/application/o/app/", "RS256").unwrap();
    for metadata in [entra(), auth0(), okta, authentik, dex, hydra] {
        let client = builder(metadata, "app").build().unwrap();
        let (url, _) = client.authorize().scope("openid email offline_access").start(at(0)).unwrap();
        assert_eq!(query_of(&url)["scope"], "openid email offline_access", "{}", client.issuer());
    }
}

// Google. https://developers.google.com/identity/openid-connect/reference and
// https://developers.google.com/identity/openid-connect/openid-connect: the members of the metadata, `iss`, `hd`, `azp`,
// `access_type` and `prompt`.

fn google() -> ProviderMetadata {
    let document = json!({
        "issuer": "https://accounts.google.com",
        "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
        "device_authorization_endpoint": "https://oauth2.googleapis.com/device/code",
        "token_endpoint": "https://oauth2.googleapis.com/token",
        "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
        "revocation_endpoint": "https://oauth2.googleapis.com/revoke",
        "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
        "response_types_supported": ["code", "token", "id_token", "code token", "code id_token", "none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["plain", "S256"],
    });
    discovered("https://accounts.google.com", &document).unwrap()
}

#[test]
fn googles_issuer_without_a_scheme_is_accepted_where_it_is_named() {
    let short = json!({ "iss": "accounts.google.com" });
    let refused = logged_in(&builder(google(), "app").build().unwrap(), &short);
    assert!(matches!(refused, Err(Error::IdToken(IdTokenError::Jwt(JwtError::IssuerMismatch)))));
    let client = builder(google(), "app").accept_issuer("accounts.google.com").build().unwrap();
    assert_eq!(logged_in(&client, &short).unwrap().id_token().iss(), "accounts.google.com");
    assert_eq!(logged_in(&client, &json!({})).unwrap().id_token().iss(), "https://accounts.google.com");
}

#[test]
fn google_is_asked_for_a_refresh_token_by_access_type_and_prompt() {
    let client = builder(google(), "app").build().unwrap();
    let request = client.authorize().scope("openid email").extra("access_type", "offline");
    let (url, _) = request.prompts([Prompt::CONSENT]).start(at(0)).unwrap();
    let query = query_of(&url);
    assert_eq!((&*query["access_type"], &*query["prompt"]), ("offline", "consent"));
}

#[test]
fn googles_workspace_domain_is_the_claim_hd() {
    #[derive(Deserialize)]
    struct Workspace {
        hd: Option<String>,
    }
    let client = builder(google(), "app").build().unwrap();
    let hd = |claims: Value| logged_in(&client, &claims).unwrap().id_token().claims_as::<Workspace>().unwrap().hd;
    assert_eq!(hd(json!({ "hd": "example.com" })).as_deref(), Some("example.com"));
    assert_eq!(hd(json!({})), None, "a private account has none");
}

#[test]
fn googles_callback_must_have_iss_where_the_metadata_announces_it() {
    let mut metadata = google();
    metadata.authorization_response_iss_parameter_supported = true;
    let client = builder(metadata, "app").build().unwrap();
    let call_back = |query| {
        let (_, awaiting) = client.authorize().state("st4te").start(at(0)).unwrap();
        awaiting.receive(&client, AuthorizationResponse::from_query(query).unwrap(), at(0))
    };
    assert!(call_back("code=c0de&state=st4te&iss=https%3A%2F%2Faccounts.google.com&scope=openid&authuser=0").is_ok());
    assert!(matches!(call_back("code=c0de&state=st4te"), Err(CallbackError::IssuerMissing { .. })));
}

#[test]
fn googles_token_for_an_android_application_names_it_as_authorized_party() {
    let claims = json!({ "azp": "android.apps.googleusercontent.com" });
    let refused = logged_in(&builder(google(), "app").build().unwrap(), &claims);
    assert!(matches!(refused, Err(Error::IdToken(IdTokenError::AuthorizedPartyMismatch))));
    let client = builder(google(), "app").trust_audience("android.apps.googleusercontent.com").build().unwrap();
    assert_eq!(logged_in(&client, &claims).unwrap().id_token().azp(), Some("android.apps.googleusercontent.com"));
}

#[test]
fn google_has_no_logout_for_applications() {
    let client = builder(google(), "app").build().unwrap();
    assert!(matches!(client.log_out().start(), Err(LogoutError::NoEndSessionEndpoint)));
}

#[test]
fn googles_tokens_can_be_revoked() {
    let client = builder(google(), "app").build().unwrap();
    let tokens = logged_in(&client, &json!({})).unwrap();
    let (request, _) = client.revoke(tokens.access_token(), at(0)).unwrap().into_parts();
    assert_eq!(request.uri(), "https://oauth2.googleapis.com/revoke");
}

// Microsoft Entra. The document of a tenant: https://github.com/Drenso/symfony-oidc/issues/93. The name of a tenant:
// https://github.com/Hikyo-Org/Hikyo/issues/588. All tenants: https://github.com/MicrosoftDocs/azure-docs/issues/38427. PKCE:
// https://github.com/akuity/kargo/pull/3359. Assertions: https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials. Errors: https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

fn entra_document(issuer: &str) -> Value {
    json!({
        "token_endpoint": "https://login.microsoftonline.com/organizations/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": "https://login.microsoftonline.com/organizations/discovery/v2.0/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issuer,
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        "authorization_endpoint": "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize",
        "end_session_endpoint": "https://login.microsoftonline.com/organizations/oauth2/v2.0/logout",
    })
}

fn tenant(id: &str) -> String {
    TEMPLATE.replace("{tenantid}", id)
}

fn entra() -> ProviderMetadata {
    discovered(&tenant(TENANT), &entra_document(&tenant(TENANT))).unwrap()
}

#[test]
fn entras_issuer_has_the_id_of_the_tenant_and_not_its_name() {
    let by_name = discovered(&tenant("contoso.onmicrosoft.com"), &entra_document(&tenant(TENANT)));
    let Err(MetadataError::IssuerMismatch { found, .. }) = by_name else { panic!("{by_name:?}") };
    assert_eq!(found, tenant(TENANT), "the whole of it, to copy");
    assert!(discovered(&tenant(TENANT), &entra_document(&tenant(TENANT))).is_ok());
}

#[test]
fn entra_announces_no_pkce_and_gets_it_all_the_same() {
    let client = builder(entra(), "app").build().unwrap();
    let (url, _) = client.authorize().start(at(0)).unwrap();
    assert_eq!(query_of(&url)["code_challenge_method"], "S256");
    let required = client.authorize().require_pkce_support().start(at(0));
    assert!(matches!(required, Err(AuthorizeError::UnsupportedByProvider { .. })));
}

#[test]
fn entras_tenants_share_a_document_and_each_token_has_the_issuer_of_its_own() {
    let issuer = Issuer::new("https://login.microsoftonline.com/organizations/v2.0").unwrap();
    let document = Response::new(entra_document(TEMPLATE).to_string());
    let (_, awaiting) = issuer.discover().into_parts();
    assert!(matches!(awaiting.receive(&document), Err(MetadataError::IssuerMismatch { .. })));
    let (_, awaiting) = issuer.discover().expecting_issuer(TEMPLATE).into_parts();
    let metadata = awaiting.receive(&document).unwrap();
    let client = builder(metadata, "app").issuer_template(TEMPLATE).build().unwrap();

    let rsa = Rsa::generate();
    let verified = |iss: &str, tid: &str, key: &Value| {
        let id_token = rsa.id_token(&all_claims(&client, &json!({ "iss": tenant(iss), "tid": tid, "ver": "2.0" })));
        let unverified = answered(&client, &json!({ "id_token": id_token })).unwrap();
        unverified.verify(&keys(&client, &[rsa.jwk(key)]), at(0))
    };
    let (ours, theirs) = (TENANT, "9188040d-6c67-4c5b-b112-36a304b66dad");
    for id in [ours, theirs] {
        let tokens = verified(id, id, &json!({ "issuer": TEMPLATE })).unwrap();
        assert_eq!(tokens.id_token().iss(), tenant(id));
    }
    assert!(verified(theirs, ours, &json!({ "issuer": TEMPLATE })).is_err(), "issuer and tid belong together");
    assert!(verified(ours, ours, &json!({ "issuer": tenant(theirs) })).is_err(), "a key of another tenant");
}

#[test]
fn entras_federated_credential_is_sent_as_it_is() {
    let client = Client::builder(entra(), "app", ClientAuth::client_assertion("eyJ0.of.platform")).build().unwrap();
    let (request, _) = client.client_credentials().start(at(0)).unwrap().into_parts();
    let form = form_of(&request);
    assert_eq!(form["client_assertion"], "eyJ0.of.platform");
    assert!(!form.contains_key("client_secret"));
}

#[test]
fn entra_knows_a_key_by_its_certificate() {
    // https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials
    let key = PrivateKey::from_pkcs8_pem(include_str!("providers/entra_key.pem")).unwrap();
    let key = key.with_certificate_pem(include_str!("providers/entra_certificate.pem")).unwrap();
    let auth = ClientAuth::private_key_jwt(key.with_algorithm("PS256").unwrap());
    let token_endpoint = entra().token_endpoint.unwrap();
    let client = Client::builder(entra(), "app", auth).assertion_audience(&*token_endpoint).build().unwrap();
    let (request, _) = client.client_credentials().start(at(0)).unwrap().into_parts();
    let form = form_of(&request);
    let [header, claims] = [0, 1].map(|part| -> Value {
        let part = form["client_assertion"].split('.').nth(part).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    });
    // openssl x509 -outform DER | openssl dgst -sha256 -binary | basenc --base64url
    let thumbprint = "_vNvPUwmDMWZm7qb5KRj7_seUU6Sat_RLaf40RrtTEc";
    assert_eq!(header, json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint }));
    assert_eq!(claims["aud"], *token_endpoint);
}

#[test]
fn entras_userinfo_is_on_the_host_of_graph() {
    let client = builder(entra(), "app").build().unwrap();
    let tokens = logged_in(&client, &json!({})).unwrap();
    let (request, _) = client.userinfo(&tokens, at(0)).unwrap().into_parts();
    assert_eq!(request.uri(), "https://graph.microsoft.com/oidc/userinfo");
}

#[test]
fn entras_errors_have_a_number_in_their_description() {
    let client = builder(entra(), "app").build().unwrap();
    let error = answered(
        &client,
        &json!({
            "error": "invalid_grant",
            "error_description": "AADSTS54005: OAuth2 Authorization code was already redeemed. Trace ID: 0000aaaa-11bb",
            "error_codes": [54005], "timestamp": "2026-11-24 10:00:00Z", "trace_id": "0000aaaa-11bb", "correlation_id": "aaaa0000-bb11",
            "error_uri": "https://login.microsoftonline.com/error?code=54005",
        }),
    );
    let Err(error @ Error::Token(TokenError::Provider { .. })) = error else { panic!("{error:?}") };
    assert_eq!(error.remedy(), Remedy::RestartLogin);
    assert!(!format!("{error} {error:?}").contains("AADSTS"), "no message has the provider's own words");
    let Error::Token(TokenError::Provider { error, .. }) = error else { panic!("checked above") };
    assert!(error.error_description().unwrap().starts_with("AADSTS54005"));
}

// Apple. https://developer.apple.com/documentation/signinwithapple/configuring-your-webpage-for-sign-in-with-apple: the form, `user`
// at the first login alone. `user_cancelled_authorize`: https://github.com/aboutyou/dart_packages/pull/97. The document has no
// `userinfo_endpoint` (seen in recorded documents); /auth/revoke: https://developer.apple.com/forums/tags/sign-in-with-apple

fn apple() -> Client {
    let document = json!({
        "issuer": "https://appleid.apple.com",
        "authorization_endpoint": "https://appleid.apple.com/auth/authorize",
        "token_endpoint": "https://appleid.apple.com/auth/token",
        "revocation_endpoint": "https://appleid.apple.com/auth/revoke",
        "jwks_uri": "https://appleid.apple.com/auth/keys",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    });
    let metadata = discovered("https://appleid.apple.com", &document).unwrap();
    let key = PrivateKey::generate("ES256").unwrap().with_key_id("ABC123DEFG");
    let auth = ClientAuth::apple("DEF123GHIJ", key);
    Client::builder(metadata, "com.example.web", auth).redirect_uri(CALLBACK).build().unwrap()
}

#[test]
fn apple_posts_the_users_name_beside_the_code_and_only_at_the_first_login() {
    let client = apple();
    let begin = || client.authorize().scope("openid name email").response_mode(ResponseMode::FORM_POST).state("st4te");
    let (url, awaiting) = begin().start(at(0)).unwrap();
    assert_eq!(query_of(&url)["response_mode"], "form_post");
    let first = AuthorizationResponse::from_form(
        "state=st4te&code=c0de&user=%7B%22name%22%3A%7B%22firstName%22%3A%22Ada%22%2C%22lastName%22%3A%22Lovelace%22%7D%2C\
         %22email%22%3A%22ada%40example.com%22%7D",
    );
    let first = first.unwrap();
    let user: Value = serde_json::from_str(first.parameter("user").unwrap()).unwrap();
    assert_eq!(user["name"]["firstName"], "Ada");
    assert!(awaiting.receive(&client, first, at(0)).is_ok());
    let later = AuthorizationResponse::from_form("state=st4te&code=c0de").unwrap();
    assert_eq!(later.parameter("user"), None);
    assert!(begin().start(at(0)).unwrap().1.receive(&client, later, at(0)).is_ok());
}

#[test]
fn apple_has_a_word_of_its_own_for_a_user_who_cancels() {
    let client = apple();
    let (_, awaiting) = client.authorize().state("st4te").start(at(0)).unwrap();
    let response = AuthorizationResponse::from_form("error=user_cancelled_authorize&state=st4te").unwrap();
    let error = awaiting.receive(&client, response, at(0)).unwrap_err();
    let CallbackError::Provider { error: oauth_error, .. } = &error else { panic!("{error:?}") };
    assert_eq!(oauth_error.error().as_str(), "user_cancelled_authorize");
    assert_eq!(error.remedy(), Remedy::UserDeclined);
}

#[test]
fn apples_email_verified_may_be_text_or_a_boolean() {
    let client = apple();
    for email_verified in [json!("true"), json!(true)] {
        let claims = json!({ "email": "ada@privaterelay.appleid.com", "email_verified": email_verified });
        let tokens = logged_in(&client, &claims).unwrap();
        assert_eq!(tokens.id_token().standard_claims().email_verified, Some(true));
    }
}

#[test]
fn apples_token_for_an_application_is_for_its_id_and_not_for_the_website() {
    let website = apple();
    let claims = json!({ "aud": "com.example.app" });
    let refused = logged_in(&website, &claims);
    assert!(matches!(refused, Err(Error::IdToken(IdTokenError::Jwt(JwtError::AudienceMismatch)))));
    let application = builder(website.metadata().clone(), "com.example.app").build().unwrap();
    assert_eq!(logged_in(&application, &claims).unwrap().id_token().aud(), ["com.example.app"]);
}

#[test]
fn apple_has_no_userinfo() {
    let client = apple();
    let tokens = logged_in(&client, &json!({})).unwrap();
    assert!(matches!(client.userinfo(&tokens, at(0)), Err(UserInfoError::NoUserInfoEndpoint)));
}

#[test]
fn apples_tokens_are_revoked_with_a_secret_of_the_same_kind() {
    let client = apple();
    let tokens = logged_in(&client, &json!({})).unwrap();
    let (request, _) = client.revoke(tokens.access_token(), at(0)).unwrap().into_parts();
    assert_eq!(request.uri(), "https://appleid.apple.com/auth/revoke");
    assert_eq!(form_of(&request)["client_secret"].split('.').count(), 3, "a JWT");
}

// GitHub. https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps: endpoints, `accept`, the scope of the
// response. Errors: …/troubleshooting-oauth-app-access-token-request-errors. Refresh tokens:
// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens

fn github() -> Client {
    let mut metadata = ProviderMetadata::new("https://github.com");
    metadata.authorization_endpoint = Some("https://github.com/login/oauth/authorize".to_owned());
    metadata.token_endpoint = Some("https://github.com/login/oauth/access_token".to_owned());
    metadata.device_authorization_endpoint = Some("https://github.com/login/device/code".to_owned());
    builder(metadata, "app").build().unwrap()
}

#[test]
fn githubs_scopes_come_back_with_commas() {
    let tokens =
        granted(&github(), r#"{"access_token":"gho_16C7e42F","scope":"repo,gist","token_type":"bearer"}"#).unwrap();
    assert_eq!(tokens.scope(), Some("repo,gist"), "as it came");
    assert_eq!(tokens.scope().unwrap().split([',', ' ']).collect::<Vec<_>>(), ["repo", "gist"]);
}

#[test]
fn githubs_errors_come_with_200() {
    let body = r#"{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired.",
        "error_uri":"https://docs.github.com/apps/managing-oauth-apps/troubleshooting"}"#;
    let error = granted(&github(), body).unwrap_err();
    let TokenError::Provider { error: oauth_error, .. } = &error else { panic!("{error:?}") };
    assert_eq!((oauth_error.error().as_str(), error.remedy()), ("bad_verification_code", Remedy::RestartLogin));
}

#[test]
fn github_has_words_of_its_own_for_a_wrong_secret_and_a_wrong_redirect_uri() {
    for word in ["incorrect_client_credentials", "redirect_uri_mismatch"] {
        let error = granted(&github(), &format!(r#"{{"error":"{word}"}}"#)).unwrap_err();
        let TokenError::Provider { error: oauth_error, .. } = &error else { panic!("{error:?}") };
        assert_eq!(oauth_error.error().as_str(), word);
        assert_eq!(error.remedy(), Remedy::FixConfiguration, "{word}");
    }
}

#[test]
fn github_is_asked_for_json_and_without_a_nonce() {
    let client = github();
    let (url, awaiting) = client.authorize_oauth().scope("read:user user:email").state("st4te").start(at(0)).unwrap();
    assert!(!query_of(&url).contains_key("nonce"));
    let response = AuthorizationResponse::from_query("code=c0de&state=st4te").unwrap();
    let (request, _) = awaiting.receive(&client, response, at(0)).unwrap().into_parts();
    assert_eq!(request.headers()["accept"], "application/json");
}

#[test]
fn githubs_user_is_read_at_its_api() {
    let client = github();
    let tokens = granted(&client, r#"{"access_token":"gho_16C7e42F","token_type":"bearer"}"#).unwrap();
    let mut request = Request::get("https://api.github.com/user").header("user-agent", "my-app").body(()).unwrap();
    client.authorize_request(&mut request, tokens.access_token(), None, at(0)).unwrap();
    assert_eq!(request.headers()["authorization"], "Bearer gho_16C7e42F");
}

#[test]
fn githubs_refresh_token_that_is_over_needs_a_new_login() {
    let client = github();
    let (_, awaiting) = client.refresh(&"ghr_1B4a2e77".into()).start(at(0)).unwrap().into_parts();
    let body =
        r#"{"error":"bad_refresh_token","error_description":"The refresh token passed is incorrect or expired."}"#;
    let error = awaiting.receive(&Response::new(body)).unwrap_err();
    assert_eq!(error.remedy(), Remedy::RestartLogin);
}

#[test]
fn a_github_apps_tokens_are_refreshed_without_a_login() {
    let client = github();
    let (_, awaiting) = client.refresh(&"ghr_1B4a2e77".into()).start(at(0)).unwrap().into_parts();
    let body = r#"{"access_token":"ghu_16C7e42F","expires_in":28800,"refresh_token":"ghr_2C5b3f88","refresh_token_expires_in":15811200,"scope":"","token_type":"bearer"}"#;
    let tokens = awaiting.receive(&Response::new(body)).unwrap().into_oauth_tokens().unwrap();
    assert_eq!(tokens.expires_in(), Some(Duration::from_secs(28_800)));
    assert_eq!(tokens.refresh_token().unwrap().secret(), "ghr_2C5b3f88");
}

#[test]
fn githubs_tokens_are_not_revoked_by_rfc_7009() {
    let revoked = github().revoke(&AccessToken::new("gho_16C7e42F"), at(0));
    assert!(matches!(revoked, Err(RevocationError::NoRevocationEndpoint)));
}

// GitLab. https://docs.gitlab.com/integration/openid_connect_provider/: discovery, claims.
// https://github.com/toeverything/AFFiNE/issues/9380: no end_session_endpoint. https://gitlab.com/gitlab-org/gitlab/-/issues/377654: ID
// tokens live two minutes.

fn gitlab() -> Client {
    let document = json!({
        "issuer": "https://gitlab.com",
        "authorization_endpoint": "https://gitlab.com/oauth/authorize",
        "token_endpoint": "https://gitlab.com/oauth/token",
        "revocation_endpoint": "https://gitlab.com/oauth/revoke",
        "introspection_endpoint": "https://gitlab.com/oauth/introspect",
        "userinfo_endpoint": "https://gitlab.com/oauth/userinfo",
        "jwks_uri": "https://gitlab.com/oauth/discovery/keys",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["plain", "S256"],
    });
    builder(discovered("https://gitlab.com", &document).unwrap(), "app").build().unwrap()
}

#[test]
fn gitlabs_issuer_has_no_slash_at_its_end() {
    let document = json!({ "issuer": "https://gitlab.com", "token_endpoint": "https://gitlab.com/oauth/token" });
    assert!(discovered("https://gitlab.com", &document).is_ok());
    assert!(matches!(discovered("https://gitlab.com/", &document), Err(MetadataError::IssuerMismatch { .. })));
}

#[test]
fn gitlab_has_no_logout_for_applications() {
    assert!(matches!(gitlab().log_out().start(), Err(LogoutError::NoEndSessionEndpoint)));
}

#[test]
fn gitlabs_id_token_is_over_long_before_the_session() {
    let client = gitlab();
    let tokens = logged_in(&client, &json!({ "exp": START + 120 })).unwrap();
    let mut session = tokens.into_session(at(0));
    assert!(matches!(session.access(&client, at(1800)), Ok(Access::Use(_))), "an hour is the access token's");
    let (url, _) = builder_with_logout(&client).log_out().id_token_hint(&session).start().unwrap();
    assert!(query_of(&url).contains_key("id_token_hint"), "an old token is good enough for a hint");
}

/// The same provider, as if it had an `end_session_endpoint`.
fn builder_with_logout(client: &Client) -> Client {
    let mut metadata = client.metadata().clone();
    metadata.end_session_endpoint = Some(format!("{}/logout", client.issuer()));
    builder(metadata, client.client_id()).build().unwrap()
}

#[test]
fn gitlabs_groups_are_a_claim() {
    #[derive(Deserialize)]
    struct Groups {
        #[serde(default)]
        groups_direct: Vec<String>,
    }
    let tokens = logged_in(&gitlab(), &json!({ "groups_direct": ["staff", "staff/ops"] })).unwrap();
    assert_eq!(tokens.id_token().claims_as::<Groups>().unwrap().groups_direct, ["staff", "staff/ops"]);
}

// Auth0. https://community.auth0.com/t/oidc-logout-url-in-the-discovery-url/103202: the logout.
// https://auth0.com/docs/get-started/apis/api-settings: `audience`. https://auth0.com/docs/secure/tokens/json-web-tokens/create-custom-claims:
// names of claims.

fn auth0() -> ProviderMetadata {
    let document = json!({
        "issuer": "https://acme.eu.auth0.com/",
        "authorization_endpoint": "https://acme.eu.auth0.com/authorize",
        "token_endpoint": "https://acme.eu.auth0.com/oauth/token",
        "userinfo_endpoint": "https://acme.eu.auth0.com/userinfo",
        "revocation_endpoint": "https://acme.eu.auth0.com/oauth/revoke",
        "jwks_uri": "https://acme.eu.auth0.com/.well-known/jwks.json",
        "id_token_signing_alg_values_supported": ["HS256", "RS256", "PS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "code_challenge_methods_supported": ["S256", "plain"],
    });
    discovered("https://acme.eu.auth0.com/", &document).unwrap()
}

#[test]
fn auth0s_api_is_named_by_audience() {
    let client = builder(auth0(), "app").build().unwrap();
    let request = client.authorize().scope("openid offline_access").extra("audience", "https://api.example/");
    let (url, _) = request.start(at(0)).unwrap();
    assert_eq!(query_of(&url)["audience"], "https://api.example/");
    let (request, _) =
        client.client_credentials().audiences(["https://api.example/"]).start(at(0)).unwrap().into_parts();
    assert_eq!(form_of(&request)["audience"], "https://api.example/");
}

#[test]
fn auth0s_tokens_by_hs256_are_refused_unless_the_client_names_it() {
    let secret = "a-secret-of-32-bytes-0123456789-abcdef";
    let client = |named: bool| {
        let builder = Client::builder(auth0(), "app", ClientAuth::secret(secret)).redirect_uri(CALLBACK);
        if named { builder.id_token_signed_response_algs(["HS256"]) } else { builder }.build().unwrap()
    };
    let refused = logged_in_with_hs256(&client(false), secret);
    assert!(matches!(refused, Err(IdTokenError::Jwt(JwtError::AlgorithmNotAllowed { .. }))), "{refused:?}");
    assert!(logged_in_with_hs256(&client(true), secret).is_ok());
}

#[test]
fn auth0s_own_claims_have_urls_as_names() {
    #[derive(Deserialize)]
    struct Mine {
        #[serde(rename = "https://app.example/roles", default)]
        roles: Vec<String>,
    }
    let client = builder(auth0(), "app").build().unwrap();
    let tokens = logged_in(&client, &json!({ "https://app.example/roles": ["admin"] })).unwrap();
    assert_eq!(tokens.id_token().claims_as::<Mine>().unwrap().roles, ["admin"]);
}

#[test]
fn auth0s_logout_is_set_by_hand_where_the_metadata_lacks_it() {
    let client = builder(auth0(), "app").build().unwrap();
    assert!(matches!(client.log_out().start(), Err(LogoutError::NoEndSessionEndpoint)));
    let mut metadata = auth0();
    metadata.end_session_endpoint = Some("https://acme.eu.auth0.com/oidc/logout".to_owned());
    let client = builder(metadata, "app").build().unwrap();
    let session = logged_in(&client, &json!({})).unwrap().into_session(at(0));
    let (url, _) = client.log_out().id_token_hint(&session).start().unwrap();
    assert!(url.starts_with("https://acme.eu.auth0.com/oidc/logout?"));
}

// Okta. https://developer.okta.com/docs/concepts/auth-servers/: the two kinds of issuers.
// https://support.okta.com/help/s/article/the-purpose-of-id-token-hint-in-the-logout-api-and-how-does-it-affect-the-single-logout-process

fn okta(issuer: &str, endpoints: &str) -> ProviderMetadata {
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{endpoints}/v1/authorize"),
        "token_endpoint": format!("{endpoints}/v1/token"),
        "jwks_uri": format!("{endpoints}/v1/keys"),
        "end_session_endpoint": format!("{endpoints}/v1/logout"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
    });
    discovered(issuer, &document).unwrap()
}

#[test]
fn oktas_authorization_servers_are_issuers_of_their_own() {
    let organisation = builder(okta("https://acme.okta.com", "https://acme.okta.com/oauth2"), "app").build().unwrap();
    let custom = okta("https://acme.okta.com/oauth2/default", "https://acme.okta.com/oauth2/default");
    let custom = builder(custom, "app").build().unwrap();
    let token_of_the_other = logged_in(&custom, &json!({ "iss": organisation.issuer() }));
    assert!(matches!(token_of_the_other, Err(Error::IdToken(IdTokenError::Jwt(JwtError::IssuerMismatch)))));
    assert!(logged_in(&organisation, &json!({})).is_ok());
}

#[test]
fn oktas_logout_takes_the_id_token() {
    let metadata = okta("https://acme.okta.com/oauth2/default", "https://acme.okta.com/oauth2/default");
    let client = builder(metadata, "app").build().unwrap();
    let session = logged_in(&client, &json!({})).unwrap().into_session(at(0));
    let request = client.log_out().id_token_hint(&session).post_logout_redirect_uri("https://app.example/signed-out");
    let query = query_of(&request.start().unwrap().0);
    assert_eq!(query["id_token_hint"], session.id_token_secret());
}

// Amazon Cognito. https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html;
// https://github.com/pomerium/pomerium/pull/792: `email_verified`; https://github.com/vercel/ai/issues/18674: PKCE is not announced.

fn cognito() -> ProviderMetadata {
    let document = json!({
        "issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE",
        "authorization_endpoint": "https://acme.auth.eu-west-1.amazoncognito.com/oauth2/authorize",
        "token_endpoint": "https://acme.auth.eu-west-1.amazoncognito.com/oauth2/token",
        "userinfo_endpoint": "https://acme.auth.eu-west-1.amazoncognito.com/oauth2/userInfo",
        "revocation_endpoint": "https://acme.auth.eu-west-1.amazoncognito.com/oauth2/revoke",
        "end_session_endpoint": "https://acme.auth.eu-west-1.amazoncognito.com/logout",
        "jwks_uri": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE/.well-known/jwks.json",
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    });
    discovered("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE", &document).unwrap()
}

#[test]
fn cognitos_issuer_is_the_pool_and_its_endpoints_are_on_another_host() {
    let client = builder(cognito(), "app").build().unwrap();
    let (url, _) = client.authorize().start(at(0)).unwrap();
    assert!(url.starts_with("https://acme.auth.eu-west-1.amazoncognito.com/oauth2/authorize?"));
    assert_eq!(query_of(&url)["code_challenge_method"], "S256", "though the metadata says nothing of PKCE");
    assert!(logged_in(&client, &json!({ "token_use": "id" })).is_ok());
}

#[test]
fn cognitos_logout_has_a_parameter_of_its_own() {
    let client = builder(cognito(), "app").build().unwrap();
    let (url, awaiting) = client.log_out().extra("logout_uri", "https://app.example/signed-out").start().unwrap();
    let expected = [("client_id", "app"), ("logout_uri", "https://app.example/signed-out")];
    assert_eq!(query_of(&url), BTreeMap::from(expected.map(|(name, value)| (name.to_owned(), value.to_owned()))));
    assert!(awaiting.is_none(), "nothing comes back with a state");
}

#[test]
fn cognitos_userinfo_has_email_verified_as_text() {
    let client = builder(cognito(), "app").build().unwrap();
    let tokens = logged_in(&client, &json!({})).unwrap();
    let (_, awaiting) = client.userinfo(&tokens, at(0)).unwrap().into_parts();
    let answer = r#"{"sub":"ada","email_verified":"true","email":"ada@example.com","username":"ada"}"#;
    let userinfo = awaiting.receive(&Response::new(answer)).unwrap().verify_trusting_tls(at(0)).unwrap();
    assert_eq!(userinfo.standard_claims().email_verified, Some(true));
}

#[test]
fn cognitos_groups_have_a_colon_in_their_name() {
    #[derive(Deserialize)]
    struct Groups {
        #[serde(rename = "cognito:groups", default)]
        groups: Vec<String>,
    }
    let client = builder(cognito(), "app").build().unwrap();
    let tokens = logged_in(&client, &json!({ "cognito:groups": ["admins"] })).unwrap();
    assert_eq!(tokens.id_token().claims_as::<Groups>().unwrap().groups, ["admins"]);
}

// Keycloak: tests/keycloak logs in at a running one. This is what the rest of the world has to know of its paths.

#[test]
fn keycloaks_realm_is_a_part_of_the_issuer() {
    let document = json!({
        "issuer": "https://sso.example/realms/staff",
        "authorization_endpoint": "https://sso.example/realms/staff/protocol/openid-connect/auth",
        "token_endpoint": "https://sso.example/realms/staff/protocol/openid-connect/token",
    });
    assert!(discovered("https://sso.example/realms/staff", &document).is_ok());
    // Reached by another name inside, it still says the one that browsers see.
    let inside = "https://keycloak.internal/realms/staff";
    assert!(matches!(discovered(inside, &document), Err(MetadataError::IssuerMismatch { .. })));
    let discovery = Issuer::new(inside).unwrap().discover().expecting_issuer("https://sso.example/realms/staff");
    let metadata = discovery.into_parts().1.receive(&Response::new(document.to_string())).unwrap();
    assert_eq!(metadata.issuer, "https://sso.example/realms/staff");
}

#[test]
fn keycloaks_wrong_secret_is_unauthorized_client() {
    let client = builder(okta("https://sso.example", "https://sso.example"), "app").build().unwrap();
    let body =
        json!({ "error": "unauthorized_client", "error_description": "Invalid client or Invalid client credentials" });
    let (_, awaiting) = client.client_credentials().start(at(0)).unwrap().into_parts();
    let answer = Response::builder().status(401).body(body.to_string()).unwrap();
    let error = awaiting.receive(&answer).unwrap_err();
    assert!(matches!(error, TokenError::Provider { .. }), "{error:?}");
    assert_eq!(error.remedy(), Remedy::FixConfiguration);
}

// Zitadel. https://zitadel.com/apis/openidoauth/authn-methods: the key file, `aud`, encoded Basic.
// https://zitadel.com/docs/apis/openidoauth/claims: roles.

#[test]
fn zitadels_key_file_is_converted_before_it_is_read() {
    let pkcs1 = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n";
    let refused = PrivateKey::from_pkcs8_pem(pkcs1).unwrap_err();
    assert!(refused.to_string().contains("PKCS#8"), "{refused}");
}

#[test]
fn zitadels_roles_are_an_object_by_role() {
    #[derive(Deserialize)]
    struct Roles {
        #[serde(rename = "urn:zitadel:iam:org:project:roles", default)]
        roles: BTreeMap<String, BTreeMap<String, String>>,
    }
    let metadata = okta("https://acme.zitadel.cloud", "https://acme.zitadel.cloud/oauth");
    let client = builder(metadata, "app").build().unwrap();
    let claims = json!({ "urn:zitadel:iam:org:project:roles": { "admin": { "275862": "acme.zitadel.cloud" } } });
    let roles = logged_in(&client, &claims).unwrap().id_token().claims_as::<Roles>().unwrap().roles;
    assert_eq!(roles.keys().collect::<Vec<_>>(), ["admin"]);
}

// Authentik. https://github.com/markrai/scrumboy/pull/126: the slash, whatever the issuer mode. HS256 without a signing key: `jwt_key` in
// authentik's authentik/providers/oauth2/models.py. Refresh tokens and `email_verified`: the manual, "OAuth 2.0 provider".

fn authentik(issuer: &str, algorithm: &str) -> Result<ProviderMetadata, MetadataError> {
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": "https://auth.example/application/o/authorize/",
        "token_endpoint": "https://auth.example/application/o/token/",
        "userinfo_endpoint": "https://auth.example/application/o/userinfo/",
        "end_session_endpoint": "https://auth.example/application/o/app/end-session/",
        "jwks_uri": "https://auth.example/application/o/app/jwks/",
        "id_token_signing_alg_values_supported": [algorithm],
        "code_challenge_methods_supported": ["plain", "S256"],
    });
    discovered("https://auth.example/application/o/app/", &document)
}

#[test]
fn authentiks_issuer_ends_with_a_slash_and_the_document_is_asked_with_one() {
    // `discovered` compares the address: one slash before `.well-known`.
    assert!(authentik("https://auth.example/application/o/app/", "RS256").is_ok());
    assert!(authentik("https://auth.example/application/o/app", "RS256").is_err());
}

#[test]
fn authentiks_shared_issuer_is_named() {
    let document = json!({
        "issuer": "https://auth.example/",
        "authorization_endpoint": "https://auth.example/application/o/authorize/",
        "token_endpoint": "https://auth.example/application/o/token/",
    });
    let issuer = Issuer::new("https://auth.example/application/o/app/").unwrap();
    let response = Response::new(document.to_string());
    let unexpected = issuer.discover().into_parts().1.receive(&response);
    assert!(matches!(unexpected, Err(MetadataError::IssuerMismatch { .. })));
    let expected = issuer.discover().expecting_issuer("https://auth.example/").into_parts().1.receive(&response);
    assert_eq!(expected.unwrap().issuer, "https://auth.example/");
}

#[test]
fn authentik_without_a_signing_key_signs_with_the_client_secret() {
    let secret = "a-secret-of-32-bytes-0123456789-abcdef";
    let metadata = authentik("https://auth.example/application/o/app/", "HS256").unwrap();
    let client = |named: bool| {
        let builder = Client::builder(metadata.clone(), "app", ClientAuth::secret(secret)).redirect_uri(CALLBACK);
        if named { builder.id_token_signed_response_algs(["HS256"]) } else { builder }.build().unwrap()
    };
    let refused = logged_in_with_hs256(&client(false), secret);
    assert!(matches!(refused, Err(IdTokenError::Jwt(JwtError::AlgorithmNotAllowed { .. }))), "{refused:?}");
    assert!(logged_in_with_hs256(&client(true), secret).is_ok());
}

#[test]
fn authentiks_email_address_is_not_verified_unless_a_mapping_says_so() {
    let metadata = authentik("https://auth.example/application/o/app/", "RS256").unwrap();
    let client = builder(metadata, "app").build().unwrap();
    let tokens = logged_in(&client, &json!({ "email": "ada@example.com", "email_verified": false })).unwrap();
    assert_eq!(tokens.id_token().standard_claims().email_verified, Some(false));
}

// Dex: from recorded responses. No logout: https://github.com/dexidp/dex/issues/1697

#[test]
fn dexs_token_response_has_no_scope_and_its_header_no_type() {
    let mut metadata = okta("https://dex.example", "https://dex.example");
    metadata.end_session_endpoint = None;
    let client = builder(metadata, "app").build().unwrap();
    let tokens = logged_in(&client, &json!({})).unwrap();
    assert_eq!(tokens.scope(), None);
    assert!(matches!(client.log_out().start(), Err(LogoutError::NoEndSessionEndpoint)));
}

#[test]
fn dexs_token_for_another_client_names_this_one_as_authorized_party() {
    let client = builder(okta("https://dex.example", "https://dex.example"), "app").build().unwrap();
    let scope = "openid email groups offline_access audience:server:client_id:api";
    let (url, _) = client.authorize().scope(scope).start(at(0)).unwrap();
    assert_eq!(query_of(&url)["scope"], scope);
    let tokens = logged_in(&client, &json!({ "aud": ["api", "app"], "azp": "app" })).unwrap();
    assert_eq!(tokens.id_token().aud(), ["api", "app"]);
}

// Ory Hydra: from recorded responses. The slash: https://github.com/ory/hydra/issues/1482

#[test]
fn hydras_issuer_may_have_a_slash_that_was_not_configured() {
    let document = json!({
        "issuer": "https://hydra.example/",
        "authorization_endpoint": "https://hydra.example/oauth2/auth",
        "token_endpoint": "https://hydra.example/oauth2/token",
    });
    let Err(MetadataError::IssuerMismatch { found, .. }) = discovered("https://hydra.example", &document) else {
        panic!("the slash counts")
    };
    assert_eq!(found, "https://hydra.example/");
    assert!(discovered("https://hydra.example/", &document).is_ok());
}

#[test]
fn hydras_least_length_of_a_state_is_met_by_the_random_one() {
    let client = builder(okta("https://hydra.example", "https://hydra.example"), "app").build().unwrap();
    let (url, _) = client.authorize().start(at(0)).unwrap();
    assert!(query_of(&url)["state"].len() >= 8);
}

#[test]
fn hydras_own_error_codes_are_kept() {
    let client = builder(okta("https://hydra.example", "https://hydra.example"), "app").build().unwrap();
    let (_, awaiting) = client.authorize().state("st4te-st4te").start(at(0)).unwrap();
    let response = AuthorizationResponse::from_query("error=invalid_state&state=st4te-st4te").unwrap();
    let error = awaiting.receive(&client, response, at(0)).unwrap_err();
    let CallbackError::Provider { error, .. } = error else { panic!("{error:?}") };
    assert_eq!(error.error().as_str(), "invalid_state");
}

#[test]
fn hydras_assertions_are_for_its_token_endpoint() {
    let key = PrivateKey::generate("ES256").unwrap().with_key_id("k");
    let metadata = okta("https://hydra.example", "https://hydra.example");
    let client = Client::builder(metadata, "app", ClientAuth::private_key_jwt(key))
        .assertion_audience("https://hydra.example/v1/token")
        .build()
        .unwrap();
    let (request, _) = client.client_credentials().start(at(0)).unwrap().into_parts();
    let form = form_of(&request);
    let claims = URL_SAFE_NO_PAD.decode(form["client_assertion"].split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["aud"], "https://hydra.example/v1/token");
}

#[test]
fn gitlabs_access_token_is_renewed_after_two_hours() {
    let client = gitlab();
    let unsigned = signing_input(&json!({ "alg": "RS256" }), &all_claims(&client, &json!({})));
    let members = json!({ "id_token": format!("{unsigned}.c2lnbmVk"), "expires_in": 7200, "refresh_token": "r3fresh", "created_at": START });
    let tokens = answered(&client, &members).unwrap().verify_trusting_tls(at(0)).unwrap();
    assert_eq!(tokens.expires_in(), Some(Duration::from_secs(7200)));
    let mut session = tokens.into_session(at(0));
    assert!(matches!(session.access(&client, at(7000)), Ok(Access::Use(_))));
    assert!(matches!(session.access(&client, at(7200)), Ok(Access::Refresh(_))));
}
