//! A session over time. The first byte chooses the login; after it, every two bytes are a step. An input that begins with a
//! brace is a stored session, a line of `---`, and the steps.
#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use oidc_proto::http::Response;
use oidc_proto::{
    Access, AwaitingRefresh, Client, KeysError, RefreshFailure, RefreshToken, Refreshed, ResponseError, Session,
    SessionError, TokenError, Tokens, TransportError,
};
use oidc_proto_fuzz::provider::{By, sign};
use oidc_proto_fuzz::{
    ACCESS_TOKEN, CLIENT_ID, ISSUER, NONCE, NOW, SUB, allocations, build, choice, client, log_in, ok, parts,
    token_request,
};
use serde_json::{Value, json};

fuzz_target!(|input: &[u8]| {
    let (mut session, steps) = if input.starts_with(b"{") {
        let [stored, steps] = parts(input);
        let Some(session) = allocations::bounded(stored, || restore(stored)) else { return };
        (session, steps)
    } else {
        let (login, steps) = choice(input);
        (LOGINS[usize::from(login) % LOGINS.len()].clone(), steps)
    };
    if session.issuer() != ISSUER || session.client_id() != CLIENT_ID {
        let refused = session.access(&CLIENT, at(NOW)).map(drop);
        assert!(matches!(refused, Err(SessionError::WrongClient)));
        return;
    }
    let mut play = Play::new(session);
    // A step allocates more than the memory limit has for two bytes, so the number of steps is limited.
    for step in steps.chunks_exact(2).take(STEPS) {
        play.step(step[0], step[1]);
    }
});

const STEPS: usize = 60;

/// A stored session is refused, or it does not change when it is stored again, but for the version.
fn restore(stored: &[u8]) -> Option<Session> {
    let session: Session = serde_json::from_slice(stored).ok()?;
    assert!(!session.sub().is_empty(), "an empty sub would match another empty one");
    let printed = print(&session);
    let value = |text: &[u8]| serde_json::from_slice::<Value>(text).expect("it is JSON");
    let mut stored = value(stored);
    if stored["version"] == 1 {
        // Version 1 had no authorization details.
        stored["version"] = json!(2);
        stored["authorization_details"] = json!("");
    }
    assert_eq!(value(printed.as_bytes()), stored);
    assert_eq!(print(&read(&printed)), printed);
    drop(format!("{session:?} {:?}", session.standard_claims()));
    Some(session)
}

fn print(session: &Session) -> String {
    serde_json::to_string(session).expect("a session can be printed")
}

/// Whose session it is.
fn whose(session: &Session) -> [&str; 5] {
    [session.issuer(), session.client_id(), session.iss(), session.sub(), session.azp().unwrap_or_default()]
}

fn read(printed: &str) -> Session {
    serde_json::from_str(printed).expect("a session is read again")
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

static CLIENT: LazyLock<Client> = LazyLock::new(client);

static OTHER_CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let mut metadata = oidc_proto::ProviderMetadata::new("https://id.beta.example");
    metadata.authorization_endpoint = Some("https://id.beta.example/authorize".to_owned());
    metadata.token_endpoint = Some("https://id.beta.example/token".to_owned());
    build(metadata).expect("the metadata is sound")
});

/// A login, for a refresh that is made without the session.
static LOGIN: LazyLock<Tokens> = LazyLock::new(|| log_in(&CLIENT));

/// The sessions of a login: with and without a refresh token, and with several lifetimes.
static LOGINS: LazyLock<Vec<Session>> = LazyLock::new(|| {
    let lifetimes = [Some(3600), Some(300), Some(20), None];
    let each = lifetimes.into_iter().flat_map(|lifetime| [(lifetime, true), (lifetime, false)]);
    each.map(|(lifetime, refreshable)| {
        let mut body = json!({ "access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": id_token(SUB) });
        if let Some(lifetime) = lifetime {
            body["expires_in"] = json!(lifetime);
        }
        if refreshable {
            body["refresh_token"] = json!("alpha-refresh-token-0");
        }
        let (_, awaiting) = token_request(&CLIENT).into_parts();
        let unverified = awaiting.receive(&ok(body.to_string().as_bytes())).expect("the response is sound");
        unverified.verify_trusting_tls(at(NOW)).expect("the ID token is right").into_session(at(NOW))
    })
    .collect()
});

/// It never expires while the target plays.
fn id_token(sub: &str) -> String {
    let claims = json!({
        "iss": ISSUER, "sub": sub, "aud": CLIENT_ID, "iat": 0, "exp": 1_u64 << 50, "nonce": NONCE, "sid": "s1d",
    });
    sign(By::Ed25519, br#"{"alg":"EdDSA","kid":"ed-1"}"#, claims.to_string().as_bytes())
}

static ID_TOKEN: LazyLock<String> = LazyLock::new(|| id_token(SUB));
static ID_TOKEN_OF_ANOTHER: LazyLock<String> = LazyLock::new(|| id_token("eve"));

/// What a failure means for the session.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Means {
    Refused,
    Rejected,
    NotNow,
}

/// Answers that make a refresh fail.
const FAILURES: [(u16, &str, Means); 16] = [
    (400, r#"{"error":"invalid_grant"}"#, Means::Refused),
    (400, r#"{"error":"bad_refresh_token"}"#, Means::Refused),
    (200, r#"{"error":"invalid_grant"}"#, Means::Refused),
    (400, r#"{"error":"invalid_request"}"#, Means::Rejected),
    (401, r#"{"error":"invalid_client"}"#, Means::Rejected),
    (400, r#"{"error":"INVALID_GRANT"}"#, Means::Rejected),
    (404, "", Means::Rejected),
    (403, "<html>", Means::Rejected),
    (500, "", Means::NotNow),
    (503, r#"{"error":"invalid_grant"}"#, Means::NotNow),
    (429, r#"{"error":"slow_down"}"#, Means::NotNow),
    (429, "", Means::NotNow),
    (302, "", Means::NotNow),
    (200, "<html>", Means::NotNow),
    (200, "{}", Means::NotNow),
    (200, r#"{"access_token":7}"#, Means::NotNow),
];

/// A session, and what this target has noted about it.
struct Play {
    session: Session,
    now: u64,
    /// The refresh that was handed out last and is not yet reported.
    awaiting: Option<AwaitingRefresh>,
    handed_out: Option<u64>,
    failed: Option<u64>,
    rejections: u64,
    is_refused: bool,
    /// The session as it was after the last step.
    printed: String,
    /// How long the session may become when it is printed.
    limit: usize,
}

impl Play {
    fn new(session: Session) -> Self {
        let printed = print(&session);
        let stored: Value = serde_json::from_str(&printed).expect("it is JSON");
        let number = |name: &str| stored[name].as_u64();
        Self {
            now: NOW,
            awaiting: None,
            handed_out: number("refreshing_since"),
            failed: number("failed_at").filter(|_| number("failures") != Some(0)),
            rejections: number("rejections").expect("a number"),
            is_refused: stored["is_over"] == json!(true),
            limit: printed.len() + 2000,
            printed,
            session,
        }
    }

    fn step(&mut self, what: u8, argument: u8) {
        let generation = self.session.generation();
        let user = whose(&self.session).map(str::to_owned);
        match what % 10 {
            0 => self.access(),
            1 => self.refreshed(argument),
            2 => self.answer_fails(FAILURES[usize::from(argument) % FAILURES.len()]),
            3 => self.no_answer(argument),
            4 => self.session.expire_access_token(),
            5 => self.session = read(&self.printed),
            6 => self.wrong_client(),
            7 => self.now += u64::from(argument),
            8 => self.now += 60 * u64::from(argument),
            _ => self.now = self.now.saturating_sub(u64::from(argument)),
        }
        let after = print(&self.session);
        let before = std::mem::replace(&mut self.printed, after.clone());
        assert!(after.len() <= self.limit, "the session grows");
        let rises = self.session.generation() > generation || generation == u64::MAX;
        // A reader who sees only the generation must notice every change.
        assert!(
            if after == before { self.session.generation() == generation } else { rises },
            "{what}: {before} {after}"
        );
        assert_eq!(whose(&self.session), user, "the user never changes");
    }

    fn has_ended(&self) -> bool {
        self.is_refused || self.rejections >= 5
    }

    fn access(&mut self) {
        let expires_at = self.session.expires_at();
        let left = expires_at.map(|end| end.duration_since(at(self.now)).unwrap_or_default());
        let margin = Duration::from_secs(30);
        let refresh_token = self.session.refresh_token().map(|token| token.secret().to_owned());
        let known = self.session.access_token().secret().to_owned();
        let generation = self.session.generation();
        match self.session.access(&CLIENT, at(self.now)).expect("it is this client's") {
            Access::Use(token) => {
                assert_eq!(token.secret(), known);
                assert!(left.is_none_or(|left| !left.is_zero()), "the access token has expired");
                assert!(!self.has_ended(), "the session has ended");
            }
            Access::Refresh(round_trip) => {
                assert!(!self.has_ended(), "the session has ended");
                assert!(left.is_some_and(|left| left < margin), "the access token is good");
                assert!(
                    self.handed_out.is_none_or(|since| since.abs_diff(self.now) >= 60),
                    "a refresh is handed out twice"
                );
                assert!(self.failed.is_none_or(|failed| failed.abs_diff(self.now) >= 5), "it failed a moment ago");
                assert!(
                    self.session.generation() > generation || generation == u64::MAX,
                    "other processes would not notice"
                );
                let (request, awaiting) = round_trip.into_parts();
                let form: Vec<(String, String)> = url::form_urlencoded::parse(request.body()).into_owned().collect();
                let sent = form.iter().find(|(name, _)| name == "refresh_token").map(|(_, value)| value);
                assert_eq!(sent, refresh_token.as_ref());
                self.awaiting = Some(awaiting);
                self.handed_out = Some(self.now);
            }
            Access::Wait(how_long) => {
                assert!(!self.has_ended(), "the session has ended");
                assert!(left.is_some_and(|left| left.is_zero()), "the access token is good");
                assert!(self.handed_out.is_some() || self.failed.is_some(), "there is nothing to wait for");
                self.assert_ends(how_long);
            }
            Access::LogIn => {
                assert!(self.has_ended() || (refresh_token.is_none() && left.is_some_and(|left| left < margin)));
            }
        }
    }

    /// The wait ends when it said. It may be longer after a clock was set back, but it ends.
    fn assert_ends(&self, mut how_long: Duration) {
        let was_set_back = [self.handed_out, self.failed].into_iter().flatten().any(|moment| moment > self.now);
        let mut later = self.now;
        for _ in 0..64 {
            assert!(!how_long.is_zero(), "a wait of no time");
            assert!(how_long <= Duration::from_secs(300), "a wait of {how_long:?}");
            assert_eq!(how_long.subsec_nanos(), 0);
            later += how_long.as_secs();
            match self.session.clone().access(&CLIENT, at(later)).expect("it is this client's") {
                Access::Wait(again) => how_long = again,
                Access::Refresh(_) => return,
                other => panic!("after a wait comes a refresh, not {other:?}"),
            }
            assert!(was_set_back, "the wait was longer than it said");
        }
        panic!("the wait does not end");
    }

    /// The refresh that is under way, or one that was made without the session.
    fn take_awaiting(&mut self) -> AwaitingRefresh {
        self.awaiting.take().unwrap_or_else(|| {
            let request = CLIENT.refresh(&RefreshToken::new("alpha-refresh-token-late")).of_login(&LOGIN);
            request.start(at(self.now)).expect("the request is sound").into_parts().1
        })
    }

    fn refreshed(&mut self, argument: u8) {
        let access_token = format!("alpha-access-token-{argument}");
        let mut body = json!({ "access_token": access_token, "token_type": "Bearer" });
        match argument & 3 {
            0 => {}
            1 => body["expires_in"] = json!(10),
            2 => body["expires_in"] = json!(60),
            _ => body["expires_in"] = json!(3600),
        }
        if argument & 4 != 0 {
            body["refresh_token"] = json!(format!("alpha-refresh-token-{argument}"));
        }
        match argument >> 6 {
            1 => body["id_token"] = json!(*ID_TOKEN),
            2 => body["id_token"] = json!(*ID_TOKEN_OF_ANOTHER),
            _ => {}
        }
        let awaiting = self.take_awaiting();
        let unverified = awaiting.receive(&ok(body.to_string().as_bytes())).expect("the response is sound");
        let refreshed: Refreshed = match unverified.verify_trusting_tls(at(self.now)) {
            Ok(refreshed) => refreshed,
            Err(error) => return self.failed(&error, Means::NotNow),
        };
        let sub = refreshed.id_token().map(|id_token| id_token.sub().to_owned());
        if self.session.refreshed(refreshed, at(self.now)).is_err() {
            assert!((self.session.iss(), self.session.sub()) != (ISSUER, SUB), "it is this session's");
            assert_eq!(print(&self.session), self.printed, "a value of another user was taken");
            return;
        }
        assert!(sub.is_none_or(|sub| sub == self.session.sub()), "another user");
        assert_eq!(self.session.access_token().secret(), access_token);
        self.handed_out = None;
        self.failed = None;
        self.rejections = 0;
        self.is_refused = false;
        let usable = self.session.clone().access(&CLIENT, at(self.now)).map(|access| matches!(access, Access::Use(_)));
        assert!(argument & 3 == 1 || matches!(usable, Ok(true)), "a new access token is good");
    }

    fn answer_fails(&mut self, (status, body, means): (u16, &str, Means)) {
        let response = Response::builder().status(status).body(body).expect("a response");
        let error: TokenError = self.take_awaiting().receive(&response).expect_err("it is a failure");
        self.failed(&error, means);
    }

    fn no_answer(&mut self, argument: u8) {
        self.awaiting = None;
        if argument & 1 == 0 {
            self.failed(&TransportError::new("the network is down"), Means::NotNow);
        } else {
            self.failed(&KeysError::Response(ResponseError::TooLarge), Means::NotNow);
        }
    }

    fn failed(&mut self, error: &impl RefreshFailure, means: Means) {
        self.session.refresh_failed(error, at(self.now));
        if self.handed_out.take().is_none() {
            assert_eq!(print(&self.session), self.printed, "no refresh was under way");
            return;
        }
        self.failed = Some(self.now);
        self.rejections += u64::from(means == Means::Rejected);
        self.is_refused |= means == Means::Refused;
    }

    fn wrong_client(&mut self) {
        assert!(matches!(self.session.access(&OTHER_CLIENT, at(self.now)), Err(SessionError::WrongClient)));
        let request = OTHER_CLIENT.refresh(&RefreshToken::new("beta-refresh-token")).start(at(self.now));
        let (_, awaiting) = request.expect("the request is sound").into_parts();
        let theirs = awaiting.receive(&ok(br#"{"access_token":"theirs"}"#)).expect("the response is sound");
        let theirs = theirs.verify_trusting_tls(at(self.now)).expect("there is no ID token");
        assert!(matches!(self.session.refreshed(theirs, at(self.now)), Err(SessionError::WrongClient)));
        assert_eq!(print(&self.session), self.printed, "a value of another client was taken");
    }
}
