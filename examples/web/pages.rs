//! The pages, without a build step and without scripts.

use std::collections::BTreeMap;

use oidc_proto::Remedy;
use serde_json::Value;

use super::configured::ConfiguredProvider;
use super::session::User;

/// A page, ready to be sent as `text/html`.
pub struct Page {
    pub status: u16,
    pub html: String,
}

impl Page {
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

/// The style sheet of all pages.
pub const STYLE: &str = include_str!("style.css");

fn layout(title: &str, body: &str) -> Page {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, \
         initial-scale=1\"><title>{title}</title><link rel=\"stylesheet\" href=\"/style.css\"><main>{body}</main></html>",
        title = escape(title)
    );
    Page { status: 200, html }
}

/// The providers, and whether each can be used at the moment.
pub fn sign_in<'a>(providers: impl Iterator<Item = (&'a ConfiguredProvider, bool)>, return_to: Option<&str>) -> Page {
    let offer = |(provider, ready): (&ConfiguredProvider, bool)| {
        if ready {
            log_in_button(provider.name(), return_to, &format!("Sign in with {}", provider.title()))
        } else {
            format!("<p class=\"unavailable\">{}</p>", escape(&unavailable(provider)))
        }
    };
    let offers: String = providers.map(offer).collect();
    let asked_for = if return_to.is_some() { "Please sign in to see that page." } else { "You are not signed in." };
    layout("Sign in", &format!("<h1>Sign in</h1><p>{asked_for}</p>{offers}"))
}

/// What a user reads who wants to sign in with a provider that cannot be used at the moment.
pub fn not_available(provider: &ConfiguredProvider) -> Page {
    message(&unavailable(provider)).with_status(503)
}

fn unavailable(provider: &ConfiguredProvider) -> String {
    format!("{} is not available at the moment.", provider.title())
}

pub fn signed_in(user: &User) -> Page {
    let body = format!(
        "{}{}<a class=\"button\" href=\"/profile\">Your profile</a>\
         <a class=\"button quiet\" href=\"/private\">A private page</a>\
         <form method=\"post\" action=\"/logout\"><button class=\"button quiet\">Sign out</button></form>",
        card(user),
        list(&user.claims)
    );
    layout("Signed in", &body)
}

/// What the provider says about the user now.
pub fn profile(user: &User, claims: &BTreeMap<String, Value>) -> Page {
    layout("Your profile", &format!("{}<p>What the provider says about you:</p>{}{HOME}", card(user), list(claims)))
}

pub fn profile_later() -> Page {
    let body = "<h1>The provider does not answer.</h1><p>Please try again in a moment.</p>\
                <a class=\"button\" href=\"/profile\">Try again</a>";
    layout("Your profile", &format!("{body}{HOME}")).with_status(503)
}

fn list(claims: &BTreeMap<String, Value>) -> String {
    let entry = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(&value))
    };
    format!("<dl>{}</dl>", claims.iter().map(entry).collect::<String>())
}

/// The page after the Sign out button, from which the browser goes on to the provider by itself. It is a page and no redirect: a
/// policy for forms would hold for every address that the provider redirects to, and nobody knows them all.
pub fn signing_out(provider: &str, url: &str) -> Page {
    let (provider, url) = (escape(provider), escape(url));
    let body = format!(
        "<meta http-equiv=\"refresh\" content=\"0; url={url}\"><h1>You are signed out here.</h1>\
         <p>Now you are signed out at {provider} too.</p><a class=\"button\" href=\"{url}\">Go on to {provider}</a>"
    );
    layout("Signing out", &format!("{body}{HOME}"))
}

/// After the way back. What the provider did is not known: the user may have chosen to stay signed in there.
pub fn signed_out(provider: &str) -> Page {
    let provider = escape(provider);
    layout("Signed out", &format!("<h1>You are signed out.</h1><p>{provider} has sent you back to us.</p>{HOME}"))
}

pub fn private(user: &User) -> Page {
    let body = "<p>This is a private page. Only signed-in users can see it.</p>\
                <a class=\"button quiet\" href=\"/\">Home</a>";
    layout("A private page", &format!("{}{body}", card(user)))
}

fn card(user: &User) -> String {
    let name = user.name.as_deref().unwrap_or(&user.subject);
    let picture = match &user.picture {
        Some(url) => format!("<img src=\"{}\" alt=\"\">", escape(url)),
        None => {
            let initial: String = name.chars().take(1).flat_map(char::to_uppercase).collect();
            format!("<span class=\"initial\" aria-hidden=\"true\">{}</span>", escape(&initial))
        }
    };
    let from = user.issuer.split_once("://").map_or(&*user.issuer, |(_, rest)| rest);
    format!(
        "<div class=\"user\">{picture}<div><h1>{}</h1><p>Signed in with {}</p></div></div>",
        escape(name),
        escape(from)
    )
}

/// What a user reads when a login failed, and the link to try again, where that makes sense.
pub fn login_failed(remedy: Remedy, provider: &str, return_to: &str) -> Page {
    let (status, heading, text, way_on) = match remedy {
        Remedy::RestartLogin => (
            400,
            "This sign-in is over.",
            "It took too long, was already finished, or began in another browser.",
            Some("Sign in again"),
        ),
        Remedy::LoginInteractively => (
            403,
            "The provider has a question for you.",
            "It must ask you something before it signs you in.",
            Some("Go to the provider"),
        ),
        Remedy::UserDeclined => (
            403,
            "Sign-in was cancelled.",
            "You or the provider cancelled it. You are not signed in.",
            Some("Try again"),
        ),
        Remedy::RetryLater => {
            (503, "The provider does not answer.", "Please try again in a moment.", Some("Try again"))
        }
        _ => {
            (502, "Something is wrong with our sign-in.", "This is not your fault. The problem has been logged.", None)
        }
    };
    let way_on = way_on.map(|text| log_in_button(provider, Some(return_to), text)).unwrap_or_default();
    let body = format!("<h1>{heading}</h1><p>{text}</p>{way_on}{HOME}");
    layout("Not signed in", &body).with_status(status)
}

pub fn not_told() -> Page {
    message("The provider does not tell us about you.").with_status(502)
}

pub fn no_such_provider() -> Page {
    message("There is no such provider.").with_status(404)
}

pub fn no_such_page() -> Page {
    message("There is no such page.").with_status(404)
}

pub fn no_such_method() -> Page {
    message("This page cannot be opened in this way.").with_status(405)
}

/// For a user who opens the address of the button.
pub fn not_a_link() -> Page {
    message("Use the Sign out button.").with_status(405)
}

pub fn store_unavailable() -> Page {
    message("We cannot look up your session at the moment. Please try again in a minute.").with_status(503)
}

pub fn message(text: &str) -> Page {
    layout("A message", &format!("<h1>{}</h1>{HOME}", escape(text)))
}

const HOME: &str = "<a class=\"button quiet\" href=\"/\">Home</a>";

/// A link: a login begins with a GET, so other sites may link to it too.
fn log_in_button(provider: &str, return_to: Option<&str>, text: &str) -> String {
    let page = return_to.filter(|path| *path != "/");
    let page = page.map_or_else(String::new, |path| format!("?return_to={}", encode(path)));
    format!("<a class=\"button\" href=\"/login/{}{page}\">{}</a>", encode(provider), escape(text))
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
