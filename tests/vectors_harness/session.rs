//! The stages of a session: a refresh, and a session over time.

use std::time::SystemTime;

use oidc_proto::{
    Access, AwaitingRefresh, Client, Error, Refreshed, RoundTrip, Session, TransportError, UnverifiedRefresh,
};
use serde_json::{Map, Value, json};

use crate::expect::Outcome;
use crate::given::{Answer, Given, Step, at};
use crate::stages::{describe_request, log_in, object, receive};

/// The session holds what the login gave it, and what the refresh brought.
pub fn refresh(given: Given) -> Outcome {
    let login = given.login.unwrap();
    let (login_now, keys) = (login.now, given.jwks.clone().or(login.jwks.clone()));
    let (client, tokens) = log_in(given.metadata.unwrap(), given.client, login, given.jwks)?;
    let mut session = tokens.into_session(at(login_now));
    session.expire_access_token();
    let Access::Refresh(round_trip) = session.access(&client, at(given.now))? else { panic!("no refresh is due") };
    let (request, awaiting) = round_trip.into_parts();
    let unverified = awaiting.receive(&given.response.unwrap().into_response())?;
    let refreshed = match given.verification.as_deref() {
        Some("tls") => unverified.verify_trusting_tls(at(given.now))?,
        _ => verify(&unverified, keys.as_ref(), given.now)?,
    };
    let id_token_came = refreshed.id_token().is_some();
    session.refreshed(refreshed, at(given.now))?;
    let mut outcome = describe(&stored(&session));
    let left = |end: SystemTime| end.duration_since(at(given.now)).unwrap().as_secs();
    outcome.insert("expires_in".to_owned(), session.expires_at().map(left).into());
    outcome.insert("id_token".to_owned(), id_token_came.into());
    outcome.insert("request".to_owned(), describe_request(&request).into());
    Ok(outcome)
}

/// A session over time.
pub fn session(given: Given) -> Outcome {
    let login = given.login.unwrap();
    let (login_now, keys) = (login.now, given.jwks.clone().or(login.jwks.clone()));
    let (client, tokens) = log_in(given.metadata.unwrap(), given.client, login, given.jwks)?;
    let session = tokens.into_session(at(login_now));
    let mut life = Life { client, keys, session, under_way: None, access: Vec::new(), waits: Vec::new() };
    given.steps.into_iter().try_for_each(|step| life.step(step))?;
    let mut outcome = describe(&life.session);
    outcome.extend(object(json!({ "access": life.access, "waits": life.waits })));
    Ok(outcome)
}

/// A session, and what was noted about it.
struct Life {
    client: Client,
    keys: Option<Value>,
    session: Session,
    /// The refresh that was last handed out.
    under_way: Option<RoundTrip<AwaitingRefresh>>,
    access: Vec<&'static str>,
    waits: Vec<u64>,
}

impl Life {
    fn step(&mut self, step: Step) -> Result<(), Error> {
        let now = at(step.at);
        match step.action.as_str() {
            "access" => {
                let word = match self.session.access(&self.client, now)? {
                    Access::Use(_) => "Use",
                    Access::Refresh(round_trip) => {
                        self.under_way = Some(round_trip);
                        "Refresh"
                    }
                    Access::Wait(how_long) => {
                        self.waits.push(how_long.as_secs());
                        "Wait"
                    }
                    Access::LogIn => "LogIn",
                };
                self.access.push(word);
            }
            "store" => self.session = stored(&self.session),
            "lost" => drop(self.under_way.take().expect("a refresh is under way")),
            "expire" => self.session.expire_access_token(),
            "refreshed" => {
                let refreshed = self.answered(step.response.unwrap(), step.at)?;
                self.session.refreshed(refreshed, now)?;
            }
            "refresh_failed" if step.transport == Some(true) => {
                self.under_way = None;
                self.session.refresh_failed(&TransportError::new("no answer"), now);
            }
            "refresh_failed" => {
                let error = self.answered(step.response.unwrap(), step.at).expect_err("the refresh fails");
                self.session.refresh_failed(&error, now);
            }
            other => panic!("unknown step {other}"),
        }
        Ok(())
    }

    fn answered(&mut self, response: Answer, now: u64) -> Result<Refreshed, Error> {
        let unverified = receive(self.under_way.take().expect("a refresh is under way"), response)?;
        verify(&unverified, self.keys.as_ref(), now)
    }
}

/// Stored and read again.
fn stored(session: &Session) -> Session {
    serde_json::from_str(&serde_json::to_string(session).unwrap()).unwrap()
}

fn describe(session: &Session) -> Map<String, Value> {
    object(json!({
        "access_token": session.access_token().secret(),
        "token_type": session.token_type(),
        "refresh_token": session.refresh_token().map(oidc_proto::RefreshToken::secret),
        "scope": session.scope(),
        "claims": session.claims_as::<Value>().unwrap(),
    }))
}

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
fn verify(unverified: &UnverifiedRefresh, keys: Option<&Value>, now: u64) -> Result<Refreshed, Error> {
    let keys = keys.map(|keys| oidc_proto::JwkSet::from_json(keys.to_string())).transpose()?;
    Ok(unverified.verify(&keys.unwrap_or_default(), at(now))?)
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
fn verify(_: &UnverifiedRefresh, _: Option<&Value>, _: u64) -> Result<Refreshed, Error> {
    panic!("no signature can be verified without a backend")
}
