//! The steps of a login on another device, of a program without a user, of a registration, of what an API answers, and of its
//! metadata.

use std::time::Duration;

use oidc_proto::http::{HeaderMap, HeaderValue, Response, header};
use oidc_proto::{
    Challenge, Challenges, Client, ClientAuth, ClientMetadata, DeviceAuthorization, Poll, ProtectedResource,
    ProviderMetadata, Search,
};
use serde_json::{Value, json};

use crate::count;
use crate::inputs::{ISSUER, client, metadata, now, unknown_members};

pub(crate) fn run(step: &str, size: usize) {
    match step {
        // A poll, and the answer that the user has not decided. Size: bytes of the device code.
        "device poll" => {
            let (client, device) = device(size);
            let pending = json!({ "error": "authorization_pending", "error_description": "the user has not decided" });
            let response = Response::builder().status(400).body(pending.to_string()).unwrap();
            count(device, |mut device| {
                let later = now() + Duration::from_secs(5);
                let Ok(Poll::Ask(round_trip)) = device.poll(&client, later) else { panic!("a poll is due") };
                let error = round_trip.into_parts().1.receive(&response).unwrap_err();
                assert!(device.failed(&error, later));
                device
            });
        }
        // Size: bytes of the access token.
        "client credentials" => {
            let client = client();
            let body = json!({
                "access_token": "a".repeat(size), "expires_in": 3599, "scope": "api:read", "token_type": "Bearer",
            });
            let response = Response::new(body.to_string());
            count((), |()| {
                let grant = client.client_credentials().scope("api:read").resources(["https://api.example.com/v1"]);
                grant.start(now()).unwrap().into_parts().1.receive(&response).unwrap()
            });
        }
        // The response of the provider. Size: unknown members.
        "registration" => {
            let provider = provider();
            let response = Response::builder().status(201).body(registered(size).to_string()).unwrap();
            let asked = || provider.register(ClientMetadata::new().client_name("Example"));
            let mut two = [asked(), asked()].map(|request| request.start().unwrap().into_parts().1).into_iter();
            count((), |()| two.next().unwrap().receive(&response).unwrap());
        }
        // Size: challenges of other schemes, in the same header.
        "challenge" => {
            let headers = challenged(size);
            count((), |()| {
                let challenges = Challenges::from_headers(&headers).unwrap();
                let bearer = challenges.iter().find_map(Challenge::to_bearer).unwrap();
                (bearer.scope().map(str::to_owned), bearer.resource_metadata().map(str::to_owned))
            });
        }
        // From the URL of a resource to its metadata, at the first place. Size: unknown members.
        "resource" => {
            let response = Response::new(resource(size).to_string());
            count((), |()| {
                let Search::Ask(call) = ProtectedResource::of(RESOURCE).unwrap().discover() else {
                    panic!("nothing to ask")
                };
                let Ok(Search::Found(metadata)) = call.into_parts().1.receive(&response) else { panic!("not found") };
                metadata
            });
        }
        other => panic!("no step is called {other}"),
    }
}

fn provider() -> ProviderMetadata {
    let mut provider: ProviderMetadata = serde_json::from_str(&metadata(0)).unwrap();
    provider.device_authorization_endpoint = Some(format!("{ISSUER}/device/code"));
    provider.registration_endpoint = Some(format!("{ISSUER}/register"));
    provider
}

fn device(device_code: usize) -> (Client, DeviceAuthorization) {
    let auth = ClientAuth::secret("my-client-secret-0123456789abcdef");
    let client = Client::builder(provider(), "my-app", auth).build().unwrap();
    let request = client.device_authorization().scope("openid email profile").start(now()).unwrap();
    let body = json!({
        "device_code": "d".repeat(device_code), "user_code": "WDJB-MJHT", "expires_in": 1800, "interval": 5,
        "verification_uri": format!("{ISSUER}/device"),
        "verification_uri_complete": format!("{ISSUER}/device?user_code=WDJB-MJHT"),
    });
    let device = request.into_parts().1.receive(&Response::new(body.to_string())).unwrap();
    (client, device)
}

fn registered(unknown: usize) -> Value {
    let mut registered = json!({
        "client_id": "s6BhdRkqt3", "client_secret": "ZJYCqe3GGRvdrudKyZS0XhGv_Z45DuKhCUk0gBR1vZk",
        "client_id_issued_at": 1_760_000_000, "client_secret_expires_at": 0,
        "registration_access_token": "this.is.an.access.token.value.ffx83",
        "registration_client_uri": format!("{ISSUER}/register?client_id=s6BhdRkqt3"),
        "client_name": "Example", "redirect_uris": ["https://app.example.com/login/callback"],
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
    });
    registered.as_object_mut().unwrap().extend(unknown_members(unknown));
    registered
}

const RESOURCE: &str = "https://api.example.com/v1/mcp";

fn resource(unknown: usize) -> Value {
    let mut resource = json!({
        "resource": RESOURCE, "authorization_servers": [ISSUER], "scopes_supported": ["api:read", "api:write"],
        "bearer_methods_supported": ["header"], "resource_name": "API",
        "resource_documentation": "https://api.example.com/docs",
    });
    resource.as_object_mut().unwrap().extend(unknown_members(unknown));
    resource
}

fn challenged(others: usize) -> HeaderMap {
    let other = |index| format!(r#"Scheme{index} realm="an area", charset="UTF-8", "#);
    let bearer = concat!(
        r#"Bearer realm="api", error="insufficient_scope", scope="api:read api:write", "#,
        r#"resource_metadata="https://api.example.com/.well-known/oauth-protected-resource""#,
    );
    let value = (0..others).map(other).collect::<Vec<_>>().concat() + bearer;
    HeaderMap::from_iter([(header::WWW_AUTHENTICATE, HeaderValue::from_str(&value).unwrap())])
}
