//! Private keys by aws-lc-rs, which zeroes them.

use std::sync::OnceLock;

use aws_lc_rs::agreement::{self, X25519};
use aws_lc_rs::encoding::{AsBigEndian, AsDer, EcPrivateKeyBin, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, KeySize, OaepPrivateDecryptingKey, PrivateDecryptingKey, PublicKeyComponents};
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair,
};

use crate::jose::algorithm::{Curve, SignatureAlgorithm};
use crate::jose::backend::RsaComponents;
use crate::jose::material::{KeyType, Material};

/// A private key, prepared for the backend once.
pub(crate) enum PrivateKey {
    Rsa(Box<RsaKey>),
    Ec(Box<EcKey>),
    Ed25519(Ed25519KeyPair),
    X25519(agreement::PrivateKey),
}

/// An RSA key as the library wants it for signatures; and for decryption, once a token needs that. It is kept, since preparing it
/// takes longer than decrypting: 450 beside 300 microseconds with 2048 bits.
pub(crate) struct RsaKey {
    pair: RsaKeyPair,
    decrypting: OnceLock<Option<OaepPrivateDecryptingKey>>,
}

impl RsaKey {
    fn boxed(pair: RsaKeyPair) -> Box<Self> {
        Box::new(Self { pair, decrypting: OnceLock::new() })
    }

    pub(super) fn decrypting(&self) -> Option<&OaepPrivateDecryptingKey> {
        let prepare = || {
            let der: Pkcs8V1Der<'_> = self.pair.as_der().ok()?;
            OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(der.as_ref()).ok()?).ok()
        };
        self.decrypting.get_or_init(prepare).as_ref()
    }
}

/// A key on a curve as the library wants it for signatures; and for key agreement, once a token needs that. It is kept, since
/// preparing it takes half as long as agreeing: 19 beside 37 microseconds on P-256.
pub(crate) struct EcKey {
    pub(super) curve: Curve,
    pair: EcdsaKeyPair,
    agreeing: OnceLock<Option<agreement::PrivateKey>>,
}

impl EcKey {
    fn boxed(curve: Curve, pair: EcdsaKeyPair) -> Box<Self> {
        Box::new(Self { curve, pair, agreeing: OnceLock::new() })
    }

    pub(super) fn agreeing(&self) -> Option<&agreement::PrivateKey> {
        let prepare = || {
            let scalar: EcPrivateKeyBin<'_> = self.pair.private_key().as_be_bytes().ok()?;
            agreement::PrivateKey::from_private_key(ecdh(self.curve), scalar.as_ref()).ok()
        };
        self.agreeing.get_or_init(prepare).as_ref()
    }
}

impl PrivateKey {
    pub(crate) fn rsa(numbers: &RsaComponents<'_>) -> Option<Self> {
        let components = KeyPairComponents {
            public_key: PublicKeyComponents { n: numbers.n, e: numbers.e },
            d: numbers.d,
            p: numbers.p,
            q: numbers.q,
            dP: numbers.dp,
            dQ: numbers.dq,
            qInv: numbers.qi,
        };
        RsaKeyPair::from_components(&components).ok().map(|key| Self::Rsa(RsaKey::boxed(key)))
    }

    /// The scalar, and the point that belongs to it; each number is as long as the field.
    pub(crate) fn ec(curve: Curve, d: &[u8], x: &[u8], y: &[u8]) -> Option<Self> {
        // SEC 1 section 2.3.3: 4, then both coordinates.
        let uncompressed = [&[4], x, y].concat();
        let key = EcdsaKeyPair::from_private_key_and_public_key(ecdsa(curve), d, &uncompressed);
        key.ok().map(|key| Self::Ec(EcKey::boxed(curve, key)))
    }

    pub(crate) fn ed25519(seed: &[u8]) -> Option<Self> {
        Ed25519KeyPair::from_seed_unchecked(seed).ok().map(Self::Ed25519)
    }

    pub(crate) fn x25519(scalar: &[u8]) -> Option<Self> {
        agreement::PrivateKey::from_private_key(&X25519, scalar).ok().map(Self::X25519)
    }

    /// PKCS#8 of any kind but X25519.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let rsa = || RsaKeyPair::from_pkcs8(der).ok().map(|key| Self::Rsa(RsaKey::boxed(key)));
        let ec = |curve| EcdsaKeyPair::from_pkcs8(ecdsa(curve), der).ok().map(|key| Self::Ec(EcKey::boxed(curve, key)));
        let ed25519 = || Ed25519KeyPair::from_pkcs8(der).ok().map(Self::Ed25519);
        rsa().or_else(|| CURVES.into_iter().find_map(ec)).or_else(ed25519)
    }

    /// A new key; RSA of 2048 bits.
    pub(crate) fn generate(kind: KeyType) -> Option<Self> {
        match kind {
            KeyType::Rsa => RsaKeyPair::generate(KeySize::Rsa2048).ok().map(|key| Self::Rsa(RsaKey::boxed(key))),
            KeyType::Ec(curve) => {
                EcdsaKeyPair::generate(ecdsa(curve)).ok().map(|key| Self::Ec(EcKey::boxed(curve, key)))
            }
            KeyType::Ed25519 => Ed25519KeyPair::generate().ok().map(Self::Ed25519),
            KeyType::X25519 => agreement::PrivateKey::generate(&X25519).ok().map(Self::X25519),
            KeyType::Other => None,
        }
    }

    pub(crate) fn public(&self) -> Option<Material> {
        match self {
            Self::Rsa(key) => {
                let key = key.pair.public_key();
                let (n, e) = (key.modulus(), key.exponent());
                let bytes = |number: &[u8]| number.to_vec();
                let modulus = bytes(n.big_endian_without_leading_zero());
                Some(Material::Rsa { modulus, exponent: bytes(e.big_endian_without_leading_zero()) })
            }
            Self::Ec(key) => {
                let (curve, point) = (key.curve, key.pair.public_key().as_ref());
                let (x, y) = point.get(1..)?.split_at_checked(curve.coordinate_length())?;
                Some(Material::Ec { curve, x: x.to_vec(), y: y.to_vec() })
            }
            Self::Ed25519(key) => Some(Material::Ed25519 { x: key.public_key().as_ref().to_vec() }),
            Self::X25519(key) => Some(Material::X25519 { x: key.compute_public_key().ok()?.as_ref().to_vec() }),
        }
    }

    /// The signature; nothing where the algorithm is for another kind of key.
    pub(crate) fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.pair.public_modulus_len()];
                key.pair.sign(rsa_encoding(algorithm)?, &SystemRandom::new(), message, &mut signature).ok()?;
                Some(signature)
            }
            Self::Ec(key) if algorithm.curve() == Some(key.curve) => {
                key.pair.sign(&SystemRandom::new(), message).ok().map(|signature| signature.as_ref().to_vec())
            }
            Self::Ed25519(key) if algorithm == SignatureAlgorithm::Ed25519 => {
                key.try_sign(message).ok().map(|signature| signature.as_ref().to_vec())
            }
            _ => None,
        }
    }
}

const CURVES: [Curve; 3] = [Curve::P256, Curve::P384, Curve::P521];

fn ecdsa(curve: Curve) -> &'static EcdsaSigningAlgorithm {
    match curve {
        Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        Curve::P521 => &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
    }
}

fn ecdh(curve: Curve) -> &'static agreement::Algorithm {
    match curve {
        Curve::P256 => &agreement::ECDH_P256,
        Curve::P384 => &agreement::ECDH_P384,
        Curve::P521 => &agreement::ECDH_P521,
    }
}

fn rsa_encoding(algorithm: SignatureAlgorithm) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        SignatureAlgorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
        SignatureAlgorithm::Rs384 => &signature::RSA_PKCS1_SHA384,
        SignatureAlgorithm::Rs512 => &signature::RSA_PKCS1_SHA512,
        SignatureAlgorithm::Ps256 => &signature::RSA_PSS_SHA256,
        SignatureAlgorithm::Ps384 => &signature::RSA_PSS_SHA384,
        SignatureAlgorithm::Ps512 => &signature::RSA_PSS_SHA512,
        _ => return None,
    })
}
