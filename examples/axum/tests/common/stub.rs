//! A provider that answers as a test tells it to, with its metadata or not at all. Nobody can finish a login with it.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// It ends with the test's runtime.
pub struct Stub {
    pub issuer: String,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    answer: Answer,
    /// How many requests came.
    requests: usize,
}

#[derive(Clone, Copy)]
pub enum Answer {
    /// Closes the connection.
    Down,
    /// Keeps the connection, and says nothing.
    Silent,
    /// Its metadata.
    Metadata,
    /// A page for people.
    Page,
}

impl Stub {
    pub async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Mutex::new(Shared { answer, requests: 0 }));
        tokio::spawn({
            let (shared, issuer) = (Arc::clone(&shared), issuer.clone());
            async move {
                while let Ok((connection, _)) = listener.accept().await {
                    tokio::spawn(serve(connection, Arc::clone(&shared), issuer.clone()));
                }
            }
        });
        Self { issuer, shared }
    }

    pub fn answers(&self, answer: Answer) {
        self.shared.lock().unwrap().answer = answer;
    }

    pub fn requests(&self) -> usize {
        self.shared.lock().unwrap().requests
    }
}

/// One request, and the end of the connection.
async fn serve(mut connection: TcpStream, shared: Arc<Mutex<Shared>>, issuer: String) {
    let (mut request, mut part) = (Vec::new(), [0; 1024]);
    while !request.ends_with(b"\r\n\r\n") {
        match connection.read(&mut part).await {
            Ok(read @ 1..) => request.extend_from_slice(&part[..read]),
            _ => return,
        }
    }
    let answer = {
        let mut shared = shared.lock().unwrap();
        shared.requests += 1;
        shared.answer
    };
    let body = match answer {
        Answer::Down => return,
        Answer::Silent => return std::future::pending().await,
        Answer::Metadata => metadata(&issuer),
        Answer::Page => "<!doctype html><title>Welcome</title>".to_owned(),
    };
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let _ = connection.write_all(format!("{head}{body}").as_bytes()).await;
}

fn metadata(issuer: &str) -> String {
    serde_json::json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    })
    .to_string()
}
