//! The flow state: what is kept while the browser is at the provider, and how it is stored.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::code_flow::pkce::CodeVerifier;
use crate::ground::secret::secret_string;
use crate::ground::stored::{self, StoredForm};
use crate::id_token::Nonce;
use crate::token_endpoint::AuthorizationDetails;

secret_string! {
    /// The `state` of a login (RFC 6749 section 10.12) or of a logout (OpenID Connect RP-Initiated Logout 1.0 section 2): ties
    /// what comes back to the browser that began it.
    State
}

/// The flow state: what is kept in the browser's session while the browser is at the provider.
///
/// It serializes with serde, with a version, so it outlives the process that made it. It holds secrets: keep it on the
/// server, or in a cookie that is encrypted and authenticated, and always in **this browser's own session**. A store
/// that is shared by all browsers and looked up by the state alone allows login CSRF: an attacker begins a login, lets
/// the victim finish it, and the victim is logged in as the attacker (RFC 6749 section 10.12).
/// [`PendingLogins`](crate::PendingLogins) holds the few logins that one browser has under way.
#[derive(Clone)]
#[must_use = "without the flow state the login cannot be finished"]
pub struct AwaitingCallback {
    /// When the login began, since the epoch.
    pub(super) began: Duration,
    pub(super) issuer: Arc<str>,
    pub(super) client_id: Arc<str>,
    pub(super) redirect_uri: Arc<str>,
    pub(super) state: State,
    pub(super) nonce: Option<Nonce>,
    pub(super) code_verifier: Option<CodeVerifier>,
    /// Whether `openid` was asked for.
    pub(super) openid: bool,
    /// In seconds.
    pub(super) max_age: Option<u64>,
    pub(super) require_acr: Vec<String>,
    /// The resource to name in the token request too.
    pub(super) resource: Option<Arc<str>>,
    /// What was asked for; `None` where nothing was, or where version 1 of the stored form did not keep it.
    pub(super) scope: Option<Arc<str>>,
    /// To ask for in the token request too.
    pub(super) authorization_details: Option<AuthorizationDetails>,
    /// Whether the response must be one that the provider signed (JARM).
    pub(super) signed_response: bool,
}

impl AwaitingCallback {
    /// The state that was sent.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The issuer of the provider that the browser was sent to: tells which [`Client`](crate::Client) goes on with it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The id of the client that began the login.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }
}

impl fmt::Debug for AwaitingCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingCallback")
            .field("began", &self.began)
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

/// The stored form. An unknown member is refused: it may be a check that this version does not know. So is a missing one:
/// what is not checked is there as `null`.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored<'a> {
    version: u32,
    /// Whole seconds since the epoch.
    began: u64,
    issuer: Cow<'a, str>,
    client_id: Cow<'a, str>,
    redirect_uri: Cow<'a, str>,
    state: Cow<'a, str>,
    #[serde(deserialize_with = "Option::deserialize")]
    nonce: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "Option::deserialize")]
    code_verifier: Option<Cow<'a, str>>,
    openid: bool,
    #[serde(deserialize_with = "Option::deserialize")]
    max_age: Option<u64>,
    require_acr: Cow<'a, [String]>,
    #[serde(deserialize_with = "Option::deserialize")]
    resource: Option<Cow<'a, str>>,
    /// Since version 2; empty where nothing was asked for.
    #[serde(default)]
    scope: Option<Cow<'a, str>>,
    /// Since version 3; empty where none were asked for.
    #[serde(default)]
    authorization_details: Option<Cow<'a, str>>,
    /// Since version 3.
    #[serde(default)]
    signed_response: Option<bool>,
}

impl Serialize for AwaitingCallback {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored {
            version: Stored::VERSION,
            began: self.began.as_secs(),
            issuer: Cow::Borrowed(&self.issuer),
            client_id: Cow::Borrowed(&self.client_id),
            redirect_uri: Cow::Borrowed(&self.redirect_uri),
            state: Cow::Borrowed(self.state.secret()),
            nonce: self.nonce.as_ref().map(|nonce| Cow::Borrowed(nonce.secret())),
            code_verifier: self.code_verifier.as_ref().map(|verifier| Cow::Borrowed(verifier.secret())),
            openid: self.openid,
            max_age: self.max_age,
            require_acr: Cow::Borrowed(&self.require_acr),
            resource: self.resource.as_deref().map(Cow::Borrowed),
            scope: Some(Cow::Borrowed(self.scope.as_deref().unwrap_or_default())),
            authorization_details: Some(Cow::Borrowed(
                self.authorization_details.as_ref().map(AuthorizationDetails::text).unwrap_or_default(),
            )),
            signed_response: Some(self.signed_response),
        }
        .serialize(serializer)
    }
}

impl StoredForm for Stored<'_> {
    type Of = AwaitingCallback;
    const WHAT: &'static str = "a flow state";
    const VERSION: u32 = 3;

    fn version(&self) -> u32 {
        self.version
    }

    fn open(self) -> Result<AwaitingCallback, &'static str> {
        let [of_version_2, of_version_3, also_of_version_3] =
            [self.scope.is_some(), self.authorization_details.is_some(), self.signed_response.is_some()];
        let awaiting = AwaitingCallback {
            began: Duration::from_secs(self.began),
            issuer: self.issuer.into(),
            client_id: self.client_id.into(),
            redirect_uri: self.redirect_uri.into(),
            state: State::new(self.state),
            nonce: self.nonce.map(Nonce::new),
            code_verifier: self.code_verifier.map(CodeVerifier::new),
            openid: self.openid,
            max_age: self.max_age,
            require_acr: self.require_acr.into_owned(),
            resource: self.resource.map(Into::into),
            scope: self.scope.filter(|scope| !scope.is_empty()).map(Into::into),
            authorization_details: self
                .authorization_details
                .filter(|details| !details.is_empty())
                .map(AuthorizationDetails::stored),
            // No older version could ask for one.
            signed_response: self.signed_response.unwrap_or(false),
        };
        let since = |version| self.version >= version;
        if of_version_2 != since(2) || of_version_3 != since(3) || also_of_version_3 != since(3) {
            return Err("the flow state has a member of another version, or lacks one of its version");
        }
        // An empty state or nonce would match a response that has none.
        if awaiting.state.secret().is_empty() || awaiting.nonce.as_ref().is_some_and(|nonce| nonce.secret().is_empty())
        {
            return Err("the flow state has an empty state or nonce");
        }
        Ok(awaiting)
    }
}

impl<'de> Deserialize<'de> for AwaitingCallback {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        stored::read::<Stored<'_>, D>(deserializer)
    }
}
