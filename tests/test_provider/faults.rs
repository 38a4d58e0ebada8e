//! What the provider does wrong when it is asked to, and what an application sees of it.

use std::time::{Duration, SystemTime};

use oidc_proto::http::StatusCode;
use oidc_proto::test_provider::{Endpoint, Fault, TestUser};
use oidc_proto::{
    Access, Algorithm, AuthorizationResponse, CallbackError, Client, ClientAuth, Error, IdTokenError, Issuer, JwkSet,
    JwtError, LogoutTokenError, PrivateKey, Remedy, ResponseError, Session, TokenError, Tokens, UserInfoError,
};
use serde_json::{Value, json};

use crate::{Provider, app};

/// The application.
struct App<'a> {
    provider: &'a Provider,
    client: Client,
    keys: JwkSet,
}

impl<'a> App<'a> {
    fn of(provider: &'a Provider) -> Self {
        let client = discover(provider).unwrap();
        let keys = fetch_keys(provider, &client).unwrap();
        Self { provider, client, keys }
    }

    fn log_in(&self) -> Result<Tokens, Error> {
        let (provider, now) = (self.provider, self.provider.now());
        let (url, awaiting) = self.client.authorize().scope("openid email offline_access").start(now)?;
        let current_url = provider.itself().visit(&url, now).unwrap();
        let token_request = awaiting.receive(&self.client, AuthorizationResponse::from_url(&current_url)?, now)?;
        let unverified = token_request.send_with(|request| provider.itself().handle(request, now))?;
        Ok(unverified.verify(&self.keys, now)?)
    }

    fn session(&self) -> Session {
        self.log_in().unwrap().into_session(self.provider.now())
    }

    /// A refresh once the access token has ended: what went wrong.
    fn refresh(&self, session: &mut Session) -> Option<Error> {
        let (provider, now) = (self.provider, self.provider.now());
        let Access::Refresh(refresh) = session.access(&self.client, now).unwrap() else {
            panic!("no refresh is due");
        };
        let sent = refresh.send_with(|request| provider.itself().handle(request, now));
        match sent.and_then(|unverified| Ok(unverified.verify(&self.keys, now)?)) {
            Ok(refreshed) => session.refreshed(refreshed, now).err().map(Error::from),
            Err(error) => {
                session.refresh_failed(&error, now);
                Some(error)
            }
        }
    }

    fn log_in_with(&self, fault: &Fault) -> Error {
        self.provider.itself().queue(fault.clone());
        let error = self.log_in().unwrap_err();
        assert_eq!(self.log_in().unwrap().id_token().sub(), "ada-1815", "{fault:?} happens once");
        error
    }
}

fn discover(provider: &Provider) -> Result<Client, Error> {
    let issuer = Issuer::new(provider.issuer())?;
    let metadata = issuer.discover().send_with(|request| provider.itself().handle(request, provider.now()))?;
    let builder = Client::builder(metadata, "app", ClientAuth::secret("s3cret")).redirect_uri(crate::REDIRECT_URI);
    Ok(builder.build()?)
}

fn fetch_keys(provider: &Provider, client: &Client) -> Result<JwkSet, Error> {
    client.fetch_keys()?.send_with(|request| provider.itself().handle(request, provider.now()))
}

#[test]
fn each_fault_of_an_id_token_is_its_error_and_happens_once() {
    let provider = Provider::start(app());
    let app = App::of(&provider);
    for (fault, expected) in [
        (Fault::WrongIssuer, "IssuerMismatch"),
        (Fault::WrongAudience, "AudienceMismatch"),
        (Fault::Expired, "Expired"),
        (Fault::UnknownKey, "UnknownKey"),
        (Fault::BadSignature, "BadSignature"),
        (Fault::Claim("sub".to_owned(), Value::Null), "MissingClaim"),
    ] {
        match app.log_in_with(&fault) {
            Error::IdToken(IdTokenError::Jwt(error)) => {
                assert!(format!("{error:?}").starts_with(expected), "{fault:?}: {error:?}");
            }
            other => panic!("{fault:?}: {other:?}"),
        }
    }
    for (fault, expected) in [
        (Fault::WrongNonce, "NonceMismatch"),
        (Fault::Claim("azp".to_owned(), json!("another")), "AuthorizedPartyMismatch"),
        (Fault::Claim("at_hash".to_owned(), json!("AAAAAAAAAAAAAAAAAAAAAA")), "AccessTokenHashMismatch"),
    ] {
        match app.log_in_with(&fault) {
            Error::IdToken(error) => assert!(format!("{error:?}").starts_with(expected), "{fault:?}: {error:?}"),
            other => panic!("{fault:?}: {other:?}"),
        }
    }
}

#[test]
fn each_fault_of_a_login_is_its_error_and_happens_once() {
    let provider = Provider::start(app());
    let app = App::of(&provider);
    assert!(matches!(app.log_in_with(&Fault::WrongState), Error::Callback(CallbackError::StateMismatch)));
    assert!(matches!(app.log_in_with(&Fault::NoIdToken), Error::Token(TokenError::MissingIdToken)));
    let declined = app.log_in_with(&Fault::OAuthError(Endpoint::Authorization, "access_denied".into()));
    assert!(
        matches!(declined, Error::Callback(CallbackError::Provider { .. }))
            && declined.remedy() == Remedy::UserDeclined
    );
    let refused = app.log_in_with(&Fault::OAuthError(Endpoint::Token, "invalid_grant".into()));
    assert!(matches!(refused, Error::Token(TokenError::Provider { .. })) && refused.remedy() == Remedy::RestartLogin);
    let down = app.log_in_with(&Fault::Status(Endpoint::Token, StatusCode::BAD_GATEWAY));
    assert!(
        matches!(down, Error::Token(TokenError::Response { source: ResponseError::Status { .. }, .. })),
        "{down:?}"
    );
    assert!(matches!(app.log_in_with(&Fault::ResponseLost(Endpoint::Token)), Error::Transport(_)));
}

#[test]
fn a_fault_waits_for_its_endpoint() {
    let provider = Provider::start(app());
    provider.itself().queue(Fault::Status(Endpoint::Keys, StatusCode::SERVICE_UNAVAILABLE));
    provider.itself().queue(Fault::OAuthError(Endpoint::UserInfo, "invalid_token".into()));
    provider.itself().queue(Fault::ResponseLost(Endpoint::Metadata));
    assert!(matches!(discover(&provider), Err(Error::Transport(_))));
    let client = discover(&provider).unwrap();
    assert!(matches!(fetch_keys(&provider, &client), Err(Error::Keys(_))));
    let app = App::of(&provider);
    let session = app.session();
    let ask = || {
        let sent = app.client.userinfo(&session, provider.now()).unwrap();
        let sent = sent.send_with(|request| provider.itself().handle(request, provider.now()));
        sent.and_then(|unverified| Ok(unverified.verify(&app.keys, provider.now())?))
    };
    assert!(matches!(ask(), Err(Error::UserInfo(UserInfoError::Challenge { .. }))));
    assert_eq!(ask().unwrap().standard_claims().email.unwrap(), "ada@example.com");
}

#[test]
fn each_fault_of_a_refresh_is_its_error() {
    let provider = Provider::start(app());
    let app = App::of(&provider);
    let mut session = app.session();
    provider.wait(400);
    provider.itself().queue(Fault::WrongSubject);
    let error = app.refresh(&mut session).unwrap();
    assert!(matches!(error, Error::IdToken(IdTokenError::SubjectMismatch)), "{error:?}");

    let mut session = app.session();
    provider.wait(400);
    provider.itself().queue(Fault::OAuthError(Endpoint::Token, "invalid_grant".into()));
    assert!(matches!(app.refresh(&mut session), Some(Error::Token(TokenError::Provider { .. }))));
    assert!(matches!(session.access(&app.client, provider.now()), Ok(Access::LogIn)));

    let mut session = app.session();
    let first = session.refresh_token().unwrap().secret().to_owned();
    provider.wait(400);
    provider.itself().queue(Fault::NoRefreshToken);
    assert!(app.refresh(&mut session).is_none());
    assert_eq!(session.refresh_token().unwrap().secret(), first, "the one before still works");
    provider.wait(400);
    assert!(app.refresh(&mut session).is_none());
    assert_ne!(session.refresh_token().unwrap().secret(), first);
}

#[test]
fn a_lost_response_of_a_refresh_has_used_the_refresh_token() {
    let provider = Provider::start(app());
    let app = App::of(&provider);
    let mut session = app.session();
    provider.wait(400);
    provider.itself().queue(Fault::ResponseLost(Endpoint::Token));
    assert!(matches!(app.refresh(&mut session), Some(Error::Transport(_))));
    provider.wait(60);
    let error = app.refresh(&mut session).unwrap();
    assert!(
        matches!(&error, Error::Token(TokenError::Provider { error, .. }) if error.error().as_str() == "invalid_grant")
    );
}

#[test]
fn keys_that_were_rotated_are_fetched_again_and_the_old_ones_still_show_whose_session_it_is() {
    let provider = Provider::start(app());
    let mut app = App::of(&provider);
    let before = app.log_in().unwrap();
    provider.itself().rotate_keys().unwrap();
    let error = app.log_in().unwrap_err();
    assert!(matches!(error, Error::IdToken(IdTokenError::Jwt(JwtError::UnknownKey))), "{error:?}");
    assert_eq!(error.remedy(), Remedy::FetchKeys);
    app.keys = fetch_keys(&provider, &app.client).unwrap();
    assert_eq!(app.log_in().unwrap().id_token().sub(), "ada-1815");
    let session = before.into_session(provider.now());
    let request = app.client.log_out().id_token_hint(&session);
    let (url, awaiting) = request.post_logout_redirect_uri(crate::WAY_BACK).start().unwrap();
    let back = provider.itself().visit(&url, provider.now()).unwrap();
    assert!(awaiting.is_some() && back.starts_with(crate::WAY_BACK), "{back}");
}

#[test]
fn each_kind_of_key_signs_and_the_codes_are_those_of_each_run() {
    let log_in = |algorithm: Algorithm| {
        let provider = Provider::start(app());
        provider.itself().set_signing_key(PrivateKey::generate(algorithm).unwrap()).unwrap();
        App::of(&provider).log_in().unwrap().access_token().secret().to_owned()
    };
    let access_token = log_in(Algorithm::ES256);
    for algorithm in [Algorithm::EDDSA, Algorithm::ES384, Algorithm::RS256] {
        assert_eq!(log_in(algorithm), access_token);
    }
    let provider = Provider::start(app());
    let decrypts = PrivateKey::generate("ECDH-ES").unwrap();
    assert!(provider.itself().set_signing_key(decrypts).is_err());
}

#[test]
fn a_logout_at_the_provider_is_a_token_that_may_have_faults_too() {
    let provider = Provider::start(app().backchannel_logout_uri("https://app.example/logged-out"));
    let app = App::of(&provider);
    assert!(!provider.itself().log_out(provider.now()), "nobody has logged in");
    let session = app.session();
    assert!(provider.itself().log_out(provider.now()));
    let notice = provider.itself().poll_back_channel().unwrap();
    let token = app.client.logout_token(notice.body()).unwrap().verify(&app.keys, provider.now()).unwrap();
    assert!(session.is_ended_by(&token));

    for (fault, expected) in [
        (Fault::Expired, JwtError::Expired),
        (Fault::UnknownKey, JwtError::UnknownKey),
        (Fault::WrongNonce, JwtError::ForbiddenClaim { claim: "nonce" }),
    ] {
        let _session = app.session();
        provider.itself().queue(fault);
        provider.itself().log_out(provider.now());
        let notice = provider.itself().poll_back_channel().unwrap();
        match app.client.logout_token(notice.body()).unwrap().verify(&app.keys, provider.now()) {
            Err(LogoutTokenError::Jwt(error)) => assert_eq!(format!("{error:?}"), format!("{expected:?}")),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn another_user_logs_in_and_the_one_before_keeps_their_tokens() {
    let provider = Provider::start(app());
    let app = App::of(&provider);
    let ada = app.session();
    provider.itself().sign_in(TestUser::new("grace").claim("roles", json!(["admin"])));
    let tokens = app.log_in().unwrap();
    assert_eq!(tokens.id_token().sub(), "grace");
    let claims: Value = tokens.id_token().claims_as().unwrap();
    assert_eq!(claims["roles"], json!(["admin"]), "a claim of no scope comes always");
    assert_ne!(tokens.id_token().sid(), ada.sid());
    let unverified = app.client.userinfo(&ada, provider.now()).unwrap();
    let unverified = unverified.send_with(|request| provider.itself().handle(request, provider.now())).unwrap();
    assert_eq!(unverified.verify(&app.keys, provider.now()).unwrap().sub(), "ada-1815");
}

#[test]
fn nothing_that_is_shown_holds_a_secret() {
    let provider = Provider::start(app());
    let tokens = App::of(&provider).log_in().unwrap();
    let shown = format!("{:?}", provider.itself());
    for secret in ["s3cret", tokens.access_token().secret()] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(u32::MAX));
    let page = format!("{}/authorize?client_id=app&response_mode=form_post", provider.issuer());
    assert!(provider.itself().visit(&page, end).is_err());
}
