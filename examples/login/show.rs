//! What a reader sees of each step: at most 100 columns, in colours on a terminal alone. Secrets are shortened.

use std::ffi::OsStr;
use std::io::IsTerminal;

use oidc_proto::{
    AuthorizeError, BoxError, CallbackError, ClientError, DeviceError, Error, IdTokenError, KeysError, LogoutError,
    LogoutTokenError, MetadataError, Remedy, RevocationError, SessionError, TokenError, Tokens, UserInfoError, http,
};
use serde_json::{Map, Value};

/// Parameters, members and claims that are secrets, or name a session: shortened here, and not for a log.
const SECRETS: [&str; 13] = [
    "access_token",
    "client_secret",
    "code",
    "code_challenge",
    "code_verifier",
    "id_token",
    "id_token_hint",
    "logout_token",
    "nonce",
    "refresh_token",
    "sid",
    "state",
    "token",
];

/// A line is at most so many characters long.
const COLUMNS: usize = 100;

/// With more members than this, only those of an answer that are addresses are shown.
const MANY_MEMBERS: usize = 12;

/// What happens next, and why it is safe.
pub fn step(title: &str, text: &str) {
    println!();
    print(Style::Bold, &format!("== {title}"));
    paragraph(text);
    println!();
}

pub fn paragraph(text: &str) {
    for line in wrapped(text) {
        print(Style::Plain, &line);
    }
}

/// One line of what happened, cut where it is too long.
pub fn line(text: &str) {
    print(Style::Plain, &format!("   {text}"));
}

pub fn url(url: &str) {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    line(place);
    form(query.as_bytes());
}

pub fn request(request: &http::Request<Vec<u8>>) {
    print(Style::Blue, &format!("-> {} {}", request.method(), request.uri()));
    if let Some(value) = request.headers().get(http::header::AUTHORIZATION) {
        line(&format!("authorization: {}", shorten(value.to_str().unwrap_or("…"))));
    }
    form(request.body());
}

pub fn response(response: &http::Response<Vec<u8>>) {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    print(if is_error { Style::Red } else { Style::Blue }, &format!("<- {}", response.status()));
    match serde_json::from_slice::<Map<String, Value>>(response.body()) {
        Ok(answer) if answer.len() > MANY_MEMBERS => {
            let is_address = |value: &Value| value.as_str().is_some_and(|text| text.starts_with("http"));
            let (addresses, others): (Map<_, _>, Map<_, _>) =
                answer.into_iter().partition(|(_, value)| is_address(value));
            members(&addresses);
            line(&format!("and {} other members", others.len()));
        }
        Ok(answer) => members(&answer),
        Err(_) if response.body().is_empty() => {}
        Err(_) => line(&format!("{} bytes that are no JSON object", response.body().len())),
    }
}

pub fn tokens(tokens: &Tokens) -> Result<(), BoxError> {
    members(&tokens.id_token().claims_as()?);
    println!();
    print(Style::Bold, &format!("Logged in: {} at {}", tokens.id_token().sub(), tokens.id_token().iss()));
    Ok(())
}

fn members(members: &Map<String, Value>) {
    for (name, value) in members {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        line(&format!("{name}: {}", if SECRETS.contains(&name.as_str()) { shorten(&text) } else { text }));
    }
}

/// An error with its causes, and what to do about it.
pub fn error(error: &(dyn std::error::Error + 'static)) {
    eprint!("this step failed: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprint!(": {error}");
        cause = error.source();
    }
    eprintln!();
    if let Some(remedy) = remedy(error) {
        eprintln!("what to do: {}", in_words(remedy));
    }
}

/// What an error of any step says is to be done.
fn remedy(error: &(dyn std::error::Error + 'static)) -> Option<Remedy> {
    macro_rules! first_of {
        ($($step:ty),*) => {
            None$(.or_else(|| error.downcast_ref::<$step>().map(|error| error.remedy())))*
        };
    }
    first_of!(
        Error,
        MetadataError,
        ClientError,
        AuthorizeError,
        CallbackError,
        DeviceError,
        TokenError,
        KeysError,
        IdTokenError,
        SessionError,
        UserInfoError,
        RevocationError,
        LogoutError,
        LogoutTokenError
    )
}

fn in_words(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::RestartLogin => "log in again",
        Remedy::LoginInteractively => "log in again, and let the provider ask",
        Remedy::UserDeclined => "nothing; log in again if this was a mistake",
        Remedy::FetchKeys => "run this again; the provider may have new keys",
        Remedy::FixConfiguration => {
            "look at the issuer, the client id and its registration at the provider, and at the clock"
        }
        Remedy::FixProgram => "change the program: it took a step that this flow does not have",
        Remedy::RetryLater => "run this again in a while, unless the cause above says that it cannot help",
        Remedy::ReportToProvider => "tell the provider: it breaks its specification",
        Remedy::Ignore => "nothing: it answers nothing that this program asked",
        _ => "see the documentation of the error",
    }
}

pub fn form(text: &[u8]) {
    for (name, value) in url::form_urlencoded::parse(text) {
        line(&format!("{name} = {}", if SECRETS.contains(&&*name) { shorten(&value) } else { value.into_owned() }));
    }
}

pub fn shorten(secret: &str) -> String {
    let start: String = secret.chars().take(6).collect();
    format!("{start}… ({} characters)", secret.chars().count())
}

#[derive(Clone, Copy)]
enum Style {
    Plain,
    Bold,
    Blue,
    Red,
}

fn print(style: Style, line: &str) {
    let has_colours = colours(std::io::stdout().is_terminal(), std::env::var_os("NO_COLOR").as_deref());
    println!("{}", painted(style, &cut(line), has_colours));
}

/// Colours are for a terminal, and not for a user who does not want them (<https://no-color.org>).
fn colours(is_terminal: bool, no_color: Option<&OsStr>) -> bool {
    is_terminal && no_color.is_none_or(OsStr::is_empty)
}

fn painted(style: Style, line: &str, has_colours: bool) -> String {
    let code = match style {
        Style::Bold if has_colours => "1",
        Style::Blue if has_colours => "34",
        Style::Red if has_colours => "31",
        _ => return line.to_owned(),
    };
    format!("\u{1b}[{code}m{line}\u{1b}[0m")
}

fn cut(line: &str) -> String {
    if line.chars().count() <= COLUMNS {
        return line.to_owned();
    }
    format!("{}…", line.chars().take(COLUMNS - 1).collect::<String>())
}

fn wrapped(text: &str) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ') {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if longer.chars().count() <= COLUMNS {
            line = longer;
        } else {
            lines.push(std::mem::replace(&mut line, word.to_owned()));
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_100_columns_at_most_and_says_where_it_was_cut() {
        for length in [0, 99, 100] {
            assert_eq!(cut(&"ä".repeat(length)), "ä".repeat(length));
        }
        assert_eq!(cut(&"ä".repeat(101)), format!("{}…", "ä".repeat(99)));
    }

    #[test]
    fn a_paragraph_is_wrapped_between_words_and_loses_none() {
        let text = "a word of a line, and another one ".repeat(20);
        let lines = wrapped(text.trim_end());
        assert!(lines.len() > 5 && lines.iter().all(|line| line.chars().count() <= COLUMNS), "{lines:?}");
        assert_eq!(lines.join(" "), text.trim_end());
        assert!(lines.iter().rev().skip(1).all(|line| line.chars().count() > COLUMNS - 10), "{lines:?}");
    }

    #[test]
    fn colours_are_for_a_terminal_of_a_user_who_wants_them() {
        assert!(colours(true, None) && colours(true, Some(OsStr::new(""))));
        assert!(!colours(false, None) && !colours(true, Some(OsStr::new("1"))));
        for style in [Style::Plain, Style::Bold, Style::Blue, Style::Red] {
            assert_eq!(painted(style, "text", false), "text");
        }
        assert_eq!(painted(Style::Bold, "text", true), "\u{1b}[1mtext\u{1b}[0m");
    }
}
