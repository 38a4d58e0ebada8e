//! Five parts: a byte that chooses the status, and the body of the answer; the URL of a resource; the header of its challenge; the
//! issuer of an authorization server; and an address that somebody names.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use oidc_proto::http::header::WWW_AUTHENTICATE;
use oidc_proto::http::{HeaderMap, HeaderValue, Request, Response, Uri};
use oidc_proto::{
    Challenges, Egress, Issuer, Origin, ProtectedResource, ProtectedResourceMetadata, ScopeChoice, Search,
};
use oidc_proto_fuzz::oracle::Members;
use oidc_proto_fuzz::{STATUSES, allocations, choice, parts};
use url::{Host, Url};

fuzz_target!(|input: &[u8]| allocations::bounded(input, || run(input)));

fn run(input: &[u8]) {
    let (choice, rest) = choice(input);
    let [body, url, header, issuer, address] = parts(rest);
    let status = STATUSES[usize::from(choice) % STATUSES.len()];
    if let Ok(url) = str::from_utf8(url) {
        resource(url, header, status, body);
    }
    if let Ok(issuer) = str::from_utf8(issuer) {
        in_order(issuer);
    }
    egress(address);
}

fn resource(url: &str, header: &[u8], status: u16, body: &[u8]) {
    let Ok(mut resource) = ProtectedResource::of(url) else { return };
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::from_bytes(header).map(|value| (WWW_AUTHENTICATE, value)));
    let challenge = Challenges::from_headers(&headers).ok().and_then(|challenges| challenges.bearer());
    if let Some(challenge) = &challenge {
        let Ok(challenged) = resource.challenged_by(challenge) else { return };
        resource = challenged;
    }
    let scope = ScopeChoice::of(challenge.as_ref(), None).with_granted("a b").scope().expect("there is one");
    assert!(scope.starts_with("a b") && !scope.split(' ').any(str::is_empty));
    let mut search = resource.discover();
    let mut asked = Vec::new();
    while let Search::Ask(call) = search {
        let origin = call.origin();
        let (request, awaiting) = call.into_parts();
        let address = check(&request);
        assert!(!asked.contains(&address), "no address is asked twice");
        let named = challenge.as_ref().and_then(|challenge| challenge.resource_metadata());
        assert_eq!(origin == Origin::Resource, asked.is_empty() && named.is_some());
        let host = |text: &str| Url::parse(text).expect("a URL").origin();
        assert!(origin == Origin::Resource || host(&address) == host(url), "{address} is asked of {url}");
        // What was asked and said no so far leads here.
        asked.push(address);
        if asked.len() == 1 + usize::from(body.len() % 2 == 0) {
            let response = Response::builder().status(status).body(body).expect("a response");
            match awaiting.receive(&response) {
                Ok(Search::Found(metadata)) => return found(url, status, body, &metadata),
                Ok(next) => search = next,
                Err(error) => return assert!(format!("{error} {error:?}").len() < 3000 + 2 * url.len()),
            }
        } else {
            let refused = Response::builder().status(404).body("").expect("a response");
            let Ok(next) = awaiting.receive(&refused) else { return };
            search = next;
        }
    }
}

/// The address of a request, which is https.
fn check(request: &Request<Vec<u8>>) -> String {
    let address = request.uri().to_string();
    assert!(address.starts_with("https://") && !address.contains('#'), "{address}");
    address
}

fn found(url: &str, status: u16, body: &[u8], metadata: &ProtectedResourceMetadata) {
    assert_eq!(status, 200);
    let text = str::from_utf8(body).expect("JSON is text");
    let members = Members::of_body(text);
    assert_eq!(members.string("resource").as_deref(), Some(metadata.resource.as_str()));
    let whole_host = Url::parse(url).expect("a URL").origin().ascii_serialization();
    assert!(metadata.resource == url || metadata.resource.trim_end_matches('/') == whole_host);
    for issuer in metadata.issuers().flatten() {
        assert!(issuer.as_str().to_ascii_lowercase().starts_with("https://"));
        assert_eq!(issuer.discover().origin(), Origin::Resource);
    }
    let printed = serde_json::to_string(metadata).expect("it can be printed");
    let again: ProtectedResourceMetadata = serde_json::from_str(&printed).expect("and read again");
    assert_eq!(serde_json::to_string(&again).expect("it can be printed"), printed);
}

fn in_order(issuer: &str) {
    let Ok(issuer) = Issuer::new(issuer) else { return };
    let mut search = issuer.discover_in_order();
    let mut asked = Vec::new();
    while let Search::Ask(call) = search {
        let (request, awaiting) = call.into_parts();
        let address = check(&request);
        assert!(!asked.contains(&address), "no address is asked twice");
        asked.push(address);
        let Ok(next) = awaiting.receive(&Response::builder().status(404).body("").expect("a response")) else { break };
        search = next;
    }
    assert!(matches!(asked.len(), 2 | 3));
}

/// What is allowed is https on port 443, and no address that the standard library knows as one of the own network.
fn egress(address: &[u8]) {
    let Ok(address) = Uri::try_from(address) else { return };
    if Egress::new().check(&address).is_err() {
        return;
    }
    let url = Url::parse(&address.to_string()).expect("a URL");
    assert_eq!((url.scheme(), url.port_or_known_default()), ("https", Some(443)));
    let ip: IpAddr = match url.host().expect("a host") {
        Host::Domain(name) => {
            return assert!(name.contains('.') && !name.contains("..") && name.parse::<IpAddr>().is_err());
        }
        Host::Ipv4(ip) => ip.into(),
        Host::Ipv6(ip) => ip.into(),
    };
    assert!(!ip.is_loopback() && !ip.is_unspecified() && !ip.is_multicast());
    match ip {
        IpAddr::V4(ip) => {
            assert!(!ip.is_private() && !ip.is_link_local() && !ip.is_broadcast() && !ip.is_documentation())
        }
        IpAddr::V6(ip) => {
            assert!(!ip.is_unique_local() && !ip.is_unicast_link_local() && ip.to_ipv4_mapped().is_none())
        }
    }
}
