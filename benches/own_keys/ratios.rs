//! The steps, and the bare work of each.

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oidc_proto::http::{Request, Response};
use oidc_proto::{
    AccessToken, AuthorizationResponse, AwaitingCallback, Client, ClientAuth, ClientBuilder, JwkSet, PrivateKey,
    ProviderMetadata,
};
use serde_json::{Value, json};

use crate::encrypting::Encryption;

const ISSUER: &str = "https://id.example.com";
const SECRET: &str = "a client secret that is only used for a benchmark";

/// What is timed of each: so many batches, each of so many times as take about this long. They are short, so that many fit between
/// two switches of the processor to another program.
const BATCHES: usize = 3000;
const BATCH: Duration = Duration::from_micros(250);

pub(crate) fn run() {
    println!("{:>10} {:>10} {:>9} {:>6}", "bare in µs", "here in µs", "quotient", "goal");
    let pkcs8 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap().to_pkcs8v1().unwrap();
    let bare = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
    let random = SystemRandom::new();
    let message = [b'm'; 300];
    let mut sign = || {
        black_box(bare.sign(&random, black_box(&message)).unwrap());
    };
    let key = || PrivateKey::from_pkcs8_der(pkcs8.as_ref()).unwrap();

    let client = builder(ClientAuth::private_key_jwt(key())).build().unwrap();
    let awaiting = begin(&client);
    compare("token request with private_key_jwt, ES256", 1.15, &mut sign, &mut || {
        drop(black_box(call_back(&client, awaiting.clone())));
    });

    let client = builder(ClientAuth::none()).dpop(key()).build().unwrap();
    let token = AccessToken::bound("ya29.a0AfH6SMBx3kQ9v7TzYc2Lm5Np8Rw1Ub4Xd6Ef0Gh");
    let mut request = Request::get("https://api.example.com/v1/accounts?page=2").body(()).unwrap();
    compare("request to an API with a DPoP proof, ES256", 1.15, &mut sign, &mut || {
        client.authorize_request(&mut request, &token, Some("a-nonce-of-the-api"), now()).unwrap();
    });

    let awaiting = begin(&client);
    compare("token request with a DPoP proof, ES256", 1.15, &mut sign, &mut || {
        drop(black_box(call_back(&client, awaiting.clone())));
    });

    // Any is right: what a login takes whose ID token is not encrypted, to be held against the lines after it.
    for signature in [Signature::rs256(), Signature::es256()] {
        plain_login(&signature);
    }
    for encryption in [Encryption::rsa, Encryption::ecdh, || Encryption::direct(SECRET)] {
        for signature in [Signature::rs256, Signature::es256] {
            encrypted_login(encryption(), &signature());
        }
    }
}

/// A whole login whose ID token is signed alone.
fn plain_login(signature: &Signature) {
    let name = format!("login, ID token signed with {}", signature.algorithm);
    let builder = builder(ClientAuth::secret(SECRET)).id_token_signed_response_algs([signature.algorithm]);
    let (input, bytes) = (&signature.input, &signature.signature);
    let compact = [&**input, &URL_SAFE_NO_PAD.encode(bytes)].join(".");
    let mut bare = || (signature.verify)(input.as_bytes(), bytes);
    log_in(&name, f64::INFINITY, &builder.build().unwrap(), (signature, &compact), &mut bare);
}

/// A whole login whose ID token is encrypted.
fn encrypted_login(encryption: Encryption, signature: &Signature) {
    let name = format!("login, ID token encrypted with {} and signed with {}", encryption.name, signature.algorithm);
    let mut builder = builder(ClientAuth::secret(SECRET)).id_token_signed_response_algs([signature.algorithm]);
    if let Some(key) = encryption.key.clone() {
        builder = builder.decryption_key(key);
    }
    let client = builder.build().unwrap();
    let (input, bytes) = (signature.input.clone(), signature.signature.clone());
    let (compact, open) = encryption.encrypt(&[&*input, &URL_SAFE_NO_PAD.encode(&bytes)].join("."));
    let mut bare = || {
        drop(black_box(open()));
        (signature.verify)(input.as_bytes(), &bytes);
    };
    log_in(&name, 1.2, &client, (signature, &compact), &mut bare);
}

/// Holds a whole login with this ID token against the bare work.
fn log_in(name: &str, goal: f64, client: &Client, (signature, id_token): (&Signature, &str), bare: &mut dyn FnMut()) {
    let keys = JwkSet::from_json(json!({ "keys": [signature.jwk] }).to_string()).unwrap();
    let body = json!({ "access_token": "at", "token_type": "Bearer", "id_token": id_token }).to_string();
    let response = Response::new(body);
    compare(name, goal, bare, &mut || {
        let (_, awaiting) = call_back(client, begin(client));
        let unverified = awaiting.receive(black_box(&response)).unwrap();
        drop(black_box(unverified.verify(&keys, now()).unwrap()));
    });
}

/// An ID token that a provider signed, and the bare check of it, which prepares the key each time.
struct Signature {
    algorithm: &'static str,
    jwk: Value,
    input: String,
    signature: Vec<u8>,
    verify: Box<Verify>,
}

/// Checks the signature of a message.
type Verify = dyn Fn(&[u8], &[u8]);

impl Signature {
    fn rs256() -> Self {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let input = input("RS256");
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
        let [n, e] = [
            key.public_key().modulus().big_endian_without_leading_zero(),
            key.public_key().exponent().big_endian_without_leading_zero(),
        ];
        let [n, e] = [n, e].map(|number| URL_SAFE_NO_PAD.encode(number));
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref().to_vec());
        Self {
            algorithm: "RS256",
            jwk: json!({ "kty": "RSA", "n": n, "e": e }),
            input,
            signature,
            verify: Box::new(move |input, signature| public.verify(input, signature).unwrap()),
        }
    }

    fn es256() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let input = input("ES256");
        let signature = key.sign(&SystemRandom::new(), input.as_bytes()).unwrap().as_ref().to_vec();
        let point = key.public_key().as_ref().to_vec();
        let [x, y] = [&point[1..33], &point[33..]].map(|number| URL_SAFE_NO_PAD.encode(number));
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        Self {
            algorithm: "ES256",
            jwk: json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y }),
            input,
            signature,
            verify: Box::new(move |input, signature| public.verify(input, signature).unwrap()),
        }
    }
}

/// What is signed of a usual ID token.
fn input(algorithm: &str) -> String {
    let claims = json!({
        "iss": ISSUER, "azp": "my-app", "aud": "my-app", "sub": "110169484474386276334", "nonce": "n0nce",
        "email": "ada.lovelace@example.com", "email_verified": true, "name": "Ada Lovelace",
        "picture": "https://pictures.example.com/a/ada", "given_name": "Ada", "family_name": "Lovelace",
        "iat": 1_759_999_990_u64, "exp": 1_760_000_300_u64,
    });
    [json!({ "alg": algorithm }), claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".")
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_760_000_000)
}

fn builder(auth: ClientAuth) -> ClientBuilder {
    let mut metadata = ProviderMetadata::new(ISSUER);
    metadata.authorization_endpoint = Some(format!("{ISSUER}/authorize"));
    metadata.token_endpoint = Some(format!("{ISSUER}/token"));
    Client::builder(metadata, "my-app", auth).redirect_uri("https://app.example.com/login/callback")
}

fn begin(client: &Client) -> AwaitingCallback {
    client.authorize().scope("openid email").state("st4te").nonce("n0nce").start(now()).unwrap().1
}

fn call_back(client: &Client, awaiting: AwaitingCallback) -> (Request<Vec<u8>>, oidc_proto::AwaitingTokens) {
    let target = black_box("/login/callback?code=4%2F0AeanS0Zc6kYf1Vt8r2Jq5Lw9XbN3mH7oPdG&state=st4te");
    let response = AuthorizationResponse::from_url(target).unwrap();
    awaiting.receive(client, response, now()).unwrap().into_parts()
}

/// Times both in turns. The quickest tenth counts: what slows a batch down is never the work itself.
fn compare(name: &str, goal: f64, bare: &mut dyn FnMut(), here: &mut dyn FnMut()) {
    let times = calibrate(here);
    let [mut of_bare, mut of_here] = [(); 2].map(|()| Vec::with_capacity(BATCHES));
    for _ in 0..BATCHES {
        of_bare.push(time(bare, times));
        of_here.push(time(here, times));
    }
    let [bare, here] = [of_bare, of_here].map(|mut found| {
        found.sort_unstable_by(f64::total_cmp);
        found[BATCHES / 10]
    });
    let quotient = here / bare;
    let missed = if quotient > goal { "  MISSED" } else { "" };
    let goal = if goal.is_finite() { format!("{goal:.2}") } else { String::new() };
    println!("{bare:>10.2} {here:>10.2} {quotient:>9.3} {goal:>6}  {name}{missed}");
}

/// How often it is done in a batch. This warms up as well.
fn calibrate(work: &mut dyn FnMut()) -> u32 {
    let most = |_| {
        let (start, mut times) = (Instant::now(), 0);
        while start.elapsed() < BATCH {
            work();
            times += 1;
        }
        times
    };
    (0..100).map(most).max().unwrap()
}

/// In microseconds.
fn time(work: &mut dyn FnMut(), times: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..times {
        work();
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}
