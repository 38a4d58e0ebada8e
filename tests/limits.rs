//! What a provider or a browser sends is limited, or costs memory in proportion to its length. An allocator counts the memory.
//! SECURITY.md lists the limits.
#![cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::{Good, at};
use oidc_proto::http::Response;
use oidc_proto::{
    AuthorizationResponse, Awaiting, Client, ClientAuth, Error, IdTokenError, Issuer, JwkSet, JwtError, KeysError,
    MetadataError, PendingLogins, ResponseError, RoundTrip, TokenError, Tokens, TriedKey, UnverifiedTokens,
};
use serde_json::{Value, json};

struct Counting;

thread_local! {
    /// How many bytes this thread has allocated so far.
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.set(BYTES.get() + layout.size());
        // SAFETY: the caller keeps the contract of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `System`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many bytes `work` allocates.
fn bytes_of<T>(work: impl FnOnce() -> T) -> usize {
    let before = BYTES.get();
    drop(work());
    BYTES.get() - before
}

#[test]
fn using_a_session_allocates_nothing_and_its_stored_form_is_short() {
    let good = Good::new().token_member("refresh_token", json!("r".repeat(40)));
    let client = good.client();
    let mut session = good.log_in().unwrap().into_session(at(0));
    assert_eq!(bytes_of(|| matches!(session.access(&client, at(1)), Ok(oidc_proto::Access::Use(_)))), 0);
    // The ID token, the access token, the refresh token, and the members around them.
    let tokens = session.id_token_secret().len() + session.access_token().secret().len() + 40;
    let stored = serde_json::to_string(&session).unwrap();
    assert!(stored.len() < tokens + 700, "{} bytes for {tokens} bytes of tokens", stored.len());
}

/// Ten times the input must cost about ten times the memory, not a hundred times. The limit is 30 times: a vector that doubles
/// as it grows costs up to three times what it holds.
#[track_caller]
fn assert_linear<I, T>(input: impl Fn(usize) -> I, work: impl Fn(&I) -> T) {
    let inputs = [100, 1000, 10_000].map(input);
    drop(work(&inputs[0]));
    let [small, medium, large] = inputs.map(|input| bytes_of(|| work(&input)));
    assert!(large > medium && medium > small, "{small}, {medium}, {large} bytes: it does not read all of its input");
    assert!(medium <= 30 * small && large <= 30 * medium, "{small}, {medium}, {large} bytes");
}

fn receive<A: Awaiting>(round_trip: RoundTrip<A>, body: &[u8]) -> Result<A::Output, Error>
where
    Error: From<A::Error>,
{
    Ok(round_trip.into_parts().1.receive(&Response::new(body))?)
}

fn discover(body: impl AsRef<[u8]>) -> Result<oidc_proto::ProviderMetadata, Error> {
    receive(Issuer::new("https://id.example").unwrap().discover(), body.as_ref())
}

fn token_request() -> RoundTrip<oidc_proto::AwaitingTokens> {
    Good::new().callback("code=c0de&state=st4te").unwrap()
}

fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "iss": "https://id.example", "sub": "ada", "aud": "app", "exp": 1_700_000_300_u64, "iat": 1_700_000_000_u64,
        "nonce": "n0nce",
    });
    let Value::Object(changes) = changes else { panic!("not an object") };
    claims.as_object_mut().unwrap().extend(changes);
    claims
}

fn unverified(claims: &str) -> UnverifiedTokens {
    let id_token = [r#"{"alg":"RS256"}"#, claims, "x"].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    receive(token_request(), json!({ "access_token": "a", "id_token": id_token }).to_string().as_bytes()).unwrap()
}

fn verify(tokens: &UnverifiedTokens) -> Tokens {
    tokens.verify_trusting_tls(at(0)).unwrap()
}

/// `{"a0":…,"a1":…}`
fn members(count: usize, value: &str) -> String {
    (0..count).map(|index| format!(r#""a{index}":{value}"#)).collect::<Vec<_>>().join(",")
}

#[test]
fn unknown_members_of_the_metadata() {
    assert_linear(
        |n| format!(r#"{{"issuer":"https://id.example",{}}}"#, members(n, r#"["x",{"y":1}]"#)),
        |body| discover(body).unwrap(),
    );
}

#[test]
fn words_in_a_list_of_the_metadata() {
    assert_linear(
        |n| {
            json!({ "issuer": "https://id.example", "id_token_signing_alg_values_supported": vec!["XX"; n] })
                .to_string()
        },
        |body| {
            let metadata = discover(body).unwrap();
            Client::builder(metadata, "app", ClientAuth::none()).build().unwrap()
        },
    );
}

#[test]
fn keys_of_a_set() {
    let key = |index| json!({ "kty": "OKP", "crv": "Ed25519", "kid": index, "x": "QkWkCyo8HgO4QeaE1Q2ruofypP7HZYzD5m7-cK3-SJQ" });
    // 10,000 of them would be over 1 MiB.
    assert_linear(
        |n| json!({ "keys": (0..n / 2).map(key).collect::<Vec<_>>() }).to_string(),
        |body| JwkSet::from_json(body).unwrap(),
    );
}

#[test]
fn parameters_of_a_callback() {
    let client = Good::new().client();
    assert_linear(
        |n| {
            let unknown: Vec<_> = (0..n).map(|index| format!("a{index}=%20x")).collect();
            format!("/callback?code=c0de&state=st4te&{}", unknown.join("&"))
        },
        |url| {
            let (_, awaiting) = Good::authorize(&client).redirect_arg("a", "b").start(at(0)).unwrap();
            let response = AuthorizationResponse::from_url(url).unwrap();
            awaiting.receive(&client, response, at(0)).map(drop)
        },
    );
}

#[test]
fn members_of_a_token_response() {
    assert_linear(
        |n| {
            let id_token = [r#"{"alg":"RS256"}"#, "{}", ""].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
            format!(
                r#"{{"access_token":"a","id_token":"{id_token}","scope":{},{}}}"#,
                json!(vec!["b"; n]),
                members(n, "[[1]]")
            )
        },
        |body| receive(token_request(), body.as_bytes()).unwrap(),
    );
}

#[test]
fn claims_of_an_id_token() {
    assert_linear(
        |n| {
            let more = members(n, r#""x""#);
            unverified(&claims(json!({})).to_string().replacen('{', &format!("{{{more},"), 1))
        },
        verify,
    );
}

#[test]
fn audiences_of_an_id_token() {
    assert_linear(
        |n| {
            let mut audiences: Vec<String> = (0..n).map(|index| format!("audience {index}")).collect();
            audiences.push("app".to_owned());
            unverified(&claims(json!({ "aud": audiences, "azp": "app" })).to_string())
        },
        verify,
    );
}

#[test]
fn logins_in_a_session() {
    let (_, awaiting) = Good::authorize(&Good::new().client()).start(at(0)).unwrap();
    let login = serde_json::to_string(&awaiting).unwrap();
    assert_linear(
        |n| format!("[{}]", vec![&*login; n].join(",")),
        |stored| {
            let pending: PendingLogins = serde_json::from_str(stored).unwrap();
            assert_eq!(pending.len(), PendingLogins::LIMIT);
        },
    );
}

/// JSON that is nested as deep as a body allows does not exhaust the stack. It is an error where its value is read.
#[test]
fn depth_of_json() {
    let depth = 400_000;
    let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let metadata = discover(format!(r#"{{"issuer":"https://id.example","x":{nested}}}"#));
    assert!(matches!(
        metadata,
        Err(Error::Metadata(MetadataError::Response { source: ResponseError::InvalidField { .. }, .. }))
    ));
    for keys in [&nested, &format!(r#"[{{"kty":{nested}}}]"#)] {
        let keys = JwkSet::from_json(format!(r#"{{"keys":{keys}}}"#)).unwrap();
        assert_eq!(keys.usable_keys(), 0);
    }
    let tokens = receive(token_request(), format!(r#"{{"access_token":"a","id_token":"b","x":{nested}}}"#).as_bytes());
    assert!(tokens.is_ok(), "an unknown member is kept as it came");
    let nested = format!(r#"{{"x":{}{},"#, "[".repeat(depth / 2), "]".repeat(depth / 2));
    let claims = claims(json!({})).to_string().replacen('{', &nested, 1);
    let tokens = verify(&unverified(&claims));
    assert!(tokens.id_token().claims_as::<Value>().is_err());
    assert_eq!(tokens.id_token().standard_claims(), oidc_proto::StandardClaims::default());
}

#[test]
fn length_of_a_body() {
    let padded = |json: &str, length: usize| format!("{json}{}", " ".repeat(length - json.len()));
    let (metadata, keys) = (r#"{"issuer":"https://id.example"}"#, r#"{"keys":[]}"#);
    let tokens = r#"{"access_token":"a","id_token":"b"}"#;
    let limit = 1 << 20;
    assert!(discover(padded(metadata, limit)).is_ok());
    assert!(JwkSet::from_json(padded(keys, limit)).is_ok());
    assert!(receive(token_request(), padded(tokens, limit).as_bytes()).is_ok());
    let refused = discover(padded(metadata, limit + 1));
    assert!(matches!(refused, Err(Error::Metadata(MetadataError::Response { source: ResponseError::TooLarge, .. }))));
    assert!(matches!(JwkSet::from_json(padded(keys, limit + 1)), Err(KeysError::Response(ResponseError::TooLarge))));
    let refused = receive(token_request(), padded(tokens, limit + 1).as_bytes());
    assert!(matches!(refused, Err(Error::Token(TokenError::Response { source: ResponseError::TooLarge, .. }))));
    let [over, far_over] = [limit + 1, 50 * limit].map(|length| padded(metadata, length));
    assert_eq!(bytes_of(|| discover(&far_over)), bytes_of(|| discover(&over)), "a body that is too large is not read");
}

/// RFC 7518 section 4.4: a wrapped key is eight bytes longer than the key. One that cannot be right is not unwrapped, since that
/// is an AES block for each eight bytes, six times.
#[test]
fn length_of_an_encrypted_key() {
    let client = Client::builder(Good::new().metadata(), "app", ClientAuth::secret("s3cret")).build().unwrap();
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"A256KW","enc":"A256GCM"}"#);
    let compact = format!("{header}.{}.AAAAAAAAAAAAAAAA..AAAAAAAAAAAAAAAAAAAAAA", "A".repeat(400_000));
    let unverified = client.id_token(compact.clone()).without_nonce();
    let verify = || {
        let error = unverified.verify(&JwkSet::default(), at(0)).unwrap_err();
        assert!(matches!(error, IdTokenError::Jwt(JwtError::CannotDecrypt)), "{error:?}");
    };
    let bytes = bytes_of(verify);
    assert!(bytes < compact.len(), "{bytes} bytes: it is decoded, and copied once more");
}

/// A token that names no key costs at most 32 signature checks.
#[test]
fn keys_tried_for_one_token() {
    let pairs: Vec<Ed25519KeyPair> =
        (0..40_u8).map(|seed| Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()).collect();
    let jwk = |pair: &Ed25519KeyPair| json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()) });
    let keys = JwkSet::from_json(json!({ "keys": pairs.iter().map(jwk).collect::<Vec<_>>() }).to_string()).unwrap();
    let mut metadata = Good::new().metadata();
    metadata.id_token_signing_alg_values_supported = Some(vec!["EdDSA".into()]);
    let good = Good::with_metadata(metadata);
    let signed_by = |index: usize| {
        let parts = [r#"{"alg":"EdDSA"}"#, &claims(json!({})).to_string()].map(|part| URL_SAFE_NO_PAD.encode(part));
        let input = parts.join(".");
        let id_token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(pairs[index].sign(input.as_bytes())));
        let body = json!({ "access_token": "a", "id_token": id_token }).to_string();
        good.token_response(200, &body).unwrap().verify(&keys, at(0))
    };
    assert!(signed_by(0).is_ok() && signed_by(31).is_ok());
    assert!(matches!(signed_by(32), Err(IdTokenError::Jwt(JwtError::BadSignature { key: TriedKey::Unnamed }))));
}
