//! As much of a browser as a login needs: it follows redirects and keeps cookies.

use std::collections::BTreeMap;

use oidc_proto::http::header::{COOKIE, LOCATION, SET_COOKIE};
use oidc_proto::http::{Request, Response};
use url::Url;

/// How the browser came back from the provider.
pub enum Arrival {
    /// By a redirect to this URL.
    Redirect(String),
    /// With this body, by a form that a page posts.
    Form(String),
}

#[derive(Default)]
pub struct Browser {
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// Opens a URL and goes where it is sent, until that is the redirect URI.
    pub fn visit(&mut self, url: &str, redirect_uri: &str) -> Arrival {
        let mut url = Url::parse(url).unwrap();
        for _ in 0..10 {
            let response = self.get(&url);
            let Some(location) = response.headers().get(LOCATION) else {
                let page = String::from_utf8_lossy(response.body()).into_owned();
                assert_eq!(response.status(), 200, "{page}");
                return Arrival::Form(read_form(&page, redirect_uri));
            };
            url = url.join(location.to_str().unwrap()).unwrap();
            if url.as_str().starts_with(redirect_uri) {
                return Arrival::Redirect(url.into());
            }
        }
        panic!("ten redirects and not back yet: {url}");
    }

    fn get(&mut self, url: &Url) -> Response<Vec<u8>> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::get(url.as_str()).header(COOKIE, cookies.join("; ")).body(Vec::new()).unwrap();
        let response = crate::send(request).unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }
}

/// The body that a browser would post. The provider's page has one hidden input a line, and no value that HTML escapes.
fn read_form(page: &str, redirect_uri: &str) -> String {
    assert!(page.contains(&format!("action=\"{redirect_uri}\"")), "{page}");
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for input in page.split("<input type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = input.split_once("\" value=\"").unwrap();
        let (value, _) = rest.split_once('"').unwrap();
        form.append_pair(name, value);
    }
    form.finish()
}
