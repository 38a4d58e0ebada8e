//! How a registration is stored.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::client::authentication::ClientSecret;
use crate::client::registration::answer::{is_client_id, is_header_text};
use crate::client::registration::client_metadata::ClientMetadata;
use crate::client::registration::registered::{Registration, RegistrationAccessToken};
use crate::ground::json::Object;
use crate::ground::secret::SecretText;
use crate::ground::stored::{self, StoredForm};
use crate::ground::uri;

/// The stored form; times are whole seconds since the epoch. The metadata is kept as the text of its object.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored<'a> {
    version: u32,
    issuer: Cow<'a, str>,
    client_id: Cow<'a, str>,
    #[serde(deserialize_with = "Option::deserialize")]
    client_secret: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "Option::deserialize")]
    client_secret_expires_at: Option<u64>,
    #[serde(deserialize_with = "Option::deserialize")]
    client_id_issued_at: Option<u64>,
    #[serde(deserialize_with = "Option::deserialize")]
    registration_access_token: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "Option::deserialize")]
    registration_client_uri: Option<Cow<'a, str>>,
    metadata: Cow<'a, str>,
}

impl StoredForm for Stored<'_> {
    type Of = Registration;
    const WHAT: &'static str = "a registration";
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.version
    }

    fn open(self) -> Result<Registration, &'static str> {
        const UNREADABLE: &str = "the metadata of the registration cannot be read";
        let text = SecretText::new(self.metadata);
        let mut registration = Registration {
            issuer: self.issuer.into_owned(),
            client_id: self.client_id.into_owned(),
            client_secret: self.client_secret.map(ClientSecret::new),
            client_secret_expires_at: self.client_secret_expires_at.map(Duration::from_secs),
            client_id_issued_at: self.client_id_issued_at.map(Duration::from_secs),
            access_token: self.registration_access_token.map(RegistrationAccessToken::new),
            client_uri: self.registration_client_uri.map(Cow::into_owned),
            metadata: ClientMetadata::new(),
        };
        registration.metadata =
            Object::parse(&text).ok().and_then(|object| ClientMetadata::of(object).ok()).ok_or(UNREADABLE)?;
        registration.metadata.check_words().map_err(|_| UNREADABLE)?;
        // It was https, or http was allowed, when it came.
        let uri_is_one = registration.client_uri.as_deref().is_none_or(|uri| uri::parse_http(uri, true).is_ok());
        let token_is_one = registration.access_token.as_ref().is_none_or(|token| is_header_text(token.secret()));
        if !uri_is_one || !token_is_one || !is_client_id(&registration.client_id) {
            return Err("the registration has an unusable client id, token or address");
        }
        Ok(registration)
    }
}

impl Serialize for Registration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let seconds = |time: Option<Duration>| time.map(|time| time.as_secs());
        Stored {
            version: Stored::VERSION,
            issuer: Cow::Borrowed(&self.issuer),
            client_id: Cow::Borrowed(&self.client_id),
            client_secret: self.client_secret.as_ref().map(|secret| Cow::Borrowed(secret.secret())),
            client_secret_expires_at: seconds(self.client_secret_expires_at),
            client_id_issued_at: seconds(self.client_id_issued_at),
            registration_access_token: self.access_token.as_ref().map(|token| Cow::Borrowed(token.secret())),
            registration_client_uri: self.client_uri.as_deref().map(Cow::Borrowed),
            metadata: Cow::Borrowed(&self.metadata.to_json()),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Registration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        stored::read::<Stored<'_>, D>(deserializer)
    }
}
