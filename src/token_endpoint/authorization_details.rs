//! Authorization details (RFC 9396): what is asked for where a scope cannot say it, and what was granted of it.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::ground::json::{self, Object, WrongKind};
use crate::ground::secret::SecretText;

/// A list of authorization details, kept as text: what stands in it is between the application and the provider. It may be an
/// account or a payment, so `Debug` does not show it.
#[derive(Clone)]
pub(crate) struct AuthorizationDetails(Arc<SecretText>);

impl AuthorizationDetails {
    /// Those to ask for; nothing where the list is empty.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub(crate) fn to_ask_for(details: &impl Serialize) -> Result<Option<Self>, &'static str> {
        // RFC 9396 section 2: an object, in which only `type` is required.
        let has_type = |detail: &RawValue| {
            Object::parse(detail.get()).is_ok_and(|mut detail| matches!(detail.take_string("type"), Ok(Some(_))))
        };
        let text = SecretText::new(serde_json::to_string(details).map_err(|_| "it cannot be written as JSON")?);
        let list: Vec<&RawValue> = json::read(&text).map_err(|WrongKind| "it is not a list")?;
        if !list.iter().all(|detail| has_type(detail)) {
            return Err("it is not a list of objects that have a type each");
        }
        Ok(if list.is_empty() { None } else { Some(Self(Arc::new(text))) })
    }

    /// Those that were granted: RFC 9396 section 7, a list.
    pub(crate) fn granted(raw: &str) -> Result<Self, WrongKind> {
        if raw.starts_with('[') { Ok(Self::stored(raw)) } else { Err(WrongKind) }
    }

    /// Those that were stored.
    pub(crate) fn stored(text: impl Into<String>) -> Self {
        Self(Arc::new(SecretText::new(text)))
    }

    /// As JSON.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// As a type of the caller's own. The error quotes nothing.
    pub(crate) fn read_as<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        json::read_without_quoting(self.text(), "the authorization details are of another kind")
    }
}

impl fmt::Debug for AuthorizationDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthorizationDetails(redacted)")
    }
}
