//! Shows a test vector, with its tokens decoded: `cargo run --example vector -- NAME`.
//!
//! NAME is a part of `FILE::CASE`. Where several match, their names are listed. Folders in the environment variable
//! `OIDC_PROTO_VECTORS` are searched too.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    reason = "an example prints, and reads its files and arguments"
)]

#[path = "../tests/vectors_harness/files.rs"]
mod files;

use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use files::Vector;
use serde_json::{Value, json};

fn main() -> ExitCode {
    let Some(part) = std::env::args().nth(1) else {
        println!("Which one? cargo run --example vector -- PART_OF_A_NAME");
        return ExitCode::FAILURE;
    };
    let mut found: Vec<Vector> = Vec::new();
    for vector in files::read_all() {
        match vector {
            Ok(vector) if vector.name.contains(&part) => found.push(vector),
            Ok(_) => {}
            Err(unreadable) => println!("{}: {}", unreadable.name, unreadable.problem),
        }
    }
    found.sort_by_key(|vector| vector.name != part);
    match found.as_slice() {
        [] => {
            println!("No vector has \"{part}\" in its name.");
            ExitCode::FAILURE
        }
        [vector, rest @ ..] if rest.is_empty() || vector.name == part => {
            show(vector);
            ExitCode::SUCCESS
        }
        several => {
            for vector in several {
                println!("{}", vector.name);
            }
            ExitCode::SUCCESS
        }
    }
}

fn show(vector: &Vector) {
    let folder = vector.extra_folder.as_deref().map(|folder| format!(" ({folder})")).unwrap_or_default();
    println!("{}\n  in {}, line {}{folder}", vector.name, vector.file, vector.line);
    println!("  stage: {}\n  why: {}\n", vector.stage, vector.why);
    println!("given: {:#}\n", decoded(&vector.given));
    println!("expect: {:#}", decoded(&vector.expect));
}

/// The same value, with every token, query, form and moment in it explained.
fn decoded(value: &Value) -> Value {
    match value {
        Value::String(text) => explain(text).unwrap_or_else(|| value.clone()),
        Value::Array(items) => items.iter().map(decoded).collect(),
        Value::Object(members) => {
            let explained = members.iter().map(|(name, value)| (name.clone(), member(name, value)));
            Value::Object(explained.collect())
        }
        other => other.clone(),
    }
}

fn member(name: &str, value: &Value) -> Value {
    match (name, value) {
        ("now" | "started" | "exp" | "iat" | "nbf" | "auth_time", Value::Number(seconds)) => {
            seconds.as_u64().map_or_else(|| value.clone(), |at| json!(format!("{at} ({})", utc(at))))
        }
        ("query" | "form", Value::String(text)) => {
            json!({ "as it came": text, "decoded": url::form_urlencoded::parse(text.as_bytes()).collect::<Vec<_>>() })
        }
        _ => decoded(value),
    }
}

/// A compact JWS or JWT, or a body that is JSON.
fn explain(text: &str) -> Option<Value> {
    if text.starts_with('{') {
        return serde_json::from_str::<Value>(text).ok().map(|body| json!({ "JSON": decoded(&body) }));
    }
    let parts: Vec<&str> = text.split('.').collect();
    let [header, payload, signature] = parts.as_slice() else { return None };
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let header: Value = part(header)?;
    let claims = part(payload).map_or_else(|| json!("not JSON"), |claims: Value| decoded(&claims));
    let bytes = URL_SAFE_NO_PAD.decode(signature).map_or(json!("not base64url"), |bytes| json!(bytes.len()));
    Some(json!({ "header": header, "claims": claims, "bytes of the signature": bytes }))
}

/// Seconds since the epoch as a date and time in UTC.
fn utc(seconds: u64) -> String {
    let (mut days, rest) = (seconds / 86_400, seconds % 86_400);
    if days > 2_932_896 {
        return "beyond the year 9999".to_owned();
    }
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02} {:02}:{:02}:{:02} UTC", days + 1, rest / 3600, rest / 60 % 60, rest % 60)
}
