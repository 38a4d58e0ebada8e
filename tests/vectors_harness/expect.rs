//! What must come out of a case.

use std::error::Error;

use oidc_proto::OAuthError;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::given::OneOrMore;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    ok: Option<Map<String, Value>>,
    error: Option<OneOrMore>,
    #[serde(default)]
    message_omits: Vec<String>,
    oauth_error: Option<ExpectedOAuthError>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct ExpectedOAuthError {
    error: String,
    error_description: Option<String>,
    error_uri: Option<String>,
}

/// What a stage came to.
pub type Outcome = Result<Map<String, Value>, oidc_proto::Error>;

impl Expect {
    pub fn check(&self, outcome: Outcome) -> Result<(), String> {
        match (&self.ok, &self.error, outcome) {
            (Some(expected), None, Ok(found)) => check_object(expected, &found),
            (None, Some(names), Err(error)) => self.check_error(names, &error),
            (Some(_), None, Err(error)) => Err(format!("ok expected, found the error {error:?}: {error}")),
            (None, Some(_), Ok(found)) => Err(format!("an error expected, found ok: {found:?}")),
            _ => Err("expect has exactly one of ok and error".to_owned()),
        }
    }

    fn check_error(&self, names: &OneOrMore, error: &oidc_proto::Error) -> Result<(), String> {
        let name = variant(error);
        let right = match names {
            OneOrMore::One(expected) => *expected == name,
            OneOrMore::More(expected) => expected.contains(&name),
        };
        if !right {
            return Err(format!("found the error {name}: {error}"));
        }
        for message in messages(error) {
            if let Some(shown) = self.message_omits.iter().find(|omitted| message.contains(omitted.as_str())) {
                return Err(format!("the message {message:?} shows {shown:?}"));
            }
        }
        let found = oauth_error(error).map(|error| ExpectedOAuthError {
            error: error.error().as_str().to_owned(),
            error_description: error.error_description().map(str::to_owned),
            error_uri: error.error_uri().map(str::to_owned),
        });
        if self.oauth_error.is_some() && found != self.oauth_error {
            return Err(format!("found the OAuth error {found:?}"));
        }
        Ok(())
    }
}

/// The identifier at the start of the `Debug` output, without the crate-wide wrapper.
fn variant(error: &oidc_proto::Error) -> String {
    let debug = format!("{error:?}");
    let (_, inner) = debug.split_once('(').expect("the crate-wide error wraps another");
    inner.chars().take_while(|c| c.is_alphanumeric()).collect()
}

/// All that an error, and each of its sources, says.
fn messages(error: &oidc_proto::Error) -> Vec<String> {
    let mut messages = Vec::new();
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(error) = next {
        messages.extend([error.to_string(), format!("{error:?}"), format!("{error:#?}")]);
        next = error.source();
    }
    messages
}

fn oauth_error(error: &oidc_proto::Error) -> Option<&OAuthError> {
    match error {
        oidc_proto::Error::Callback(oidc_proto::CallbackError::Provider { error, .. })
        | oidc_proto::Error::Token(oidc_proto::TokenError::Provider { error, .. }) => Some(error),
        _ => None,
    }
}

/// Each expected key, compared by what it means.
fn check_object(expected: &Map<String, Value>, found: &Map<String, Value>) -> Result<(), String> {
    for (key, expected) in expected {
        let found = found.get(key).unwrap_or(&Value::Null);
        let right = match key.as_str() {
            "query" | "form" => same_pairs(expected, found),
            "headers" | "claims" => contains(expected, found),
            "token_request" => {
                check_object(expected.as_object().unwrap(), found.as_object().unwrap())?;
                true
            }
            "absent_headers" => absent(expected, found),
            _ => expected == found,
        };
        if !right {
            return Err(format!("{key}: expected {expected}, found {found}"));
        }
    }
    Ok(())
}

/// Whether every key of one object has the same value in the other.
fn contains(expected: &Value, found: &Value) -> bool {
    expected.as_object().unwrap().iter().all(|(key, value)| found.get(key) == Some(value))
}

/// Whether no name of the list is among the names that are there.
fn absent(names: &Value, there: &Value) -> bool {
    let there = there.as_array().unwrap();
    names.as_array().unwrap().iter().all(|name| !there.contains(name))
}

/// Whether two lists of pairs hold the same, in any order. The value `*` stands for any that is not empty.
fn same_pairs(expected: &Value, found: &Value) -> bool {
    let mut found = found.as_array().unwrap().clone();
    let matches = |expected: &Value, found: &Value| {
        expected == found || (expected[0] == found[0] && expected[1] == "*" && found[1] != "")
    };
    for pair in expected.as_array().unwrap() {
        match found.iter().position(|found| matches(pair, found)) {
            Some(index) => found.remove(index),
            None => return false,
        };
    }
    found.is_empty()
}
