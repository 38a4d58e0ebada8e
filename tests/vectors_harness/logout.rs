//! The stages of a logout.

use oidc_proto::{
    AwaitingLogout, Client, Error, FrontChannelLogout, LogoutRequest, LogoutResponse, LogoutToken,
    UnverifiedLogoutToken,
};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::expect::Outcome;
use crate::given::{self, Given, at};
use crate::stages::{client, object};

pub fn request(given: Given) -> Outcome {
    let client = client(given.metadata.unwrap(), given.client)?;
    let given = given.logout.unwrap();
    let as_form = set(client.log_out(), &given).start_as_form();
    let (url, awaiting) = set(client.log_out(), &given).start()?;
    let url = Url::parse(&url).expect("the logout URL is a URL");
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    pairs.sort();
    // The form says the same, except for a random state.
    let (action, fields, awaiting_form) = as_form?;
    let action = Url::parse(&action).expect("the action of the form is a URL");
    let mut form: Vec<(String, String)> = action.query_pairs().into_owned().chain(fields).collect();
    form.sort();
    let no_state = |pairs: &[(String, String)]| -> Vec<_> {
        pairs.iter().filter(|(name, _)| given.state.is_some() || name != "state").cloned().collect()
    };
    assert_eq!(no_state(&form), no_state(&pairs), "form and URL");
    assert_eq!(awaiting_form.is_some(), awaiting.is_some(), "form and URL");
    let without_query = url.as_str().split('?').next().unwrap();
    Ok(object(json!({
        "url_without_query": without_query, "query": pairs, "awaits_response": awaiting.is_some(),
    })))
}

pub fn response(given: Given) -> Outcome {
    let client = client(given.metadata.unwrap(), given.client)?;
    let awaiting = begin(&client, &given.logout.unwrap())?;
    let response = match (given.url, given.query) {
        (Some(url), None) => LogoutResponse::from_url(&url)?,
        (None, Some(query)) => LogoutResponse::from_query(&query)?,
        _ => panic!("a logout response has exactly one of url and query"),
    };
    awaiting.receive(&client, response)?;
    Ok(object(json!({})))
}

pub fn front_channel(given: Given) -> Outcome {
    let client = client(given.metadata.unwrap(), given.client)?;
    let notice = match (given.url, given.query) {
        (Some(url), None) => FrontChannelLogout::from_url(&client, &url)?,
        (None, Some(query)) => FrontChannelLogout::from_query(&client, &query)?,
        _ => panic!("a notice has exactly one of url and query"),
    };
    Ok(object(json!({ "iss": notice.iss(), "sid": notice.sid() })))
}

pub fn token(given: Given) -> Outcome {
    let client = client(given.metadata.unwrap(), given.client)?;
    let body = match (given.logout_token, given.form) {
        (Some(compact), None) => {
            form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", &compact).finish()
        }
        (None, Some(form)) => form,
        _ => panic!("a logout token comes as exactly one of logout_token and form"),
    };
    let token = verify(&client.logout_token(body)?, &given.jwks.unwrap(), given.now)?;
    Ok(object(json!({ "iss": token.iss(), "sub": token.sub(), "sid": token.sid(), "jti": token.jti() })))
}

/// A logout request with what the case sets.
fn set(mut request: LogoutRequest, given: &given::Logout) -> LogoutRequest {
    if let Some(id_token) = &given.id_token_hint {
        request = request.id_token_hint_text(id_token);
    }
    if let Some(hint) = &given.logout_hint {
        request = request.logout_hint(hint);
    }
    if let Some(uri) = &given.post_logout_redirect_uri {
        request = request.post_logout_redirect_uri(uri);
    }
    if let Some(state) = &given.state {
        request = request.state(state.as_str());
    }
    if let Some(locales) = &given.ui_locales {
        request = request.ui_locales(locales);
    }
    given.extra.iter().fold(request, |request, (name, value)| request.extra(name, value))
}

/// What is kept of a logout, stored and read again.
fn begin(client: &Client, given: &given::Logout) -> Result<AwaitingLogout, Error> {
    let (_, awaiting) = set(client.log_out(), given).start()?;
    let awaiting = awaiting.expect("post_logout_redirect_uri");
    Ok(serde_json::from_str(&serde_json::to_string(&awaiting).unwrap()).unwrap())
}

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
fn verify(unverified: &UnverifiedLogoutToken, jwks: &Value, now: u64) -> Result<LogoutToken, Error> {
    let keys = oidc_proto::JwkSet::from_json(jwks.to_string())?;
    Ok(unverified.verify(&keys, at(now))?)
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
fn verify(_: &UnverifiedLogoutToken, _: &Value, now: u64) -> Result<LogoutToken, Error> {
    panic!("no signature can be verified without a backend at {:?}", at(now))
}
