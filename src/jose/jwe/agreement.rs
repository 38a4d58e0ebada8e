//! Key agreement with an ephemeral key of the sender's (RFC 7518 section 4.6, RFC 8037 section 3.2).

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::ground::base64url::decode;
use crate::ground::json::Object;
use crate::jose::algorithm::Curve;

/// The sender's public key (`epk`, RFC 7518 section 4.6.1.1). Whether it is a point of its curve, the backend says: one that is
/// not would give the private key away bit by bit.
pub(crate) enum EphemeralKey {
    Ec {
        curve: Curve,
        /// SEC 1 section 2.3.3: 4, then both coordinates.
        point: Vec<u8>,
    },
    X25519(Vec<u8>),
}

impl EphemeralKey {
    /// Reads the JWK; nothing where it is not one of the curves, or a coordinate has another length than the curve's.
    pub(super) fn parse(json: &str) -> Option<Self> {
        let mut members = Object::parse(json).ok()?;
        let kty = members.take_string("kty").ok()??;
        let crv = members.take_string("crv").ok()??;
        let mut coordinate = |name| decode(&members.take_string(name).ok()??);
        match (&*kty, &*crv) {
            ("OKP", "X25519") => coordinate("x").filter(|x| x.len() == 32).map(Self::X25519),
            ("EC", name) => {
                let curve = Curve::from_name(name)?;
                let (x, y) = coordinate("x").zip(coordinate("y"))?;
                let length = curve.coordinate_length();
                let point = [&[4], x.as_slice(), &y].concat();
                (x.len() == length && y.len() == length).then_some(Self::Ec { curve, point })
            }
            _ => None,
        }
    }
}

/// The parties of an agreement, as the header names them (RFC 7518 sections 4.6.1.2 and 4.6.1.3); empty where it does not.
#[derive(Default)]
pub(super) struct Parties {
    pub(super) apu: Vec<u8>,
    pub(super) apv: Vec<u8>,
}

/// The key of this length, in bytes, that is derived from the shared secret for the algorithm of this name: the Concat KDF with
/// SHA-256 (RFC 7518 section 4.6.2, NIST SP 800-56A section 5.8.2.1).
///
/// By hand, on the SHA-256 that is there anyway: a library would be one more dependency of every build, for these lines.
pub(super) fn derive(secret: &[u8], algorithm: &str, parties: &Parties, length: usize) -> Option<Zeroizing<Vec<u8>>> {
    let mut key = Zeroizing::new(Vec::with_capacity(length.next_multiple_of(HASH_LENGTH)));
    let bits = u32::try_from(length).ok()?.checked_mul(8)?;
    for round in 1..=u32::try_from(length.div_ceil(HASH_LENGTH)).ok()? {
        let mut hash = Sha256::new();
        hash.update(round.to_be_bytes());
        hash.update(secret);
        for field in [algorithm.as_bytes(), &parties.apu, &parties.apv] {
            hash.update(u32::try_from(field.len()).ok()?.to_be_bytes());
            hash.update(field);
        }
        hash.update(bits.to_be_bytes());
        key.extend_from_slice(&Zeroizing::new(<[u8; HASH_LENGTH]>::from(hash.finalize()))[..]);
    }
    key.truncate(length);
    Some(key)
}

/// Of SHA-256, in bytes.
const HASH_LENGTH: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7518 appendix C.
    #[test]
    fn the_derived_key_of_the_specification() {
        let secret = [
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49, 110, 163, 218, 128,
            106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
        ];
        let parties = Parties { apu: b"Alice".to_vec(), apv: b"Bob".to_vec() };
        let key = derive(&secret, "A128GCM", &parties, 16).unwrap();
        assert_eq!(*key, decode("VqqN6vgjbSBcIijNcacQGg").unwrap());
    }

    #[test]
    fn a_longer_key_begins_as_no_shorter_one_does() {
        let key = |length| derive(&[1; 32], "A256CBC-HS512", &Parties::default(), length).unwrap();
        assert_eq!(key(64).len(), 64);
        // The length is hashed too.
        assert_ne!(key(64)[..32], key(32)[..]);
        assert_ne!(key(64)[..32], key(64)[32..]);
    }

    #[test]
    fn an_ephemeral_key_of_a_wrong_shape_is_refused() {
        let x = "cWF0gdI2J8uEzgcTjN5G_N6apvckWn-tIHoQpacbGcg";
        let ec = |crv: &str, x: &str, y: &str| format!(r#"{{"kty":"EC","crv":"{crv}","x":"{x}","y":"{y}"}}"#);
        assert!(EphemeralKey::parse(&ec("P-256", x, x)).is_some());
        assert!(EphemeralKey::parse(&format!(r#"{{"kty":"OKP","crv":"X25519","x":"{x}"}}"#)).is_some());
        for json in [
            ec("P-384", x, x),
            ec("P-224", x, x),
            ec("X25519", x, x),
            ec("P-256", x, "AAAA"),
            ec("P-256", &format!("AA{x}"), x),
            format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}"}}"#),
            format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#),
            format!(r#"{{"kty":"OKP","crv":"X25519","x":"AA{x}"}}"#),
            format!(r#"{{"kty":"OKP","crv":"X25519","x":"{x}","x":"{x}"}}"#),
            "\"epk\"".to_owned(),
        ] {
            assert!(EphemeralKey::parse(&json).is_none(), "{json}");
        }
    }
}
