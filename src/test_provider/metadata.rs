//! What the provider says about itself (OpenID Connect Discovery 1.0 section 3), and its keys (RFC 7517 section 5).

use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::fault::Endpoint;
use super::message::{answer, json_answer};
use super::provider::TestProvider;
use crate::ground::vocabulary::GrantType;
use crate::jose::Signer;

impl TestProvider {
    pub(super) fn metadata(&self) -> Response<Vec<u8>> {
        let mut metadata = json!({
            "issuer": self.issuer,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "form_post"],
            "grant_types_supported": [
                GrantType::AUTHORIZATION_CODE, GrantType::REFRESH_TOKEN, GrantType::CLIENT_CREDENTIALS, GrantType::DEVICE_CODE,
            ],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.key.algorithm()],
            "dpop_signing_alg_values_supported": CLIENT_ALGORITHMS,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "backchannel_logout_supported": true,
            "backchannel_logout_session_supported": true,
        });
        let mut set = |name: String, value| metadata.as_object_mut().and_then(|metadata| metadata.insert(name, value));
        for (name, endpoint) in ENDPOINTS {
            set(name.to_owned(), Value::from(self.endpoint(endpoint)));
        }
        for endpoint in ["token", "revocation", "introspection"] {
            set(format!("{endpoint}_endpoint_auth_methods_supported"), Value::from(&AUTH_METHODS[..]));
            set(format!("{endpoint}_endpoint_auth_signing_alg_values_supported"), Value::from(&CLIENT_ALGORITHMS[..]));
        }
        json_answer(StatusCode::OK, &metadata)
    }

    pub(super) fn keys(&self) -> Response<Vec<u8>> {
        let newest = self.public_keys.last().map_or("", String::as_str);
        answer(StatusCode::OK, &[(http::header::CONTENT_TYPE, "application/json")], format!(r#"{{"keys":[{newest}]}}"#))
    }
}

const ENDPOINTS: [(&str, Endpoint); 8] = [
    ("authorization_endpoint", Endpoint::Authorization),
    ("device_authorization_endpoint", Endpoint::DeviceAuthorization),
    ("end_session_endpoint", Endpoint::EndSession),
    ("introspection_endpoint", Endpoint::Introspection),
    ("jwks_uri", Endpoint::Keys),
    ("revocation_endpoint", Endpoint::Revocation),
    ("token_endpoint", Endpoint::Token),
    ("userinfo_endpoint", Endpoint::UserInfo),
];

const AUTH_METHODS: [&str; 4] = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];

/// What the client may sign with.
const CLIENT_ALGORITHMS: [&str; 10] =
    ["ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"];
