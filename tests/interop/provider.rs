//! The provider's process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use oidc_proto::http::Request;

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
        Self::start_with(None)
    }

    /// Starts a provider that also has the clients `back-channel-sid` and `back-channel-sub`. Their logout tokens go to this
    /// URI.
    pub fn start_with(backchannel_logout_uri: Option<&str>) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/oidc-provider");
        assert!(folder.join("node_modules").exists(), "run npm ci in tests/interop/oidc-provider first");
        let mut process = Command::new("node")
            .arg("server.mjs")
            .args(backchannel_logout_uri)
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
