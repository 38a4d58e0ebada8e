//! What a client's registration says about how the client is built.

use crate::client::authentication::{ClientAuth, ClientSecret};
use crate::client::builder::ClientBuilder;
use crate::client::registration::client_metadata::ClientMetadata;
use crate::ground::vocabulary::{Algorithm, TokenEndpointAuthMethod};

/// The members that the client is built by.
const WORDS: [&str; 6] = [
    METHOD,
    ASSERTION_ALGORITHM,
    "id_token_signed_response_alg",
    "id_token_encrypted_response_alg",
    "userinfo_signed_response_alg",
    "authorization_signed_response_alg",
];

const METHOD: &str = "token_endpoint_auth_method";
const ASSERTION_ALGORITHM: &str = "token_endpoint_auth_signing_alg";

impl ClientMetadata {
    /// Checks that each member that the client is built by is a word.
    ///
    /// # Errors
    ///
    /// The name of the one that is none.
    pub(super) fn check_words(&self) -> Result<(), &'static str> {
        WORDS.into_iter().try_for_each(|name| self.word(name).map(drop).map_err(|_| name))
    }

    /// A word, where it is one; [`check_words`](Self::check_words) comes first.
    fn checked_word(&self, name: &str) -> Option<String> {
        self.word(name).ok().flatten().map(String::from)
    }

    /// How the client authenticates, with what the provider gave it. `listed` are the methods that the provider knows.
    pub(super) fn authentication(
        &self,
        secret: Option<&ClientSecret>,
        listed: &[TokenEndpointAuthMethod],
    ) -> ClientAuth {
        // An empty secret is `MissingSecret`, once the client is built.
        let required = || secret.cloned().unwrap_or_else(|| ClientSecret::new(""));
        // RFC 7591 section 2: Basic where it is not said. A client without a secret has none to send.
        let Some(method) = self.checked_word(METHOD) else {
            // Some providers list `none` alone and give each client a secret all the same: they take it nowhere.
            let usable = secret.filter(|_| *listed != [TokenEndpointAuthMethod::NONE]);
            return usable.cloned().map_or_else(ClientAuth::none, ClientAuth::secret);
        };
        match method.as_str() {
            "none" => ClientAuth::none(),
            "client_secret_basic" => ClientAuth::client_secret_basic(required()),
            "client_secret_post" => ClientAuth::client_secret_post(required()),
            "client_secret_jwt" => {
                let algorithm = self.checked_word(ASSERTION_ALGORITHM).map_or(Algorithm::HS256, Algorithm::from);
                ClientAuth::client_secret_jwt_with(required(), algorithm)
            }
            "tls_client_auth" => ClientAuth::tls_client_auth(),
            "self_signed_tls_client_auth" => ClientAuth::self_signed_tls_client_auth(),
            _ => ClientAuth::missing(TokenEndpointAuthMethod::from(method)),
        }
    }

    /// Sets what tokens and responses must be signed and encrypted with: as registered.
    ///
    /// `introspection_signed_response_alg` is not among it: providers answer with their default for it, and what is introspected
    /// is signed only where it is asked for.
    pub(super) fn configure(&self, mut builder: ClientBuilder) -> ClientBuilder {
        if let Some(algorithm) = self.checked_word("id_token_signed_response_alg") {
            builder = builder.id_token_signed_response_algs([algorithm]);
        }
        if let Some(algorithm) = self.checked_word("id_token_encrypted_response_alg") {
            builder = builder.id_token_encrypted_response_alg(algorithm);
        }
        if let Some(algorithm) = self.checked_word("userinfo_signed_response_alg") {
            builder = builder.userinfo_signed_response_algs([algorithm]);
        }
        if let Some(algorithm) = self.checked_word("authorization_signed_response_alg") {
            builder = builder.authorization_signed_response_algs([algorithm]);
        }
        builder
    }
}
