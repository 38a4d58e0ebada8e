//! A sign-in without a code: an application on a telephone gets an ID token from the honest provider, and sends it to the backend.

use std::collections::BTreeSet;

use oidc_proto::{Client, Error, JwkSet};
use serde_json::json;

use crate::cast::{Alice, Evil, Honest, Mallory, Number, PEOPLE, PROVIDERS, Person, Provider, Value};
use crate::common;
use crate::explorer::Model;
use crate::properties;
use crate::providers::{self, Keys};
use crate::world::{Account, IdToken};

/// The defence that is off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Off {
    Nothing,
    /// The backend reads each token as the client that the token names.
    Audience,
    /// `without_nonce`: the backend draws no nonce.
    Nonce,
    /// The backend takes the keys of any provider for those of the honest one.
    KeysOfProvider,
}

pub struct SignIn {
    off: Off,
    app: Client,
    game: Client,
    keys: Keys,
    trusted: JwkSet,
}

#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct World {
    /// Nonce n was drawn for `nonces[n - 1]`.
    nonces: Vec<Person>,
    /// The nonces that were accepted.
    used: BTreeSet<Number>,
    alice: Telephone,
    mallory: Telephone,
    known_nonces: BTreeSet<Number>,
}

#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
struct Telephone {
    id_tokens: BTreeSet<IdToken>,
    session: Option<Account>,
}

#[derive(Clone, Copy, Debug)]
pub enum Move {
    /// A telephone asks the backend for a nonce.
    Ask(Person),
    /// A person logs in with the honest provider, for the application.
    LogIn(Person, Option<Number>),
    /// Alice logs in to Mallory's game with the honest provider. Mallory chooses the nonce.
    LogInToGame(Option<Number>),
    /// A telephone sends an ID token to the backend.
    Send(Person, IdToken),
}

impl SignIn {
    pub fn new(off: Off) -> Self {
        let [app, game] = ["app", "game"].map(|id| providers::client(Honest, id, &json!({})).build().unwrap());
        let keys = Keys::new();
        let trusted = match off {
            Off::KeysOfProvider => JwkSet::from_json(keys.document(Evil)).unwrap(),
            _ => keys.fetched_by(&app),
        };
        Self { off, app, game, keys, trusted }
    }

    fn send(&mut self, world: &mut World, who: Person, id_token: IdToken) -> String {
        let is_own = world.telephone(who).id_tokens.contains(&id_token);
        let nonce = (1..).zip(&world.nonces).find(|(nonce, of)| **of == who && !world.used.contains(nonce));
        let nonce = nonce.map(|(nonce, _)| nonce);
        if is_own && who == Alice {
            // What was sent stands in a log.
            world.mallory.id_tokens.insert(id_token);
            world.known_nonces.extend(id_token.nonce);
        }
        let sends =
            if who == Alice && !is_own { "Mallory makes Alice's telephone send" } else { &format!("{who} sends") };
        let IdToken { iss, aud, about, signed_by, .. } = id_token;
        let sent = format!(
            "{sends} the backend an ID token about {about}, of the {iss} provider, for the {aud}, signed by the {signed_by} provider."
        );
        match self.verify(nonce, id_token) {
            Ok(account) => {
                world.used.extend(nonce);
                world.telephone_mut(who).session = Some(account);
                format!("{sent} {who} is logged in as {} of the {} provider.", account.of, account.issuer)
            }
            Err(error) => format!("{sent} The backend refuses it: {error}."),
        }
    }

    /// What the backend does with an ID token. `nonce` is the one that it has drawn for this telephone.
    fn verify(&mut self, nonce: Option<Number>, id_token: IdToken) -> Result<Account, Error> {
        let client = if self.off == Off::Audience && id_token.aud == "game" { &self.game } else { &self.app };
        let lone = client.id_token(providers::jwt_of(id_token, &mut self.keys));
        let unverified = match nonce {
            Some(nonce) => lone.with_nonce(Value::Nonce(nonce).write()),
            None => lone.without_nonce(),
        };
        let verified = unverified.verify(&self.trusted, common::at(0))?;
        let (issuer, of) = (Provider::of_url(verified.iss()), Person::of_sub(verified.sub()));
        Ok(Account { issuer, of, signed_by: id_token.signed_by })
    }

    /// The nonces that a person can put into a request. Where the backend draws none, a token has none.
    fn nonces(&self, world: &World, of: Person) -> Vec<Option<Number>> {
        let drawn = (1..).zip(&world.nonces).filter(|(_, drawn_for)| **drawn_for == of).map(|(nonce, _)| nonce);
        let known = if of == Mallory { world.known_nonces.clone() } else { BTreeSet::new() };
        let nonces = drawn.chain(known).collect::<BTreeSet<Number>>().into_iter().map(Some);
        nonces.chain((self.off == Off::Nonce).then_some(None)).collect()
    }

    fn can_begin(&self, world: &World, who: Person) -> bool {
        self.off != Off::Nonce && world.nonces.iter().filter(|of| **of == who).count() < 2
    }
}

impl World {
    fn telephone(&self, of: Person) -> &Telephone {
        if of == Alice { &self.alice } else { &self.mallory }
    }

    fn telephone_mut(&mut self, of: Person) -> &mut Telephone {
        if of == Alice { &mut self.alice } else { &mut self.mallory }
    }
}

impl Model for SignIn {
    type World = World;
    type Move = Move;

    fn start(&self) -> World {
        World::default()
    }

    fn moves(&mut self, world: &World) -> Vec<Move> {
        let mut moves = Vec::new();
        for who in PEOPLE {
            moves.extend(self.can_begin(world, who).then_some(Move::Ask(who)));
            moves.extend(self.nonces(world, who).into_iter().map(|nonce| Move::LogIn(who, nonce)));
            moves.extend(world.alice.id_tokens.iter().filter(|_| who == Alice).map(|of| Move::Send(who, *of)));
            moves.extend(world.mallory.id_tokens.iter().map(|of| Move::Send(who, *of)));
            // What the evil provider signs, for whomever and in whosever name.
            let nonces = self.nonces(world, Mallory).into_iter();
            let forged = nonces.flat_map(|nonce| PROVIDERS.map(|iss| (nonce, iss)));
            let forged = forged.flat_map(|(nonce, iss)| PEOPLE.map(|about| (nonce, iss, about)));
            moves.extend(forged.map(|(nonce, iss, about)| {
                Move::Send(who, IdToken { signed_by: Evil, iss, aud: "app", about, nonce })
            }));
        }
        moves.extend(self.nonces(world, Mallory).into_iter().map(Move::LogInToGame));
        moves
    }

    fn play(&mut self, world: &mut World, what: &Move) -> String {
        let of_honest = |aud, about, nonce| IdToken { signed_by: Honest, iss: Honest, aud, about, nonce };
        let with = |nonce: Option<Number>| nonce.map(|nonce| format!(" with nonce {nonce}")).unwrap_or_default();
        match *what {
            Move::Ask(who) => {
                world.nonces.push(who);
                format!("{who} asks the backend for a nonce and gets nonce {}.", world.nonces.len())
            }
            Move::LogIn(who, nonce) => {
                world.telephone_mut(who).id_tokens.insert(of_honest("app", who, nonce));
                format!("{who} logs in with the honest provider for the app{}.", with(nonce))
            }
            Move::LogInToGame(nonce) => {
                world.mallory.id_tokens.insert(of_honest("game", Alice, nonce));
                format!("Alice logs in with the honest provider to Mallory's game{}.", with(nonce))
            }
            Move::Send(who, id_token) => self.send(world, who, id_token),
        }
    }

    fn broken(&mut self, world: &World) -> Option<String> {
        PEOPLE.into_iter().find_map(|person| properties::account(person, world.telephone(person).session?))
    }
}
