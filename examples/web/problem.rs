//! What the log says when a provider cannot be used.

use std::fmt;

use oidc_proto::{ClientError, Error, MetadataError, Remedy};

/// Why a provider cannot be used, and what to do. It shows no secret: the errors of the crate have none, and of the
/// configuration file it names members and no values.
pub struct Problem<'a> {
    /// Its name in the configuration file.
    pub provider: &'a str,
    /// The configuration file.
    pub file: &'a str,
    pub error: &'a Error,
}

impl fmt::Display for Problem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, file, error } = self;
        write!(f, "provider {provider:?} is not available: {}. ", with_causes(error))?;
        match error.remedy() {
            Remedy::FixConfiguration => {
                write!(f, "In {file}, in the [[provider]] with the name {provider:?}: {}", what_to_change(error))
            }
            Remedy::RetryLater => f.write_str("It is asked again when a user wants to sign in"),
            _ => f.write_str("The provider must change this; it is asked again when a user wants to sign in"),
        }
    }
}

/// What to change in the configuration file.
fn what_to_change(error: &Error) -> &'static str {
    match error {
        Error::Metadata(MetadataError::InsecureUrl { .. }) => {
            "set issuer to an https URL; for a provider on your own machine, set allow_http = true"
        }
        Error::Metadata(_) => "set issuer to the provider's issuer, exactly as the provider's documentation has it",
        Error::Client(ClientError::InvalidClientId) => "set client_id to the id that the provider gave you",
        Error::Client(ClientError::MissingSecret) => "set client_secret, or remove the line for a public client",
        Error::Client(ClientError::UnsupportedAuthMethod) => {
            "remove client_secret, and register a public client at the provider"
        }
        Error::Client(ClientError::InvalidRedirectUri { .. } | ClientError::InsecureUrl { field: "redirect_uri" }) => {
            "change its name, or base_url at the top of the file to an https URL: the redirect URI is made of both"
        }
        _ => "compare each line with the provider's documentation",
    }
}

/// The text of an error, and those of its causes.
pub fn with_causes(error: &Error) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use oidc_proto::{Client, ClientAuth, Issuer, ProviderMetadata};

    use super::*;

    const SECRET: &str = "5ecret";

    fn text(error: impl Into<Error>) -> String {
        Problem { provider: "example", file: "config.toml", error: &error.into() }.to_string()
    }

    fn client_error(client_id: &str, secret: &str, redirect_uri: &str) -> ClientError {
        let mut metadata = ProviderMetadata::new("https://id.example");
        metadata.authorization_endpoint = Some("https://id.example/authorize".to_owned());
        metadata.token_endpoint = Some("https://id.example/token".to_owned());
        let builder = Client::builder(metadata, client_id, ClientAuth::secret(secret)).redirect_uri(redirect_uri);
        builder.build().err().unwrap()
    }

    #[test]
    fn a_misconfigured_provider_is_logged_with_what_to_change_and_without_a_secret() {
        let good = "https://app.example/callback/example";
        for (problem, change) in [
            (text(Issuer::new("http://id.example").err().unwrap()), "set issuer to an https URL"),
            (text(Issuer::new(format!("https://ada:{SECRET}@id.example")).err().unwrap()), "set issuer to"),
            (text(Issuer::new(format!("https://id.example?{SECRET}")).err().unwrap()), "set issuer to"),
            (text(client_error("", SECRET, good)), "set client_id to"),
            (text(client_error("web", "", good)), "set client_secret"),
            (text(client_error("web", SECRET, "http://app.example/cb")), "base_url"),
            (text(client_error("web", SECRET, &format!("https://ada:{SECRET}@app.example"))), "base_url"),
        ] {
            assert!(problem.starts_with("provider \"example\" is not available: "), "{problem}");
            assert!(problem.contains("In config.toml, in the [[provider]] with the name \"example\": "), "{problem}");
            assert!(problem.contains(change) && !problem.contains(SECRET), "{problem}");
        }
    }
}
