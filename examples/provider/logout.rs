//! The end of the user's session (OpenID Connect RP-Initiated Logout 1.0), and the notice of it (Back-Channel Logout 1.0).

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::answers::{Answer, page, parameters, redirect};
use super::memory::now;
use super::{BoxError, Shared, keys, user};

impl Shared {
    /// RP-Initiated Logout 1.0 section 2. Where the request is wrong, the browser is sent nowhere.
    pub(super) fn end_session(&self, parameters_text: &str) -> Answer {
        let Some(parameters) = parameters(parameters_text) else {
            return page(400, "A parameter has a duplicate.");
        };
        let get = |name: &str| parameters.get(name).map(String::as_str);
        if get("client_id").is_some_and(|client_id| client_id != self.client.client_id) {
            return page(400, "This client is not registered.");
        }
        // Section 3: an exact comparison, so that nobody makes the provider send its users anywhere.
        let way_back = get("post_logout_redirect_uri");
        if way_back.is_some() && way_back != self.client.post_logout_redirect_uri.as_deref() {
            return page(400, "This post_logout_redirect_uri is not registered.");
        }
        // Section 2: without a hint, a provider has to ask the user. This one asks nobody.
        let Some(sid) = get("id_token_hint").and_then(|hint| self.session_of_hint(hint)) else {
            return page(400, "The id_token_hint is missing, or is no ID token of this client.");
        };
        // Section 2: the ID token of a session that is over ends no other one.
        if self.memory().end_session(&sid) {
            self.notify_client(&sid);
        }
        let state: Vec<_> = get("state").map(|state| ("state", state.to_owned())).into_iter().collect();
        way_back.map_or_else(|| page(200, "You are logged out."), |uri| redirect(uri, &state))
    }

    /// The `sid` of an ID token that this provider issued to this client. It may have expired: a session often outlives
    /// its ID token (RP-Initiated Logout 1.0 section 2).
    fn session_of_hint(&self, hint: &str) -> Option<String> {
        let claims = self.key.verify_jwt(keys::ID_TOKEN, hint)?;
        let is = |claim: &str, right: &str| claims.get(claim).and_then(Value::as_str) == Some(right);
        let is_ours = is("iss", &self.issuer) && is("aud", &self.client.client_id) && is("sub", user::SUB);
        claims.get("sid").and_then(Value::as_str).filter(|_| is_ours).map(str::to_owned)
    }

    /// Back-Channel Logout 1.0 section 2.5. In a thread of its own: the client may ask this provider for its keys first.
    fn notify_client(&self, sid: &str) {
        let uri = self.client.backchannel_logout_uri.clone();
        if let Some((uri, token)) = uri.zip(self.logout_token(sid)) {
            let body =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", &token).finish();
            // A client that cannot be reached keeps its session: there is no second try.
            std::thread::spawn(move || post_form(&uri, &body));
        }
    }

    /// Back-Channel Logout 1.0 section 2.4.
    fn logout_token(&self, sid: &str) -> Option<String> {
        let now = now()?;
        let claims = BTreeMap::from([
            ("iss", json!(self.issuer)),
            ("aud", json!(self.client.client_id)),
            ("iat", json!(now)),
            ("exp", json!(now.checked_add(120)?)),
            ("jti", json!(keys::random_text()?)),
            ("sub", json!(user::SUB)),
            ("sid", json!(sid)),
            ("events", json!({ "http://schemas.openid.net/event/backchannel-logout": {} })),
        ]);
        self.key.sign_jwt(keys::LOGOUT_TOKEN, &claims)
    }
}

/// Posts to an http URL; the provider needs no HTTP client for anything else.
fn post_form(uri: &str, body: &str) -> Result<(), BoxError> {
    const PATIENCE: Option<Duration> = Some(Duration::from_secs(10));
    let uri = Url::parse(uri)?;
    let host = uri.host_str().ok_or("the URL has no host")?;
    let port = uri.port_or_known_default().ok_or("the URL has no port")?;
    let mut connection = TcpStream::connect((host, port))?;
    connection.set_read_timeout(PATIENCE)?;
    connection.set_write_timeout(PATIENCE)?;
    let target = uri.query().map_or_else(|| uri.path().to_owned(), |query| format!("{}?{query}", uri.path()));
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    connection.write_all(format!("{head}{body}").as_bytes())?;
    // The answer changes nothing here; it is awaited, so that the client can read all of the request.
    connection.take(64 * 1024).read_to_end(&mut Vec::new())?;
    Ok(())
}
