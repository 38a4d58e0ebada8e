//! The members of a stored document, whatever format it is stored in.

use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::exchange::ResponseError;
use crate::ground::printable::field_name;

/// How deep a member may be nested that is kept without being known.
pub(super) const EXTRA_DEPTH: usize = 32;

/// Reads an object without duplicate members.
pub(super) struct UniqueMembers;

impl<'de> Visitor<'de> for UniqueMembers {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a provider's metadata")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            let field = field_name(&name);
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom(ResponseError::InvalidField { field }));
            }
        }
        Ok(members)
    }
}
