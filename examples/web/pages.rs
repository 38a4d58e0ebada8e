//! The pages, without a build step and without scripts.

use std::collections::BTreeMap;
use std::sync::Arc;

use oidc_proto::Remedy;
use serde_json::Value;

use super::claims;
use super::configured::{ConfiguredProvider, Providers};
use super::html::{encode, escape, time};
use super::provider::Provider;
use super::session::User;

/// A page, ready to be sent as `text/html`.
pub struct Page {
    pub status: u16,
    pub html: String,
}

/// The style sheet of all pages.
pub const STYLE: &str = include_str!("style.css");

/// The providers, each with a button where it can be used at the moment.
pub fn sign_in(providers: &Providers, return_to: Option<&str>) -> Page {
    let offer = |provider: &Arc<ConfiguredProvider>| {
        if provider.ready().is_some() {
            log_in_button(provider.name(), return_to, &format!("Sign in with {}", provider.title()))
        } else {
            format!("<p class=\"unavailable\">{} {LATER}</p>", escape(&unavailable(provider)))
        }
    };
    let offers: String = providers.iter().map(offer).collect();
    let asked_for = if return_to.is_some() { "Please sign in to see that page." } else { "You are not signed in." };
    layout("Sign in", &format!("<h1>Sign in</h1><p>{asked_for}</p>{offers}"))
}

/// What a user reads who wants to sign in with a provider that cannot be used at the moment.
pub fn not_available(provider: &ConfiguredProvider) -> Page {
    message(503, &unavailable(provider), LATER, "")
}

fn unavailable(provider: &ConfiguredProvider) -> String {
    format!("{} is not available at the moment.", provider.title())
}

const LATER: &str = "Please try again in a minute.";

pub fn signed_in(user: &User, provider: &str) -> Page {
    let body = format!(
        "{}{}<a class=\"button\" href=\"/profile\">Your profile</a>\
         <a class=\"button quiet\" href=\"/private\">A private page</a>\
         <form method=\"post\" action=\"/logout\"><button class=\"button quiet\">Sign out</button></form>",
        card(user, provider),
        claims::list(&user.claims),
    );
    layout("Signed in", &body)
}

/// What the provider says about the user now.
pub fn profile(user: &User, provider: &str, claims: &BTreeMap<String, Value>) -> Page {
    let (card, list) = (card(user, provider), claims::list(claims));
    layout("Your profile", &format!("{card}<h2>What {} says about you</h2>{list}{HOME}", escape(provider)))
}

pub fn profile_later(provider: &str) -> Page {
    let heading = format!("{provider} does not answer.");
    message(
        503,
        &heading,
        "You are still signed in here. Please try again in a moment.",
        &button("/profile", "Try again"),
    )
}

pub fn not_told(provider: &str) -> Page {
    let heading = format!("{provider} does not tell us about you.");
    message(502, &heading, "You are still signed in here. We have logged the problem.", "")
}

/// The page after the Sign out button, from which the browser goes on to the provider by itself. It is a page and no redirect: a
/// policy for forms would hold for every address that the provider redirects to, and nobody knows them all.
pub fn signing_out(provider: &str, url: &str) -> Page {
    let (provider, url) = (escape(provider), escape(url));
    let goes_on = format!("<meta http-equiv=\"refresh\" content=\"0; url={url}\">");
    let body = format!(
        "<h1>You are signed out here.</h1><p>Next, {provider} can sign you out there too.</p>\
         <a class=\"button\" href=\"{url}\">Go on to {provider}</a>{HOME}"
    );
    document("Signing out", &goes_on, &body)
}

/// After the way back. What the provider did is not known: the user may have chosen to stay signed in there.
pub fn signed_out(provider: &str) -> Page {
    let text = format!("If you chose to stay signed in at {provider}, you still are.");
    message(200, "You are signed out.", &text, "")
}

/// Where the provider has no logout, or cannot be used at the moment.
pub fn signed_out_here(provider: &str) -> Page {
    let text = format!("You may still be signed in at {provider}. On a shared computer, sign out there too.");
    message(200, "You are signed out here.", &text, "")
}

pub fn private(user: &User, provider: &str) -> Page {
    let body = "<p>This is a private page. Only signed-in users can see it.</p>";
    layout("A private page", &format!("{}{body}{HOME}", card(user, provider)))
}

fn card(user: &User, provider: &str) -> String {
    let name = user.name.as_deref().unwrap_or(&user.subject);
    let picture = match &user.picture {
        Some(url) => format!("<img src=\"{}\" alt=\"\">", escape(url)),
        None => {
            let initial: String = name.chars().take(1).flat_map(char::to_uppercase).collect();
            format!("<span class=\"initial\" aria-hidden=\"true\">{}</span>", escape(&initial))
        }
    };
    format!(
        "<div class=\"user\">{picture}<div><h1>{}</h1><p>Signed in with {}<br>until {}</p></div></div>",
        escape(name),
        escape(provider),
        time(user.signed_in_until())
    )
}

/// What a user reads when a login failed, and the link to try again, where that makes sense.
pub fn login_failed(remedy: Remedy, provider: &Provider, return_to: &str) -> Page {
    let title = &provider.title;
    let again = |text: &str| log_in_button(&provider.name, Some(return_to), text);
    match remedy {
        Remedy::RestartLogin => message(
            400,
            "This sign-in is over.",
            "It took too long, was already finished, or began in another browser.",
            &again("Sign in again"),
        ),
        Remedy::LoginInteractively => message(
            403,
            &format!("{title} has a question for you."),
            "Answer it there, and you come back to us.",
            &again(&format!("Go to {title}")),
        ),
        Remedy::UserDeclined => message(
            403,
            "Sign-in was cancelled.",
            &format!("You or {title} cancelled it. You can try again at any time."),
            &again("Try again"),
        ),
        Remedy::RetryLater => {
            message(503, &format!("{title} does not answer."), "Please try again in a moment.", &again("Try again"))
        }
        _ => message(
            502,
            "Something is wrong with our sign-in.",
            "This is not your fault. We have logged the problem. Please try again later.",
            "",
        ),
    }
}

pub fn no_such_provider() -> Page {
    message(404, "There is no such provider.", "The home page shows those that you can sign in with.", "")
}

pub fn no_such_page() -> Page {
    message(404, "There is no such page.", "Please check the address, or start from the home page.", "")
}

pub fn no_such_method() -> Page {
    message(405, "This page cannot be opened in this way.", "Please start from the home page.", "")
}

/// For a user who opens the address of the button.
pub fn not_a_link() -> Page {
    message(405, "Use the Sign out button.", "A link cannot sign you out. The button is on the home page.", "")
}

pub fn store_unavailable() -> Page {
    message(503, "We cannot look up your session at the moment.", LATER, "")
}

/// What happened, what to do next, and a button for it.
fn message(status: u16, heading: &str, text: &str, way_on: &str) -> Page {
    let body = format!("<h1>{}</h1><p>{}</p>{way_on}{HOME}", escape(heading), escape(text));
    Page { status, ..layout(heading.trim_end_matches('.'), &body) }
}

const HOME: &str = "<a class=\"button quiet\" href=\"/\">Home</a>";

/// A link: a login begins with a GET, so other sites may link to it too.
fn log_in_button(provider: &str, return_to: Option<&str>, text: &str) -> String {
    let page = return_to.filter(|path| *path != "/");
    let page = page.map_or_else(String::new, |path| format!("?return_to={}", encode(path)));
    button(&format!("/login/{}{page}", encode(provider)), text)
}

fn button(address: &str, text: &str) -> String {
    format!("<a class=\"button\" href=\"{}\">{}</a>", escape(address), escape(text))
}

fn layout(title: &str, body: &str) -> Page {
    document(title, "", body)
}

fn document(title: &str, head: &str, body: &str) -> Page {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, \
         initial-scale=1\">{head}<title>{title}</title><link rel=\"stylesheet\" href=\"/style.css\"><main>{body}</main></html>",
        title = escape(title)
    );
    Page { status: 200, html }
}
