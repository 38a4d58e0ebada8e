//! A request that carries an access token (RFC 6750 section 2.1, RFC 9449 section 7.1).

use std::time::SystemTime;

use http::header::AUTHORIZATION;
use http::{HeaderValue, Request};

use crate::client::{Client, SigningError};
use crate::ground::secret::SecretText;
use crate::token_endpoint::access_token::AccessToken;

impl Client {
    /// Puts an access token into a request to an API: `Authorization: Bearer`, or `Authorization: DPoP` with a proof
    /// where the token is bound to the client's key (RFC 9449 section 7.1). `nonce` is the newest that the API has
    /// sent, from [`DpopNonces`](crate::DpopNonces); a Bearer token has none. The request of a client with a
    /// certificate is marked with [`ClientCertificateRequired`](crate::ClientCertificateRequired): its tokens may be
    /// bound to the certificate (RFC 8705 section 3).
    ///
    /// Set method and URL first: the proof is for these only. Call this again each time the request is sent.
    ///
    /// ```no_run
    /// # use std::time::SystemTime;
    /// # use oidc_proto::{AccessToken, BoxError, Client, DpopNonces, http::{Request, Response}};
    /// # fn f(client: &Client, token: &AccessToken, nonces: &mut DpopNonces,
    /// #     send: fn(&Request<Vec<u8>>) -> Result<Response<Vec<u8>>, BoxError>) -> Result<(), BoxError> {
    /// let mut request = Request::get("https://api.example/accounts").body(Vec::new())?;
    /// let nonce = nonces.nonce_for(request.uri());
    /// client.authorize_request(&mut request, token, nonce, SystemTime::now())?;
    /// let mut response = send(&request)?;
    /// if nonces.learn(request.uri(), &response) {
    ///     // The API wants the request once more, with the nonce that it has sent.
    ///     let nonce = nonces.nonce_for(request.uri());
    ///     client.authorize_request(&mut request, token, nonce, SystemTime::now())?;
    ///     response = send(&request)?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SigningError::UnusableToken`] when the token has characters that no header may have; for a bound token,
    /// [`NoDpopKey`](SigningError::NoDpopKey) when the client has no key, [`RelativeUri`](SigningError::RelativeUri)
    /// when the request has no absolute URL, and [`Signer`](SigningError::Signer) or
    /// [`Randomness`](SigningError::Randomness) when the proof cannot be made. The request then has no access token.
    pub fn authorize_request<B>(
        &self,
        request: &mut Request<B>,
        access_token: &AccessToken,
        nonce: Option<&str>,
        now: SystemTime,
    ) -> Result<(), SigningError> {
        // What an earlier call left proves nothing now.
        request.headers_mut().remove(AUTHORIZATION);
        request.headers_mut().remove("dpop");
        let token = access_token.secret();
        let scheme = if access_token.is_bound() { "DPoP " } else { "Bearer " };
        let value = HeaderValue::from_str(&SecretText::new([scheme, token].concat()));
        let mut value = value.map_err(|_| SigningError::UnusableToken)?;
        value.set_sensitive(true);
        if access_token.is_bound() {
            let key = self.dpop_key().ok_or(SigningError::NoDpopKey)?;
            key.prove(request, Some(token), nonce, now)?;
        }
        self.require_certificate(request);
        request.headers_mut().insert(AUTHORIZATION, value);
        Ok(())
    }
}
