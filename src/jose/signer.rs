//! Who signs: a trait, so that a key may be anywhere; and the JWS that is made with it (RFC 7515).

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::ground::BoxError;
use crate::ground::base64url;
use crate::ground::vocabulary::Algorithm;
use crate::jose::algorithm::SignatureAlgorithm;
use crate::jose::backend;
use crate::jose::error::InvalidKey;
use crate::jose::jwk::Jwk;
use crate::jose::material::Material;

/// Something that signs: a [`PrivateKey`](crate::PrivateKey), or a key in a device or a process of its own.
///
/// It must not wait for a network: nothing else in this crate does. For a key that is reached over one, see
/// [`Client::assertion_to_sign`](crate::Client::assertion_to_sign).
pub trait Signer: Send + Sync {
    /// The algorithm of the signatures (`alg`, RFC 7518 section 3.1). It is asymmetric.
    fn algorithm(&self) -> Algorithm;

    /// The id of the key (`kid`), as the provider knows it; `None` where it knows only one key.
    fn key_id(&self) -> Option<&str>;

    /// The public key as a JWK (RFC 7517), in JSON. A DPoP key needs it. Where it is there, it must fit the algorithm.
    fn public_jwk(&self) -> Option<String>;

    /// The thumbprint of the key's certificate, where the provider knows the key by that, as Microsoft Entra does: SHA-256 of its
    /// DER, in base64url (`x5t#S256`, RFC 7515 section 4.1.8).
    fn certificate_thumbprint(&self) -> Option<&str> {
        None
    }

    /// Signs the message, which is not hashed yet. An ECDSA signature is `r || s`, each as long as the curve's field (RFC 7518
    /// section 3.4), not DER.
    ///
    /// # Errors
    ///
    /// When there is no signature. The error is shown in logs: it must hold no secret.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, BoxError>;
}

impl<S: Signer + ?Sized> Signer for Arc<S> {
    fn algorithm(&self) -> Algorithm {
        (**self).algorithm()
    }

    fn key_id(&self) -> Option<&str> {
        (**self).key_id()
    }

    fn public_jwk(&self) -> Option<String> {
        (**self).public_jwk()
    }

    fn certificate_thumbprint(&self) -> Option<&str> {
        (**self).certificate_thumbprint()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, BoxError> {
        (**self).sign(message)
    }
}

/// The header of a JWS that is about to be signed (RFC 7515 section 4.1).
#[derive(Default, Serialize)]
pub(crate) struct JwsHeader<'a> {
    pub(crate) alg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) typ: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kid: Option<&'a str>,
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub(crate) certificate_thumbprint: Option<&'a str>,
    /// The public key itself, for a receiver that does not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jwk: Option<&'a RawValue>,
}

/// What is signed: header and payload, each in base64url (RFC 7515 section 5.1).
pub(crate) fn signing_input(header: &JwsHeader<'_>, claims: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut input = base64url::encode(serde_json::to_vec(header)?);
    input.push('.');
    base64url::append(serde_json::to_vec(claims)?, &mut input);
    Ok(input)
}

/// The compact serialization, once the signature is there. One of the wrong length is refused here, where its cause can be
/// seen: key stores often answer in DER.
pub(crate) fn with_signature(mut input: String, algorithm: &str, signature: &[u8]) -> Result<String, BoxError> {
    let expected = SignatureAlgorithm::from_name(algorithm).and_then(signature_length);
    if expected.is_some_and(|length| length != signature.len()) {
        return Err(
            "the signature does not have the length that its algorithm makes: an ECDSA signature is r || s, not DER"
                .into(),
        );
    }
    input.push('.');
    base64url::append(signature, &mut input);
    Ok(input)
}

/// Makes a JWS: the claims, signed, of the type that the header has in `typ`.
pub(crate) fn sign(
    signer: &dyn Signer,
    typ: Option<&str>,
    jwk: Option<&RawValue>,
    claims: &impl Serialize,
) -> Result<String, BoxError> {
    let alg = signer.algorithm();
    // Where the key itself is in the header, nothing names it.
    let named = jwk.is_none();
    let header = JwsHeader {
        alg: alg.as_str(),
        typ,
        kid: signer.key_id().filter(|_| named),
        certificate_thumbprint: signer.certificate_thumbprint().filter(|_| named),
        jwk,
    };
    let input = signing_input(&header, claims)?;
    let signature = signer.sign(input.as_bytes())?;
    with_signature(input, alg.as_str(), &signature)
}

/// In bytes; nothing where it depends on the key.
fn signature_length(algorithm: SignatureAlgorithm) -> Option<usize> {
    match algorithm {
        SignatureAlgorithm::Ed25519 => Some(64),
        algorithm if algorithm.is_symmetric() => Some(algorithm.hash().length()),
        algorithm => algorithm.curve().map(|curve| curve.coordinate_length().saturating_mul(2)),
    }
}

/// A secret that both sides know, as a signer (RFC 7518 section 3.2). It is not public: an asymmetric key is meant wherever
/// a caller brings a signer.
pub(crate) struct Mac {
    pub(crate) algorithm: Algorithm,
    pub(crate) secret: Zeroizing<Vec<u8>>,
}

impl Signer for Mac {
    fn algorithm(&self) -> Algorithm {
        self.algorithm.clone()
    }

    fn key_id(&self) -> Option<&str> {
        None
    }

    fn public_jwk(&self) -> Option<String> {
        None
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, BoxError> {
        SignatureAlgorithm::from_name(self.algorithm.as_str())
            .and_then(|algorithm| backend::hmac(algorithm, &self.secret, message))
            .ok_or_else(|| "there is no signature backend".into())
    }
}

/// A signer that many share. `Debug` shows what is public of it.
#[derive(Clone)]
pub(crate) struct SharedSigner(Arc<dyn Signer>);

impl SharedSigner {
    pub(crate) fn new(signer: impl Signer + 'static) -> Self {
        Self(Arc::new(signer))
    }
}

impl Deref for SharedSigner {
    type Target = dyn Signer;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for SharedSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("algorithm", &self.algorithm())
            .field("key_id", &self.key_id())
            .finish_non_exhaustive()
    }
}

/// Whether a signer's algorithm is asymmetric, and fits its key where the key is known.
pub(crate) fn check(signer: &dyn Signer) -> Result<(), InvalidKey> {
    let algorithm = check_algorithm(&signer.algorithm())?;
    let Some(jwk) = signer.public_jwk() else { return Ok(()) };
    let jwk = Jwk::parse(&jwk).ok_or(InvalidKey::new("its public half is not a public JWK"))?;
    if jwk.is_usable() && algorithm.is_none_or(|algorithm| jwk.fit_for(algorithm).is_some()) {
        return Ok(());
    }
    Err(InvalidKey::new("it is not for signatures with its algorithm"))
}

/// The public key of a signer that has to say it.
pub(crate) fn public_key(signer: &dyn Signer) -> Result<Material, InvalidKey> {
    check(signer)?;
    let jwk = signer.public_jwk().ok_or(InvalidKey::new("its signer gives no public key"))?;
    Jwk::parse(&jwk).and_then(Jwk::into_material).ok_or(InvalidKey::new("its public half is not a public JWK"))
}

/// The algorithm, where it is known here: another may be right all the same, which the provider has to say.
pub(crate) fn check_algorithm(name: &Algorithm) -> Result<Option<SignatureAlgorithm>, InvalidKey> {
    let algorithm = SignatureAlgorithm::from_name(name.as_str());
    let symmetric = algorithm.is_some_and(SignatureAlgorithm::is_symmetric);
    if symmetric || *name == Algorithm::NONE {
        return Err(InvalidKey::new("its algorithm is not asymmetric"));
    }
    Ok(algorithm)
}
