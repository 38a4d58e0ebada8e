//! The nonces that servers want in DPoP proofs (RFC 9449 sections 8 and 9).

use std::borrow::Cow;

use http::{Response, StatusCode, Uri};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::exchange::Challenges;
use crate::ground::stored::{self, StoredForm};

/// The newest nonce of each server, for the DPoP proofs of requests to it: by origin, 64 at most. The one that was
/// renewed the longest ago is forgotten first. A nonce is no secret. It serializes with serde, with a version.
///
/// See [`Client::authorize_request`](crate::Client::authorize_request) for its use.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DpopNonces {
    /// Origin and nonce, the newest last.
    nonces: Vec<(String, String)>,
}

/// How many are remembered.
const MOST: usize = 64;

/// In bytes. What is longer is not remembered: it would be sent with each request.
const LONGEST: usize = 1024;

impl DpopNonces {
    /// No nonce yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The newest nonce of the server of this URL.
    #[must_use]
    pub fn nonce_for(&self, uri: &Uri) -> Option<&str> {
        let origin = origin(uri)?;
        self.nonces.iter().find(|(of, _)| *of == origin).map(|(_, nonce)| nonce.as_str())
    }

    /// Remembers the nonce of a response from this URL, where it has one. `true`: send the request once more, with this
    /// nonce, because the server refused only the nonce of the proof (status 401 and `use_dpop_nonce`, RFC 9449 section
    /// 9). Do not repeat that without end.
    pub fn learn<B>(&mut self, uri: &Uri, response: &Response<B>) -> bool {
        let (Some(origin), Some(nonce)) = (origin(uri), read_nonce(response)) else {
            return false;
        };
        self.nonces.retain(|(of, _)| *of != origin);
        if self.nonces.len() >= MOST {
            self.nonces.remove(0);
        }
        self.nonces.push((origin, nonce.to_owned()));
        wanted_nonce(response).is_some()
    }
}

/// The nonce that a resource wants in the proof of the same request, once more (RFC 9449 section 9).
pub(crate) fn wanted_nonce<B>(response: &Response<B>) -> Option<&str> {
    let refused = response.status() == StatusCode::UNAUTHORIZED && has_nonce_challenge(response);
    read_nonce(response).filter(|_| refused)
}

fn has_nonce_challenge<B>(response: &Response<B>) -> bool {
    let challenges = Challenges::from_headers(response.headers()).unwrap_or_default();
    challenges.iter().any(|challenge| {
        challenge.scheme().eq_ignore_ascii_case("DPoP") && challenge.parameter("error") == Some("use_dpop_nonce")
    })
}

/// The nonce that a response brings (RFC 9449 section 8.1): one header, of the characters that the grammar has.
pub(super) fn read_nonce<B>(response: &Response<B>) -> Option<&str> {
    let mut values = response.headers().get_all("dpop-nonce").iter();
    let nonce = values.next()?.to_str().ok()?;
    (is_nonce(nonce) && values.next().is_none()).then_some(nonce)
}

/// RFC 9449 section 8.1: `1*NQCHAR` (RFC 6749 appendix A).
fn is_nonce(text: &str) -> bool {
    let plain = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(plain)
}

/// RFC 6454 section 4: scheme, host and port. The port that the scheme has by itself is left out.
fn origin(uri: &Uri) -> Option<String> {
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let usual = if scheme == "https" { 443 } else { 80 };
    let host = authority.host().to_ascii_lowercase();
    Some(match authority.port_u16().filter(|port| *port != usual) {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored<'a> {
    version: u32,
    #[serde(borrow)]
    nonces: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl StoredForm for Stored<'_> {
    type Of = DpopNonces;
    const WHAT: &'static str = "a list of DPoP nonces";
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.version
    }

    fn open(self) -> Result<DpopNonces, &'static str> {
        if self.nonces.len() > MOST || !self.nonces.iter().all(|(_, nonce)| is_nonce(nonce)) {
            return Err("there are too many DPoP nonces, or one of them is not a nonce");
        }
        let owned = |(origin, nonce): (Cow<'_, str>, Cow<'_, str>)| (origin.into_owned(), nonce.into_owned());
        Ok(DpopNonces { nonces: self.nonces.into_iter().map(owned).collect() })
    }
}

impl Serialize for DpopNonces {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let borrowed = |(origin, nonce): &'_ (String, String)| (Cow::Owned(origin.clone()), Cow::Owned(nonce.clone()));
        Stored { version: Stored::VERSION, nonces: self.nonces.iter().map(borrowed).collect() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for DpopNonces {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        stored::read::<Stored<'_>, D>(deserializer)
    }
}
