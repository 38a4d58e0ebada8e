//! One JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037 section 2).

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use crate::ground::base64url::decode;
use crate::ground::json::Object;
use crate::jose::algorithm::{Curve, SignatureAlgorithm};
use crate::jose::backend::PublicKey;
use crate::jose::material::{KeyType, Material};

/// A key of the set. One that cannot verify is kept too, since a token may name it.
pub(crate) struct Jwk {
    kid: Option<String>,
    key_type: KeyType,
    /// `None`: not restricted to one algorithm.
    alg: Option<SignatureAlgorithm>,
    /// The issuer whose tokens the key signs, where the set is shared by several: a member that Microsoft Entra adds.
    issuer: Option<String>,
    /// `None`: the key cannot be used here: it is of another kind, for another use, too small, or too large.
    material: Option<Material>,
    /// Made of the material when a token first needs it, and then kept; `None` within: the backend refuses it.
    public_key: OnceLock<Option<PublicKey>>,
}

impl Jwk {
    /// Reads a key; nothing where it is not an object, has a duplicate member or a private one, or no `kty`.
    pub(crate) fn parse(json: &str) -> Option<Self> {
        let mut members = Object::parse(json).ok()?;
        if members.names().any(is_private) {
            return None;
        }
        let kty = members.take_string("kty").ok()??;
        let kid = members.take_string("kid").ok()?.map(Cow::into_owned);
        let alg = members.take_string("alg").ok()?;
        let for_signatures = is_for_signatures(&mut members);
        let (key_type, material) = read_public(&kty, &mut members);
        let known_alg = alg.as_deref().and_then(SignatureAlgorithm::from_name);
        // A key for an algorithm that is no signature (RSA-OAEP) verifies nothing.
        let right_alg = alg.is_none() || known_alg.is_some_and(|alg| key_type.serves(alg));
        let material = material.filter(|_| for_signatures && right_alg);
        let issuer = members.take_string("issuer").ok()?.map(Cow::into_owned);
        Some(Self { kid, key_type, alg: known_alg, issuer, material, public_key: OnceLock::new() })
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The issuer whose tokens the key signs, where it names one.
    pub(crate) fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// What it is made of, where it can verify signatures.
    pub(crate) fn into_material(self) -> Option<Material> {
        self.material
    }

    pub(crate) fn is_usable(&self) -> bool {
        self.public_key().is_some()
    }

    fn public_key(&self) -> Option<&PublicKey> {
        self.public_key.get_or_init(|| prepare(self.material.as_ref()?)).as_ref()
    }

    /// The key itself, where it can verify signatures of this algorithm.
    pub(crate) fn fit_for(&self, algorithm: SignatureAlgorithm) -> Option<&PublicKey> {
        let right_alg = self.alg.is_none_or(|alg| alg == algorithm);
        if right_alg && self.key_type.serves(algorithm) { self.public_key() } else { None }
    }
}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwk")
            .field("kid", &self.kid)
            .field("key_type", &self.key_type)
            .field("alg", &self.alg)
            .finish_non_exhaustive()
    }
}

/// Prepares a key for verification; nothing where the backend refuses it, or it is not for signatures.
fn prepare(material: &Material) -> Option<PublicKey> {
    match material {
        Material::Rsa { modulus, exponent } => PublicKey::rsa(modulus.clone(), exponent.clone()),
        Material::Ec { curve, x, y } => PublicKey::ec(*curve, x, y),
        Material::Ed25519 { x } => PublicKey::ed25519(x),
        Material::X25519 { .. } => None,
    }
}

/// The private members of RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1. A set is public: whoever fetched a key with one of them
/// could sign with it.
pub(crate) fn is_private(member: &str) -> bool {
    matches!(member, "d" | "p" | "q" | "dp" | "dq" | "qi" | "oth" | "k")
}

/// RFC 7517 sections 4.2 and 4.3: `use` and `key_ops`, where they are there, must allow it.
fn is_for_signatures(members: &mut Object<'_>) -> bool {
    let usage = members.take_string("use").map(|usage| usage.is_none_or(|usage| usage == "sig"));
    let operations = members
        .take::<Vec<String>>("key_ops")
        .map(|operations| operations.is_none_or(|operations| operations.iter().any(|operation| operation == "verify")));
    usage.unwrap_or(false) && operations.unwrap_or(false)
}

/// The kind of a key, and what it is made of where that is sound.
pub(super) fn read_public(kty: &str, members: &mut Object<'_>) -> (KeyType, Option<Material>) {
    match kty {
        "RSA" => (KeyType::Rsa, read_rsa(members)),
        "EC" => read_ec(members),
        "OKP" => read_okp(members),
        _ => (KeyType::Other, None),
    }
}

/// RFC 7518 section 6.3.1.
fn read_rsa(members: &mut Object<'_>) -> Option<Material> {
    let modulus = take_unsigned(members, "n")?;
    let exponent = take_unsigned(members, "e")?;
    is_sound_rsa(&modulus, &exponent).then_some(Material::Rsa { modulus, exponent })
}

/// 2048 bits at least (RFC 7518 section 3.3); 8192 at most, since larger ones cost too much. The limits stand here, so that
/// every backend has the same.
pub(crate) fn is_sound_rsa(modulus: &[u8], exponent: &[u8]) -> bool {
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    let right_size = (2048..=8192).contains(&bits(modulus)) && (2..=33).contains(&bits(exponent));
    right_size && odd(modulus) && odd(exponent)
}

/// RFC 7518 section 6.2.1.
fn read_ec(members: &mut Object<'_>) -> (KeyType, Option<Material>) {
    let Some(curve) = members.take_string("crv").ok().flatten().as_deref().and_then(Curve::from_name) else {
        return (KeyType::Other, None);
    };
    let mut coordinate = |name| take_bytes(members, name).filter(|bytes| bytes.len() == curve.coordinate_length());
    let point = coordinate("x").zip(coordinate("y"));
    (KeyType::Ec(curve), point.map(|(x, y)| Material::Ec { curve, x, y }))
}

/// RFC 8037 section 2; of its curves, those of 255 bits.
fn read_okp(members: &mut Object<'_>) -> (KeyType, Option<Material>) {
    let crv = members.take_string("crv").ok().flatten();
    let x = take_bytes(members, "x").filter(|x| x.len() == 32);
    match crv.as_deref() {
        Some("Ed25519") => {
            let sound = |x: &Vec<u8>| <&[u8; 32]>::try_from(x.as_slice()).is_ok_and(is_sound_ed25519);
            (KeyType::Ed25519, x.filter(sound).map(|x| Material::Ed25519 { x }))
        }
        Some("X25519") => (KeyType::X25519, x.map(|x| Material::X25519 { x })),
        _ => (KeyType::Other, None),
    }
}

/// RFC 8032 section 5.1.3 step 1, and no point of small order: for such a key there are signatures that fit many messages.
/// Backends differ in what they refuse, so the rule stands here.
pub(crate) fn is_sound_ed25519(x: &[u8; 32]) -> bool {
    // The y coordinate, little-endian; the highest bit is the sign of x.
    let mut y = *x;
    y[31] &= 0x7f;
    // p is 2²⁵⁵ − 19.
    let canonical = y[31] != 0x7f || y[0] < 0xed || y[1..31].iter().any(|byte| *byte != 0xff);
    canonical && !SMALL_ORDER.contains(&y)
}

/// The y coordinates of the eight points whose order divides 8: 0, 1, −1 and the two of order 8.
#[rustfmt::skip]
const SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
        0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
        0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

fn take_bytes(members: &mut Object<'_>, name: &str) -> Option<Vec<u8>> {
    decode(&members.take_string(name).ok()??)
}

/// Base64urlUInt (RFC 7518 section 2), without the leading zeros that some providers send.
fn take_unsigned(members: &mut Object<'_>, name: &str) -> Option<Vec<u8>> {
    let mut bytes = take_bytes(members, name)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.drain(..zeros);
    Some(bytes)
}

/// The length of a number without leading zero bytes, in bits.
fn bits(number: &[u8]) -> usize {
    let leading = number.first().map_or(0, |byte| byte.leading_zeros() as usize);
    number.len().saturating_mul(8).saturating_sub(leading)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The little-endian bytes of a y coordinate: the first, 30 in between, the last.
    fn y(first: u8, between: u8, last: u8) -> [u8; 32] {
        let mut y = [between; 32];
        (y[0], y[31]) = (first, last);
        y
    }

    #[test]
    fn a_y_coordinate_is_below_p() {
        // p is ed ff … ff 7f. The highest bit is no part of y.
        for (last, other) in [(0x7f, 0x7e), (0xff, 0xfe)] {
            assert!(!is_sound_ed25519(&y(0xed, 0xff, last)), "p");
            assert!(!is_sound_ed25519(&y(0xff, 0xff, last)), "the largest number");
            assert!(is_sound_ed25519(&y(0xeb, 0xff, last)), "p − 2");
            assert!(is_sound_ed25519(&y(0xff, 0xff, other)), "smaller in its last byte");
            for place in 1..31 {
                let mut smaller = y(0xff, 0xff, last);
                smaller[place] = 0xfe;
                assert!(is_sound_ed25519(&smaller), "smaller in byte {place}");
            }
        }
        // p − 1 is of order 2.
        assert!(!is_sound_ed25519(&y(0xec, 0xff, 0x7f)));
    }
}
