//! What each stage does with what it is given.

use std::time::{Duration, SystemTime};

use oidc_proto::http::header::WWW_AUTHENTICATE;
use oidc_proto::http::{HeaderMap, HeaderValue, Request, Response};
use oidc_proto::{
    AuthorizationRequest, AuthorizationResponse, AwaitingCallback, AwaitingTokens, Challenges, Client, ClientAuth,
    ClientCertificateRequired, CodeChallengeMethod, Display, Error, IdToken, Issuer, JwkSet, OAuthTokens, PrivateKey,
    Prompt, ProviderMetadata, ResponseMode, RoundTrip, TokenError, Tokens, UnverifiedTokens,
};
use serde_json::{Map, Value, json};
use url::Url;

use crate::device;
use crate::expect::Outcome;
use crate::files::merge;
use crate::given::{self, Flow, Given, at};
use crate::grants;
use crate::jarm;
use crate::logout;
use crate::pushed;
use crate::registration;
use crate::resources;
use crate::session;
use crate::signed;
use crate::userinfo;

/// Whether the stage can be run with the features that the crate was built with.
pub fn can_run(stage: &str, given: &Value) -> bool {
    let needs_signature = signed::has_keys(given)
        || match stage {
            // Those that begin with a login, and those of one token.
            "device" | "login" | "refresh" | "session" | "userinfo" | "logout_token" | "jarm" => true,
            "id_token" => given.get("verification") != Some(&json!("tls")),
            "introspection" => userinfo::is_signed(given),
            "protected_resource" => given.get("jwks").is_some(),
            _ => false,
        };
    cfg!(any(feature = "aws-lc-rs", feature = "rust-crypto")) || !needs_signature
}

pub fn run(stage: &str, given: Given) -> Result<Outcome, String> {
    let client = given.client.clone();
    let outcome = run_stage(stage, given)?;
    if let Ok(found) = &outcome {
        signed::check(found, &client);
    }
    Ok(outcome)
}

fn run_stage(stage: &str, given: Given) -> Result<Outcome, String> {
    Ok(match stage {
        "discovery" => discovery(given),
        "jwks" => jwks(given),
        "authorization" => authorization(given),
        "callback" => callback(given),
        "pushed_request" => pushed::request(given),
        "jarm" => jarm::jarm(given),
        "token_response" => token_response(given),
        "id_token" => id_token(given),
        "login" => login(given),
        "grant" => grants::grant(given),
        "device" => device::device(given),
        "registration" => registration::registration(given),
        "client_id_document" => registration::document(given),
        "protected_resource" => resources::protected_resource(given),
        "discovery_in_order" => resources::discovery_in_order(given),
        "refresh" => session::refresh(given),
        "session" => session::session(given),
        "userinfo" => userinfo::userinfo(given),
        "introspection" => userinfo::introspection(given),
        "revocation" => userinfo::revocation(given),
        "challenge" => userinfo::challenge(&given),
        "logout_request" => logout::request(given),
        "logout_response" => logout::response(given),
        "front_channel_logout" => logout::front_channel(given),
        "logout_token" => logout::token(given),
        other => return Err(format!("unknown stage {other}")),
    })
}

fn discovery(given: Given) -> Outcome {
    let metadata = discover(&given.issuer.unwrap(), given.client["allow_http"] == true, given.response.unwrap())?;
    let mut members = object(serde_json::to_value(&metadata).unwrap());
    // The one default that is not a member if the provider does not send it.
    members.entry("response_modes_supported").or_insert(json!(metadata.response_modes()));
    Ok(members)
}

fn jwks(given: Given) -> Outcome {
    let metadata = json!({ "issuer": "https://op.example", "jwks_uri": "https://op.example/keys" });
    let client = Client::builder(serde_json::from_value(metadata).unwrap(), "app", ClientAuth::none()).build()?;
    let keys = receive(client.fetch_keys()?, given.response.unwrap())?;
    Ok(object(json!({ "usable_keys": keys.usable_keys() })))
}

fn authorization(given: Given) -> Outcome {
    let client = client(given.metadata.unwrap(), given.client)?;
    let (url, _) = authorization_request(&client, given.request.unwrap()).start(at(given.now))?;
    Ok(describe_url(&url))
}

fn callback(given: Given) -> Outcome {
    let client = client(given.metadata.unwrap(), given.client)?;
    let awaiting = begin(&client, given.flow.unwrap(), given.now)?;
    let response = arrived(given.url, given.query, given.form)?;
    let (request, _) = awaiting.receive(&client, response, at(given.now))?.into_parts();
    Ok(describe_request(&request))
}

/// The authorization response, however it arrived.
pub fn arrived(
    url: Option<String>,
    query: Option<String>,
    form: Option<String>,
) -> Result<AuthorizationResponse, Error> {
    Ok(match (url, query, form) {
        (Some(url), None, None) => AuthorizationResponse::from_url(&url)?,
        (None, Some(query), None) => AuthorizationResponse::from_query(&query)?,
        (None, None, Some(form)) => AuthorizationResponse::from_form(form)?,
        _ => panic!("an authorization response has exactly one of url, query and form"),
    })
}

fn token_response(given: Given) -> Outcome {
    let openid =
        given.flow.as_ref().unwrap().scope.as_deref().is_none_or(|scope| scope.split(' ').any(|s| s == "openid"));
    let awaiting_tokens =
        send_code(&client(given.metadata.unwrap(), given.client)?, given.flow.unwrap(), "c0de", given.now)?;
    let response = given.response.unwrap();
    let (_, awaiting) = awaiting_tokens.into_parts();
    let unverified = match awaiting.receive(&response.into_response()) {
        // The case says whether it is about the error or about what is sent again.
        Err(error @ TokenError::DpopNonce { .. }) if given.expects_again => {
            let (request, _) = AwaitingTokens::again(error)?.into_parts();
            return Ok(object(json!({ "again": describe_request(&request) })));
        }
        unverified => unverified?,
    };
    let mut description = if openid {
        let tokens = unverified.verify_trusting_tls(at(given.now))?;
        describe_tokens(&tokens)
    } else {
        describe_tokens(&unverified.into_oauth_tokens()?)
    };
    description.insert("id_token".to_owned(), openid.into());
    Ok(description)
}

fn id_token(given: Given) -> Outcome {
    let client = client(given.metadata.unwrap(), given.client)?;
    let code = given.code.as_deref().unwrap_or("c0de");
    let body = json!({
        "access_token": given.access_token.as_deref().unwrap_or("an-access-token"),
        "id_token": given.id_token.unwrap(),
    });
    let awaiting_tokens = send_code(&client, given.flow.unwrap(), code, given.now)?;
    let unverified = awaiting_tokens.send_with(|_| Ok::<_, std::io::Error>(Response::new(body.to_string())))?;
    let tokens = match given.verification.as_deref() {
        Some("tls") => unverified.verify_trusting_tls(at(given.now))?,
        None | Some("signature") => {
            verify(&unverified, &JwkSet::from_json(given.jwks.unwrap().to_string())?, given.now)?
        }
        Some(other) => panic!("unknown verification {other}"),
    };
    Ok(describe_id_token(tokens.id_token()))
}

/// A login that was recorded with a real provider, from discovery to the ID token.
fn login(given: Given) -> Outcome {
    let metadata = discover(&given.issuer.unwrap(), given.client["allow_http"] == true, given.discovery.unwrap())?;
    let client = client(serde_json::to_value(metadata).unwrap(), given.client)?;
    let keys = receive(client.fetch_keys()?, serde_json::from_value(given.jwks.unwrap()).expect("jwks"))?;
    let flow = given.flow.unwrap();
    let signed = flow.response_mode.as_deref().is_some_and(|mode| mode.ends_with("jwt"));
    let awaiting = begin(&client, flow, given.now)?;
    let came = given.authorization_response.unwrap();
    let mut response = arrived(came.url, None, came.form)?;
    if signed {
        response = jarm::verify(&client.jarm(response)?, &keys, given.now)?;
    }
    let (request, awaiting) = awaiting.receive(&client, response, at(given.now))?.into_parts();
    let unverified = awaiting.receive(&given.token_response.unwrap().into_response())?;
    let tokens = verify(&unverified, &keys, given.now)?;
    let mut outcome = describe_id_token(tokens.id_token());
    outcome.insert("token_request".to_owned(), describe_request(&request).into());
    Ok(outcome)
}

/// The client of a case, and the tokens of the login that came before it.
pub fn log_in(
    metadata: Value,
    client_given: Value,
    login: given::Login,
    jwks: Option<Value>,
) -> Result<(Client, Tokens), Error> {
    let mut login_metadata = metadata.clone();
    if let Some(patch) = login.metadata {
        merge(&mut login_metadata, patch, 1);
    }
    let mut login_client = client_given.clone();
    if let Some(patch) = login.client {
        merge(&mut login_client, patch, 1);
    }
    let client_of_login = client(login_metadata, login_client)?;
    let mut body = json!({ "access_token": login.access_token, "id_token": login.id_token });
    for (name, value) in [
        ("refresh_token", login.refresh_token.map(Value::from)),
        ("token_type", login.token_type.map(Value::from)),
        ("expires_in", login.expires_in),
        ("scope", login.scope.map(Value::from)),
    ] {
        if let Some(value) = value {
            body[name] = value;
        }
    }
    let awaiting_tokens = send_code(&client_of_login, login.flow, "c0de", login.now)?;
    let unverified = awaiting_tokens.send_with(|_| Ok::<_, std::io::Error>(Response::new(body.to_string())))?;
    let keys = login.jwks.or(jwks).expect("jwks");
    let tokens = verify(&unverified, &JwkSet::from_json(keys.to_string())?, login.now)?;
    Ok((client(metadata, client_given)?, tokens))
}

fn discover(issuer: &str, http_allowed: bool, response: given::Answer) -> Result<ProviderMetadata, Error> {
    let issuer = if http_allowed { Issuer::danger_allow_http(issuer) } else { Issuer::new(issuer) }?;
    receive(issuer.discover(), response)
}

/// A client as the case has it.
pub fn client(metadata: Value, given: Value) -> Result<Client, Error> {
    let given: given::Client = serde_json::from_value(given).expect("client");
    let metadata: ProviderMetadata = serde_json::from_value(metadata).expect("metadata");
    let metadata = if given.allow_http { metadata.danger_allow_http() } else { metadata };
    let auth = given.authentication.map_or(Ok(ClientAuth::none()), signed::authentication)?;
    let mut builder = Client::builder(metadata, given.client_id.expect("client_id"), auth);
    if let Some(redirect_uri) = given.redirect_uri {
        builder = builder.redirect_uri(redirect_uri);
    }
    builder = match given.profile.as_deref() {
        None => builder,
        Some("fapi2") => builder.fapi2(),
        Some("fapi2_message_signing") => builder.fapi2_message_signing(),
        Some(other) => panic!("unknown profile {other}"),
    };
    if let Some(key) = given.dpop_key {
        builder = builder.dpop(signed::private_key(&key)?);
    }
    if let Some(audience) = given.assertion_audience {
        builder = builder.assertion_audience(audience);
    }
    if let Some(key) = given.request_object_key {
        builder = builder.request_object_signer(signed::private_key(&key)?);
    }
    if let Some(algorithms) = given.id_token_signed_response_alg {
        builder = builder.id_token_signed_response_algs(algorithms.into_vec());
    }
    if let Some(algorithms) = given.userinfo_signed_response_alg {
        builder = builder.userinfo_signed_response_algs(algorithms.into_vec());
    }
    if let Some(algorithms) = given.introspection_signed_response_alg {
        builder = builder.introspection_signed_response_algs(algorithms.into_vec());
    }
    if let Some(algorithms) = given.authorization_signed_response_alg {
        builder = builder.authorization_signed_response_algs(algorithms.into_vec());
    }
    for key in given.decryption_keys {
        builder = builder.decryption_key(PrivateKey::from_jwk(&key.to_string())?);
    }
    if let Some(algorithm) = given.id_token_encrypted_response_alg {
        builder = builder.id_token_encrypted_response_alg(algorithm);
    }
    if let Some(leeway) = given.leeway {
        builder = builder.leeway(Duration::from_secs(leeway));
    }
    builder = given.trusted_audiences.into_iter().fold(builder, oidc_proto::ClientBuilder::trust_audience);
    builder = given.accepted_issuers.into_iter().fold(builder, oidc_proto::ClientBuilder::accept_issuer);
    builder = given.accept_token_types.into_iter().fold(builder, oidc_proto::ClientBuilder::accept_token_type);
    builder = given.accepted_token_types.into_iter().fold(builder, oidc_proto::ClientBuilder::accept_token_type);
    if let Some(template) = given.issuer_template {
        builder = builder.issuer_template(template);
    }
    Ok(builder.build()?)
}

/// An authorization request as the case has it.
pub fn authorization_request(client: &Client, given: Flow) -> AuthorizationRequest {
    set(authorize(client, &given), given)
}

/// In vectors, a scope without `openid` means plain OAuth 2.0.
fn authorize(client: &Client, flow: &Flow) -> AuthorizationRequest {
    let openid = flow.scope.as_deref().is_none_or(|scope| scope.split(' ').any(|value| value == "openid"));
    if openid { client.authorize() } else { client.authorize_oauth() }
}

/// An authorization request with what the case sets.
fn set(mut request: AuthorizationRequest, flow: Flow) -> AuthorizationRequest {
    macro_rules! set_each {
        ($($name:ident),*) => { $(if let Some(value) = flow.$name { request = request.$name(value); })* };
    }
    set_each!(scope, state, nonce, code_verifier, ui_locales, claims_locales, id_token_hint, login_hint, acr_values);
    if let Some(values) = flow.require_acr {
        request = request.require_acr_values(values);
    }
    request = match flow.code_challenge_method.as_deref() {
        None => request,
        Some("none") => request.without_pkce(),
        Some(method) => request.code_challenge_method(CodeChallengeMethod::from(method)),
    };
    if let Some(prompts) = flow.prompt {
        request = request.prompts(prompts.into_iter().map(Prompt::from));
    }
    if let Some(display) = flow.display {
        request = request.display(Display::from(display));
    }
    if let Some(max_age) = flow.max_age {
        request = request.max_age(Duration::from_secs(max_age));
    }
    if let Some(claims) = flow.claims {
        request = request.claims(&claims);
    }
    if let Some(details) = flow.authorization_details {
        request = request.authorization_details(&details);
    }
    if let Some(challenge) = flow.step_up {
        let headers = HeaderMap::from_iter([(WWW_AUTHENTICATE, HeaderValue::try_from(challenge).unwrap())]);
        request = request.step_up(&Challenges::from_headers(&headers).unwrap().bearer().expect("a Bearer challenge"));
    }
    if let Some(mode) = flow.response_mode {
        request = request.response_mode(ResponseMode::from(mode));
    }
    request = request.resources(flow.resource);
    request = flow.redirect_args.into_iter().fold(request, |request, (name, value)| request.redirect_arg(name, value));
    flow.extra.into_iter().fold(request, |request, (name, value)| request.extra(name, value))
}

/// The flow state for the callback: begun by the same client, stored and read again.
pub fn begin(client: &Client, flow: Flow, now: u64) -> Result<AwaitingCallback, Error> {
    let started = at(flow.started.unwrap_or(now));
    // The flow state exists, whatever the metadata says now: it may come from a pushed request or from earlier metadata.
    let mut metadata = client.metadata().clone();
    metadata.require_pushed_authorization_requests = false;
    metadata.code_challenge_methods_supported = None;
    metadata.response_modes_supported = None;
    metadata.authorization_endpoint = Some("https://op.example/authorize".to_owned());
    let mut builder = Client::builder(metadata.danger_allow_http(), client.client_id(), ClientAuth::none());
    if let Some(redirect_uri) = client.redirect_uri() {
        builder = builder.redirect_uri(redirect_uri);
    }
    let request = authorize(&builder.build()?, &flow);
    let request = if flow.nonce.is_none() { request.without_nonce() } else { request };
    let (_, awaiting) = set(request, flow).start(started)?;
    Ok(serde_json::from_str(&serde_json::to_string(&awaiting).unwrap()).unwrap())
}

/// A login up to the token request, with a good authorization response.
fn send_code(client: &Client, flow: Flow, code: &str, now: u64) -> Result<RoundTrip<AwaitingTokens>, Error> {
    let state = flow.state.clone().expect("state");
    let started = flow.started.unwrap_or(now);
    let awaiting = begin(client, flow, now)?;
    let response =
        AuthorizationResponse::from_parameters([("code", code), ("state", &state), ("iss", client.issuer())])?;
    // Without waiting: the stage `callback` tests how long a login may take.
    Ok(awaiting.receive(client, response, at(started))?)
}

pub fn receive<A: oidc_proto::Awaiting>(round_trip: RoundTrip<A>, response: given::Answer) -> Result<A::Output, Error>
where
    Error: From<A::Error>,
{
    let mut response = Some(response.into_response());
    round_trip.send_with(|_| Ok::<_, std::io::Error>(response.take().expect("one request")))
}

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
pub fn verify(unverified: &UnverifiedTokens, keys: &JwkSet, now: u64) -> Result<Tokens, Error> {
    Ok(unverified.verify(keys, at(now))?)
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
pub fn verify(_: &UnverifiedTokens, _: &JwkSet, _: u64) -> Result<Tokens, Error> {
    panic!("no signature can be verified without a backend")
}

pub fn describe_url(url: &str) -> Map<String, Value> {
    let url = Url::parse(url).expect("the authorization URL is a URL");
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let without_query = url.as_str().split('?').next().unwrap();
    let mut description = object(json!({ "url_without_query": without_query, "query": pairs }));
    description.extend(request_object(&pairs));
    description
}

/// The request object among the parameters, where there is one.
fn request_object(pairs: &[(String, String)]) -> Option<(String, Value)> {
    let (_, compact) = pairs.iter().find(|(name, _)| name == "request")?;
    Some(("request_object".to_owned(), signed::describe(compact)))
}

pub fn describe_request(request: &Request<Vec<u8>>) -> Map<String, Value> {
    let headers: Map<String, Value> =
        request.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().into())).collect();
    let form: Vec<(String, String)> = url::form_urlencoded::parse(request.body()).into_owned().collect();
    let names: Vec<&String> = headers.keys().collect();
    let assertion = form.iter().find(|(name, _)| name == "client_assertion").map(|(_, value)| value.as_str());
    // One that somebody else made need not be a JWS.
    let own = |compact: &&str| compact.starts_with("ey");
    let mut description = object(json!({
        "assertion": assertion.filter(own).map(signed::describe),
        "dpop": headers.get("dpop").map(|proof| signed::describe(proof.as_str().unwrap())),
        "method": request.method().as_str(),
        "uri": request.uri().to_string(),
        "absent_headers": names,
        "headers": headers,
        "form": form,
        "json": serde_json::from_slice::<Value>(request.body()).ok(),
        "client_certificate": request.extensions().get::<ClientCertificateRequired>().is_some(),
    }));
    description.extend(request_object(&form));
    description
}

pub fn describe_tokens(tokens: &OAuthTokens) -> Map<String, Value> {
    object(json!({
        "access_token": tokens.access_token().secret(),
        "token_type": tokens.token_type(),
        "expires_in": tokens.expires_in().map(|lifetime| lifetime.as_secs()),
        "refresh_token": tokens.refresh_token().map(oidc_proto::RefreshToken::secret),
        "scope": tokens.scope(),
        "authorization_details": tokens.authorization_details::<Value>().unwrap(),
    }))
}

pub fn describe_id_token(id_token: &IdToken) -> Map<String, Value> {
    object(json!({
        "iss": id_token.iss(),
        "sub": id_token.sub(),
        "aud": id_token.aud(),
        "auth_time": id_token.auth_time().map(|time| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()),
        "acr": id_token.acr(),
        "amr": id_token.amr(),
        "azp": id_token.azp(),
        "claims": id_token.claims_as::<Value>().unwrap(),
    }))
}

pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}
