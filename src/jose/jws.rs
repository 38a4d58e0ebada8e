//! JSON Web Signature (RFC 7515): the compact serialization, taken apart and not verified.

use std::borrow::Cow;

use crate::ground::base64url::{decode, decode_text};
use crate::ground::json::Object;
use crate::ground::search;
use crate::ground::secret::SecretText;
use crate::ground::vocabulary::Algorithm;
use crate::jose::error::JwtError;

/// A JWS in compact serialization, taken apart and not verified.
pub(crate) struct Jws<'a> {
    pub(crate) alg: Algorithm,
    pub(crate) kid: Option<String>,
    /// Whether the header has a `typ`: then it is one of those that are right.
    pub(crate) has_type: bool,
    /// What was signed: header and payload as they came.
    pub(crate) signing_input: &'a str,
    pub(crate) payload: SecretText,
    pub(crate) signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Whether a text looks like one: three parts of the alphabet of base64url. JSON does not, whatever points are in it.
    pub(crate) fn is_one(text: &str) -> bool {
        let is_right = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        text.split('.').count() == 3 && text.bytes().all(is_right)
    }

    /// RFC 7515 section 5.2, steps 1 to 7. `types` are the values of `typ` that are right; it may also be absent.
    pub(crate) fn parse(compact: &'a str, types: &[&str]) -> Result<Self, JwtError> {
        let malformed = |what| JwtError::Malformed { what };
        let parts = malformed("it does not have three parts");
        let Some((signing_input, signature)) = search::split_at_last(compact, b'.') else {
            return Err(parts);
        };
        let Some((header, payload)) = search::split_at_first(signing_input, b'.') else {
            return Err(parts);
        };
        if search::has(payload, b'.') {
            return Err(parts);
        }
        let header = decode_text(header).ok_or(malformed("its header is not base64url of UTF-8"))?;
        let Header { alg, kid, has_type } = read_header(&header, types)?;
        Ok(Self {
            alg,
            kid,
            has_type,
            signing_input,
            payload: decode_text(payload)
                .map(SecretText::new)
                .ok_or(malformed("its payload is not base64url of UTF-8"))?,
            signature: decode(signature).ok_or(malformed("its signature is not base64url"))?,
        })
    }
}

/// The id of the key that a token claims to be signed with, not verified; nothing where it names none, or cannot be read.
pub(crate) fn unverified_kid(compact: &str, types: &[&str]) -> Option<String> {
    let (header, _) = search::split_at_first(compact, b'.')?;
    read_header(&decode_text(header)?, types).ok()?.kid
}

/// What is read out of a header.
struct Header {
    alg: Algorithm,
    kid: Option<String>,
    has_type: bool,
}

/// Keys in the header or behind its URLs (`jwk`, `jku`, `x5c`, `x5u`) prove nothing and are ignored (RFC 8725 section 3.10).
fn read_header(header: &str, types: &[&str]) -> Result<Header, JwtError> {
    let malformed = |what| JwtError::Malformed { what };
    let mut header =
        Object::parse(header).map_err(|_| malformed("its header is not a JSON object without duplicate members"))?;
    // RFC 7515 section 4.1.11: no extension is understood here, so every critical one is refused.
    if header.take_even_null("crit").is_some() {
        return Err(JwtError::CriticalHeader);
    }
    // RFC 8725 section 3.11: one kind of token is not another.
    let typ = header.take_string("typ").map_err(|_| malformed("its typ is not a string"))?;
    if typ.as_ref().is_some_and(|typ| !is_type(typ, types)) {
        return Err(JwtError::WrongType);
    }
    let alg = header.take_string("alg").map_err(|_| malformed("its alg is not a string"))?;
    let kid = header.take_string("kid").map_err(|_| malformed("its kid is not a string"))?;
    let alg = alg.ok_or(malformed("its header has no alg"))?;
    Ok(Header { alg: Algorithm::from(&*alg), kid: kid.map(Cow::into_owned), has_type: typ.is_some() })
}

/// RFC 7515 section 4.1.9: a media type, in any case, whose `application/` may be left out.
fn is_type(typ: &str, types: &[&str]) -> bool {
    const PREFIX: &str = "application/";
    let name = match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, name)) if prefix.eq_ignore_ascii_case(PREFIX) => name,
        _ => typ,
    };
    types.iter().any(|known| known.eq_ignore_ascii_case(name))
}
