//! What a provider says about a user, as a person reads it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::html::{escape, time_of};

/// The claims that have a plain name, in the order of the page (OpenID Connect Core 1.0 section 5.1).
const NAMES: [(&str, &str); 18] = [
    ("name", "Name"),
    ("given_name", "First name"),
    ("family_name", "Last name"),
    ("nickname", "Nickname"),
    ("preferred_username", "Username"),
    ("email", "Email"),
    ("email_verified", "Email confirmed"),
    ("phone_number", "Phone"),
    ("phone_number_verified", "Phone confirmed"),
    ("birthdate", "Date of birth"),
    ("gender", "Gender"),
    ("locale", "Language"),
    ("zoneinfo", "Time zone"),
    ("website", "Website"),
    ("profile", "Public profile"),
    ("updated_at", "Last changed"),
    ("sub", "Account ID"),
    ("auth_time", "Signed in there"),
];

/// Seconds since the epoch.
const TIMES: [&str; 5] = ["auth_time", "exp", "iat", "nbf", "updated_at"];

/// The claims as a list. Those without a plain name come below it, when the user asks for them.
pub fn list(claims: &BTreeMap<String, Value>) -> String {
    let named = NAMES.iter().filter_map(|(claim, name)| Some(entry(name, &shown(claim, claims.get(*claim)?))));
    let others = claims.iter().filter(|(claim, _)| NAMES.iter().all(|(named, _)| named != claim));
    let others: String = others.map(|(claim, value)| entry(&escape(claim), &shown(claim, value))).collect();
    let details = format!("<details><summary>More details</summary><dl>{others}</dl></details>");
    let details = if others.is_empty() { String::new() } else { details };
    format!("<dl>{}</dl>{details}", named.collect::<String>())
}

/// One line of a list, of HTML.
pub fn entry(name: &str, value: &str) -> String {
    format!("<div><dt>{name}</dt><dd>{value}</dd></div>")
}

fn shown(claim: &str, value: &Value) -> String {
    match value {
        Value::Number(seconds) if TIMES.contains(&claim) => seconds.as_i64().and_then(time_of),
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        Value::String(text) => Some(escape(text)),
        Value::Array(values) => {
            values.iter().map(Value::as_str).collect::<Option<Vec<_>>>().map(|texts| escape(&texts.join(", ")))
        }
        _ => None,
    }
    .unwrap_or_else(|| escape(&value.to_string()))
}
