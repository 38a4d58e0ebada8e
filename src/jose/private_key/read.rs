//! How a private key is read: out of a JWK (RFC 7517, RFC 7518 section 6, RFC 8037 section 2), or out of PKCS#8 (RFC 5208), in
//! DER or PEM.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem;
use zeroize::{Zeroize, Zeroizing};

use crate::ground::base64url::decode;
use crate::ground::json::Object;
use crate::ground::secret::SecretText;
use crate::ground::vocabulary::Algorithm;
use crate::jose::algorithm::sha256_in_base64url;
use crate::jose::backend;
use crate::jose::error::InvalidKey;
use crate::jose::jwk::read_public;
use crate::jose::material::Material;
use crate::jose::private_key::{PrivateKey, Usage};

impl PrivateKey {
    /// Reads a private JWK (RFC 7517). `alg` and `kid` are kept. Without `alg`, the algorithm is that of the curve, for RSA
    /// RS256, for X25519 ECDH-ES. An RSA key has all of `n`, `e`, `d`, `p`, `q`, `dp`, `dq` and `qi`.
    ///
    /// # Errors
    ///
    /// When it is no JSON object, has a duplicate member, is public or symmetric, is of another kind, curve or size
    /// than those of [`PrivateKey`], its parts do not belong together, or its `alg` is for another kind of key.
    pub fn from_jwk(json: &str) -> Result<Self, InvalidKey> {
        let mut members = Object::parse(json).map_err(|_| InvalidKey::new("it is not a JWK"))?;
        let malformed = InvalidKey::new("a member of its JWK is not a string");
        let mut text = |name| members.take_string(name).map_err(|_| malformed);
        let kty = text("kty")?.ok_or(InvalidKey::new("its JWK has no kty"))?;
        let alg = text("alg")?.map(|alg| Algorithm::from(&*alg));
        let key_id = text("kid")?.map(Arc::from);
        let usage = read_usage(&mut members).ok_or(malformed)?;
        let (_, material) = read_public(&kty, &mut members);
        let material = material.ok_or(InvalidKey::new("it is of no kind, curve or size that is supported"))?;
        let key = read_private(&material, &mut members)?;
        let made = Self::of(key, material)?;
        Self { key_id, usage, ..made }.with_own_algorithm(alg)
    }

    /// Reads a private key in PKCS#8 and PEM: `-----BEGIN PRIVATE KEY-----`. See [`from_pkcs8_der`](Self::from_pkcs8_der).
    ///
    /// # Errors
    ///
    /// When it is not such a PEM file: an encrypted key, PKCS#1 (`BEGIN RSA PRIVATE KEY`) and SEC 1 (`BEGIN EC PRIVATE KEY`)
    /// are not; or as [`from_pkcs8_der`](Self::from_pkcs8_der).
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, InvalidKey> {
        let der = read_pem(pem, "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----").ok_or(InvalidKey::new(
            "it is not an unencrypted PKCS#8 key in PEM: openssl pkcs8 -topk8 -nocrypt makes one",
        ))?;
        Self::from_pkcs8_der(&der)
    }

    /// Names the certificate of the key, in PEM: `-----BEGIN CERTIFICATE-----`. For providers that know the key by it, as Microsoft
    /// Entra does: what the key signs has the certificate's thumbprint in its header (`x5t#S256`, RFC 7515 section 4.1.8), and a
    /// client assertion has a `typ`.
    ///
    /// # Errors
    ///
    /// When it is not such a PEM file, or the certificate is of another key.
    pub fn with_certificate_pem(self, pem: &str) -> Result<Self, InvalidKey> {
        let der = read_pem(pem, "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----")
            .ok_or(InvalidKey::new("its certificate is not in PEM"))?;
        // Nothing else of the certificate matters here: the provider has its own copy.
        if memmem::find(&der, self.material.bytes()).is_none() {
            return Err(InvalidKey::new("the certificate is of another key"));
        }
        Ok(Self { certificate_thumbprint: Some(sha256_in_base64url(&der).into()), ..self })
    }

    /// Reads a private key in PKCS#8 (RFC 5208), DER. The algorithm is that of the curve, for RSA RS256, for X25519 ECDH-ES:
    /// [`with_algorithm`](Self::with_algorithm) sets another.
    ///
    /// # Errors
    ///
    /// When it is not PKCS#8, or of another kind, curve or size than those of [`PrivateKey`].
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, InvalidKey> {
        let key = match der.strip_prefix(&X25519_PKCS8) {
            _ if !is_whole(der) => None,
            Some(scalar) => backend::PrivateKey::x25519(scalar),
            None => backend::PrivateKey::from_pkcs8(der),
        };
        let key = key.ok_or(InvalidKey::new("it is not PKCS#8 of a kind, curve and size that is supported"))?;
        let material = key.public().ok_or(InvalidKey::new("its public half cannot be read"))?;
        Self::of(key, material)
    }
}

/// What is between the first two such lines. It may be a private key: both texts are long enough from the start, since what grows
/// leaves its beginning behind.
fn read_pem(pem: &str, begin: &str, end: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (_, rest) = pem.split_once(begin)?;
    let (base64, _) = rest.split_once(end)?;
    let mut joined = SecretText::new(String::with_capacity(base64.len()));
    joined.extend(base64.split_ascii_whitespace());
    let mut der = Zeroizing::new(Vec::with_capacity(base64.len()));
    PEM.decode_vec(&*joined, &mut der).ok()?;
    Some(der)
}

/// Base64 as PEM files have it: with padding, or without where an editor has eaten it.
const PEM: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// RFC 8410 section 7: what stands before the 32 bytes of an X25519 key. A backend reads no such key by itself.
pub(super) const X25519_PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20];

/// Whether it is one SEQUENCE (X.690 section 8.1.3) with nothing after it. Not every backend looks.
fn is_whole(der: &[u8]) -> bool {
    match der {
        [0x30, 0x82, high, low, rest @ ..] => rest.len() == usize::from(u16::from_be_bytes([*high, *low])),
        [0x30, 0x81, length, rest @ ..] | [0x30, length @ 0..=0x7f, rest @ ..] => rest.len() == usize::from(*length),
        _ => false,
    }
}

/// RFC 7517 sections 4.2 and 4.3.
fn read_usage(members: &mut Object<'_>) -> Option<Usage> {
    let usage = members.take_string("use").ok()?;
    let operations = members.take::<Vec<String>>("key_ops").ok()?;
    let may = |word: &str, wanted: &[&str]| {
        let listed = |list: &Vec<String>| list.iter().any(|operation| wanted.contains(&operation.as_str()));
        usage.as_ref().is_none_or(|usage| usage == word) && operations.as_ref().is_none_or(listed)
    };
    let decrypt = ["decrypt", "unwrapKey", "deriveKey", "deriveBits"];
    Some(Usage { signs: may("sig", &["sign"]), decrypts: may("enc", &decrypt) })
}

/// The private members (RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2), which must belong to the public ones.
fn read_private(material: &Material, members: &mut Object<'_>) -> Result<backend::PrivateKey, InvalidKey> {
    let mut secret = |name| take_secret(members, name);
    let d = secret("d").ok_or(InvalidKey::new("it has no private part"))?;
    let key = match material {
        Material::Rsa { modulus, exponent } => {
            const INCOMPLETE: InvalidKey = InvalidKey::new("it is an RSA key without p, q, dp, dq and qi");
            let mut next = |name| secret(name).ok_or(INCOMPLETE);
            let primes = (next("p")?, next("q")?);
            let (dp, dq, qi) = (next("dp")?, next("dq")?, next("qi")?);
            if members.take_even_null("oth").is_some() {
                return Err(InvalidKey::new("it is an RSA key of more than two primes"));
            }
            backend::PrivateKey::rsa(&backend::RsaComponents {
                n: modulus,
                e: exponent,
                d: &d,
                p: &primes.0,
                q: &primes.1,
                dp: &dp,
                dq: &dq,
                qi: &qi,
            })
        }
        Material::Ec { curve, x, y } if d.len() == curve.coordinate_length() => {
            backend::PrivateKey::ec(*curve, &d, x, y)
        }
        Material::Ed25519 { .. } if d.len() == 32 => backend::PrivateKey::ed25519(&d),
        Material::X25519 { .. } if d.len() == 32 => backend::PrivateKey::x25519(&d),
        _ => None,
    };
    key.filter(|key| key.public().as_ref() == Some(material))
        .ok_or(InvalidKey::new("its private part does not belong to its public part"))
}

/// A private member, zeroed wherever it was.
fn take_secret(members: &mut Object<'_>, name: &str) -> Option<Zeroizing<Vec<u8>>> {
    let text = members.take_string(name).ok()??;
    let bytes = decode(&text).map(Zeroizing::new);
    if let Cow::Owned(mut text) = text {
        text.zeroize();
    }
    bytes
}
