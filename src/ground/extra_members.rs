//! Members that no specification of this crate names.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_transcode::Transcoder;

use crate::ground::json;
use crate::ground::secret::SecretText;

/// The members of a JSON object that this crate does not know, kept as the provider sent them.
///
/// They may hold secrets: `Debug` shows their names alone, and they are zeroed when dropped. They are kept as text, so a
/// large document takes little more memory than its length.
#[derive(Clone, Default)]
pub struct ExtraMembers {
    /// Names and values, one behind the other.
    text: SecretText,
    /// In alphabetical order of the names.
    members: Vec<Member>,
}

/// Where one member is in the text: its name up to its value, and the value up to its end.
#[derive(Clone, Copy)]
struct Member {
    name: usize,
    value: usize,
    end: usize,
}

impl Member {
    fn name(self, text: &str) -> &str {
        text.get(self.name..self.value).unwrap_or_default()
    }

    fn raw(self, text: &str) -> &str {
        text.get(self.value..self.end).unwrap_or_default()
    }
}

impl ExtraMembers {
    /// How deep a member may be nested that is kept without being known.
    const DEEPEST: usize = 32;

    /// Whether a member of a document that is stored can be kept: it can be written in any format, and read again. What is nested
    /// deeper than 32 levels cannot, nor what has a number that no float holds, or half of a surrogate pair.
    pub(crate) fn can_keep(raw: &str) -> bool {
        !json::is_nested_deeper_than(Self::DEEPEST, raw) && json::is_readable(raw)
    }

    /// Keeps one more. They come in alphabetical order.
    pub(crate) fn push(&mut self, name: &str, raw: &str) {
        let member = self.write(name, raw);
        self.members.push(member);
    }

    /// Sets one, in the place of another of that name.
    pub(crate) fn set(&mut self, name: &str, raw: &str) {
        let member = self.write(name, raw);
        match self.find(name) {
            Ok(found) => self.members.splice(found..=found, [member]).for_each(drop),
            Err(place) => self.members.insert(place, member),
        }
    }

    /// Takes one out, where it is there.
    pub(crate) fn remove(&mut self, name: &str) {
        self.members.retain(|member| member.name(&self.text) != name);
    }

    /// Takes those out that are `null`.
    pub(crate) fn remove_nulls(&mut self) {
        self.members.retain(|member| member.raw(&self.text) != "null");
    }

    /// Gives back what was reserved for more members: a provider's metadata is kept as long as its client.
    pub(crate) fn shrink(&mut self) {
        let mut text = SecretText::new(String::with_capacity(self.text.len()));
        text.push_str(&self.text);
        self.text = text;
        self.members.shrink_to_fit();
    }

    /// The value of one, as it is written.
    pub(crate) fn raw(&self, name: &str) -> Option<&str> {
        let found = self.members.get(self.find(name).ok()?)?;
        Some(found.raw(&self.text))
    }

    /// The names, and the values as they are written.
    fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.members.iter().map(|member| (member.name(&self.text), member.raw(&self.text)))
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.members.binary_search_by(|member| member.name(&self.text).cmp(name))
    }

    /// Writes one behind the others. What the text grows out of is zeroed.
    fn write(&mut self, name: &str, raw: &str) -> Member {
        let start = self.text.len();
        let value = start.saturating_add(name.len());
        let end = value.saturating_add(raw.len());
        if end > self.text.capacity() {
            let mut larger = SecretText::new(String::with_capacity(end.max(start.saturating_mul(2))));
            larger.push_str(&self.text);
            self.text = larger;
        }
        self.text.push_str(name);
        self.text.push_str(raw);
        Member { name: start, value, end }
    }

    /// All of them as the text of one object, each value as it is written.
    pub(crate) fn to_json(&self) -> SecretText {
        let length = self.iter().map(|(name, raw)| name.len().saturating_add(raw.len()).saturating_add(8)).sum();
        // As long as it becomes, where no name is escaped: what it grows out of would not be zeroed.
        let mut text = SecretText::new(String::with_capacity(length));
        text.push('{');
        for (name, raw) in self.iter() {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(&Value::from(name).to_string());
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
        self.raw(name).map(|raw| json::read_without_quoting(raw, "the member is of another kind")).transpose()
    }

    /// The names of the members, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }
}

/// Equal where the names are equal and the values are, however they are written.
impl PartialEq for ExtraMembers {
    fn eq(&self, other: &Self) -> bool {
        let same_value =
            |name: &str, a: &str, b: &str| a == b || self.get(name).is_some_and(|a| Some(a) == other.get(name));
        self.members.len() == other.members.len()
            && self.iter().zip(other.iter()).all(|((a, x), (b, y))| a == b && same_value(a, x, y))
    }
}

impl Eq for ExtraMembers {}

impl Serialize for ExtraMembers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.members.len()))?;
        for (name, raw) in self.iter() {
            map.serialize_entry(name, &Transcoder::new(&mut serde_json::Deserializer::from_str(raw)))?;
        }
        map.end()
    }
}

impl fmt::Debug for ExtraMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_kept_set_and_taken_out_by_name() {
        let mut members = ExtraMembers::default();
        for (name, raw) in [("a", "1"), ("c", "\"x\""), ("d", "null"), ("e", "[1,2]")] {
            members.push(name, raw);
        }
        members.set("b", "true");
        members.set("c", "\"a longer one\"");
        members.set("f", "{}");
        members.remove("a");
        members.remove("z");
        members.remove_nulls();
        assert_eq!(*members.to_json(), r#"{"b":true,"c":"a longer one","e":[1,2],"f":{}}"#);
        assert_eq!(members.names().collect::<Vec<_>>(), ["b", "c", "e", "f"]);
        assert_eq!((members.raw("c"), members.raw("a"), members.raw("d")), (Some("\"a longer one\""), None, None));
        assert_eq!(members.get_as::<Vec<u8>>("e").unwrap(), Some(vec![1, 2]));
        let mut others = ExtraMembers::default();
        for (name, raw) in [("b", "true"), ("c", "\"a longer \\u006fne\""), ("e", "[1, 2]"), ("f", "{}")] {
            others.push(name, raw);
        }
        assert_eq!(members, others, "equal, however they are written");
        others.remove("f");
        assert_ne!(members, others);
    }
}
