//! What is said about a token (RFC 7662 section 2.2).

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;

use crate::exchange::ResponseError;
use crate::exchange::response::OrInvalid;
use crate::ground::extra_members::ExtraMembers;
use crate::ground::json::Object;
use crate::ground::secret::SecretText;
use crate::ground::time::moment;
use crate::ground::vocabulary::TokenType;
use crate::jose::jwt::{read_numeric_date, read_string, read_strings};
use crate::token_endpoint::read_scope;

/// What the provider says about a token (RFC 7662 section 2.2). It is made at the end of verification and nowhere else.
///
/// For a token that is not active, nothing else is shown, whatever else the provider sent. A resource server checks
/// [`active`](Self::active) first, then what its rules need: [`aud`](Self::aud), [`scope`](Self::scope).
#[derive(Clone)]
pub struct Introspection {
    active: bool,
    scope: Option<String>,
    client_id: Option<String>,
    username: Option<String>,
    token_type: Option<TokenType>,
    exp: Option<Duration>,
    iat: Option<Duration>,
    nbf: Option<Duration>,
    sub: Option<String>,
    aud: Vec<String>,
    iss: Option<String>,
    jti: Option<String>,
    extra: ExtraMembers,
    /// All members, a JSON object.
    text: SecretText,
}

impl Introspection {
    /// Reads the members. One that is null counts as absent. `text` is what `object` was read from.
    pub(super) fn read(mut object: Object<'_>, text: &str) -> Result<Self, ResponseError> {
        let active = object.take("active").or_invalid("active")?;
        let mut read = Self::inactive();
        // RFC 7662 section 2.2: of a token that is not active, nothing more is believed.
        if !active.ok_or(ResponseError::MissingField { field: "active" })? {
            return Ok(read);
        }
        read.active = true;
        read.text = SecretText::new(text);
        for (name, raw) in object.rest() {
            match &*name {
                name if raw == "null" && MEMBERS.contains(&name) => {}
                "scope" => read.scope = Some(read_scope(raw).or_invalid("scope")?),
                "client_id" => read.client_id = Some(read_string(raw).or_invalid("client_id")?),
                "username" => read.username = Some(read_string(raw).or_invalid("username")?),
                "token_type" => read.token_type = Some(read_string(raw).or_invalid("token_type")?.into()),
                "exp" => read.exp = Some(read_numeric_date(raw).or_invalid("exp")?),
                "iat" => read.iat = Some(read_numeric_date(raw).or_invalid("iat")?),
                "nbf" => read.nbf = Some(read_numeric_date(raw).or_invalid("nbf")?),
                "sub" => read.sub = Some(read_string(raw).or_invalid("sub")?),
                "aud" => read.aud = read_strings(raw).or_invalid("aud")?,
                "iss" => read.iss = Some(read_string(raw).or_invalid("iss")?),
                "jti" => read.jti = Some(read_string(raw).or_invalid("jti")?),
                _ => read.extra.push(&name, raw),
            }
        }
        Ok(read)
    }

    /// All that is said about a token that is not active.
    fn inactive() -> Self {
        Self {
            active: false,
            scope: None,
            client_id: None,
            username: None,
            token_type: None,
            exp: None,
            iat: None,
            nbf: None,
            sub: None,
            aud: Vec::new(),
            iss: None,
            jti: None,
            extra: ExtraMembers::default(),
            text: SecretText::new(r#"{"active":false}"#),
        }
    }

    /// Whether the token can be used now. A token that the provider does not know is not active.
    #[must_use]
    pub fn active(&self) -> bool {
        self.active
    }

    /// The scope of the token, its values separated by spaces.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// The client that the token was issued to.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// A name of the user, for people to read. It does not identify them.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// How the token is used: `Bearer`, in whatever case the provider writes it.
    #[must_use]
    pub fn token_type(&self) -> Option<&TokenType> {
        self.token_type.as_ref()
    }

    /// When the token expires.
    #[must_use]
    pub fn exp(&self) -> Option<SystemTime> {
        self.exp.map(moment)
    }

    /// When the token was issued.
    #[must_use]
    pub fn iat(&self) -> Option<SystemTime> {
        self.iat.map(moment)
    }

    /// When the token begins to be valid.
    #[must_use]
    pub fn nbf(&self) -> Option<SystemTime> {
        self.nbf.map(moment)
    }

    /// The subject: the user who let the client act for them, or the client itself.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.sub.as_deref()
    }

    /// Whom the token is for. Empty where the provider does not say.
    #[must_use]
    pub fn aud(&self) -> &[String] {
        &self.aud
    }

    /// Who issued the token.
    #[must_use]
    pub fn iss(&self) -> Option<&str> {
        self.iss.as_deref()
    }

    /// The identifier of the token.
    #[must_use]
    pub fn jti(&self) -> Option<&str> {
        self.jti.as_deref()
    }

    /// The members that this crate does not know, such as `cnf`.
    #[must_use]
    pub fn extra(&self) -> &ExtraMembers {
        &self.extra
    }

    /// All members, as a type of your own. For a token that is not active, `active` is the only one.
    ///
    /// # Errors
    ///
    /// When the members are not a `T`, such as `"groups": "admin"` where a list is expected. The error's text may quote a
    /// member.
    pub fn claims_as<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.text)
    }
}

impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection")
            .field("active", &self.active)
            .field("client_id", &self.client_id)
            .field("sub", &self.sub)
            .field("exp", &self.exp())
            .finish_non_exhaustive()
    }
}

/// The members of RFC 7662, beside `active`.
const MEMBERS: [&str; 11] =
    ["aud", "client_id", "exp", "iat", "iss", "jti", "nbf", "scope", "sub", "token_type", "username"];
