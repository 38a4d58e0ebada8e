//! Pushed requests (PAR): somebody on the way of Alice's browser changes what it carries.

use std::collections::BTreeSet;

use oidc_proto::http::Response;
use oidc_proto::{AuthorizationResponse, AuthorizeError, AwaitingCallback, Client, Error, JwkSet};
use serde_json::json;

use crate::cast::{Alice, Honest, Value};
use crate::common::{self, form_of, query_of};
use crate::explorer::Model;
use crate::providers::{self, Keys};

/// The defence that is off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Off {
    Nothing,
    /// The metadata of the provider does not demand that requests are pushed.
    Required,
}

pub struct Pushed {
    client: Client,
    keys: Keys,
    trusted: JwkSet,
}

#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct World {
    /// The flow state, as it is stored.
    awaiting: Option<String>,
    /// What the provider has of the pushed request: state and scope.
    pushed: Option<(String, String)>,
    /// The authorization URLs that Alice's browser may open: the application's, and what became of it on the way.
    urls: BTreeSet<String>,
    /// The responses, each with the scope that Alice consented to.
    responses: BTreeSet<(String, String)>,
    granted: Option<String>,
}

#[derive(Clone, Debug)]
pub enum Move {
    Begin,
    /// Mallory changes a URL on the way: the scope is more than was asked for.
    Change(String),
    /// Mallory leaves out of a URL what stands for the pushed request, and asks for what Mallory likes.
    Replace(String),
    Open(String),
    /// Alice's browser comes back.
    Return(String, String),
}

const REQUEST_URI: &str = "urn:example:request";

impl Pushed {
    pub fn new(off: Off) -> Self {
        let more = json!({
            "pushed_authorization_request_endpoint": format!("{}/par", Honest.issuer()),
            "require_pushed_authorization_requests": off == Off::Nothing,
        });
        let builder = providers::client(Honest, "app", &more).redirect_uri("https://app.example/callback");
        let client = builder.build().unwrap();
        let keys = Keys::new();
        let trusted = keys.fetched_by(&client);
        Self { client, keys, trusted }
    }

    /// The application sends the browser by a URL with everything in it, where the crate lets it, and else pushes.
    fn begin(&self, world: &mut World) -> String {
        let request = || self.client.authorize().scope("openid").state("s").nonce(Value::Nonce(1).write());
        let (url, awaiting) = match request().start(common::at(0)) {
            Err(AuthorizeError::PushRequired) => {
                let (pushed, awaiting) = request().push(common::at(0)).unwrap().into_parts();
                let form = form_of(&pushed);
                world.pushed = Some((form["state"].clone(), form["scope"].clone()));
                let answer = json!({ "request_uri": REQUEST_URI, "expires_in": 60 }).to_string();
                let answer = Response::builder().status(201).body(answer).unwrap();
                awaiting.receive(&answer).unwrap().into_parts()
            }
            other => other.unwrap(),
        };
        let carries = if world.pushed.is_some() { "a reference to a pushed request" } else { "the request" };
        world.urls.insert(url);
        world.awaiting = Some(serde_json::to_string(&awaiting).unwrap());
        format!("Alice begins a login with the scope openid. Her browser carries {carries}.")
    }

    /// The authorization endpoint. It takes what is not pushed, too. What is pushed counts, and nothing beside it (RFC 9126 section 4, RFC 9101 section 6.3).
    fn consent(world: &mut World, url: &str) -> String {
        let query = query_of(url);
        let asked = match (&world.pushed, query.get("request_uri")) {
            (Some(pushed), Some(uri)) if uri == REQUEST_URI => Some(pushed.clone()),
            (_, None) => query.get("state").cloned().zip(query.get("scope").cloned()),
            _ => None,
        };
        let Some((state, scope)) = asked else {
            return "Alice's browser opens the URL. The provider refuses the request.".to_owned();
        };
        world.responses.insert((format!("code=c0de&state={state}"), scope.clone()));
        format!("Alice's browser opens the URL. Alice consents to the scope {scope}.")
    }

    fn log_in(&mut self, awaiting: &str, response: &str, scope: &str) -> Result<(), Error> {
        let awaiting: AwaitingCallback = serde_json::from_str(awaiting).unwrap();
        let response = AuthorizationResponse::from_query(response)?;
        let (_, awaiting) = awaiting.receive(&self.client, response, common::at(0))?.into_parts();
        let nonce = Value::Nonce(1).write();
        let claims = json!({ "iss": Honest.issuer(), "aud": "app", "sub": Alice.sub(), "nonce": nonce });
        let tokens = json!({ "access_token": "t", "scope": scope, "id_token": self.keys.sign(Honest, &claims) });
        awaiting.receive(&Response::new(tokens.to_string()))?.verify(&self.trusted, common::at(0))?;
        Ok(())
    }
}

impl Model for Pushed {
    type World = World;
    type Move = Move;

    fn start(&self) -> World {
        World::default()
    }

    fn moves(&mut self, world: &World) -> Vec<Move> {
        let mut moves = Vec::new();
        moves.extend(world.awaiting.is_none().then_some(Move::Begin));
        moves.extend(
            world
                .urls
                .iter()
                .flat_map(|url| [Move::Change(url.clone()), Move::Replace(url.clone()), Move::Open(url.clone())]),
        );
        let returns = world.responses.iter().map(|(response, scope)| Move::Return(response.clone(), scope.clone()));
        moves.into_iter().chain(returns).collect()
    }

    fn play(&mut self, world: &mut World, what: &Move) -> String {
        match what {
            Move::Begin => self.begin(world),
            Move::Change(url) => {
                let plain = url.contains("scope=openid&");
                let more = "scope=openid+payments";
                let changed = if plain { url.replace("scope=openid", more) } else { format!("{url}&{more}") };
                world.urls.insert(if url.contains("payments") { url.clone() } else { changed });
                "Mallory changes the scope in the URL on the way.".to_owned()
            }
            Move::Replace(url) => {
                let endpoint = url.split('?').next().unwrap();
                world.urls.insert(format!("{endpoint}?response_type=code&client_id=app&scope=openid+payments&state=x"));
                "Mallory puts a request of their own in place of the URL.".to_owned()
            }
            Move::Open(url) => Self::consent(world, url),
            Move::Return(response, scope) => {
                let result = self.log_in(&world.awaiting.clone().unwrap(), response, scope);
                if result.is_ok() {
                    world.granted = Some(scope.clone());
                }
                let came_of_it =
                    result.map_or_else(|error| format!("refuses it: {error}"), |()| format!("has a token for {scope}"));
                format!("Alice's browser comes back. The application {came_of_it}.")
            }
        }
    }

    fn broken(&mut self, world: &World) -> Option<String> {
        let granted = world.granted.as_ref().filter(|granted| *granted != "openid")?;
        Some(format!("the application asked for openid, and Alice has consented to {granted}"))
    }
}
