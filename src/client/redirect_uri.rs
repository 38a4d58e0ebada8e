//! The redirect URI: what may be one, and whether a response arrived there (RFC 6749 section 3.1.2, RFC 8252 section 7).

use std::borrow::Cow;
use std::sync::Arc;

use url::Url;

use crate::client::error::ClientError;
use crate::client::reserved::is_response_parameter;
use crate::ground::form::{self, Name};
use crate::ground::printable::printable_address;
use crate::ground::search;
use crate::ground::uri::{self, UrlProblem};

/// Checks a redirect URI, the client's or one login's.
pub(crate) fn check(text: &str, http_allowed: bool) -> Result<(), ClientError> {
    check_without(text, http_allowed, is_response_parameter)
}

/// Checks where the provider shall send the browser back to, with an answer whose parameters are `reserved`.
pub(crate) fn check_without(
    text: &str,
    http_allowed: bool,
    reserved: impl Fn(&str) -> bool,
) -> Result<(), ClientError> {
    let invalid = |reason| ClientError::InvalidRedirectUri { reason };
    let url = uri::parse_redirect(text, http_allowed).map_err(|problem| match problem {
        UrlProblem::Malformed => invalid(
            "it must be absolute, without fragment, userinfo, white space and backslash, with https or a dotted scheme",
        ),
        UrlProblem::Insecure => ClientError::InsecureUrl { field: "redirect_uri" },
    })?;
    for pair in form::parse(url.query().unwrap_or_default()) {
        let (name, _) = pair.map_err(|_| invalid("its query is not UTF-8"))?;
        if reserved(&name) {
            return Err(invalid("its query has a parameter that the provider's answer uses"));
        }
    }
    Ok(())
}

/// The redirect URI with further arguments in its query, as both legs send it.
pub(crate) fn with_arguments(redirect_uri: &Arc<str>, arguments: &[(String, String)]) -> Arc<str> {
    if arguments.is_empty() {
        return Arc::clone(redirect_uri);
    }
    let arguments: Vec<_> = arguments.iter().map(|(name, value)| (Name::Any(name), value)).collect();
    form::url(String::from(&**redirect_uri), &arguments).into()
}

/// Where a response arrived, as far as that is known.
#[derive(Clone)]
pub(crate) struct Arrival {
    address: Address,
    /// The query of the address, decoded, without the parameters of a response: those are never part of a redirect URI.
    query: Vec<(String, String)>,
}

/// An address without its query.
#[derive(Clone)]
enum Address {
    Absolute(Url),
    /// The path of a request line: it says nothing of scheme and host.
    Path(String),
}

/// An address that is neither an absolute URL nor a path, or a query that does not decode to UTF-8.
#[derive(Debug)]
pub(crate) struct Malformed;

impl Arrival {
    /// Reads an absolute URL, or the path and query of a request line. A fragment is not read.
    ///
    /// The pairs of the query come apart: those of a response among them are not the arrival's.
    pub(crate) fn parse(text: &str) -> Result<(Self, Pairs<'_>), Malformed> {
        let text = search::split_at_first(text, b'#').map_or(text, |(before, _)| before);
        let (address, query) = search::split_at_first(text, b'?').unwrap_or((text, ""));
        let address = Address::parse(address)?;
        Ok((Self { address, query: Vec::new() }, parse_pairs(query)?))
    }

    /// The same, with the pairs that are no parameters of a response.
    pub(crate) fn with_query(self, query: Vec<(String, String)>) -> Self {
        Self { query, ..self }
    }

    /// Whether this is where `redirect_uri` leads: the same place, and its own query still there, nothing of it changed or
    /// repeated.
    pub(crate) fn is_at(&self, redirect_uri: &str) -> bool {
        let (address, own_query) = search::split_at_first(redirect_uri, b'?').unwrap_or((redirect_uri, ""));
        self.address.is_same_place(address) && self.has_query(own_query)
    }

    /// The address for a message: without the query, which holds the code.
    pub(crate) fn address(&self) -> String {
        match &self.address {
            Address::Absolute(url) => printable_address(url.as_str()),
            Address::Path(path) => printable_address(path),
        }
    }

    fn has_query(&self, own_query: &str) -> bool {
        if own_query.is_empty() {
            return true;
        }
        let Ok(own) = parse_pairs(own_query) else {
            return false;
        };
        own.iter().all(|(name, _)| {
            let expected = own.iter().filter(|(other, _)| other == name);
            let found = self.query.iter().filter(|(other, _)| other == name);
            expected.map(|(_, value)| &**value).eq(found.map(|(_, value)| value.as_str()))
        })
    }
}

impl Address {
    fn parse(text: &str) -> Result<Self, Malformed> {
        if text.starts_with('/') {
            uri::refuse_what_would_be_repaired(text).map_err(|_| Malformed)?;
            return Ok(Self::Path(text.to_owned()));
        }
        // Only the shape is checked here; the comparison with the redirect URI comes later.
        let url = uri::parse_redirect(text, true).map_err(|_| Malformed)?;
        Ok(Self::Absolute(url))
    }

    /// Whether scheme, host, port and path are those of `other`, as far as they are known. Two spellings of one address go
    /// through the same parser, so that both are normalised alike.
    fn is_same_place(&self, other: &str) -> bool {
        match self {
            Self::Absolute(url) => {
                let same = |other: &Url| {
                    url.scheme() == other.scheme()
                        && url.host_str() == other.host_str()
                        && url.port_or_known_default() == other.port_or_known_default()
                        && url.path() == other.path()
                };
                url.as_str() == other || Url::parse(other).is_ok_and(|other| same(&other))
            }
            Self::Path(path) => {
                // The host is a stand-in.
                let parsed = || Url::parse(&format!("http://localhost{path}")).ok().zip(Url::parse(other).ok());
                uri::path_as_written(other) == Some(path)
                    || parsed().is_some_and(|(path, other)| path.path() == other.path())
            }
        }
    }
}

/// The pairs of a query or form, decoded.
pub(crate) type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

pub(crate) fn parse_pairs(text: &str) -> Result<Pairs<'_>, Malformed> {
    form::parse(text).map(|pair| pair.map_err(|_| Malformed)).collect()
}
