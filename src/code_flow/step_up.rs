//! Step-up: a login that is as strong or as fresh as a resource demands (RFC 9470).

use crate::code_flow::authorize_error::AuthorizeError;
use crate::code_flow::request::AuthorizationRequest;
use crate::exchange::BearerChallenge;

impl AuthorizationRequest {
    /// Asks for the login that a resource server demands (RFC 9470 section 4), and requires it of the ID token: one of
    /// the challenge's `acr_values`, and its `max_age`. What the challenge does not name stays as it is.
    ///
    /// A challenge can only add to what this request requires already: the shorter `max_age` counts, and of the classes
    /// of [`require_acr_values`](Self::require_acr_values) only those that the challenge names too. A method that is
    /// called afterwards replaces what this one has set.
    ///
    /// For a token that is bound to a key (DPoP), the challenge is [`Challenges::dpop`](crate::Challenges::dpop).
    ///
    /// A plain OAuth flow has no ID token. The login is then asked for, and only the resource server can check it.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use oidc_proto::{Challenges, Client, ClientAuth, ProviderMetadata, http};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut metadata = ProviderMetadata::new("https://id.example");
    /// # metadata.authorization_endpoint = Some("https://id.example/authorize".to_owned());
    /// # let client = Client::builder(metadata, "id", ClientAuth::none()).redirect_uri("https://app.example/cb").build()?;
    /// # let mut headers = http::HeaderMap::new();
    /// # let header = r#"Bearer error="insufficient_user_authentication", acr_values="gold", max_age=300"#;
    /// # headers.insert("www-authenticate", header.parse()?);
    /// // The API has answered 401.
    /// if let Some(challenge) = Challenges::from_headers(&headers)?.bearer() {
    ///     let (url, awaiting) = client.authorize().step_up(&challenge).start(SystemTime::now())?;
    ///     assert!(url.contains("acr_values=gold") && url.contains("max_age=300"));
    /// }
    /// # Ok(()) }
    /// ```
    pub fn step_up(mut self, challenge: &BearerChallenge) -> Self {
        if let Some(max_age) = challenge.max_age() {
            let shorter = self.max_age.map_or(max_age, |set| set.min(max_age));
            self = self.max_age(shorter);
        }
        let named = challenge.acr_values();
        if named.is_empty() {
            return self;
        }
        let required = &self.require_acr_values;
        let wanted: Vec<String> =
            named.iter().filter(|value| required.is_empty() || required.contains(value)).cloned().collect();
        if wanted.is_empty() {
            self.reject(AuthorizeError::InvalidParameter {
                name: "acr_values".into(),
                reason: "the challenge names none of the classes that this login requires",
            });
        }
        self.acr_values(&wanted).require_acr_values(wanted)
    }
}
