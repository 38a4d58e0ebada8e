//! Why an authorization response is refused, or which error it is.

use crate::client::SigningError;
use crate::code_flow::flow_state::State;
use crate::exchange::{OAuthError, Remedy};
use crate::ground::vocabulary::OAuthErrorCode;

/// Why an authorization response is refused, or which error it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallbackError {
    /// The current URL is neither absolute nor a path, has userinfo or white space, or a percent-encoding that is not UTF-8.
    #[error("the callback is not a URL, query or form that can be read")]
    Malformed,
    /// The response arrived somewhere else than at the redirect URI of this login, or without the redirect URI's own query.
    #[error("the callback arrived at {found}, and the redirect URI of this login, with its query, is {expected}")]
    RedirectUriMismatch {
        /// The redirect URI of this login, escaped and cut at 200 characters.
        expected: String,
        /// Where the response arrived, without its query, escaped and cut at 200 characters.
        found: String,
    },
    /// A parameter that this crate reads has a duplicate.
    #[error("the callback has a duplicate parameter: {parameter}")]
    DuplicateParameter {
        /// The parameter.
        parameter: &'static str,
    },
    /// It has no state.
    #[error("the callback has no state")]
    StateMissing,
    /// The state belongs to another login, or to none.
    #[error("the state of the callback is not that of this login")]
    StateMismatch,
    /// The provider says that each of its responses has an `iss`, and this one has none.
    #[error("the callback has no iss, which the provider promises to send")]
    IssuerMissing {
        /// The error code that came with it, not verified: anybody may have sent it. Some providers forget `iss` on
        /// `login_required`.
        unverified_error: Option<OAuthErrorCode>,
    },
    /// The response comes from another provider than the one that was asked: the mix-up attack (RFC 9207).
    #[error("the callback comes from another issuer than the one that was asked")]
    IssuerMismatch,
    /// The provider answered with an error. State and issuer were right.
    #[error("the provider answered with the error {error}{}", .error.hint())]
    Provider {
        /// The error.
        error: OAuthError,
        /// The state of the login that it ends.
        state: State,
    },
    /// It has a parameter that a code flow never has: `id_token`, `access_token`, or `response` where nobody asked for a signed
    /// response. Or it has a parameter beside a signed response, such as `code`, which belongs inside.
    #[error("the callback has the parameter {parameter}, which was not asked for")]
    UnexpectedParameter {
        /// The parameter.
        parameter: &'static str,
    },
    /// The login asked for a signed response (JARM), and this one is not signed; or nobody has verified it yet, by
    /// [`Client::jarm`](crate::Client::jarm).
    #[error("the login asked for a signed response, and this one is not signed, or was not verified")]
    ResponseNotSigned,
    /// It has neither an error nor a code.
    #[error("the callback has no code")]
    MissingCode,
    /// The login was begun by a client of another issuer or with another id.
    #[error("this login was begun by another client")]
    WrongClient,
    /// The login began too long ago.
    #[error("the login took too long")]
    FlowExpired,
    /// The provider's metadata has no `token_endpoint`.
    #[error("the provider has no token endpoint")]
    NoTokenEndpoint,
    /// The token request cannot be signed.
    #[error("the token request cannot be signed")]
    Signing(#[from] SigningError),
}

impl CallbackError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Malformed
            | Self::DuplicateParameter { .. }
            | Self::StateMissing
            | Self::StateMismatch
            | Self::FlowExpired => Remedy::RestartLogin,
            // A new login meets another issuer again, such as a host that browser and application spell in two ways.
            Self::RedirectUriMismatch { .. } | Self::IssuerMismatch | Self::WrongClient | Self::NoTokenEndpoint => {
                Remedy::FixConfiguration
            }
            Self::IssuerMissing { unverified_error: None }
            | Self::UnexpectedParameter { .. }
            | Self::ResponseNotSigned
            | Self::MissingCode => Remedy::ReportToProvider,
            // The login is over, so the same request cannot be made again.
            Self::Signing(error) => match error.remedy() {
                Remedy::RetryLater => Remedy::RestartLogin,
                remedy => remedy,
            },
            Self::IssuerMissing { unverified_error: Some(error) } => remedy_of(error),
            Self::Provider { error, .. } => remedy_of(error.error()),
        }
    }
}

/// What to do about an error of the authorization endpoint. No code has been sent, so trying again is harmless.
fn remedy_of(error: &OAuthErrorCode) -> Remedy {
    const INTERACTIVE: [OAuthErrorCode; 5] = [
        OAuthErrorCode::LOGIN_REQUIRED,
        OAuthErrorCode::INTERACTION_REQUIRED,
        OAuthErrorCode::CONSENT_REQUIRED,
        OAuthErrorCode::ACCOUNT_SELECTION_REQUIRED,
        OAuthErrorCode::UNMET_AUTHENTICATION_REQUIREMENTS,
    ];
    const LATER: [OAuthErrorCode; 2] = [OAuthErrorCode::SERVER_ERROR, OAuthErrorCode::TEMPORARILY_UNAVAILABLE];
    const CONFIGURATION: [OAuthErrorCode; 9] = [
        OAuthErrorCode::INVALID_AUTHORIZATION_DETAILS,
        OAuthErrorCode::INVALID_REQUEST,
        OAuthErrorCode::INVALID_SCOPE,
        OAuthErrorCode::INVALID_TARGET,
        OAuthErrorCode::REGISTRATION_NOT_SUPPORTED,
        OAuthErrorCode::REQUEST_NOT_SUPPORTED,
        OAuthErrorCode::REQUEST_URI_NOT_SUPPORTED,
        OAuthErrorCode::UNAUTHORIZED_CLIENT,
        OAuthErrorCode::UNSUPPORTED_RESPONSE_TYPE,
    ];
    match &OAuthError::in_standard_words(error) {
        error if *error == OAuthErrorCode::ACCESS_DENIED => Remedy::UserDeclined,
        error if INTERACTIVE.contains(error) => Remedy::LoginInteractively,
        error if LATER.contains(error) => Remedy::RetryLater,
        error if CONFIGURATION.contains(error) => Remedy::FixConfiguration,
        _ => Remedy::RestartLogin,
    }
}
