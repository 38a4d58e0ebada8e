//! What stands before a fleet: each connection goes to the next process that takes it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

/// It ends with the test's runtime.
pub struct Proxy {
    pub url: String,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    backends: Vec<SocketAddr>,
    /// Who served each connection.
    served_by: Vec<SocketAddr>,
}

impl Proxy {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared: Arc<Mutex<Shared>> = Arc::default();
        tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                while let Ok((browser, _)) = listener.accept().await {
                    tokio::spawn(pass_on(browser, Arc::clone(&shared)));
                }
            }
        });
        Self { url, shared }
    }

    pub fn set_backends(&self, backends: impl IntoIterator<Item = SocketAddr>) {
        self.shared.lock().unwrap().backends = backends.into_iter().collect();
    }

    /// Who served the last request.
    pub fn last_served_by(&self) -> SocketAddr {
        *self.shared.lock().unwrap().served_by.last().unwrap()
    }
}

async fn pass_on(mut browser: TcpStream, shared: Arc<Mutex<Shared>>) {
    let in_turn = {
        let mut shared = shared.lock().unwrap();
        shared.backends.rotate_left(1);
        shared.backends.clone()
    };
    // One that is gone refuses the connection, and the next has its turn.
    for backend in in_turn {
        if let Ok(mut process) = TcpStream::connect(backend).await {
            shared.lock().unwrap().served_by.push(backend);
            let _ = copy_bidirectional(&mut browser, &mut process).await;
            return;
        }
    }
}
