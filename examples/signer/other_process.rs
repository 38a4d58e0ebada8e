//! A `Signer` whose key is in another process.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oidc_proto::{Algorithm, BoxError, Signer};

/// The argument that makes this program the process that has the key.
pub const HOLD_A_KEY: &str = "--hold-a-key";

/// The other process. It is stopped when this is dropped.
pub struct OtherProcess {
    /// One signature at a time: a question and its answer are a line each.
    pipes: Mutex<Pipes>,
    child: Child,
    jwk: String,
    key_id: String,
}

struct Pipes {
    /// Nothing: it was closed.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    signatures: usize,
}

impl OtherProcess {
    pub fn start() -> Result<Self, BoxError> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.arg(HOLD_A_KEY).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        let mut pipes = Pipes { input: child.stdin.take(), output, signatures: 0 };
        let jwk = pipes.read_line()?;
        let members: serde_json::Value = serde_json::from_str(&jwk)?;
        let key_id = members.get("kid").and_then(|kid| kid.as_str()).ok_or("the key has no id")?.to_owned();
        Ok(Self { pipes: Mutex::new(pipes), child, jwk, key_id })
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The public key.
    pub fn jwk(&self) -> &str {
        &self.jwk
    }

    /// How many were made.
    pub fn signatures(&self) -> usize {
        self.pipes.lock().unwrap_or_else(PoisonError::into_inner).signatures
    }
}

impl Pipes {
    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, BoxError> {
        let input = self.input.as_mut().ok_or("the other process was stopped")?;
        writeln!(input, "{}", URL_SAFE_NO_PAD.encode(message))?;
        let signature = URL_SAFE_NO_PAD.decode(self.read_line()?)?;
        self.signatures = self.signatures.saturating_add(1);
        Ok(signature)
    }

    fn read_line(&mut self) -> Result<String, BoxError> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.strip_suffix('\n').ok_or("the other process has ended")?.to_owned())
    }
}

impl Signer for OtherProcess {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn key_id(&self) -> Option<&str> {
        Some(&self.key_id)
    }

    fn public_jwk(&self) -> Option<String> {
        Some(self.jwk.clone())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, BoxError> {
        self.pipes.lock().unwrap_or_else(PoisonError::into_inner).sign(message)
    }
}

impl Drop for OtherProcess {
    fn drop(&mut self) {
        // Its input ends, and with it the process.
        self.pipes.get_mut().unwrap_or_else(PoisonError::into_inner).input = None;
        let _ = self.child.wait();
    }
}
