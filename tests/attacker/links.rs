//! Links as URLs: those that the application makes are read, those that it gets are written.

use serde_json::json;

use crate::cast::{Evil, Honest, Number, Provider, Value};
use crate::common::query_of;
use crate::providers::Keys;
use crate::world::{Callback, Link, Outcome, Place, Request};

pub fn address(place: Place) -> String {
    match place {
        Place::Shared => "https://app.example/callback".to_owned(),
        Place::Of(provider) => format!("https://app.example/callback/{provider}"),
    }
}

pub fn place(text: &str) -> Place {
    let places = [Place::Shared, Place::Of(Honest), Place::Of(Evil)];
    places.into_iter().find(|place| address(*place) == text).unwrap()
}

/// The authorization URL that the application has made.
pub fn read_authorization(url: &str) -> Link {
    let query = query_of(url);
    let number = |name: &str| -> Option<Number> {
        match Value::read(query.get(name)?) {
            Some(Value::State(number) | Value::Nonce(number) | Value::Challenge(number)) => Some(number),
            other => panic!("{name} is {other:?}"),
        }
    };
    let request = Request {
        state: number("state").unwrap(),
        nonce: number("nonce"),
        challenge: number("code_challenge"),
        back_to: place(&query["redirect_uri"]),
        wants_signed: query.get("response_mode").is_some_and(|mode| mode == "jwt"),
    };
    Link::Authorize(Provider::of_url(url), request)
}

/// The URL of a callback.
pub fn callback(callback: Callback, keys: &mut Keys) -> String {
    let Callback { at, outcome, state, iss, signed_by } = callback;
    let (name, value) = match outcome {
        Outcome::Code(code) => ("code", Value::Code(code).write()),
        Outcome::MadeUp => ("code", "made-up".to_owned()),
        Outcome::Error => ("error", "access_denied".to_owned()),
    };
    let state = Value::State(state).write();
    let iss = iss.map(Provider::issuer);
    let query = match signed_by {
        None => format!("{name}={value}&state={state}{}", iss.map(|iss| format!("&iss={iss}")).unwrap_or_default()),
        Some(by) => {
            format!("response={}", keys.sign(by, &json!({ "iss": iss, "aud": "app", "state": state, name: value })))
        }
    };
    format!("{}?{query}", address(at))
}
