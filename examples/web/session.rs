//! What is kept of one browser: the logins and the logout that it has under way, and who is signed in.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use oidc_proto::{
    AuthorizationResponse, AwaitingCallback, AwaitingLogout, AwaitingTokens, CallbackError, Client, PendingLogins,
    RoundTrip,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use super::kept::Key;

/// During an upgrade two versions read each other's sessions: an unknown member is skipped, a missing one is empty.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Session {
    pub logins: Logins,
    /// Stored under the name that the first version gave it.
    ///
    /// Where the server keeps users by their key, it is not stored here, but read with each request.
    #[serde(rename = "person", deserialize_with = "one_of_this_version")]
    pub user: Option<User>,
    /// Where the server keeps the signed-in user.
    #[serde(deserialize_with = "one_of_this_version")]
    pub signed_in: Option<Key>,
    /// The logout at a provider that is under way.
    #[serde(deserialize_with = "one_of_this_version")]
    pub logout: Option<AwaitingLogout>,
}

impl Session {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.logins.is_empty() && self.user.is_none() && self.signed_in.is_none() && self.logout.is_none()
    }

    /// Signs out a user who signed in too long ago, wherever the session is kept.
    pub fn end_if_old(&mut self, now: SystemTime) {
        self.user.take_if(|user| user.signed_in_too_long_ago(now));
    }
}

/// The logins under way, each with the page that it leads back to.
#[derive(Default, Deserialize, Serialize)]
#[serde(from = "StoredLogins")]
pub struct Logins {
    pending: PendingLogins,
}

impl Logins {
    /// Keeps a login that begins. Where the path of the page is too long to be kept, the login leads to the front page.
    pub fn begin(&mut self, awaiting: AwaitingCallback, return_to: Option<&str>) {
        let kept = return_to.is_some_and(|page| self.pending.insert_with(awaiting.clone(), &page).is_ok());
        if !kept {
            self.pending.insert(awaiting);
        }
    }

    /// The page that the login leads back to which the response answers.
    pub fn page_of(&self, response: &AuthorizationResponse) -> String {
        self.pending.data_of(response).ok().flatten().unwrap_or_else(|| "/".to_owned())
    }

    /// Takes the login that the response answers, once, and makes the token request.
    pub fn receive(
        &mut self,
        client: &Client,
        response: AuthorizationResponse,
        now: SystemTime,
    ) -> Result<RoundTrip<AwaitingTokens>, CallbackError> {
        self.pending.receive(client, response, now)
    }

    pub fn len(&self) -> usize {
        self.pending.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives up the oldest login, where there is more than one: says whether there was.
    pub fn drop_the_oldest(&mut self) -> bool {
        if self.len() < 2 {
            return false;
        }
        if let Ok(stored) = serde_json::to_value(&self.pending) {
            *self = readable(entries(stored).into_iter().skip(1), &[]);
        }
        true
    }
}

/// Who is signed in: issuer and subject together, and what the pages show.
#[derive(Clone, Deserialize, Serialize)]
pub struct User {
    /// The name of the provider in the configuration file. Empty where the first version stored it.
    #[serde(default)]
    pub provider: String,
    pub issuer: String,
    pub subject: String,
    pub name: Option<String>,
    pub picture: Option<String>,
    /// For the page that shows them.
    pub claims: BTreeMap<String, Value>,
    /// Seconds since the epoch.
    signed_in: u64,
}

impl User {
    pub fn of(session: &oidc_proto::Session, provider: &str, now: SystemTime) -> Self {
        let standard = session.standard_claims();
        let name = standard.name.or(standard.preferred_username).or(standard.email);
        Self {
            provider: provider.to_owned(),
            issuer: session.iss().to_owned(),
            subject: session.sub().to_owned(),
            name: name.map(|name| name.chars().take(80).collect()),
            // A page loads no picture over http.
            picture: standard.picture.filter(|url| url.starts_with("https://") && url.len() <= 500),
            claims: those_that_fit(session.claims_as().unwrap_or_default()),
            signed_in: since_epoch(now).as_secs(),
        }
    }

    /// When the user is signed out, whatever they do.
    pub fn signed_in_until(&self) -> SystemTime {
        let until = Duration::from_secs(self.signed_in).saturating_add(SIGNED_IN_FOR);
        UNIX_EPOCH.checked_add(until).unwrap_or(UNIX_EPOCH)
    }

    pub fn signed_in_too_long_ago(&self, now: SystemTime) -> bool {
        self.signed_in_until() < now
    }
}

/// The most that a cookie's text may be: encrypted, in base64 and with its attributes it has 4096 bytes then.
pub const LIMIT: usize = 2700;

/// How long a user is signed in.
pub const SIGNED_IN_FOR: Duration = Duration::from_secs(12 * 60 * 60);

/// So that a session is no larger than a cookie may be, whatever a provider puts into its tokens (lists of groups above all).
const CLAIMS_LIMIT: usize = 1200;

/// As many claims as fit, the small ones first; without those that served the login alone.
fn those_that_fit(claims: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let shown = claims.into_iter().filter(|(name, _)| !["nonce", "at_hash", "c_hash"].contains(&name.as_str()));
    let mut sized: Vec<_> =
        shown.map(|(name, value)| (name.len() + value.to_string().len() + 4, name, value)).collect();
    sized.sort_by_key(|(size, ..)| *size);
    let mut room = CLAIMS_LIMIT;
    let fits = |(size, name, value)| {
        room = room.checked_sub(size)?;
        Some((name, value))
    };
    sized.into_iter().map_while(fits).collect()
}

/// Logins as they are stored. The first version of the application kept the pages in a list of its own, by the login's state.
#[derive(Default, Deserialize)]
#[serde(default)]
struct StoredLogins {
    pending: Value,
    return_to: Vec<(String, String)>,
}

impl From<StoredLogins> for Logins {
    fn from(stored: StoredLogins) -> Self {
        readable(entries(stored.pending).into_iter(), &stored.return_to)
    }
}

/// The single logins of a stored list: of version 1, an array of flow states; of version 2, an object.
fn entries(mut stored: Value) -> Vec<Value> {
    let is_version_2 = stored.get("version") == Some(&json!(2));
    match if is_version_2 { stored["logins"].take() } else { stored } {
        Value::Array(logins) if is_version_2 => logins,
        Value::Array(flow_states) => flow_states.into_iter().map(|awaiting| json!({ "awaiting": awaiting })).collect(),
        _ => Vec::new(),
    }
}

/// Of stored logins, those that this version can go on with. It must not go on with one of a newer version, whose checks it
/// does not know. The others are not lost.
fn readable(entries: impl Iterator<Item = Value>, pages: &[(String, String)]) -> Logins {
    let mut logins = Logins::default();
    for Entry { awaiting, data } in entries.filter_map(|entry| serde_json::from_value(entry).ok()) {
        let page: Option<String> = data.and_then(|data| serde_json::from_str(&data).ok());
        let listed = pages.iter().find(|(state, _)| state == awaiting.state().secret()).map(|(_, page)| &**page);
        logins.begin(awaiting, page.as_deref().or(listed));
    }
    logins
}

/// One entry of a list of version 2.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    awaiting: AwaitingCallback,
    /// The page, as JSON.
    data: Option<String>,
}

/// A user whom this version cannot read has to sign in again. The logins under way are not lost.
fn one_of_this_version<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

fn since_epoch(now: SystemTime) -> Duration {
    now.duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use oidc_proto::{ClientAuth, ProviderMetadata};

    use super::*;

    fn user(claims: BTreeMap<String, Value>) -> User {
        User {
            provider: "example".to_owned(),
            issuer: "https://id.example".to_owned(),
            // OpenID Connect Core 1.0 section 2: 255 characters at most.
            subject: "s".repeat(255),
            name: Some("\u{1f600}".repeat(80)),
            picture: Some("p".repeat(500)),
            claims: those_that_fit(claims),
            signed_in: 1_000_000,
        }
    }

    #[test]
    fn whatever_a_provider_says_of_a_user_fits_into_a_cookie() {
        let groups: Vec<String> = (0..500).map(|group| format!("group \"{group}\"")).collect();
        let many = (0..500).map(|claim| (format!("claim {claim}"), json!("value")));
        let mut claims: BTreeMap<String, Value> = many.collect();
        claims.insert("groups".to_owned(), json!(groups));
        let user = user(claims);
        assert!(user.claims.len() > 20 && !user.claims.contains_key("groups"));
        assert!(serde_json::to_string(&user).unwrap().len() <= LIMIT);
    }

    #[test]
    fn a_user_is_signed_out_after_twelve_hours() {
        let mut session = Session { user: Some(user(BTreeMap::new())), ..Session::default() };
        let ends = UNIX_EPOCH + Duration::from_secs(1_000_000) + SIGNED_IN_FOR;
        session.end_if_old(ends);
        assert!(session.user.is_some());
        session.end_if_old(ends + Duration::from_secs(1));
        assert!(session.user.is_none());
    }

    #[test]
    fn logins_that_nobody_finishes_make_room_and_so_do_their_pages() {
        let mut metadata = ProviderMetadata::new("https://id.example");
        metadata.authorization_endpoint = Some("https://id.example/authorize".to_owned());
        metadata.token_endpoint = Some("https://id.example/token".to_owned());
        let client = Client::builder(metadata, "web", ClientAuth::none()).redirect_uri("https://app.example/cb");
        let client = client.build().unwrap();
        let mut logins = Logins::default();
        for login in 0..10 {
            let (_, awaiting) = client.authorize().state(format!("state-{login}")).start(UNIX_EPOCH).unwrap();
            logins.begin(awaiting, Some(&format!("/page-{login}")));
        }
        let stored = serde_json::to_string(&logins).unwrap();
        assert_eq!((logins.len(), stored.matches("/page-").count()), (PendingLogins::LIMIT, PendingLogins::LIMIT));
        let page_of = |logins: &Logins, login: u8| {
            logins.page_of(&AuthorizationResponse::from_url(&format!("/cb?code=x&state=state-{login}")).unwrap())
        };
        let mut logins: Logins = serde_json::from_str(&stored).unwrap();
        assert_eq!([5, 6, 9].map(|login| page_of(&logins, login)), ["/", "/page-6", "/page-9"]);
        assert!(logins.drop_the_oldest());
        assert_eq!([6, 7, 9].map(|login| page_of(&logins, login)), ["/", "/page-7", "/page-9"]);
    }
}
