//! Logout: notices that sessions have ended come to the application from the honest provider, and from Mallory.

use std::collections::BTreeSet;

use oidc_proto::{Client, Error, FrontChannelLogout, JwkSet, LogoutReplays, LogoutToken, Session};
use serde_json::json;

use crate::cast::{Alice, Evil, Honest, Mallory, Number, PROVIDERS, Person, Provider, Value};
use crate::explorer::Model;
use crate::providers::{self, Keys};
use crate::{common, sessions};

/// The defence that is off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Off {
    Nothing,
    /// The application reads each logout token as the client that the token names.
    Audience,
    /// The application ends each session of the `sub`, whoever its issuer is.
    Issuer,
    /// The application takes an ID token for a logout token.
    Kind,
    /// The application does not ask `LogoutReplays`.
    Replays,
    /// The application ends the session of a browser that opens the front-channel logout URI, whatever it names.
    FrontChannelSession,
}

pub struct Logout {
    off: Off,
    app: Client,
    game: Client,
    of_evil: Client,
    keys: Keys,
    /// The keys of the honest provider, and of the evil one.
    trusted: [JwkSet; 2],
}

#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct World {
    /// Session n is `sessions[n - 1]`.
    sessions: Vec<LoggedIn>,
    /// `LogoutReplays`, as the application stores it.
    replays: String,
    /// How many logout tokens the honest provider has made.
    made: Number,
    /// The tokens that Mallory has.
    known: BTreeSet<Token>,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct LoggedIn {
    of: Person,
    is_there: bool,
    /// Whether the honest provider has said that it is over.
    was_ended: bool,
}

/// A token that can be posted to the back-channel logout URI.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Token {
    Logout {
        signed_by: Provider,
        iss: Provider,
        aud: &'static str,
        about: Person,
        number: Number,
    },
    /// The ID token of a login of Alice's.
    Id(Number),
}

#[derive(Clone, Copy, Debug)]
pub enum Move {
    LogIn,
    /// A person logs out at the honest provider, which tells the application.
    LogOut(Person),
    /// Alice logs out of Mallory's game, and the honest provider sends the game a logout token.
    LeaveGame,
    /// Mallory posts a token to the back-channel logout URI for a provider.
    Post(Provider, Token),
    /// Mallory makes Alice's browser open the front-channel logout URI; with the `sid` of Mallory's session, or with nothing.
    Open(Option<Number>),
}

/// The session that Mallory has.
const OF_MALLORY: Number = 2;

impl Logout {
    pub fn new(off: Off) -> Self {
        let client = |of, id| {
            let address = "https://app.example/callback";
            providers::client(of, id, &json!({})).redirect_uri(address).build().unwrap()
        };
        let (app, game, of_evil) = (client(Honest, "app"), client(Honest, "game"), client(Evil, "app"));
        let keys = Keys::new();
        let trusted = [keys.fetched_by(&app), keys.fetched_by(&of_evil)];
        Self { off, app, game, of_evil, keys, trusted }
    }

    /// The back-channel logout URI. Returns which sessions end.
    fn back_channel(&mut self, world: &mut World, at: Provider, token: Token) -> Result<Vec<Number>, Error> {
        let jwt = self.jwt(token);
        let client = match (at, token) {
            (Honest, Token::Logout { aud: "game", .. }) if self.off == Off::Audience => &self.game,
            (Honest, _) => &self.app,
            (Evil, _) => &self.of_evil,
        };
        let keys = &self.trusted[at as usize];
        if let (Off::Kind, Token::Id(login)) = (self.off, token) {
            let nonce = Value::Nonce(login).write();
            let id_token = client.id_token(jwt).with_nonce(nonce).verify(keys, common::at(0))?;
            return Ok(self.sessions(world, |session| session.sid() == id_token.sid()));
        }
        let logout = client.logout_token(format!("logout_token={jwt}"))?.verify(keys, common::at(0))?;
        let mut replays: LogoutReplays = serde_json::from_str(&world.replays).unwrap();
        if !replays.first_time(&logout, common::at(0)) && self.off != Off::Replays {
            return Ok(Vec::new());
        }
        world.replays = serde_json::to_string(&replays).unwrap();
        Ok(self.sessions(world, |session| self.ends(session, &logout)))
    }

    fn ends(&self, session: &Session, logout: &LogoutToken) -> bool {
        match self.off {
            Off::Audience => logout.iss() == Honest.issuer() && logout.sub() == Some(session.sub()),
            Off::Issuer => logout.sub() == Some(session.sub()),
            _ => session.is_ended_by(logout),
        }
    }

    /// The front-channel logout URI of the honest provider, in Alice's browser. Returns which sessions end.
    fn front_channel(&mut self, world: &World, sid: Option<Number>) -> Result<Vec<Number>, Error> {
        let query = sid.map(|sid| format!("iss={}&sid=sid-{sid}", Honest.issuer())).unwrap_or_default();
        let notice = FrontChannelLogout::from_query(&self.app, &query)?;
        if self.off == Off::FrontChannelSession {
            return Ok(self.sessions(world, |session| session.sub() == Alice.sub()));
        }
        Ok(self.sessions(world, |session| session.is_ended_by(&notice)))
    }

    /// The numbers of the sessions that are there, and of which this is true.
    fn sessions(&self, world: &World, is: impl Fn(&Session) -> bool) -> Vec<Number> {
        let mut keys = Keys::new();
        let there = (1..).zip(&world.sessions).filter(|(_, session)| session.is_there);
        let begin = |(number, session): (Number, &LoggedIn)| {
            let id_token = sessions::id_token(session.of, number, &mut keys);
            (number, sessions::begin(&self.app, number, &id_token, &json!({}), &self.trusted[0]))
        };
        there.map(begin).filter(|(_, session)| is(session)).map(|(number, _)| number).collect()
    }

    fn jwt(&mut self, token: Token) -> String {
        match token {
            Token::Id(login) => sessions::id_token(Alice, login, &mut self.keys),
            Token::Logout { signed_by, iss, aud, about, number } => {
                let events = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
                let (jti, iss) = (format!("jti-{number}"), iss.issuer());
                let claims = json!({ "iss": iss, "aud": aud, "sub": about.sub(), "jti": jti, "events": events });
                self.keys.sign_as(signed_by, "logout+jwt", &claims)
            }
        }
    }

    fn post(&mut self, world: &mut World, at: Provider, token: Token) -> String {
        let ended = self.back_channel(world, at, token);
        world.end(ended)
    }

    /// A logout token of the honest provider for the app or the game. It stands in a log, or Mallory is its recipient.
    fn make(world: &mut World, aud: &'static str, about: Person) -> Token {
        world.made += 1;
        let token = Token::Logout { signed_by: Honest, iss: Honest, aud, about, number: world.made };
        world.known.insert(token);
        token
    }
}

impl World {
    fn end(&mut self, ended: Result<Vec<Number>, Error>) -> String {
        match ended {
            Err(error) => format!("The application refuses it: {error}."),
            Ok(sessions) if sessions.is_empty() => "No session ends.".to_owned(),
            Ok(sessions) => {
                let end = |number: Number| {
                    let session = &mut self.sessions[usize::from(number) - 1];
                    session.is_there = false;
                    format!("Session {number} of {} ends.", session.of)
                };
                sessions.into_iter().map(end).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

impl Model for Logout {
    type World = World;
    type Move = Move;

    fn start(&self) -> World {
        let there = |of| LoggedIn { of, is_there: true, was_ended: false };
        let replays = serde_json::to_string(&LogoutReplays::new()).unwrap();
        let known = BTreeSet::from([Token::Id(1)]);
        World { sessions: vec![there(Alice), there(Mallory)], replays, known, made: 0 }
    }

    fn moves(&mut self, world: &World) -> Vec<Move> {
        let mut moves = vec![Move::Open(None), Move::Open(Some(OF_MALLORY))];
        if world.sessions.len() < 4 {
            moves.push(Move::LogIn);
        }
        if world.made < 3 {
            moves.extend([Move::LogOut(Alice), Move::LogOut(Mallory), Move::LeaveGame]);
        }
        // What the evil provider signs, about Alice, in its own name or in that of the honest one.
        let forged = |iss| Token::Logout { signed_by: Evil, iss, aud: "app", about: Alice, number: 9 };
        let tokens = world.known.iter().copied().chain(PROVIDERS.map(forged));
        moves.extend(tokens.flat_map(|token| PROVIDERS.map(|at| Move::Post(at, token))));
        moves
    }

    fn play(&mut self, world: &mut World, what: &Move) -> String {
        match *what {
            Move::LogIn => {
                world.sessions.push(LoggedIn { of: Alice, is_there: true, was_ended: false });
                format!("Alice logs in: session {}.", world.sessions.len())
            }
            Move::LogOut(who) => {
                world
                    .sessions
                    .iter_mut()
                    .filter(|session| session.of == who)
                    .for_each(|session| session.was_ended = true);
                let token = Self::make(world, "app", who);
                let came_of_it = self.post(world, Honest, token);
                format!(
                    "{who} logs out at the honest provider, which sends the application logout token {}. {came_of_it}",
                    world.made
                )
            }
            Move::LeaveGame => {
                Self::make(world, "game", Alice);
                format!("Alice logs out of Mallory's game: the honest provider sends it logout token {}.", world.made)
            }
            Move::Post(at, token) => {
                let came_of_it = self.post(world, at, token);
                format!("Mallory posts to the logout URI for the {at} provider {}. {came_of_it}", token.told())
            }
            Move::Open(sid) => {
                let ended = self.front_channel(world, sid);
                let came_of_it = world.end(ended);
                let with = sid.map_or("nothing in it".to_owned(), |sid| format!("sid {sid}"));
                format!("Mallory makes Alice's browser open the front-channel logout URI with {with}. {came_of_it}")
            }
        }
    }

    fn broken(&mut self, world: &World) -> Option<String> {
        let mut numbered = (1..).zip(&world.sessions);
        let (number, _) =
            numbered.find(|(_, session)| session.of == Alice && !session.is_there && !session.was_ended)?;
        Some(format!("session {number} of Alice is over, and the honest provider has not said so"))
    }
}

impl Token {
    fn told(self) -> String {
        match self {
            Self::Id(login) => format!("the ID token of Alice's login {login}"),
            Self::Logout { signed_by: Honest, number, .. } => format!("logout token {number}"),
            Self::Logout { iss, about, .. } => {
                format!("a logout token about {about} in the name of the {iss} provider, signed by the evil one")
            }
        }
    }
}
