//! What the conformance suite does not look at: refreshes, and what the client refuses. One server is the MCP server and its
//! authorization server.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use tiny_http::{Header, Request, Response, Server};

/// How the server behaves, and what it has seen.
struct Script {
    /// What the token endpoint says of the lifetime of the first token, in seconds.
    lifetime: u32,
    /// Whether a refresh is refused.
    refuses_refresh: bool,
    seen: Mutex<Vec<String>>,
}

fn serve(script: Script) -> (String, Arc<Script>) {
    let server = Server::http("127.0.0.1:0").unwrap();
    let host = format!("http://{}", server.server_addr().to_ip().unwrap());
    let script = Arc::new(script);
    let (own, shared) = (host.clone(), Arc::clone(&script));
    thread::spawn(move || server.incoming_requests().for_each(|request| shared.answer(&own, request)));
    (host, script)
}

impl Script {
    fn answer(&self, host: &str, mut request: Request) {
        let mut body = String::new();
        request.as_reader().read_to_string(&mut body).unwrap();
        let url = request.url().to_owned();
        let (path, query) = url.split_once('?').unwrap_or((&url, ""));
        let token = request.headers().iter().find(|header| header.field.equiv("authorization"));
        let token = token.map(|header| header.value.as_str().to_owned());
        let note = |what: String| self.seen.lock().unwrap().push(what);
        let (status, header, answer) = match path {
            "/.well-known/oauth-protected-resource/mcp" => {
                let resource = format!("{host}/mcp");
                let scopes = ["openid", "tools"];
                let metadata =
                    json!({ "resource": resource, "authorization_servers": [host], "scopes_supported": scopes });
                (200, None, metadata)
            }
            "/.well-known/oauth-authorization-server" => (200, None, authorization_server(host)),
            "/register" => (201, None, json!({ "client_id": "app", "token_endpoint_auth_method": "none" })),
            "/authorize" => {
                let parameter = |name| {
                    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                    pairs.find(|(found, _)| *found == name).unwrap().1.replace("%3A", ":").replace("%2F", "/")
                };
                note(format!("authorize {}", parameter("scope")));
                let target = format!("{}?code=c0de&state={}", parameter("redirect_uri"), parameter("state"));
                (302, Some(format!("location: {target}")), Value::Null)
            }
            "/token" if body.contains("grant_type=refresh_token") => {
                let names_resource = body.contains("&resource=http");
                note(format!("refresh {} {names_resource}", if body.contains("refresh_token=first") { 1 } else { 2 }));
                match self.refuses_refresh {
                    true => (400, None, json!({ "error": "invalid_grant" })),
                    // The second refresh token is not renewed.
                    false if body.contains("first") => (200, None, tokens(1, Some("second"))),
                    false => (200, None, tokens(1, None)),
                }
            }
            "/token" => (200, None, tokens(self.lifetime, Some("first"))),
            "/mcp" if token.is_none() => (401, Some("www-authenticate: Bearer".to_owned()), Value::Null),
            "/mcp" => {
                let message: Value = serde_json::from_str(&body).unwrap();
                note(message["method"].as_str().unwrap().to_owned());
                let result = json!({ "protocolVersion": "2025-11-25" });
                (200, None, json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }))
            }
            _ => (404, None, Value::Null),
        };
        let mut response = Response::from_string(answer.to_string()).with_status_code(status);
        if let Some(header) = header {
            response.add_header(header.parse::<Header>().unwrap());
        }
        request.respond(response).unwrap();
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn authorization_server(host: &str) -> Value {
    json!({
        "issuer": host,
        "authorization_endpoint": format!("{host}/authorize"),
        "token_endpoint": format!("{host}/token"),
        "registration_endpoint": format!("{host}/register"),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
    })
}

fn tokens(lifetime: u32, refresh_token: Option<&str>) -> Value {
    json!({ "access_token": "at", "token_type": "Bearer", "expires_in": lifetime, "refresh_token": refresh_token })
}

fn run(host: &str, settings: &[(&str, &str)]) -> Output {
    let client = env!("CARGO_BIN_EXE_mcp-example");
    Command::new(client)
        .arg(format!("{host}/mcp"))
        .env("MCP_HEADLESS", "yes")
        .envs(settings.iter().copied())
        .output()
        .unwrap()
}

const HTTP: (&str, &str) = ("MCP_DANGER_ALLOW_HTTP", "yes");

#[test]
fn a_token_that_ends_soon_is_refreshed_before_each_message() {
    let (host, script) = serve(Script { lifetime: 1, refuses_refresh: false, seen: Mutex::default() });
    let output = run(&host, &[HTTP]);
    assert!(output.status.success(), "{output:?}");
    // The token is obtained for `initialize`; it counts as over at once.
    let expected = [
        "authorize tools",
        "refresh 1 true",
        "initialize",
        "refresh 2 true",
        "notifications/initialized",
        "refresh 2 true",
        "tools/list",
    ];
    assert_eq!(script.seen(), expected);
}

#[test]
fn where_a_refresh_is_refused_the_user_is_asked_again_and_not_for_ever() {
    let (host, script) = serve(Script { lifetime: 1, refuses_refresh: true, seen: Mutex::default() });
    let output = run(&host, &[HTTP]);
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(script.seen(), ["authorize tools", "refresh 1 true", "authorize tools", "refresh 1 true"]);
}

#[test]
fn a_token_that_lasts_is_used_for_all_messages() {
    let (host, script) = serve(Script { lifetime: 3600, refuses_refresh: false, seen: Mutex::default() });
    let output = run(&host, &[HTTP, ("MCP_CALL", "a-tool")]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        script.seen(),
        ["authorize tools", "initialize", "notifications/initialized", "tools/list", "tools/call"]
    );
}

#[test]
fn http_is_refused_unless_it_is_allowed_by_name() {
    let (host, script) = serve(Script { lifetime: 3600, refuses_refresh: false, seen: Mutex::default() });
    let output = run(&host, &[]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("InsecureUrl"), "{output:?}");
    assert!(script.seen().is_empty());
}

#[test]
fn credentials_go_to_no_other_issuer_than_the_configured_one() {
    let (host, script) = serve(Script { lifetime: 3600, refuses_refresh: false, seen: Mutex::default() });
    let context = ("MCP_CONFORMANCE_CONTEXT", r#"{ "client_id": "app", "client_secret": "s3cret" }"#);
    let output = run(&host, &[HTTP, context, ("MCP_ISSUER", "https://id.example")]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("another issuer"), "{output:?}");
    assert!(script.seen().is_empty());
    assert!(run(&host, &[HTTP, context, ("MCP_ISSUER", &host)]).status.success());
}
