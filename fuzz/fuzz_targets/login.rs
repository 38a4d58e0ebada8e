//! A whole login; the fuzzer makes every response. The first byte chooses who signs. Then come, separated by lines of `---`:
//! the discovery document, the JWK Set, the callback URL, the token response (in which `{id_token}` stands for the signed
//! token), and the header and the payload of the ID token.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oidc_proto::{AuthorizationResponse, Error, Issuer, KeyCache, KeysFor, PendingLogins, Tokens};
use oidc_proto_fuzz::oracle::{self, Members};
use oidc_proto_fuzz::provider::{By, ed25519_x, p256_x, sign};
use oidc_proto_fuzz::{ISSUER, allocations, begin, build, choice, now, ok, parts, replace};

fuzz_target!(|input: &[u8]| allocations::bounded(input, || play(input)));

struct Script<'a> {
    by: By,
    discovery: &'a [u8],
    jwks: &'a [u8],
    callback: &'a str,
    token_response: &'a [u8],
    id_token: String,
}

fn play(input: &[u8]) {
    let (signer, rest) = choice(input);
    let by = By::chosen(signer);
    let [discovery, jwks, callback, token_response, header, payload] = parts(rest);
    let Ok(callback) = std::str::from_utf8(callback) else { return };
    let script = Script { by, discovery, jwks, callback, token_response, id_token: sign(by, header, payload) };
    for trusting_tls in [false, true] {
        match log_in(&script, trusting_tls) {
            Ok(tokens) => assert_right(&script, &tokens, trusting_tls),
            Err(error) => drop(format!("{error} {error:?} {:?}", error.remedy())),
        }
    }
}

fn log_in(script: &Script<'_>, trusting_tls: bool) -> Result<Tokens, Error> {
    let (_, awaiting) = Issuer::new(ISSUER)?.discover().into_parts();
    let client = build(awaiting.receive(&ok(script.discovery))?)?;
    let (_, awaiting) = begin(&client)?;
    let mut pending = PendingLogins::default();
    pending.insert(awaiting);
    let session = serde_json::to_vec(&pending).expect("the pending logins can be stored");

    let mut pending: PendingLogins = serde_json::from_slice(&session).expect("and read again");
    let response = AuthorizationResponse::from_url(script.callback)?;
    let (_, awaiting) = pending.receive(&client, response, now())?.into_parts();
    assert!(pending.is_empty(), "a login that goes on is not pending");
    let body = replace(script.token_response, b"{id_token}", script.id_token.as_bytes());
    let unverified = awaiting.receive(&ok(&body))?;
    if trusting_tls {
        return Ok(unverified.verify_trusting_tls(now())?);
    }
    let mut cache = KeyCache::new();
    let keys = match cache.keys_for(&unverified, now())? {
        KeysFor::Fetch(fetch) => cache.store(fetch.into_parts().1.receive(&ok(script.jwks))?, now()),
        // The client secret is the key.
        KeysFor::Use(none) => none,
        KeysFor::Fetching(_) | KeysFor::Unavailable(_) => unreachable!("nobody has asked before"),
    };
    let tokens = unverified.verify(&keys, now())?;
    assert!(
        matches!(cache.keys_for(&unverified, now()), Ok(KeysFor::Use(_))),
        "the keys that served do not serve again"
    );
    Ok(tokens)
}

fn assert_right(script: &Script<'_>, tokens: &Tokens, trusting_tls: bool) {
    let discovery = std::str::from_utf8(script.discovery).expect("JSON is text");
    let metadata = Members::of_body(discovery);
    assert_eq!(metadata.string("issuer").as_deref(), Some(ISSUER));
    let callback = script.callback.split('#').next().unwrap_or_default();
    assert!(oracle::is_at_redirect_host(callback), "it arrived at another host");
    oracle::assert_answers(callback.split_once('?').map_or("", |(_, query)| query).as_bytes());

    let id_token = tokens.id_token().secret();
    let (header, payload) = oracle::open(id_token);
    oracle::assert_id_token_claims(&payload);
    if !trusting_tls {
        assert_eq!(id_token, script.id_token, "somebody else's signature");
        oracle::assert_header(&header, script.by.algorithms());
        let jwks = String::from_utf8_lossy(script.jwks);
        let known = |x: &str| jwks.contains(x) || jwks.contains('\\');
        match script.by {
            By::Ed25519 => assert!(known(&ed25519_x()), "the key is not in the set"),
            By::P256 => assert!(known(&p256_x()), "the key is not in the set"),
            By::ClientSecret => {}
            By::Stranger => panic!("a stranger signed it"),
        }
    }
}
