//! What a server asks for when it refuses a request: the header `WWW-Authenticate` (RFC 9110 section 11.6.1, RFC 6750 section
//! 3, RFC 9470 section 3).

use std::fmt;
use std::time::Duration;

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

use crate::exchange::remedy::Remedy;
use crate::ground::printable::printable;
use crate::ground::vocabulary::OAuthErrorCode;

/// What a server asks for when it refuses a request: all challenges of its headers `WWW-Authenticate`, in their order.
///
/// ```
/// use oidc_proto::Challenges;
/// use oidc_proto::http::{HeaderMap, HeaderValue};
///
/// # fn main() -> Result<(), oidc_proto::ChallengeError> {
/// let mut headers = HeaderMap::new();
/// let value = HeaderValue::from_static(r#"Bearer error="insufficient_scope", scope="files:read""#);
/// headers.insert("www-authenticate", value);
/// let challenges = Challenges::from_headers(&headers)?;
/// let bearer = challenges.bearer().expect("the server takes Bearer tokens");
/// assert_eq!(bearer.scope(), Some("files:read"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Challenges(Vec<Challenge>);

impl Challenges {
    /// Reads the challenges of a response (RFC 9110 section 11.6.1). There are none where the header is absent.
    ///
    /// # Errors
    ///
    /// [`ChallengeError::Malformed`] where a header does not follow the grammar: a quote that is not closed, a parameter
    /// without a scheme, two parameters without a comma between them, over 64 parameters in one challenge.
    /// [`ChallengeError::DuplicateParameter`] for `Bearer error="a", error="b"`.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, ChallengeError> {
        let mut challenges = Vec::new();
        for value in headers.get_all(WWW_AUTHENTICATE) {
            Reader(value.as_bytes()).read_challenges(&mut challenges)?;
        }
        Ok(Self(challenges))
    }

    /// The challenges, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &Challenge> {
        self.0.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first challenge of the scheme Bearer (RFC 6750 section 3).
    #[must_use]
    pub fn bearer(&self) -> Option<BearerChallenge> {
        self.iter().find_map(Challenge::to_bearer)
    }

    /// The first challenge of the scheme DPoP, which a resource server sends for a token that is bound to a key: its
    /// parameters are those of Bearer (RFC 9449 section 7.1, RFC 9470 section 3).
    #[must_use]
    pub fn dpop(&self) -> Option<BearerChallenge> {
        self.iter().find(|challenge| challenge.is_of("DPoP")).map(Challenge::read_parameters)
    }
}

/// One challenge: a scheme, and either parameters or a token68 (RFC 9110 section 11.3).
///
/// `Debug` shows only the scheme and the names of the parameters: the values are the server's words.
#[derive(Clone, Eq, PartialEq)]
pub struct Challenge {
    scheme: String,
    parameters: Vec<(String, String)>,
    token68: Option<String>,
}

impl Challenge {
    /// The scheme as it came: `Bearer`. Compare it without regard to case.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The names, in lower case, and the values of the parameters, in the order in which they came.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of one parameter. `name` is in lower case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters().find(|(parameter, _)| *parameter == name).map(|(_, value)| value)
    }

    /// What some schemes, such as `Negotiate`, have in place of parameters.
    #[must_use]
    pub fn token68(&self) -> Option<&str> {
        self.token68.as_deref()
    }

    /// The challenge as one of the scheme Bearer; `None` for another scheme.
    #[must_use]
    pub fn to_bearer(&self) -> Option<BearerChallenge> {
        self.is_of("Bearer").then(|| self.read_parameters())
    }

    fn is_of(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    fn read_parameters(&self) -> BearerChallenge {
        let text = |name| self.parameter(name).map(str::to_owned);
        let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        BearerChallenge {
            realm: text("realm"),
            scope: text("scope"),
            error: self.parameter("error").map(OAuthErrorCode::from),
            error_description: text("error_description"),
            acr_values: self.parameter("acr_values").map(words).unwrap_or_default(),
            max_age: self.parameter("max_age").and_then(read_seconds),
            resource_metadata: text("resource_metadata"),
        }
    }

    fn new(scheme: &[u8]) -> Self {
        Self { scheme: text(scheme), parameters: Vec::new(), token68: None }
    }

    fn add(&mut self, name: &[u8], value: String) -> Result<(), ChallengeError> {
        // RFC 9110 section 11.3: a token68 or parameters.
        if self.token68.is_some() || self.parameters.len() >= PARAMETERS {
            return Err(ChallengeError::Malformed);
        }
        let name = text(name).to_ascii_lowercase();
        // RFC 9110 section 11.2: once in a challenge, in whatever case.
        if self.parameter(&name).is_some() {
            return Err(ChallengeError::DuplicateParameter { parameter: printable(&name) });
        }
        self.parameters.push((name, value));
        Ok(())
    }
}

/// How many parameters one challenge may have. Each is compared with all before it.
const PARAMETERS: usize = 64;

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.parameters().map(|(name, _)| printable(name)).collect();
        f.debug_struct("Challenge")
            .field("scheme", &printable(&self.scheme))
            .field("parameters", &names)
            .finish_non_exhaustive()
    }
}

/// What a resource server wants of a Bearer token (RFC 6750 section 3), and of the login behind it (RFC 9470 section
/// 3).
///
/// `Debug` shows only the error code.
#[derive(Clone, Eq, PartialEq)]
pub struct BearerChallenge {
    realm: Option<String>,
    scope: Option<String>,
    error: Option<OAuthErrorCode>,
    error_description: Option<String>,
    acr_values: Vec<String>,
    max_age: Option<Duration>,
    resource_metadata: Option<String>,
}

impl BearerChallenge {
    /// The area that is protected, in the server's words.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.realm.as_deref()
    }

    /// The scope that the resource needs, its values separated by spaces.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// Why the request was refused: `invalid_token`, `insufficient_scope`, `insufficient_user_authentication`.
    #[must_use]
    pub fn error(&self) -> Option<&OAuthErrorCode> {
        self.error.as_ref()
    }

    /// What the server tells a developer about it.
    #[must_use]
    pub fn error_description(&self) -> Option<&str> {
        self.error_description.as_deref()
    }

    /// The authentication context class references, the preferred first: the login must have one of them. Empty: any.
    #[must_use]
    pub fn acr_values(&self) -> &[String] {
        &self.acr_values
    }

    /// How long ago the user may have logged in, in whole seconds. `None` also where the value is not a number of seconds.
    #[must_use]
    pub fn max_age(&self) -> Option<Duration> {
        self.max_age
    }

    /// The URL of the resource's metadata (RFC 9728 section 5.1). The server chose it: check it before you open it.
    #[must_use]
    pub fn resource_metadata(&self) -> Option<&str> {
        self.resource_metadata.as_deref()
    }
}

impl fmt::Debug for BearerChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerChallenge").field("error", &self.error).finish_non_exhaustive()
    }
}

/// Why the challenges of a response cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChallengeError {
    /// A header does not follow the grammar of RFC 9110 section 11.6.1.
    #[error("the header WWW-Authenticate is malformed")]
    Malformed,
    /// One challenge has a parameter twice.
    #[error("a challenge has the parameter {parameter} twice")]
    DuplicateParameter {
        /// The parameter.
        parameter: String,
    },
}

impl ChallengeError {
    /// What to do about it: the server breaks its specification.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        Remedy::ReportToProvider
    }
}

/// What is left of one header. Each byte is looked at three times at most.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// RFC 9110 section 11.6.1: a list of challenges. Both a challenge and a parameter of the one before may stand behind a
    /// comma: it is a parameter where an equals sign follows.
    fn read_challenges(mut self, challenges: &mut Vec<Challenge>) -> Result<(), ChallengeError> {
        loop {
            // RFC 9110 section 5.6.1.2: a recipient skips empty elements.
            self.take_while(|byte| is_space(byte) || byte == b',');
            if self.0.is_empty() {
                return Ok(());
            }
            let word = self.token()?;
            if self.takes_equals_sign() {
                // RFC 9110 section 5.3: several headers are one list.
                challenges.last_mut().ok_or(ChallengeError::Malformed)?.add(word, self.value()?)?;
            } else {
                challenges.push(self.read_challenge(word)?);
            }
            self.end_of_element()?;
        }
    }

    /// What follows a scheme: nothing, a token68, or the first parameter.
    fn read_challenge(&mut self, scheme: &[u8]) -> Result<Challenge, ChallengeError> {
        let mut challenge = Challenge::new(scheme);
        let space = self.take_while(is_space);
        if self.is_at_end_of_element() {
            return Ok(challenge);
        }
        if space.is_empty() {
            return Err(ChallengeError::Malformed);
        }
        if let Some(token68) = self.token68() {
            challenge.token68 = Some(text(token68));
            return Ok(challenge);
        }
        let name = self.token()?;
        if !self.takes_equals_sign() {
            return Err(ChallengeError::Malformed);
        }
        challenge.add(name, self.value()?)?;
        Ok(challenge)
    }

    /// RFC 9110 section 11.2: it is one only where nothing but a comma follows; `realm=` before a value looks like one.
    fn token68(&mut self) -> Option<&'a [u8]> {
        let before = self.0;
        let letters = self.take_while(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte));
        let padding = self.take_while(|byte| byte == b'=');
        let length = letters.len().saturating_add(padding.len());
        self.take_while(is_space);
        if !letters.is_empty() && self.is_at_end_of_element() {
            return before.get(..length);
        }
        self.0 = before;
        None
    }

    /// The value of a parameter, behind its equals sign: a token or a quoted string.
    fn value(&mut self) -> Result<String, ChallengeError> {
        match self.0.split_first() {
            Some((b'"', rest)) => {
                self.0 = rest;
                self.quoted()
            }
            _ => self.token().map(text),
        }
    }

    /// RFC 9110 section 5.6.4, behind the opening quotation mark: a backslash makes the next character plain.
    fn quoted(&mut self) -> Result<String, ChallengeError> {
        let mut value = Vec::new();
        loop {
            value.extend_from_slice(self.take_while(|byte| !matches!(byte, b'"' | b'\\')));
            let (first, rest) = self.0.split_first().ok_or(ChallengeError::Malformed)?;
            self.0 = rest;
            if *first == b'"' {
                return Ok(text(&value));
            }
            let (plain, rest) = self.0.split_first().ok_or(ChallengeError::Malformed)?;
            self.0 = rest;
            value.push(*plain);
        }
    }

    /// RFC 9110 section 5.6.2.
    fn token(&mut self) -> Result<&'a [u8], ChallengeError> {
        let token = self.take_while(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
        if token.is_empty() { Err(ChallengeError::Malformed) } else { Ok(token) }
    }

    /// Takes an equals sign with the spaces around it. Where none is there, nothing is taken.
    fn takes_equals_sign(&mut self) -> bool {
        let before = self.0;
        self.take_while(is_space);
        let Some((b'=', rest)) = self.0.split_first() else {
            self.0 = before;
            return false;
        };
        self.0 = rest;
        self.take_while(is_space);
        true
    }

    fn end_of_element(&mut self) -> Result<(), ChallengeError> {
        self.take_while(is_space);
        if self.is_at_end_of_element() { Ok(()) } else { Err(ChallengeError::Malformed) }
    }

    fn is_at_end_of_element(&self) -> bool {
        matches!(self.0.first(), None | Some(b','))
    }

    fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.0.iter().position(|byte| !belongs(*byte)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at_checked(end).unwrap_or((self.0, &[]));
        self.0 = rest;
        taken
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Header values are bytes; servers that write Latin-1 into a realm exist, so what is not UTF-8 is replaced.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Digits alone: `u64` would also read a plus sign.
fn read_seconds(text: &str) -> Option<Duration> {
    let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok().map(Duration::from_secs)
}
