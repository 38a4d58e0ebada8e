//! A Redis server of the test's own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// A running `redis-server` that keeps nothing on disk. It ends with this value.
pub struct Redis {
    process: Child,
    address: SocketAddr,
}

impl Redis {
    /// Nothing where `redis-server` is not installed: the word about it is not captured, so that nobody takes a test that
    /// was skipped for one that passed.
    pub fn start() -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            let _ = writeln!(std::io::stderr(), "SKIPPED: redis-server is not installed");
            return None;
        }
        // Redis cannot be asked which port the system picked, so another program may take the free one first.
        (0..5).find_map(|_| {
            let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            Self::start_at(free)
        })
    }

    fn start_at(address: SocketAddr) -> Option<Self> {
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &address.port().to_string(), "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut redis = Self { process, address };
        for _ in 0..250 {
            if redis.process.try_wait().unwrap().is_some() {
                return None;
            }
            if redis.answers() {
                return Some(redis);
            }
            sleep(Duration::from_millis(20));
        }
        panic!("redis-server runs and does not answer");
    }

    fn answers(&self) -> bool {
        let Ok(mut connection) = TcpStream::connect(self.address) else { return false };
        let mut answer = [0; 5];
        connection.write_all(b"PING\r\n").is_ok() && connection.read_exact(&mut answer).is_ok() && &answer == b"+PONG"
    }

    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Stops the server, and what it kept is gone.
    pub fn stop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts it again at the same address.
    pub fn come_back(&mut self) {
        *self = Self::start_at(self.address).expect("the port is still free");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}
