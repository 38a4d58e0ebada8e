//! Searches for one ASCII byte in a text, many bytes at a time: tokens are long. With those of the standard library, a whole login
//! takes 3 % more instructions.

use memchr::{memchr, memchr2, memrchr};

/// Up to this length, a loop is faster than a call: without it, reading a set of three keys takes 4 % more instructions.
const SHORT: usize = 16;

/// Whether the byte is in the text.
pub(crate) fn has(text: &str, byte: u8) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() <= SHORT { bytes.contains(&byte) } else { memchr(byte, bytes).is_some() }
}

/// Whether one of two bytes is in the text.
pub(crate) fn has_either(text: &str, one: u8, other: u8) -> bool {
    let bytes = text.as_bytes();
    let is_it = |byte: &u8| *byte == one || *byte == other;
    if bytes.len() <= SHORT { bytes.iter().any(is_it) } else { memchr2(one, other, bytes).is_some() }
}

/// The text before and after the first such byte.
pub(crate) fn split_at_first(text: &str, byte: u8) -> Option<(&str, &str)> {
    split_around(text, memchr(byte, text.as_bytes())?)
}

/// The text before and after the last such byte.
pub(crate) fn split_at_last(text: &str, byte: u8) -> Option<(&str, &str)> {
    split_around(text, memrchr(byte, text.as_bytes())?)
}

/// The pieces between such bytes: with `str::split`, a token request takes 3 % more instructions.
pub(crate) fn split(text: &str, byte: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let all = rest.take()?;
        let Some((piece, others)) = split_at_first(all, byte) else { return Some(all) };
        rest = Some(others);
        Some(piece)
    })
}

fn split_around(text: &str, at: usize) -> Option<(&str, &str)> {
    Some((text.get(..at)?, text.get(at.saturating_add(1)..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_around_the_first_or_the_last() {
        let long = "a".repeat(100);
        for (text, first, last) in [
            ("", None, None),
            ("a", None, None),
            (".", Some(("", "")), Some(("", ""))),
            ("ä.b.c", Some(("ä", "b.c")), Some(("ä.b", "c"))),
            (&format!("{long}.b"), Some((&*long, "b")), Some((&*long, "b"))),
        ] {
            assert_eq!(split_at_first(text, b'.'), first, "{text}");
            assert_eq!(split_at_last(text, b'.'), last, "{text}");
            assert!(split(text, b'.').eq(text.split('.')), "{text}");
            assert_eq!(has(text, b'.'), first.is_some(), "{text}");
            assert_eq!(has_either(text, b'!', b'.'), first.is_some(), "{text}");
            assert_eq!(has_either(text, b'.', b'!'), first.is_some(), "{text}");
        }
    }
}
