//! Where the browser comes back to: a port on this machine (RFC 8252 section 7.3).

use oidc_proto::BoxError;
use tiny_http::{Response, Server};

pub struct Listener {
    server: Server,
    port: u16,
}

impl Listener {
    /// Port 0: any that is free.
    pub fn bind(port: u16) -> Result<Self, BoxError> {
        let server = Server::http(("127.0.0.1", port))?;
        let port = server.server_addr().to_ip().ok_or("not an IP address")?.port();
        Ok(Self { server, port })
    }

    pub fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}/callback", self.port)
    }

    /// Waits for the browser; the URL that it comes back to. It may ask for other things, such as an icon, meanwhile.
    pub fn wait(&self) -> Result<String, BoxError> {
        loop {
            let request = self.server.recv()?;
            if !request.url().starts_with("/callback?") {
                request.respond(Response::from_string("Not here.").with_status_code(404))?;
                continue;
            }
            let current_url = format!("http://127.0.0.1:{}{}", self.port, request.url());
            request.respond(Response::from_string("Back in the terminal. You can close this page."))?;
            return Ok(current_url);
        }
    }
}
