//! Shows a test vector, with its tokens, queries and times decoded: `cargo run --example vector -- NAME`.
//!
//! NAME is a part of `FILE::CASE`. Where several match, their names are listed. Folders in the environment variable
//! `OIDC_PROTO_VECTORS` are searched too.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "an example prints, and reads its files and arguments; it shares the reader of the vectors with the tests"
)]

#[path = "../tests/vectors_harness/files.rs"]
mod files;
#[path = "../tests/vectors_harness/report.rs"]
mod report;

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use url::form_urlencoded;

use crate::files::{Unreadable, Vector};
use crate::report::shorten;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [part] = arguments.as_slice() else {
        return print("Which one? cargo run --example vector -- NAME, where NAME is a part of FILE::CASE\n", false);
    };
    let (vectors, problems) = read();
    let mut chosen: Vec<&Vector> = vectors.iter().filter(|vector| vector.name.contains(part)).collect();
    if let Some(exact) = chosen.iter().position(|vector| vector.name == *part) {
        chosen = vec![chosen.swap_remove(exact)];
    }
    match chosen.as_slice() {
        [] => print(&format!("{problems}No vector has {part:?} in its name.\n"), false),
        [vector] => print(&show(vector), true),
        several => print(&(problems + &list(part, several)), true),
    }
}

/// The vectors, and a line for each file or folder that has none.
fn read() -> (Vec<Vector>, String) {
    let mut vectors = Vec::new();
    let mut problems = String::new();
    for vector in files::read_all() {
        match vector {
            Ok(vector) => vectors.push(vector),
            Err(Unreadable { name, problem }) => _ = writeln!(problems, "{name}: {problem}"),
        }
    }
    (vectors, problems)
}

fn show(vector: &Vector) -> String {
    let Vector { name, file, line, stage, why, given, expect, .. } = vector;
    let (mut head, mut given_tree, mut expect_tree) = (Tree::default(), Tree::default(), Tree::default());
    head.filled(1, &format!("file: {file}, line {line}"));
    head.filled(1, &format!("stage: {stage}"));
    head.filled(1, &format!("why: {why}"));
    given_tree.members(1, &given.to_string());
    expect_tree.members(1, &expect.to_string());
    format!("{name}\n{}\ngiven, with the defaults of the file\n{}\nexpect\n{}", head.0, given_tree.0, expect_tree.0)
}

fn list(part: &str, vectors: &[&Vector]) -> String {
    let mut list = format!("{} vectors have {part:?} in their name:\n", vectors.len());
    let width = vectors.iter().map(|vector| vector.name.len()).max().unwrap_or(0).min(60);
    for vector in vectors {
        let line = format!("  {:width$}  {}", vector.name, vector.why);
        let end = if line.chars().count() > COLUMNS { "…" } else { "" };
        _ = writeln!(list, "{}{end}", line.chars().take(COLUMNS - end.chars().count()).collect::<String>());
    }
    list
}

/// A reader that closes its end early, such as `head`, has seen what it wants: that is no error.
fn print(text: &str, is_success: bool) -> ExitCode {
    _ = std::io::stdout().write_all(text.as_bytes());
    if is_success { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// JSON as indented lines of `name: value`, with what is encoded in its strings decoded. Values are kept as they were
/// written, so that what is unusual about them stays visible.
#[derive(Default)]
struct Tree(String);

impl Tree {
    /// The members of a JSON object.
    fn members(&mut self, depth: usize, json: &str) {
        match serde_json::from_str(json) {
            Ok(Members(members)) => {
                for (index, (name, value)) in members.iter().enumerate() {
                    let is_repeated = members.iter().take(index).any(|(earlier, _)| earlier == name);
                    let label = if is_repeated { format!("{name} (again):") } else { format!("{name}:") };
                    self.value(depth, &label, name, value.get());
                }
            }
            Err(error) => self.line(depth, &format!("not an object: {error}")),
        }
    }

    fn value(&mut self, depth: usize, label: &str, name: &str, json: &str) {
        match json.as_bytes().first() {
            Some(b'{' | b'[') if depth > DEEPEST => self.wrapped(depth, &format!("{label} {}", shorten(json))),
            Some(b'{') if is_empty(json) => self.line(depth, &format!("{label} {{}}")),
            Some(b'{') => {
                self.line(depth, label);
                self.members(depth + 1, json);
            }
            Some(b'[') => self.array(depth, label, name, json),
            Some(b'"') => match serde_json::from_str::<String>(json) {
                Ok(string) => self.string(depth, label, name, &string),
                Err(error) => self.wrapped(depth, &format!("{label} {json} ({error})")),
            },
            _ => match date(json).filter(|_| TIMES.contains(&name)) {
                Some(date) => self.line(depth, &format!("{label} {json} ({date})")),
                None => self.wrapped(depth, &format!("{label} {json}")),
            },
        }
    }

    fn array(&mut self, depth: usize, label: &str, name: &str, json: &str) {
        let elements: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
        let elements: Vec<&str> = elements.into_iter().map(RawValue::get).collect();
        match serde_json::from_str::<Vec<(String, String)>>(json) {
            Ok(pairs) if !pairs.is_empty() => {
                self.line(depth, label);
                self.pairs(depth + 1, pairs);
            }
            _ if elements.iter().all(|element| is_plain(element)) => {
                self.filled(depth, &shorten(&format!("{label} [{}]", elements.join(", "))));
            }
            _ => {
                self.line(depth, label);
                for element in elements {
                    self.element(depth + 1, name, element);
                }
            }
        }
    }

    fn element(&mut self, depth: usize, name: &str, json: &str) {
        if !json.starts_with('{') || is_empty(json) {
            return self.value(depth, "-", name, json);
        }
        // The dash goes into the indentation of the first member.
        let dash = self.0.len() + depth * INDENT;
        self.members(depth + 1, json);
        self.0.replace_range(dash..=dash, "-");
    }

    fn pairs(&mut self, depth: usize, pairs: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in pairs {
            self.string(depth, &format!("{name} ="), &name, &value);
        }
    }

    /// A string, and what is encoded in it.
    fn string(&mut self, depth: usize, label: &str, name: &str, string: &str) {
        if is_token(name, string) {
            return self.token(depth, label, string);
        }
        let json_error = serde_json::from_str::<Members>(string).err();
        if string.starts_with('{') && json_error.is_none() {
            self.line(depth, &format!("{label} JSON, {} characters", string.chars().count()));
            return self.members(depth + 1, string);
        }
        self.wrapped(depth, &format!("{label} {}", shorten(&Value::from(string).to_string())));
        match (name, json_error) {
            ("body", Some(error)) if string.starts_with('{') => self.line(depth + 1, &format!("(not JSON: {error})")),
            ("body_base64", _) => {
                let bytes = STANDARD.decode(string).unwrap_or_default();
                self.string(depth + 1, "decoded:", "body", &String::from_utf8_lossy(&bytes));
            }
            ("query" | "form", _) => self.query(depth + 1, "decoded:", string.trim_start_matches('?')),
            _ if string.contains("://") => {
                let (rest, fragment) = string.split_once('#').unwrap_or((string, ""));
                let (_, query) = rest.split_once('?').unwrap_or((rest, ""));
                self.query(depth + 1, "query, decoded:", query);
                self.query(depth + 1, "fragment, decoded:", fragment);
            }
            _ => {}
        }
    }

    fn query(&mut self, depth: usize, label: &str, query: &str) {
        if !query.is_empty() {
            self.line(depth, label);
            self.pairs(depth + 1, form_urlencoded::parse(query.as_bytes()).into_owned());
        }
    }

    /// A compact serialization, part by part.
    fn token(&mut self, depth: usize, label: &str, token: &str) {
        let parts: Vec<&str> = token.split('.').collect();
        let (kind, names): (&str, &[&str]) = match parts.len() {
            3 => ("a compact JWS", &["header", "claims", "signature"]),
            5 => ("a compact JWE", &["header", "encrypted key", "initialization vector", "ciphertext", "tag"]),
            _ => ("neither 3 nor 5 parts", &["header", "claims", "signature"]),
        };
        self.line(depth, &format!("{label} {kind}, {} characters", token.chars().count()));
        for (index, part) in parts.into_iter().enumerate() {
            let name = names.get(index).map_or_else(|| format!("part {}", index + 1), |name| (*name).to_owned());
            self.part(depth + 1, &name, part);
        }
    }

    fn part(&mut self, depth: usize, name: &str, part: &str) {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(part) else {
            return self.wrapped(depth, &format!("{name}: not base64url: {:?}", shorten(part)));
        };
        if name != "header" && name != "claims" {
            return self.line(depth, &format!("{name}: {} bytes", bytes.len()));
        }
        match String::from_utf8(bytes) {
            Ok(json) if serde_json::from_str::<Members>(&json).is_ok() => {
                self.line(depth, &format!("{name}:"));
                self.members(depth + 1, &json);
            }
            Ok(other) => self.wrapped(depth, &format!("{name}: not a JSON object: {:?}", shorten(&other))),
            Err(error) => {
                let lossy = String::from_utf8_lossy(error.as_bytes());
                self.wrapped(depth, &format!("{name}: not UTF-8: {:?}", shorten(&lossy)));
            }
        }
    }

    fn line(&mut self, depth: usize, line: &str) {
        _ = writeln!(self.0, "{:indent$}{line}", "", indent = depth * INDENT);
    }

    /// Over several lines, where one is too narrow; broken between words.
    fn filled(&mut self, first_depth: usize, text: &str) {
        let mut depth = first_depth;
        let mut line = String::new();
        for word in text.split(' ') {
            if !line.is_empty() && depth * INDENT + line.chars().count() + 1 + word.chars().count() > COLUMNS {
                self.wrapped(depth, &line);
                line.clear();
                depth = first_depth + 2;
            }
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
        self.wrapped(depth, &line);
    }

    /// Over several lines, where one is too narrow; broken anywhere.
    fn wrapped(&mut self, first_depth: usize, text: &str) {
        let mut depth = first_depth;
        let mut rest = text;
        while !rest.is_empty() {
            // The last two characters may be a quote and a bracket: they get no line of their own.
            let width = COLUMNS.saturating_sub(depth * INDENT + 2).max(20);
            let end = match rest.char_indices().nth(width) {
                Some((end, _)) if rest.chars().count() > width + 2 => end,
                _ => rest.len(),
            };
            let (line, after) = rest.split_at(end);
            self.line(depth, line);
            rest = after;
            depth = first_depth + 2;
        }
    }
}

/// The members of a JSON object as they were written: in their order, duplicates too.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EachMember;

        impl<'de> Visitor<'de> for EachMember {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(EachMember)
    }
}

fn is_empty(object: &str) -> bool {
    serde_json::from_str(object).is_ok_and(|Members(members)| members.is_empty())
}

/// Whether an element of an array gets no line of its own: nothing in it is to be laid out or decoded.
fn is_plain(json: &str) -> bool {
    match serde_json::from_str::<Value>(json) {
        Ok(Value::String(string)) => !is_token("", &string),
        Ok(Value::Array(_)) => !json.contains('{'),
        Ok(Value::Object(_)) | Err(_) => false,
        Ok(_) => true,
    }
}

/// Whether a string is to be read as a compact token: its first part is the base64url of an object, or its name says so.
fn is_token(name: &str, string: &str) -> bool {
    let first = string.split('.').next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let has_header = first.is_some_and(|header| header.starts_with(b"{"));
    string.contains('.') && (has_header || name == "id_token")
}

/// Seconds since the epoch as `2023-11-14 22:13:20 UTC`. `None`: not a number, or outside of the years 1 to 9999.
fn date(seconds: &str) -> Option<String> {
    let seconds: i64 = seconds.split('.').next()?.parse().ok()?;
    let (year, month, day) = year_month_day(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let is_usual = (1..=9_999).contains(&year);
    is_usual.then(|| format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC"))
}

/// Of the Gregorian calendar, out of the days since 1970-01-01. Years are counted from March on: so the leap day is the last
/// one of its year.
fn year_month_day(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468; // from 0000-03-01 on
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097)); // of 400 years each
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153; // every five months have 153 days
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, year) = if month < 10 { (month + 3, year) } else { (month - 9, year + 1) };
    (era * 400 + year, month, day)
}

const COLUMNS: usize = 100;
const INDENT: usize = 2;
/// What is nested deeper is not laid out.
const DEEPEST: usize = 24;
/// Names of what is a time in seconds since the epoch.
const TIMES: [&str; 7] = ["auth_time", "exp", "iat", "nbf", "now", "started", "updated_at"];
