//! A login without an HTTP client: bytes out, bytes in. For a transport of your own: an embedded TCP stack, a message queue, a
//! test. `cargo run --example bytes`.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    clippy::print_stdout,
    clippy::print_stderr,
    dead_code,
    unreachable_pub,
    reason = "a program has sockets, a clock and a terminal"
)]

mod provider;
mod stack;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::SystemTime;

use oidc_proto::{AuthorizationResponse, Awaiting, BoxError, Error, Issuer, RoundTrip, http};

fn main() -> Result<(), BoxError> {
    let provider = stack::provider()?;

    let metadata = exchange(Issuer::danger_allow_http(provider.issuer())?.discover())?;
    let client = stack::client(metadata)?;
    let keys = exchange(client.fetch_keys()?)?;

    let (url, awaiting) = client.authorize().scope("openid email").start(SystemTime::now())?;
    let current_url = stack::visit(&url)?;

    let response = AuthorizationResponse::from_url(&current_url)?;
    let unverified = exchange(awaiting.receive(&client, response, SystemTime::now())?)?;
    let tokens = unverified.verify(&keys, SystemTime::now())?;
    stack::greet(&tokens);
    Ok(())
}

/// One call to the provider: the request as bytes, some way there and back, and the response out of bytes.
fn exchange<A: Awaiting>(round_trip: RoundTrip<A>) -> Result<A::Output, BoxError>
where
    Error: From<A::Error>,
{
    let (request, awaiting) = round_trip.into_parts();
    let authority = request.uri().authority().ok_or("a request has a host")?;
    let mut connection = TcpStream::connect(authority.as_str())?;
    connection.write_all(&to_bytes(&request)?)?;
    let mut received = Vec::new();
    connection.take(1 << 21).read_to_end(&mut received)?;
    let response = from_bytes(&received)?;
    Ok(awaiting.receive(&response).map_err(Error::from)?)
}

/// RFC 9112: as HTTP/1.1 has it, for one request on one connection.
fn to_bytes(request: &http::Request<Vec<u8>>) -> Result<Vec<u8>, BoxError> {
    let target = request.uri().path_and_query().ok_or("a request has a path")?;
    let host = request.uri().authority().ok_or("a request has a host")?;
    let length = request.body().len();
    let mut bytes = format!(
        "{} {target} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\nconnection: close\r\n",
        request.method()
    )
    .into_bytes();
    for (name, value) in request.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend(b"\r\n");
    bytes.extend(request.body());
    Ok(bytes)
}

/// A response with a length, or whose body ends with the connection.
fn from_bytes(bytes: &[u8]) -> Result<http::Response<&[u8]>, BoxError> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or("no end of the head")?;
    let (head, body) = bytes.split_at(end);
    let mut lines = std::str::from_utf8(head)?.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("no status")?;
    let mut response = http::Response::builder().status(status);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        response = response.header(name.trim(), value.trim());
    }
    Ok(response.body(body.get(4..).unwrap_or_default())?)
}
