//! One JSON object at a time: its members by name, a duplicate member refused, each value read when it is needed.
//!
//! `serde_json` parses; this file adds what trust needs around it. `serde_json` keeps the last of two members with one name, and
//! another reader may keep the first.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::ground::printable::field_name;
use crate::ground::search;
use crate::ground::secret::SecretText;

/// The members of one JSON object, sorted by name, their values not yet read.
pub(crate) struct Object<'a> {
    members: Vec<(Cow<'a, str>, Option<&'a RawValue>)>,
}

/// Why a text is not the object that was expected.
#[derive(Debug)]
pub(crate) enum ObjectError {
    /// Not JSON, or not an object, or something behind it: where, counted from one.
    NotJson { line: usize, column: usize },
    /// The name of a duplicate member.
    Duplicate(String),
    /// The name of a required member that is absent.
    Missing(&'static str),
    /// The name of a member of the wrong kind.
    WrongKind(&'static str),
}

/// A value of the wrong kind. It says nothing of the value.
#[derive(Debug)]
pub(crate) struct WrongKind;

impl<'a> Object<'a> {
    /// Reads the object. Apart from the sorting of the names, the time is linear in the text, whatever is nested in it.
    pub(crate) fn parse(text: &'a str) -> Result<Self, ObjectError> {
        Self::read_sorted(text)?.without_duplicates()
    }

    /// The same, but one member may be there several times, with the same value byte for byte: whichever of them a reader
    /// keeps, it reads the same.
    pub(crate) fn parse_with_repeated(text: &'a str, repeated: &str) -> Result<Self, ObjectError> {
        let mut object = Self::read_sorted(text)?;
        object.members.dedup_by(|(a, value), (b, kept)| {
            *a == repeated && a == b && value.map(RawValue::get) == kept.map(RawValue::get)
        });
        object.without_duplicates()
    }

    fn read_sorted(text: &'a str) -> Result<Self, ObjectError> {
        let mut object: Self = serde_json::from_str(text)
            .map_err(|error| ObjectError::NotJson { line: error.line(), column: error.column() })?;
        object.members.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Ok(object)
    }

    fn without_duplicates(self) -> Result<Self, ObjectError> {
        let duplicate = self.members.iter().zip(self.members.iter().skip(1)).find(|(a, b)| a.0 == b.0);
        match duplicate {
            Some(((name, _), _)) => Err(ObjectError::Duplicate(name.clone().into_owned())),
            None => Ok(self),
        }
    }

    /// Takes the raw value of a member out. A member that is `null` counts as absent, and so does one already taken.
    pub(crate) fn take_raw(&mut self, name: &str) -> Option<&'a str> {
        self.take_even_null(name).filter(|raw| *raw != "null")
    }

    /// Takes the raw value of a member out, also where that is `null`.
    pub(crate) fn take_even_null(&mut self, name: &str) -> Option<&'a str> {
        // From the start: most objects are small. With a binary search, a set of three keys takes 9 % more instructions.
        let (_, value) = self.members.iter_mut().find(|(member, _)| member == name)?;
        value.take().map(RawValue::get)
    }

    /// Takes a member out, as a `T`.
    pub(crate) fn take<T: Deserialize<'a>>(&mut self, name: &str) -> Result<Option<T>, WrongKind> {
        self.take_raw(name).map(read).transpose()
    }

    /// Takes a member out, as a string.
    pub(crate) fn take_string(&mut self, name: &str) -> Result<Option<Cow<'a, str>>, WrongKind> {
        self.take_raw(name).map(read_string).transpose()
    }

    /// The names of all members.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| &**name)
    }

    /// What has not been taken, by name.
    pub(crate) fn rest(self) -> impl Iterator<Item = (Cow<'a, str>, &'a str)> {
        self.members.into_iter().filter_map(|(name, value)| Some((name, value?.get())))
    }
}

/// Reads one raw value as a `T`.
pub(crate) fn read<'a, T: Deserialize<'a>>(raw: &'a str) -> Result<T, WrongKind> {
    serde_json::from_str(raw).map_err(|_| WrongKind)
}

/// Reads one raw value as a type of the caller's own. The error says what it is and where, and quotes nothing.
pub(crate) fn read_without_quoting<T: DeserializeOwned>(raw: &str, problem: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(raw).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        serde::de::Error::custom(format_args!("{problem} (line {line}, column {column})"))
    })
}

/// Reads one raw value as a string. One without escapes, as nearly all are, is the text between its quotation marks.
pub(crate) fn read_string(raw: &str) -> Result<Cow<'_, str>, WrongKind> {
    match raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) {
        Some(text) if !search::has(text, b'\\') => Ok(Cow::Borrowed(text)),
        _ => read::<String>(raw).map(Cow::Owned),
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(transparent)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                // Enough for a token response, a key or the claims of most ID tokens; a larger object grows it.
                let mut members = Vec::with_capacity(16);
                while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    members.push((name, Some(value)));
                }
                Ok(Object { members })
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// Reads an object out of any format, by way of the text of JSON, so that what is stored is read by the same rules in every
/// format. `what` is what it should be, for a message.
pub(crate) fn deserialize_object<'de, D: Deserializer<'de>, T, E: fmt::Display>(
    deserializer: D,
    what: &'static str,
    read: impl FnOnce(Object<'_>) -> Result<T, E>,
) -> Result<T, D::Error> {
    let mut text = Vec::new();
    serde_transcode::transcode(deserializer, &mut serde_json::Serializer::new(&mut text)).map_err(D::Error::custom)?;
    let text = SecretText::new(String::from_utf8(text).map_err(D::Error::custom)?);
    let object = Object::parse(&text).map_err(|error| match error {
        ObjectError::Duplicate(name) => D::Error::custom(format_args!("{what} has a duplicate {}", field_name(&name))),
        _ => D::Error::custom(format_args!("this is not {what}")),
    })?;
    read(object).map_err(D::Error::custom)
}

/// Whether arrays and objects in a JSON value are nested deeper than `limit`.
pub(crate) fn is_nested_deeper_than(limit: usize, raw: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    raw.bytes().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth = depth.saturating_add(1),
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > limit
    })
}

/// Whether the value of a member can be read, where nothing is wrong with its brackets. Only what has an exponent, hundreds of
/// digits or an escaped character has to be read to know.
pub(crate) fn is_readable(raw: &str) -> bool {
    let is_suspicious = |pair: &[u8]| matches!(pair, [b'0'..=b'9', b'e' | b'E'] | [b'\\', b'u']);
    let is_plain = raw.len() <= 300 && !raw.as_bytes().windows(2).any(is_suspicious);
    is_plain || serde_json::from_str::<Value>(raw).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn members_are_found_and_the_rest_is_kept() {
        let mut object = Object::parse(r#"{"b":1,"a":"x","n":null,"r":[1,2]}"#).ok().unwrap();
        assert_eq!(object.take::<&str>("a").ok().flatten(), Some("x"));
        assert!(object.take::<u8>("n").ok().flatten().is_none());
        assert!(object.take::<u8>("z").ok().flatten().is_none());
        assert!(object.take::<&str>("b").is_err());
        let rest: Vec<_> = object.rest().collect();
        assert_eq!(rest, [(Cow::Borrowed("r"), "[1,2]")]);
    }

    #[test]
    fn a_duplicate_member_is_found_however_its_name_is_written() {
        assert!(
            matches!(Object::parse(r#"{"a":1,"b":2,"\u0061":3}"#), Err(ObjectError::Duplicate(name)) if name == "a")
        );
        assert!(Object::parse(r#"{"a":{"b":1,"b":2}}"#).is_ok());
    }

    #[test]
    fn a_string_is_read_with_and_without_escapes() {
        for (raw, text) in [
            (r#""""#, Some("")),
            (r#""a bü""#, Some("a bü")),
            (r#""a\nb""#, Some("a\nb")),
            (r#""\"""#, Some("\"")),
            (r#""a\\""#, Some("a\\")),
            ("1", None),
            ("null", None),
            ("[\"a\"]", None),
        ] {
            let object = format!(r#"{{"x":{raw}}}"#);
            let raw = Object::parse(&object).ok().unwrap().take_even_null("x").unwrap();
            assert_eq!(read_string(raw).ok().as_deref(), text, "{raw}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused_with_its_place() {
        for text in ["", "null", "[]", "{", "{}x", "{\"a\":}"] {
            assert!(matches!(Object::parse(text), Err(ObjectError::NotJson { .. })), "{text}");
        }
        assert!(matches!(Object::parse("{\n!"), Err(ObjectError::NotJson { line: 2, column: 1 })));
    }

    #[test]
    fn the_depth_of_a_value_counts_brackets_outside_strings() {
        for (raw, depth) in [
            ("1", 0),
            ("[]", 1),
            (r#"[{"a":[]},[]]"#, 3),
            (r#"["[[[\"[["]"#, 1),
            (r#""\\""#, 0),
            (r#"["]]}}",[["]"]]]"#, 3),
        ] {
            assert!(!is_nested_deeper_than(depth, raw), "{raw}");
            assert!(depth == 0 || is_nested_deeper_than(depth - 1, raw), "{raw}");
        }
    }

    #[test]
    fn what_is_no_value_is_not_readable() {
        let digits = "9".repeat(400);
        for raw in ["256e384", "[1E400]", r#"{"a":-1e999}"#, r#""\ud800""#, r#"["\udc00\ud800"]"#, &digits] {
            assert!(serde_json::from_str::<&RawValue>(raw).is_ok(), "{raw} passes where it is not read");
            assert!(!is_readable(raw), "{raw}");
        }
        for raw in ["1e300", r#""1e999""#, r#""\ud83d\ude00""#, "null", &format!("\"{digits}\"")] {
            assert!(is_readable(raw), "{raw}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too much work for an interpreter")]
    fn a_million_open_brackets_do_not_exhaust_the_stack() {
        let text = format!("{{\"a\":{}{}}}", "[".repeat(500_000), "]".repeat(500_000));
        let mut object = Object::parse(&text).ok().unwrap();
        assert!(object.take::<Value>("a").is_err());
    }
}
