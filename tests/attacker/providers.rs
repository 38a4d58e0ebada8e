//! What the two providers publish and sign.

use std::collections::BTreeMap;

use oidc_proto::http::Response;
use oidc_proto::{Client, ClientAuth, ClientBuilder, Issuer, JwkSet};
use serde_json::{Value as Json, json};

use crate::cast::{Evil, Honest, Provider, Value};
use crate::common::START;
use crate::common::signing::{Signing, changed};
use crate::world::IdToken;

pub struct Keys {
    honest: Signing,
    evil: Signing,
    /// What was signed before: it is signed once.
    signed: BTreeMap<(Provider, String), String>,
}

impl Keys {
    pub fn new() -> Self {
        Self { honest: Signing::new(1), evil: Signing::new(2), signed: BTreeMap::new() }
    }

    fn of(&self, provider: Provider) -> &Signing {
        match provider {
            Honest => &self.honest,
            Evil => &self.evil,
        }
    }

    /// The key set of a provider, as its client fetches it.
    pub fn fetched_by(&self, client: &Client) -> JwkSet {
        let (request, awaiting) = client.fetch_keys().unwrap().into_parts();
        let of = Provider::of_url(&request.uri().to_string());
        awaiting.receive(&Response::new(self.document(of))).unwrap()
    }

    /// The key set that the provider publishes. The evil one has copied the honest one's key into its own.
    pub fn document(&self, of: Provider) -> String {
        let honest = self.honest.jwk(&json!({ "kid": "honest" }));
        match of {
            Honest => json!({ "keys": [honest] }).to_string(),
            Evil => json!({ "keys": [self.evil.jwk(&json!({ "kid": "evil" })), honest] }).to_string(),
        }
    }

    /// A JWT with these claims and the usual times.
    pub fn sign(&mut self, by: Provider, claims: &Json) -> String {
        self.sign_as(by, "JWT", claims)
    }

    pub fn sign_as(&mut self, by: Provider, typ: &str, claims: &Json) -> String {
        let content = (by, format!("{typ} {claims}"));
        if let Some(jwt) = self.signed.get(&content) {
            return jwt.clone();
        }
        let header = json!({ "alg": "EdDSA", "typ": typ, "kid": by.to_string() });
        let times = json!({ "iat": START, "exp": START + 300 });
        let jwt = self.of(by).jwt(&header, &changed(times, claims));
        self.signed.insert(content, jwt.clone());
        jwt
    }
}

/// A client of a provider, made of what its discovery document says: the usual, and these members.
pub fn client(of: Provider, client_id: &str, more: &Json) -> ClientBuilder {
    let issuer = of.issuer();
    let usual = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "authorization_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    });
    let mut discovery = Issuer::new(issuer).unwrap().discover();
    if let Some(other) = more.get("issuer").and_then(Json::as_str) {
        discovery = discovery.expecting_issuer(other);
    }
    let (_, awaiting) = discovery.into_parts();
    let metadata = awaiting.receive(&Response::new(changed(usual, more).to_string())).unwrap();
    Client::builder(metadata, client_id, ClientAuth::secret(of.client_secret()))
}

/// The answer of a token endpoint: an ID token, or that there is none for this code.
pub fn answer(id_token: Option<IdToken>, keys: &mut Keys) -> Response<String> {
    let Some(id_token) = id_token else {
        return Response::builder().status(400).body(json!({ "error": "invalid_grant" }).to_string()).unwrap();
    };
    let id_token = jwt_of(id_token, keys);
    Response::new(
        json!({ "access_token": "an-access-token", "token_type": "Bearer", "id_token": id_token }).to_string(),
    )
}

pub fn jwt_of(id_token: IdToken, keys: &mut Keys) -> String {
    let IdToken { signed_by, iss, aud, about, nonce } = id_token;
    let mut claims = json!({ "iss": iss.issuer(), "aud": aud, "sub": about.sub() });
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(Value::Nonce(nonce).write());
    }
    keys.sign(signed_by, &claims)
}
