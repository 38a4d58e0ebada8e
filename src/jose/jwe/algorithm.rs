//! The algorithms that encrypted tokens may have (RFC 7518 sections 4.1 and 5.1). What is not here is refused: `RSA1_5`, whose
//! padding makes an oracle of every recipient (RFC 8725 section 3.2), and PBES2, whose work the sender chooses.

use crate::jose::algorithm::SignatureAlgorithm;

/// How the content key reaches the recipient (`alg`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyManagement {
    /// RSAES-OAEP with this hash. RFC 7518 section 4.3: `RSA-OAEP` is SHA-1, of which OAEP needs no resistance to collisions.
    RsaOaep(OaepHash),
    /// The agreed key is the content key.
    EcdhEs,
    /// The agreed key wraps the content key.
    EcdhEsKeyWrap(KeyWrap),
    /// A key made of the client secret wraps the content key.
    KeyWrap(KeyWrap),
    /// A key made of the client secret is the content key.
    Direct,
}

/// The hash of OAEP and of its mask.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OaepHash {
    Sha1,
    Sha256,
}

/// AES Key Wrap with a key of this size (RFC 3394).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyWrap {
    A128,
    A192,
    A256,
}

impl KeyManagement {
    pub(crate) const ALL: [Self; 10] = [
        Self::RsaOaep(OaepHash::Sha1),
        Self::RsaOaep(OaepHash::Sha256),
        Self::EcdhEs,
        Self::EcdhEsKeyWrap(KeyWrap::A128),
        Self::EcdhEsKeyWrap(KeyWrap::A192),
        Self::EcdhEsKeyWrap(KeyWrap::A256),
        Self::KeyWrap(KeyWrap::A128),
        Self::KeyWrap(KeyWrap::A192),
        Self::KeyWrap(KeyWrap::A256),
        Self::Direct,
    ];

    /// RFC 7516 section 4.1.1: the name is case-sensitive.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RsaOaep(OaepHash::Sha1) => "RSA-OAEP",
            Self::RsaOaep(OaepHash::Sha256) => "RSA-OAEP-256",
            Self::EcdhEs => "ECDH-ES",
            // RFC 7518 section 4.6.2: the name goes into the derived key.
            Self::EcdhEsKeyWrap(KeyWrap::A128) => "ECDH-ES+A128KW",
            Self::EcdhEsKeyWrap(KeyWrap::A192) => "ECDH-ES+A192KW",
            Self::EcdhEsKeyWrap(KeyWrap::A256) => "ECDH-ES+A256KW",
            Self::KeyWrap(KeyWrap::A128) => "A128KW",
            Self::KeyWrap(KeyWrap::A192) => "A192KW",
            Self::KeyWrap(KeyWrap::A256) => "A256KW",
            Self::Direct => "dir",
        }
    }

    /// Whether the client secret is the key, and no key pair.
    pub(crate) fn is_symmetric(self) -> bool {
        matches!(self, Self::KeyWrap(_) | Self::Direct)
    }
}

impl KeyWrap {
    /// The length of the key that wraps, in bytes.
    pub(super) fn key_length(self) -> usize {
        match self {
            Self::A128 => 16,
            Self::A192 => 24,
            Self::A256 => 32,
        }
    }
}

/// How the content is encrypted (`enc`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ContentEncryption {
    A128Gcm,
    A192Gcm,
    A256Gcm,
    /// AES in CBC mode, and an HMAC.
    A128CbcHs256,
    A192CbcHs384,
    A256CbcHs512,
}

impl ContentEncryption {
    const ALL: [Self; 6] =
        [Self::A128Gcm, Self::A192Gcm, Self::A256Gcm, Self::A128CbcHs256, Self::A192CbcHs384, Self::A256CbcHs512];

    /// RFC 7516 section 4.1.2: the name is case-sensitive.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The name, which goes into an agreed key (RFC 7518 section 4.6.2).
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::A128Gcm => "A128GCM",
            Self::A192Gcm => "A192GCM",
            Self::A256Gcm => "A256GCM",
            Self::A128CbcHs256 => "A128CBC-HS256",
            Self::A192CbcHs384 => "A192CBC-HS384",
            Self::A256CbcHs512 => "A256CBC-HS512",
        }
    }

    /// The length of the content key, in bytes. RFC 7518 section 5.2.2.1: with CBC it is two keys.
    pub(super) fn key_length(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A192Gcm => 24,
            Self::A256Gcm | Self::A128CbcHs256 => 32,
            Self::A192CbcHs384 => 48,
            Self::A256CbcHs512 => 64,
        }
    }

    /// The HMAC beside CBC; none where the mode has its own tag.
    pub(super) fn mac(self) -> Option<SignatureAlgorithm> {
        match self {
            Self::A128Gcm | Self::A192Gcm | Self::A256Gcm => None,
            Self::A128CbcHs256 => Some(SignatureAlgorithm::Hs256),
            Self::A192CbcHs384 => Some(SignatureAlgorithm::Hs384),
            Self::A256CbcHs512 => Some(SignatureAlgorithm::Hs512),
        }
    }
}
