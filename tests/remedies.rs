//! What each error says is to be done.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use common::Good;
use oidc_proto::http::StatusCode;
use oidc_proto::{
    AuthorizeError, CallbackError, ClientError, Error, IdTokenError, KeysError, MetadataError, Remedy, TokenError,
};

fn assert_remedy(remedy: Remedy, errors: impl IntoIterator<Item = Error>) {
    for error in errors {
        assert_eq!(error.remedy(), remedy, "{error:?}");
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap()
}

#[test]
fn of_discovery() {
    use MetadataError as E;
    assert_remedy(
        Remedy::FixConfiguration,
        [
            E::InvalidIssuer.into(),
            E::InsecureUrl { field: "issuer" }.into(),
            E::Status { status: status(404) }.into(),
            E::Status { status: status(302) }.into(),
            E::IssuerMismatch { expected: String::new(), found: String::new() }.into(),
        ],
    );
    assert_remedy(Remedy::RetryLater, [429, 500, 503].map(|code| E::Status { status: status(code) }.into()));
    assert_remedy(
        Remedy::ReportToProvider,
        [
            E::TooLarge.into(),
            E::NotJson { line: 1, column: 1 }.into(),
            E::MissingField { field: "issuer" }.into(),
            E::InvalidField { field: "issuer".into() }.into(),
        ],
    );
}

#[test]
fn of_the_keys() {
    use KeysError as E;
    assert_remedy(Remedy::RetryLater, [503, 500, 429].map(|code| E::Status { status: status(code) }.into()));
    assert_remedy(Remedy::FixConfiguration, [404, 403, 302].map(|code| E::Status { status: status(code) }.into()));
    assert_remedy(Remedy::FixConfiguration, [E::NoJwksUri.into()]);
    assert_remedy(
        Remedy::ReportToProvider,
        [
            E::TooLarge.into(),
            E::NotJson { line: 1, column: 1 }.into(),
            E::MissingField { field: "keys" }.into(),
            E::InvalidField { field: "keys".into() }.into(),
        ],
    );
}

#[test]
fn of_client_and_authorization_request() {
    assert_remedy(
        Remedy::FixConfiguration,
        [
            ClientError::MissingSecret.into(),
            AuthorizeError::NoRedirectUri.into(),
            AuthorizeError::InvalidCodeVerifier.into(),
            AuthorizeError::UnsupportedByProvider { what: "it" }.into(),
        ],
    );
    assert_remedy(Remedy::RetryLater, [AuthorizeError::Randomness("none".into()).into()]);
}

#[test]
fn of_the_callback() {
    use CallbackError as E;
    assert_remedy(
        Remedy::RestartLogin,
        [
            E::Malformed.into(),
            E::DuplicateParameter { parameter: "code" }.into(),
            E::StateMissing.into(),
            E::StateMismatch.into(),
            E::IssuerMismatch.into(),
            E::FlowExpired.into(),
        ],
    );
    assert_remedy(
        Remedy::FixConfiguration,
        [E::RedirectUriMismatch.into(), E::WrongClient.into(), E::NoTokenEndpoint.into()],
    );
    assert_remedy(
        Remedy::ReportToProvider,
        [
            E::IssuerMissing { unverified_error: None }.into(),
            E::UnexpectedParameter { parameter: "id_token" }.into(),
            E::MissingCode.into(),
        ],
    );
}

#[test]
fn of_an_error_of_the_authorization_endpoint() {
    let of = |code: &str| Error::from(Good::new().callback(&format!("error={code}&state=st4te")).unwrap_err());
    assert_remedy(Remedy::UserDeclined, [of("access_denied")]);
    assert_remedy(
        Remedy::LoginInteractively,
        [
            "login_required",
            "interaction_required",
            "consent_required",
            "account_selection_required",
            "unmet_authentication_requirements",
        ]
        .map(of),
    );
    assert_remedy(Remedy::RetryLater, ["server_error", "temporarily_unavailable"].map(of));
    assert_remedy(
        Remedy::FixConfiguration,
        [
            "invalid_request",
            "invalid_scope",
            "invalid_target",
            "registration_not_supported",
            "request_not_supported",
            "request_uri_not_supported",
            "unauthorized_client",
            "unsupported_response_type",
        ]
        .map(of),
    );
    assert_remedy(Remedy::RestartLogin, ["an_error_of_tomorrow", "ACCESS_DENIED"].map(of));
}

#[test]
fn of_the_token_response() {
    use TokenError as E;
    let of = |code: &str| {
        let unverified = Good::new().token_response(400, &format!(r#"{{"error":"{code}"}}"#));
        unverified.map(|_| panic!("an error is no success")).unwrap_err()
    };
    assert_remedy(
        Remedy::FixConfiguration,
        [
            "invalid_client",
            "invalid_request",
            "invalid_scope",
            "invalid_target",
            "unauthorized_client",
            "unsupported_grant_type",
        ]
        .map(of),
    );
    // The code is used up: nothing of this can be tried again.
    assert_remedy(Remedy::RestartLogin, ["invalid_grant", "server_error", "temporarily_unavailable"].map(of));
    assert_remedy(Remedy::RestartLogin, [E::Status { status: status(503) }.into()]);
    assert_remedy(Remedy::FixConfiguration, [E::OpenIdRequested.into()]);
    assert_remedy(
        Remedy::ReportToProvider,
        [
            E::TooLarge.into(),
            E::NotJson { line: 1, column: 1 }.into(),
            E::MissingField { field: "access_token" }.into(),
            E::InvalidField { field: "access_token".into() }.into(),
            E::UnsupportedTokenType { token_type: "mac".into() }.into(),
            E::MissingIdToken.into(),
        ],
    );
}

#[test]
fn of_the_id_token() {
    use IdTokenError as E;
    assert_remedy(Remedy::FetchKeys, [E::UnknownKey.into(), E::BadSignature { key_was_named: false }.into()]);
    assert_remedy(Remedy::LoginInteractively, [E::AuthenticationTooOld.into(), E::AcrMismatch.into()]);
    assert_remedy(Remedy::RestartLogin, [E::Expired.into(), E::NonceMismatch.into()]);
    assert_remedy(
        Remedy::FixConfiguration,
        [
            E::Encrypted.into(),
            E::AlgorithmNotAllowed { algorithm: "none".into() }.into(),
            E::IssuerMismatch.into(),
            E::UntrustedAudience.into(),
            E::AuthorizedPartyMismatch.into(),
            E::NotYetValid.into(),
            E::IssuedInFuture.into(),
            E::InsecureEndpoint.into(),
            E::NotRequested.into(),
        ],
    );
    assert_remedy(
        Remedy::ReportToProvider,
        [
            E::Malformed { what: "it" }.into(),
            E::WrongType.into(),
            E::CriticalHeader.into(),
            E::UnusableKey.into(),
            E::BadSignature { key_was_named: true }.into(),
            E::MissingClaim { claim: "sub" }.into(),
            E::InvalidClaim { claim: "sub".into() }.into(),
            E::AudienceMismatch.into(),
            E::NonceMissing.into(),
            E::AuthTimeMissing.into(),
            E::AccessTokenHashMismatch.into(),
            E::CodeHashMismatch.into(),
        ],
    );
}
