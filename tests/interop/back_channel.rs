//! An application that the provider informs about logouts, from server to server.

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, SystemTime};

use oidc_proto::{Client, KeyCache, LogoutAnswer, LogoutReplays, LogoutToken, Session};
use tiny_http::{Header, Request, Response, Server};

use crate::login::send;

/// The application's `backchannel_logout_uri`, on a port that the system picks.
pub struct Listener {
    server: Server,
    uri: String,
}

impl Listener {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://{}/logged-out", listener.local_addr().unwrap());
        Self { server: Server::from_listener(listener, None).unwrap(), uri }
    }

    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Does something that makes the provider post to this address, and answers. Returns the posted body and the result.
    pub fn hear<T: Send>(
        &self,
        action: impl FnOnce() -> T + Send,
        answer: impl FnOnce(&[u8]) -> LogoutAnswer,
    ) -> (Vec<u8>, T) {
        thread::scope(|scope| {
            let action = scope.spawn(action);
            let request = self.server.recv_timeout(Duration::from_secs(20)).unwrap().expect("nobody posts");
            let body = respond(request, answer);
            (body, action.join().unwrap())
        })
    }
}

fn respond(mut request: Request, answer: impl FnOnce(&[u8]) -> LogoutAnswer) -> Vec<u8> {
    assert_eq!((request.method().as_str(), request.url()), ("POST", "/logged-out"));
    let mut body = Vec::new();
    request.as_reader().read_to_end(&mut body).unwrap();
    let (parts, answer) = answer(&body).into_response().into_parts();
    let headers =
        parts.headers.iter().map(|(name, value)| Header::from_bytes(name.as_str(), value.as_bytes()).unwrap());
    let response = Response::from_data(answer).with_status_code(parts.status.as_u16());
    request.respond(headers.fold(response, Response::with_header)).unwrap();
    body
}

/// An application with its sessions.
pub struct Application {
    pub client: Client,
    pub sessions: Vec<Session>,
    pub cache: KeyCache,
    pub replays: LogoutReplays,
}

impl Application {
    pub fn new(client: &Client, sessions: Vec<Session>) -> Self {
        Self { client: client.clone(), sessions, cache: KeyCache::new(), replays: LogoutReplays::new() }
    }

    /// Ends the sessions that a logout token names.
    pub fn answer(&mut self, body: &[u8]) -> LogoutAnswer {
        let Ok(token) = self.verify(body) else {
            return LogoutAnswer::Refused;
        };
        if !self.replays.first_time(&token, SystemTime::now()) {
            return LogoutAnswer::Refused;
        }
        self.sessions.retain(|session| !session.is_ended_by(&token));
        LogoutAnswer::LoggedOut
    }

    pub fn verify(&mut self, body: &[u8]) -> Result<LogoutToken, oidc_proto::Error> {
        self.client.logout_token(body)?.verify_with(&mut self.cache, SystemTime::now(), send)
    }
}
