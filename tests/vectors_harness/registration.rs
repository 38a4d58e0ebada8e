//! The stages of a client that registers at run time, and of one that is known by the address of its metadata.

use std::time::SystemTime;

use oidc_proto::{ClientIdDocument, Error, InitialAccessToken, ProviderMetadata, Registration};
use serde_json::{Value, json};

use crate::expect::Outcome;
use crate::given::{Document, Given, Step};
use crate::stages::{describe_request, object};

pub fn registration(given: Given) -> Outcome {
    let metadata: ProviderMetadata = serde_json::from_value(given.metadata.expect("metadata")).expect("metadata");
    let metadata = if given.client["allow_http"] == true { metadata.danger_allow_http() } else { metadata };
    let asked = given.registration.expect("registration");
    let mut request = metadata.register(asked.metadata);
    if let Some(token) = asked.initial_access_token {
        request = request.initial_access_token(InitialAccessToken::new(token));
    }
    let (request, awaiting) = request.start()?.into_parts();
    let mut registration = awaiting.receive(&given.response.expect("response").into_response())?;
    let mut requests = Vec::new();
    for step in given.steps {
        requests.extend(take(step, &mut registration)?);
    }
    if let Some(metadata) = given.used_with {
        let client = registration.client(serde_json::from_value(metadata).expect("used_with"))?.build()?;
        assert_eq!(client.client_id(), registration.client_id());
    }
    let mut outcome = describe(&registration);
    outcome["request"] = describe_request(&request).into();
    outcome["requests"] = requests.into();
    Ok(object(outcome))
}

/// The request of a step, where it sends one.
fn take(step: Step, registration: &mut Registration) -> Result<Option<Value>, Error> {
    let response = || step.response.expect("response").into_response();
    let request = match step.action.as_str() {
        "store" => {
            *registration = serde_json::from_str(&serde_json::to_string(registration).unwrap()).unwrap();
            return Ok(None);
        }
        "delete" => {
            let (request, awaiting) = registration.delete()?.into_parts();
            awaiting.receive(&response())?;
            request
        }
        action => {
            let round_trip = match action {
                "read" => registration.read()?,
                "update" => registration.update(step.metadata.expect("metadata"))?,
                other => panic!("unknown step {other}"),
            };
            let (request, awaiting) = round_trip.into_parts();
            *registration = awaiting.receive(&response())?;
            request
        }
    };
    Ok(Some(describe_request(&request).into()))
}

fn describe(registration: &Registration) -> Value {
    let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let mut members = object(serde_json::to_value(registration.metadata()).unwrap());
    // It is a member of the answer, and not one of what the client is.
    if let Some(time) = registration.client_id_issued_at() {
        members.insert("client_id_issued_at".to_owned(), seconds(time).into());
    }
    json!({
        "client_id": registration.client_id(),
        "client_secret": registration.client_secret().map(oidc_proto::ClientSecret::secret),
        "client_secret_expires_at": registration.client_secret_expires_at().map(seconds),
        "registration_client_uri": registration.registration_client_uri(),
        "registration_access_token":
            registration.registration_access_token().map(oidc_proto::RegistrationAccessToken::secret),
        "members": members,
    })
}

pub fn document(given: Given) -> Outcome {
    let Document { url, metadata } = given.document.expect("document");
    let document = ClientIdDocument::new(url, metadata)?;
    let json: Value = serde_json::from_str(&document.json()).unwrap();
    Ok(object(json!({ "client_id": document.client_id(), "json": json })))
}
