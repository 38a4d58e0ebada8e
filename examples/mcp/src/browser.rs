//! The user's browser: where it is sent, and where it comes back, on the loopback interface (RFC 8252 section 7.3).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;

use oidc_proto::BoxError;

/// Sends the user to `url`, and waits for what comes back: the query of a redirect to `/callback`.
pub fn visit(url: String, listener: &TcpListener, headless: bool) -> Result<String, BoxError> {
    eprintln!("Open this address in your browser:\n{url}");
    if headless {
        // For authorization servers that ask nobody.
        std::thread::spawn(move || ureq::get(url).call().map_err(|error| eprintln!("{error}")));
    }
    loop {
        let (mut stream, _) = listener.accept()?;
        let mut line = String::new();
        BufReader::new((&stream).take(1 << 16)).read_line(&mut line)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nYou can close this window.")?;
        // A browser also asks for other things, such as an icon.
        if let Some(query) = line.split(' ').nth(1).and_then(|target| target.strip_prefix("/callback?")) {
            return Ok(query.to_owned());
        }
    }
}
