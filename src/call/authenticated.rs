//! A form that the client authenticates, with the proof of its key; and the same once more where the provider asks for a
//! nonce.

use std::time::SystemTime;

use http::{Request, Response};

use crate::call::nonces::read_nonce;
use crate::client::{Client, SigningError};
use crate::exchange::OAuthError;
use crate::exchange::request::{FormRequest, KeptForm};
use crate::exchange::response::read_object;
use crate::ground::vocabulary::OAuthErrorCode;

/// The request, and what it takes to make it again.
pub(crate) struct Call {
    pub(crate) request: Request<Vec<u8>>,
    pub(crate) again: Option<Repeat>,
}

/// What it takes to make a request again: the form before anything was signed for it. Only a client with a DPoP key keeps it.
pub(crate) struct Repeat {
    client: Client,
    form: KeptForm,
    now: SystemTime,
}

impl Client {
    /// Makes a request of the form: with the client's authentication and, where it has a DPoP key, a proof (RFC 9449 section
    /// 5).
    pub(crate) fn call<'a>(&'a self, form: FormRequest<'a>, now: SystemTime) -> Result<Call, SigningError> {
        let again = self.dpop_key().map(|_| Repeat { client: self.clone(), form: KeptForm::of(&form), now });
        Ok(Call { request: self.prove(form, None, now)?, again })
    }

    fn prove<'a>(
        &'a self,
        mut form: FormRequest<'a>,
        nonce: Option<&str>,
        now: SystemTime,
    ) -> Result<Request<Vec<u8>>, SigningError> {
        self.authenticate(&mut form, now)?;
        let mut request = form.into_http();
        if let Some(key) = self.dpop_key() {
            key.prove(&mut request, None, nonce, now)?;
        }
        Ok(request)
    }
}

impl Repeat {
    /// The request once more, where the response asks for a nonce and has one (RFC 9449 section 8). All that is signed is
    /// signed anew: a provider may remember the assertion that it has seen.
    pub(crate) fn asked_for<B: AsRef<[u8]>>(
        &self,
        response: &Response<B>,
    ) -> Option<Result<Request<Vec<u8>>, SigningError>> {
        let nonce = wanted_nonce(response)?;
        Some(self.client.prove(self.form.request(), Some(nonce), self.now))
    }
}

fn wanted_nonce<B: AsRef<[u8]>>(response: &Response<B>) -> Option<&str> {
    if response.status().is_success() {
        return None;
    }
    let nonce = read_nonce(response)?;
    let mut object = read_object(response).ok()?;
    let error = OAuthError::take_from(&mut object).ok()??;
    (*error.error() == OAuthErrorCode::USE_DPOP_NONCE).then_some(nonce)
}
