//! What the other side wrote, made fit for a message.

use std::borrow::Cow;

/// A word of the other side as it may appear in a message: ASCII, one line, 64 characters at most.
pub(crate) fn printable(word: &str) -> String {
    printable_up_to(64, word)
}

/// An address as it may appear in a message: as [`printable`], but 200 characters at most.
pub(crate) fn printable_address(address: &str) -> String {
    printable_up_to(200, address)
}

/// An address up to its query, which may have a key in it.
pub(crate) fn without_query(address: &str) -> &str {
    address.split_once('?').map_or(address, |(before, _)| before)
}

/// The name of a member or parameter, fit for a message.
pub(crate) fn field_name(name: &str) -> Cow<'static, str> {
    Cow::Owned(printable(name))
}

fn printable_up_to(limit: usize, word: &str) -> String {
    let mut escaped: String = word.escape_default().take(limit).collect();
    if word.escape_default().nth(limit).is_some() {
        escaped.push('…');
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_of_an_address_is_left_out() {
        assert_eq!(without_query("https://api.example/a?key=1?2"), "https://api.example/a");
        assert_eq!(without_query("https://api.example/a"), "https://api.example/a");
    }

    #[test]
    fn a_word_in_a_message_is_one_short_line_of_ascii() {
        assert_eq!(printable("access_denied"), "access_denied");
        assert_eq!(printable("bad\n\u{1b}[2Jö"), "bad\\n\\u{1b}[2J\\u{f6}");
        assert_eq!(printable(&"x".repeat(64)), "x".repeat(64));
        assert_eq!(printable(&"x".repeat(65)), format!("{}…", "x".repeat(64)));
    }
}
