//! What an exploration of the code flow is about: which defences are on, and what Mallory can do beyond the usual.

use crate::cast::Provider;
use crate::world::Place;

/// A defence that can be switched off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Defence {
    /// Each browser has flow states of its own, and the `state` of a response must be one of them. Off: the application looks the
    /// flow state up by the `state` alone, whichever browser brings it.
    State,
    /// A flow state is used once. Off: the application puts it back after use, as a cookie would.
    SingleUse,
    /// Off: `without_pkce`.
    Pkce,
    /// Off: `without_nonce`.
    Nonce,
    /// RFC 9207: the provider says who it is in each response. Off: it does not, nor does its metadata promise it.
    ResponseIssuer,
    /// Each provider has a redirect URI of its own. Off: they share one.
    OwnRedirectUris,
    /// The ID token is issued by the provider that was asked. Off: `accept_issuer` says that the evil provider may name the
    /// honest one.
    TokenIssuer,
    /// A discovery document names the issuer that was asked for it. Off: `expecting_issuer` says that the evil provider's may name
    /// the honest one.
    MetadataIssuer,
    /// A login that asked for a signed response takes no other. Off: the flow state forgets that it asked when another comes.
    SignedResponse,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Leaks {
    #[default]
    Nothing,
    /// Those to logins that Alice has begun with the honest provider.
    OwnLogins,
    /// Also the responses to requests that Mallory made her open.
    Everything,
}

/// The defences and Mallory's means. The default: all defences, and the usual means.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    pub off: Vec<Defence>,
    /// The application asks for signed responses (JARM).
    pub asks_for_signed: bool,
    /// Which responses of the honest provider to Alice Mallory reads before the application does: they leak out of a log, a
    /// `Referer` header, or the telephone that they came to.
    pub leaks: Leaks,
    /// The metadata of the evil provider names the authorization endpoint of the honest one.
    pub evil_borrows_endpoint: bool,
    /// Nobody logs in with the evil provider.
    pub honest_provider_only: bool,
}

impl Setting {
    pub fn without<const N: usize>(off: [Defence; N]) -> Self {
        Self { off: off.to_vec(), ..Self::default() }
    }

    /// Where the application wants the browser back from a provider.
    pub fn redirect_uri(&self, from: Provider) -> Place {
        if self.has(Defence::OwnRedirectUris) { Place::Of(from) } else { Place::Shared }
    }

    pub fn leaks(self, leaks: Leaks) -> Self {
        Self { leaks, ..self }
    }

    pub fn signed(self) -> Self {
        Self { asks_for_signed: true, ..self }
    }

    pub fn has(&self, defence: Defence) -> bool {
        !self.off.contains(&defence)
    }
}
