//! The first byte chooses how the callback arrives; the rest is the callback.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oidc_proto::{AuthorizationResponse, AwaitingCallback, CallbackError, PendingLogins};
use oidc_proto_fuzz::{ISSUER, REDIRECT_URI, STATE, allocations, begin, choice, client, now, oracle};

fuzz_target!(|input: &[u8]| allocations::bounded(input, || receive_callback(input)));

fn receive_callback(input: &[u8]) {
    let (way, rest) = choice(input);
    let Ok(text) = std::str::from_utf8(rest) else {
        assert!(AuthorizationResponse::from_form(rest).is_err(), "a form is text");
        return;
    };
    let client = client();
    let (_, awaiting) = begin(&client).expect("the request is sound");
    let (response, query) = match way % 4 {
        0 => (AuthorizationResponse::from_url(text), query_of(text)),
        1 => (AuthorizationResponse::from_query(text), before_fragment(text.strip_prefix('?').unwrap_or(text))),
        2 => (AuthorizationResponse::from_form(text), text),
        // The first line is the address at which the form arrived.
        _ => {
            let (target, form) = text.split_once('\n').unwrap_or((text, ""));
            (AuthorizationResponse::from_form(form).and_then(|response| response.at(target)), form)
        }
    };
    let Ok(response) = response else { return };
    take(&awaiting, &response);

    let arrived_elsewhere = way % 4 == 0 && !oracle::is_at_redirect_host(text);
    match awaiting.receive(&client, response, now()) {
        Ok(round_trip) => {
            assert!(!arrived_elsewhere, "it arrived at another host");
            oracle::assert_answers(query.as_bytes());
            let (request, _) = round_trip.into_parts();
            assert_eq!(request.uri().to_string(), format!("{ISSUER}/token"));
            let form: Vec<_> = url::form_urlencoded::parse(request.body()).into_owned().collect();
            let names: Vec<_> = form.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["grant_type", "code", "redirect_uri", "code_verifier"]);
            assert_eq!(form[2].1, REDIRECT_URI);
        }
        // An error of the provider is reported only where the state was right.
        Err(CallbackError::Provider { state, .. }) => assert_eq!(state.secret(), STATE),
        Err(_) => {}
    }
}

/// A pending login is taken out only by a response with its own state.
fn take(awaiting: &AwaitingCallback, response: &AuthorizationResponse) {
    let mut pending = PendingLogins::default();
    pending.insert(awaiting.clone());
    let right = response.state().is_some_and(|state| state.secret() == STATE);
    assert_eq!(pending.take(response).is_ok(), right);
    assert_eq!(pending.is_empty(), right);
}

fn query_of(url: &str) -> &str {
    before_fragment(url).split_once('?').map_or("", |(_, query)| query)
}

fn before_fragment(text: &str) -> &str {
    text.split_once('#').map_or(text, |(before, _)| before)
}
