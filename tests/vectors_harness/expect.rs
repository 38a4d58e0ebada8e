//! What must come out of a case.

use std::error::Error;

use oidc_proto::OAuthError;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::given::OneOrMore;
use crate::report::{Report, readable, readable_both};

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

/// The result of a stage.
pub type Outcome = Result<Map<String, Value>, oidc_proto::Error>;

impl Expect {
    /// Whether a request that is sent again is expected.
    pub fn again(&self) -> bool {
        self.ok.as_ref().is_some_and(|ok| ok.contains_key("again"))
    }

    /// The error says what was expected and what was found.
    pub fn check(&self, outcome: Outcome) -> Result<(), Report> {
        let report = match (&self.ok, &self.error, outcome) {
            (Some(expected), None, Ok(found)) => compare_objects("", expected, &found),
            (None, Some(names), Err(error)) => self.compare_error(names, &error),
            (Some(expected), None, Err(error)) => {
                Report::default().row("expected:", describe_ok(expected)).row("found:", describe_error(&error))
            }
            (None, Some(names), Ok(found)) => {
                Report::default().row("expected:", describe_names(names)).row("found:", describe_ok(&found))
            }
            _ => Report::default().row("problem:", "`expect` must have exactly one of `ok` and `error`"),
        };
        if report.is_empty() { Ok(()) } else { Err(report) }
    }

    /// An empty report: they are the same.
    fn compare_error(&self, names: &OneOrMore, error: &oidc_proto::Error) -> Report {
        if !names_of(names).contains(&variant(error).as_str()) {
            return Report::default().row("expected:", describe_names(names)).row("found:", describe_error(error));
        }
        let texts = texts(error);
        let shown = |omitted: &&String| texts.iter().any(|text| text.contains(omitted.as_str()));
        if let Some(omitted) = self.message_omits.iter().find(shown) {
            let text = texts.iter().find(|text| text.contains(omitted.as_str())).unwrap();
            return Report::default()
                .row("expected:", format!("the error {}, and nowhere in its text {omitted:?}", variant(error)))
                .row("found:", text);
        }
        let found = oauth_error(error).map(|error| ExpectedOAuthError {
            error: error.error().as_str().to_owned(),
            error_description: error.error_description().map(str::to_owned),
            error_uri: error.error_uri().map(str::to_owned),
        });
        match &self.oauth_error {
            Some(expected) if found.as_ref() != Some(expected) => Report::default()
                .row("key:", "oauth_error")
                .row("expected:", describe_oauth_error(expected))
                .row("found:", found.as_ref().map_or_else(|| "none".to_owned(), describe_oauth_error)),
            _ => Report::default(),
        }
    }
}

/// The name of the error's variant. One that only wraps another error of the crate counts as what it wraps.
pub fn variant(error: &oidc_proto::Error) -> String {
    let debug = format!("{error:?}");
    // The crate-wide error is transparent: its source is already the source of the error that it wraps.
    let (_, step) = debug.split_once('(').expect("the crate-wide error wraps another");
    let mut name = identifier(step);
    let mut source = error.source();
    while let Some(inner) = source.filter(|_| WRAPPERS.contains(&name.as_str())) {
        name = identifier(&format!("{inner:?}"));
        source = inner.source();
    }
    name
}

fn identifier(debug: &str) -> String {
    debug.chars().take_while(|c| c.is_alphanumeric()).collect()
}

/// The texts of an error and of each of its sources.
fn texts(error: &oidc_proto::Error) -> Vec<String> {
    chain(error).flat_map(|error| [error.to_string(), format!("{error:?}"), format!("{error:#?}")]).collect()
}

/// An error, its source, the source of that, and so on.
fn chain(error: &oidc_proto::Error) -> impl Iterator<Item = &dyn Error> {
    std::iter::successors(Some(error as &dyn Error), |error| (*error).source())
}

fn oauth_error(error: &oidc_proto::Error) -> Option<&OAuthError> {
    match error {
        oidc_proto::Error::Callback(oidc_proto::CallbackError::Provider { error, .. })
        | oidc_proto::Error::Push(oidc_proto::PushError::Provider { error, .. })
        | oidc_proto::Error::Token(oidc_proto::TokenError::Provider { error, .. })
        | oidc_proto::Error::Introspection(oidc_proto::IntrospectionError::Provider { error, .. })
        | oidc_proto::Error::Registration(oidc_proto::RegistrationError::Provider { error, .. })
        | oidc_proto::Error::Device(oidc_proto::DeviceError::Provider { error, .. })
        | oidc_proto::Error::Revocation(oidc_proto::RevocationError::Provider { error, .. }) => Some(error),
        _ => None,
    }
}

/// Each expected key that differs. `place` is the path to the object, with a dot at its end.
fn compare_objects(place: &str, expected: &Map<String, Value>, found: &Map<String, Value>) -> Report {
    let mut report = Report::default();
    for (key, expected) in expected {
        let path = format!("{place}{key}");
        let difference = match (found.get(key), key.as_str()) {
            (None, _) if expected.is_null() => continue,
            (None, _) => Report::default()
                .row("key:", path)
                .row("expected:", readable(expected))
                .row("found:", format!("no such key. These came: {}", list(found.keys()))),
            (Some(found), "query" | "form") => compare_pairs(&path, expected, found),
            (Some(found), "headers" | "claims" | "members" | "bearer") => compare_members(&path, expected, found),
            (Some(found), "absent_headers") => compare_absent(&path, expected, found),
            (Some(found), "requests") => compare_requests(&path, expected, found),
            (Some(found), "challenges") => compare_challenges(&path, expected, found),
            (Some(found), "assertion" | "dpop" | "request_object") => compare_signed(&path, expected, found),
            (Some(found), "request" | "token_request" | "again") => {
                compare_objects(&format!("{path}."), expected.as_object().unwrap(), found.as_object().unwrap())
            }
            (Some(found), _) if is_as_expected(expected, found) => continue,
            (Some(found), _) => differs(path, expected, found),
        };
        if !difference.is_empty() {
            report.gap();
            report.append(difference);
        }
    }
    report
}

/// Every request, in order: as an object, or as its address alone.
fn compare_requests(path: &str, expected: &Value, found: &Value) -> Report {
    let (expected, found) = (expected.as_array().unwrap(), found.as_array().unwrap());
    if expected.len() != found.len() {
        let [expected, found] = [expected.len(), found.len()].map(|length| format!("{length} requests"));
        return Report::default().row("key:", path).row("expected:", expected).row("found:", found);
    }
    let mut report = Report::default();
    for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
        let path = format!("{path}[{index}]");
        report.append(match (expected, found) {
            (Value::Object(expected), Value::Object(found)) => compare_objects(&format!("{path}."), expected, found),
            _ if expected == found => continue,
            _ => differs(path, expected, found),
        });
    }
    report
}

/// Every expected member of an object, where `null` means absent; others are not compared.
fn compare_members(path: &str, expected: &Value, found: &Value) -> Report {
    let mut report = Report::default();
    for (name, expected) in expected.as_object().unwrap() {
        let found = found.get(name).unwrap_or(&Value::Null);
        if !is_as_expected(expected, found) {
            report.gap();
            report.append(differs(format!("{path}.{name}"), expected, found));
        }
    }
    report
}

/// The listed members of header and claims; others are not compared.
fn compare_signed(path: &str, expected: &Value, found: &Value) -> Report {
    let mut report = Report::default();
    for (part, expected) in expected.as_object().unwrap() {
        report.append(compare_members(&format!("{path}.{part}"), expected, &found[part]));
    }
    report
}

/// The value `*` stands for any string that is not empty, and for any number.
fn is_as_expected(expected: &Value, found: &Value) -> bool {
    let is_any = expected == "*" && (found.is_number() || found.as_str().is_some_and(|text| !text.is_empty()));
    is_any || expected == found
}

/// Every challenge, in order. The scheme is compared in any case.
fn compare_challenges(path: &str, expected: &Value, found: &Value) -> Report {
    let in_lower_case = |challenges: &Value| {
        let mut challenges = challenges.clone();
        for challenge in challenges.as_array_mut().unwrap() {
            challenge["scheme"] = challenge["scheme"].as_str().unwrap().to_ascii_lowercase().into();
        }
        challenges
    };
    if in_lower_case(expected) == in_lower_case(found) {
        return Report::default();
    }
    differs(path.to_owned(), expected, found)
}

/// Names that must not be among the names that came.
fn compare_absent(path: &str, names: &Value, found: &Value) -> Report {
    let found = found.as_array().unwrap();
    let present: Vec<String> =
        names.as_array().unwrap().iter().filter(|name| found.contains(name)).map(readable).collect();
    if present.is_empty() {
        return Report::default();
    }
    Report::default().row("key:", path).row("expected:", "none of these").row("found:", list(&present))
}

/// Two lists of pairs, in any order. The value `*` stands for any value that is not empty.
fn compare_pairs(path: &str, expected: &Value, found: &Value) -> Report {
    let mut extra = found.as_array().unwrap().clone();
    let is_wildcard = |pair: &&Value| pair[1] == "*";
    let (wildcards, exact): (Vec<&Value>, Vec<&Value>) = expected.as_array().unwrap().iter().partition(is_wildcard);
    let matches = |expected: &Value, found: &Value| {
        expected == found || (expected[0] == found[0] && expected[1] == "*" && found[1] != "")
    };
    let mut missing = Vec::new();
    // Pairs with a value are matched first: a wildcard might take it from them.
    for pair in exact.into_iter().chain(wildcards) {
        match extra.iter().position(|found| matches(pair, found)) {
            Some(index) => drop(extra.remove(index)),
            None => missing.push(pair.clone()),
        }
    }
    if missing.is_empty() && extra.is_empty() {
        return Report::default();
    }
    Report::default()
        .row("key:", format!("{path}, without the pairs that are right"))
        .row("expected:", describe_pairs(&missing))
        .row("found:", describe_pairs(&extra))
}

fn differs(path: String, expected: &Value, found: &Value) -> Report {
    let (expected, found_text) = readable_both(expected, found);
    let found = if found.is_null() { "nothing".to_owned() } else { found_text };
    Report::default().row("key:", path).row("expected:", expected).row("found:", found)
}

fn names_of(names: &OneOrMore) -> Vec<&str> {
    match names {
        OneOrMore::One(name) => vec![name],
        OneOrMore::More(names) => names.iter().map(String::as_str).collect(),
    }
}

fn describe_names(names: &OneOrMore) -> String {
    format!("the error {}", names_of(names).join(" or "))
}

fn describe_error(error: &oidc_proto::Error) -> String {
    let messages: Vec<String> = chain(error).map(ToString::to_string).collect();
    format!("the error {}\nmessage:   {}", variant(error), messages.join("\ncaused by: "))
}

fn describe_ok(object: &Map<String, Value>) -> String {
    let member = |(key, value): (&String, &Value)| match value {
        Value::Array(pairs) if pairs.iter().all(Value::is_array) => format!("{key}:\n{}", describe_pairs(pairs)),
        Value::Object(members) if !members.is_empty() => {
            let lines: Vec<String> =
                members.iter().map(|(name, value)| format!("{name}: {}", readable(value))).collect();
            format!("{key}:\n{}", lines.join("\n"))
        }
        _ => format!("{key}: {}", readable(value)),
    };
    let members: Vec<String> = object.iter().map(|entry| member(entry).replace('\n', "\n  ")).collect();
    format!("ok, with\n{}", members.join("\n")).replace('\n', "\n  ")
}

fn describe_oauth_error(error: &ExpectedOAuthError) -> String {
    let ExpectedOAuthError { error, error_description, error_uri } = error;
    let text = |text: &Option<String>| text.as_ref().map_or_else(|| "none".to_owned(), |text| format!("{text:?}"));
    format!("error: {error:?}\nerror_description: {}\nerror_uri: {}", text(error_description), text(error_uri))
}

fn describe_pairs(pairs: &[Value]) -> String {
    if pairs.is_empty() {
        return "nothing".to_owned();
    }
    let show = |pair: &Value| match (pair[0].as_str(), pair[1].as_str()) {
        (Some(name), Some("*")) => format!("{name} = any value that is not empty"),
        (Some(name), Some(_)) => format!("{name} = {}", readable(&pair[1])),
        _ => readable(pair),
    };
    pairs.iter().map(show).collect::<Vec<_>>().join("\n")
}

fn list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Variants that do nothing but wrap another error of the crate, as their `source`.
const WRAPPERS: [&str; 4] = ["IdToken", "Jwt", "Keys", "Response"];
