//! Ways to write a value, where the specifications allow several.

use std::fmt::Write;

use serde_json::Value;

/// The bytes of `choices` decide, over and over. Without any, everything is written in the plainest way.
pub struct Form<'a> {
    choices: std::iter::Cycle<std::slice::Iter<'a, u8>>,
}

impl<'a> Form<'a> {
    pub fn of(choices: &'a [u8]) -> Self {
        Self { choices: choices.iter().cycle() }
    }

    pub fn plain() -> Self {
        Self::of(&[])
    }

    /// A number below `of`.
    fn choose(&mut self, of: usize) -> usize {
        self.choices.next().map_or(0, |choice| usize::from(*choice) % of)
    }

    /// JSON: its members in any order, with any white space, numbers and strings in any of their spellings, with or without a
    /// byte order mark.
    pub fn json(&mut self, value: &Value) -> String {
        let mut text = String::new();
        self.write(value, &mut text);
        text
    }

    fn write(&mut self, value: &Value, text: &mut String) {
        self.space(text);
        match value {
            Value::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                let first = self.choose(members.len().max(1));
                members.rotate_left(first);
                text.push('{');
                for (index, (name, value)) in members.into_iter().enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    self.space(text);
                    self.string(name, text);
                    self.space(text);
                    text.push(':');
                    self.write(value, text);
                }
                text.push('}');
            }
            Value::Array(values) => {
                text.push('[');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    self.write(value, text);
                }
                text.push(']');
            }
            Value::String(value) => self.string(value, text),
            Value::Number(number) if number.is_u64() => {
                text.push_str(&number.to_string());
                text.push_str(["", ".0", "e0", "E+0", ".00e-0"][self.choose(5)]);
            }
            other => text.push_str(&other.to_string()),
        }
        self.space(text);
    }

    fn space(&mut self, text: &mut String) {
        text.push_str(["", " ", "\n", "\t", "\r\n"][self.choose(5)]);
    }

    fn string(&mut self, value: &str, text: &mut String) {
        text.push('"');
        for c in value.chars() {
            match (self.choose(4), c) {
                (1, _) => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write!(text, "\\u{unit:04x}").unwrap()),
                (_, '"' | '\\') => text.extend(['\\', c]),
                (_, '\0'..'\x20') => write!(text, "\\u{:04X}", u32::from(c)).unwrap(),
                _ => text.push(c),
            }
        }
        text.push('"');
    }

    /// A query, its pairs in any order, with any of their characters escaped.
    pub fn query(&mut self, pairs: &[(String, String)]) -> String {
        let mut pairs: Vec<_> = pairs.iter().collect();
        let first = self.choose(pairs.len().max(1));
        pairs.rotate_left(first);
        let pairs: Vec<_> =
            pairs.into_iter().map(|(name, value)| [self.escape(name), self.escape(value)].join("=")).collect();
        pairs.join(["&", "&&"][self.choose(2)])
    }

    fn escape(&mut self, value: &str) -> String {
        let mut text = String::new();
        for byte in value.bytes() {
            match (self.choose(3), byte) {
                (1, _) => write!(text, "%{byte:02x}").unwrap(),
                (_, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9') => text.push(char::from(byte)),
                _ => write!(text, "%{byte:02X}").unwrap(),
            }
        }
        text
    }
}
