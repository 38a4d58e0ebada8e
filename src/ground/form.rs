//! `application/x-www-form-urlencoded`, in order and with duplicates (RFC 6749 appendix B).
//!
//! Libraries do the work: `serde_urlencoded` writes bodies, `url` writes queries, `percent-encoding` decodes. What is added
//! here is what they do not do: bytes that are not UTF-8 are an error. `serde_urlencoded` and `url` read them as replacement
//! characters, and a name that was replaced cannot be compared.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::Serialize;
use url::form_urlencoded;

/// The pairs of a query or a form body, decoded. An empty piece (`a=1&&b=2`) is no pair; a piece without `=` is a name
/// without a value. A percent sign without two hexadecimal digits stands for itself (WHATWG URL 1.3).
///
/// # Errors
///
/// When a name or value is not UTF-8 once it is percent-decoded.
pub(crate) fn parse(text: &str) -> impl Iterator<Item = Result<(String, String), NotUtf8>> {
    text.split('&').filter(|piece| !piece.is_empty()).map(|piece| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        Ok((decode(name)?, decode(value)?))
    })
}

/// Bytes that are not UTF-8 behind percent signs.
#[derive(Debug)]
pub(crate) struct NotUtf8;

fn decode(text: &str) -> Result<String, NotUtf8> {
    let spaced: Cow<'_, str> = if text.contains('+') { text.replace('+', " ").into() } else { text.into() };
    percent_decode_str(&spaced).decode_utf8().map(Cow::into_owned).map_err(|_| NotUtf8)
}

/// The pairs as a form body.
pub(crate) fn body<P: Serialize>(pairs: &[P]) -> String {
    // An error is for other shapes than pairs of strings.
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

/// Writes pairs into the query of a URL, which begins at `start`, behind what is there already.
pub(crate) fn append<N: AsRef<str>, V: AsRef<str>>(target: String, start: usize, pairs: &[(N, V)]) -> String {
    let mut serializer = form_urlencoded::Serializer::for_suffix(target, start);
    for (name, value) in pairs {
        serializer.append_pair(name.as_ref(), value.as_ref());
    }
    serializer.finish()
}

/// One value as it is written in a query or body; a space is `+`.
pub(crate) fn encode(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text).map(Result::unwrap).collect()
    }

    #[test]
    fn pairs_keep_order_and_duplicates() {
        let expected = [("b", "2"), ("a", "1"), ("b", ""), ("c", "")];
        let expected: Vec<_> = expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        assert_eq!(pairs("b=2&&a=1&b=&c"), expected);
    }

    #[test]
    fn a_broken_escape_stands_for_itself_and_a_plus_is_a_space() {
        assert_eq!(pairs("a=%zz%4"), [("a".to_owned(), "%zz%4".to_owned())]);
        assert_eq!(pairs("a=1+1%2B1%C3%BC"), [("a".to_owned(), "1 1+1ü".to_owned())]);
        assert!(parse("a=%FF").any(|pair| pair.is_err()));
        assert!(parse("%FF=a").any(|pair| pair.is_err()));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let written = [("a b", "1 & 2 = ü"), ("c", "+%")];
        let text = append("x?".to_owned(), 2, &written);
        assert_eq!(text, "x?a+b=1+%26+2+%3D+%C3%BC&c=%2B%25");
        assert_eq!(body(&written), "a+b=1+%26+2+%3D+%C3%BC&c=%2B%25");
        assert_eq!(append("x?y".to_owned(), 2, &[("c", "+%")]), "x?y&c=%2B%25");
        let expected = written.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs(text.strip_prefix("x?").unwrap()), expected);
    }
}
