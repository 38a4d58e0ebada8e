//! The remedy of each error.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use common::Good;
use oidc_proto::http::{Response, StatusCode};
use oidc_proto::{
    AuthorizeError, AwaitingRequestUri, CallbackError, ChallengeError, ClientError, EgressError, Error, GrantType,
    IdTokenError, IntrospectionError, JwtError, KeysError, MetadataError, OAuthError, PushError, RegistrationError,
    Remedy, ResourceError, ResponseError, RevocationError, RoundTrip, TokenError, TriedKey, UserInfoError,
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
    let unreadable = |source| E::Response { address: String::new(), source };
    assert_remedy(
        Remedy::FixConfiguration,
        [
            E::InvalidIssuer { reason: "it" }.into(),
            E::InsecureUrl { field: "issuer" }.into(),
            unreadable(ResponseError::Status { status: status(404) }).into(),
            unreadable(ResponseError::Status { status: status(302) }).into(),
            unreadable(ResponseError::NotJson { line: 1, column: 1 }).into(),
            E::IssuerMismatch { expected: String::new(), found: String::new() }.into(),
        ],
    );
    assert_remedy(
        Remedy::RetryLater,
        [429, 500, 503].map(|code| unreadable(ResponseError::Status { status: status(code) }).into()),
    );
    assert_remedy(
        Remedy::ReportToProvider,
        [
            unreadable(ResponseError::TooLarge).into(),
            unreadable(ResponseError::MissingField { field: "issuer" }).into(),
            unreadable(ResponseError::InvalidField { field: "issuer".into() }).into(),
        ],
    );
}

#[test]
fn only_a_status_of_4xx_says_that_there_is_no_metadata() {
    let verdicts = |source: ResponseError| {
        let provider = MetadataError::Response { address: String::new(), source: source.clone() };
        let resource = ResourceError::Response { address: String::new(), source };
        (provider.is_absent(), resource.is_absent())
    };
    for code in [400, 401, 404, 405, 410] {
        assert_eq!(verdicts(ResponseError::Status { status: status(code) }), (true, true), "{code}");
    }
    for code in [204, 302, 429, 500, 503] {
        assert_eq!(verdicts(ResponseError::Status { status: status(code) }), (false, false), "{code}");
    }
    assert_eq!(verdicts(ResponseError::NotJson { line: 1, column: 1 }), (false, false));
    assert!(!MetadataError::IssuerMismatch { expected: String::new(), found: String::new() }.is_absent());
    assert!(!ResourceError::ResourceMismatch { expected: String::new(), found: String::new() }.is_absent());
}

#[test]
fn of_a_pushed_request() {
    let unusable = |source| Error::from(PushError::Response(source));
    assert_remedy(
        Remedy::RetryLater,
        [
            unusable(ResponseError::Status { status: status(503) }),
            unusable(ResponseError::Status { status: status(429) }),
            refused(503, "e"),
            refused(400, "temporarily_unavailable"),
        ],
    );
    assert_remedy(
        Remedy::FixConfiguration,
        [
            unusable(ResponseError::Status { status: status(405) }),
            refused(400, "invalid_request"),
            refused(401, "invalid_client"),
        ],
    );
    assert_remedy(Remedy::ReportToProvider, [unusable(ResponseError::MissingField { field: "request_uri" })]);
    assert_remedy(Remedy::FixConfiguration, [AuthorizeError::NoPushedAuthorizationRequestEndpoint.into()]);
    // A request URI that nobody uses does no harm: where no answer came, the request can be sent again.
    let failed = push().send_with(|_| Err::<Response<Vec<u8>>, _>("the cable")).unwrap_err();
    assert_remedy(Remedy::RetryLater, [failed]);
}

fn refused(status: u16, code: &str) -> Error {
    let body = format!(r#"{{"error":"{code}"}}"#);
    push().into_parts().1.receive(&Response::builder().status(status).body(body).unwrap()).unwrap_err().into()
}

fn push() -> RoundTrip<AwaitingRequestUri> {
    let mut metadata = Good::new().metadata();
    metadata.pushed_authorization_request_endpoint = Some("https://id.example/par".to_owned());
    Good::with_metadata(metadata).client().authorize().push(common::at(0)).unwrap()
}

#[test]
fn of_the_keys() {
    use KeysError as E;
    assert_remedy(
        Remedy::RetryLater,
        [503, 500, 429].map(|code| E::from(ResponseError::Status { status: status(code) }).into()),
    );
    assert_remedy(
        Remedy::FixConfiguration,
        [404, 403, 302].map(|code| E::from(ResponseError::Status { status: status(code) }).into()),
    );
    assert_remedy(Remedy::FixConfiguration, [E::NoJwksUri.into()]);
    assert_remedy(Remedy::RetryLater, [E::Unavailable { retry_after: std::time::Duration::ZERO }.into()]);
    assert_remedy(
        Remedy::ReportToProvider,
        [
            E::from(ResponseError::TooLarge).into(),
            E::from(ResponseError::NotJson { line: 1, column: 1 }).into(),
            E::from(ResponseError::MissingField { field: "keys" }).into(),
            E::from(ResponseError::InvalidField { field: "keys".into() }).into(),
        ],
    );
}

#[test]
fn of_the_client_and_the_authorization_request() {
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
fn of_a_registration() {
    use RegistrationError as E;
    let refused = |code: &str, of: u16| E::Provider { error: oauth_error(code), status: status(of) }.into();
    assert_remedy(
        Remedy::FixConfiguration,
        [
            E::NoRegistrationEndpoint.into(),
            E::NoClientConfigurationEndpoint.into(),
            E::InsecureUrl { field: "registration_endpoint" }.into(),
            E::InvalidDocument { reason: "it" }.into(),
            E::WrongIssuer { expected: String::new(), found: String::new() }.into(),
            refused("invalid_redirect_uri", 400),
            refused("invalid_token", 401),
            ClientError::MissingAuthentication { method: "private_key_jwt".into() }.into(),
        ],
    );
    assert_remedy(Remedy::FixProgram, [E::InvalidParameter { name: "jwks", reason: "it" }.into()]);
    assert_remedy(
        Remedy::RetryLater,
        [
            refused("server_error", 500),
            RegistrationError::Response(ResponseError::Status { status: status(503) }).into(),
        ],
    );
    let missing = E::Response(ResponseError::MissingField { field: "client_id" });
    assert_remedy(Remedy::ReportToProvider, [missing.into()]);
}

#[test]
fn of_a_resource() {
    use ResourceError as E;
    let response = |source| ResourceError::Response { address: String::new(), source }.into();
    assert_remedy(
        Remedy::FixConfiguration,
        [
            E::InvalidResource { field: "resource" }.into(),
            E::InsecureUrl { field: "resource" }.into(),
            response(ResponseError::NotJson { line: 1, column: 1 }),
            response(ResponseError::Status { status: status(404) }),
            E::Jwt(JwtError::NotSigned).into(),
        ],
    );
    assert_remedy(
        Remedy::ReportToProvider,
        [
            E::InvalidResource { field: "resource_metadata" }.into(),
            E::InsecureUrl { field: "resource_metadata" }.into(),
            E::InsecureUrl { field: "jwks_uri" }.into(),
            E::ResourceMismatch { expected: String::new(), found: String::new() }.into(),
            response(ResponseError::MissingField { field: "resource" }),
            EgressError::Host.into(),
        ],
    );
    assert_remedy(Remedy::RetryLater, [response(ResponseError::Status { status: status(503) })]);
    assert_remedy(Remedy::FetchKeys, [E::Jwt(JwtError::UnknownKey).into()]);
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
            E::FlowExpired.into(),
        ],
    );
    assert_remedy(
        Remedy::FixConfiguration,
        [
            E::RedirectUriMismatch { expected: String::new(), found: String::new() }.into(),
            E::IssuerMismatch.into(),
            E::WrongClient.into(),
            E::NoTokenEndpoint.into(),
        ],
    );
    assert_remedy(
        Remedy::ReportToProvider,
        [
            E::IssuerMissing { unverified_error: None }.into(),
            E::UnexpectedParameter { parameter: "id_token" }.into(),
            E::ResponseNotSigned.into(),
            E::MissingCode.into(),
        ],
    );
    // Some providers forget `iss` on an error: the remedy is that of the error.
    let forgotten = |code: &str| E::IssuerMissing { unverified_error: Some(code.into()) }.into();
    assert_remedy(Remedy::LoginInteractively, [forgotten("login_required")]);
    assert_remedy(Remedy::UserDeclined, [forgotten("access_denied")]);
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
    let unreadable = |source| E::Response { grant_type: GrantType::AUTHORIZATION_CODE, source };
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
    assert_remedy(Remedy::RestartLogin, [unreadable(ResponseError::Status { status: status(503) }).into()]);
    assert_remedy(Remedy::FixProgram, [E::OpenIdRequested.into()]);
    assert_remedy(
        Remedy::ReportToProvider,
        [
            unreadable(ResponseError::TooLarge).into(),
            unreadable(ResponseError::NotJson { line: 1, column: 1 }).into(),
            unreadable(ResponseError::MissingField { field: "access_token" }).into(),
            unreadable(ResponseError::InvalidField { field: "access_token".into() }).into(),
            E::UnsupportedTokenType { token_type: "mac".into() }.into(),
            E::MissingIdToken.into(),
        ],
    );
}

#[test]
fn of_the_id_token() {
    use IdTokenError as E;
    assert_remedy(
        Remedy::FetchKeys,
        [E::from(JwtError::UnknownKey).into(), E::from(JwtError::BadSignature { key: TriedKey::Unnamed }).into()],
    );
    assert_remedy(Remedy::LoginInteractively, [E::AuthenticationTooOld.into(), E::AcrMismatch.into()]);
    assert_remedy(Remedy::FixProgram, [E::NotRequested.into()]);
    assert_remedy(Remedy::Ignore, [E::from(JwtError::TooOld).into()]);
    assert_remedy(Remedy::RestartLogin, [E::from(JwtError::Expired).into(), E::NonceMismatch.into()]);
    assert_remedy(
        Remedy::FixConfiguration,
        [
            E::from(JwtError::Encrypted).into(),
            E::from(JwtError::CannotDecrypt).into(),
            E::from(JwtError::NotEncrypted).into(),
            E::from(JwtError::NotSigned).into(),
            E::from(JwtError::AlgorithmNotAllowed { algorithm: "none".into() }).into(),
            E::from(JwtError::IssuerMismatch).into(),
            E::UntrustedAudience.into(),
            E::AuthorizedPartyMismatch.into(),
            E::from(JwtError::NotYetValid).into(),
            E::from(JwtError::IssuedInFuture).into(),
            E::InsecureEndpoint.into(),
            E::from(JwtError::BadSignature { key: TriedKey::ClientSecret }).into(),
        ],
    );
    assert_remedy(
        Remedy::ReportToProvider,
        [
            E::from(JwtError::Malformed { what: "it" }).into(),
            E::from(JwtError::WrongType).into(),
            E::from(JwtError::CriticalHeader).into(),
            E::from(JwtError::UnusableKey).into(),
            E::from(JwtError::BadSignature { key: TriedKey::Named }).into(),
            E::from(JwtError::MissingClaim { claim: "sub" }).into(),
            E::from(JwtError::InvalidClaim { claim: "sub".into() }).into(),
            E::from(JwtError::ForbiddenClaim { claim: "nonce" }).into(),
            E::from(JwtError::AudienceMismatch).into(),
            E::NonceMissing.into(),
            E::AuthTimeMissing.into(),
            E::AccessTokenHashMismatch.into(),
            E::CodeHashMismatch.into(),
        ],
    );
}

#[test]
fn of_the_calls_after_a_login() {
    let unavailable = || ResponseError::Status { status: status(503) };
    let revocation = |source| Error::from(RevocationError::Response { source, retry_after: None });
    assert_remedy(
        Remedy::FixConfiguration,
        [
            UserInfoError::NoUserInfoEndpoint.into(),
            UserInfoError::from(JwtError::NotSigned).into(),
            IntrospectionError::NoIntrospectionEndpoint.into(),
            RevocationError::NoRevocationEndpoint.into(),
            revocation(ResponseError::Status { status: status(400) }),
        ],
    );
    assert_remedy(Remedy::FixProgram, [UserInfoError::WrongClient.into()]);
    assert_remedy(
        Remedy::RetryLater,
        [
            UserInfoError::from(unavailable()).into(),
            // A new answer may still be valid.
            UserInfoError::from(JwtError::Expired).into(),
            IntrospectionError::from(unavailable()).into(),
            IntrospectionError::from(JwtError::Expired).into(),
            revocation(unavailable()),
        ],
    );
    assert_remedy(Remedy::FetchKeys, [IntrospectionError::from(JwtError::UnknownKey).into()]);
    assert_remedy(Remedy::ReportToProvider, [UserInfoError::SubjectMismatch.into(), ChallengeError::Malformed.into()]);
    for (code, remedy) in [
        ("invalid_client", Remedy::FixConfiguration),
        ("unsupported_token_type", Remedy::FixConfiguration),
        ("server_error", Remedy::RetryLater),
        ("temporarily_unavailable", Remedy::RetryLater),
    ] {
        let (error, status) = (oauth_error(code), status(400));
        assert_remedy(remedy, [RevocationError::Provider { error: error.clone(), status, retry_after: None }.into()]);
        assert_remedy(remedy, [IntrospectionError::Provider { error, status }.into()]);
    }
    let (error, status) = (oauth_error("invalid_client"), status(503));
    assert_remedy(Remedy::RetryLater, [IntrospectionError::Provider { error, status }.into()]);
}

fn oauth_error(code: &str) -> OAuthError {
    match Good::new().callback(&format!("state=st4te&error={code}")) {
        Err(CallbackError::Provider { error, .. }) => error,
        other => panic!("{other:?}"),
    }
}
