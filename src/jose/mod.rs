//! JSON Web Signature (RFC 7515): the compact serialization, taken apart, and the algorithms.

mod algorithm;
pub(crate) mod signature;

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

pub(crate) use algorithm::{Hash, SignatureAlgorithm};

use crate::id_token::IdTokenError;
use crate::json::Object;

/// A JWS in compact serialization, taken apart and not believed.
pub(crate) struct Jws<'a> {
    pub(crate) alg: String,
    pub(crate) kid: Option<String>,
    /// What was signed: header and payload as they came.
    pub(crate) signing_input: &'a str,
    /// A JSON object, if all is well.
    pub(crate) payload: Zeroizing<String>,
    pub(crate) signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// RFC 7515 section 5.2, steps 1 to 7.
    pub(crate) fn parse(compact: &'a str) -> Result<Self, IdTokenError> {
        let malformed = |what| IdTokenError::Malformed { what };
        let parts = malformed("it does not have three parts");
        let Some((signing_input, signature)) = compact.rsplit_once('.') else {
            return Err(parts);
        };
        let (header, payload) = signing_input.split_once('.').ok_or(parts)?;
        // RFC 7516 section 9: a JWE has five parts, a JWS three.
        match payload.split('.').count() {
            1 => {}
            3 => return Err(IdTokenError::Encrypted),
            _ => return Err(malformed("it does not have three parts")),
        }
        let header = decode_text(header).ok_or(malformed("its header is not base64url of UTF-8"))?;
        let (alg, kid) = read_header(&header)?;
        Ok(Self {
            alg,
            kid,
            signing_input,
            payload: decode_text(payload)
                .map(Zeroizing::new)
                .ok_or(malformed("its payload is not base64url of UTF-8"))?,
            signature: decode(signature).ok_or(malformed("its signature is not base64url"))?,
        })
    }
}

/// The id of the key that a token claims to be signed with, unverified; nothing where it names none, or cannot be read.
pub(crate) fn unverified_kid(compact: &str) -> Option<String> {
    let (header, _) = compact.split_once('.')?;
    read_header(&decode_text(header)?).ok()?.1
}

/// The algorithm and the key's id. Keys in the header or behind its URLs (`jwk`, `jku`, `x5c`, `x5u`) prove nothing and are
/// not looked at (RFC 8725 section 3.10).
fn read_header(header: &str) -> Result<(String, Option<String>), IdTokenError> {
    let malformed = |what| IdTokenError::Malformed { what };
    let mut header =
        Object::parse(header).map_err(|_| malformed("its header is not a JSON object without duplicate names"))?;
    // RFC 7515 section 4.1.11: no extension is understood here, so whatever is critical is too much.
    if header.take_even_null("crit").is_some() {
        return Err(IdTokenError::CriticalHeader);
    }
    // RFC 8725 section 3.11: an ID token is not an access token or a logout token.
    let typ = header.take_string("typ").map_err(|_| malformed("its typ is not a string"))?;
    if typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT") && !typ.eq_ignore_ascii_case("application/jwt")) {
        return Err(IdTokenError::WrongType);
    }
    let alg = header.take_string("alg").map_err(|_| malformed("its alg is not a string"))?;
    let kid = header.take_string("kid").map_err(|_| malformed("its kid is not a string"))?;
    Ok((alg.ok_or(malformed("its header has no alg"))?.into_owned(), kid.map(Cow::into_owned)))
}

/// RFC 7515 section 2: base64url without padding; unused bits are zero.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn decode_text(text: &str) -> Option<String> {
    String::from_utf8(decode(text)?).ok()
}
