//! The pages, without a build step.

use axum::http::StatusCode;
use axum::response::Html;
use oidc_proto::Remedy;

use crate::provider::Provider;
use crate::session::Person;

const STYLE: &str = "
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent) }
* { box-sizing: border-box }
body { font: 17px/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem }
main { width: min(30rem, 100%); border: 1px solid var(--line); border-radius: 14px; padding: 2rem }
h1 { font-size: 1.4rem; margin: 0 0 1rem }
.button { display: block; width: 100%; padding: .8rem 1rem; margin: .6rem 0 0; border: 0; border-radius: 10px; text-align: center;
  text-decoration: none; font: inherit; font-weight: 600; background: #2457d6; color: #fff; cursor: pointer }
.button.quiet { background: none; color: inherit; border: 1px solid var(--line) }
.person { display: flex; gap: 1rem; align-items: center; margin-bottom: 1rem }
.person img, .initial { width: 4rem; height: 4rem; border-radius: 50%; flex: none; object-fit: cover }
.initial { display: grid; place-items: center; font-size: 1.6rem; background: #2457d6; color: #fff }
dl { display: grid; grid-template-columns: auto 1fr; gap: .2rem 1rem; margin: 0 0 1rem; font-size: .85rem }
dt { opacity: .7 } dd { margin: 0; overflow-wrap: anywhere }
";

fn layout(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, \
         initial-scale=1\"><title>{title}</title><style>{STYLE}</style><main>{body}</main></html>",
        title = escape(title)
    ))
}

pub fn sign_in<'a>(providers: impl Iterator<Item = &'a Provider>, return_to: Option<&str>) -> Html<String> {
    let buttons: String = providers
        .map(|provider| {
            let page = return_to.map_or_else(String::new, |path| format!("?return_to={}", encode(path)));
            format!(
                "<a class=\"button\" href=\"/login/{}{page}\">Sign in with {}</a>",
                encode(&provider.name),
                escape(&provider.title)
            )
        })
        .collect();
    layout("Sign in", &format!("<h1>Who are you?</h1>{buttons}"))
}

pub fn person(person: &Person) -> Html<String> {
    let claims: String = person
        .claims
        .iter()
        .map(|(name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("<dt>{}</dt><dd>{}</dd>", escape(name), escape(&value))
        })
        .collect();
    let body = format!(
        "{}<dl>{claims}</dl><a class=\"button quiet\" href=\"/private\">A private page</a>\
         <form method=\"post\" action=\"/logout\"><button class=\"button\">Sign out</button></form>",
        card(person)
    );
    layout("Signed in", &body)
}

pub fn private(person: &Person) -> Html<String> {
    layout("Private", &format!("<h1>A private page</h1>{}<a class=\"button quiet\" href=\"/\">Back</a>", card(person)))
}

fn card(person: &Person) -> String {
    let name = person.name.as_deref().unwrap_or(&person.subject);
    let picture = match &person.picture {
        Some(url) => format!("<img src=\"{}\" alt=\"\" referrerpolicy=\"no-referrer\">", escape(url)),
        None => format!("<span class=\"initial\">{}</span>", escape(&name.chars().take(1).collect::<String>())),
    };
    format!(
        "<div class=\"person\">{picture}<div><strong>{}</strong><br>{}</div></div>",
        escape(name),
        escape(&person.issuer)
    )
}

/// A message, and a way to try again where that makes sense.
pub fn message(text: &str, provider: Option<&str>) -> Html<String> {
    let again = provider.map_or_else(String::new, |provider| {
        format!("<a class=\"button\" href=\"/login/{}\">Try again</a>", encode(provider))
    });
    layout("Sign in", &format!("<h1>{}</h1>{again}<a class=\"button quiet\" href=\"/\">To the start</a>", escape(text)))
}

/// What a person reads of an error.
pub fn explain(remedy: Remedy) -> (StatusCode, &'static str) {
    match remedy {
        Remedy::RestartLogin => (StatusCode::BAD_REQUEST, "This sign-in is over, or was begun in another browser."),
        Remedy::LoginInteractively => (StatusCode::FORBIDDEN, "The provider wants to ask you something."),
        Remedy::UserDeclined => (StatusCode::FORBIDDEN, "You have not been signed in."),
        Remedy::RetryLater => (StatusCode::SERVICE_UNAVAILABLE, "The provider does not answer at the moment."),
        _ => (StatusCode::BAD_GATEWAY, "Something is wrong with our sign-in. We have been told."),
    }
}

/// For text and attributes of HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// For a part of a URL.
fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
