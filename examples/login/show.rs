//! What a reader sees of each step; secrets are shortened.

use oidc_proto::{
    AuthorizeError, BoxError, CallbackError, ClientError, Error, IdTokenError, KeysError, MetadataError, Remedy,
    TokenError, Tokens, http,
};

/// Parameters and members that are secrets, here and in every log.
const SECRETS: [&str; 9] = [
    "code",
    "state",
    "nonce",
    "code_verifier",
    "client_secret",
    "access_token",
    "refresh_token",
    "id_token",
    "code_challenge",
];

pub fn step(title: &str) {
    println!("\n== {title}");
}

pub fn url(url: &str) {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    println!("   {place}");
    form(query.as_bytes());
}

pub fn request(request: &http::Request<Vec<u8>>) {
    println!("-> {} {}", request.method(), request.uri());
    for (name, value) in request.headers() {
        let value = value.to_str().unwrap_or("…");
        println!("   {name}: {}", if name == http::header::AUTHORIZATION { shorten(value) } else { value.to_owned() });
    }
    form(request.body());
}

pub fn response(response: &http::Response<Vec<u8>>) {
    println!("<- {}", response.status());
    match serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(response.body()) {
        Ok(members) => members.iter().for_each(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            println!("   {name}: {}", if SECRETS.contains(&name.as_str()) { shorten(&text) } else { text });
        }),
        Err(_) => println!("   {} bytes that are no JSON object", response.body().len()),
    }
}

pub fn tokens(tokens: &Tokens) -> Result<(), BoxError> {
    let claims: serde_json::Map<String, serde_json::Value> = tokens.id_token().claims_as()?;
    for (name, value) in &claims {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        println!("   {name}: {}", if SECRETS.contains(&name.as_str()) { shorten(&text) } else { text });
    }
    println!("\nLogged in: {} at {}", tokens.id_token().sub(), tokens.id_token().iss());
    Ok(())
}

/// An error with its causes, and what to do about it.
pub fn error(error: &(dyn std::error::Error + 'static)) {
    eprint!("login failed: {error}");
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
    first_of!(Error, MetadataError, ClientError, AuthorizeError, CallbackError, TokenError, KeysError, IdTokenError)
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

fn form(text: &[u8]) {
    for (name, value) in url::form_urlencoded::parse(text) {
        println!("   {name} = {}", if SECRETS.contains(&&*name) { shorten(&value) } else { value.into_owned() });
    }
}

fn shorten(secret: &str) -> String {
    let start: String = secret.chars().take(6).collect();
    format!("{start}… ({} characters)", secret.chars().count())
}
