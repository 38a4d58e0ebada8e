//! The first two bytes choose the status, who signs, and what the client has registered. Then come the headers, one per line,
//! a line of `---`, and the body. A signed body is the header and the payload of a JWT, with such a line between them.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use oidc_proto::{AccessToken, Client, Introspection};
use oidc_proto_fuzz::oracle::{self, Members};
use oidc_proto_fuzz::provider::{By, KEYS, sign};
use oidc_proto_fuzz::{
    ACCESS_TOKEN, NOW, STATUSES, allocations, choice, client, client_of_signed_answers, now, parts, response,
};
use serde_json::{Value, json};

fuzz_target!(|input: &[u8]| {
    LazyLock::force(&KEYS);
    LazyLock::force(&CLIENTS);
    allocations::bounded(input, || receive(input));
});

static CLIENTS: LazyLock<[Client; 2]> = LazyLock::new(|| [client(), client_of_signed_answers()]);

fn receive(input: &[u8]) {
    let (first, rest) = choice(input);
    let (second, rest) = choice(rest);
    let status = STATUSES[usize::from(first) % STATUSES.len()];
    // Who signs; `None`: the fuzzer makes the body itself.
    let by = (second & 4 == 0).then(|| By::chosen(second));
    let must_be_signed = second & 8 != 0;
    let [headers, body, payload] = parts(rest);
    let compact = by.map(|by| sign(by, body, payload));
    let body = compact.as_ref().map_or(body, |compact| compact.as_bytes());
    let Some(response) = response(status, headers, body) else { return };

    let client = &CLIENTS[usize::from(must_be_signed)];
    let token = AccessToken::new(ACCESS_TOKEN);
    let (_, awaiting) = client.introspect(&token, now()).expect("there is an endpoint").into_parts();
    let unverified = match awaiting.receive(&response) {
        Ok(unverified) => unverified,
        Err(error) => return drop(format!("{error} {error:?} {:?}", error.remedy())),
    };
    assert!((200..300).contains(&status), "{status} is no success");
    let trusting_tls = unverified.verify_trusting_tls(now());
    match unverified.verify(&KEYS, now()) {
        Ok(introspection) => match by {
            Some(by) => {
                assert!(trusting_tls.is_err(), "a signed answer is not opened without keys");
                let (header, payload) = oracle::open(std::str::from_utf8(body).expect("a JWT is text"));
                let typ = oracle::assert_jwt_header(&header, by.algorithms());
                assert_eq!(typ.as_deref(), Some("token-introspection+jwt"), "an access token has the same claims");
                let claims = Members::of(&payload);
                oracle::assert_parties_and_times(&claims, NOW);
                assert!(["iss", "aud", "iat"].into_iter().all(|name| claims.has(name)), "RFC 9701 section 5");
                assert_right(&introspection, claims.raw("token_introspection").expect("RFC 9701 section 5"));
            }
            None => {
                assert!(!must_be_signed, "a signature is required, and there is none");
                assert!(trusting_tls.is_ok(), "keys change nothing");
                let text = std::str::from_utf8(body).expect("JSON is text");
                assert_right(&introspection, text.strip_prefix('\u{feff}').unwrap_or(text));
            }
        },
        Err(error) => {
            assert!(trusting_tls.is_err(), "keys change nothing");
            drop(format!("{error} {error:?} {:?}", error.remedy()));
        }
    }
}

/// It shows what the provider sent. It shows nothing of a token that is not active.
fn assert_right(introspection: &Introspection, text: &str) {
    let members = Members::of(text);
    drop(format!("{introspection:?}"));
    match members.raw("active") {
        Some("true") => assert!(introspection.active()),
        Some("false") => return assert_shows_nothing(introspection),
        other => panic!("active is {other:?}"),
    }
    for (name, shown) in [
        ("client_id", introspection.client_id()),
        ("username", introspection.username()),
        ("sub", introspection.sub()),
        ("iss", introspection.iss()),
        ("jti", introspection.jti()),
        ("token_type", introspection.token_type().map(|token_type| token_type.as_str())),
    ] {
        assert_eq!(shown, members.string(name).as_deref(), "{name}");
        assert_eq!(shown.is_some(), members.has(name), "{name}");
    }
    assert_eq!(introspection.aud(), members.strings("aud"));
    for (name, shown) in [("exp", introspection.exp()), ("iat", introspection.iat()), ("nbf", introspection.nbf())] {
        assert_eq!(shown.is_some(), members.has(name), "a time is never left out: {name}");
    }
    assert_eq!(introspection.scope().is_some(), members.has("scope"));
    for name in introspection.extra().names() {
        assert!(members.has_even_null(name), "{name}");
    }
    assert_eq!(introspection.claims_as::<Value>().ok(), serde_json::from_str(text).ok());
}

fn assert_shows_nothing(introspection: &Introspection) {
    assert!(!introspection.active());
    let texts = [introspection.scope(), introspection.client_id(), introspection.username(), introspection.sub()];
    assert_eq!(texts, [None; 4]);
    assert_eq!([introspection.iss(), introspection.jti()], [None; 2]);
    assert_eq!([introspection.exp(), introspection.iat(), introspection.nbf()], [None; 3]);
    assert!(introspection.token_type().is_none() && introspection.aud().is_empty());
    assert_eq!(introspection.extra().names().count(), 0);
    assert_eq!(introspection.claims_as::<Value>().ok(), Some(json!({ "active": false })));
}
