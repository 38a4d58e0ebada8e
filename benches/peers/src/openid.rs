//! openid.

use openid::biscuit::Empty;
use openid::biscuit::jwk::JWKSet;
use openid::{Bearer, Client, Config, Discovered, IdToken, Options, StandardClaims};

use crate::inputs::{CLIENT_ID, CLIENT_SECRET, Inputs, NONCE, REDIRECT_URI, Signed};
use crate::measure::Contender;

pub const NAME: &str = "openid 0.25";

fn client(inputs: &Inputs) -> Client<Discovered, StandardClaims> {
    let config: Config = serde_json::from_str(&inputs.metadata).unwrap();
    let jwks: JWKSet<Empty> = serde_json::from_str(&inputs.jwks).unwrap();
    Client::new(
        config.into(),
        CLIENT_ID.to_owned(),
        CLIENT_SECRET.to_owned(),
        REDIRECT_URI.to_owned(),
        reqwest::Client::new(),
        Some(jwks),
    )
}

/// It makes the verifier alone: state and nonce are the caller's to make.
pub fn authorization_url(inputs: &Inputs) -> Contender {
    let client = client(inputs);
    Contender::new("openid 0.25 (PKCE alone)", move || {
        client.auth_url_with_new_pkce(&Options { scope: Some("openid email profile".to_owned()), ..Options::default() })
    })
}

pub fn token_response(signed: &Signed) -> Contender {
    let body = signed.token_response.clone();
    Contender::new(NAME, move || serde_json::from_str::<Bearer>(&body).unwrap())
}

pub fn discovery(inputs: &Inputs) -> Contender {
    let metadata = inputs.metadata.clone();
    Contender::new(NAME, move || serde_json::from_str::<Config>(&metadata).unwrap())
}

pub fn keys(inputs: &Inputs) -> Contender {
    let jwks = inputs.jwks.clone();
    Contender::new(NAME, move || serde_json::from_str::<JWKSet<Empty>>(&jwks).unwrap())
}

/// It has no elliptic curves.
pub fn id_token(inputs: &Inputs, signed: &Signed) -> Contender {
    let client = client(inputs);
    let compact = signed.id_token.clone();
    Contender::new(NAME, move || {
        let mut token = IdToken::<StandardClaims>::new_encoded(&compact);
        client.decode_token(&mut token).unwrap();
        client.validate_token(&token, Some(NONCE), None).unwrap();
        token
    })
}
