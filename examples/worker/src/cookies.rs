//! Cookies that this worker alone can read and write: sealed by AES-256-GCM with its own key.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use oidc_proto::BoxError;
use serde::{Serialize, de::DeserializeOwned};
use worker::Request;

/// The cookies of one request.
pub struct Cookies {
    header: String,
    cipher: Aes256Gcm,
}

impl Cookies {
    /// `key` is 32 bytes in base64.
    pub fn of(request: &Request, key: &str) -> Result<Self, BoxError> {
        let cipher = Aes256Gcm::new_from_slice(&STANDARD.decode(key)?).map_err(|_| "COOKIE_KEY is not 32 bytes")?;
        Ok(Self { header: request.headers().get("cookie")?.unwrap_or_default(), cipher })
    }

    /// What a cookie of this name holds, where this worker has sealed it.
    pub fn open<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let cookies = self.header.split("; ").filter_map(|cookie| cookie.split_once('='));
        let (_, value) = cookies.into_iter().find(|(found, _)| *found == name)?;
        let sealed = URL_SAFE_NO_PAD.decode(value).ok()?;
        let (nonce, msg) = sealed.split_first_chunk::<NONCE>()?;
        // The name is sealed too: no cookie can be put in the place of another.
        let opened = self.cipher.decrypt(&Nonce::from(*nonce), Payload { msg, aad: name.as_bytes() }).ok()?;
        serde_json::from_slice(&opened).ok()
    }

    /// The header `Set-Cookie`. The nonce is random, which is safe for four thousand million cookies under one key.
    pub fn seal(&self, name: &str, value: &impl Serialize, max_age: u64) -> Result<String, BoxError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce)?;
        let payload = Payload { msg: &serde_json::to_vec(value)?, aad: name.as_bytes() };
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| "a cookie cannot be sealed")?;
        let value = URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat());
        Ok(format!("{name}={value}; Path=/; Max-Age={max_age}; Secure; HttpOnly; SameSite=Lax"))
    }
}

const NONCE: usize = 12;
