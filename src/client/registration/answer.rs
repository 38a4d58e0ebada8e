//! What the provider answers to a registration: the client information response (RFC 7591 section 3.2.1, RFC 7592 section 3).

use std::borrow::Cow;
use std::time::Duration;

use http::{Response, StatusCode};

use crate::client::authentication::ClientSecret;
use crate::client::registration::client_metadata::ClientMetadata;
use crate::client::registration::error::RegistrationError;
use crate::client::registration::registered::{Registration, RegistrationAccessToken};
use crate::exchange::response::{OrInvalid, read_object};
use crate::exchange::{OAuthError, ResponseError};
use crate::ground::json::{self, Object, WrongKind};
use crate::ground::printable::field_name;
use crate::ground::uri::{self, UrlProblem};
use crate::jose::jwt::read_numeric_date;

/// What a registration is read for.
pub(super) struct Asked {
    pub(super) issuer: String,
    pub(super) http_allowed: bool,
    /// What was known of the client, where it is read or changed.
    pub(super) known: Option<Registration>,
}

/// Reads a registration out of a response.
pub(super) fn read<B: AsRef<[u8]>>(response: &Response<B>, asked: Asked) -> Result<Registration, RegistrationError> {
    let mut object = read_success(response)?;
    let client_id = object.take_string("client_id").or_invalid("client_id")?;
    let client_id = client_id.ok_or(ResponseError::MissingField { field: "client_id" })?;
    // RFC 7592 section 3: the client id is the same for as long as the registration lasts.
    let is_same = asked.known.as_ref().is_none_or(|known| known.client_id == client_id);
    if !is_client_id(&client_id) || !is_same {
        return Err(ResponseError::invalid_field("client_id").into());
    }
    let client_secret = read_text(&mut object, "client_secret")?.map(ClientSecret::new);
    let expires_at = object.take_raw("client_secret_expires_at").map(read_seconds).transpose();
    let expires_at = expires_at.or_invalid("client_secret_expires_at")?;
    // It decides nothing: one that is no time says nothing.
    let client_id_issued_at = object.take_raw("client_id_issued_at").and_then(|raw| read_seconds(raw).ok());
    let access_token = read_text(&mut object, "registration_access_token")?.map(RegistrationAccessToken::new);
    if access_token.as_ref().is_some_and(|token| !is_header_text(token.secret())) {
        return Err(ResponseError::invalid_field("registration_access_token").into());
    }
    let client_uri = read_uri(&mut object, asked.http_allowed)?;
    let metadata = ClientMetadata::of(object);
    let metadata = metadata.map_err(|name| ResponseError::InvalidField { field: field_name(&name) })?.without_nulls();
    metadata.check_words().map_err(ResponseError::invalid_field)?;
    let registration = Registration {
        issuer: asked.issuer,
        client_id: client_id.into_owned(),
        client_secret,
        // RFC 7591 section 3.2.1: 0 is never.
        client_secret_expires_at: expires_at.filter(|end| !end.is_zero()),
        client_id_issued_at,
        access_token,
        client_uri,
        metadata,
    };
    Ok(match asked.known {
        Some(known) => keep(registration, known, expires_at.is_some()),
        None => registration,
    })
}

/// RFC 7592 section 3: what comes replaces what was known. What does not come stays: many providers give out a secret or a token
/// once.
fn keep(new: Registration, known: Registration, end_came: bool) -> Registration {
    // A new secret has the end that came with it.
    let known_end = known.client_secret_expires_at.filter(|_| new.client_secret.is_none() && !end_came);
    Registration {
        client_secret: new.client_secret.or(known.client_secret),
        client_secret_expires_at: new.client_secret_expires_at.or(known_end),
        client_id_issued_at: new.client_id_issued_at.or(known.client_id_issued_at),
        access_token: new.access_token.or(known.access_token),
        client_uri: new.client_uri.or(known.client_uri),
        ..new
    }
}

/// RFC 7591 section 3.2.1 has 201, RFC 7592 section 2 has 200; either is taken for each.
fn read_success<B: AsRef<[u8]>>(response: &Response<B>) -> Result<Object<'_>, RegistrationError> {
    let status = response.status();
    let failed = !matches!(status, StatusCode::OK | StatusCode::CREATED);
    let object = read_object(response);
    let mut object = object.map_err(|error| if failed { ResponseError::Status { status } } else { error })?;
    if let Some(error) = OAuthError::take_from(&mut object)? {
        return Err(RegistrationError::Provider { error, status });
    }
    if failed { Err(ResponseError::Status { status }.into()) } else { Ok(object) }
}

/// A string; the empty one counts as absent.
fn read_text(object: &mut Object<'_>, name: &'static str) -> Result<Option<String>, ResponseError> {
    let text = object.take_string(name).or_invalid(name)?;
    Ok(text.filter(|text| !text.is_empty()).map(Cow::into_owned))
}

/// RFC 7592 section 3: a fully qualified URL.
fn read_uri(object: &mut Object<'_>, http_allowed: bool) -> Result<Option<String>, RegistrationError> {
    const NAME: &str = "registration_client_uri";
    let Some(text) = read_text(object, NAME)? else { return Ok(None) };
    let url = uri::parse_http(&text, http_allowed).and_then(|url| uri::request_uri(&url));
    match url {
        Ok(_) => Ok(Some(text)),
        Err(UrlProblem::Malformed) => Err(ResponseError::invalid_field(NAME).into()),
        Err(UrlProblem::Insecure) => Err(RegistrationError::InsecureUrl { field: NAME }),
    }
}

/// Seconds since the epoch, also in quotes.
fn read_seconds(raw: &str) -> Result<Duration, WrongKind> {
    let time = match raw.strip_prefix('"') {
        Some(_) => read_numeric_date(&json::read_string(raw)?)?,
        None => read_numeric_date(raw)?,
    };
    Ok(Duration::from_secs(time.as_secs()))
}

/// What [`ClientBuilder::build`](crate::ClientBuilder::build) takes.
pub(super) fn is_client_id(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_control)
}

/// Whether a token can go into the `Authorization` header (RFC 6750 section 2.1): ASCII that is seen.
pub(super) fn is_header_text(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}
