//! The code flow as a model: what Alice, Mallory and the two providers do, and what must never come of it.

use std::collections::BTreeMap;

use crate::application::Application;
use crate::cast::{Alice, Evil, Honest, Mallory, Number, Person, Provider, Value};
use crate::explorer::Model;
use crate::moves::{self, Answer, Move};
use crate::providers::Keys;
use crate::setting::{Defence, Setting};
use crate::world::{Account, Browser, Callback, Link, Login, Stored, World};
use crate::{evil, honest, properties};

pub struct CodeFlow {
    setting: Setting,
    application: Application,
    keys: Keys,
    /// The result of `completes`, by what decides it.
    completes: BTreeMap<(Stored, Number), bool>,
}

impl CodeFlow {
    pub fn new(setting: Setting) -> Self {
        let keys = Keys::new();
        Self { application: Application::new(setting.clone(), &keys), setting, keys, completes: BTreeMap::new() }
    }

    fn begin(&mut self, world: &mut World, by: Person, with: Provider) -> String {
        let number = Number::try_from(world.logins.len()).unwrap() + 1;
        world.logins.push(Login { by, with, is_over: false });
        let browser = world.browser_mut(by);
        let (link, pending) = self.application.begin(browser.pending, with, number);
        browser.pending = pending;
        browser.links.insert(link);
        if let (Mallory, Link::Authorize(_, request)) = (by, link) {
            world.mallory_reads(request);
        }
        format!("{by} begins login {number} with the {with} provider.")
    }

    fn open(&mut self, world: &mut World, who: Person, link: Link, answer: Answer) -> String {
        let is_own = world.browser(who).links.contains(&link);
        world.mallory_acted |= who == Alice && !is_own;
        let opens = match who {
            Mallory => "Mallory opens",
            Alice if is_own => "Alice's browser goes to",
            Alice => "Mallory makes Alice's browser open",
        };
        match link {
            Link::Authorize(Evil, request) => {
                world.mallory_reads(request);
                format!("{opens} the evil provider with {request}. Mallory reads that.")
            }
            Link::Authorize(Honest, request) => {
                let came_of_it = honest::consent(&self.setting, world, who, request);
                format!("{opens} the honest provider with {request}. {came_of_it}")
            }
            Link::Callback(callback) => {
                let is_over = self.ends_login(world, who, callback);
                let came_of_it = self.call_back(world, who, callback, answer);
                format!("{opens} {callback}. {came_of_it}{is_over}")
            }
        }
    }

    fn call_back(&mut self, world: &mut World, who: Person, callback: Callback, answer: Answer) -> String {
        let of = self.looks_into(world, who, callback.state);
        let pending = world.browser(of).pending;
        let received = self.application.receive(pending, callback, &mut self.keys);
        world.browser_mut(of).pending = received.stored;
        let asked = match received.asked {
            Ok(asked) => asked,
            Err(error) => return format!("The application refuses it: {error}."),
        };
        let answer = match asked.to {
            Honest => honest::redeem(world, &asked),
            Evil => Some(evil::answer(&self.setting, world, &asked, callback.state, answer)),
        };
        let asked = format!("The application asks the {} provider for tokens", asked.to);
        match self.application.log_in(pending, callback, answer, &mut self.keys) {
            Ok(account) => {
                world.browser_mut(who).session = Some(account);
                let (of, issuer) = (account.of, account.issuer);
                format!("{asked}: {who}'s browser is logged in as {of} of the {issuer} provider.")
            }
            Err(error) => format!("{asked}, and nobody is logged in: {error}."),
        }
    }

    /// A login is over when its response comes back. Then it is public: it stays in the history, in logs, in `Referer` headers.
    fn ends_login(&self, world: &mut World, who: Person, callback: Callback) -> String {
        let login = callback.state;
        let is_own = world.browser(who).links.contains(&Link::Callback(callback));
        if world.login(login).by != who || !is_own {
            return String::new();
        }
        world.logins[usize::from(login) - 1].is_over = true;
        world.known.insert(Value::State(login));
        world.known.extend(self.setting.has(Defence::Nonce).then_some(Value::Nonce(login)));
        world.known.extend(self.setting.has(Defence::Pkce).then_some(Value::Challenge(login)));
        let reads = if who == Mallory { "" } else { " Mallory reads its request in a log." };
        format!(" Login {login} is over.{reads}")
    }

    /// Whose flow states the application looks at: those of the browser, unless all browsers share a store.
    fn looks_into(&self, world: &World, who: Person, login: Number) -> Person {
        if self.setting.has(Defence::State) { who } else { world.login(login).by }
    }

    /// Whether it makes a difference that a link is opened: a response that the application refuses makes none, unless it ends a
    /// login.
    fn has_effect(&mut self, world: &World, who: Person, link: Link) -> bool {
        let Link::Callback(callback) = link else { return true };
        let pending = world.browser(self.looks_into(world, who, callback.state)).pending;
        let received = self.application.receive(pending, callback, &mut self.keys);
        received.asked.is_ok() || received.stored != pending
    }
}

impl Model for CodeFlow {
    type World = World;
    type Move = Move;

    fn start(&self) -> World {
        World::default()
    }

    fn moves(&mut self, world: &World) -> Vec<Move> {
        let mut moves = moves::possible(&self.setting, world);
        moves.retain(|what| match *what {
            Move::Open(who, link, _) => self.has_effect(world, who, link),
            Move::Begin(..) => true,
        });
        moves
    }

    fn play(&mut self, world: &mut World, what: &Move) -> String {
        match *what {
            Move::Begin(by, with) => self.begin(world, by, with),
            Move::Open(who, link, answer) => self.open(world, who, link, answer),
        }
    }

    fn broken(&mut self, world: &World) -> Option<String> {
        properties::session(world)
            .or_else(|| properties::secrecy(world))
            .or_else(|| properties::completion(world, |login| self.completes(world, login)))
    }
}

impl CodeFlow {
    /// Whether a login of Alice's completes, if nobody interferes from now on.
    fn completes(&mut self, world: &World, login: Number) -> bool {
        // Nothing else decides it.
        let decided_by = (world.alice.pending, login);
        if let Some(completes) = self.completes.get(&decided_by) {
            return *completes;
        }
        let mut world = World { alice: Browser { session: None, ..world.alice.clone() }, ..world.clone() };
        let is_request = |link: &&Link| matches!(link, Link::Authorize(..)) && link.state() == login;
        let request = *world.alice.links.iter().find(is_request).unwrap();
        world.alice.links.clear();
        self.open(&mut world, Alice, request, Answer::Own);
        let response = *world.alice.links.iter().next().unwrap();
        self.open(&mut world, Alice, response, Answer::Own);
        let completes = world.alice.session == Some(Account { issuer: Honest, of: Alice, signed_by: Honest });
        self.completes.insert(decided_by, completes);
        completes
    }
}
