//! openidconnect, and oauth2 beneath it.

use std::convert::Infallible;

use oauth2::basic::{BasicClient, BasicTokenType};
use oauth2::{EmptyExtraTokenFields, StandardTokenResponse};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreJsonWebKeySet, CoreProviderMetadata, CoreTokenResponse,
};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
};

use crate::inputs::{CLIENT_ID, CLIENT_SECRET, CODE, ENCODED_CODE, Inputs, NONCE, REDIRECT_URI, STATE, Signed, VERIFIER};
use crate::measure::Contender;

pub const NAME: &str = "openidconnect 4.1";
pub const OAUTH2: &str = "oauth2 5.0";

/// The client, whose 17 type parameters are best left to the compiler.
macro_rules! client {
    ($inputs:expr) => {{
        let metadata: CoreProviderMetadata = serde_json::from_str(&$inputs.metadata).unwrap();
        let keys: CoreJsonWebKeySet = serde_json::from_str(&$inputs.jwks).unwrap();
        CoreClient::from_provider_metadata(
            metadata.set_jwks(keys),
            ClientId::new(CLIENT_ID.to_owned()),
            Some(ClientSecret::new(CLIENT_SECRET.to_owned())),
        )
        .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.to_owned()).unwrap())
    }};
}

fn answer(body: &str) -> impl Fn(HttpRequest) -> Result<HttpResponse, Infallible> + use<> {
    let body = body.as_bytes().to_vec();
    move |_| Ok(http_response(&body))
}

fn http_response(body: &[u8]) -> HttpResponse {
    let mut response = HttpResponse::new(body.to_vec());
    response.headers_mut().insert("content-type", "application/json".parse().unwrap());
    response
}

/// A transport that fails, so that the request alone is made.
fn fail(request: HttpRequest) -> Result<HttpResponse, std::io::Error> {
    std::hint::black_box(request);
    Err(std::io::ErrorKind::Other.into())
}

pub fn authorization_url(inputs: &Inputs) -> Contender {
    let client = client!(inputs);
    Contender::new(NAME, move || {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let request =
            client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random);
        let request = request.add_scope(Scope::new("email".to_owned())).add_scope(Scope::new("profile".to_owned()));
        (request.set_pkce_challenge(challenge).url(), verifier)
    })
}

pub fn oauth2_authorization_url(inputs: &Inputs) -> Contender {
    let metadata: CoreProviderMetadata = serde_json::from_str(&inputs.metadata).unwrap();
    let client = BasicClient::new(ClientId::new(CLIENT_ID.to_owned()))
        .set_auth_uri(metadata.authorization_endpoint().clone())
        .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.to_owned()).unwrap());
    Contender::new(OAUTH2, move || {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let request = client.authorize_url(CsrfToken::new_random);
        let request = request.add_scope(Scope::new("openid".to_owned())).add_scope(Scope::new("email".to_owned()));
        let request = request.add_scope(Scope::new("profile".to_owned()));
        (request.set_pkce_challenge(challenge).url(), verifier)
    })
}

pub fn token_request(inputs: &Inputs) -> Contender {
    let client = client!(inputs);
    Contender::new(NAME, move || {
        let request = client.exchange_code(AuthorizationCode::new(CODE.to_owned())).unwrap();
        request.set_pkce_verifier(PkceCodeVerifier::new(VERIFIER.to_owned())).request(&fail).unwrap_err()
    })
}

pub fn oauth2_token_request(inputs: &Inputs) -> Contender {
    let metadata: CoreProviderMetadata = serde_json::from_str(&inputs.metadata).unwrap();
    let client = BasicClient::new(ClientId::new(CLIENT_ID.to_owned()))
        .set_client_secret(ClientSecret::new(CLIENT_SECRET.to_owned()))
        .set_token_uri(metadata.token_endpoint().unwrap().clone())
        .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.to_owned()).unwrap());
    Contender::new(OAUTH2, move || {
        let request = client.exchange_code(AuthorizationCode::new(CODE.to_owned()));
        request.set_pkce_verifier(PkceCodeVerifier::new(VERIFIER.to_owned())).request(&fail).unwrap_err()
    })
}

pub fn token_response(signed: &Signed) -> Contender {
    let body = signed.token_response.clone();
    Contender::new(NAME, move || serde_json::from_str::<CoreTokenResponse>(&body).unwrap())
}

pub fn oauth2_token_response(signed: &Signed) -> Contender {
    let body = signed.token_response.clone();
    type Response = StandardTokenResponse<EmptyExtraTokenFields, BasicTokenType>;
    Contender::new(OAUTH2, move || serde_json::from_str::<Response>(&body).unwrap())
}

pub fn discovery(inputs: &Inputs) -> Contender {
    let metadata = inputs.metadata.clone();
    Contender::new(NAME, move || serde_json::from_str::<CoreProviderMetadata>(&metadata).unwrap())
}

pub fn keys(inputs: &Inputs) -> Contender {
    let jwks = inputs.jwks.clone();
    Contender::new(NAME, move || serde_json::from_str::<CoreJsonWebKeySet>(&jwks).unwrap())
}

pub fn id_token(inputs: &Inputs, signed: &Signed) -> Contender {
    let client = client!(inputs);
    let nonce = Nonce::new(NONCE.to_owned());
    let compact = signed.id_token.clone();
    Contender::new(NAME, move || {
        let token: CoreIdToken = compact.parse().unwrap();
        token.into_claims(&client.id_token_verifier(), &nonce).unwrap()
    })
}

pub fn login(inputs: &Inputs, signed: &Signed) -> Contender {
    let client = client!(inputs);
    let send = answer(&signed.token_response);
    Contender::new(NAME, move || {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let request = client.authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            || CsrfToken::new(STATE.to_owned()),
            || Nonce::new(NONCE.to_owned()),
        );
        let request = request.add_scope(Scope::new("email".to_owned())).add_scope(Scope::new("profile".to_owned()));
        let (url, state, nonce) = request.set_pkce_challenge(challenge).url();
        assert_eq!(state.secret(), STATE);
        let request = client.exchange_code(AuthorizationCode::new(CODE.to_owned())).unwrap();
        let tokens = request.set_pkce_verifier(verifier).request(&send).unwrap();
        let claims = tokens.id_token().unwrap().claims(&client.id_token_verifier(), &nonce).unwrap().clone();
        (url, claims)
    })
}

/// As a server does it: the state is drawn; state, nonce and verifier are text in the browser's session. Reading the callback
/// and comparing the state is the caller's work there.
pub fn server_login(inputs: &Inputs, signed: &Signed) -> Contender {
    let client = client!(inputs);
    let send = answer(&signed.token_response);
    Contender::new(NAME, move || {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let request = client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, || {
            Nonce::new(NONCE.to_owned())
        });
        let request = request.add_scope(Scope::new("email".to_owned())).add_scope(Scope::new("profile".to_owned()));
        let (url, state, nonce) = request.set_pkce_challenge(challenge).url();
        let callback =
            ["https://app.example.com/login/callback?code=", ENCODED_CODE, "&state=", state.secret()].concat();
        let session = serde_json::to_string(&(state, nonce, verifier)).unwrap();
        let (state, nonce, verifier): (CsrfToken, Nonce, PkceCodeVerifier) = serde_json::from_str(&session).unwrap();
        let callback = url::Url::parse(&callback).unwrap();
        let parameter = |wanted: &str| callback.query_pairs().find(|(name, _)| name == wanted).unwrap().1.into_owned();
        assert_eq!(*state.secret(), parameter("state"));
        let request = client.exchange_code(AuthorizationCode::new(parameter("code"))).unwrap();
        let tokens = request.set_pkce_verifier(verifier).request(&send).unwrap();
        let claims = tokens.id_token().unwrap().claims(&client.id_token_verifier(), &nonce).unwrap().clone();
        (url, session, claims)
    })
}
