//! Private keys by the crates of `RustCrypto`, which zero them.

use p256::elliptic_curve::sec1::ToSec1Point;
use p256::pkcs8::{DecodePrivateKey, PrivateKeyInfoRef};
use rsa::pss::Pss;
use rsa::signature::Signer;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BoxedUint, Pkcs1v15Sign, pkcs1};
use sha2::{Digest, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::ground::random::{self, SysRng};
use crate::jose::algorithm::{Curve, SignatureAlgorithm};
use crate::jose::backend::RsaComponents;
use crate::jose::material::{KeyType, Material};

/// A private key, prepared for the backend once.
pub(crate) enum PrivateKey {
    Rsa(Box<rsa::PrivateKey>),
    P256(Box<p256::SecretKey>),
    P384(Box<p384::SecretKey>),
    P521(Box<p521::SecretKey>),
    Ed25519(Box<ed25519_dalek::SigningKey>),
    X25519(Box<x25519_dalek::StaticSecret>),
}

impl PrivateKey {
    pub(crate) fn rsa(numbers: &RsaComponents<'_>) -> Option<Self> {
        let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
        let primes = vec![number(numbers.p), number(numbers.q)];
        let key =
            rsa::PrivateKey::from_components(number(numbers.n), number(numbers.e), number(numbers.d), primes).ok()?;
        // The library computes the others anew. Those that came must be the same: the other backend uses them.
        let same = |made: &BoxedUint, came: &[u8]| *made == *Zeroizing::new(number(came));
        let coefficient = Zeroizing::new(key.crt_coefficient()?);
        let agree = same(key.dp()?, numbers.dp) && same(key.dq()?, numbers.dq) && same(&coefficient, numbers.qi);
        agree.then(|| Self::Rsa(Box::new(key)))
    }

    /// PKCS#8 of an RSA key, whose numbers must be what those of a JWK must be.
    fn rsa_from_pkcs8(der: &[u8]) -> Option<Self> {
        let info = PrivateKeyInfoRef::try_from(der).ok()?;
        // RFC 8017 appendix A.1: a key for RSASSA-PSS alone has another name.
        if info.algorithm != pkcs1::ALGORITHM_ID {
            return None;
        }
        let key = pkcs1::RsaPrivateKeyRef::try_from(info.private_key.as_bytes()).ok()?;
        if key.version() != pkcs1::Version::TwoPrime {
            return None;
        }
        Self::rsa(&RsaComponents {
            n: key.modulus.as_bytes(),
            e: key.public_exponent.as_bytes(),
            d: key.private_exponent.as_bytes(),
            p: key.prime1.as_bytes(),
            q: key.prime2.as_bytes(),
            dp: key.exponent1.as_bytes(),
            dq: key.exponent2.as_bytes(),
            qi: key.coefficient.as_bytes(),
        })
    }

    /// The scalar, as long as the field. The point follows from it.
    pub(crate) fn ec(curve: Curve, d: &[u8], _x: &[u8], _y: &[u8]) -> Option<Self> {
        match curve {
            Curve::P256 => p256::SecretKey::from_slice(d).ok().map(|key| Self::P256(Box::new(key))),
            Curve::P384 => p384::SecretKey::from_slice(d).ok().map(|key| Self::P384(Box::new(key))),
            Curve::P521 => p521::SecretKey::from_slice(d).ok().map(|key| Self::P521(Box::new(key))),
        }
    }

    pub(crate) fn ed25519(seed: &[u8]) -> Option<Self> {
        ed25519_dalek::SigningKey::try_from(seed).ok().map(|key| Self::Ed25519(Box::new(key)))
    }

    pub(crate) fn x25519(scalar: &[u8]) -> Option<Self> {
        let scalar = Zeroizing::new(<[u8; 32]>::try_from(scalar).ok()?);
        Some(Self::X25519(Box::new(x25519_dalek::StaticSecret::from(*scalar))))
    }

    /// PKCS#8 of any kind but X25519.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let p256 = || p256::SecretKey::from_pkcs8_der(der).ok().map(|key| Self::P256(Box::new(key)));
        let p384 = || p384::SecretKey::from_pkcs8_der(der).ok().map(|key| Self::P384(Box::new(key)));
        let p521 = || p521::SecretKey::from_pkcs8_der(der).ok().map(|key| Self::P521(Box::new(key)));
        let ed25519 = || ed25519_dalek::SigningKey::from_pkcs8_der(der).ok().map(|key| Self::Ed25519(Box::new(key)));
        Self::rsa_from_pkcs8(der).or_else(p256).or_else(p384).or_else(p521).or_else(ed25519)
    }

    /// A new key; RSA of 2048 bits.
    pub(crate) fn generate(kind: KeyType) -> Option<Self> {
        match kind {
            KeyType::Rsa => rsa::PrivateKey::new(&mut SysRng, 2048).ok().map(|key| Self::Rsa(Box::new(key))),
            KeyType::Ec(curve) => {
                // Random bytes are no scalar in one case of 2³² at most; for P-521 its highest 7 bits are zero.
                let mut drawn = Zeroizing::new(vec![0; curve.coordinate_length()]);
                (0..4).find_map(|_| {
                    random::fill(&mut drawn).ok()?;
                    if let (Curve::P521, Some(highest)) = (curve, drawn.first_mut()) {
                        *highest &= 1;
                    }
                    Self::ec(curve, &drawn, &[], &[])
                })
            }
            KeyType::Ed25519 | KeyType::X25519 => {
                let mut drawn = Zeroizing::new([0; 32]);
                random::fill(&mut *drawn).ok()?;
                if kind == KeyType::Ed25519 { Self::ed25519(&*drawn) } else { Self::x25519(&*drawn) }
            }
            KeyType::Other => None,
        }
    }

    pub(crate) fn public(&self) -> Option<Material> {
        let point = |curve: Curve, uncompressed: &[u8]| {
            let (x, y) = uncompressed.get(1..)?.split_at_checked(curve.coordinate_length())?;
            Some(Material::Ec { curve, x: x.to_vec(), y: y.to_vec() })
        };
        match self {
            Self::Rsa(key) => {
                let modulus = key.n().to_be_bytes_trimmed_vartime().into_vec();
                Some(Material::Rsa { modulus, exponent: key.e().to_be_bytes_trimmed_vartime().into_vec() })
            }
            Self::P256(key) => point(Curve::P256, key.public_key().to_sec1_point(false).as_bytes()),
            Self::P384(key) => point(Curve::P384, key.public_key().to_sec1_point(false).as_bytes()),
            Self::P521(key) => point(Curve::P521, key.public_key().to_sec1_point(false).as_bytes()),
            Self::Ed25519(key) => Some(Material::Ed25519 { x: key.verifying_key().as_bytes().to_vec() }),
            Self::X25519(key) => {
                Some(Material::X25519 { x: x25519_dalek::PublicKey::from(&**key).as_bytes().to_vec() })
            }
        }
    }

    /// The signature; nothing where the algorithm is for another kind of key.
    pub(crate) fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(key) => sign_rsa(key, algorithm, message),
            Self::P256(key) if algorithm == SignatureAlgorithm::Es256 => {
                let signature: p256::ecdsa::Signature = p256::ecdsa::SigningKey::from(&**key).try_sign(message).ok()?;
                Some(signature.to_bytes().to_vec())
            }
            Self::P384(key) if algorithm == SignatureAlgorithm::Es384 => {
                let signature: p384::ecdsa::Signature = p384::ecdsa::SigningKey::from(&**key).try_sign(message).ok()?;
                Some(signature.to_bytes().to_vec())
            }
            Self::P521(key) if algorithm == SignatureAlgorithm::Es512 => {
                let signature: p521::ecdsa::Signature = p521::ecdsa::SigningKey::from(&**key).try_sign(message).ok()?;
                Some(signature.to_bytes().to_vec())
            }
            Self::Ed25519(key) if algorithm == SignatureAlgorithm::Ed25519 => {
                Some(key.try_sign(message).ok()?.to_bytes().to_vec())
            }
            _ => None,
        }
    }
}

/// Blinded: how long it takes says nothing of the key.
fn sign_rsa(key: &rsa::PrivateKey, algorithm: SignatureAlgorithm, message: &[u8]) -> Option<Vec<u8>> {
    use SignatureAlgorithm as A;

    let rng = &mut SysRng;
    let signed = match algorithm {
        A::Rs256 => key.sign_with_rng(rng, Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)),
        A::Rs384 => key.sign_with_rng(rng, Pkcs1v15Sign::new::<Sha384>(), &Sha384::digest(message)),
        A::Rs512 => key.sign_with_rng(rng, Pkcs1v15Sign::new::<Sha512>(), &Sha512::digest(message)),
        // RFC 7518 section 3.5: the salt is as long as the hash.
        A::Ps256 => key.sign_with_rng(rng, Pss::<Sha256>::new_blinded(), &Sha256::digest(message)),
        A::Ps384 => key.sign_with_rng(rng, Pss::<Sha384>::new_blinded(), &Sha384::digest(message)),
        A::Ps512 => key.sign_with_rng(rng, Pss::<Sha512>::new_blinded(), &Sha512::digest(message)),
        _ => return None,
    };
    signed.ok()
}
