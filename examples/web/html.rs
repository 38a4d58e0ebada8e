//! Text and times in HTML.

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

/// For text and attributes of HTML.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// For a part of a URL.
pub fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// A time that the application knows.
pub fn time(at: SystemTime) -> String {
    let seconds = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    seconds.try_into().ok().and_then(time_of).unwrap_or_default()
}

/// A time in seconds since the epoch. None where no calendar has it.
///
/// The page has no scripts, so the browser cannot say it in the user's own time zone.
pub fn time_of(seconds: i64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second) = time.to_hms();
    let name: String = month.to_string().chars().take(3).collect();
    let month = u8::from(month);
    Some(format!(
        "<time datetime=\"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z\">\
         {day} {name} {year}, {hour:02}:{minute:02} UTC</time>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_for_people_and_for_programs() {
        let shown = time_of(1_795_691_103).unwrap();
        assert_eq!(shown, "<time datetime=\"2026-11-26T11:05:03Z\">26 Nov 2026, 11:05 UTC</time>");
        assert_eq!(time_of(i64::MAX), None);
    }
}
