//! As much of a browser as a login needs: it follows redirects and keeps cookies.

use std::collections::BTreeMap;

use oidc_proto::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use oidc_proto::http::{Request, Response};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::login::send;

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
    /// Opens a URL and follows redirects and forms up to the redirect URI.
    pub fn visit(&mut self, url: &str, redirect_uri: &str) -> Arrival {
        let url = Url::parse(url).unwrap();
        let response = self.get(&url);
        match self.follow(url, response, redirect_uri) {
            Ok(url) => Arrival::Redirect(url),
            Err(page) => {
                let form = Form::read(&page);
                assert_eq!(form.action, redirect_uri);
                Arrival::Form(form.body(&[]))
            }
        }
    }

    /// Opens the URL of a logout, chooses on the provider's page whether to log out there too, and returns the URL at the end.
    pub fn log_out(&mut self, url: &str, also_at_the_provider: bool, redirect_uri: &str) -> String {
        let url = Url::parse(url).unwrap();
        let response = self.get(&url);
        let page = self.follow(url.clone(), response, redirect_uri).expect_err("a page that asks");
        // The name and value of the button that says yes; the other one has neither.
        assert!(page.contains(r#"form="op.logoutForm" value="yes" name="logout""#), "{page}");
        let button: &[_] = if also_at_the_provider { &[("logout", "yes")] } else { &[] };
        let (action, response) = self.submit(&url, &Form::read(&page), button);
        self.follow(action, response, redirect_uri).unwrap()
    }

    /// Opens the page of a device's login, types the code where it is not in the URL, and presses a button on the page that asks.
    /// The page at the end, and its status.
    pub fn answer_device(&mut self, url: &str, user_code: &str, agrees: bool) -> (u16, String) {
        let url = Url::parse(url).unwrap();
        let page = text(&self.get(&url));
        let typed = [("user_code", user_code)];
        let typed: &[_] = if url.query().is_none() { &typed } else { &[] };
        let (url, response) = self.submit(&url, &Form::read(&page), typed);
        let page = text(&response);
        assert!(page.contains(&format!("<code>{user_code}</code>")), "the user compares it: {page}");
        let button: &[_] = if agrees { &[] } else { &[("abort", "yes")] };
        let (url, response) = self.submit(&url, &Form::read(&page), button);
        self.redirected(url, response, "nowhere").expect_err("a page")
    }

    /// Posts a form of the page at this URL; the URL that it went to, and the response.
    fn submit(&mut self, url: &Url, form: &Form, more: &[(&str, &str)]) -> (Url, Response<Vec<u8>>) {
        let action = url.join(&form.action).unwrap();
        let request = Request::post(action.as_str()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = self.send(request.body(form.body(more).into_bytes()).unwrap());
        (action, response)
    }

    /// Follows redirects until one goes to the redirect URI; the page, where it ends at one.
    fn follow(&mut self, url: Url, response: Response<Vec<u8>>, redirect_uri: &str) -> Result<String, String> {
        self.redirected(url, response, redirect_uri).map_err(|(status, page)| {
            assert_eq!(status, 200, "{page}");
            page
        })
    }

    /// The same, where the page may be an error: its status, and the page.
    fn redirected(
        &mut self,
        mut url: Url,
        mut response: Response<Vec<u8>>,
        redirect_uri: &str,
    ) -> Result<String, (u16, String)> {
        for _ in 0..10 {
            let Some(location) = response.headers().get(LOCATION) else {
                return Err((response.status().as_u16(), text(&response)));
            };
            url = url.join(location.to_str().unwrap()).unwrap();
            if url.as_str().starts_with(redirect_uri) {
                return Ok(url.into());
            }
            response = self.get(&url);
        }
        panic!("ten redirects and not back yet: {url}");
    }

    fn get(&mut self, url: &Url) -> Response<Vec<u8>> {
        self.send(Request::get(url.as_str()).body(Vec::new()).unwrap())
    }

    fn send(&mut self, mut request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.headers_mut().insert(COOKIE, cookies.join("; ").parse().unwrap());
        let response = send(request).unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }
}

fn text(response: &Response<Vec<u8>>) -> String {
    String::from_utf8_lossy(response.body()).into_owned()
}

/// The form on a page of the provider, which has one hidden input a line, and no value that HTML escapes.
struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Form {
    fn read(page: &str) -> Self {
        let (_, rest) = page.split_once(r#"method="post" action=""#).expect(page);
        let (action, rest) = rest.split_once('"').unwrap();
        let fields = rest.split(r#"<input type="hidden" name=""#).skip(1).map(|input| {
            let (name, rest) = input.split_once(r#"" value=""#).unwrap();
            let (value, _) = rest.split_once('"').unwrap();
            (name.to_owned(), value.to_owned())
        });
        Self { action: action.to_owned(), fields: fields.collect() }
    }

    /// The body that a browser would post; `button` is the name and value of the pressed button.
    fn body(&self, button: &[(&str, &str)]) -> String {
        Serializer::new(String::new()).extend_pairs(&self.fields).extend_pairs(button).finish()
    }
}
