//! A second reader that checks what the crate accepts. It is short and simple, and shares no code with the crate.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::value::RawValue;

use crate::{ACCESS_TOKEN, ACR, CLIENT_ID, CODE, ISSUER, MAX_AGE, NONCE, NOW, STATE};

/// The members of an object that has no duplicates.
#[derive(Debug)]
pub struct Members<'a>(HashMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    /// # Panics
    ///
    /// When the text is not a JSON object.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        Self(serde_json::from_str(text).expect("a JSON object"))
    }

    /// Reads the body of a response, which may begin with a byte order mark.
    ///
    /// # Panics
    ///
    /// When the text is not a JSON object.
    #[must_use]
    pub fn of_body(text: &'a str) -> Self {
        Self::of(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// The value as it was written; `None` where it is null.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(|raw| raw.get()).filter(|raw| *raw != "null")
    }

    /// Whether there is such a member, and it is not null.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// Whether there is such a member, whatever its value.
    #[must_use]
    pub fn has_even_null(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    #[must_use]
    pub fn string(&self, name: &str) -> Option<String> {
        self.raw(name).and_then(|raw| serde_json::from_str(raw).ok())
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.raw(name).and_then(|raw| serde_json::from_str(raw).ok())
    }

    /// A string, or an array of strings.
    #[must_use]
    pub fn strings(&self, name: &str) -> Vec<String> {
        let Some(raw) = self.raw(name) else { return Vec::new() };
        serde_json::from_str(raw).or_else(|_| serde_json::from_str(raw).map(|one| vec![one])).unwrap_or_default()
    }
}

/// The header and the payload of a compact JWS, as text.
///
/// # Panics
///
/// When it is not one.
#[must_use]
pub fn open(compact: &str) -> (String, String) {
    let parts: Vec<&str> = compact.split('.').collect();
    assert_eq!(parts.len(), 3, "a JWS has three parts");
    let text = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    (text(parts[0]), text(parts[1]))
}

/// Whether the claims of an ID token allow a login (OpenID Connect Core 3.1.3.7) at this client.
///
/// # Panics
///
/// When they do not.
pub fn assert_id_token_claims(payload: &str) {
    let claims = Members::of(payload);
    let now = NOW as f64;
    assert_eq!(claims.string("iss").as_deref(), Some(ISSUER), "iss");
    assert!(claims.string("sub").is_some_and(|sub| !sub.is_empty()), "sub");
    let audience = claims.strings("aud");
    assert!(audience.iter().any(|audience| audience == CLIENT_ID), "aud");
    let azp = claims.string("azp");
    assert!(azp.is_some() || audience.iter().all(|audience| audience == CLIENT_ID), "aud without azp");
    assert!(!claims.has("azp") || azp.as_deref() == Some(CLIENT_ID), "azp");
    assert!(claims.number("exp").is_some_and(|exp| exp + 60.0 > now), "exp");
    assert!(claims.number("iat").is_some_and(|iat| iat <= now + 60.0), "iat");
    assert!(!claims.has("nbf") || claims.number("nbf").is_some_and(|nbf| nbf <= now + 60.0), "nbf");
    assert_eq!(claims.string("nonce").as_deref(), Some(NONCE), "nonce");
}

/// Whether the claims say that the user has just logged in, in the way that was asked for.
///
/// # Panics
///
/// When they do not.
pub fn assert_fresh(payload: &str) {
    let claims = Members::of(payload);
    let (now, longest) = (NOW as f64, MAX_AGE.as_secs_f64() + 60.0);
    let is_fresh = |at: f64| at > 0.0 && at <= now + 60.0 && at + longest >= now;
    assert!(claims.number("auth_time").is_some_and(is_fresh), "auth_time");
    assert_eq!(claims.string("acr").as_deref(), Some(ACR), "acr");
}

/// Whether the header is that of an ID token, signed with one of the algorithms.
///
/// # Panics
///
/// When it is not.
pub fn assert_header(header: &str, algorithms: &[&str]) {
    let typ = assert_jwt_header(header, algorithms);
    assert!(typ.is_none_or(|typ| typ == "jwt"), "typ");
}

/// The same for a JWT of any type. Returns the `typ`, in lower case and without `application/`.
///
/// # Panics
///
/// When it is not right.
#[must_use]
pub fn assert_jwt_header(header: &str, algorithms: &[&str]) -> Option<String> {
    let header = Members::of(header);
    let algorithm = header.string("alg").expect("alg");
    assert!(algorithms.contains(&algorithm.as_str()), "alg {algorithm}, and it was {algorithms:?}");
    assert!(!header.has_even_null("crit"), "crit");
    let typ = header.string("typ").map(|typ| typ.to_ascii_lowercase());
    typ.map(|typ| typ.strip_prefix("application/").unwrap_or(&typ).to_owned())
}

/// Whether a JWT is from the provider, for this client, and valid now (RFC 7519 sections 4.1.1 to 4.1.6). A claim that is
/// absent is not checked.
///
/// # Panics
///
/// When it is not.
pub fn assert_parties_and_times(claims: &Members<'_>, now: u64) {
    let now = now as f64;
    assert!(!claims.has("iss") || claims.string("iss").as_deref() == Some(ISSUER), "iss");
    assert!(!claims.has("aud") || claims.strings("aud").iter().any(|audience| audience == CLIENT_ID), "aud");
    assert!(!claims.has("exp") || claims.number("exp").is_some_and(|exp| exp + 60.0 > now), "exp");
    assert!(!claims.has("iat") || claims.number("iat").is_some_and(|iat| iat <= now + 60.0), "iat");
    assert!(!claims.has("nbf") || claims.number("nbf").is_some_and(|nbf| nbf <= now + 60.0), "nbf");
}

/// Whether the claims are those of a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.6).
///
/// # Panics
///
/// When they are not.
pub fn assert_logout_token_claims(payload: &str, now: u64) {
    const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
    let claims = Members::of(payload);
    assert_parties_and_times(&claims, now);
    assert!(claims.has("iss") && claims.strings("aud").iter().all(|audience| audience == CLIENT_ID), "iss, aud");
    assert!(claims.has("aud"), "aud");
    assert!(claims.number("iat").is_some_and(|iat| iat + 660.0 >= now as f64), "it is older than ten minutes");
    let named = |name: &str| claims.string(name).is_some_and(|value| !value.is_empty());
    assert!(named("sub") || named("sid"), "sub, sid");
    assert!(["sub", "sid"].into_iter().all(|name| !claims.has(name) || named(name)), "sub, sid");
    let events = Members::of(claims.raw("events").expect("events"));
    assert!(events.raw(EVENT).is_some_and(|event| event.starts_with('{')), "events");
    assert!(!claims.has_even_null("nonce"), "nonce");
    assert!(named("jti"), "jti");
}

/// Whether the claims are those of a signed authorization response (JARM section 2.4).
///
/// # Panics
///
/// When they are not.
pub fn assert_signed_response(payload: &str, now: u64) {
    let claims = Members::of(payload);
    assert_parties_and_times(&claims, now);
    assert!(claims.has("iss") && claims.has("aud") && claims.has("exp"), "iss, aud, exp");
    assert!(claims.strings("aud").iter().all(|audience| audience == CLIENT_ID), "aud");
}

/// Whether the claims of a signed authorization response answer this login with a code.
///
/// # Panics
///
/// When they do not.
pub fn assert_code_inside(payload: &str) {
    let claims = Members::of(payload);
    assert_eq!(claims.string("state").as_deref(), Some(STATE), "state");
    assert!(claims.string("code").is_some_and(|code| !code.is_empty()), "code");
    for name in ["error", "response", "id_token", "access_token"] {
        assert!(!claims.has(name) || claims.string(name).as_deref() == Some(""), "{name}");
    }
}

/// Whether `at_hash` and `c_hash`, where present, are hashes of this login's access token and code, by any of the three
/// hash functions.
///
/// # Panics
///
/// When they are not.
pub fn assert_hashes(payload: &str) {
    use sha2::{Digest, Sha256, Sha384, Sha512};
    let claims = Members::of(payload);
    for (claim, of) in [("at_hash", ACCESS_TOKEN), ("c_hash", CODE)] {
        let half = |digest: &[u8]| URL_SAFE_NO_PAD.encode(&digest[..digest.len() / 2]);
        let right = [half(&Sha256::digest(of)), half(&Sha384::digest(of)), half(&Sha512::digest(of))];
        assert!(!claims.has(claim) || claims.string(claim).is_some_and(|hash| right.contains(&hash)), "{claim}");
    }
}

/// Whether the parameters answer this login and have a code.
///
/// # Panics
///
/// When they are not.
pub fn assert_answers(query: &[u8]) {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query).into_owned().collect();
    let values = |name: &str| -> Vec<&str> {
        pairs.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect()
    };
    assert_eq!(values("state"), [STATE], "state");
    assert!(matches!(values("code")[..], [code] if !code.is_empty()), "code");
    assert!(matches!(values("iss")[..], [] | ["" | ISSUER]), "iss");
    for name in ["error", "response", "id_token", "access_token"] {
        assert!(matches!(values(name)[..], [] | [""]), "{name}");
    }
}

/// Whether a URL has the host of the redirect URI, or none.
#[must_use]
pub fn is_at_redirect_host(url: &str) -> bool {
    url.starts_with('/') || url::Url::parse(url).is_ok_and(|url| url.host_str() == Some("app.alpha.example"))
}
