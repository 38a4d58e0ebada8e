//! The token response (RFC 6749 section 5): one reader for every grant.

use http::Response;

use crate::client::Client;
use crate::exchange::response::{OrInvalid, read_object};
use crate::exchange::{OAuthError, ResponseError};
use crate::ground::secret::SecretText;
use crate::ground::vocabulary::{GrantType, TokenType};
use crate::token_endpoint::error::TokenError;
use crate::token_endpoint::tokens::{OAuthTokens, OAuthTokensError, read_string};

/// What a good token response holds.
pub(crate) struct TokenResponse {
    pub(crate) tokens: OAuthTokens,
    /// Compact serialization, not verified.
    pub(crate) id_token: Option<SecretText>,
}

/// Reads a token response. An `error` in it is the provider's error, whatever the status.
pub(crate) fn read<B: AsRef<[u8]>>(
    response: &Response<B>,
    client: &Client,
    grant_type: &GrantType,
) -> Result<TokenResponse, TokenError> {
    let status = response.status();
    let failed = !status.is_success();
    let unusable = |source| TokenError::Response { grant_type: grant_type.clone(), source };
    let mut object = read_object(response)
        .map_err(|error| unusable(if failed { ResponseError::Status { status } } else { error }))?;
    if let Some(error) = OAuthError::take_from(&mut object).map_err(unusable)? {
        return Err(TokenError::Provider { grant_type: grant_type.clone(), error, status });
    }
    if failed {
        return Err(unusable(ResponseError::Status { status }));
    }
    let id_token =
        object.take_raw("id_token").map_or(Ok(None), read_string).or_invalid("id_token").map_err(unusable)?;
    let id_token = id_token.map(SecretText::new);
    // RFC 8693 section 2.2.1: what comes of an exchange need not be an access token.
    let any_type = *grant_type == GrantType::TOKEN_EXCHANGE;
    let accepts = |token_type: &TokenType| {
        client.accepts_token_type(token_type) || (any_type && token_type.as_str().eq_ignore_ascii_case("N_A"))
    };
    let tokens = OAuthTokens::from_object(object, accepts);
    let tokens = tokens.map_err(|error| match error {
        OAuthTokensError::UnsupportedTokenType(token_type) => TokenError::UnsupportedTokenType { token_type },
        OAuthTokensError::Response(error) => unusable(error),
    })?;
    Ok(TokenResponse { tokens, id_token })
}
