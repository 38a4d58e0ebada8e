//! Refresh: a session is refreshed, and another answer comes than the one that it asked for.

use oidc_proto::http::Response;
use oidc_proto::{Access, Client, Error, JwkSet, Session};
use serde_json::{Value as Json, json};

use crate::cast::{Alice, Evil, Honest, Mallory, Number, PEOPLE, Person};
use crate::common::form_of;
use crate::common::signing::changed;
use crate::explorer::Model;
use crate::providers::{self, Keys};
use crate::{common, sessions};

/// The defence that is off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Off {
    Nothing,
    /// The application refreshes as in plain OAuth: the ID token of the answer is not compared with that of the login.
    IdToken,
    /// The application refreshes a session with whatever client it has at hand.
    Client,
}

pub struct Refresh {
    off: Off,
    client: Client,
    of_evil: Client,
    keys: Keys,
    trusted: JwkSet,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct World {
    /// The sessions, as they are stored.
    alice: String,
    mallory: String,
    refreshes: Number,
    /// Whether a refresh token of Alice's came to the evil provider.
    was_stolen: bool,
}

#[derive(Clone, Copy, Debug)]
pub enum Move {
    /// The session of this person is refreshed, and an answer comes.
    Refresh(Person, Answer),
    /// The application has mixed up its clients, and refreshes Alice's session with that of the evil provider.
    MixUp,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Answer {
    /// The honest provider's, to a refresh of this person's.
    To(Person),
    /// Mallory's: tokens of Mallory's, with an ID token about this person that the evil provider has signed.
    MadeUp(Person),
}

impl Refresh {
    pub fn new(off: Off) -> Self {
        let [client, of_evil] = [Honest, Evil].map(|of| {
            let builder = providers::client(of, "app", &json!({})).redirect_uri("https://app.example/callback");
            builder.build().unwrap()
        });
        let keys = Keys::new();
        let trusted = keys.fetched_by(&client);
        Self { off, client, of_evil, keys, trusted }
    }

    /// The answer to the refresh of this number.
    fn answer(&mut self, answer: Answer, number: Number) -> Response<String> {
        let (about, signed_by, of) = match answer {
            Answer::To(person) => (person, Honest, person),
            Answer::MadeUp(about) => (about, Evil, Mallory),
        };
        let id_token = self.keys.sign(signed_by, &json!({ "iss": Honest.issuer(), "aud": "app", "sub": about.sub() }));
        Response::new(changed(tokens(of, number), &json!({ "id_token": id_token })).to_string())
    }

    fn refresh(&mut self, session: &mut Session, answer: Answer, number: Number) -> Result<(), Error> {
        session.expire_access_token();
        // A minute after the one before: the pause after a failure is over.
        let now = common::at(60 * u64::from(number));
        let response = self.answer(answer, number);
        let Access::Refresh(round_trip) = session.access(&self.client, now)? else { panic!("no refresh is due") };
        let (request, awaiting) = round_trip.into_parts();
        if self.off == Off::IdToken {
            let refresh_token = form_of(&request)["refresh_token"].clone();
            let (_, awaiting) = self.client.refresh(&refresh_token.into()).start(now)?.into_parts();
            let tokens = awaiting.receive(&response)?.into_oauth_tokens()?;
            let refreshed = json!({ "access_token": tokens.access_token().secret(), "refreshing_since": null });
            *session = read(&changed(serde_json::to_value(&session).unwrap(), &refreshed).to_string());
            return Ok(());
        }
        let received = awaiting.receive(&response).map_err(Error::from);
        let verified = received.and_then(|unverified| Ok(unverified.verify(&self.trusted, now)?));
        let refreshed = verified.inspect_err(|error| session.refresh_failed(error, now))?;
        Ok(session.refreshed(refreshed, now)?)
    }

    /// Returns whether a request goes to the evil provider, which has the refresh token in it.
    fn mix_up(&self, session: &mut Session) -> Result<bool, Error> {
        session.expire_access_token();
        if self.off == Off::Client {
            let fields = serde_json::to_value(&session).unwrap();
            let refresh_token = fields["refresh_token"].as_str().unwrap();
            let (request, _) = self.of_evil.refresh(&refresh_token.into()).start(common::at(0))?.into_parts();
            return Ok(form_of(&request)["refresh_token"] == Alice.sub());
        }
        Ok(matches!(session.access(&self.of_evil, common::at(0))?, Access::Refresh(_)))
    }

    /// The session of a login that went well.
    fn session(&self, of: Person, login: Number) -> String {
        let id_token = sessions::id_token(of, login, &mut Keys::new());
        let session = sessions::begin(&self.client, login, &id_token, &tokens(of, 0), &self.trusted);
        serde_json::to_string(&session).unwrap()
    }
}

/// What the token endpoint gives this person.
fn tokens(of: Person, number: Number) -> Json {
    json!({ "access_token": format!("{}-{number}", of.sub()), "refresh_token": of.sub(), "expires_in": 300 })
}

fn read(stored: &str) -> Session {
    serde_json::from_str(stored).unwrap()
}

impl Model for Refresh {
    type World = World;
    type Move = Move;

    fn start(&self) -> World {
        World { alice: self.session(Alice, 1), mallory: self.session(Mallory, 2), refreshes: 0, was_stolen: false }
    }

    fn moves(&mut self, _: &World) -> Vec<Move> {
        let answers = PEOPLE.into_iter().flat_map(|person| [Answer::To(person), Answer::MadeUp(person)]);
        answers.flat_map(|answer| PEOPLE.map(|of| Move::Refresh(of, answer))).chain([Move::MixUp]).collect()
    }

    fn play(&mut self, world: &mut World, what: &Move) -> String {
        let Move::Refresh(of, answer) = *what else {
            let stolen = self.mix_up(&mut read(&world.alice));
            world.was_stolen = matches!(stolen, Ok(true));
            let came_of_it =
                stolen.map_or_else(|error| format!("It is refused: {error}"), |_| "The request goes there".to_owned());
            return format!(
                "The application refreshes Alice's session with the client of the evil provider. {came_of_it}."
            );
        };
        world.refreshes += 1;
        let stored = if of == Alice { &mut world.alice } else { &mut world.mallory };
        let mut session = read(stored);
        let result = self.refresh(&mut session, answer, world.refreshes);
        *stored = serde_json::to_string(&session).unwrap();
        let came = match answer {
            Answer::To(to) if to == of => "gets its answer".to_owned(),
            Answer::To(to) => format!("gets the answer to a refresh of {to}'s"),
            Answer::MadeUp(about) => format!("gets an answer of Mallory's with an ID token about {about}"),
        };
        let came_of_it = result.map_or_else(|error| format!("refuses it: {error}"), |()| "takes it".to_owned());
        format!("The session of {of} is refreshed and {came}. The application {came_of_it}.")
    }

    fn broken(&mut self, world: &World) -> Option<String> {
        if world.was_stolen {
            return Some("the evil provider has a refresh token of Alice".to_owned());
        }
        [(Alice, &world.alice), (Mallory, &world.mallory)].into_iter().find_map(|(person, stored)| {
            let fields: Json = serde_json::from_str(stored).unwrap();
            if !fields["access_token"].as_str().unwrap().starts_with(person.sub()) {
                return Some(format!("the session of {person} has an access token of somebody else"));
            }
            let is_over = matches!(read(stored).access(&self.client, common::at(3600)), Ok(Access::LogIn));
            is_over.then(|| format!("the session of {person} is over"))
        })
    }
}
