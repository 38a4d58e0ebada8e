//! What the steps are given: a provider's documents and answers, and a client of it.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oidc_proto::http::Response;
use oidc_proto::{
    AuthorizationResponse, AwaitingCallback, AwaitingTokens, Client, ClientAuth, ClientBuilder, ProviderMetadata,
    Session,
};
use serde_json::{Map, Value, json};

pub(crate) const ISSUER: &str = "https://id.example.com";
pub(crate) const STATE: &str = "Vw0FZxk2mT3fF1oD8cV9sYp7QbJ4uXnR6eHgLtAiKz0";
pub(crate) const NONCE: &str = "q7TzXc2vB5nM8kJ1hG4fD6sA9pO0iU3yT2rE5wQ8lK1";
pub(crate) const CODE: &str = "4%2F0AeanS0Zc6kYf1Vt8r2Jq5Lw9XbN3mH7oPdG";

pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_760_000_000)
}

pub(crate) fn metadata(unknown: usize) -> String {
    let mut metadata = json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/o/oauth2/v2/auth"),
        "token_endpoint": format!("{ISSUER}/token"),
        "userinfo_endpoint": format!("{ISSUER}/v1/userinfo"),
        "revocation_endpoint": format!("{ISSUER}/revoke"),
        "jwks_uri": format!("{ISSUER}/oauth2/v3/certs"),
        "response_types_supported": ["code", "token", "id_token", "code token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["aud", "email", "exp", "iat", "iss", "name", "sub"],
        "code_challenge_methods_supported": ["plain", "S256"],
    });
    metadata.as_object_mut().unwrap().extend(unknown_members(unknown));
    metadata.to_string()
}

pub(crate) fn unknown_members(count: usize) -> Map<String, Value> {
    (0..count).map(|index| (format!("unknown_{index}"), json!("a value"))).collect()
}

pub(crate) fn jwks(count: usize, kty: &str, crv: &str) -> String {
    let x = "ZrEpMcr3iw3CVJLyMNNKGKRcZFq1WZRgA-spoRbPBj4";
    let key = |index| json!({ "kty": kty, "crv": crv, "kid": format!("key-{index}"), "use": "sig", "x": x, "y": x });
    json!({ "keys": (0..count).map(key).collect::<Vec<_>>() }).to_string()
}

pub(crate) fn client() -> Client {
    client_with(ClientAuth::secret("my-client-secret-0123456789abcdef"))
}

pub(crate) fn client_with(auth: ClientAuth) -> Client {
    builder(auth).build().unwrap()
}

pub(crate) fn builder(auth: ClientAuth) -> ClientBuilder {
    let metadata: ProviderMetadata = serde_json::from_str(&metadata(0)).unwrap();
    Client::builder(metadata, "my-app", auth).redirect_uri("https://app.example.com/login/callback")
}

pub(crate) fn begin(client: &Client) -> AwaitingCallback {
    client.authorize().scope("openid email profile").state(STATE).nonce(NONCE).start(now()).unwrap().1
}

pub(crate) fn token_request(client: &Client, awaiting: AwaitingCallback, url: &str) -> AwaitingTokens {
    let response = AuthorizationResponse::from_url(url).unwrap();
    awaiting.receive(client, response, now()).unwrap().into_parts().1
}

pub(crate) fn awaiting_tokens(client: &Client) -> AwaitingTokens {
    token_request(client, begin(client), &format!("/login/callback?code={CODE}&state={STATE}"))
}

pub(crate) fn token_response(claims: &Value, access_token: &str) -> String {
    let mut all = json!({
        "iss": ISSUER, "azp": "my-app", "aud": "my-app", "sub": "110169484474386276334",
        "email": "ada.lovelace@example.com", "email_verified": true, "nonce": NONCE, "name": "Ada Lovelace",
        "picture": "https://pictures.example.com/a/ada", "given_name": "Ada", "family_name": "Lovelace",
        "iat": 1_759_999_990_u64, "exp": 1_760_000_300_u64,
    });
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let header = r#"{"alg":"ES256","kid":"the-key","typ":"JWT"}"#;
    let parts = [header, &all.to_string(), &"s".repeat(64)].map(|part| URL_SAFE_NO_PAD.encode(part));
    json!({
        "access_token": access_token, "expires_in": 3599, "id_token": parts.join("."), "scope": "openid email profile",
        "token_type": "Bearer",
    })
    .to_string()
}

/// A session with a refresh token.
pub(crate) fn session(access_token: usize) -> (Client, Session) {
    let client = client();
    let mut response: Value = serde_json::from_str(&token_response(&json!({}), &"a".repeat(access_token))).unwrap();
    let refresh_token = json!("1//0gYQ7xZk2mT3fF1oD8cV9sYp7QbJ4uXnR6eHgLtAiKz0");
    response.as_object_mut().unwrap().insert("refresh_token".to_owned(), refresh_token);
    let unverified = awaiting_tokens(&client).receive(&Response::new(response.to_string())).unwrap();
    let session = unverified.verify_trusting_tls(now()).unwrap().into_session(now());
    (client, session)
}
