//! The claims of an ID token that verification looks at (OpenID Connect Core 1.0 section 2).

use std::time::Duration;

use crate::ground::secret::secret_string;
use crate::jose::JwtError;
use crate::jose::jwt::{
    Times, read_claims, read_not_empty, read_numeric_date, read_string, read_strings, required, valid,
};

secret_string! {
    /// The `nonce` of a login (OpenID Connect Core 1.0 section 3.1.2.1): ties the ID token to the login it was made for.
    Nonce
}

/// The claims that verification looks at. They are verified only inside an [`IdToken`](super::IdToken).
#[derive(Clone)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: Vec<String>,
    pub(crate) times: Times,
    pub(crate) auth_time: Option<Duration>,
    pub(crate) nonce: Option<Nonce>,
    pub(crate) acr: Option<String>,
    pub(crate) amr: Vec<String>,
    pub(crate) azp: Option<String>,
    pub(crate) at_hash: Option<String>,
    pub(crate) c_hash: Option<String>,
    /// The session at the provider (OpenID Connect Front-Channel Logout 1.0 section 3).
    pub(crate) sid: Option<String>,
    /// The tenant, at Microsoft Entra; elsewhere it may be anything.
    pub(crate) tid: Option<String>,
}

impl Claims {
    /// Reads the claims. A claim that is `null` counts as absent (OpenID Connect Core 5.3.2).
    pub(crate) fn parse(payload: &str) -> Result<Self, JwtError> {
        let object = read_claims(payload)?;
        let (mut iss, mut sub, mut aud, mut exp, mut iat) = (None, None, None, None, None);
        let (mut nbf, mut auth_time, mut nonce, mut acr, mut amr) = (None, None, None, None, None);
        let (mut azp, mut at_hash, mut c_hash, mut sid, mut tid) = (None, None, None, None, None);
        for (name, raw) in object.rest().filter(|(_, raw)| *raw != "null") {
            match &*name {
                "iss" => iss = Some(valid("iss", read_string(raw))?),
                "sub" => sub = Some(valid("sub", read_not_empty(raw))?),
                "aud" => aud = Some(valid("aud", read_strings(raw))?),
                "exp" => exp = Some(valid("exp", read_numeric_date(raw))?),
                "iat" => iat = Some(valid("iat", read_numeric_date(raw))?),
                "nbf" => nbf = Some(valid("nbf", read_numeric_date(raw))?),
                "auth_time" => auth_time = Some(valid("auth_time", read_numeric_date(raw))?),
                "nonce" => nonce = Some(valid("nonce", read_string(raw))?.into()),
                "acr" => acr = Some(valid("acr", read_string(raw))?),
                "amr" => amr = Some(valid("amr", read_strings(raw))?),
                "azp" => azp = Some(valid("azp", read_string(raw))?),
                "at_hash" => at_hash = Some(valid("at_hash", read_string(raw))?),
                "c_hash" => c_hash = Some(valid("c_hash", read_string(raw))?),
                "sid" => sid = read_string(raw).ok(),
                "tid" => tid = read_string(raw).ok(),
                _ => {}
            }
        }
        Ok(Self {
            iss: required("iss", iss)?,
            sub: required("sub", sub)?,
            aud: required("aud", aud)?,
            times: Times { exp: required("exp", exp)?, nbf, iat: required("iat", iat)? },
            auth_time,
            nonce,
            acr,
            amr: amr.unwrap_or_default(),
            azp,
            at_hash,
            c_hash,
            sid,
            tid,
        })
    }
}
