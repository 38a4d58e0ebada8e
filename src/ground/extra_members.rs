//! Members that no specification of this crate names.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::ser::{Error as _, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::ground::json;
use crate::ground::secret::SecretText;

/// The members of a JSON object that this crate does not know, kept as the provider sent them.
///
/// They may hold secrets: `Debug` shows their names alone, and they are zeroed when dropped. They are kept as text, so a
/// large document takes no more memory than its length.
#[derive(Clone, Default)]
pub struct ExtraMembers(Vec<(String, SecretText)>);

impl ExtraMembers {
    /// How deep a member may be nested that is kept without being known.
    const DEEPEST: usize = 32;

    /// Whether a member of a document that is stored can be kept: it can be written in any format, and read again. What is nested
    /// deeper than 32 levels cannot, nor what has a number that no float holds, or half of a surrogate pair.
    pub(crate) fn can_keep(raw: &str) -> bool {
        !json::is_nested_deeper_than(Self::DEEPEST, raw) && json::is_readable(raw)
    }

    /// Keeps one more. They come in alphabetical order.
    pub(crate) fn push(&mut self, name: String, raw: &str) {
        self.0.push((name, SecretText::new(raw)));
    }

    /// Sets one, in the place of another of that name.
    pub(crate) fn set(&mut self, name: &str, raw: &str) {
        let raw = SecretText::new(raw);
        match self.0.binary_search_by(|(member, _)| member.as_str().cmp(name)) {
            Ok(found) => {
                if let Some((_, value)) = self.0.get_mut(found) {
                    *value = raw;
                }
            }
            Err(place) => self.0.insert(place, (name.to_owned(), raw)),
        }
    }

    /// Takes one out, where it is there.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(member, _)| member != name);
    }

    /// Takes those out that are `null`.
    pub(crate) fn remove_nulls(&mut self) {
        self.0.retain(|(_, raw)| raw.as_str() != "null");
    }

    /// The value of one, as it is written.
    pub(crate) fn raw(&self, name: &str) -> Option<&str> {
        let found = self.0.binary_search_by(|(member, _)| member.as_str().cmp(name)).ok()?;
        self.0.get(found).map(|(_, raw)| raw.as_str())
    }

    /// All of them as the text of one object, each value as it is written.
    pub(crate) fn to_json(&self) -> SecretText {
        let length = self.0.iter().map(|(name, raw)| name.len().saturating_add(raw.len()).saturating_add(8)).sum();
        // As long as it becomes, where no name is escaped: what it grows out of would not be zeroed.
        let mut text = SecretText::new(String::with_capacity(length));
        text.push('{');
        for (name, raw) in &self.0 {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(&Value::from(name.as_str()).to_string());
            text.push(':');
            text.push_str(raw);
        }
        text.push('}');
        text
    }

    /// One member, as JSON; `None` where there is no member of that name.
    ///
    /// `None` also where the value does not fit into a [`Value`]: nested deeper than 128 levels, or a number beyond
    /// `f64`. [`get_as`](Self::get_as) tells the two apart.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value> {
        self.get_as(name).ok().flatten()
    }

    /// One member, as a type of your own; `Ok(None)` where there is no member of that name.
    ///
    /// # Errors
    ///
    /// When the member is not a `T`, such as `"refresh_expires_in": "soon"` read as a `u64`. The error says where in the member,
    /// and nothing of its value.
    pub fn get_as<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, serde_json::Error> {
        let found = self.0.iter().find(|(member, _)| member == name);
        found.map(|(_, raw)| json::read_without_quoting(raw, "the member is of another kind")).transpose()
    }

    /// The names of the members, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

/// Equal where the names are equal and the values are, however they are written.
impl PartialEq for ExtraMembers {
    fn eq(&self, other: &Self) -> bool {
        let same_value =
            |name: &str, a: &str, b: &str| a == b || self.get(name).is_some_and(|a| Some(a) == other.get(name));
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|((a, x), (b, y))| a == b && same_value(a, x, y))
    }
}

impl Eq for ExtraMembers {}

impl Serialize for ExtraMembers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, raw) in &self.0 {
            let value: Value = serde_json::from_str(raw).map_err(|_| S::Error::custom("a member cannot be stored"))?;
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

impl fmt::Debug for ExtraMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
