//! Logout at the real provider, through the browser and from server to server.

use std::time::SystemTime;

use oidc_proto::http::Request;
use oidc_proto::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use oidc_proto::{
    CallbackError, ClientAuth, Error, JwtError, LogoutAnswer, LogoutError, LogoutResponse, LogoutTokenError,
    PrivateKey, Prompt, Session, Tokens,
};
use serde_json::json;

use crate::back_channel::Application;
use crate::browser::Browser;
use crate::listener::Listener;
use crate::login::{Login, send};
use crate::own_keys::key_set;
use crate::provider::{Provider, SECRET, SIGNED_OUT_URI};

#[test]
#[ignore = "needs Node and npm ci"]
fn a_logout_ends_the_login_at_the_provider_and_sends_the_user_back() {
    let mut login = Login::basic();
    let session = login.begin_session();
    assert_eq!(silent(&mut login).unwrap().id_token().sub(), "alice");

    let request = login.client.log_out().id_token_hint(&session).post_logout_redirect_uri(SIGNED_OUT_URI);
    let (url, awaiting) = request.start().unwrap();
    let arrived_at = login.browser.log_out(&url, true, SIGNED_OUT_URI);
    let awaiting = awaiting.unwrap();
    let elsewhere = LogoutResponse::from_url(&arrived_at.replace("/signed-out", "/cb")).unwrap();
    let error = awaiting.clone().receive(&login.client, elsewhere).unwrap_err();
    assert!(matches!(error, LogoutError::RedirectUriMismatch { .. }), "{error:?}");
    awaiting.receive(&login.client, LogoutResponse::from_url(&arrived_at).unwrap()).unwrap();

    let error = silent(&mut login).unwrap_err();
    assert!(
        matches!(&error, Error::Callback(CallbackError::Provider { error, .. }) if *error.error() == *"login_required"),
        "{error:?}"
    );
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_user_who_stays_logged_in_at_the_provider_is_sent_back_too() {
    let mut login = Login::basic();
    login.begin_session();
    // Without the ID token, the client id says to which client the redirect URI belongs.
    let request = login.client.log_out().post_logout_redirect_uri(SIGNED_OUT_URI).state("a-state of/its own&");
    let (url, awaiting) = request.start().unwrap();
    let arrived_at = login.browser.log_out(&url, false, SIGNED_OUT_URI);
    awaiting.unwrap().receive(&login.client, LogoutResponse::from_url(&arrived_at).unwrap()).unwrap();
    assert_eq!(login.verify(|request| request.login_hint("bob")).unwrap().id_token().sub(), "alice");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_logout_token_ends_the_session_that_it_names_and_only_once() {
    let mut at = BackChannel::new("back-channel-sid");
    let elsewhere = at.login.begin_session();
    let here = at.log_in_with_a_new_browser("alice");
    assert!(here.sid().is_some() && here.sid() != elsewhere.sid());
    let mut application = Application::new(&at.login.client, vec![elsewhere.clone(), here.clone()]);

    let body = at.log_out_of_another_client(|body| application.answer(body));
    assert_eq!(at.provider.notices(), "taken");
    let token = application.verify(&body).unwrap();
    assert_eq!((token.iss(), token.sid()), (at.login.client.issuer(), here.sid()));
    assert!(here.is_ended_by(&token) && !elsewhere.is_ended_by(&token));
    let [left] = &application.sessions[..] else { panic!("one session is left") };
    assert_eq!(left.sid(), elsewhere.sid());

    // The same token again: nothing ends.
    application.sessions.push(here);
    let post = Request::post(at.listener.uri()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let post = post.body(body).unwrap();
    let (_, response) =
        at.listener.hear(|| send(post).unwrap(), |posted| application.answer(posted.body()).into_response());
    assert_eq!((response.status().as_u16(), application.sessions.len()), (400, 2));
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(response.into_body(), LogoutAnswer::Refused.into_response().into_body());
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_logout_token_without_a_sid_ends_every_session_of_the_user() {
    let mut at = BackChannel::new("back-channel-sub");
    let bobs = at.log_in_with_a_new_browser("bob");
    let elsewhere = at.log_in_with_a_new_browser("alice");
    let here = at.log_in_with_a_new_browser("alice");
    let mut application = Application::new(&at.login.client, vec![elsewhere, bobs, here]);

    let body = at.log_out_of_another_client(|body| application.answer(body));
    let token = application.verify(&body).unwrap();
    assert_eq!((token.sub(), token.sid()), (Some("alice"), None));
    let [left] = &application.sessions[..] else { panic!("one session is left") };
    assert_eq!(left.sub(), "bob");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_logout_token_is_for_one_client_and_a_failure_is_reported_to_the_provider() {
    let mut at = BackChannel::new("back-channel-sid");
    let session = at.log_in_with_a_new_browser("alice");
    let body = at.log_out_of_another_client(|_| LogoutAnswer::Failed);
    assert_eq!(at.provider.notices(), "refused");
    let basic = Login::at(&at.provider, "basic", ClientAuth::secret(SECRET), "RS256");
    let error = Application::new(&basic.client, Vec::new()).verify(&body).unwrap_err();
    assert!(matches!(error, Error::LogoutToken(LogoutTokenError::Jwt(JwtError::AudienceMismatch))), "{error:?}");
    // The same token can end the session later: it was not remembered.
    let mut application = Application::new(&at.login.client, vec![session]);
    assert_eq!(application.answer(&body), LogoutAnswer::LoggedOut);
    assert!(application.sessions.is_empty());
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_logout_token_that_is_encrypted_ends_the_session() {
    let listener = Listener::start();
    let provider = Provider::start_with(&json!({ "backchannelLogoutUri": listener.uri() }));
    let key = PrivateKey::generate("RSA-OAEP-256").unwrap().with_key_id("decrypts");
    let registered = provider.register(&json!({
        "token_endpoint_auth_method": "client_secret_post",
        "backchannel_logout_uri": listener.uri(),
        "id_token_encrypted_response_alg": "RSA-OAEP-256",
        "id_token_encrypted_response_enc": "A256GCM",
        "jwks": key_set([&key]),
    }));
    let auth = ClientAuth::client_secret_post(registered.secret.unwrap());
    let login = Login::with(&provider, &registered.id, auth, |builder| {
        builder.decryption_key(key).id_token_encrypted_response_alg("RSA-OAEP-256")
    });
    let mut at = BackChannel { provider, listener, login };
    let session = at.log_in_with_a_new_browser("alice");
    let mut application = Application::new(&at.login.client, vec![session]);
    let body = at.log_out_of_another_client(|body| application.answer(body));
    // `logout_token=`, and five parts.
    assert_eq!(body.split(|byte| *byte == b'.').count(), 5);
    assert!(application.sessions.is_empty());
}

/// A provider, and an application that is told about logouts.
struct BackChannel {
    provider: Provider,
    listener: Listener,
    login: Login,
}

impl BackChannel {
    fn new(client_id: &str) -> Self {
        let listener = Listener::start();
        let provider = Provider::start_with(&json!({ "backchannelLogoutUri": listener.uri() }));
        let login = Login::at(&provider, client_id, ClientAuth::secret(SECRET), "RS256");
        Self { provider, listener, login }
    }

    fn log_in_with_a_new_browser(&mut self, user: &str) -> Session {
        self.login.browser = Browser::default();
        self.login.offline_tokens(user).into_session(SystemTime::now())
    }

    /// The user logs out of another application in the same browser, and at the provider. Returns the body that the provider
    /// posts to this application.
    fn log_out_of_another_client(&mut self, answer: impl FnOnce(&[u8]) -> LogoutAnswer) -> Vec<u8> {
        let mut other = Login::at(&self.provider, "basic", ClientAuth::secret(SECRET), "RS256");
        other.browser = std::mem::take(&mut self.login.browser);
        let tokens = other.verify(|request| request).unwrap();
        let request = other.client.log_out().id_token_hint(&tokens).post_logout_redirect_uri(SIGNED_OUT_URI);
        let (url, awaiting) = request.start().unwrap();
        let log_out = || other.browser.log_out(&url, true, SIGNED_OUT_URI);
        let (posted, arrived_at) = self.listener.hear(log_out, |posted| answer(posted.body()).into_response());
        awaiting.unwrap().receive(&other.client, LogoutResponse::from_url(&arrived_at).unwrap()).unwrap();
        posted.into_body()
    }
}

/// A login without a page for the user. It works only for a user who is logged in at the provider.
fn silent(login: &mut Login) -> Result<Tokens, Error> {
    login.verify(|request| request.prompts([Prompt::NONE]))
}
