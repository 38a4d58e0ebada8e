//! An address of an application, to which the provider posts from server to server.

use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use oidc_proto::http::{Request, Response};
use tiny_http::{Header, Server};

/// The address, on a port that the system picks.
pub struct Listener {
    server: Server,
    uri: String,
}

impl Listener {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://{}/posted", listener.local_addr().unwrap());
        Self { server: Server::from_listener(listener, None).unwrap(), uri }
    }

    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Does something that makes the provider post to this address, and answers. Returns the posted request and the result.
    pub fn hear<T: Send, B: Into<Vec<u8>>>(
        &self,
        action: impl FnOnce() -> T + Send,
        answer: impl FnOnce(&Request<Vec<u8>>) -> Response<B>,
    ) -> (Request<Vec<u8>>, T) {
        thread::scope(|scope| {
            let action = scope.spawn(action);
            let mut arrived = self.server.recv_timeout(Duration::from_secs(20)).unwrap().expect("nobody posts");
            let request = read(&mut arrived);
            respond(arrived, answer(&request));
            (request, action.join().unwrap())
        })
    }
}

fn read(arrived: &mut tiny_http::Request) -> Request<Vec<u8>> {
    assert_eq!((arrived.method().as_str(), arrived.url()), ("POST", "/posted"));
    let request = Request::post(arrived.url());
    let request = arrived
        .headers()
        .iter()
        .fold(request, |request, header| request.header(header.field.as_str().as_str(), header.value.as_str()));
    let mut body = Vec::new();
    arrived.as_reader().read_to_end(&mut body).unwrap();
    request.body(body).unwrap()
}

fn respond<B: Into<Vec<u8>>>(arrived: tiny_http::Request, answer: Response<B>) {
    let (parts, body) = answer.into_parts();
    let headers =
        parts.headers.iter().map(|(name, value)| Header::from_bytes(name.as_str(), value.as_bytes()).unwrap());
    let response = tiny_http::Response::from_data(body).with_status_code(parts.status.as_u16());
    arrived.respond(headers.fold(response, tiny_http::Response::with_header)).unwrap();
}
