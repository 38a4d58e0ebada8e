//! The life after the login: the session, its refresh, the user's claims, and the two ways in which it ends.

use std::time::{Duration, SystemTime};

use oidc_proto::{
    Access, AuthorizationResponse, AwaitingRefresh, BoxError, Client, JwkSet, LogoutAnswer, LogoutReplays,
    LogoutResponse, RoundTrip, Session, Tokens, http,
};

use crate::back_channel::BackChannel;
use crate::{send, send_shown, show};

/// What the application knows beforehand, and its user's browser.
pub struct Places<'a> {
    pub scope: &'a str,
    /// The `post_logout_redirect_uri`.
    pub way_back: &'a str,
    pub back_channel: BackChannel,
    /// Stands for the browser: follows a URL, and tells where the provider sent it.
    pub visit: &'a dyn Fn(&str) -> Result<String, BoxError>,
}

/// What the application has while it runs.
struct Application<'a> {
    client: Client,
    keys: JwkSet,
    places: &'a Places<'a>,
    /// In place of a session store. A real one finds a session by the cookie of its user.
    sessions: Vec<Session>,
    /// The logout tokens that came. Several processes would share it.
    replays: LogoutReplays,
}

/// From the session to its end.
pub fn live(client: Client, keys: JwkSet, tokens: Tokens, places: &Places<'_>) -> Result<(), BoxError> {
    let mut application = Application { client, keys, places, sessions: Vec::new(), replays: LogoutReplays::new() };
    let mut session = store(tokens)?;
    application.use_and_refresh(&mut session)?;
    application.ask_about_the_user(&session)?;
    application.log_in_a_second_time()?;
    application.revoke(&session)?;
    application.log_out(session)?;
    application.hear_of_the_logout()
}

fn store(tokens: Tokens) -> Result<Session, BoxError> {
    show::step(
        "The session, stored and read again",
        "The application keeps the login as a Session, and stores it as JSON. It belongs in a store on the server, or in \
         an encrypted cookie: whoever can read it has the user's tokens.",
    );
    let stored = serde_json::to_string(&tokens.into_session(SystemTime::now()))?;
    let session: Session = serde_json::from_str(&stored)?;
    show::line(&format!("{} bytes of JSON, not shown: they hold the tokens", stored.len()));
    show::line(&format!("the session of {} at {}", session.sub(), session.iss()));
    Ok(session)
}

impl Application<'_> {
    fn use_and_refresh(&self, session: &mut Session) -> Result<(), BoxError> {
        let now = SystemTime::now();
        show::step(
            "The access token, now and five minutes later",
            "Before each call to an API, the application asks the session what to do. The time is an argument, so \
             nobody has to wait here: the second time, it asks as if five minutes had passed.",
        );
        let Access::Use(access_token) = session.access(&self.client, now)? else {
            return Err("a new access token is good for a while".into());
        };
        show::line(&format!("now: use the access token {}", show::shorten(access_token.secret())));
        let later = now.checked_add(Duration::from_secs(5 * 60)).ok_or("the clock is at its end")?;
        let Access::Refresh(refresh) = session.access(&self.client, later)? else {
            return Err("a refresh is due".into());
        };
        show::line("five minutes later: refresh it");
        self.refresh(session, refresh)
    }

    fn refresh(&self, session: &mut Session, refresh: RoundTrip<AwaitingRefresh>) -> Result<(), BoxError> {
        show::step(
            "The refresh",
            "The session is saved before the request leaves, so that no other process sends the same refresh token: \
             it works once. The new ID token is verified as the first one was, and must name the same user: a refresh \
             never changes who is logged in.",
        );
        let before = session.refresh_token().map(|token| show::shorten(token.secret())).unwrap_or_default();
        *session = serde_json::from_str(&serde_json::to_string(session)?)?;
        let sent = refresh.send_with(send_shown);
        let refreshed = sent.and_then(|unverified| Ok(unverified.verify(&self.keys, SystemTime::now())?));
        match refreshed {
            Ok(refreshed) => session.refreshed(refreshed, SystemTime::now())?,
            Err(error) => {
                // A real application saves the session here too: it knows when to try again, or that it has ended.
                session.refresh_failed(&error, SystemTime::now());
                return Err(error.into());
            }
        }
        let after = session.refresh_token().map(|token| show::shorten(token.secret())).unwrap_or_default();
        show::line(&format!("refresh token before: {before}"));
        show::line(&format!("refresh token after: {after}"));
        Ok(())
    }

    fn ask_about_the_user(&self, session: &Session) -> Result<(), BoxError> {
        show::step(
            "UserInfo",
            "The access token also opens the provider's page about the user. The answer counts only if it is about the \
             user of the ID token.",
        );
        let unverified = self.client.userinfo(session, SystemTime::now())?.send_with(send_shown)?;
        let userinfo = unverified.verify(&self.keys, SystemTime::now())?;
        let name = userinfo.standard_claims().name.unwrap_or_default();
        show::line(&format!("verified: {} is {name}", userinfo.sub()));
        Ok(())
    }

    /// The whole login in a few lines, without a word about each step.
    fn log_in_a_second_time(&mut self) -> Result<(), BoxError> {
        show::step(
            "The same user, in the application's desktop program",
            "It opens the same browser, where the user is still logged in at the provider. Now the application has two \
             sessions of this user. Both have the same sid: it names the user's session at the provider.",
        );
        let (url, awaiting) = self.client.authorize().scope(self.places.scope).start(SystemTime::now())?;
        let response = AuthorizationResponse::from_url(&(self.places.visit)(&url)?)?;
        let unverified = awaiting.receive(&self.client, response, SystemTime::now())?.send_with(send)?;
        let session = unverified.verify(&self.keys, SystemTime::now())?.into_session(SystemTime::now());
        show::line(&format!("a session with the sid {}", show::shorten(session.sid().unwrap_or_default())));
        self.sessions.push(session);
        Ok(())
    }

    fn revoke(&self, session: &Session) -> Result<(), BoxError> {
        show::step(
            "The refresh token is revoked",
            "The user logs out on the web page. A refresh token with offline_access outlives the logout at the provider, \
             so the application revokes it first. From now on a copy of it is useless.",
        );
        let refresh_token = session.refresh_token().ok_or("the session has no refresh token")?;
        self.client.revoke(refresh_token, SystemTime::now())?.send_with(send_shown)?;
        Ok(())
    }

    fn log_out(&self, session: Session) -> Result<(), BoxError> {
        show::step(
            "The logout, through the browser",
            "The application deletes its session at once: the browser may never come back. The ID token tells the provider \
             which session ends, so that it need not ask the user. The state is random.",
        );
        let request = self.client.log_out().id_token_hint(&session).post_logout_redirect_uri(self.places.way_back);
        let (url, awaiting) = request.start()?;
        let awaiting = awaiting.ok_or("there is a way back")?;
        drop(session);
        show::url(&url);
        let current_url = (self.places.visit)(&url)?;
        show::step(
            "The browser comes back from the logout",
            "It must arrive at the registered address, with the state that was sent. So it answers a logout that this \
             application began, and is not a link that somebody made up.",
        );
        show::url(&current_url);
        awaiting.receive(&self.client, LogoutResponse::from_url(&current_url)?)?;
        show::line("received: the logout is over");
        Ok(())
    }

    fn hear_of_the_logout(&mut self) -> Result<(), BoxError> {
        show::step(
            "The provider tells the application, without a browser",
            "The desktop program's session has the same sid, and no browser tells of it. So the provider posts a logout \
             token. Anybody can post to this address: only a token that the provider signed, for this client and at \
             most ten minutes ago, ends a session.",
        );
        let post = self.places.back_channel.receive()?;
        show::form(&post.body);
        let copy = post.body.clone();
        let answer = self.end_sessions(&post.body, SystemTime::now());
        post.answer(answer)?;
        if !self.sessions.is_empty() {
            return Err("the logout token named another session".into());
        }
        show::line("the desktop program's session has ended; no session is left");
        show::step(
            "The same logout token, a second time",
            "Somebody who has seen the request sends it again, to log the user out once more. Its signature is still \
             right. But LogoutReplays remembers each token for as long as verification would accept it.",
        );
        if self.end_sessions(&copy, SystemTime::now()) == LogoutAnswer::LoggedOut {
            return Err("a logout token counted twice".into());
        }
        Ok(())
    }

    /// What the application does at its `backchannel_logout_uri`.
    fn end_sessions(&mut self, body: &[u8], now: SystemTime) -> LogoutAnswer {
        let verified = self.client.logout_token(body).and_then(|unverified| unverified.verify(&self.keys, now));
        let answer = match verified {
            Err(error) => {
                show::line(&format!("refused: {error}"));
                LogoutAnswer::Refused
            }
            Ok(token) if !self.replays.first_time(&token, now) => {
                show::line("refused: this logout token came before");
                LogoutAnswer::Refused
            }
            Ok(token) => {
                show::line(&format!("verified: {} has logged out", token.sub().unwrap_or("somebody")));
                self.sessions.retain(|session| !session.is_ended_by(&token));
                LogoutAnswer::LoggedOut
            }
        };
        show::response(&http::Response::from(answer));
        answer
    }
}
