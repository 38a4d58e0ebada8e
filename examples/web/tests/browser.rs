//! The browser of one user: it keeps cookies of the application, and follows redirects when it is told to.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, StatusCode, Url};

#[derive(Clone)]
pub struct Browser {
    http: Client,
    pub base_url: Url,
    pub cookies: BTreeMap<String, String>,
}

pub struct Page {
    pub status: StatusCode,
    pub location: Option<String>,
    pub headers: HeaderMap,
    pub text: String,
}

impl Page {
    /// Where the page leads the browser by itself.
    pub fn next(&self) -> Option<String> {
        let (_, rest) = self.text.split_once("<meta http-equiv=\"refresh\" content=\"0; url=")?;
        Some(rest.split('"').next()?.replace("&amp;", "&"))
    }
}

impl Browser {
    pub fn new(base_url: &str) -> Self {
        let http = Client::builder().redirect(reqwest::redirect::Policy::none());
        // A connection for each request, so that a proxy may hand each to another process.
        // An answer that never comes fails the test.
        let http = http.pool_max_idle_per_host(0).timeout(Duration::from_secs(60)).build().unwrap();
        Self { http, base_url: base_url.parse().unwrap(), cookies: BTreeMap::new() }
    }

    pub async fn get(&mut self, address: &str) -> Page {
        self.visit(Method::GET, address).await
    }

    pub async fn visit(&mut self, method: Method, address: &str) -> Page {
        self.visit_for(method, address, None).await
    }

    /// With the header `Sec-Purpose`, which says why a browser comes before its user asked it to.
    pub async fn visit_for(&mut self, method: Method, address: &str, purpose: Option<&str>) -> Page {
        let url = self.base_url.join(address).unwrap();
        let mut request = self.http.request(method, url.clone());
        if let Some(purpose) = purpose {
            request = request.header("sec-purpose", purpose);
        }
        if url.origin() == self.base_url.origin() && !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", cookies.join("; "));
        }
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            self.keep(cookie.to_str().unwrap());
        }
        let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        let (status, headers) = (response.status(), response.headers().clone());
        Page { status, location, headers, text: response.text().await.unwrap() }
    }

    fn keep(&mut self, cookie: &str) {
        let (name, rest) = cookie.split_once('=').unwrap();
        let value = rest.split(';').next().unwrap();
        if rest.contains("Max-Age=0") {
            self.cookies.remove(name);
            return;
        }
        assert!(rest.contains("HttpOnly") && rest.contains("SameSite=Lax") && rest.contains("Path=/"), "{cookie}");
        assert!(cookie.len() <= 4096, "browsers drop a cookie of {} bytes", cookie.len());
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Begins a login and goes to the provider: the address that it sends the browser back to.
    pub async fn go_to_the_provider_and_back(&mut self, login: &str) -> String {
        let url = self.get(login).await.location.expect("a redirect to the provider");
        self.get(&url).await.location.expect("a redirect back")
    }

    pub async fn log_in(&mut self) {
        let callback = self.go_to_the_provider_and_back("/login/example").await;
        assert_eq!(self.get(&callback).await.location.as_deref(), Some("/"));
    }

    /// Presses the button, and goes where that leads: to the provider and back, where the provider has a logout.
    pub async fn sign_out(&mut self) {
        let page = self.visit(Method::POST, "/logout").await;
        let Some(provider) = page.next() else {
            return assert!(page.text.contains("You are signed out here."));
        };
        let page = self.get(&provider).await;
        // A session in a cookie keeps no ID token for a hint. Without one, this provider sends nobody back.
        let Some(back) = page.location else {
            return assert!(!provider.contains("id_token_hint=") && page.status == StatusCode::BAD_REQUEST);
        };
        assert!(self.get(&back).await.text.contains("You are signed out."));
    }

    /// Whether the front page shows the provider's one user.
    pub async fn is_signed_in(&mut self) -> bool {
        self.get("/").await.text.contains("ada-1815")
    }
}
