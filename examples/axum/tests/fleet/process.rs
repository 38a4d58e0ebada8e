//! One process of the application.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

/// A running application. It ends with this value.
pub struct Process {
    child: Child,
    /// Kept open: the application would die of writing into a closed pipe.
    _output: BufReader<ChildStdout>,
    pub address: SocketAddr,
}

impl Process {
    pub fn start(config: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("fleet-{}-{}.toml", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, config).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_axum-example"));
        let mut child = command.arg(&path).stdout(Stdio::piped()).spawn().unwrap();
        // One line, or the end of the output where the application does not come up.
        let (mut line, mut output) = (String::new(), BufReader::new(child.stdout.take().unwrap()));
        output.read_line(&mut line).unwrap();
        std::fs::remove_file(path).unwrap();
        let address =
            line.split(' ').nth(2).and_then(|address| address.parse().ok()).expect("the address it listens on");
        Self { child, _output: output, address }
    }

    /// As the system does when memory runs out, or the machine goes: nothing is finished.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As an upgrade to the next version does.
    pub fn terminate(mut self) -> ExitStatus {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
        for _ in 0..500 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            sleep(Duration::from_millis(20));
        }
        panic!("it goes on after SIGTERM");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
