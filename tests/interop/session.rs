//! A session at the real provider: how its refresh tokens rotate, and what ends them.

use std::time::SystemTime;

use oidc_proto::{
    Access, ClientAuth, Error, IdTokenError, KeyCache, RefreshToken, Refreshed, Remedy, Session, TokenError,
    UserInfoError,
};

use crate::browser::Browser;
use crate::login::{Login, send};
use crate::provider::SECRET;

#[test]
#[ignore = "needs Node and npm ci"]
fn a_refresh_brings_new_tokens_and_the_old_refresh_token_is_refused() {
    for (id, auth) in [("basic", ClientAuth::secret(SECRET)), ("public-pkce", ClientAuth::none())] {
        let mut login = Login::at_a_new_provider(id, auth, "RS256");
        let session = login.begin_session();
        let (old_access, old_refresh) = (session.access_token().clone(), session.refresh_token().unwrap().clone());

        // Another process reads it from the store.
        let mut session: Session = serde_json::from_str(&serde_json::to_string(&session).unwrap()).unwrap();
        assert!(matches!(session.access(&login.client, SystemTime::now()), Ok(Access::Use(_))));
        session.expire_access_token();
        let refreshed = refresh(&login, &mut session).unwrap();
        let id_token = refreshed.id_token().expect("a new ID token, compared with the login").secret().to_owned();
        session.refreshed(refreshed, SystemTime::now()).unwrap();

        assert_ne!(session.access_token().secret(), old_access.secret());
        assert_ne!(session.refresh_token().unwrap().secret(), old_refresh.secret());
        assert_eq!(session.id_token_secret(), id_token);
        assert_eq!((session.sub(), session.scope()), ("alice", Some("openid offline_access email")));
        let access = session.access(&login.client, SystemTime::now()).unwrap();
        assert!(matches!(access, Access::Use(token) if token.secret() != old_access.secret()));

        assert_refused(&send_refresh_token(&login, &old_refresh).unwrap_err());
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_refresh_token_that_is_used_twice_ends_the_session() {
    let mut login = Login::basic();
    let mut session = login.begin_session();
    let mut copy = session.clone();
    session.expire_access_token();
    let refreshed = refresh(&login, &mut session).unwrap();
    session.refreshed(refreshed, SystemTime::now()).unwrap();

    copy.expire_access_token();
    assert_is_over(&login, &mut copy);
    // The provider has revoked the whole grant: the newest refresh token is refused too.
    session.expire_access_token();
    assert_is_over(&login, &mut session);
}

#[test]
#[ignore = "needs Node and npm ci"]
fn the_refreshed_id_token_of_another_user_is_refused() {
    let mut login = Login::basic();
    let alice = login.offline_tokens("alice");
    login.browser = Browser::default();
    let bob = login.offline_tokens("bob");
    assert_eq!(bob.id_token().sub(), "bob");
    let request = login.client.refresh(bob.refresh_token().unwrap()).of_login(&alice);
    let unverified = request.start(SystemTime::now()).unwrap().send_with(send).unwrap();
    let error = unverified.verify(&login.keys, SystemTime::now()).unwrap_err();
    assert!(matches!(error, IdTokenError::SubjectMismatch), "{error:?}");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn revoked_tokens_no_longer_work() {
    let mut login = Login::basic();
    let mut session = login.begin_session();
    assert!(is_active(&login, &session));

    let refresh_token = session.refresh_token().unwrap().clone();
    for time in ["the first time", "once more"] {
        let revocation = login.client.revoke(&refresh_token, SystemTime::now()).unwrap();
        revocation.send_with(send).expect(time);
    }
    // The access token is revoked together with the refresh token.
    assert!(!is_active(&login, &session));
    let error = login.client.userinfo(&session, SystemTime::now()).unwrap().send_with(send).unwrap_err();
    assert!(matches!(error, Error::UserInfo(UserInfoError::Challenge { .. })), "{error:?}");
    assert_eq!(error.remedy(), Remedy::RestartLogin);
    session.expire_access_token();
    assert_is_over(&login, &mut session);
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_revoked_access_token_is_not_active() {
    let mut login = Login::basic();
    let session = login.begin_session();
    let revocation = login.client.revoke(session.access_token(), SystemTime::now()).unwrap();
    revocation.send_with(send).unwrap();
    assert!(!is_active(&login, &session));
}

fn is_active(login: &Login, session: &Session) -> bool {
    let round_trip = login.client.introspect(session.access_token(), SystemTime::now()).unwrap();
    round_trip.send_with(send).unwrap().verify(&login.keys, SystemTime::now()).unwrap().active()
}

/// The refresh that the session asks for.
fn refresh(login: &Login, session: &mut Session) -> Result<Refreshed, Error> {
    let Ok(Access::Refresh(round_trip)) = session.access(&login.client, SystemTime::now()) else {
        panic!("a refresh is due");
    };
    round_trip.send_with(send)?.verify_with(&mut KeyCache::new(), SystemTime::now(), send)
}

fn send_refresh_token(login: &Login, refresh_token: &RefreshToken) -> Result<(), Error> {
    let round_trip = login.client.refresh(refresh_token).start(SystemTime::now()).unwrap();
    round_trip.send_with(send).map(drop)
}

/// The provider refuses the session's refresh token, and the session ends.
fn assert_is_over(login: &Login, session: &mut Session) {
    let error = refresh(login, session).unwrap_err();
    assert_refused(&error);
    session.refresh_failed(&error, SystemTime::now());
    assert!(matches!(session.access(&login.client, SystemTime::now()), Ok(Access::LogIn)));
}

fn assert_refused(error: &Error) {
    assert!(
        matches!(error, Error::Token(TokenError::Provider { error, .. }) if *error.error() == *"invalid_grant"),
        "{error:?}"
    );
    assert_eq!(error.remedy(), Remedy::RestartLogin);
}
