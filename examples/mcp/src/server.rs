//! An MCP server behind the Streamable HTTP transport: each message is a POST.

use oidc_proto::http::{HeaderValue, Request, Response, StatusCode, Uri};
use oidc_proto::{BoxError, DpopNonces};
use serde_json::{Value, json};

use crate::authorization::Authorization;
use crate::settings::Settings;

pub struct Server {
    url: Uri,
    protocol: String,
    authorization: Authorization,
    nonces: DpopNonces,
    session: Option<HeaderValue>,
}

impl Server {
    /// Begins a session. From version 2026-07-28 on there are none: each request says who sends it.
    pub fn connect(settings: Settings) -> Result<Self, BoxError> {
        let (url, protocol) = (settings.server.parse()?, settings.protocol.clone());
        let authorization = Authorization::new(settings)?;
        let mut server = Self { url, protocol, authorization, nonces: DpopNonces::new(), session: None };
        if server.has_sessions() {
            let params = json!({ "protocolVersion": server.protocol, "capabilities": {}, "clientInfo": client_info() });
            let result = server.request("initialize", params)?;
            server.protocol = result["protocolVersion"].as_str().ok_or("the server names no version")?.to_owned();
            server.post(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
        }
        Ok(server)
    }

    /// Sends a request, and waits for its result.
    pub fn request(&mut self, method: &str, mut params: Value) -> Result<Value, BoxError> {
        if !self.has_sessions() {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": self.protocol,
                "io.modelcontextprotocol/clientCapabilities": {},
                "io.modelcontextprotocol/clientInfo": client_info(),
            });
        }
        // One request at a time: the id does not have to tell them apart.
        let response = self.post(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }))?;
        let text = std::str::from_utf8(response.body())?;
        // The answer is the body, or an event of it.
        let events = text.lines().filter_map(|line| line.strip_prefix("data:")).chain([text]);
        let mut messages = events.filter_map(|json| serde_json::from_str::<Value>(json).ok());
        let mut answer = messages.find(|message| message["id"] == 1).ok_or("the server sent no answer")?;
        let error = format!("{method}: the server answered {}", answer["error"]);
        answer.get_mut("result").map(Value::take).ok_or(error.into())
    }

    /// Sends a message. Where the server wants a token, or one that may do more, it is sent again: once for each reason.
    fn post(&mut self, message: &Value) -> Result<Response<Vec<u8>>, BoxError> {
        let mut response = self.post_once(message)?;
        for _ in 0..2 {
            if let StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN = response.status() {
                self.authorization.obtain(&response)?;
                response = self.post_once(message)?;
            }
        }
        let status = response.status();
        if status.is_success() { Ok(response) } else { Err(format!("the server answered with status {status}").into()) }
    }

    /// Sends a message with the token that is there; once more where the server wants a nonce in the DPoP proof.
    fn post_once(&mut self, message: &Value) -> Result<Response<Vec<u8>>, BoxError> {
        let mut request = Request::post(&self.url)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", &self.protocol)
            .header("mcp-method", message["method"].as_str().unwrap_or_default());
        let name = message["params"]["name"].as_str().map(HeaderValue::from_str).transpose()?;
        for (header, value) in [("mcp-name", name), ("mcp-session-id", self.session.clone())] {
            request = value.into_iter().fold(request, |request, value| request.header(header, value));
        }
        let request = request.body(serde_json::to_vec(message)?)?;
        let mut response = self.authorization.send(request.clone(), self.nonces.nonce_for(&self.url))?;
        if self.nonces.learn(&self.url, &response) {
            response = self.authorization.send(request, self.nonces.nonce_for(&self.url))?;
        }
        self.session = response.headers().get("mcp-session-id").cloned().or(self.session.take());
        Ok(response)
    }

    fn has_sessions(&self) -> bool {
        *self.protocol < *"2026-07-28"
    }
}

fn client_info() -> Value {
    json!({ "name": "mcp-example", "version": env!("CARGO_PKG_VERSION") })
}
