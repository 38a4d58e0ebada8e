//! The first byte chooses who signs, the second what time it is and how the response came; then come, between lines of `---`, what
//! the browser brings (in which `{response}` stands for the signed response), and header and payload of that response.
#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use oidc_proto::{AuthorizationResponse, AwaitingCallback, CallbackError, Client, ResponseMode};
use oidc_proto_fuzz::oracle::{self, Members};
use oidc_proto_fuzz::provider::{By, KEYS, sign};
use oidc_proto_fuzz::{CODE_VERIFIER, ISSUER, NONCE, NOW, STATE, allocations, choice, client, parts, replace};

fuzz_target!(|input: &[u8]| {
    LazyLock::force(&KEYS);
    LazyLock::force(&LOGIN);
    allocations::bounded(input, || call_back(input));
});

/// A client, a login of it that asks for a signed response, and one that does not.
static LOGIN: LazyLock<(Client, AwaitingCallback, AwaitingCallback)> = LazyLock::new(|| {
    let client = client();
    let begin = |mode| {
        let request = client.authorize().state(STATE).nonce(NONCE).code_verifier(CODE_VERIFIER).response_mode(mode);
        request.start(at(NOW)).expect("the request is sound").1
    };
    let (signed, plain) = (begin(ResponseMode::JWT), begin(ResponseMode::QUERY));
    (client, signed, plain)
});

/// In seconds from now: on both sides of what the leeway allows.
const CLOCKS: [i64; 8] = [0, 59, 60, 61, 359, 360, -60, -61];

fn call_back(input: &[u8]) {
    let (signer, rest) = choice(input);
    let (clock, rest) = choice(rest);
    let by = By::chosen(signer);
    let now = NOW.checked_add_signed(CLOCKS[usize::from(clock) % CLOCKS.len()]).expect("a moment");
    let [brought, header, payload] = parts(rest);
    let compact = sign(by, header, payload);
    let brought = replace(brought, b"{response}", compact.as_bytes());
    let Ok(text) = std::str::from_utf8(&brought) else { return };
    let response = match clock & 8 {
        0 => AuthorizationResponse::from_query(text),
        _ => AuthorizationResponse::from_form(text),
    };
    let Ok(response) = response else { return };
    let (client, signed, plain) = &*LOGIN;

    // What nobody has verified finishes no login that asks for a signature.
    let unsigned = signed.clone().receive(client, response.clone(), at(now)).expect_err("it is not verified");
    assert!(matches!(unsigned, CallbackError::ResponseNotSigned), "{unsigned:?}");
    let unverified = match client.jarm(response) {
        Ok(unverified) => unverified,
        Err(error) => return drop(format!("{error} {error:?} {:?}", error.remedy())),
    };
    let verified = match unverified.verify(&KEYS, at(now)) {
        Ok(verified) => verified,
        Err(error) => return drop(format!("{error} {error:?} {:?}", error.remedy())),
    };
    let query = if clock & 8 == 0 { before_fragment(text.strip_prefix('?').unwrap_or(text)) } else { text };
    assert_brought(query, &compact);
    let (header, payload) = oracle::open(&compact);
    let typ = oracle::assert_jwt_header(&header, by.algorithms());
    assert!(typ.is_none_or(|typ| typ == "jwt"), "typ");
    oracle::assert_signed_response(&payload, now);
    assert!(plain.clone().receive(client, verified.clone(), at(now)).is_err(), "nobody asked for a signature");
    match signed.clone().receive(client, verified, at(now)) {
        Ok(round_trip) => {
            oracle::assert_code_inside(&payload);
            let (request, _) = round_trip.into_parts();
            assert_eq!(request.uri().to_string(), format!("{ISSUER}/token"));
            let code = url::form_urlencoded::parse(request.body()).find(|(name, _)| name == "code");
            assert_eq!(code.map(|(_, code)| code.into_owned()), Members::of(&payload).string("code"));
        }
        // An error of the provider is reported only where the state was right.
        Err(CallbackError::Provider { state, .. }) => {
            assert_eq!(state.secret(), STATE);
            assert_eq!(Members::of(&payload).string("state").as_deref(), Some(STATE));
        }
        Err(error) => drop(format!("{error} {error:?} {:?}", error.remedy())),
    }
}

/// The browser brought this response, and none of its parameters beside it.
fn assert_brought(query: &str, compact: &str) {
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let values = |name: &str| -> Vec<&str> {
        pairs.iter().filter(|(other, _)| other == name).map(|(_, value)| &**value).filter(|v| !v.is_empty()).collect()
    };
    assert_eq!(values("response"), [compact], "somebody else's signature");
    for name in ["code", "state", "error", "id_token", "access_token"] {
        assert!(values(name).is_empty(), "{name} beside it");
    }
    assert!(values("iss").iter().all(|iss| *iss == ISSUER), "iss");
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn before_fragment(text: &str) -> &str {
    text.split_once('#').map_or(text, |(before, _)| before)
}
