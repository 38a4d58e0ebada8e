//! DPoP: the application calls an honest API and one of Mallory's with the same access token of Alice's, and Mallory sends on to the
//! honest API what came.

use std::collections::BTreeSet;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oidc_proto::http::Request;
use oidc_proto::{AccessToken, Client, PrivateKey, Signer};
use serde_json::{Value as Json, json};

use crate::cast::{Evil, Honest, Number, PROVIDERS, Provider, challenge};
use crate::common;
use crate::explorer::Model;
use crate::providers;

/// The defence that is off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Off {
    Nothing,
    /// The client has no key: the token is a Bearer token.
    Key,
    /// The application proves that it calls the honest API, whatever it calls.
    Address,
}

pub struct Dpop {
    off: Off,
    client: Client,
    /// The public key, in base64url.
    public: String,
}

#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct World {
    /// How many calls the application has made.
    calls: Number,
    /// What came to Mallory's API.
    captured: BTreeSet<Call>,
    /// The proofs that the honest API has seen.
    seen: BTreeSet<Number>,
    mallory_was_served: bool,
}

/// A request, as an API sees it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Call {
    /// Which of the application's calls it is, or was. A proof of it has a `jti` of its own.
    number: Number,
    method: &'static str,
    scheme: String,
    proof: Option<Proof>,
}

/// What a proof that is rightly signed says.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Proof {
    htm: String,
    htu: String,
    ath: String,
}

#[derive(Clone, Debug)]
pub enum Move {
    /// The application calls an API on behalf of Alice.
    Call(Provider, &'static str),
    /// Mallory sends what was captured to the honest API, by this method.
    Replay(Call, &'static str),
}

const TOKEN: &str = "alices-access-token";
const METHODS: [&str; 2] = ["GET", "POST"];

fn api(of: Provider) -> String {
    format!("{}/api", of.issuer())
}

impl Dpop {
    pub fn new(off: Off) -> Self {
        let key = PrivateKey::generate("EdDSA").unwrap();
        let public: Json = serde_json::from_str(&Signer::public_jwk(&key).unwrap()).unwrap();
        let builder = providers::client(Honest, "app", &json!({}));
        let builder = if off == Off::Key { builder } else { builder.dpop(key) };
        Self { off, client: builder.build().unwrap(), public: public["x"].as_str().unwrap().to_owned() }
    }

    /// What the application sends.
    fn call(&self, to: Provider, method: &'static str, number: Number) -> Call {
        let proven = if self.off == Off::Address { Honest } else { to };
        let mut request = Request::builder().method(method).uri(api(proven)).body(()).unwrap();
        let token = if self.off == Off::Key { AccessToken::new(TOKEN) } else { AccessToken::bound(TOKEN) };
        self.client.authorize_request(&mut request, &token, None, common::at(0)).unwrap();
        let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let scheme = header("authorization").unwrap().split(' ').next().unwrap().to_owned();
        Call { number, method, scheme, proof: header("dpop").map(|proof| self.read(&proof)) }
    }

    /// Verifies the signature of a proof (RFC 9449 section 4.3).
    fn read(&self, jwt: &str) -> Proof {
        let (input, signature) = jwt.rsplit_once('.').unwrap();
        let [public, signature] = [&*self.public, signature].map(|text| URL_SAFE_NO_PAD.decode(text).unwrap());
        UnparsedPublicKey::new(&ED25519, public).verify(input.as_bytes(), &signature).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(input.split_once('.').unwrap().1).unwrap();
        let claims: Json = serde_json::from_slice(&claims).unwrap();
        let claim = |name: &str| claims[name].as_str().unwrap().to_owned();
        Proof { htm: claim("htm"), htu: claim("htu"), ath: claim("ath") }
    }

    /// Whether the honest API serves a request (RFC 9449 section 7.1). The token is bound to the key, where the client has one.
    fn serves(&self, world: &mut World, call: &Call) -> bool {
        match &call.proof {
            None => self.off == Off::Key && call.scheme == "Bearer",
            Some(Proof { htm, htu, ath }) => {
                let is_right = call.scheme == "DPoP" && htm == call.method && *htu == api(Honest);
                is_right && *ath == challenge(TOKEN) && world.seen.insert(call.number)
            }
        }
    }
}

impl Model for Dpop {
    type World = World;
    type Move = Move;

    fn start(&self) -> World {
        World::default()
    }

    fn moves(&mut self, world: &World) -> Vec<Move> {
        let calls = PROVIDERS.into_iter().flat_map(|to| METHODS.map(|method| Move::Call(to, method)));
        let replays = |call: &Call| METHODS.map(|method| Move::Replay(call.clone(), method));
        calls.chain(world.captured.iter().flat_map(replays)).collect()
    }

    fn play(&mut self, world: &mut World, what: &Move) -> String {
        match what {
            Move::Call(to, method) => {
                world.calls += 1;
                let call = self.call(*to, method, world.calls);
                let proof =
                    call.proof.as_ref().map(|proof| format!(" and a proof for {}", proof.htu)).unwrap_or_default();
                let came_of_it = match to {
                    Honest if self.serves(world, &call) => "It is served",
                    Honest => "It is refused",
                    Evil => {
                        world.captured.insert(call);
                        "Mallory keeps what came"
                    }
                };
                format!("The application calls {} by {method} with Alice's token{proof}. {came_of_it}.", api(*to))
            }
            Move::Replay(call, method) => {
                let is_served = self.serves(world, &Call { method, ..call.clone() });
                world.mallory_was_served |= is_served;
                let came_of_it = if is_served { "Mallory is served" } else { "It is refused" };
                format!("Mallory sends the same to {} by {method}. {came_of_it}.", api(Honest))
            }
        }
    }

    fn broken(&mut self, world: &World) -> Option<String> {
        world.mallory_was_served.then(|| "Mallory uses the access token of Alice".to_owned())
    }
}
