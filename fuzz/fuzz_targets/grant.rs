//! A byte that chooses the status, and one that chooses the grant and whether tokens must be bound to a key; then the headers of
//! the token response, one per line, a line of `---`, and the body.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use oidc_proto::http::Response;
use oidc_proto::{Algorithm, AwaitingGrant, BoxError, Client, OAuthTokens, Signer, TokenError, TokenTypeIdentifier};
use oidc_proto_fuzz::oracle::Members;
use oidc_proto_fuzz::{CLIENT_SECRET, ISSUER, STATUSES, allocations, builder, choice, client, now, parts, response};

fuzz_target!(|input: &[u8]| {
    LazyLock::force(&CLIENTS);
    allocations::bounded(input, || run(input));
});

/// Without and with a key that the tokens are bound to.
static CLIENTS: LazyLock<[Client; 2]> = LazyLock::new(|| {
    let bound = builder(client().metadata().clone()).dpop(Silent).build();
    [client(), bound.expect("the metadata is sound")]
});

/// A signer whose signatures cost nothing, and are none.
struct Silent;

impl Signer for Silent {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn key_id(&self) -> Option<&str> {
        None
    }

    fn public_jwk(&self) -> Option<String> {
        // RFC 7517 appendix A.1.
        let x = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
        let y = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";
        Some(format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#))
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, BoxError> {
        Ok(vec![7; 64])
    }
}

fn run(input: &[u8]) {
    let (first, rest) = choice(input);
    let (second, rest) = choice(rest);
    let [headers, body] = parts(rest);
    let Some(response) = response(STATUSES[usize::from(first) % STATUSES.len()], headers, body) else { return };
    let is_bound = second & 4 != 0;
    let client = &CLIENTS[usize::from(is_bound)];
    let round_trip = match second % 4 {
        0 | 1 => client.client_credentials().scope("api").start(now()),
        2 => client.jwt_bearer("an.assertion.of-somebody").start(now()),
        _ => client.exchange("a-token", TokenTypeIdentifier::ACCESS_TOKEN).start(now()),
    };
    let is_exchange = second % 4 == 3;
    let awaiting = round_trip.expect("it is sound").into_parts().1;
    match awaiting.receive(&response) {
        Ok(tokens) => assert_granted(&tokens, &response, is_bound, is_exchange),
        Err(error @ TokenError::DpopNonce { .. }) => {
            assert!(is_bound, "nobody has a proof to send again");
            send_again(error, &response);
        }
        Err(error) => assert_told(&error),
    }
}

fn assert_told(error: &TokenError) {
    let shown = format!("{error} {error:?} {:?}", error.remedy());
    assert!(shown.len() < 1000 && !shown.contains(CLIENT_SECRET), "what came is shortened: {shown}");
}

/// The request goes to the same place with the nonce in its proof; it is the caller who sends it once, and no third time.
fn send_again(error: TokenError, response: &Response<&[u8]>) {
    let (request, awaiting) = AwaitingGrant::again(error).expect("it can be sent again").into_parts();
    assert_eq!(request.uri().to_string(), format!("{ISSUER}/token"));
    let nonce = response.headers()["dpop-nonce"].to_str().expect("a nonce is text");
    let mut proofs = request.headers().get_all("dpop").iter();
    let (Some(proof), None) = (proofs.next(), proofs.next()) else { panic!("one proof") };
    let (_, claims) = oidc_proto_fuzz::oracle::open(proof.to_str().expect("a proof is text"));
    assert_eq!(Members::of(&claims).string("nonce").as_deref(), Some(nonce));
    assert!(!response.status().is_success(), "{} is a success", response.status());
    assert_told(&awaiting.receive(response).expect_err("it still wants a nonce"));
}

fn assert_granted(tokens: &OAuthTokens, response: &Response<&[u8]>, is_bound: bool, is_exchange: bool) {
    assert!(response.status().is_success(), "{} is no success", response.status());
    let text = std::str::from_utf8(response.body()).expect("JSON is text");
    let members = Members::of_body(text);
    assert!(!members.has("error"), "an error brings no tokens");
    let token = members.string("access_token").filter(|token| !token.is_empty());
    assert_eq!(token.as_deref(), Some(tokens.access_token().secret()));
    let token_type = members.string("token_type").unwrap_or_default().to_ascii_lowercase();
    let is_right = match token_type.as_str() {
        "" | "bearer" => !is_bound,
        "dpop" => is_bound,
        "n_a" => is_exchange,
        _ => false,
    };
    assert!(is_right, "{token_type}, bound: {is_bound}, exchange: {is_exchange}");
    let issued = members.string("issued_token_type").filter(|issued| !issued.is_empty());
    assert_eq!(issued.as_deref(), tokens.issued_token_type().map(TokenTypeIdentifier::as_str));
    assert!(issued.is_some() || !is_exchange, "an exchange says what it brings");
    assert_eq!(tokens.expires_in().is_some(), members.has("expires_in"));
    assert!(tokens.expires_in().is_none_or(|lifetime| lifetime.as_secs() < 1 << 31));
    let refresh = members.string("refresh_token").filter(|token| !token.is_empty());
    assert_eq!(refresh.as_deref(), tokens.refresh_token().map(|token| token.secret()));
    let shown = format!("{tokens:?}");
    assert!(token.is_none_or(|token| token.len() < 20 || !shown.contains(&token)), "a token is printed");
    for name in tokens.extra().names() {
        assert!(members.has_even_null(name), "{name}");
    }
}
