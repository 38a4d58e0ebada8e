//! A realm at the running Keycloak, with one user, and the clients that the tests register in it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{env, process};

use oidc_proto::PrivateKey;
use oidc_proto::http::header::{AUTHORIZATION, CONTENT_TYPE};
use oidc_proto::http::{Request, Response};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

/// No browser ever arrives there.
pub const REDIRECT_URI: &str = "https://app.example/cb";
pub const SECRET: &str = "test-secret-esDV1M5l8sbkWUukSsq7RvIhpiJ8GaW4_0H3LX7G39TY1qfNJqlVuG6nZPDeiRvN";
pub const PASSWORD: &str = "alice's password";

/// A realm of this run.
pub struct Realm {
    server: String,
    name: String,
}

impl Realm {
    /// One that demands nothing.
    pub fn get() -> &'static Self {
        static REALM: OnceLock<Realm> = OnceLock::new();
        REALM.get_or_init(|| Self::with_policies(&json!([])))
    }

    /// One that demands FAPI 2.0 Message Signing of every client.
    pub fn with_fapi2() -> &'static Self {
        static REALM: OnceLock<Realm> = OnceLock::new();
        REALM.get_or_init(|| {
            Self::with_policies(&json!([{
                "name": "fapi2",
                "enabled": true,
                "conditions": [{ "condition": "any-client", "configuration": {} }],
                "profiles": ["fapi-2-dpop-message-signing"],
            }]))
        })
    }

    fn with_policies(policies: &Value) -> Self {
        let server = env::var("KEYCLOAK_URL").expect("KEYCLOAK_URL: bash tests/keycloak/run sets it");
        let realm = Self { server, name: format!("test-{}", unique()) };
        realm.administer(
            "",
            &json!({
                "realm": realm.name,
                "enabled": true,
                "clientPolicies": { "policies": policies },
                "users": [{
                    "username": "alice",
                    "enabled": true,
                    "email": "jane@example.com",
                    "emailVerified": true,
                    "firstName": "Jane",
                    "lastName": "Doe",
                    "credentials": [{ "type": "password", "value": PASSWORD }],
                }],
            }),
        );
        realm
    }

    pub fn issuer(&self) -> String {
        format!("{}/realms/{}", self.server, self.name)
    }

    /// Registers a client of the code flow with these attributes, and gives its id.
    ///
    /// `authenticator` is Keycloak's word: `client-jwt`, `client-secret-jwt`, `client-secret`.
    pub fn register(&self, authenticator: &str, keys: &[&PrivateKey], attributes: &Value) -> String {
        let id = format!("client-{}", unique());
        let mut all = json!({ "pkce.code.challenge.method": "S256" });
        if !keys.is_empty() {
            let keys: Vec<Value> = keys.iter().map(|key| serde_json::from_str(&key.public_jwk()).unwrap()).collect();
            all["use.jwks.string"] = "true".into();
            all["jwks.string"] = json!({ "keys": keys }).to_string().into();
        }
        all.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
        self.administer(
            &format!("/{}/clients", self.name),
            &json!({
                "clientId": id,
                "clientAuthenticatorType": authenticator,
                "secret": SECRET,
                "redirectUris": [REDIRECT_URI],
                "standardFlowEnabled": true,
                "attributes": all,
                // Who asks about a token must be in its audience.
                "protocolMappers": [{
                    "name": "audience",
                    "protocol": "openid-connect",
                    "protocolMapper": "oidc-audience-mapper",
                    "config": { "included.client.audience": id, "access.token.claim": "true" },
                }],
            }),
        );
        id
    }

    fn administer(&self, path: &str, body: &Value) {
        let request = Request::post(format!("{}/admin/realms{path}", self.server))
            .header(AUTHORIZATION, format!("Bearer {}", self.administrator()))
            .header(CONTENT_TYPE, "application/json");
        let response = send(request.body(body.to_string().into_bytes()).unwrap()).unwrap();
        assert_eq!(response.status(), 201, "{}", String::from_utf8_lossy(response.body()));
    }

    /// An access token of the administrator that the server was started with. It lives for a minute.
    fn administrator(&self) -> String {
        let password = env::var("KC_BOOTSTRAP_ADMIN_PASSWORD").expect("KC_BOOTSTRAP_ADMIN_PASSWORD");
        let form = [("grant_type", "password"), ("client_id", "admin-cli"), ("username", "admin")];
        let body = Serializer::new(String::new()).extend_pairs(form).append_pair("password", &password).finish();
        let url = format!("{}/realms/master/protocol/openid-connect/token", self.server);
        let request = Request::post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = send(request.body(body.into_bytes()).unwrap()).unwrap();
        let tokens: Value = serde_json::from_slice(response.body()).unwrap();
        tokens["access_token"].as_str().expect("the administrator's access token").to_owned()
    }
}

/// What no other realm or client of this server is called.
fn unique() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

pub fn send(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ureq::Error> {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    let agent = config.timeout_global(Some(Duration::from_secs(60))).build().new_agent();
    let (parts, mut body) = agent.run(request)?.into_parts();
    Ok(Response::from_parts(parts, body.read_to_vec()?))
}
