//! Who plays, and the values that they pass on. Values have numbers, so that two worlds can be compared: `state-2` is the state of
//! login 2.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Each has one browser, and one account at the honest provider.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Person {
    Alice,
    /// The attacker, who also runs the evil provider.
    Mallory,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Provider {
    Honest,
    Evil,
}

pub use Person::{Alice, Mallory};
pub use Provider::{Evil, Honest};

pub const PEOPLE: [Person; 2] = [Alice, Mallory];
pub const PROVIDERS: [Provider; 2] = [Honest, Evil];

impl Person {
    pub fn sub(self) -> &'static str {
        match self {
            Alice => "alice",
            Mallory => "mallory",
        }
    }

    pub fn of_sub(sub: &str) -> Self {
        PEOPLE.into_iter().find(|person| person.sub() == sub).unwrap()
    }
}

impl Provider {
    pub fn issuer(self) -> &'static str {
        match self {
            Honest => "https://honest.example",
            Evil => "https://evil.example",
        }
    }

    /// The provider with this issuer, or with this address.
    pub fn of_url(url: &str) -> Self {
        PROVIDERS.into_iter().find(|provider| url.starts_with(provider.issuer())).unwrap()
    }

    /// The secret that the application has at this provider.
    pub fn client_secret(self) -> String {
        format!("secret-at-{self}")
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Honest { "honest" } else { "evil" })
    }
}

/// The number of a login, or of a code of the honest provider. Each counts from 1.
pub type Number = u8;

/// A value that the attacker may get to know.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Value {
    State(Number),
    Nonce(Number),
    Challenge(Number),
    Verifier(Number),
    Code(Number),
    ClientSecret(Provider),
}

impl Value {
    /// The value behind a parameter of a request.
    pub fn read(text: &str) -> Option<Self> {
        if let Some(provider) = PROVIDERS.into_iter().find(|provider| provider.client_secret() == text) {
            return Some(Self::ClientSecret(provider));
        }
        let mut values = (1..10).flat_map(|number| {
            let of_login = [Self::State, Self::Nonce, Self::Challenge, Self::Verifier, Self::Code];
            of_login.map(|kind| kind(number))
        });
        values.find(|value| value.write() == text)
    }

    pub fn write(self) -> String {
        match self {
            Self::State(login) => format!("state-{login}"),
            Self::Nonce(login) => format!("nonce-{login}"),
            // RFC 7636 section 4.1: 43 characters at least.
            Self::Verifier(login) => format!("verifier-{login:-<40}"),
            Self::Challenge(login) => challenge(&Self::Verifier(login).write()),
            Self::Code(code) => format!("code-{code}"),
            Self::ClientSecret(provider) => provider.client_secret(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(login) => write!(f, "state {login}"),
            Self::Nonce(login) => write!(f, "nonce {login}"),
            Self::Verifier(login) => write!(f, "verifier {login}"),
            Self::Challenge(login) => write!(f, "challenge {login}"),
            Self::Code(code) => write!(f, "code {code}"),
            Self::ClientSecret(provider) => write!(f, "the client secret of the {provider} provider"),
        }
    }
}

/// RFC 7636 section 4.2: S256.
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}
