//! The first byte chooses how the callback arrives; the rest is the callback. What arrives as a URL or a query is also read as the
//! response to a logout, and as a front-channel logout.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oidc_proto::{
    AuthorizationResponse, AwaitingCallback, CallbackError, Client, FrontChannelLogout, LogoutError, LogoutResponse,
    PendingLogins,
};
use oidc_proto_fuzz::{
    ISSUER, POST_LOGOUT_REDIRECT_URI, REDIRECT_URI, STATE, allocations, begin, choice, client, now, oracle,
};

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
    let arrived_elsewhere = way % 4 == 0 && !oracle::is_at_redirect_host(text);
    match way % 4 {
        0 => {
            receive_logout(&client, LogoutResponse::from_url(text), query, !arrived_elsewhere);
            notice_logout(FrontChannelLogout::from_url(&client, text), query);
        }
        1 => {
            receive_logout(&client, LogoutResponse::from_query(text), query, true);
            notice_logout(FrontChannelLogout::from_query(&client, text), query);
        }
        _ => {}
    }
    let Ok(response) = response else { return };
    take(&awaiting, &response);

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

/// A logout ends only by a response with its own state, at its own host.
fn receive_logout(client: &Client, response: Result<LogoutResponse, LogoutError>, query: &str, at_host: bool) {
    let Ok(response) = response else { return };
    let request = client.log_out().post_logout_redirect_uri(POST_LOGOUT_REDIRECT_URI).state(STATE);
    let (_, awaiting) = request.start().expect("the request is sound");
    if awaiting.expect("the browser comes back").receive(client, response).is_ok() {
        assert_eq!(values(query, "state"), [STATE]);
        assert!(at_host, "it arrived at another host");
    }
}

/// A front-channel logout is about a session of the provider, or about none that it names.
fn notice_logout(notice: Result<FrontChannelLogout, LogoutError>, query: &str) {
    let Ok(notice) = notice else { return };
    assert_eq!(notice.iss().is_some(), notice.sid().is_some());
    if let (Some(iss), Some(sid)) = (notice.iss(), notice.sid()) {
        assert_eq!((iss, values(query, "iss")), (ISSUER, vec![ISSUER.to_owned()]));
        assert_eq!(values(query, "sid"), [sid]);
    }
}

fn values(query: &str, wanted: &str) -> Vec<String> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.filter(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).collect()
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
