//! The session that is never lost: two and three processes share one session, and every order of events is tried, up to a
//! limit.
//!
//! The processes share a store with compare-and-swap. The provider rotates refresh tokens in one of four ways. A process can die
//! at each step; a request, a response, or the provider can fail; the clock can jump. `check` says what must be true after
//! every event.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_macros,
    clippy::print_stdout,
    missing_docs,
    reason = "a test fails by panicking, and this one prints how much it has tried"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use common::{Good, form_of};
use oidc_proto::http::Response;
use oidc_proto::{Access, Client, RefreshToken, Refreshed, Session, TokenError, Tokens, TransportError};
use serde_json::json;

/// How a provider treats refresh tokens.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Rotation {
    None,
    /// The token before the newest works for five more minutes.
    GracePeriod,
    SingleUse,
    /// A refresh token that is used a second time revokes all of them.
    RevokeOnReuse,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Provider {
    rotation: Rotation,
    /// The number of the newest refresh token.
    newest: u32,
    rotated_at: u64,
    revoked: bool,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Answer {
    /// A new access token, and perhaps a new refresh token.
    Tokens(Option<u32>),
    InvalidGrant,
    ServerError,
    /// The process never learns the result of its request.
    Nothing,
}

impl Provider {
    fn answer(&mut self, used: u32, now: u64) -> Answer {
        if self.revoked {
            return Answer::InvalidGrant;
        }
        let in_grace = used + 1 == self.newest && now.abs_diff(self.rotated_at) < GRACE;
        match self.rotation {
            Rotation::None => Answer::Tokens(None),
            Rotation::GracePeriod if used != self.newest && in_grace => Answer::Tokens(Some(self.newest)),
            _ if used == self.newest => {
                self.newest += 1;
                self.rotated_at = now;
                Answer::Tokens(Some(self.newest))
            }
            Rotation::RevokeOnReuse => {
                self.revoked = true;
                Answer::InvalidGrant
            }
            _ => Answer::InvalidGrant,
        }
    }
}

/// A stored session: its number in the explorer's list.
type Stored = usize;

/// What a process is doing. Anything can happen between two steps.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Process {
    Idle,
    /// It has read the session.
    Read(Stored),
    /// It has a refresh with this refresh token, and must save the session before it sends the request.
    HandedOut {
        before: Stored,
        after: Stored,
        token: u32,
    },
    /// Its request is on the way.
    Sent(u32),
    /// It knows the result of its request, and must report it.
    Answered(Answer),
}

/// The state of everything at one moment.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct World {
    now: u64,
    store: Stored,
    provider: Provider,
    processes: Vec<Process>,
    /// The refresh tokens that were sent.
    sent: Vec<u32>,
    /// How many things may still go wrong.
    faults_left: u8,
    /// How often time may still pass.
    moves_left: u8,
    history: History,
}

impl World {
    /// Whether the answer brings a refresh token that the session must not lose.
    fn is_rotated_for_good(&self, answer: Answer) -> bool {
        matches!(answer, Answer::Tokens(Some(_))) && self.provider.rotation != Rotation::GracePeriod
    }
}

/// Events that excuse a failure later.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
struct History {
    /// A process, a request or a response was lost, the provider failed, or a refresh took more than a minute.
    something_was_lost: bool,
    /// A rotated refresh token did not reach the store, or may reach it too late.
    rotation_was_lost: bool,
    user_revoked: bool,
}

/// How a process uses the session: by the rules of the documentation, or against one of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Discipline {
    SaveBeforeSending,
    SendWithoutSaving,
}

struct Explorer {
    client: Client,
    /// The login that the session began with.
    login: Tokens,
    discipline: Discipline,
    /// The stored sessions, and the number of each.
    stored: Vec<StoredSession>,
    numbers: BTreeMap<String, Stored>,
    /// The result of `access` on a stored session at a moment.
    asked: BTreeMap<(Stored, u64), Asked>,
    /// The stored session after a report at a moment.
    reported: BTreeMap<(Stored, Answer, u64), Stored>,
}

struct StoredSession {
    text: String,
    generation: u64,
    refreshing_since: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
enum Asked {
    Use,
    Refresh { after: Stored, token: u32 },
    Wait(u64),
    LogIn,
}

impl Explorer {
    fn new(discipline: Discipline) -> Self {
        Self {
            client: Good::new().client(),
            login: log_in(),
            discipline,
            stored: Vec::new(),
            numbers: BTreeMap::new(),
            asked: BTreeMap::new(),
            reported: BTreeMap::new(),
        }
    }

    fn store(&mut self, session: &Session) -> Stored {
        let value = serde_json::to_value(session).unwrap();
        let (text, refreshing_since) = (value.to_string(), value["refreshing_since"].as_u64());
        if let Some(number) = self.numbers.get(&text) {
            return *number;
        }
        self.numbers.insert(text.clone(), self.stored.len());
        self.stored.push(StoredSession { text, generation: session.generation(), refreshing_since });
        self.stored.len() - 1
    }

    fn read(&self, stored: Stored) -> Session {
        serde_json::from_str(&self.stored[stored].text).unwrap()
    }

    fn ask(&mut self, stored: Stored, now: u64) -> Asked {
        if let Some(asked) = self.asked.get(&(stored, now)) {
            return *asked;
        }
        let mut session = self.read(stored);
        let before = session.generation();
        let asked = match session.access(&self.client, at(now)).unwrap() {
            Access::Use(_) => Asked::Use,
            Access::Wait(how_long) => Asked::Wait(how_long.as_secs()),
            Access::LogIn => Asked::LogIn,
            Access::Refresh(round_trip) => {
                let token = number(&form_of(&round_trip.into_parts().0)["refresh_token"]);
                assert!(session.generation() > before, "the change shows in the generation");
                Asked::Refresh { after: self.store(&session), token }
            }
        };
        self.asked.insert((stored, now), asked);
        asked
    }

    fn report(&mut self, stored: Stored, answer: Answer, now: u64) -> Stored {
        if let Some(after) = self.reported.get(&(stored, answer, now)) {
            return *after;
        }
        let mut session = self.read(stored);
        match self.receive(answer, now) {
            Ok(refreshed) => session.refreshed(refreshed, at(now)).unwrap(),
            Err(Some(error)) => session.refresh_failed(&error, at(now)),
            Err(None) => session.refresh_failed(&TransportError::new("no answer"), at(now)),
        }
        let after = self.store(&session);
        self.reported.insert((stored, answer, now), after);
        after
    }

    /// The answer as the crate reads it.
    fn receive(&self, answer: Answer, now: u64) -> Result<Refreshed, Option<TokenError>> {
        let (status, body) = match answer {
            Answer::Nothing => return Err(None),
            Answer::InvalidGrant => (400, json!({ "error": "invalid_grant" })),
            Answer::ServerError => (503, json!({ "error": "invalid_grant" })),
            Answer::Tokens(token) => {
                let refresh_token = token.map(|token| format!("rt-{token}"));
                (200, json!({ "access_token": "at", "expires_in": LIFETIME, "refresh_token": refresh_token }))
            }
        };
        let request = self.client.refresh(&RefreshToken::new("rt-0")).of_login(&self.login).start(at(now)).unwrap();
        let response = Response::builder().status(status).body(body.to_string()).unwrap();
        let unverified = request.into_parts().1.receive(&response).map_err(Some)?;
        Ok(verify(&unverified, now))
    }

    /// Every world that is one event away.
    fn next(&mut self, world: &World) -> Vec<World> {
        let mut worlds = Vec::new();
        for index in 0..world.processes.len() {
            worlds.extend(self.steps(world, index));
            worlds.extend(faults(world, index));
        }
        if world.moves_left > 0 {
            // A second; the end of a back-off; a minute, after which a refresh counts as lost; the lifetime of a token; a clock
            // that is set back.
            for seconds in [1, 5, 60, i64::from(LIFETIME), -7200] {
                worlds.push(self.time_passes(world, seconds));
            }
        }
        if world.faults_left > 0 && !world.history.user_revoked {
            let mut next = world.clone();
            next.faults_left -= 1;
            next.provider.revoked = true;
            next.history.user_revoked = true;
            worlds.push(next);
        }
        worlds
    }

    /// What a process does when nothing goes wrong.
    fn steps(&mut self, world: &World, index: usize) -> Vec<World> {
        let mut next = world.clone();
        next.processes[index] = match &world.processes[index] {
            Process::Idle => Process::Read(world.store),
            Process::Read(before) => match self.ask(*before, world.now) {
                Asked::Use | Asked::Wait(_) | Asked::LogIn => Process::Idle,
                Asked::Refresh { after, token } => Process::HandedOut { before: *before, after, token },
            },
            Process::HandedOut { before, after, token } => {
                let unchanged = self.stored[*before].generation == self.stored[world.store].generation;
                if unchanged || self.discipline == Discipline::SendWithoutSaving {
                    next.store = *after;
                    next.sent.push(*token);
                    Process::Sent(*token)
                } else {
                    Process::Idle
                }
            }
            Process::Sent(token) => Process::Answered(next.provider.answer(*token, world.now)),
            // Read, report and save are one step: a swap that fails is tried again.
            Process::Answered(answer) => {
                next.store = self.report(world.store, *answer, world.now);
                Process::Idle
            }
        };
        vec![next]
    }

    /// Time passes for everybody. A refresh that is under way for a minute counts as lost, and so does one during which the
    /// clock is set back.
    fn time_passes(&self, world: &World, seconds: i64) -> World {
        let mut next = world.clone();
        next.moves_left -= 1;
        next.now = next.now.saturating_add_signed(seconds);
        let under_way = world.processes.iter().any(|process| !matches!(process, Process::Idle | Process::Read(_)));
        let since = self.stored[world.store].refreshing_since.unwrap_or(next.now);
        let with_grace = world.provider.rotation == Rotation::GracePeriod;
        if under_way && (seconds.unsigned_abs() >= 60 || next.now.abs_diff(since) >= 60) {
            next.history.something_was_lost = true;
            next.history.rotation_was_lost |= !with_grace;
        }
        // A process that missed a rotation can refresh again while the grace period lasts.
        let grace_is_over = with_grace && next.now.abs_diff(world.provider.rotated_at) >= GRACE;
        next.history.rotation_was_lost |= next.history.something_was_lost && grace_is_over;
        next
    }

    /// What must be true in every world.
    fn check(&mut self, world: &World) -> Result<(), &'static str> {
        let history = world.history;
        let mut once = BTreeSet::new();
        let sent_twice = world.sent.iter().any(|token| !once.insert(token));
        let single_use = matches!(world.provider.rotation, Rotation::SingleUse | Rotation::RevokeOnReuse);
        if sent_twice && single_use && !history.something_was_lost {
            return Err("a refresh token was sent twice, and nothing was lost");
        }
        match self.ask(world.store, world.now) {
            Asked::LogIn if !history.user_revoked && !history.rotation_was_lost => {
                Err("the session has ended, and the refresh token was good")
            }
            Asked::Wait(seconds) if seconds == 0 || seconds > 300 => {
                Err("a wait of no time, or of more than five minutes")
            }
            Asked::Wait(seconds) => match self.ask(world.store, world.now + seconds) {
                Asked::Wait(_) => Err("a wait is longer than it said"),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Tries every world within the limits. Returns how many there are; or the rule that one breaks, and the events that led to
    /// it.
    fn explore(&mut self, start: World) -> Result<usize, String> {
        let mut seen = BTreeSet::from([start.clone()]);
        // Each world with the index of the one that it came from.
        let mut worlds = vec![(start, 0)];
        let mut index = 0;
        while index < worlds.len() {
            let world = worlds[index].0.clone();
            self.check(&world).map_err(|rule| format!("{rule}:\n{}", story(&worlds, index)))?;
            for next in self.next(&world) {
                if seen.insert(next.clone()) {
                    worlds.push((next, index));
                }
            }
            index += 1;
        }
        Ok(worlds.len())
    }
}

/// The events that led to a world, one line each.
fn story(worlds: &[(World, usize)], mut index: usize) -> String {
    let mut lines = Vec::new();
    loop {
        let (world, parent) = &worlds[index];
        let step = |process: &Process| match process {
            Process::Read(_) => "Read".to_owned(),
            Process::HandedOut { token, .. } => format!("HandedOut({token})"),
            other => format!("{other:?}"),
        };
        let processes: Vec<String> = world.processes.iter().map(step).collect();
        let World { now, provider, history, .. } = world;
        lines.push(format!("{now} {} | newest {} | {history:?}", processes.join(" "), provider.newest));
        if index == *parent {
            lines.reverse();
            return lines.join("\n");
        }
        index = *parent;
    }
}

/// What can go wrong for a process.
fn faults(world: &World, index: usize) -> Vec<World> {
    if world.faults_left == 0 {
        return Vec::new();
    }
    let mut fault = world.clone();
    fault.faults_left -= 1;
    fault.history.something_was_lost = true;
    let mut worlds = Vec::new();
    // The process dies. What it has not reported is lost.
    if world.processes[index] != Process::Idle {
        let mut died = fault.clone();
        died.processes[index] = Process::Idle;
        died.history.rotation_was_lost |=
            matches!(&world.processes[index], Process::Answered(answer) if world.is_rotated_for_good(*answer));
        // A request that is already sent still arrives.
        if let Process::Sent(token) = world.processes[index] {
            let mut arrived = died.clone();
            let answer = arrived.provider.answer(token, world.now);
            arrived.history.rotation_was_lost |= world.is_rotated_for_good(answer);
            worlds.push(arrived);
        }
        worlds.push(died);
    }
    if let Process::Sent(token) = world.processes[index] {
        // The request is lost; the provider fails; the response is lost.
        for answer in [Answer::Nothing, Answer::ServerError] {
            let mut failed = fault.clone();
            failed.processes[index] = Process::Answered(answer);
            worlds.push(failed);
        }
        let mut unanswered = fault.clone();
        let answer = unanswered.provider.answer(token, world.now);
        unanswered.history.rotation_was_lost |= world.is_rotated_for_good(answer);
        unanswered.processes[index] = Process::Answered(Answer::Nothing);
        worlds.push(unanswered);
    }
    worlds
}

/// The lifetime of an access token, in seconds.
const LIFETIME: u32 = 600;
/// How long a rotated refresh token works where the provider has a grace period, in seconds.
const GRACE: u64 = 300;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn number(token: &str) -> u32 {
    token.strip_prefix("rt-").unwrap().parse().unwrap()
}

fn log_in() -> Tokens {
    Good::new().token_member("refresh_token", json!("rt-0")).log_in().unwrap()
}

/// A session whose access token has just expired.
fn start(explorer: &mut Explorer, rotation: Rotation, processes: usize, faults: u8, moves: u8) -> World {
    let mut session = explorer.login.clone().into_session(common::at(0));
    session.expire_access_token();
    World {
        now: common::at(0).duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs(),
        store: explorer.store(&session),
        provider: Provider { rotation, newest: 0, rotated_at: 0, revoked: false },
        processes: vec![Process::Idle; processes],
        sent: Vec::new(),
        faults_left: faults,
        moves_left: moves,
        history: History::default(),
    }
}

// First the providers at which a broken rule shows earliest.
const ROTATIONS: [Rotation; 4] = [Rotation::SingleUse, Rotation::RevokeOnReuse, Rotation::GracePeriod, Rotation::None];

fn verify(unverified: &oidc_proto::UnverifiedRefresh, now: u64) -> Refreshed {
    // No ID token came, so there is nothing to verify.
    unverified.verify_trusting_tls(at(now)).unwrap()
}

fn explore(
    discipline: Discipline,
    rotation: Rotation,
    processes: usize,
    faults: u8,
    moves: u8,
) -> Result<usize, String> {
    let mut explorer = Explorer::new(discipline);
    let start = start(&mut explorer, rotation, processes, faults, moves);
    explorer.explore(start)
}

#[test]
fn two_processes_never_lose_a_session() {
    for rotation in ROTATIONS {
        let worlds = explore(Discipline::SaveBeforeSending, rotation, 2, 2, 2);
        println!("two processes, {rotation:?}: {} worlds", worlds.unwrap_or_else(|found| panic!("{found}")));
    }
}

#[test]
fn three_processes_never_lose_a_session() {
    for rotation in ROTATIONS {
        let worlds = explore(Discipline::SaveBeforeSending, rotation, 3, 1, 1);
        println!("three processes, {rotation:?}: {} worlds", worlds.unwrap_or_else(|found| panic!("{found}")));
    }
}

#[test]
fn without_compare_and_swap_a_refresh_token_is_sent_twice() {
    for rotation in [Rotation::SingleUse, Rotation::RevokeOnReuse] {
        let found = explore(Discipline::SendWithoutSaving, rotation, 2, 0, 0);
        assert!(found.is_err_and(|found| found.starts_with("a refresh token was sent twice")), "the explorer sees it");
    }
}
