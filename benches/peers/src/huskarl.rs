//! huskarl.

use bytes::Bytes;
use huskarl::core::client_auth::ClientSecret;
use huskarl::core::http::{HttpClient, HttpResponse, Idempotency};
use huskarl::core::jwk::Jwks;
use huskarl::core::platform::MaybeSendBoxFuture;
use huskarl::core::secrets::{ProvidedSecret, SecretString};
use huskarl::core::server_metadata::AuthorizationServerMetadata;
use huskarl::grant::authorization_code::{AuthorizationCodeGrant, CompleteInput, StartInput};
use oidc_proto::http::{HeaderMap, Request, StatusCode};
use tokio::runtime::{Builder, Runtime};

use crate::inputs::{CLIENT_ID, CLIENT_SECRET, CODE, ENCODED_CODE, Inputs, NONCE, REDIRECT_URI, STATE, Signed};
use crate::measure::Contender;

pub const NAME: &str = "huskarl 0.11";

/// A transport that has its answers ready.
#[derive(Clone)]
struct Answers {
    jwks: Bytes,
    token_response: Bytes,
}

impl HttpClient for Answers {
    fn execute(
        &self,
        request: Request<Bytes>,
        _: Idempotency,
    ) -> MaybeSendBoxFuture<'_, Result<HttpResponse, huskarl::core::Error>> {
        let body = if request.uri().path().ends_with("/certs") { &self.jwks } else { &self.token_response };
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/json".parse().unwrap());
        let response = HttpResponse { status: StatusCode::OK, headers, body: body.clone() };
        Box::pin(async move { Ok(response) })
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

fn grant(runtime: &Runtime, inputs: &Inputs, signed: &Signed) -> AuthorizationCodeGrant {
    let metadata: AuthorizationServerMetadata = serde_json::from_str(&inputs.metadata).unwrap();
    let answers =
        Answers { jwks: Bytes::from(inputs.jwks.clone()), token_response: Bytes::from(signed.token_response.clone()) };
    let secret = ProvidedSecret::new(SecretString::new(CLIENT_SECRET));
    runtime
        .block_on(
            AuthorizationCodeGrant::builder_from_metadata(&metadata)
                .unwrap()
                .client_id(CLIENT_ID)
                .http_client(answers)
                .client_auth(ClientSecret::new(secret))
                .redirect_uri(REDIRECT_URI)
                .oidc(true)
                .build(),
        )
        .unwrap()
}

fn scope() -> StartInput {
    StartInput::scope(["openid", "email", "profile"].map(str::to_owned).to_vec())
}

pub fn authorization_url(inputs: &Inputs) -> Contender {
    let runtime = runtime();
    let grant = grant(&runtime, inputs, &inputs.rs256);
    Contender::new(NAME, move || runtime.block_on(grant.start(scope())).unwrap())
}

pub fn discovery(inputs: &Inputs) -> Contender {
    let metadata = inputs.metadata.clone();
    Contender::new(NAME, move || serde_json::from_str::<AuthorizationServerMetadata>(&metadata).unwrap())
}

pub fn keys(inputs: &Inputs) -> Contender {
    let jwks = inputs.jwks.clone();
    Contender::new(NAME, move || serde_json::from_str::<Jwks>(&jwks).unwrap())
}

pub fn login(inputs: &Inputs, signed: &Signed) -> Contender {
    let runtime = runtime();
    let grant = grant(&runtime, inputs, signed);
    let callback = format!("/login/callback?code={}&state={STATE}", CODE.replace('/', "%2F"));
    Contender::new(NAME, move || {
        runtime.block_on(async {
            let mut started = grant.start(scope()).await.unwrap();
            // State and nonce are set, since the callback and the ID token were made beforehand.
            started.pending_state.state = STATE.to_owned();
            started.pending_state.nonce = Some(NONCE.to_owned());
            let input: CompleteInput = callback.parse().unwrap();
            let completed = grant.complete(&started.pending_state, input).await.unwrap();
            assert!(completed.id_token.is_some());
            (started, completed)
        })
    })
}

/// As a server does it: the state is drawn, what is under way is text in the browser's session.
pub fn server_login(inputs: &Inputs, signed: &Signed) -> Contender {
    let runtime = runtime();
    let grant = grant(&runtime, inputs, signed);
    Contender::new(NAME, move || {
        runtime.block_on(async {
            let mut started = grant.start(scope()).await.unwrap();
            started.pending_state.nonce = Some(NONCE.to_owned());
            let callback = ["/login/callback?code=", ENCODED_CODE, "&state=", &started.pending_state.state].concat();
            let session = serde_json::to_string(&started.pending_state).unwrap();
            let pending = serde_json::from_str(&session).unwrap();
            let input: CompleteInput = callback.parse().unwrap();
            let completed = grant.complete(&pending, input).await.unwrap();
            assert!(completed.id_token.is_some());
            (started, session, completed)
        })
    })
}
