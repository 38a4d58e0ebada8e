//! JSON Web Encryption (RFC 7516): the compact serialization, taken apart, and decrypted with a key of the client's.
//!
//! ```text
//! header . encrypted key . initialization vector . ciphertext . tag
//!   │           │
//!   │ alg       ▼
//!   └─────▶ content key ──enc, iv, header, tag──▶ what was encrypted
//! ```
//!
//! Whatever goes wrong on the way to the content is one error, `CannotDecrypt`. A content key that cannot be had is replaced by
//! a random one, with which the tag is then wrong: so that a sender who tries out changes to an encrypted key learns nothing,
//! neither from the answer nor from the time that it takes (RFC 7516 sections 11.4 and 11.5).

pub(super) mod agreement;
pub(super) mod algorithm;
mod content;
#[cfg(all(test, any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod known_answers;

use std::borrow::Cow;

use zeroize::Zeroizing;

pub(crate) use algorithm::KeyManagement;

use crate::ground::base64url::{decode, decode_text};
use crate::ground::json::Object;
use crate::ground::random;
use crate::ground::secret::SecretText;
use crate::ground::vocabulary::Algorithm;
use crate::jose::algorithm::Hash;
use crate::jose::backend::unwrap_key;
use crate::jose::error::JwtError;
use crate::jose::private_key::PrivateKey;
use agreement::{EphemeralKey, Parties, derive};
use algorithm::ContentEncryption;
use content::Content;

/// A JWE in compact serialization, taken apart and not decrypted.
pub(crate) struct Jwe<'a> {
    header: Header,
    /// The header as it came.
    authenticated: &'a str,
    encrypted_key: Vec<u8>,
    iv: Vec<u8>,
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
}

/// What is read out of a header.
struct Header {
    alg: KeyManagement,
    enc: ContentEncryption,
    kid: Option<String>,
    /// `None` also where it is no key of a curve that is known.
    epk: Option<EphemeralKey>,
    parties: Parties,
}

/// What a client can decrypt with.
pub(crate) struct DecryptionKeys<'a> {
    pub(crate) private_keys: &'a [PrivateKey],
    /// OpenID Connect Core 1.0 section 10.2: the client secret is a key too.
    pub(crate) client_secret: Option<&'a str>,
}

/// One key to try.
enum OwnKey<'a> {
    Private(&'a PrivateKey),
    /// Made of the client secret.
    Shared(Zeroizing<Vec<u8>>),
}

impl<'a> Jwe<'a> {
    /// RFC 7516 section 9: a JWE has five parts, a JWS three.
    pub(crate) fn is_one(compact: &str) -> bool {
        compact.split('.').count() == 5
    }

    /// RFC 7516 section 5.2, steps 1 to 5.
    pub(crate) fn parse(compact: &'a str) -> Result<Self, JwtError> {
        let malformed = |what| JwtError::Malformed { what };
        let parts: Vec<&'a str> = compact.split('.').collect();
        let Ok([authenticated, encrypted_key, iv, ciphertext, tag]) = <[&'a str; 5]>::try_from(parts) else {
            return Err(malformed("it does not have five parts"));
        };
        let header = decode_text(authenticated).ok_or(malformed("its header is not base64url of UTF-8"))?;
        Ok(Self {
            header: Header::parse(&header)?,
            authenticated,
            encrypted_key: decode(encrypted_key).ok_or(malformed("its encrypted key is not base64url"))?,
            iv: decode(iv).ok_or(malformed("its initialization vector is not base64url"))?,
            ciphertext: decode(ciphertext).ok_or(malformed("its ciphertext is not base64url"))?,
            tag: decode(tag).ok_or(malformed("its authentication tag is not base64url"))?,
        })
    }

    /// How its content key reached us.
    pub(crate) fn key_management(&self) -> KeyManagement {
        self.header.alg
    }

    /// What was encrypted, as text: RFC 7516 section 5.2, steps 6 to 17.
    pub(crate) fn decrypt(&self, keys: &DecryptionKeys<'_>) -> Result<SecretText, JwtError> {
        let content = if self.header.alg.is_symmetric() {
            let secret = keys.client_secret.ok_or(JwtError::Encrypted)?;
            self.open(&OwnKey::Shared(self.key_of_secret(secret)))
        } else if keys.private_keys.is_empty() {
            return Err(JwtError::Encrypted);
        } else {
            let fitting = keys.private_keys.iter().filter(|key| self.may_be_for(key));
            fitting.map(OwnKey::Private).find_map(|key| self.open(&key))
        };
        let mut content = content.ok_or(JwtError::CannotDecrypt)?;
        // A JWS is text, and so is JSON.
        String::from_utf8(std::mem::take(&mut *content)).map(SecretText::new).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            JwtError::NotSigned
        })
    }

    /// Whether it may be encrypted to this key: it has the `kid` that the token names, or none, and can do what the algorithm
    /// asks of it.
    fn may_be_for(&self, key: &PrivateKey) -> bool {
        let named = self.header.kid.as_deref().zip(key.kid());
        named.is_none_or(|(wanted, kid)| wanted == kid) && key.may_decrypt(self.header.alg)
    }

    /// The content, where this key opens it.
    fn open(&self, key: &OwnKey<'_>) -> Option<Zeroizing<Vec<u8>>> {
        let content_key = self.content_key(key)?;
        let content = Content {
            authenticated: self.authenticated.as_bytes(),
            iv: &self.iv,
            ciphertext: &self.ciphertext,
            tag: &self.tag,
        };
        content.open(self.header.enc, &content_key)
    }

    /// Steps 6 to 13: the content key, or a random one where it cannot be had. Nothing only where anybody can see why.
    fn content_key(&self, key: &OwnKey<'_>) -> Option<Zeroizing<Vec<u8>>> {
        let enc = self.header.enc;
        // Drawn in any case: the time is then the same.
        let random = random::bytes(enc.key_length()).ok()?;
        let found = match (self.header.alg, key) {
            (KeyManagement::RsaOaep(hash), OwnKey::Private(key)) => key.decrypt_oaep(hash, &self.encrypted_key),
            (KeyManagement::EcdhEs, OwnKey::Private(key)) => {
                // Step 10: there is no encrypted key.
                let agreed = self.agree(key, enc.name(), enc.key_length())?;
                self.encrypted_key.is_empty().then_some(agreed)
            }
            (KeyManagement::EcdhEsKeyWrap(wrap), OwnKey::Private(key)) => {
                self.unwrap_key(&self.agree(key, self.header.alg.name(), wrap.key_length())?)
            }
            (KeyManagement::KeyWrap(_), OwnKey::Shared(key)) => self.unwrap_key(key),
            (KeyManagement::Direct, OwnKey::Shared(key)) => self.encrypted_key.is_empty().then(|| key.clone()),
            _ => None,
        };
        Some(found.filter(|key| key.len() == enc.key_length()).unwrap_or(random))
    }

    /// RFC 7518 section 4.4. A wrapped key is eight bytes longer than the key (RFC 3394 section 2.2.1). Anybody can see that one is
    /// not, and to unwrap it would take as long as the sender likes.
    fn unwrap_key(&self, key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let right_length = self.encrypted_key.len() == self.header.enc.key_length().saturating_add(8);
        if right_length { unwrap_key(key, &self.encrypted_key) } else { None }
    }

    /// The key that is agreed on for the algorithm of this name. Nothing where the sender's key is not one of our key's curve.
    fn agree(&self, key: &PrivateKey, algorithm: &str, length: usize) -> Option<Zeroizing<Vec<u8>>> {
        derive(&key.agree(self.header.epk.as_ref()?)?, algorithm, &self.header.parties, length)
    }

    /// OpenID Connect Core 1.0 section 10.2: the first bytes of a SHA-2 hash of the secret, of the shortest one that has as
    /// many as the algorithm needs.
    fn key_of_secret(&self, secret: &str) -> Zeroizing<Vec<u8>> {
        let length = match self.header.alg {
            KeyManagement::KeyWrap(wrap) => wrap.key_length(),
            _ => self.header.enc.key_length(),
        };
        let hash = match length {
            ..=32 => Hash::Sha256,
            33..=48 => Hash::Sha384,
            _ => Hash::Sha512,
        };
        let mut key = Zeroizing::new(hash.digest(secret));
        key.truncate(length);
        key
    }
}

impl Header {
    /// RFC 7516 section 4. Keys in the header or behind its URLs (`jwk`, `jku`, `x5c`, `x5u`) say whom it is for, and prove nothing.
    fn parse(header: &str) -> Result<Self, JwtError> {
        let malformed = |what| JwtError::Malformed { what };
        let mut header = Object::parse(header)
            .map_err(|_| malformed("its header is not a JSON object without duplicate members"))?;
        // Section 4.1.13: no extension is understood here, so every critical one is refused.
        if header.take_even_null("crit").is_some() {
            return Err(JwtError::CriticalHeader);
        }
        // Section 4.1.3, RFC 8725 section 3.6: a few bytes would unpack into as many as the sender likes.
        if let Some(zip) = header.take_string("zip").map_err(|_| malformed("its zip is not a string"))? {
            return Err(JwtError::AlgorithmNotAllowed { algorithm: Algorithm::from(&*zip) });
        }
        let alg = header.take_string("alg").map_err(|_| malformed("its alg is not a string"))?;
        let alg = allowed(&alg.ok_or(malformed("its header has no alg"))?, KeyManagement::from_name)?;
        let enc = header.take_string("enc").map_err(|_| malformed("its enc is not a string"))?;
        let enc = allowed(&enc.ok_or(malformed("its header has no enc"))?, ContentEncryption::from_name)?;
        let kid = header.take_string("kid").map_err(|_| malformed("its kid is not a string"))?;
        let mut party = |name| match header.take_string(name) {
            Ok(None) => Ok(Vec::new()),
            Ok(Some(text)) => decode(&text).ok_or(malformed("its apu or apv is not base64url")),
            Err(_) => Err(malformed("its apu or apv is not a string")),
        };
        let parties = Parties { apu: party("apu")?, apv: party("apv")? };
        let epk = header.take_raw("epk").and_then(EphemeralKey::parse);
        Ok(Self { alg, enc, kid: kid.map(Cow::into_owned), epk, parties })
    }
}

/// RFC 8725 section 3.1: an algorithm that is known here.
fn allowed<T>(name: &str, from_name: impl Fn(&str) -> Option<T>) -> Result<T, JwtError> {
    from_name(name).ok_or_else(|| JwtError::AlgorithmNotAllowed { algorithm: Algorithm::from(name) })
}
