//! Three parts: a byte that chooses the status, and the body of the response that begins a device's login; what a store gives
//! back; and the steps of the polling, two bytes each.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use oidc_proto::DeviceAuthorization;
use oidc_proto::http::Response;
use oidc_proto_fuzz::oracle::Members;
use oidc_proto_fuzz::polling::{self, CLIENT, Play};
use oidc_proto_fuzz::{NOW, STATUSES, allocations, choice, now, parts};
use url::Url;

fuzz_target!(|input: &[u8]| {
    LazyLock::force(&CLIENT);
    let (choice, rest) = choice(input);
    let [body, stored, steps] = parts(rest);
    let begun = allocations::bounded(input, || receive(STATUSES[usize::from(choice) % STATUSES.len()], body));
    let stored = allocations::bounded(input, || polling::restore::<DeviceAuthorization>(stored));
    for device in begun.into_iter().chain(stored) {
        if polling::is_ours(&device) {
            Play::run(device, steps);
        }
    }
});

fn receive(status: u16, body: &[u8]) -> Option<DeviceAuthorization> {
    let request = CLIENT.device_authorization().scope("openid").start(now()).expect("it is sound");
    let response = Response::builder().status(status).body(body).expect("a response");
    let device = match request.into_parts().1.receive(&response) {
        Ok(device) => device,
        Err(error) => {
            assert!(format!("{error} {error:?} {:?}", error.remedy()).len() < 1000, "what came is shortened");
            return None;
        }
    };
    assert!((200..300).contains(&status), "{status} is no success");
    let text = std::str::from_utf8(body).expect("JSON is text");
    let members = Members::of_body(text);
    assert!(!members.has("error"), "an error begins no login");
    assert_eq!(members.string("user_code").as_deref(), Some(device.user_code()));
    assert!(!device.user_code().is_empty() && !device.user_code().contains(char::is_control), "a terminal obeys it");
    assert_eq!(
        members.string("verification_uri_complete").as_deref().filter(|url| !url.is_empty()),
        device.verification_uri_complete()
    );
    let page = device.verification_uri();
    assert!(["verification_uri", "verification_url"].iter().any(|name| members.string(name).as_deref() == Some(page)));
    for page in [Some(page), device.verification_uri_complete()].into_iter().flatten() {
        let url = Url::parse(page).expect("a URL");
        assert_eq!((url.scheme(), url.username(), url.password()), ("https", "", None), "{page}");
        assert!(!page.contains(char::is_control) && !page.contains(char::is_whitespace), "{page:?}");
    }
    let lifetime = device.expires_at().duration_since(now()).expect("it ends later").as_secs();
    assert!(members.has("expires_in") && lifetime < 1 << 31);
    let stored = polling::print(&device);
    assert_eq!(stored["device_code"].as_str(), members.string("device_code").as_deref());
    assert_eq!(stored["pending"]["openid"], true);
    let interval = stored["pending"]["interval"].as_u64().expect("a number of seconds");
    assert!(if members.has("interval") { interval > 0 && interval < 1 << 31 } else { interval == 5 });
    assert_eq!(stored["pending"]["next"], NOW + interval, "nobody decides at once");
    Some(device)
}
