//! Four parts: a byte that chooses the status, and the body of the response that begins a login without the user; what a store
//! gives back; the headers of a ping, one per line, and its body after an empty line; and the steps of the polling, two bytes
//! each.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use oidc_proto::http::header::AUTHORIZATION;
use oidc_proto::http::{HeaderMap, HeaderValue, Response};
use oidc_proto::{BackchannelAuthentication, UserHint};
use oidc_proto_fuzz::oracle::Members;
use oidc_proto_fuzz::polling::{self, CLIENT, Play};
use oidc_proto_fuzz::{NOW, STATUSES, allocations, choice, now, parts, response};
use serde_json::json;

fuzz_target!(|input: &[u8]| {
    LazyLock::force(&CLIENT);
    let (choice, rest) = choice(input);
    let [body, stored, ping, steps] = parts(rest);
    let begun = allocations::bounded(input, || receive(STATUSES[usize::from(choice) % STATUSES.len()], body));
    let stored = allocations::bounded(input, || polling::restore::<BackchannelAuthentication>(stored));
    for mut flow in begun.into_iter().chain(stored) {
        assert_pinged_by_the_right_one(flow.clone());
        allocations::bounded(input, || be_pinged(&mut flow, ping));
        if polling::is_ours(&flow) {
            Play::run(flow, steps);
        }
    }
});

/// The same in `seed.py`.
const NOTIFICATION_TOKEN: &str = "alpha-notification-token-8vKx2mQ9";

fn receive(status: u16, body: &[u8]) -> Option<BackchannelAuthentication> {
    let request = CLIENT.backchannel_authentication(UserHint::Login("ada".to_owned()));
    let request = request.client_notification_token(NOTIFICATION_TOKEN).start(now()).expect("it is sound");
    let response = Response::builder().status(status).body(body).expect("a response");
    let flow = match request.into_parts().1.receive(&response) {
        Ok(flow) => flow,
        Err(error) => {
            assert!(format!("{error} {error:?} {:?}", error.remedy()).len() < 1000, "what came is shortened");
            return None;
        }
    };
    assert!((200..300).contains(&status), "{status} is no success");
    let text = std::str::from_utf8(body).expect("JSON is text");
    let members = Members::of_body(text);
    assert!(!members.has("error"), "an error begins no login");
    let id = members.string("auth_req_id").filter(|id| !id.is_empty());
    assert_eq!(id.as_deref(), Some(flow.auth_req_id().secret()));
    let lifetime = flow.expires_at().duration_since(now()).expect("it ends later").as_secs();
    assert!(members.has("expires_in") && lifetime < 1 << 31);
    let pending = &polling::print(&flow)["pending"];
    let interval = pending["interval"].as_u64().expect("a number of seconds");
    assert!(if members.has("interval") { interval > 0 && interval < 1 << 31 } else { interval == 5 });
    assert_eq!((&pending["next"], &pending["openid"]), (&json!(NOW + interval), &json!(true)));
    Some(flow)
}

/// What somebody posts is taken only where a second reader takes it; a ping that is not taken changes nothing.
fn be_pinged(flow: &mut BackchannelAuthentication, ping: &[u8]) {
    let end = ping.windows(2).position(|window| window == b"\n\n").unwrap_or(ping.len());
    let (headers, body) = (&ping[..end], ping.get(end + 2..).unwrap_or_default());
    let Some(posted) = response(200, headers, body) else { return };
    let before = polling::print(flow);
    let taken = flow.pinged(posted.headers(), body);
    let after = polling::print(flow);
    if !taken {
        assert_eq!(after, before);
        return;
    }
    assert_eq!(after["pending"]["next"], 0, "it is asked about at once");
    let values: Vec<&HeaderValue> = posted.headers().get_all(AUTHORIZATION).iter().collect();
    let [value] = values[..] else { panic!("one header, and there are {}", values.len()) };
    let (scheme, sent) = value.to_str().expect("it is text").split_once(' ').expect("a scheme and a token");
    assert!(scheme.eq_ignore_ascii_case("bearer"), "{scheme}");
    assert_eq!(Some(sent.trim_start()), before["client_notification_token"].as_str());
    let text = std::str::from_utf8(body).expect("JSON is text");
    let members = Members::of_body(text);
    assert_eq!(members.string("auth_req_id").as_deref(), before["auth_req_id"].as_str());
}

/// The provider's own ping is taken, with a token and an id that fit into one; the same with another id or token is not.
fn assert_pinged_by_the_right_one(mut flow: BackchannelAuthentication) {
    let stored = polling::print(&flow);
    let token = stored["client_notification_token"].as_str();
    let headers = |token: &str| {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
        Some(HeaderMap::from_iter([(AUTHORIZATION, value)]))
    };
    let ping = |id: &str| json!({ "auth_req_id": id, "more": [] }).to_string();
    let id = flow.auth_req_id().secret().to_owned();
    let Some(right) = headers(token.unwrap_or_default()) else { return };
    let is_plain = token.is_some_and(|token| token.bytes().all(|byte| byte.is_ascii_graphic())) && id.len() < 10_000;
    assert!(!flow.pinged(&right, ping(&format!("{id}x")).as_bytes()), "another id");
    let Some(wrong) = headers(&format!("{}x", token.unwrap_or_default())) else { return };
    assert!(!flow.pinged(&wrong, ping(&id).as_bytes()), "another token");
    if is_plain {
        assert!(flow.pinged(&right, ping(&id).as_bytes()), "it is the provider's");
    } else if token.is_none() {
        assert!(!flow.pinged(&right, ping(&id).as_bytes()), "it has no token");
    }
}
