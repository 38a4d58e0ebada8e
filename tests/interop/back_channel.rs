//! An application that the provider informs about logouts, from server to server.

use std::time::SystemTime;

use oidc_proto::{Client, KeyCache, LogoutAnswer, LogoutReplays, LogoutToken, Session};

use crate::login::send;

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
