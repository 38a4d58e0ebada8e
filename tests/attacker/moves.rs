//! What can happen next in the code flow.
//!
//! Mallory can put together every request and response out of the values that they know. Two of these make no difference, and are
//! left out: a `state` in a request of Mallory's own browser, where the response is not signed (Mallory puts any `state` beside the
//! code that comes of it), and an answer of the evil provider where it is not asked. A link can be opened in any order, late, twice or
//! never: so messages are reordered, replayed and dropped.

use crate::cast::{Alice, Evil, Honest, Mallory, Number, PEOPLE, PROVIDERS, Person, Provider, Value};
use crate::setting::Setting;
use crate::world::{Callback, Link, Outcome, Request, World};

/// How many logins people begin (Alice has two tabs), and how many codes the honest provider gives out.
const MOST_LOGINS: [(Person, usize); 2] = [(Alice, 2), (Mallory, 1)];
const MOST_CODES: usize = 2;

#[derive(Clone, Debug)]
pub enum Move {
    /// The login button of the application.
    Begin(Person, Provider),
    /// A browser opens a link. Where a token request comes to the evil provider, this is its answer.
    Open(Person, Link, Answer),
}

/// The ID token that the evil provider answers with.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// Its own, about an account of Mallory's.
    Own,
    /// Its own, which says that the honest provider has issued it.
    InTheNameOfHonest,
    /// An ID token of the honest provider about Alice, for another client: Mallory's game. She logged in there.
    CopiedFromHonest,
}

const ANSWERS: [Answer; 3] = [Answer::Own, Answer::InTheNameOfHonest, Answer::CopiedFromHonest];

pub fn possible(setting: &Setting, world: &World) -> Vec<Move> {
    let mut moves = Vec::new();
    for (who, most) in MOST_LOGINS {
        if world.logins.iter().filter(|login| login.by == who).count() < most {
            let providers = if setting.honest_provider_only { &PROVIDERS[..1] } else { &PROVIDERS };
            moves.extend(providers.iter().map(|with| Move::Begin(who, *with)));
        }
    }
    for who in PEOPLE {
        let own = world.browser(who).links.iter().copied();
        let forged = forged_requests(setting, world, who).into_iter().chain(forged_responses(setting, world, who));
        for link in own.chain(forged) {
            if matches!(link, Link::Authorize(Honest, _)) && world.codes.len() == MOST_CODES {
                continue;
            }
            let asks_evil = matches!(link, Link::Callback(..)) && world.login(link.state()).with == Evil;
            let answers = if asks_evil { ANSWERS.as_slice() } else { &ANSWERS[..1] };
            moves.extend(answers.iter().map(|answer| Move::Open(who, link, *answer)));
        }
    }
    moves
}

/// Requests to the honest provider, of what Mallory knows.
fn forged_requests(setting: &Setting, world: &World, who: Person) -> Vec<Link> {
    let known = |kind: fn(Number) -> Value| (1..10).filter(move |login| world.knows(kind(*login)));
    let or_none = |kind| known(kind).map(Some).chain([None]);
    let states = if who == Mallory && !setting.asks_for_signed { 1 } else { usize::MAX };
    let modes = if setting.asks_for_signed { &[false, true][..] } else { &[false] };
    let mut links = Vec::new();
    for state in known(Value::State).take(states) {
        for nonce in or_none(Value::Nonce) {
            for challenge in or_none(Value::Challenge) {
                for wants_signed in modes {
                    let back_to = setting.redirect_uri(Honest);
                    let request = Request { state, nonce, challenge, back_to, wants_signed: *wants_signed };
                    links.push(Link::Authorize(Honest, request));
                }
            }
        }
    }
    links
}

/// Responses, of what Mallory knows: plain ones, those that the evil provider signs, and those that the honest one has signed.
fn forged_responses(setting: &Setting, world: &World, who: Person) -> Vec<Link> {
    let states = (1..10).filter(|login| world.knows(Value::State(*login)));
    let codes = (1..10).filter(|code| world.knows(Value::Code(*code))).map(Outcome::Code);
    let outcomes: Vec<Outcome> = codes.chain([Outcome::MadeUp, Outcome::Error]).collect();
    let mut places = PROVIDERS.map(|provider| setting.redirect_uri(provider)).to_vec();
    places.dedup();
    let mut callbacks = signed_by_honest(world, who);
    for state in states {
        for outcome in outcomes.iter().copied() {
            for iss in [None, Some(Honest), Some(Evil)] {
                let at = places[0];
                callbacks.push(Callback { at, outcome, state, iss, signed_by: None });
                if setting.asks_for_signed {
                    callbacks.push(Callback { at, outcome, state, iss, signed_by: Some(Evil) });
                }
            }
        }
    }
    let everywhere =
        callbacks.into_iter().flat_map(|callback| places.iter().map(move |at| Callback { at: *at, ..callback }));
    everywhere.map(Link::Callback).filter(|link| !world.browser(who).links.contains(link)).collect()
}

/// The signed responses of the honest provider that Mallory has, because their code is known.
fn signed_by_honest(world: &World, who: Person) -> Vec<Callback> {
    let other = if who == Alice { Mallory } else { Alice };
    let links = world.browser(other).links.iter();
    let callbacks = links.filter_map(|link| if let Link::Callback(callback) = link { Some(*callback) } else { None });
    let is_known = |callback: &Callback| match callback {
        Callback { outcome: Outcome::Code(code), signed_by: Some(Honest), .. } => world.knows(Value::Code(*code)),
        _ => false,
    };
    callbacks.filter(is_known).collect()
}
