//! A user, and what a scope lets the client know about them.

use serde_json::{Map, Value};

use super::message::has_value;

/// A user of a [`TestProvider`](super::TestProvider), with their claims.
#[derive(Clone, Debug)]
pub struct TestUser {
    sub: String,
    claims: Map<String, Value>,
}

impl TestUser {
    /// A user without claims.
    #[must_use]
    pub fn new(sub: impl Into<String>) -> Self {
        Self { sub: sub.into(), claims: Map::new() }
    }

    /// Sets a claim of the ID tokens and of the UserInfo response. One that OpenID Connect Core 1.0 section 5.4 gives
    /// to a scope comes only with that scope; any other one comes always.
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    pub(super) fn sub(&self) -> &str {
        &self.sub
    }

    /// The claims that this scope asks for.
    pub(super) fn claims_for(&self, scope: &str) -> Map<String, Value> {
        let is_asked_for = |claim: &str| {
            let of = OF_SCOPE.iter().find(|(_, claims)| claims.contains(&claim));
            of.is_none_or(|(value, _)| has_value(scope, value))
        };
        let asked_for = self.claims.iter().filter(|(claim, _)| is_asked_for(claim));
        let sub = ("sub".to_owned(), Value::from(self.sub.as_str()));
        asked_for.map(|(claim, value)| (claim.clone(), value.clone())).chain([sub]).collect()
    }
}

/// Core 5.4.
const OF_SCOPE: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];
