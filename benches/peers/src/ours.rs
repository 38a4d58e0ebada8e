//! oidc-proto.

use std::time::SystemTime;

use oidc_proto::http::Response;
use oidc_proto::{
    AuthorizationResponse, AwaitingCallback, AwaitingTokens, Client, ClientAuth, Issuer, JwkSet, KeyCache, KeysFor,
    PendingLogins, ProviderMetadata, Tokens,
};

use crate::inputs::{
    CLIENT_ID, CLIENT_SECRET, CODE, ENCODED_CODE, ISSUER, Inputs, NONCE, REDIRECT_URI, STATE, Signed, VERIFIER,
};
use crate::measure::Contender;

pub const NAME: &str = "oidc-proto";

fn client(inputs: &Inputs) -> Client {
    let metadata = serde_json::from_str(&inputs.metadata).unwrap();
    Client::builder(metadata, CLIENT_ID, ClientAuth::secret(CLIENT_SECRET)).redirect_uri(REDIRECT_URI).build().unwrap()
}

fn callback() -> String {
    callback_with(STATE)
}

fn callback_with(state: &str) -> String {
    ["/login/callback?code=", ENCODED_CODE, "&state=", state].concat()
}

pub fn authorization_url(inputs: &Inputs) -> Contender {
    let client = client(inputs);
    Contender::new(NAME, move || client.authorize().scope("openid email profile").start(SystemTime::now()).unwrap())
}

/// As the others, of a callback that has been read: with the checks of state, issuer and redirect URI.
pub fn token_request(inputs: &Inputs) -> Contender {
    let client = client(inputs);
    let (_, awaiting) = client.authorize().state(STATE).nonce(NONCE).start(SystemTime::now()).unwrap();
    let response = AuthorizationResponse::from_url(&callback()).unwrap();
    let make = move || (awaiting.clone(), response.clone());
    Contender::consuming(NAME, make, move |(awaiting, response): (AwaitingCallback, AuthorizationResponse)| {
        awaiting.receive(&client, response, SystemTime::now()).unwrap()
    })
}

fn awaiting_tokens(client: &Client) -> AwaitingTokens {
    let request = client.authorize().state(STATE).nonce(NONCE).code_verifier(VERIFIER);
    let (_, awaiting) = request.start(SystemTime::now()).unwrap();
    let response = AuthorizationResponse::from_parameters([("code", CODE), ("state", STATE)]).unwrap();
    awaiting.receive(client, response, SystemTime::now()).unwrap().into_parts().1
}

/// The step uses its state up, and that is no cheap thing to make: it is made beforehand, for all times.
pub fn token_response(inputs: &Inputs, signed: &Signed) -> Contender {
    let client = client(inputs);
    let response = Response::new(signed.token_response.clone());
    Contender::consuming(
        NAME,
        move || awaiting_tokens(&client),
        move |awaiting: AwaitingTokens| awaiting.receive(&response).unwrap(),
    )
}

pub fn discovery(inputs: &Inputs) -> Contender {
    let issuer = Issuer::new(ISSUER).unwrap();
    let response = Response::new(inputs.metadata.clone());
    Contender::new(NAME, move || issuer.discover().into_parts().1.receive(&response).unwrap())
}

/// Metadata out of a store, through serde.
pub fn stored_metadata(inputs: &Inputs) -> Contender {
    let metadata: ProviderMetadata = serde_json::from_str(&inputs.metadata).unwrap();
    let stored = serde_json::to_string(&metadata).unwrap();
    Contender::new("oidc-proto, stored", move || serde_json::from_str::<ProviderMetadata>(&stored).unwrap())
}

pub fn keys(inputs: &Inputs) -> Contender {
    let jwks = inputs.jwks.clone();
    Contender::new(NAME, move || JwkSet::from_json(&jwks).unwrap())
}

pub fn id_token(inputs: &Inputs, signed: &Signed) -> Contender {
    let response = Response::new(signed.token_response.clone());
    let unverified = awaiting_tokens(&client(inputs)).receive(&response).unwrap();
    let keys = JwkSet::from_json(&inputs.jwks).unwrap();
    Contender::new(NAME, move || unverified.verify(&keys, SystemTime::now()).unwrap())
}

pub fn login(inputs: &Inputs, signed: &Signed) -> Contender {
    let client = client(inputs);
    let keys = JwkSet::from_json(&inputs.jwks).unwrap();
    let (url, response) = (callback(), Response::new(signed.token_response.clone()));
    Contender::new(NAME, move || log_in(&client, &keys, &url, &response))
}

/// As a server does it: the state is drawn, what is under way is text in the browser's session, the keys are in a cache. The
/// nonce is set, since the ID token was made beforehand.
pub fn server_login(inputs: &Inputs, signed: &Signed) -> Contender {
    let client = client(inputs);
    let mut cache = KeyCache::new();
    let _ = cache.store(fetched_keys(&client, inputs), SystemTime::now());
    let response = Response::new(signed.token_response.clone());
    Contender::new(NAME, move || {
        let now = SystemTime::now();
        let (url, awaiting) = client.authorize().scope("openid email profile").nonce(NONCE).start(now).unwrap();
        let callback = callback_with(awaiting.state().secret());
        let mut pending = PendingLogins::default();
        pending.insert(awaiting);
        let session = serde_json::to_string(&pending).unwrap();
        let mut pending: PendingLogins = serde_json::from_str(&session).unwrap();
        let callback = AuthorizationResponse::from_url(&callback).unwrap();
        let (_, awaiting) = pending.receive(&client, callback, now).unwrap().into_parts();
        let session = serde_json::to_string(&pending).unwrap();
        let unverified = awaiting.receive(&response).unwrap();
        let Ok(KeysFor::Use(keys)) = cache.keys_for(&unverified, now) else { panic!("the keys are there") };
        (url, session, unverified.verify(&keys, now).unwrap())
    })
}

fn fetched_keys(client: &Client, inputs: &Inputs) -> JwkSet {
    let (_, awaiting) = client.fetch_keys().unwrap().into_parts();
    awaiting.receive(&Response::new(inputs.jwks.clone())).unwrap()
}

fn log_in(client: &Client, keys: &JwkSet, url: &str, response: &Response<String>) -> (String, Tokens) {
    let now = SystemTime::now();
    // State and nonce are set, since the callback and the ID token were made beforehand; the verifier is drawn.
    let request = client.authorize().scope("openid email profile").state(STATE).nonce(NONCE);
    let (authorization_url, awaiting) = request.start(now).unwrap();
    let callback = AuthorizationResponse::from_url(url).unwrap();
    let (_, awaiting) = awaiting.receive(client, callback, now).unwrap().into_parts();
    (authorization_url, awaiting.receive(response).unwrap().verify(keys, now).unwrap())
}
