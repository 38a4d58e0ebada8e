//! Which scope to ask for.

use std::collections::BTreeSet;

use crate::exchange::BearerChallenge;
use crate::resource::metadata::ProtectedResourceMetadata;

/// Which scope to ask for where the program does not know by itself, by the rule of the Model Context Protocol: what
/// the challenge of the resource names; else all that its metadata names; else none, and the authorization server
/// decides. At most 256 values, and 4 KiB: what is beyond is left out.
///
/// ```
/// # use oidc_proto::{Challenges, ScopeChoice, http};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut headers = http::HeaderMap::new();
/// # headers.insert("www-authenticate", r#"Bearer error="insufficient_scope", scope="files:write""#.parse()?);
/// // The resource wants more than the token has.
/// let challenge = Challenges::from_headers(&headers)?.bearer();
/// let choice = ScopeChoice::of(challenge.as_ref(), None);
/// assert!(choice.adds_to("files:read"));
/// let choice = choice.with_granted("files:read");
/// assert_eq!(choice.scope().as_deref(), Some("files:write files:read"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ScopeChoice(Vec<String>);

impl ScopeChoice {
    /// Chooses by the challenge of a response, and by the metadata of the resource.
    #[must_use]
    pub fn of(challenge: Option<&BearerChallenge>, metadata: Option<&ProtectedResourceMetadata>) -> Self {
        let named = challenge.and_then(BearerChallenge::scope).filter(|scope| values(scope).next().is_some());
        let mut choice = Self::default();
        if let Some(scope) = named {
            choice.add(values(scope));
        } else {
            let supported = metadata.and_then(|metadata| metadata.scopes_supported.as_ref());
            choice.add(supported.into_iter().flatten().flat_map(|scope| values(scope)));
        }
        choice
    }

    /// This, and what was granted before: a token that can do one thing more must not lose what the last one could do.
    #[must_use]
    pub fn with_granted(mut self, granted: &str) -> Self {
        self.add(values(granted));
        self
    }

    /// Without this value, such as one that the program has no use for. Some resources list `openid` among theirs: it makes a
    /// login of what is asked for, and [`authorize_oauth`](crate::Client::authorize_oauth) refuses it.
    #[must_use]
    pub fn without(mut self, value: &str) -> Self {
        self.0.retain(|have| have != value);
        self
    }

    /// Whether there is anything in it that was not granted before. Where there is not, the same login again would end in the same
    /// refusal.
    #[must_use]
    pub fn adds_to(&self, granted: &str) -> bool {
        let granted: BTreeSet<&str> = values(granted).collect();
        self.0.iter().any(|value| !granted.contains(value.as_str()))
    }

    /// The scope, its values separated by spaces, for [`AuthorizationRequest::scope`](crate::AuthorizationRequest::scope); `None`:
    /// leave the parameter out.
    #[must_use]
    pub fn scope(&self) -> Option<String> {
        if self.0.is_empty() { None } else { Some(self.0.join(" ")) }
    }

    /// Those for which there is room.
    fn add<'a>(&mut self, values: impl Iterator<Item = &'a str>) {
        let mut length = self.0.iter().map(|value| value.len().saturating_add(1)).sum::<usize>();
        for value in values {
            let longer = length.saturating_add(value.len()).saturating_add(1);
            if self.0.len() < VALUES && longer <= LENGTH && !self.0.iter().any(|have| have == value) {
                self.0.push(value.to_owned());
                length = longer;
            }
        }
    }
}

/// How many values are asked for. Each is compared with all before it.
const VALUES: usize = 256;

/// How long all of them are, in bytes, with a space behind each. They go into a URL.
const LENGTH: usize = 4096;

fn values(scope: &str) -> impl Iterator<Item = &str> {
    scope.split(' ').filter(|value| !value.is_empty())
}
