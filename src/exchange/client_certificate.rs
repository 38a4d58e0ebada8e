//! The mark on a request that needs a client certificate.

/// Marks a request that must go over a connection with the client's certificate (RFC 8705 section 2): it is in the
/// [`extensions`](http::Request::extensions) of every such request.
///
/// A program with one HTTP client that has the certificate needs no such mark. One with two HTTP clients asks for it:
///
/// ```
/// use oidc_proto::{ClientCertificateRequired, http};
///
/// # struct HttpClient;
/// fn choose<'a>(request: &http::Request<Vec<u8>>, plain: &'a HttpClient, with_certificate: &'a HttpClient) -> &'a HttpClient {
///     match request.extensions().get::<ClientCertificateRequired>() {
///         Some(_) => with_certificate,
///         None => plain,
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ClientCertificateRequired;
