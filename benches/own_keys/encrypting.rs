//! Tokens that are encrypted to the client, and the bare work of decrypting them.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

/// A way to encrypt, and to decrypt with a key that is prepared.
pub(crate) struct Encryption {
    pub(crate) name: &'static str,
    /// The private key of the client, where it is not the client secret.
    pub(crate) key: Option<oidc_proto::PrivateKey>,
    pub(crate) header: String,
    pub(crate) encrypted_key: Vec<u8>,
    pub(crate) content_key: Vec<u8>,
    /// The content key, from what the token has.
    pub(crate) unlock: Box<dyn Fn() -> Vec<u8>>,
}

impl Encryption {
    pub(crate) fn rsa() -> Self {
        let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
        let own = oidc_proto::PrivateKey::from_pkcs8_der(der.as_ref()).unwrap();
        let public = OaepPublicEncryptingKey::new(key.public_key()).unwrap();
        let mut encrypted = vec![0; public.ciphertext_size()];
        let encrypted = public.encrypt(&OAEP_SHA256_MGF1SHA256, &[7; 32], &mut encrypted, None).unwrap().to_vec();
        let prepared = OaepPrivateDecryptingKey::new(key).unwrap();
        let encrypted_key = encrypted.clone();
        let unlock = move || {
            let mut content_key = vec![0; prepared.min_output_size()];
            prepared.decrypt(&OAEP_SHA256_MGF1SHA256, &encrypted, &mut content_key, None).unwrap().to_vec()
        };
        Self {
            name: "RSA-OAEP-256, 2048 bits",
            key: Some(own),
            header: json!({ "alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT" }).to_string(),
            encrypted_key,
            content_key: vec![7; 32],
            unlock: Box::new(unlock),
        }
    }

    pub(crate) fn ecdh() -> Self {
        let scalar = [3; 32];
        let key = PrivateKey::from_private_key(&ECDH_P256, &scalar).unwrap();
        let of_sender = PrivateKey::generate(&ECDH_P256).unwrap();
        let [own, ephemeral] = [&key, &of_sender].map(|key| key.compute_public_key().unwrap().as_ref().to_vec());
        let jwk = |point: &[u8]| {
            let [x, y] = [&point[1..33], &point[33..]].map(|number| URL_SAFE_NO_PAD.encode(number));
            json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
        };
        let mut private = jwk(&own);
        private["d"] = URL_SAFE_NO_PAD.encode(scalar).into();
        let header = json!({ "alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT", "epk": jwk(&ephemeral) });
        let unlock = move || {
            let peer = UnparsedPublicKey::new(&ECDH_P256, &ephemeral);
            agree(&key, peer, (), |secret| Ok(derive(secret))).unwrap()
        };
        Self {
            name: "ECDH-ES, P-256",
            key: Some(oidc_proto::PrivateKey::from_jwk(&private.to_string()).unwrap()),
            header: header.to_string(),
            encrypted_key: Vec::new(),
            content_key: unlock(),
            unlock: Box::new(unlock),
        }
    }

    pub(crate) fn direct(secret: &'static str) -> Self {
        let unlock = || digest(&SHA256, secret.as_bytes()).as_ref().to_vec();
        Self {
            name: "dir, the client secret",
            key: None,
            header: json!({ "alg": "dir", "enc": "A256GCM", "cty": "JWT" }).to_string(),
            encrypted_key: Vec::new(),
            content_key: unlock(),
            unlock: Box::new(unlock),
        }
    }

    /// The token, and the work of decrypting it: of bytes that are decoded already.
    pub(crate) fn encrypt(self, content: &str) -> (String, impl Fn() -> Vec<u8> + use<>) {
        let header = URL_SAFE_NO_PAD.encode(&self.header);
        let mut sealed = content.as_bytes().to_vec();
        let aad = Aad::from(header.as_bytes());
        let tag = gcm(&self.content_key).seal_in_place_separate_tag(nonce(), aad, &mut sealed).unwrap();
        let parts = [&*self.encrypted_key, &[0; 12], &sealed, tag.as_ref()].map(|part| URL_SAFE_NO_PAD.encode(part));
        let compact = format!("{header}.{}", parts.join("."));
        sealed.extend(tag.as_ref());
        let open = move || {
            let mut content = sealed.clone();
            let key = gcm(&(self.unlock)());
            key.open_in_place(nonce(), Aad::from(header.as_bytes()), &mut content).unwrap();
            content
        };
        (compact, open)
    }
}

fn gcm(key: &[u8]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap())
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

/// RFC 7518 section 4.6.2, for A256GCM.
fn derive(secret: &[u8]) -> Vec<u8> {
    let parts: [&[u8]; 7] = [&[0, 0, 0, 1], secret, &[0, 0, 0, 7], b"A256GCM", &[0; 4], &[0; 4], &[0, 0, 1, 0]];
    digest(&SHA256, &parts.concat()).as_ref().to_vec()
}
