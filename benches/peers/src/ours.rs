//! oidc-proto.

use std::time::SystemTime;

use oidc_proto::http::Response;
use oidc_proto::{AuthorizationResponse, AwaitingCallback, AwaitingTokens, Client, ClientAuth, Issuer, JwkSet, Tokens};

use crate::inputs::{CLIENT_ID, CLIENT_SECRET, CODE, ISSUER, Inputs, NONCE, REDIRECT_URI, STATE, Signed, VERIFIER};
use crate::measure::Contender;

pub const NAME: &str = "oidc-proto";

fn client(inputs: &Inputs) -> Client {
    let metadata = serde_json::from_str(&inputs.metadata).unwrap();
    Client::builder(metadata, CLIENT_ID, ClientAuth::secret(CLIENT_SECRET)).redirect_uri(REDIRECT_URI).build().unwrap()
}

fn callback() -> String {
    format!("/login/callback?code={}&state={STATE}", CODE.replace('/', "%2F"))
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

fn log_in(client: &Client, keys: &JwkSet, url: &str, response: &Response<String>) -> (String, Tokens) {
    let now = SystemTime::now();
    // State and nonce are set, since the callback and the ID token were made beforehand; the verifier is drawn.
    let request = client.authorize().scope("openid email profile").state(STATE).nonce(NONCE);
    let (authorization_url, awaiting) = request.start(now).unwrap();
    let callback = AuthorizationResponse::from_url(url).unwrap();
    let (_, awaiting) = awaiting.receive(client, callback, now).unwrap().into_parts();
    (authorization_url, awaiting.receive(response).unwrap().verify(keys, now).unwrap())
}
