//! The provider's own requests: logout tokens for the client (OpenID Connect Back-Channel Logout 1.0 section 2.5).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use oidc_proto::BoxError;
use oidc_proto::http::Request;

/// Posts to an http URL; the provider needs no HTTP client for anything else.
pub(super) fn post(request: &Request<Vec<u8>>) -> Result<(), BoxError> {
    const PATIENCE: Option<Duration> = Some(Duration::from_secs(10));
    let (uri, body) = (request.uri(), request.body());
    let host = uri.host().ok_or("the URL has no host")?;
    let port = uri.port_u16().unwrap_or(80);
    let mut connection = TcpStream::connect((host, port))?;
    connection.set_read_timeout(PATIENCE)?;
    connection.set_write_timeout(PATIENCE)?;
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    connection.write_all(&[head.as_bytes(), body].concat())?;
    // The answer changes nothing here; it is awaited, so that the client can read all of the request.
    connection.take(64 * 1024).read_to_end(&mut Vec::new())?;
    Ok(())
}
