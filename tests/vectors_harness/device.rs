//! The stage of logins on another device.

use oidc_proto::{
    AwaitingDeviceTokens, Client, DeviceAuthorization, Error, JwkSet, OAuthTokens, Poll, TransportError,
    UnverifiedTokens,
};
use serde_json::{Value, json};

use crate::expect::Outcome;
use crate::given::{Device, Given, Step, at};
use crate::stages::{client, describe_request, object, verify};

pub fn device(given: Given) -> Outcome {
    let client = client(given.metadata.unwrap(), given.client)?;
    let Device { scope, extra } = given.device.expect("device");
    let mut request = client.device_authorization();
    let openid = scope.as_deref().is_some_and(|scope| scope.split(' ').any(|value| value == "openid"));
    if let Some(scope) = scope {
        request = request.scope(scope);
    }
    let request = extra.into_iter().fold(request, |request, (name, value)| request.extra(name, value));
    let (request, awaiting) = request.start(at(given.now))?.into_parts();
    let device = awaiting.receive(&given.response.expect("response").into_response())?;
    let mut outcome = object(json!({
        "request": describe_request(&request),
        "user_code": device.user_code(),
        "verification_uri": device.verification_uri(),
        "verification_uri_complete": device.verification_uri_complete(),
    }));
    let keys = given.jwks.map(|keys| JwkSet::from_json(keys.to_string()).unwrap());
    let mut run = Run { client, device, keys, openid, polls: Vec::new(), waits: Vec::new(), sent: None, asked: None };
    let mut ended = None;
    for step in given.steps {
        ended = run.step(step).or(ended);
    }
    outcome.extend(object(json!({ "polls": run.polls, "waits": run.waits, "token_request": run.sent })));
    match ended {
        None => outcome.insert("outcome".to_owned(), "Pending".into()),
        Some(Ok(tokens)) => {
            outcome.insert("access_token".to_owned(), tokens.access_token().secret().into());
            outcome.insert("outcome".to_owned(), "Done".into())
        }
        Some(Err(error)) => outcome.insert("outcome".to_owned(), crate::expect::variant(&error).into()),
    };
    Ok(outcome)
}

/// A login on another device, while its steps are taken.
struct Run {
    client: Client,
    device: DeviceAuthorization,
    keys: Option<JwkSet>,
    openid: bool,
    polls: Vec<&'static str>,
    waits: Vec<u64>,
    /// What the first poll sent: every other sends the same.
    sent: Option<Value>,
    asked: Option<AwaitingDeviceTokens>,
}

impl Run {
    /// What the login ended in, where this step ends it.
    fn step(&mut self, step: Step) -> Option<Result<OAuthTokens, Error>> {
        match step.action.as_str() {
            "poll" => self.poll(step.at),
            "store" => {
                self.device = serde_json::from_str(&serde_json::to_string(&self.device).unwrap()).unwrap();
            }
            "failed" => {
                assert!(self.device.failed(&TransportError::new("no route to host"), at(step.at)), "it goes on");
            }
            "answer" => {
                let awaiting = self.asked.take().expect("something was asked");
                let read = awaiting.receive(&step.response.expect("response").into_response()).map_err(Error::from);
                let error = match read.and_then(|unverified| self.open(unverified, step.at)) {
                    Ok(tokens) => return Some(Ok(tokens)),
                    Err(error) => error,
                };
                return (!self.device.failed(&error, at(step.at))).then_some(Err(error));
            }
            other => panic!("unknown step {other}"),
        }
        None
    }

    fn poll(&mut self, now: u64) {
        let answer = self.device.poll(&self.client, at(now)).unwrap();
        self.polls.push(match answer {
            Poll::Wait(time) => {
                self.waits.push(time.as_secs());
                "Wait"
            }
            Poll::Ask(round_trip) => {
                let (request, awaiting) = round_trip.into_parts();
                self.sent.get_or_insert(describe_request(&request).into());
                self.asked = Some(awaiting);
                "Ask"
            }
            Poll::Expired => "Expired",
        });
    }

    fn open(&self, unverified: UnverifiedTokens, now: u64) -> Result<OAuthTokens, Error> {
        if !self.openid {
            return Ok(unverified.into_oauth_tokens()?);
        }
        let tokens = verify(&unverified, self.keys.as_ref().expect("jwks"), now)?;
        Ok((*tokens).clone())
    }
}
