//! Why a client cannot be built.

use crate::exchange::Remedy;
use crate::ground::uri::UrlProblem;
use crate::ground::vocabulary::Algorithm;
use crate::jose::InvalidKey;
use crate::provider::EndpointProblem;

/// Why a client cannot be built. The configuration must be fixed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The redirect URI is relative, has a fragment, userinfo, white space or a backslash, a scheme without a dot that is
    /// neither http nor https, or a parameter in its query that the provider's answer uses (`?code=1`).
    #[error("the redirect URI is not usable: {reason}")]
    InvalidRedirectUri {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The redirect URI, the issuer or an endpoint is an http URL.
    #[error("{field} is an http URL, and https is required")]
    InsecureUrl {
        /// What is insecure.
        field: &'static str,
    },
    /// The client id is empty, or has a control character, or a colon where it is sent by Basic unencoded.
    #[error("the client id is empty, or has a control character or an unencoded colon")]
    InvalidClientId,
    /// `ClientAuth::secret`, and the provider lists neither `client_secret_basic` nor `client_secret_post`.
    #[error("the provider supports neither client_secret_basic nor client_secret_post")]
    UnsupportedAuthMethod,
    /// The secret is empty, or HS256, HS384 or HS512 is set for a client that has none.
    #[error("a client secret is needed, and there is none")]
    MissingSecret,
    /// The algorithm is `none`, unknown, or not for what it is set for; or the provider does not list it; or it is symmetric and
    /// the client secret is shorter than its hash; or no key can decrypt it; or the list of algorithms is empty.
    #[error("the algorithm{} cannot be used: {reason}", .algorithm.as_ref().map_or(String::new(), |name| format!(" {name}")))]
    InvalidAlgorithm {
        /// The algorithm; `None` where none was named.
        algorithm: Option<Algorithm>,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The profile that the client is to keep to ([`fapi2`](crate::ClientBuilder::fapi2),
    /// [`fapi2_message_signing`](crate::ClientBuilder::fapi2_message_signing)) demands more of it, or of the provider.
    #[error("the {profile} is not met: {}", .unmet.join("; "))]
    ProfileNotMet {
        /// The profile.
        profile: &'static str,
        /// All that is not met, each in words.
        unmet: Vec<String>,
    },
    /// A key of the client's own is public, symmetric, too small, of another kind than its algorithm, or not for its use.
    #[error(transparent)]
    InvalidKey(#[from] InvalidKey),
    /// The issuer or an endpoint is not an absolute URL, has userinfo, white space or a backslash, or a query that does not
    /// decode to UTF-8; the issuer has a query or a fragment; the authorization endpoint's query has a parameter of a request
    /// (`?client_id=x`); or the issuer template is not an https URL with `{tenantid}` in its path, once.
    #[error("{endpoint} is not a usable URL")]
    InvalidEndpoint {
        /// The member of the metadata, or `issuer_template`.
        endpoint: &'static str,
    },
}

impl ClientError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        Remedy::FixConfiguration
    }
}

impl From<EndpointProblem> for ClientError {
    fn from(EndpointProblem { field, problem }: EndpointProblem) -> Self {
        match problem {
            UrlProblem::Malformed => Self::InvalidEndpoint { endpoint: field },
            UrlProblem::Insecure => Self::InsecureUrl { field },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::printable::printable;

    #[test]
    fn an_algorithm_in_a_message_is_printable() {
        let error =
            ClientError::InvalidAlgorithm { algorithm: Some(Algorithm::from("RS\n257")), reason: "it is unknown" };
        assert_eq!(error.to_string(), format!("the algorithm {} cannot be used: it is unknown", printable("RS\n257")));
    }
}
