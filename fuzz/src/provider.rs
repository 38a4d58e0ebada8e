//! The keys of a provider. They sign what the fuzzer makes, so that it reaches the code after the signature check.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer;
use hmac::{KeyInit, Mac};
use oidc_proto::JwkSet;

use crate::CLIENT_SECRET;

/// Who signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum By {
    /// The provider, with Ed25519.
    Ed25519,
    /// The provider, with ECDSA on P-256.
    P256,
    /// The provider, with the client secret and HMAC SHA-256.
    ClientSecret,
    /// Somebody else, with Ed25519.
    Stranger,
}

impl By {
    #[must_use]
    pub fn chosen(choice: u8) -> Self {
        [Self::Ed25519, Self::P256, Self::ClientSecret, Self::Stranger][usize::from(choice % 4)]
    }

    /// The names of the algorithm; none where the signature must not be accepted.
    #[must_use]
    pub fn algorithms(self) -> &'static [&'static str] {
        match self {
            Self::Ed25519 => &["EdDSA", "Ed25519"],
            Self::P256 => &["ES256"],
            Self::ClientSecret => &["HS256"],
            Self::Stranger => &[],
        }
    }
}

static ED25519: LazyLock<ed25519_dalek::SigningKey> = LazyLock::new(|| {
    ed25519_dalek::SigningKey::from_bytes(b"a key that is only used for tests"[..32].try_into().unwrap())
});
static STRANGER: LazyLock<ed25519_dalek::SigningKey> = LazyLock::new(|| {
    ed25519_dalek::SigningKey::from_bytes(b"somebody else's key, for tests too"[..32].try_into().unwrap())
});
static P256: LazyLock<p256::ecdsa::SigningKey> =
    LazyLock::new(|| p256::ecdsa::SigningKey::from_slice(&b"a key that is only used for tests"[..32]).unwrap());

/// Header and payload, signed, in compact serialization.
#[must_use]
pub fn sign(by: By, header: &[u8], payload: &[u8]) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let message = input.as_bytes();
    let signature = match by {
        By::Ed25519 => ED25519.sign(message).to_bytes().to_vec(),
        By::Stranger => STRANGER.sign(message).to_bytes().to_vec(),
        By::P256 => {
            let signature: p256::ecdsa::Signature = P256.sign(message);
            signature.to_bytes().to_vec()
        }
        By::ClientSecret => {
            let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(CLIENT_SECRET.as_bytes()).unwrap();
            mac.update(message);
            mac.finalize().into_bytes().to_vec()
        }
    };
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The x coordinate of the provider's Ed25519 key, as its JWK has it.
#[must_use]
pub fn ed25519_x() -> String {
    URL_SAFE_NO_PAD.encode(ED25519.verifying_key().as_bytes())
}

/// The x coordinate of the provider's P-256 key, as its JWK has it.
#[must_use]
pub fn p256_x() -> String {
    URL_SAFE_NO_PAD.encode(p256_point().0)
}

fn p256_point() -> (Vec<u8>, Vec<u8>) {
    let point = P256.verifying_key().to_sec1_point(false);
    (point.x().unwrap().to_vec(), point.y().unwrap().to_vec())
}

/// The provider's JWK Set, with the names that the test vectors use.
#[must_use]
pub fn jwks_json() -> String {
    let (x, y) = p256_point();
    let [x, y] = [x, y].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    let ed25519_x = ed25519_x();
    format!(
        r#"{{"keys":[{{"kty":"RSA","kid":"rsa-1","n":"{RSA_MODULUS}","e":"AQAB"}},{{"kty":"EC","crv":"P-256","kid":"ec-256","x":"{x}","y":"{y}"}},{{"kty":"OKP","crv":"Ed25519","kid":"ed-1","x":"{ed25519_x}"}}]}}"#
    )
}

/// Nobody knows its factors, so nobody can sign with it.
const RSA_MODULUS: &str = "0UZ0Yi_N5-ReIIAIMX2ROHL3qiats3Jp9DFBYtsPpHwm9eAWnzJUaZodt3ggARaqW6YGYigQbCyIB8xn5XG7MTtiXkQWZ8zwk7mna2MWsqyy1CSwv4akH3D08VEAbi_Dl0O4Nj_SoEN9aQoyw96ntsWoMPOAO8uibAf1v35emYd-B3hQP4r82um1eHs5BJcJdcuxeRvUehyOV4dxBkn6KouIDTT0RJF7l115wimD_0HDx5qDybYSu-JbbjWJm3ZFzpLnuVS2-PuiKtXDg8drDTRsEu7GGlj8jEBjKCeysU-T2e2TgUTb5fJ_bZvt4AdLnq6_UIalZYQhkbxfCXVCZQ";

pub static KEYS: LazyLock<JwkSet> = LazyLock::new(|| JwkSet::from_json(jwks_json()).expect("the keys are sound"));
