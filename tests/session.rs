//! A session: whose it is, what a refresh may change, what ends it, and how it is stored.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use std::time::Duration;

use common::{Good, at, form_of};
use oidc_proto::http::Response;
use oidc_proto::{
    Access, AuthorizationResponse, Client, ClientAuth, ClientBuilder, FrontChannelLogout, IdTokenError, JwtError,
    RefreshToken, Refreshed, Session, SessionError, TokenError, TokenType, Tokens, UnverifiedRefresh,
};
use serde_json::{Value, json};

/// A session that version 1 stored. It must never change.
const SESSION_1: &str = include_str!("stored/session_1.json");

fn good() -> Good {
    Good::new().claim("sid", json!("s1d")).token_member("refresh_token", json!("rt-1"))
}

fn tokens() -> Tokens {
    good().log_in().unwrap()
}

fn session() -> Session {
    tokens().into_session(at(0))
}

/// A session of a client that also accepts ID tokens of `https://b.example`, from one of them.
fn session_of_an_accepted_issuer(good: Good) -> Session {
    let good = good.claim("iss", json!("https://b.example"));
    let client =
        Client::builder(good.metadata(), "app", ClientAuth::none()).redirect_uri("https://app.example/callback");
    let client = client.accept_issuer("https://b.example").build().unwrap();
    let (_, awaiting) = Good::authorize(&client).start(at(0)).unwrap();
    let response = AuthorizationResponse::from_query("code=c0de&state=st4te").unwrap();
    let (_, awaiting) = awaiting.receive(&client, response, at(0)).unwrap().into_parts();
    let unverified = awaiting.receive(&Response::new(good.body())).unwrap();
    unverified.verify_trusting_tls(at(0)).unwrap().into_session(at(0))
}

/// A refresh that is due, with its answer read.
fn refresh(session: &mut Session, response: &Value) -> Result<UnverifiedRefresh, TokenError> {
    session.expire_access_token();
    let Ok(Access::Refresh(round_trip)) = session.access(&Good::new().client(), at(0)) else {
        panic!("a refresh is due");
    };
    let status = if response.get("error").is_some() { 400 } else { 200 };
    round_trip.into_parts().1.receive(&Response::builder().status(status).body(response.to_string()).unwrap())
}

/// The answer to a refresh, with an ID token that has these changes.
fn with_id_token(changes: &[(&str, Value)]) -> Value {
    let good = changes.iter().fold(good(), |good, (name, value)| good.claim(name, value.clone()));
    serde_json::from_str(&good.body()).unwrap()
}

fn refreshed(session: &mut Session, response: &Value) -> Refreshed {
    refresh(session, response).unwrap().verify_trusting_tls(at(0)).unwrap()
}

#[test]
fn a_session_says_what_its_login_said() {
    let claims =
        [("azp", json!("app")), ("auth_time", json!(1_699_999_990)), ("acr", json!("gold")), ("name", json!("Ada"))];
    let good = claims.into_iter().fold(good(), |good, (name, value)| good.claim(name, value));
    let session =
        session_of_an_accepted_issuer(good.claim("aud", json!(["app"])).token_member("scope", json!("openid x")));
    assert_eq!((session.issuer(), session.client_id()), ("https://id.example", "app"));
    assert_eq!((session.iss(), session.sub(), session.aud()), ("https://b.example", "ada", &["app".to_owned()][..]));
    assert_eq!((session.azp(), session.sid(), session.acr()), (Some("app"), Some("s1d"), Some("gold")));
    assert_eq!(session.auth_time(), Some(at(0) - Duration::from_secs(10)));
    assert_eq!((session.expires_at(), session.scope()), (Some(at(300)), Some("openid x")));
    assert_eq!((session.access_token().secret(), session.token_type()), ("an-access-token", &TokenType::BEARER));
    assert_eq!(session.refresh_token().unwrap().secret(), "rt-1");
    assert_eq!(session.standard_claims().name.as_deref(), Some("Ada"));
    let claims: Value = session.claims_as().unwrap();
    assert_eq!((&claims["sid"], &claims["nonce"]), (&json!("s1d"), &json!("n0nce")));
    // What the login did not say, nobody made up.
    let bare = Good::new().log_in().unwrap().into_session(at(0));
    assert_eq!((bare.azp(), bare.sid(), bare.acr(), bare.auth_time()), (None, None, None, None));
    assert!(bare.refresh_token().is_none() && bare.standard_claims().name.is_none());
}

#[test]
fn a_refresh_never_changes_the_user() {
    let mut session = session();
    let unverified = refresh(&mut session, &with_id_token(&[("sub", json!("eve"))])).unwrap();
    assert!(matches!(unverified.verify_trusting_tls(at(0)), Err(IdTokenError::SubjectMismatch)));
    // A refresh of one user is reported to the session of another.
    let mut of_eve = good().claim("sub", json!("eve")).log_in().unwrap().into_session(at(0));
    let eves = refreshed(&mut of_eve, &with_id_token(&[("sub", json!("eve"))]));
    let before = session.generation();
    assert!(matches!(session.refreshed(eves, at(0)), Err(SessionError::WrongClient)));
    assert_eq!((session.generation(), session.sub()), (before, "ada"), "nothing was taken");
    // A refresh that does not say whose login it belongs to.
    let request = Good::new().client().refresh(&RefreshToken::new("rt-9")).start(at(0)).unwrap();
    let anybodys = request.into_parts().1.receive(&Response::new(r#"{"access_token":"at-9"}"#)).unwrap();
    let anybodys = anybodys.verify_trusting_tls(at(0)).unwrap();
    assert!(matches!(session.refreshed(anybodys, at(0)), Err(SessionError::WrongClient)));
}

#[test]
fn a_refresh_is_of_the_issuer_of_the_login_and_only_while_it_is_accepted() {
    let client = |accepted: Option<&str>| {
        let builder = Client::builder(Good::new().metadata(), "app", ClientAuth::none());
        accepted.into_iter().fold(builder, ClientBuilder::accept_issuer).build().unwrap()
    };
    let accepting = || client(Some("https://b.example"));
    for (client, issuer, refused) in [
        (accepting(), "https://b.example", false),
        (accepting(), "https://id.example", true),
        (client(None), "https://b.example", true),
        (client(None), "https://id.example", true),
    ] {
        let mut session = session_of_an_accepted_issuer(good());
        session.expire_access_token();
        let Ok(Access::Refresh(round_trip)) = session.access(&client, at(0)) else { panic!("a refresh is due") };
        let response = Response::new(with_id_token(&[("iss", json!(issuer))]).to_string());
        let verified = round_trip.into_parts().1.receive(&response).unwrap().verify_trusting_tls(at(0));
        let mismatch = matches!(verified, Err(IdTokenError::Jwt(JwtError::IssuerMismatch)));
        assert_eq!((mismatch, verified.is_err()), (refused, refused), "{issuer}");
    }
}

#[test]
fn a_session_works_only_with_its_own_client() {
    let mut session = session();
    for (issuer, client_id) in [("https://id.example", "other"), ("https://other.example", "app")] {
        let mut metadata = Good::new().metadata();
        metadata.issuer = issuer.to_owned();
        let other = Client::builder(metadata, client_id, ClientAuth::secret("s3cret")).build().unwrap();
        assert!(matches!(session.access(&other, at(0)), Err(SessionError::WrongClient)));
        let round_trip = other.refresh(&RefreshToken::new("rt-1")).of_login(&tokens()).start(at(0)).unwrap();
        let response = Response::new(r#"{"access_token":"theirs"}"#);
        let theirs = round_trip.into_parts().1.receive(&response).unwrap().verify_trusting_tls(at(0)).unwrap();
        assert!(matches!(session.refreshed(theirs, at(0)), Err(SessionError::WrongClient)));
    }
    assert_eq!(session.access_token().secret(), "an-access-token");
}

#[test]
fn a_refreshed_session_has_the_newest_of_everything() {
    let mut session = session();
    let mut response = with_id_token(&[("sid", json!("s1d-2")), ("acr", json!("gold")), ("name", json!("Ada"))]);
    for (member, value) in [("access_token", "at-2"), ("refresh_token", "rt-2"), ("scope", "openid email")] {
        response[member] = json!(value);
    }
    let new = refreshed(&mut session, &response);
    session.refreshed(new, at(10)).unwrap();
    assert_eq!(session.access_token().secret(), "at-2");
    assert_eq!(session.refresh_token().unwrap().secret(), "rt-2");
    assert_eq!((session.scope(), session.sid(), session.acr()), (Some("openid email"), Some("s1d-2"), Some("gold")));
    assert_eq!(session.expires_at(), Some(at(310)));
    assert_eq!(session.standard_claims().name.as_deref(), Some("Ada"));
    assert_eq!(session.id_token_secret(), response["id_token"]);
    // What the response does not have is kept.
    let bare = refreshed(&mut session, &json!({ "access_token": "at-3" }));
    session.refreshed(bare, at(20)).unwrap();
    assert_eq!(session.refresh_token().unwrap().secret(), "rt-2");
    assert_eq!((session.scope(), session.sid(), session.expires_at()), (Some("openid email"), Some("s1d-2"), None));
}

#[test]
fn a_session_ends_after_five_rejections_in_a_row_and_not_before() {
    let mut session = session();
    let rejection = json!({ "error": "invalid_request" });
    let mut now = at(0);
    let client = Good::new().client();
    let mut reject = |session: &mut Session, times: u32| {
        for _ in 0..times {
            session.expire_access_token();
            now += Duration::from_secs(301);
            let Ok(Access::Refresh(round_trip)) = session.access(&client, now) else { panic!("a refresh is due") };
            let response = Response::builder().status(400).body(rejection.to_string()).unwrap();
            session.refresh_failed(&round_trip.into_parts().1.receive(&response).unwrap_err(), now);
        }
        now + Duration::from_secs(301)
    };
    let later = reject(&mut session, 4);
    let Ok(Access::Refresh(round_trip)) = session.access(&client, later) else {
        panic!("four rejections do not end it")
    };
    let response = Response::new(r#"{"access_token":"at-2"}"#);
    let new = round_trip.into_parts().1.receive(&response).unwrap().verify_trusting_tls(later).unwrap();
    session.refreshed(new, later).unwrap();
    let later = reject(&mut session, 4);
    assert!(matches!(session.clone().access(&client, later), Ok(Access::Refresh(_))), "a success resets the count");
    let later = reject(&mut session, 1);
    assert!(matches!(session.access(&client, later), Ok(Access::LogIn)));
}

#[test]
fn an_answer_that_says_nothing_counts_as_a_rejection_where_its_status_is_one() {
    let client = Good::new().client();
    for (status, ends) in [(400, true), (404, true), (302, false), (429, false), (500, false), (503, false)] {
        let (mut session, mut now) = (session(), at(0));
        for _ in 0..5 {
            session.expire_access_token();
            now += Duration::from_secs(301);
            let Ok(Access::Refresh(round_trip)) = session.access(&client, now) else { panic!("{status}: not due") };
            let response = Response::builder().status(status).body("<html>").unwrap();
            session.refresh_failed(&round_trip.into_parts().1.receive(&response).unwrap_err(), now);
        }
        let over = matches!(session.access(&client, now + Duration::from_secs(301)), Ok(Access::LogIn));
        assert_eq!(over, ends, "{status}");
    }
}

#[test]
fn a_server_that_cannot_answer_now_ends_no_session_whatever_it_says_of_the_token() {
    for (status, ends) in [(400, true), (401, true), (429, false), (500, false), (503, false)] {
        let mut session = session();
        session.expire_access_token();
        let client = Good::new().client();
        let Ok(Access::Refresh(round_trip)) = session.access(&client, at(0)) else { panic!("{status}: not due") };
        let response = Response::builder().status(status).body(r#"{"error":"invalid_grant"}"#).unwrap();
        session.refresh_failed(&round_trip.into_parts().1.receive(&response).unwrap_err(), at(0));
        let over = matches!(session.access(&client, at(301)), Ok(Access::LogIn));
        assert_eq!(over, ends, "{status}");
    }
}

#[test]
fn a_late_failure_ends_no_session_and_a_late_success_is_accepted() {
    let mut session = session();
    let refused = refresh(&mut session, &json!({ "error": "invalid_grant" })).unwrap_err();
    let client = Good::new().client();
    // The refresh counted as lost, and another process refreshed.
    let Ok(Access::Refresh(_)) = session.access(&client, at(60)) else { panic!("it is lost after a minute") };
    let request = client.refresh(&RefreshToken::new("rt-1")).of_login(&tokens()).start(at(60)).unwrap().into_parts().1;
    let unverified = request.receive(&Response::new(r#"{"access_token":"at-2","expires_in":300}"#)).unwrap();
    let late = unverified.verify_trusting_tls(at(61)).unwrap();
    session.refreshed(late.clone(), at(61)).unwrap();
    let before = session.generation();
    session.refresh_failed(&refused, at(62));
    assert_eq!(session.generation(), before, "no refresh was under way");
    assert!(matches!(session.access(&client, at(62)), Ok(Access::Use(token)) if token.secret() == "at-2"));
    // The other way round: the session has ended.
    let refused = refresh(&mut session, &json!({ "error": "bad_refresh_token" })).unwrap_err();
    session.refresh_failed(&refused, at(63));
    assert!(matches!(session.access(&client, at(64)), Ok(Access::LogIn)));
    session.refreshed(late, at(65)).unwrap();
    assert!(matches!(session.access(&client, at(65)), Ok(Access::Use(_))));
}

#[test]
fn the_refresh_margin_can_be_set() {
    let patient = Client::builder(Good::new().metadata(), "app", ClientAuth::secret("s3cret"))
        .refresh_margin(Duration::from_secs(120))
        .build()
        .unwrap();
    assert!(matches!(session().access(&patient, at(180)), Ok(Access::Use(_))));
    assert!(matches!(session().access(&patient, at(181)), Ok(Access::Refresh(_))));
}

#[test]
fn a_notice_of_the_provider_ends_the_session_that_it_names() {
    let client = Good::new().client();
    let notice = |query: &str| FrontChannelLogout::from_query(&client, query).unwrap();
    let session = session();
    assert!(session.is_ended_by(&notice("iss=https%3A%2F%2Fid.example&sid=s1d")));
    assert!(!session.is_ended_by(&notice("iss=https%3A%2F%2Fid.example&sid=s1d-2")));
    assert!(!session.is_ended_by(&notice("")), "it names nobody");
    let without_sid = Good::new().log_in().unwrap().into_session(at(0));
    assert!(!without_sid.is_ended_by(&notice("iss=https%3A%2F%2Fid.example&sid=s1d")));
    let other = Client::builder(Good::new().metadata(), "other", ClientAuth::none()).build().unwrap();
    let to_other = FrontChannelLogout::from_query(&other, "iss=https%3A%2F%2Fid.example&sid=s1d").unwrap();
    assert!(!session.is_ended_by(&to_other));
    let accepting =
        Client::builder(Good::new().metadata(), "app", ClientAuth::none()).accept_issuer("https://b.example");
    let of_other =
        FrontChannelLogout::from_query(&accepting.build().unwrap(), "iss=https%3A%2F%2Fb.example&sid=s1d").unwrap();
    assert!(!session.is_ended_by(&of_other));
}

#[test]
fn a_notice_may_name_the_provider_or_the_issuer_of_the_id_token() {
    let session = session_of_an_accepted_issuer(good());
    let client =
        |issuer| Client::builder(Good::new().metadata(), "app", ClientAuth::none()).accept_issuer(issuer).build();
    for (issuer, ends) in [("https://id.example", true), ("https://b.example", true), ("https://c.example", false)] {
        let query = format!("iss={issuer}&sid=s1d");
        let notice = FrontChannelLogout::from_query(&client(issuer).unwrap(), &query).unwrap();
        assert_eq!(session.is_ended_by(&notice), ends, "{issuer}");
    }
}

#[test]
fn tokens_without_openid_are_refreshed_too() {
    let client = Good::new().client();
    let request = client.refresh(&RefreshToken::new("rt-1")).scope("a b").resource("https://api").extra("x", "y z");
    let (request, awaiting) = request.start(at(0)).unwrap().into_parts();
    let form = form_of(&request);
    let sent = ["grant_type", "refresh_token", "scope", "resource", "x"].map(|name| form[name].as_str());
    assert_eq!(sent, ["refresh_token", "rt-1", "a b", "https://api", "y z"]);
    let response = Response::new(r#"{"access_token":"at-2","id_token":"no.to.ken"}"#);
    let unverified = awaiting.receive(&response).unwrap();
    let new = unverified.verify_trusting_tls(at(0)).unwrap();
    assert_eq!((new.access_token().secret(), new.id_token().is_none()), ("at-2", true), "the ID token is not verified");
    assert_eq!(unverified.into_oauth_tokens().unwrap().access_token().secret(), "at-2");
    for name in ["client_id", "grant_type", "refresh_token", "client_secret", "authorization_details"] {
        let reserved = client.refresh(&RefreshToken::new("rt-1")).extra(name, "x").start(at(0)).unwrap_err();
        assert!(matches!(reserved, SessionError::ReservedParameter { .. }), "{name}");
    }
    // With its login, the ID token is compared with it.
    let of_login = client.refresh(&RefreshToken::new("rt-1")).of_login(&tokens()).start(at(0)).unwrap();
    let response = Response::new(with_id_token(&[("sub", json!("eve"))]).to_string());
    let unverified = of_login.into_parts().1.receive(&response).unwrap();
    assert!(matches!(unverified.verify_trusting_tls(at(0)), Err(IdTokenError::SubjectMismatch)));
    assert!(matches!(unverified.into_oauth_tokens(), Err(TokenError::OpenIdRequested)), "nor is it passed by");
}

#[test]
fn a_session_that_version_1_stored_still_works() {
    let mut session: Session = serde_json::from_str(SESSION_1).unwrap();
    assert_eq!((session.sub(), session.sid(), session.generation()), ("ada", Some("s1d"), 3));
    let Ok(Access::Refresh(round_trip)) = session.access(&Good::new().client(), at(301)) else { panic!("it is due") };
    let form = form_of(&round_trip.into_parts().0);
    assert_eq!((form["refresh_token"].as_str(), form["scope"].as_str()), ("rt-1", "openid"));
    assert_eq!(form["resource"], "https://api.example");
    let mut stored: Value = serde_json::from_str(SESSION_1).unwrap();
    stored["authorization_details"] = json!("");
    assert!(serde_json::from_value::<Session>(stored.clone()).is_err(), "version 1 had none");
    stored["version"] = json!(2);
    assert!(serde_json::from_value::<Session>(stored).is_ok());
}

#[test]
fn a_stored_session_has_every_member_and_no_other() {
    let session = session();
    let stored = serde_json::to_value(&session).unwrap();
    let again: Session = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(serde_json::to_value(&again).unwrap(), stored);
    for member in stored.as_object().unwrap().keys() {
        let mut changed = stored.clone();
        changed.as_object_mut().unwrap().remove(member);
        assert!(serde_json::from_value::<Session>(changed).is_err(), "without {member}");
    }
    for (member, value) in
        [("version", json!(3)), ("version", json!(1)), ("version", json!(0)), ("more", json!(1)), ("sub", json!(""))]
    {
        let mut changed = stored.clone();
        changed[member] = value;
        let error = serde_json::from_value::<Session>(changed).unwrap_err().to_string();
        assert!(!error.contains("rt-1"), "{error}");
    }
}

#[test]
fn claims_that_were_damaged_in_the_store_are_an_error() {
    let mut stored = serde_json::to_value(session()).unwrap();
    stored["id_token"] = json!("spoiled");
    let session: Session = serde_json::from_value(stored).unwrap();
    assert!(session.claims_as::<Value>().is_err());
    assert_eq!(session.standard_claims(), oidc_proto::StandardClaims::default());
}
