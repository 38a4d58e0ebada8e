//! `--session`: the user stays logged in for a while, and then logs out. The access token is renewed before it ends, and nobody
//! has to log in again.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, SystemTime};

use oidc_proto::{
    Access, AwaitingRefresh, BoxError, Client, KeyCache, LogoutError, LogoutResponse, RevocationError, RoundTrip,
    Session, Tokens,
};

use crate::{send, show};

/// Stays logged in as long as `goes_on` says, which waits a moment each time.
pub fn stay(client: &Client, tokens: Tokens, mut goes_on: impl FnMut() -> bool) -> Result<Session, BoxError> {
    show::step(
        "The user stays logged in",
        "Each second, the application asks the session for an access token, as if it called an API. The session says \
         when to refresh it: half a minute before it ends.",
    );
    let began = SystemTime::now();
    let (mut session, mut keys) = (tokens.into_session(began), KeyCache::new());
    let mut shown = String::new();
    while goes_on() {
        let now = SystemTime::now();
        let news = match session.access(client, now)? {
            Access::Use(access_token) => format!("use the access token {}", show::shorten(access_token.secret())),
            Access::Refresh(refresh) => renew(&mut session, &mut keys, refresh),
            Access::Wait(time) => format!("wait {} seconds", time.as_secs()),
            Access::LogIn => return Err("the session has ended: the user must log in again".into()),
        };
        if news != shown {
            let seconds = now.duration_since(began).unwrap_or_default().as_secs();
            show::line(&format!("{seconds:>4} s  {news}"));
            shown = news;
        }
    }
    Ok(session)
}

/// For `goes_on`: one second after the other, so many times.
pub fn for_seconds(mut left: u32) -> impl FnMut() -> bool {
    move || {
        std::thread::sleep(SECOND);
        left = left.saturating_sub(1);
        left > 0
    }
}

/// For `goes_on`: one second after the other, until the user presses Enter.
pub fn until_enter() -> impl FnMut() -> bool {
    let (sender, enter) = mpsc::channel();
    std::thread::spawn(move || {
        let read = std::io::stdin().read_line(&mut String::new());
        sender.send(read.is_ok())
    });
    move || matches!(enter.recv_timeout(SECOND), Err(RecvTimeoutError::Timeout))
}

const SECOND: Duration = Duration::from_secs(1);

/// A refresh that fails does not end the session: `refresh_failed` decides what it means.
fn renew(session: &mut Session, keys: &mut KeyCache, refresh: RoundTrip<AwaitingRefresh>) -> String {
    let sent = refresh.send_with(send);
    let refreshed = sent.and_then(|unverified| unverified.verify_with(keys, SystemTime::now(), send));
    let now = SystemTime::now();
    match refreshed.and_then(|refreshed| Ok(session.refreshed(refreshed, now)?)) {
        Ok(()) => "refreshed: new tokens, and nobody logged in".to_owned(),
        Err(error) => {
            session.refresh_failed(&error, now);
            format!("not refreshed: {error}")
        }
    }
}

/// Ends the session here, revokes what it could be renewed with, and sends the browser to the provider.
pub fn log_out(
    client: &Client,
    session: Session,
    way_back: Option<&str>,
    visit: impl FnOnce(&str) -> Result<Option<String>, BoxError>,
) -> Result<(), BoxError> {
    show::step("The user logs out", "Here first, whatever the provider does. Then the browser goes to the provider.");
    if let Some(refresh_token) = session.refresh_token() {
        match client.revoke(refresh_token, SystemTime::now()) {
            Ok(revocation) => {
                revocation.send_with(send)?;
                show::line("the refresh token is revoked");
            }
            Err(RevocationError::NoRevocationEndpoint) => show::line("the provider cannot revoke the refresh token"),
            Err(error) => return Err(error.into()),
        }
    }
    let mut request = client.log_out().id_token_hint(&session);
    if let Some(way_back) = way_back {
        request = request.post_logout_redirect_uri(way_back);
    }
    drop(session);
    let (url, awaiting) = match request.start() {
        Ok(started) => started,
        Err(LogoutError::NoEndSessionEndpoint) => {
            show::line("the provider has no logout: the user is still logged in there");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    if let (Some(current_url), Some(awaiting)) = (visit(&url)?, awaiting) {
        awaiting.receive(client, LogoutResponse::from_url(&current_url)?)?;
        show::line("the browser is back: the user is logged out at the provider too");
    }
    Ok(())
}
