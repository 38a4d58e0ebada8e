//! What a failing case prints.

use std::fmt;

use serde_json::Value;

/// Rows of a label and a text, which may have several lines.
#[derive(Default)]
pub struct Report(Vec<(&'static str, String)>);

impl Report {
    pub fn row(mut self, label: &'static str, text: impl Into<String>) -> Self {
        self.add(label, text);
        self
    }

    pub fn add(&mut self, label: &'static str, text: impl Into<String>) {
        self.0.push((label, text.into()));
    }

    /// An empty line, unless nothing stands above it.
    pub fn gap(&mut self) {
        if !self.is_empty() {
            self.add("", "");
        }
    }

    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (label, text) in &self.0 {
            for (index, line) in text.split('\n').enumerate() {
                let label = if index == 0 { *label } else { "" };
                writeln!(f, "{}", format!("{label:<11}{line}").trim_end())?;
            }
        }
        Ok(())
    }
}

/// Two values as JSON. The middle of a long one is left out; where that would hide the difference, the common beginning is.
pub fn readable_both(expected: &Value, found: &Value) -> (String, String) {
    let (expected, found) = (pretty(expected), pretty(found));
    let shortened = (shorten(&expected), shorten(&found));
    if shortened.0 != shortened.1 {
        return shortened;
    }
    let same = expected.chars().zip(found.chars()).take_while(|(expected, found)| expected == found).count();
    let skipped = same.saturating_sub(SHOWN_BEFORE_DIFFERENCE);
    let rest = |text: &str| {
        format!(
            "({skipped} characters, the same in both) … {}",
            shorten(&text.chars().skip(skipped).collect::<String>())
        )
    };
    (rest(&expected), rest(&found))
}

/// A value as JSON. The middle of a long one is left out.
pub fn readable(value: &Value) -> String {
    shorten(&pretty(value))
}

fn pretty(value: &Value) -> String {
    match value.to_string() {
        compact if compact.len() <= ONE_LINE => compact,
        _ => serde_json::to_string_pretty(value).unwrap(),
    }
}

/// Without its middle, where it is long.
pub fn shorten(text: &str) -> String {
    let length = text.chars().count();
    if length <= LONG {
        return text.to_owned();
    }
    let first: String = text.chars().take(LONG / 2).collect();
    let last: String = text.chars().skip(length - LONG / 2).collect();
    format!("{first} … ({} characters left out) … {last}", length - LONG / 2 * 2)
}

/// In characters.
const LONG: usize = 400;
const ONE_LINE: usize = 88;
const SHOWN_BEFORE_DIFFERENCE: usize = 20;
