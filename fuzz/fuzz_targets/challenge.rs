//! Each line is the value of a header `WWW-Authenticate`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oidc_proto::http::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use oidc_proto::{Challenge, Challenges};
use oidc_proto_fuzz::allocations;

fuzz_target!(|input: &[u8]| allocations::bounded(input, || read(input)));

/// More headers than a server sends.
const HEADERS: usize = 100;

fn read(input: &[u8]) {
    let lines = input.split(|byte| *byte == b'\n').take(HEADERS);
    let Ok(values) = lines.map(HeaderValue::from_bytes).collect::<Result<Vec<_>, _>>() else { return };
    let headers: HeaderMap = values.iter().map(|value| (WWW_AUTHENTICATE, value.clone())).collect();
    let challenges = match Challenges::from_headers(&headers) {
        Ok(challenges) => challenges,
        Err(error) => return drop(format!("{error} {error:?} {:?}", error.remedy())),
    };
    assert_eq!(challenges.iter().map(Plain::of).collect::<Vec<_>>(), read_plainly(&values));
    for challenge in challenges.iter() {
        assert!(challenge.parameters().count() <= 64, "the parameters of a challenge are compared with each other");
        assert_bearer(challenge);
    }
    let printed = challenges.iter().map(print).collect::<Vec<_>>().join(", ");
    let value = HeaderValue::from_str(&printed).or_else(|_| HeaderValue::from_bytes(printed.as_bytes()));
    let headers = HeaderMap::from_iter([(WWW_AUTHENTICATE, value.expect("it came out of a header"))]);
    assert_eq!(Challenges::from_headers(&headers).as_ref(), Ok(&challenges), "{printed}");
    drop(format!("{challenges:?}"));
}

fn assert_bearer(challenge: &Challenge) {
    let Some(bearer) = challenge.to_bearer() else {
        assert!(!challenge.scheme().eq_ignore_ascii_case("bearer"));
        return;
    };
    assert_eq!(bearer.realm(), challenge.parameter("realm"));
    assert_eq!(bearer.scope(), challenge.parameter("scope"));
    assert_eq!(bearer.error().map(|error| error.as_str()), challenge.parameter("error"));
    assert_eq!(bearer.resource_metadata(), challenge.parameter("resource_metadata"));
    let max_age = challenge.parameter("max_age").filter(|text| !text.starts_with('+'));
    assert_eq!(bearer.max_age().map(|age| age.as_secs()), max_age.and_then(|text| text.parse().ok()));
    assert!(bearer.acr_values().iter().all(|value| !value.is_empty() && !value.contains(' ')));
}

/// The challenge with every value in quotes.
fn print(challenge: &Challenge) -> String {
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
    let parameters = challenge.parameters().map(|(name, value)| format!(" {name}=\"{}\"", quoted(value)));
    let parameters = parameters.collect::<Vec<_>>().join(",");
    let token68 = challenge.token68().map(|token68| format!(" {token68}")).unwrap_or_default();
    format!("{}{token68}{parameters}", challenge.scheme())
}

/// A challenge, as either reader has read it.
#[derive(Debug, Eq, PartialEq)]
struct Plain {
    scheme: String,
    token68: Option<String>,
    parameters: Vec<(String, String)>,
}

impl Plain {
    fn of(challenge: &Challenge) -> Self {
        Self {
            scheme: challenge.scheme().to_owned(),
            token68: challenge.token68().map(str::to_owned),
            parameters: challenge.parameters().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }
}

/// Reads headers that are known to follow the grammar: it cuts at the commas outside quotes.
fn read_plainly(values: &[HeaderValue]) -> Vec<Plain> {
    let mut challenges: Vec<Plain> = Vec::new();
    for element in values.iter().flat_map(|value| elements(value.as_bytes())) {
        let element = element.trim_matches([' ', '\t']);
        if element.is_empty() {
            continue;
        }
        if let Some(parameter) = parameter(element) {
            challenges.last_mut().expect("a parameter of a challenge").parameters.push(parameter);
            continue;
        }
        let (scheme, rest) = element.split_once([' ', '\t']).unwrap_or((element, ""));
        let rest = rest.trim_matches([' ', '\t']);
        let mut challenge = Plain { scheme: scheme.to_owned(), token68: None, parameters: Vec::new() };
        if !rest.trim_end_matches('=').contains(['=', '"']) {
            challenge.token68 = Some(rest.to_owned()).filter(|rest| !rest.is_empty());
        } else {
            challenge.parameters.push(parameter(rest).expect("a parameter or a token68"));
        }
        challenges.push(challenge);
    }
    challenges
}

/// Each byte becomes the character with its number. So the bytes of a character that an escape separates can be joined again.
fn elements(value: &[u8]) -> Vec<String> {
    let (mut elements, mut is_quoted, mut is_escaped) = (vec![Vec::new()], false, false);
    for byte in value {
        match byte {
            b',' if !is_quoted => {
                elements.push(Vec::new());
                continue;
            }
            b'"' if !is_escaped => is_quoted = !is_quoted,
            _ => {}
        }
        is_escaped = is_quoted && *byte == b'\\' && !is_escaped;
        elements.last_mut().expect("there is one").push(*byte);
    }
    elements.into_iter().map(|element| element.into_iter().map(char::from).collect()).collect()
}

/// `name = value`: the name in lower case, the value without its quotes.
fn parameter(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let (name, value) = (name.trim_matches([' ', '\t']), value.trim_matches([' ', '\t']));
    if name.contains([' ', '\t', '"']) {
        return None;
    }
    let Some(inside) = value.strip_prefix('"') else {
        return Some((name.to_ascii_lowercase(), value.to_owned()));
    };
    let mut characters = inside.strip_suffix('"').expect("the quotes are closed").chars();
    let mut plain = Vec::new();
    while let Some(character) = characters.next() {
        let character = if character == '\\' { characters.next() } else { Some(character) };
        plain.extend(character.and_then(|character| u8::try_from(character).ok()));
    }
    Some((name.to_ascii_lowercase(), String::from_utf8_lossy(&plain).into_owned()))
}
