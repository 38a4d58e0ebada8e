//! The state of everything in the code flow: two browsers, what the honest provider has issued, and what Mallory knows.

use std::collections::BTreeSet;
use std::fmt;

use crate::cast::{Alice, Honest, Mallory, Number, Person, Provider, Value};

#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct World {
    pub alice: Browser,
    pub mallory: Browser,
    /// Login n is `logins[n - 1]`.
    pub logins: Vec<Login>,
    /// Code n of the honest provider is `codes[n - 1]`.
    pub codes: Vec<Code>,
    /// What Mallory knows.
    pub known: BTreeSet<Value>,
    /// What belongs to Alice at the honest provider alone, and came to the evil one.
    pub stolen: BTreeSet<Value>,
    /// Whether Mallory has done more than watch.
    pub mallory_acted: bool,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Login {
    pub by: Person,
    pub with: Provider,
    /// Whether its own response has come back, in the browser that began it.
    pub is_over: bool,
}

/// A code, and what the honest provider remembers of the request that it answers.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Code {
    pub of: Person,
    pub request: Request,
    pub is_used: bool,
}

#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Browser {
    /// `PendingLogins`, as the application stores them in the session of this browser.
    pub pending: Stored,
    pub session: Option<Account>,
    /// Where the application and the honest provider have sent this browser. A link can be opened late, twice, or never.
    pub links: BTreeSet<Link>,
}

/// The number of a text in what the application has ever stored.
pub type Stored = usize;

/// The account that a session of the application belongs to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Account {
    pub issuer: Provider,
    pub of: Person,
    /// Whose key signed the ID token.
    pub signed_by: Provider,
}

/// What a browser can be made to open.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Link {
    /// The authorization endpoint of a provider.
    Authorize(Provider, Request),
    /// The redirect URI.
    Callback(Callback),
}

/// An authorization request.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Request {
    pub state: Number,
    pub nonce: Option<Number>,
    pub challenge: Option<Number>,
    pub back_to: Place,
    /// Whether it asks for a signed response (JARM).
    pub wants_signed: bool,
}

/// The redirect URI: one for all providers, or one for each.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Place {
    Shared,
    Of(Provider),
}

/// An authorization response.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Callback {
    pub at: Place,
    pub outcome: Outcome,
    pub state: Number,
    pub iss: Option<Provider>,
    /// Who has signed it, where it is a JWT (JARM).
    pub signed_by: Option<Provider>,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Outcome {
    Code(Number),
    /// A code that Mallory has made up.
    MadeUp,
    Error,
}

/// A token request, as far as it matters.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    pub to: Provider,
    pub back_to: Place,
    pub told: Vec<Value>,
}

/// An ID token in the answer to a token request.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct IdToken {
    pub signed_by: Provider,
    pub iss: Provider,
    /// A client id.
    pub aud: &'static str,
    pub about: Person,
    pub nonce: Option<Number>,
}

impl World {
    pub fn browser(&self, of: Person) -> &Browser {
        match of {
            Alice => &self.alice,
            Mallory => &self.mallory,
        }
    }

    pub fn browser_mut(&mut self, of: Person) -> &mut Browser {
        match of {
            Alice => &mut self.alice,
            Mallory => &mut self.mallory,
        }
    }

    pub fn login(&self, number: Number) -> Login {
        self.logins[usize::from(number) - 1]
    }

    pub fn code(&self, number: Number) -> Code {
        self.codes[usize::from(number) - 1]
    }

    pub fn knows(&self, value: Value) -> bool {
        self.known.contains(&value)
    }

    pub fn mallory_reads(&mut self, request: Request) {
        self.known.insert(Value::State(request.state));
        self.known.extend(request.nonce.map(Value::Nonce));
        self.known.extend(request.challenge.map(Value::Challenge));
    }

    /// Whether the code answers a request as the application made it for a login of this person with the honest provider.
    pub fn is_of_own_login(&self, code: Code) -> bool {
        let Request { state, nonce, challenge, .. } = code.request;
        let login = self.login(state);
        let is_unchanged = [nonce, challenge].into_iter().flatten().all(|of| of == state);
        login.by == code.of && login.with == Honest && is_unchanged
    }
}

impl Link {
    pub fn state(self) -> Number {
        match self {
            Self::Authorize(_, Request { state, .. }) | Self::Callback(Callback { state, .. }) => state,
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "state {}", self.state)?;
        self.nonce.map_or(Ok(()), |nonce| write!(f, ", nonce {nonce}"))?;
        self.challenge.map_or(Ok(()), |challenge| write!(f, ", challenge {challenge}"))?;
        f.write_str(if self.wants_signed { ", for a signed response" } else { "" })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "code {code}"),
            Self::MadeUp => f.write_str("a code of Mallory's own"),
            Self::Error => f.write_str("an error"),
        }
    }
}

impl fmt::Display for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, outcome, state, iss, signed_by } = self;
        f.write_str("the callback ")?;
        if let Place::Of(provider) = at {
            write!(f, "for the {provider} provider ")?;
        }
        match iss {
            None => write!(f, "with {outcome} and state {state}"),
            Some(iss) => write!(f, "with {outcome}, state {state} and iss {iss}"),
        }?;
        signed_by.map_or(Ok(()), |by| write!(f, ", signed by the {by} provider"))
    }
}
