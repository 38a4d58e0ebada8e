//! The first byte chooses the status and whether `openid` was asked for; the rest is the body of the token response.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oidc_proto::TokenError;
use oidc_proto::http::Response;
use oidc_proto_fuzz::oracle::Members;
use oidc_proto_fuzz::{allocations, choice, client, now, oauth_token_request, token_request};

const STATUSES: [u16; 8] = [200, 201, 204, 302, 400, 401, 500, 503];

fuzz_target!(|input: &[u8]| allocations::bounded(input, || receive(input)));

fn receive(input: &[u8]) {
    let (choice, body) = choice(input);
    let status = STATUSES[usize::from(choice >> 1) % STATUSES.len()];
    let openid = choice & 1 == 0;
    let (_, awaiting) = if openid { token_request(&client()) } else { oauth_token_request(&client()) }.into_parts();
    let response = Response::builder().status(status).body(body).expect("a response");
    let unverified = match awaiting.receive(&response) {
        Ok(unverified) => unverified,
        Err(TokenError::Provider { error, .. }) => {
            let shown = format!("{error} {error:?}");
            assert!(shown.len() < 1000, "an error code is shortened");
            return;
        }
        Err(_) => return,
    };
    assert!((200..300).contains(&status), "{status} is no success");
    let text = std::str::from_utf8(body).expect("JSON is text");
    let members = Members::of_body(text);
    assert!(!members.has("error"), "an error brings no tokens");
    let token_type = members.string("token_type").unwrap_or_default();
    assert!(token_type.is_empty() || token_type.eq_ignore_ascii_case("bearer"), "{token_type}");
    if openid {
        assert!(members.string("id_token").is_some_and(|id_token| !id_token.is_empty()), "an ID token is required");
        let _ = unverified.verify_trusting_tls(now());
        assert!(unverified.into_oauth_tokens().is_err(), "the ID token has to be verified");
        return;
    }
    assert!(unverified.verify_trusting_tls(now()).is_err(), "nobody asked who it is");
    let tokens = unverified.into_oauth_tokens().expect("plain OAuth");
    assert_eq!(members.string("access_token").as_deref(), Some(tokens.access_token().secret()));
    assert!(tokens.expires_in().is_none_or(|lifetime| lifetime.as_secs() < 1 << 31));
    let details = tokens.authorization_details::<serde::de::IgnoredAny>().expect("a list");
    assert_eq!(details.is_some(), members.has("authorization_details"), "the details that were granted");
    for name in tokens.extra().names() {
        assert!(members.has_even_null(name), "{name}");
        let _ = tokens.extra().get(name);
    }
}
