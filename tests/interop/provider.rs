//! The provider's process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use oidc_proto::http::Request;
use oidc_proto::http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::login::send;

pub const REDIRECT_URI: &str = "http://127.0.0.1:9599/cb";
pub const SIGNED_OUT_URI: &str = "http://127.0.0.1:9599/signed-out";
pub const SECRET: &str = "test-secret-esDV1M5l8sbkWUukSsq7RvIhpiJ8GaW4_0H3LX7G39TY1qfNJqlVuG6nZPDeiRvN";

/// Node on a machine that is busy with other work.
const TIME_TO_START: Duration = Duration::from_secs(60);

/// A running provider, on a port of its own. It ends with this value.
pub struct Provider {
    process: Child,
    /// Kept open: the provider would end when it writes into a closed pipe.
    _output: BufReader<ChildStdout>,
    issuer: String,
}

impl Provider {
    pub fn start() -> Self {
        Self::start_with(&json!({}))
    }

    /// Starts one with the options that `server.mjs` lists.
    pub fn start_with(options: &Value) -> Self {
        Self::run("server.mjs", options)
    }

    /// Starts a server of this folder, with what it takes.
    pub fn run(server: &str, options: &Value) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/oidc-provider");
        assert!(folder.join("node_modules").exists(), "run npm ci in tests/interop/oidc-provider first");
        let mut process = Command::new("node")
            .arg(server)
            .arg(options.to_string())
            .current_dir(folder)
            // The provider ends when this is closed, even if `drop` is not called.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node");
        let first_line = read_first_line(process.stdout.take().unwrap());
        let (line, output) = first_line.recv_timeout(TIME_TO_START).expect("the provider does not start");
        let issuer = line.trim().strip_prefix("ready ").expect("the provider's first line").to_owned();
        Self { process, _output: output, issuer }
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Registers a client of the code flow: these members of its metadata are not what every client here has.
    pub fn register(&self, members: &Value) -> Registered {
        let mut metadata = json!({
            "redirect_uris": [REDIRECT_URI],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
        });
        metadata.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let request = Request::post(format!("{}/reg", self.issuer)).header(CONTENT_TYPE, "application/json");
        let response = send(request.body(metadata.to_string().into_bytes()).unwrap()).unwrap();
        let text = String::from_utf8_lossy(response.body());
        assert_eq!(response.status(), 201, "{text}");
        let registered: Value = serde_json::from_str(&text).unwrap();
        let text = |name: &str| registered[name].as_str().map(str::to_owned);
        Registered { id: text("client_id").unwrap(), secret: text("client_secret") }
    }

    /// Replaces the provider's keys, all of them.
    pub fn rotate_keys(&self) {
        let request = Request::post(format!("{}/test/rotate", self.issuer)).body(Vec::new()).unwrap();
        assert_eq!(send(request).unwrap().status(), 204);
    }

    /// How each logout token that the provider posted was answered: `taken` or `refused`.
    pub fn notices(&self) -> String {
        let request = Request::get(format!("{}/test/notices", self.issuer)).body(Vec::new()).unwrap();
        String::from_utf8(send(request).unwrap().into_body()).unwrap()
    }
}

/// A client that has registered itself.
pub struct Registered {
    pub id: String,
    pub secret: Option<String>,
}

/// One line, or the end of the output if the provider does not start.
fn read_first_line(output: ChildStdout) -> Receiver<(String, BufReader<ChildStdout>)> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let (mut line, mut output) = (String::new(), BufReader::new(output));
        output.read_line(&mut line).unwrap();
        // An error here means that the time was over, and nobody reads the line.
        let _ = sender.send((line, output));
    });
    receiver
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
