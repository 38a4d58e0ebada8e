//! The first two bytes choose the status, who signs, and what the client has registered. Then come the headers, one per line,
//! a line of `---`, and the body. A signed body is the header and the payload of a JWT, with such a line between them.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use oidc_proto::http::{HeaderMap, StatusCode};
use oidc_proto::{Challenges, Client, Tokens, UserInfo, UserInfoError};
use oidc_proto_fuzz::oracle::{self, Members};
use oidc_proto_fuzz::provider::{By, KEYS, sign};
use oidc_proto_fuzz::{
    NOW, STATUSES, SUB, allocations, choice, client, client_of_signed_answers, log_in, now, parts, response,
};
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    LazyLock::force(&KEYS);
    LazyLock::force(&CLIENTS);
    allocations::bounded(input, || receive(input));
});

static CLIENTS: LazyLock<[(Client, Tokens); 2]> = LazyLock::new(|| {
    [client(), client_of_signed_answers()].map(|client| {
        let tokens = log_in(&client);
        (client, tokens)
    })
});

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

    let (client, tokens) = &CLIENTS[usize::from(must_be_signed)];
    let (_, awaiting) = client.userinfo(tokens, now()).expect("the login is this client's").into_parts();
    let unverified = match awaiting.receive(&response) {
        Ok(unverified) => unverified,
        Err(error) => return assert_refused(&error, status, response.headers()),
    };
    assert!((200..300).contains(&status), "{status} is no success");
    let trusting_tls = unverified.verify_trusting_tls(now());
    match unverified.verify(&KEYS, now()) {
        Ok(userinfo) => match by {
            Some(by) => {
                assert!(trusting_tls.is_err(), "a signed answer is not opened without keys");
                let (header, payload) = oracle::open(std::str::from_utf8(body).expect("a JWT is text"));
                oracle::assert_header(&header, by.algorithms());
                let claims = Members::of(&payload);
                oracle::assert_parties_and_times(&claims, NOW);
                assert!(!must_be_signed || (claims.has("iss") && claims.has("aud")), "iss and aud");
                assert_right(&userinfo, &payload);
            }
            None => {
                assert!(!must_be_signed, "a signature is required, and there is none");
                assert!(trusting_tls.is_ok(), "keys change nothing");
                let text = std::str::from_utf8(body).expect("JSON is text");
                assert_right(&userinfo, text.strip_prefix('\u{feff}').unwrap_or(text));
            }
        },
        Err(error) => {
            assert!(trusting_tls.is_err(), "keys change nothing");
            drop(format!("{error} {error:?} {:?}", error.remedy()));
        }
    }
}

/// It is about the user who logged in, and shows what the provider sent.
fn assert_right(userinfo: &UserInfo, text: &str) {
    let members = Members::of(text);
    assert_eq!(members.string("sub").as_deref(), Some(SUB), "another user");
    assert_eq!(userinfo.sub(), SUB);
    let claims = userinfo.claims_as::<Value>().ok();
    assert_eq!(claims, serde_json::from_str(text).ok());
    // The name is shown as it came, or not at all.
    let name = userinfo.standard_claims().name;
    assert!(name.is_none() || name == members.string("name"), "{name:?}");
    drop(format!("{userinfo:?}"));
}

fn assert_refused(error: &UserInfoError, status: u16, headers: &HeaderMap) {
    drop(format!("{error} {error:?} {:?}", error.remedy()));
    let UserInfoError::Challenge { status: shown, challenges, unreadable } = error else {
        assert!(!matches!(status, 401 | 403), "a refused access token has an error of its own");
        return;
    };
    assert_eq!(*shown, StatusCode::from_u16(status).expect("a status"));
    assert!(matches!(status, 401 | 403), "{status} refuses no access token");
    match Challenges::from_headers(headers) {
        Ok(read) => assert_eq!((challenges, unreadable), (&read, &None)),
        Err(error) => assert!(challenges.is_empty() && *unreadable == Some(error)),
    }
}
