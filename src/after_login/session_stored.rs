//! How a session is stored.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::after_login::session::Session;
use crate::ground::secret::SecretText;
use crate::ground::stored::{self, StoredForm};
use crate::ground::vocabulary::TokenType;
use crate::id_token::Nonce;
use crate::id_token::refreshed::LoginClaims;
use crate::token_endpoint::{AccessToken, AuthorizationDetails, RefreshToken};

/// The stored form; times are whole seconds since the epoch.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored<'a> {
    version: u32,
    generation: u64,
    issuer: Cow<'a, str>,
    client_id: Cow<'a, str>,
    iss: Cow<'a, str>,
    sub: Cow<'a, str>,
    aud: Cow<'a, [String]>,
    #[serde(deserialize_with = "Option::deserialize")]
    azp: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "Option::deserialize")]
    auth_time: Option<u64>,
    #[serde(deserialize_with = "Option::deserialize")]
    nonce: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "Option::deserialize")]
    sid: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "Option::deserialize")]
    acr: Option<Cow<'a, str>>,
    id_token: Cow<'a, str>,
    access_token: Cow<'a, str>,
    token_type: Cow<'a, str>,
    #[serde(deserialize_with = "Option::deserialize")]
    expires_at: Option<u64>,
    #[serde(deserialize_with = "Option::deserialize")]
    scope: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "Option::deserialize")]
    resource: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "Option::deserialize")]
    refresh_token: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "Option::deserialize")]
    refreshing_since: Option<u64>,
    failed_at: u64,
    failures: u32,
    rejections: u32,
    is_over: bool,
    /// Since version 2; empty where there are none.
    #[serde(default)]
    authorization_details: Option<Cow<'a, str>>,
}

impl StoredForm for Stored<'_> {
    type Of = Session;
    const WHAT: &'static str = "a session";
    const VERSION: u32 = 2;

    fn version(&self) -> u32 {
        self.version
    }

    fn open(self) -> Result<Session, &'static str> {
        let login = LoginClaims {
            iss: self.iss.into_owned(),
            sub: self.sub.into_owned(),
            aud: self.aud.into_owned(),
            azp: self.azp.map(Cow::into_owned),
            auth_time: self.auth_time.map(Duration::from_secs),
            nonce: self.nonce.map(Nonce::new),
        };
        let token_type: TokenType = (&*self.token_type).into();
        let of_version_2 = self.authorization_details.is_some();
        let session = Session {
            generation: self.generation,
            issuer: self.issuer.into(),
            client_id: self.client_id.into(),
            login: Arc::new(login),
            sid: self.sid.map(Cow::into_owned),
            acr: self.acr.map(Cow::into_owned),
            id_token: SecretText::new(self.id_token),
            access_token: AccessToken::new(self.access_token).of_type(&token_type),
            token_type,
            expires_at: self.expires_at.map(Duration::from_secs),
            scope: self.scope.map(Into::into),
            resource: self.resource.map(Into::into),
            refresh_token: self.refresh_token.map(RefreshToken::new),
            refreshing_since: self.refreshing_since.map(Duration::from_secs),
            failed_at: Duration::from_secs(self.failed_at),
            failures: self.failures,
            rejections: self.rejections,
            is_over: self.is_over,
            authorization_details: self
                .authorization_details
                .filter(|details| !details.is_empty())
                .map(AuthorizationDetails::stored),
        };
        if of_version_2 != (self.version >= 2) {
            return Err("the session has a member of another version, or lacks one of its version");
        }
        // A user without a name would be any other user without one.
        if session.sub().is_empty() { Err("the session has an empty subject") } else { Ok(session) }
    }
}

impl Serialize for Session {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn text<T: AsRef<str> + ?Sized>(text: &T) -> Cow<'_, str> {
            Cow::Borrowed(text.as_ref())
        }
        let seconds = |time: Option<Duration>| time.map(|time| time.as_secs());
        Stored {
            version: Stored::VERSION,
            generation: self.generation,
            issuer: text(&*self.issuer),
            client_id: text(&*self.client_id),
            iss: text(&self.login.iss),
            sub: text(&self.login.sub),
            aud: Cow::Borrowed(&self.login.aud),
            azp: self.login.azp.as_ref().map(text),
            auth_time: seconds(self.login.auth_time),
            nonce: self.login.nonce.as_ref().map(|nonce| text(nonce.secret())),
            sid: self.sid.as_ref().map(text),
            acr: self.acr.as_ref().map(text),
            id_token: text(&**self.id_token),
            access_token: text(self.access_token.secret()),
            token_type: text(self.token_type.as_str()),
            expires_at: seconds(self.expires_at),
            scope: self.scope.as_deref().map(text),
            resource: self.resource.as_deref().map(text),
            refresh_token: self.refresh_token.as_ref().map(|token| text(token.secret())),
            refreshing_since: seconds(self.refreshing_since),
            failed_at: self.failed_at.as_secs(),
            failures: self.failures,
            rejections: self.rejections,
            is_over: self.is_over,
            authorization_details: Some(
                self.authorization_details.as_ref().map(|details| text(details.text())).unwrap_or_default(),
            ),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Session {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        stored::read::<Stored<'_>, D>(deserializer)
    }
}
