//! The first line is the issuer, the rest the body of the discovery response.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oidc_proto::{Issuer, ProviderMetadata};
use oidc_proto_fuzz::{allocations, begin, build, ok};

fuzz_target!(|input: &[u8]| allocations::bounded(input, || discover(input)));

fn discover(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (issuer, body) = input.split_at(end);
    let Ok(text) = std::str::from_utf8(issuer) else { return };
    let Ok(issuer) = Issuer::new(text) else { return };
    assert_eq!(issuer.as_str(), text, "an issuer is kept as it came");

    for round_trip in [issuer.discover(), issuer.discover_authorization_server()] {
        let (request, awaiting) = round_trip.into_parts();
        assert_eq!(request.uri().scheme_str(), Some("https"));
        assert!(request.uri().path().contains("/.well-known/"), "{}", request.uri());
        let Ok(metadata) = awaiting.receive(&ok(body)) else { continue };
        assert_eq!(metadata.issuer, text, "the document is of the issuer that was asked");
        go_on(metadata);
    }
}

fn go_on(metadata: ProviderMetadata) {
    for endpoint in
        [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri].into_iter().flatten()
    {
        assert!(endpoint.to_ascii_lowercase().starts_with("https://"), "{endpoint}");
    }
    let printed = serde_json::to_string(&metadata).expect("metadata can be printed");
    let read: ProviderMetadata = serde_json::from_str(&printed).expect("and read again");
    assert_eq!(read, metadata);

    let Ok(client) = build(metadata) else { return };
    let _ = client.fetch_keys();
    let Ok((url, _)) = begin(&client) else { return };
    let url = url::Url::parse(&url).expect("the authorization URL is a URL");
    assert_eq!(url.scheme(), "https");
    for name in ["client_id", "state", "nonce", "redirect_uri", "code_challenge"] {
        assert!(url.query_pairs().any(|(other, _)| other == name), "{name}");
    }
}
