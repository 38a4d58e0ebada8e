//! A private key of our own (RFC 7517, RFC 5208): it signs, or it decrypts.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use zeroize::{Zeroize, Zeroizing};

use crate::ground::BoxError;
use crate::ground::json::Object;
use crate::ground::vocabulary::Algorithm;
use crate::jose::algorithm::{Curve, SignatureAlgorithm};
use crate::jose::backend;
use crate::jose::error::InvalidKey;
use crate::jose::jwe::agreement::EphemeralKey;
use crate::jose::jwe::algorithm::{KeyManagement, OaepHash};
use crate::jose::jwk::{is_sound_rsa, read_public};
use crate::jose::jws::decode;
use crate::jose::material::{KeyType, Material};
use crate::jose::signer::Signer;

/// A private key: it signs assertions, proofs and requests of this client, or it decrypts what is encrypted to it.
///
/// RSA of 2048 to 8192 bits; the curves P-256, P-384 and P-521; Ed25519 for signatures, X25519 for decryption. `Debug` shows
/// nothing of the secret, and it is zeroed when the last clone is dropped. Cloning is cheap.
///
/// ```
/// # #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))] {
/// use oidc_proto::{Algorithm, PrivateKey};
///
/// let key = PrivateKey::generate(Algorithm::ES256)?.with_key_id("2026-11");
/// println!("for the provider: {}", key.public_jwk());
/// # }
/// # Ok::<(), oidc_proto::InvalidKey>(())
/// ```
#[derive(Clone)]
pub struct PrivateKey {
    key: Arc<backend::PrivateKey>,
    material: Arc<Material>,
    algorithm: Algorithm,
    /// Whether the algorithm was set. Then the key is for no other.
    for_one_algorithm: bool,
    key_id: Option<Arc<str>>,
    /// What the JWK says that it is for.
    usage: Usage,
}

/// What `use` and `key_ops` of a JWK allow (RFC 7517 sections 4.2 and 4.3).
#[derive(Clone, Copy)]
struct Usage {
    signs: bool,
    decrypts: bool,
}

impl PrivateKey {
    /// Reads a private JWK (RFC 7517). `alg` and `kid` are kept. Without `alg`, the algorithm is that of the curve, for RSA
    /// RS256, for X25519 ECDH-ES. An RSA key has all of `n`, `e`, `d`, `p`, `q`, `dp`, `dq` and `qi`.
    ///
    /// # Errors
    ///
    /// When it is no JSON object, has a duplicate member, is public or symmetric, is of another kind, curve or size than
    /// those above, its parts do not belong together, or its `alg` is for another kind of key.
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
        const NO_PKCS8: InvalidKey =
            InvalidKey::new("it is not an unencrypted PKCS#8 key in PEM: openssl pkcs8 -topk8 -nocrypt makes one");
        let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----").ok_or(NO_PKCS8)?;
        let (base64, _) = rest.split_once("-----END PRIVATE KEY-----").ok_or(NO_PKCS8)?;
        // Both are long enough from the start: what grows leaves its beginning behind.
        let mut joined = Zeroizing::new(String::with_capacity(base64.len()));
        joined.extend(base64.split_ascii_whitespace());
        let mut der = Zeroizing::new(Vec::with_capacity(base64.len()));
        PEM.decode_vec(&*joined, &mut der).map_err(|_| NO_PKCS8)?;
        Self::from_pkcs8_der(&der)
    }

    /// Reads a private key in PKCS#8 (RFC 5208), DER. The algorithm is that of the curve, for RSA RS256, for X25519 ECDH-ES:
    /// [`with_algorithm`](Self::with_algorithm) sets another.
    ///
    /// # Errors
    ///
    /// When it is not PKCS#8, or of another kind, curve or size than those above.
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

    /// Makes a new key. It has no id. An RSA key has 2048 bits, a key for ECDH-ES is on P-256.
    ///
    /// # Errors
    ///
    /// When there is no private key for the algorithm, such as HS256, or the system has no randomness.
    pub fn generate(algorithm: impl Into<Algorithm>) -> Result<Self, InvalidKey> {
        let algorithm = algorithm.into();
        let signs = SignatureAlgorithm::from_name(algorithm.as_str());
        let kinds = [KeyType::Rsa, KeyType::Ec(Curve::P256), KeyType::Ec(Curve::P384), KeyType::Ec(Curve::P521)];
        let serves =
            |kind: &KeyType| signs.is_some_and(|algorithm| kind.serves(algorithm)) || kind.decrypts(algorithm.as_str());
        let kind = kinds.into_iter().chain([KeyType::Ed25519]).find(serves).ok_or(NO_SUCH_ALGORITHM)?;
        let key = backend::PrivateKey::generate(kind).ok_or(InvalidKey::new("no key can be made here"))?;
        let material = key.public().ok_or(InvalidKey::new("its public half cannot be read"))?;
        Self::of(key, material)?.with_algorithm(algorithm)
    }

    /// Sets the algorithm: PS256 for an RSA key, for example.
    ///
    /// # Errors
    ///
    /// When the algorithm is for another kind of key.
    pub fn with_algorithm(self, algorithm: impl Into<Algorithm>) -> Result<Self, InvalidKey> {
        self.with_own_algorithm(Some(algorithm.into()))
    }

    /// Sets the id of the key (`kid`), as the provider knows it.
    #[must_use]
    pub fn with_key_id(self, key_id: impl Into<String>) -> Self {
        Self { key_id: Some(key_id.into().into()), ..self }
    }

    /// The public half as a JWK, in JSON, with `alg`, `use` and, where it is set, `kid`: what is registered at the provider, or
    /// published in a JWK Set. A key whose JWK says that it decrypts, and not with which algorithm, has no `alg`.
    #[must_use]
    pub fn public_jwk(&self) -> String {
        let members = self.material.required_members();
        let members = members.strip_suffix('}').unwrap_or(&members);
        let signs = self.signs().is_some();
        let usage = if signs { "sig" } else { "enc" };
        // RFC 7517 section 4.4: the algorithm that a curve signs with is none to decrypt with.
        let fits = signs == SignatureAlgorithm::from_name(self.algorithm.as_str()).is_some();
        let member = |name, text: Option<&str>| {
            text.map_or_else(String::new, |text| format!(r#","{name}":{}"#, serde_json::Value::from(text)))
        };
        let algorithm = member("alg", fits.then(|| self.algorithm.as_str()));
        format!(r#"{members}{algorithm},"use":"{usage}"{}}}"#, member("kid", self.key_id.as_deref()))
    }

    /// The thumbprint of the public half (RFC 7638), with SHA-256, in base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.material.thumbprint()
    }

    fn of(key: backend::PrivateKey, material: Material) -> Result<Self, InvalidKey> {
        if matches!(&material, Material::Rsa { modulus, exponent } if !is_sound_rsa(modulus, exponent)) {
            return Err(InvalidKey::new("it is an RSA key of less than 2048 or more than 8192 bits"));
        }
        let algorithm = match material.key_type() {
            KeyType::Rsa => Algorithm::RS256,
            KeyType::Ec(Curve::P256) => Algorithm::ES256,
            KeyType::Ec(Curve::P384) => Algorithm::ES384,
            KeyType::Ec(Curve::P521) => Algorithm::ES512,
            KeyType::Ed25519 => Algorithm::EDDSA,
            KeyType::X25519 | KeyType::Other => Algorithm::from("ECDH-ES"),
        };
        let usage = Usage { signs: true, decrypts: true };
        let (key, material) = (Arc::new(key), Arc::new(material));
        Ok(Self { key, material, algorithm, for_one_algorithm: false, key_id: None, usage })
    }

    fn with_own_algorithm(self, algorithm: Option<Algorithm>) -> Result<Self, InvalidKey> {
        let Some(algorithm) = algorithm else { return Ok(self) };
        let kind = self.material.key_type();
        let signs = SignatureAlgorithm::from_name(algorithm.as_str()).is_some_and(|signs| kind.serves(signs));
        if signs || kind.decrypts(algorithm.as_str()) {
            return Ok(Self { algorithm, for_one_algorithm: true, ..self });
        }
        Err(NO_SUCH_ALGORITHM)
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Whether it may decrypt what is encrypted with this algorithm: it is of the right kind, its JWK does not say that it is for
    /// signatures, and no other algorithm is set.
    pub(crate) fn may_decrypt(&self, algorithm: KeyManagement) -> bool {
        let right_algorithm = !self.for_one_algorithm || self.algorithm.as_str() == algorithm.name();
        right_algorithm && self.usage.decrypts && self.material.key_type().decrypts(algorithm.name())
    }

    /// What was encrypted with RSAES-OAEP (RFC 7518 section 4.3).
    pub(crate) fn decrypt_oaep(&self, hash: OaepHash, encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.key.decrypt_oaep(hash, encrypted)
    }

    /// The secret that is agreed on with the sender (RFC 7518 section 4.6).
    pub(crate) fn agree(&self, ephemeral: &EphemeralKey) -> Option<Zeroizing<Vec<u8>>> {
        self.key.agree(ephemeral)
    }

    /// The algorithm of its signatures; nothing where the key is not for signatures.
    fn signs(&self) -> Option<SignatureAlgorithm> {
        SignatureAlgorithm::from_name(self.algorithm.as_str()).filter(|_| self.usage.signs)
    }
}

impl Signer for PrivateKey {
    fn algorithm(&self) -> Algorithm {
        self.algorithm.clone()
    }

    fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    fn public_jwk(&self) -> Option<String> {
        Some(self.public_jwk())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, BoxError> {
        let algorithm = self.signs().ok_or(InvalidKey::new("it is not for signatures"))?;
        self.key.sign(algorithm, message).ok_or_else(|| "the key could not sign".into())
    }
}

impl fmt::Debug for PrivateKey {
    /// Shows nothing of the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .field("thumbprint", &self.thumbprint())
            .finish_non_exhaustive()
    }
}

const NO_SUCH_ALGORITHM: InvalidKey = InvalidKey::new("its algorithm is for another kind of key, or unknown");

/// Base64 as PEM files have it: with padding, or without where an editor has eaten it.
const PEM: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// RFC 8410 section 7: what stands before the 32 bytes of an X25519 key. A backend reads no such key by itself.
const X25519_PKCS8: [u8; 16] =
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

#[cfg(test)]
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
mod tests {
    use super::*;
    use crate::jose::jwk::Jwk;
    use crate::jose::signer;

    /// RFC 8410 section 10.3.
    const ED25519_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----";

    fn verifies(key: &PrivateKey) -> bool {
        let message = b"what is signed";
        let signature = key.sign(message).unwrap();
        let algorithm = SignatureAlgorithm::from_name(key.algorithm.as_str()).unwrap();
        let jwk = Jwk::parse(&key.public_jwk()).unwrap();
        let public = jwk.fit_for(algorithm).unwrap();
        public.verify(algorithm, message, &signature) && !public.verify(algorithm, b"another message", &signature)
    }

    #[test]
    #[cfg_attr(miri, ignore = "making keys is too much for an interpreter")]
    fn a_new_key_signs_what_its_public_half_verifies() {
        for algorithm in ["ES256", "ES384", "ES512", "EdDSA", "Ed25519"] {
            let key = PrivateKey::generate(algorithm).unwrap();
            assert!(verifies(&key), "{algorithm}");
            signer::check(&key).unwrap();
        }
        for algorithm in ["HS256", "none", "A128KW", "dir", ""] {
            assert!(PrivateKey::generate(algorithm).is_err(), "{algorithm}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "RSA is too much for an interpreter")]
    fn an_rsa_key_signs_with_each_of_its_algorithms() {
        let key = PrivateKey::generate("RS256").unwrap();
        for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
            assert!(verifies(&key.clone().with_algorithm(algorithm).unwrap()), "{algorithm}");
        }
        assert!(key.with_algorithm("ES256").is_err());
    }

    #[test]
    #[cfg_attr(miri, ignore = "making keys is too much for an interpreter")]
    fn pkcs8_is_read_in_pem_of_any_width() {
        let key = PrivateKey::from_pkcs8_pem(ED25519_PEM).unwrap();
        assert!(verifies(&key));
        // RFC 8410 section 10.1 has the public half.
        assert!(key.public_jwk().contains(r#""x":"Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE""#), "{key:?}");
        let narrow = ED25519_PEM.replace("BQYD", "\r\n BQYD");
        assert_eq!(PrivateKey::from_pkcs8_pem(&narrow).unwrap().thumbprint(), key.thumbprint());
        for wrong in ["", "MC4C", "-----BEGIN EC PRIVATE KEY-----\nMC4=\n-----END EC PRIVATE KEY-----"] {
            assert!(PrivateKey::from_pkcs8_pem(wrong).unwrap_err().reason().contains("openssl"), "{wrong}");
        }
        assert!(PrivateKey::from_pkcs8_pem(&ED25519_PEM.replace("MC4C", "MC5C")).is_err());
        assert!(
            PrivateKey::from_pkcs8_pem(&ED25519_PEM.replace("dVhC", "dVhCAAAA")).is_err(),
            "there is more after it"
        );
    }

    #[test]
    #[cfg_attr(miri, ignore = "making keys is too much for an interpreter")]
    fn x25519_is_read_from_pkcs8_and_signs_nothing() {
        // RFC 7748 section 6.1, Alice.
        let scalar = decode("dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo").unwrap();
        let key = PrivateKey::from_pkcs8_der(&[&X25519_PKCS8[..], &scalar].concat()).unwrap();
        assert!(key.public_jwk().contains(r#""x":"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo""#));
        assert!(key.sign(b"").is_err());
        assert!(signer::check(&key).is_err());
        assert!(PrivateKey::from_pkcs8_der(&X25519_PKCS8).is_err());
    }

    #[test]
    #[cfg_attr(miri, ignore = "making keys is too much for an interpreter")]
    fn a_jwk_whose_parts_do_not_belong_together_is_refused() {
        // RFC 7517 appendix A.2.
        let jwk = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE","use":"enc"}"#;
        let key = PrivateKey::from_jwk(jwk).unwrap();
        assert!(key.sign(b"").is_err(), "it is for encryption");
        assert!(verifies(&PrivateKey::from_jwk(&jwk.replace("enc", "sig")).unwrap()));
        for (from, to) in [
            ("870M", "970M"),
            (r#""d":"#, r#""e":"#),
            ("MKBC", "NKBC"),
            ("P-256", "P-384"),
            (r#""use":"enc""#, r#""use":1"#),
            (r#""use":"enc""#, r#""alg":"RS256""#),
            (r#""use":"enc""#, r#""alg":"HS256""#),
            (r#""use":"enc""#, r#""d":"AA""#),
        ] {
            assert!(PrivateKey::from_jwk(&jwk.replace(from, to)).is_err(), "{to}");
        }
        assert!(PrivateKey::from_jwk(r#"{"kty":"oct","k":"AAAA","alg":"HS256"}"#).is_err());
    }

    /// What is registered must not say that a key for decryption signs.
    #[test]
    #[cfg_attr(miri, ignore = "making keys is too much for an interpreter")]
    fn a_key_that_decrypts_does_not_name_an_algorithm_that_signs() {
        let jwk = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE","use":"enc"}"#;
        let shown = |key: &PrivateKey| {
            let json = key.public_jwk();
            let mut members = Object::parse(&json).map_err(drop).unwrap();
            ["alg", "use"].map(|name| members.take::<String>(name).unwrap())
        };
        let words = |alg: Option<&str>, usage: &str| [alg.map(str::to_owned), Some(usage.to_owned())];
        let key = PrivateKey::from_jwk(jwk).unwrap();
        assert_eq!(shown(&key), words(None, "enc"));
        let named = key.with_algorithm("ECDH-ES+A128KW").unwrap();
        assert_eq!(shown(&named), words(Some("ECDH-ES+A128KW"), "enc"));
        assert_eq!(shown(&PrivateKey::from_jwk(&jwk.replace("enc", "sig")).unwrap()), words(Some("ES256"), "sig"));
    }

    #[test]
    #[cfg_attr(miri, ignore = "making keys is too much for an interpreter")]
    fn nothing_of_the_secret_is_shown() {
        let key = PrivateKey::generate("ES256").unwrap().with_key_id("k");
        let Material::Ec { .. } = &*key.material else { panic!("not on a curve") };
        assert!(!key.public_jwk().contains(r#""d""#));
        assert_eq!(
            format!("{key:?}"),
            format!(
                r#"PrivateKey {{ algorithm: "ES256", key_id: Some("k"), thumbprint: {:?}, .. }}"#,
                key.thumbprint()
            )
        );
    }
}
