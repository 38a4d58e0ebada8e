//! A browser, and the user in front of it: they log in as alice, and consent to what an application asks for.

use std::collections::BTreeMap;

use oidc_proto::AuthorizationResponse;
use oidc_proto::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use oidc_proto::http::{Request, Response};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::realm::{PASSWORD, REDIRECT_URI, send};

#[derive(Default)]
pub struct Browser {
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// Opens a URL, logs in where it is asked to, and gives the response with which it comes back.
    pub fn visit(&mut self, url: &str) -> AuthorizationResponse {
        let mut url = Url::parse(url).unwrap();
        let mut request = Request::get(url.as_str()).body(Vec::new()).unwrap();
        for _ in 0..10 {
            let response = self.send(request);
            if let Some(location) = response.headers().get(LOCATION) {
                url = url.join(location.to_str().unwrap()).unwrap();
                if url.as_str().starts_with(REDIRECT_URI) {
                    return AuthorizationResponse::from_url(url.as_str()).unwrap();
                }
                request = Request::get(url.as_str()).body(Vec::new()).unwrap();
                continue;
            }
            let page = String::from_utf8(response.into_body()).unwrap();
            let (action, mut fields) = read_form(&page);
            if action == REDIRECT_URI {
                let body = Serializer::new(String::new()).extend_pairs(fields).finish();
                return AuthorizationResponse::from_form(body).unwrap().at(REDIRECT_URI).unwrap();
            }
            let input = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            if page.contains("kc-form-login") {
                fields.extend([input("username", "alice"), input("password", PASSWORD)]);
            } else {
                assert!(page.contains(r#"name="accept""#), "{page}");
                fields.push(input("accept", "Yes"));
            }
            url = url.join(&action).unwrap();
            let body = Serializer::new(String::new()).extend_pairs(fields).finish();
            let post = Request::post(url.as_str()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            request = post.body(body.into_bytes()).unwrap();
        }
        panic!("ten pages and not back yet: {url}");
    }

    fn send(&mut self, mut request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.headers_mut().insert(COOKIE, cookies.join("; ").parse().unwrap());
        let response = send(request).unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }
}

/// Where the first form of a page goes, and its hidden fields.
fn read_form(page: &str) -> (String, Vec<(String, String)>) {
    let start = page.to_ascii_lowercase().find("<form").unwrap_or_else(|| panic!("no form: {page}"));
    let form = &page[start..];
    let end = form.to_ascii_lowercase().find("</form>").expect("the end of the form");
    let tags: Vec<&str> = form[..end].split('<').collect();
    let hidden =
        tags.iter().filter(|tag| attribute(tag, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("hidden")));
    let fields = hidden.map(|tag| (attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap_or_default()));
    (attribute(tags[1], "action").expect("an action"), fields.collect())
}

/// The value of a tag's attribute. Keycloak writes some pages in capitals.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let name = format!(" {name}=\"");
    let start = tag.to_ascii_lowercase().find(&name)? + name.len();
    Some(tag[start..].split_once('"')?.0.replace("&amp;", "&"))
}
