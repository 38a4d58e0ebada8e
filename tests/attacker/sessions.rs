//! Sessions of the application with the honest provider, after a login that went well.

use oidc_proto::http::Response;
use oidc_proto::{AuthorizationResponse, Client, JwkSet, Session};
use serde_json::{Value as Json, json};

use crate::cast::{Honest, Number, Person, Value};
use crate::common;
use crate::common::signing::changed;
use crate::providers::Keys;

/// The ID token of login n, which begins session n at the honest provider.
pub fn id_token(of: Person, login: Number, keys: &mut Keys) -> String {
    let [nonce, sid, jti] = ["nonce", "sid", "jti"].map(|name| format!("{name}-{login}"));
    let claims =
        json!({ "iss": Honest.issuer(), "aud": "app", "sub": of.sub(), "nonce": nonce, "sid": sid, "jti": jti });
    keys.sign(Honest, &claims)
}

/// Login n, with this ID token, and with these members beside the usual ones in the token response.
pub fn begin(client: &Client, login: Number, id_token: &str, more: &Json, keys: &JwkSet) -> Session {
    let [state, nonce] = [Value::State(login), Value::Nonce(login)].map(Value::write);
    let (_, awaiting) = client.authorize().state(&*state).nonce(&*nonce).start(common::at(0)).unwrap();
    let response = AuthorizationResponse::from_query(&format!("code=c0de&state={state}")).unwrap();
    let (_, awaiting) = awaiting.receive(client, response, common::at(0)).unwrap().into_parts();
    let usual = json!({ "access_token": "an-access-token", "token_type": "Bearer", "id_token": id_token });
    let unverified = awaiting.receive(&Response::new(changed(usual, more).to_string())).unwrap();
    unverified.verify(keys, common::at(0)).unwrap().into_session(common::at(0))
}
