//! What is kept of one browser: the logins that it has under way, and who is signed in.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use oidc_proto::{AuthorizationResponse, AwaitingCallback, CallbackError, PendingLogins, Tokens};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// During an upgrade two versions read each other's sessions: an unknown member is skipped, a missing one is empty.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Session {
    pub logins: Logins,
    #[serde(deserialize_with = "one_of_this_version")]
    pub person: Option<Person>,
}

impl Session {
    /// Signs out whoever signed in too long ago, wherever the session is kept.
    pub fn end_if_old(&mut self, now: SystemTime) {
        let ends = |person: &Person| Duration::from_secs(person.signed_in).saturating_add(SIGNED_IN_FOR);
        self.person.take_if(|person| ends(person) < since_epoch(now));
    }
}

/// The logins under way, and the page that each leads back to.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Logins {
    #[serde(deserialize_with = "those_of_this_version")]
    pending: PendingLogins,
    /// By the login's state, the oldest first.
    return_to: VecDeque<(String, String)>,
}

impl Logins {
    pub fn begin(&mut self, awaiting: AwaitingCallback, return_to: Option<String>) {
        let page = return_to.unwrap_or_else(|| "/".to_owned());
        self.return_to.push_back((awaiting.state().secret().to_owned(), page));
        self.pending.insert(awaiting);
        // The pages of logins that were never finished go when those do.
        while self.return_to.len() > PendingLogins::LIMIT {
            self.return_to.pop_front();
        }
    }

    /// Takes out the login that the response answers, once, and the page that it leads back to.
    pub fn take(&mut self, response: &AuthorizationResponse) -> Result<(AwaitingCallback, String), CallbackError> {
        let awaiting = self.pending.take(response)?;
        let index = self.return_to.iter().position(|(state, _)| state == awaiting.state().secret());
        let page = index.and_then(|index| self.return_to.remove(index));
        Ok((awaiting, page.map_or_else(|| "/".to_owned(), |(_, page)| page)))
    }

    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Gives up the oldest login, where there is more than one: says whether there was.
    pub fn drop_the_oldest(&mut self) -> bool {
        if self.pending.len() < 2 {
            return false;
        }
        if let Ok(stored) = serde_json::to_value(&self.pending) {
            self.pending = readable(entries(stored).skip(1));
        }
        self.return_to.pop_front();
        true
    }
}

/// Who is signed in: issuer and subject together, and what the pages show.
#[derive(Deserialize, Serialize)]
pub struct Person {
    pub issuer: String,
    pub subject: String,
    pub name: Option<String>,
    pub picture: Option<String>,
    /// For the page that shows them.
    pub claims: BTreeMap<String, Value>,
    /// Seconds since the epoch.
    signed_in: u64,
}

impl Person {
    pub fn of(tokens: &Tokens, now: SystemTime) -> Self {
        let (id_token, standard) = (tokens.id_token(), tokens.id_token().standard_claims());
        let name = standard.name.or(standard.preferred_username).or(standard.email);
        Self {
            issuer: id_token.iss().to_owned(),
            subject: id_token.sub().to_owned(),
            name: name.map(|name| name.chars().take(80).collect()),
            // A page loads no picture over http.
            picture: standard.picture.filter(|url| url.starts_with("https://") && url.len() <= 500),
            claims: those_that_fit(id_token.claims_as().unwrap_or_default()),
            signed_in: since_epoch(now).as_secs(),
        }
    }
}

/// How long somebody is signed in.
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

/// Of stored logins, those that this version can go on with. It must not go on with one of a newer version, whose checks it
/// does not know; the others are not lost for that.
fn those_of_this_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PendingLogins, D::Error> {
    Ok(readable(entries(Value::deserialize(deserializer)?)))
}

/// The single logins of a stored list: of version 1, an array of them; of version 2, an object that has them one level deeper.
fn entries(stored: Value) -> impl Iterator<Item = Value> {
    let list = match stored {
        Value::Object(mut members) => members.remove("logins").unwrap_or_default(),
        other => other,
    };
    let entries = if let Value::Array(entries) = list { entries } else { Vec::new() };
    entries.into_iter().map(|entry| entry.get("awaiting").cloned().unwrap_or(entry))
}

fn readable(entries: impl Iterator<Item = Value>) -> PendingLogins {
    let mut logins = PendingLogins::default();
    entries.filter_map(|login| serde_json::from_value(login).ok()).for_each(|login| logins.insert(login));
    logins
}

/// Whom this version cannot read has to sign in again; the logins under way are not lost for that.
fn one_of_this_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Person>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

fn since_epoch(now: SystemTime) -> Duration {
    now.duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::visit::LIMIT;

    fn person(claims: BTreeMap<String, Value>) -> Person {
        Person {
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
    fn whatever_a_provider_says_of_somebody_fits_into_a_cookie() {
        let groups: Vec<String> = (0..500).map(|group| format!("group \"{group}\"")).collect();
        let many = (0..500).map(|claim| (format!("claim {claim}"), json!("value")));
        let mut claims: BTreeMap<String, Value> = many.collect();
        claims.insert("groups".to_owned(), json!(groups));
        let person = person(claims);
        assert!(person.claims.len() > 20 && !person.claims.contains_key("groups"));
        assert!(serde_json::to_string(&person).unwrap().len() <= LIMIT);
    }

    #[test]
    fn somebody_is_signed_out_after_twelve_hours() {
        let mut session = Session { person: Some(person(BTreeMap::new())), ..Session::default() };
        let ends = UNIX_EPOCH + Duration::from_secs(1_000_000) + SIGNED_IN_FOR;
        session.end_if_old(ends);
        assert!(session.person.is_some());
        session.end_if_old(ends + Duration::from_secs(1));
        assert!(session.person.is_none());
    }
}
