//! Where the provider posts its logout tokens: the application's `backchannel_logout_uri`, on a port of this machine.

use std::io::Read;
use std::time::Duration;

use oidc_proto::{BoxError, LogoutAnswer};
use tiny_http::{Header, Request, Response, Server};

pub struct BackChannel {
    server: Server,
    uri: String,
}

impl BackChannel {
    pub fn bind() -> Result<Self, BoxError> {
        let server = Server::http("127.0.0.1:0")?;
        let port = server.server_addr().to_ip().ok_or("not an IP address")?.port();
        Ok(Self { server, uri: format!("http://127.0.0.1:{port}{PATH}") })
    }

    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Waits for the provider. The body of its request is untrusted: whoever reaches the port can post one.
    pub fn receive(&self) -> Result<Post, BoxError> {
        loop {
            let request = self.server.recv_timeout(PATIENCE)?.ok_or("the provider posted no logout token")?;
            if (request.method().as_str(), request.url()) == ("POST", PATH) {
                return Post::read(request);
            }
            request.respond(Response::empty(404))?;
        }
    }
}

const PATH: &str = "/back-channel-logout";
const PATIENCE: Duration = Duration::from_secs(20);
const BODY_LIMIT: u64 = 64 * 1024;

/// A request that waits for its answer.
pub struct Post {
    pub body: Vec<u8>,
    request: Request,
}

impl Post {
    fn read(mut request: Request) -> Result<Self, BoxError> {
        let mut body = Vec::new();
        request.as_reader().take(BODY_LIMIT).read_to_end(&mut body)?;
        Ok(Self { body, request })
    }

    pub fn answer(self, answer: LogoutAnswer) -> Result<(), BoxError> {
        let (head, body) = answer.into_response().into_parts();
        let headers =
            head.headers.iter().filter_map(|(name, value)| Header::from_bytes(name.as_str(), value.as_bytes()).ok());
        let response = Response::from_data(body).with_status_code(head.status.as_u16());
        Ok(self.request.respond(headers.fold(response, Response::with_header))?)
    }
}
