//! What a public key is made of, and how it is written (RFC 7518 section 6, RFC 8037 section 2, RFC 7638).

use crate::ground::base64url;
use crate::jose::algorithm::{Curve, SignatureAlgorithm, sha256_in_base64url};

/// What a public key is made of. Numbers are big-endian; those of RSA have no leading zeros, coordinates are as long as the
/// field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Material {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    Ec { curve: Curve, x: Vec<u8>, y: Vec<u8> },
    Ed25519 { x: Vec<u8> },
    X25519 { x: Vec<u8> },
}

/// The kind of a key, which decides the algorithms that it serves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyType {
    Rsa,
    Ec(Curve),
    Ed25519,
    X25519,
    Other,
}

impl Material {
    pub(crate) fn key_type(&self) -> KeyType {
        match self {
            Self::Rsa { .. } => KeyType::Rsa,
            Self::Ec { curve, .. } => KeyType::Ec(*curve),
            Self::Ed25519 { .. } => KeyType::Ed25519,
            Self::X25519 { .. } => KeyType::X25519,
        }
    }

    /// The members of the JWK that a thumbprint is made of, in the order and form of RFC 7638 section 3.2: all that are
    /// required, and nothing else.
    pub(crate) fn required_members(&self) -> String {
        let base64 = |bytes: &[u8]| base64url::encode(bytes);
        match self {
            Self::Rsa { modulus, exponent } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, base64(exponent), base64(modulus))
            }
            Self::Ec { curve, x, y } => {
                format!(r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#, curve.name(), base64(x), base64(y))
            }
            Self::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64(x)),
            Self::X25519 { x } => format!(r#"{{"crv":"X25519","kty":"OKP","x":"{}"}}"#, base64(x)),
        }
    }

    /// The number that no other key has: the modulus, or the first coordinate.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Rsa { modulus: bytes, .. }
            | Self::Ec { x: bytes, .. }
            | Self::Ed25519 { x: bytes }
            | Self::X25519 { x: bytes } => bytes,
        }
    }

    /// RFC 7638 section 3, with SHA-256, in base64url.
    pub(crate) fn thumbprint(&self) -> String {
        sha256_in_base64url(self.required_members())
    }
}

impl KeyType {
    pub(crate) fn serves(self, algorithm: SignatureAlgorithm) -> bool {
        use SignatureAlgorithm as A;
        match algorithm {
            A::Rs256 | A::Rs384 | A::Rs512 | A::Ps256 | A::Ps384 | A::Ps512 => self == Self::Rsa,
            A::Es256 => self == Self::Ec(Curve::P256),
            A::Es384 => self == Self::Ec(Curve::P384),
            A::Es512 => self == Self::Ec(Curve::P521),
            A::Ed25519 => self == Self::Ed25519,
            // OpenID Connect Core 10.1: the key of an HMAC is the client secret, never one of the set.
            A::Hs256 | A::Hs384 | A::Hs512 => false,
        }
    }

    /// Whether the key serves for key management with this `alg` (RFC 7518 section 4.1).
    pub(crate) fn decrypts(self, alg: &str) -> bool {
        match alg {
            "RSA-OAEP" | "RSA-OAEP-256" => self == Self::Rsa,
            "ECDH-ES" | "ECDH-ES+A128KW" | "ECDH-ES+A192KW" | "ECDH-ES+A256KW" => {
                matches!(self, Self::Ec(_) | Self::X25519)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_of_rfc_8037() {
        // RFC 8037 appendix A.3.
        let x = base64url::decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(Material::Ed25519 { x }.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
