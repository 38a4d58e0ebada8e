//! The application: what a program does with the crate in a code flow, and what it does where a defence is switched off.

use std::collections::BTreeMap;
use std::time::SystemTime;

use oidc_proto::http::Response as HttpResponse;
use oidc_proto::{
    AuthorizationResponse, AwaitingTokens, CallbackError, Client, Error, JwkSet, PendingLogins, ResponseMode, RoundTrip,
};
use serde_json::json;

use crate::cast::{Evil, Honest, Number, PROVIDERS, Person, Provider, Value};
use crate::common::{self, form_of};
use crate::links;
use crate::providers::{self, Keys};
use crate::setting::{Defence, Setting};
use crate::world::{Account, Callback, IdToken, Link, Place, Stored, TokenRequest};

pub struct Application {
    setting: Setting,
    honest: Registered,
    evil: Registered,
    /// What the application has ever stored in the session of a browser.
    stored: Vec<String>,
    /// What came of each step. It depends on nothing else, so each is taken once.
    begun: BTreeMap<(Stored, Provider, Number), (Link, Stored)>,
    received: BTreeMap<(Stored, Callback), Received>,
    logged_in: BTreeMap<(Stored, Callback, Option<IdToken>), Result<Account, String>>,
}

/// What the application has of one provider.
struct Registered {
    client: Client,
    keys: JwkSet,
}

/// What the application does with a response.
#[derive(Clone)]
pub struct Received {
    /// The flow states that are left.
    pub stored: Stored,
    /// The token request; or why there is none.
    pub asked: Result<TokenRequest, String>,
}

impl Application {
    pub fn new(setting: Setting, keys: &Keys) -> Self {
        let register = |provider| {
            let client = client(&setting, provider);
            Registered { keys: keys.fetched_by(&client), client }
        };
        let (honest, evil) = (register(Honest), register(Evil));
        let stored = vec![serde_json::to_string(&PendingLogins::default()).unwrap()];
        let (begun, received, logged_in) = Default::default();
        Self { setting, honest, evil, stored, begun, received, logged_in }
    }

    /// Begins a login. Returns the link to send the browser to, and what to store in its session.
    pub fn begin(&mut self, stored: Stored, with: Provider, number: Number) -> (Link, Stored) {
        if let Some(begun) = self.begun.get(&(stored, with, number)) {
            return *begun;
        }
        let mut request = self.at(with).client.authorize();
        request = request.state(Value::State(number).write()).nonce(Value::Nonce(number).write());
        request = request.code_verifier(Value::Verifier(number).write());
        if !self.setting.has(Defence::Nonce) {
            request = request.without_nonce();
        }
        if !self.setting.has(Defence::Pkce) {
            request = request.without_pkce();
        }
        if self.setting.asks_for_signed {
            request = request.response_mode(ResponseMode::JWT);
        }
        let (url, awaiting) = request.start(now()).unwrap();
        let mut pending = self.read(stored);
        pending.insert_with(awaiting, &with.issuer()).unwrap();
        let begun = (links::read_authorization(&url), self.store(&pending));
        self.begun.insert((stored, with, number), begun);
        begun
    }

    /// A browser brings a response.
    pub fn receive(&mut self, stored: Stored, callback: Callback, keys: &mut Keys) -> Received {
        if let Some(received) = self.received.get(&(stored, callback)) {
            return received.clone();
        }
        let mut pending = self.read(stored);
        let asked = self.ask_for_tokens(&mut pending, callback, keys);
        let asked = asked.map(|(to, round_trip)| {
            let form = form_of(&round_trip.into_parts().0);
            let told = form.values().filter_map(|text| Value::read(text)).collect();
            TokenRequest { to, back_to: links::place(&form["redirect_uri"]), told }
        });
        let left = if self.setting.has(Defence::SingleUse) { self.store(&pending) } else { stored };
        let received = Received { stored: left, asked: asked.map_err(|error| error.to_string()) };
        self.received.insert((stored, callback), received.clone());
        received
    }

    /// The provider answers the token request that a response led to. Returns the account that the session then belongs to.
    pub fn log_in(
        &mut self,
        stored: Stored,
        callback: Callback,
        answer: Option<IdToken>,
        keys: &mut Keys,
    ) -> Result<Account, String> {
        if let Some(account) = self.logged_in.get(&(stored, callback, answer)) {
            return account.clone();
        }
        let (to, round_trip) = self.ask_for_tokens(&mut self.read(stored), callback, keys).unwrap();
        let response = providers::answer(answer, keys);
        let account = self.verify(to, round_trip, &response).map_err(|error| error.to_string());
        // The account is that of the ID token, which came from somebody.
        let account = account.map(|(issuer, of)| Account { issuer, of, signed_by: answer.unwrap().signed_by });
        self.logged_in.insert((stored, callback, answer), account.clone());
        account
    }

    fn ask_for_tokens(
        &self,
        pending: &mut PendingLogins,
        callback: Callback,
        keys: &mut Keys,
    ) -> Result<(Provider, RoundTrip<AwaitingTokens>), Error> {
        let response = AuthorizationResponse::from_url(&links::callback(callback, keys))?;
        let opened = self.open(&response);
        let forgets = opened.is_none() && !self.setting.has(Defence::SignedResponse);
        let response = opened.unwrap_or(response);
        let to = match callback.at {
            Place::Of(provider) => provider,
            Place::Shared => {
                let issuer: Option<String> = pending.data_of(&response).unwrap();
                Provider::of_url(&issuer.ok_or(CallbackError::StateMismatch)?)
            }
        };
        let receive = |pending: &mut PendingLogins| pending.receive(&self.at(to).client, response, now());
        let round_trip = if forgets { unsigned(pending, receive)? } else { receive(pending)? };
        Ok((to, round_trip))
    }

    /// A signed response, as the client opens it that can.
    fn open(&self, response: &AuthorizationResponse) -> Option<AuthorizationResponse> {
        PROVIDERS.into_iter().find_map(|provider| {
            let Registered { client, keys } = self.at(provider);
            client.jarm(response.clone()).ok()?.verify(keys, now()).ok()
        })
    }

    fn verify(
        &self,
        by: Provider,
        round_trip: RoundTrip<AwaitingTokens>,
        answer: &HttpResponse<String>,
    ) -> Result<(Provider, Person), Error> {
        let (_, awaiting) = round_trip.into_parts();
        let tokens = awaiting.receive(answer)?.verify(&self.at(by).keys, now())?;
        let id_token = tokens.id_token();
        Ok((Provider::of_url(id_token.iss()), Person::of_sub(id_token.sub())))
    }

    fn at(&self, provider: Provider) -> &Registered {
        match provider {
            Honest => &self.honest,
            Evil => &self.evil,
        }
    }

    fn read(&self, stored: Stored) -> PendingLogins {
        serde_json::from_str(&self.stored[stored]).unwrap()
    }

    fn store(&mut self, pending: &PendingLogins) -> Stored {
        let text = serde_json::to_string(pending).unwrap();
        let known = self.stored.iter().position(|stored| *stored == text);
        known.unwrap_or_else(|| {
            self.stored.push(text);
            self.stored.len() - 1
        })
    }
}

/// What logins do that have forgotten that they asked for a signed response.
fn unsigned<T>(pending: &mut PendingLogins, receive: impl FnOnce(&mut PendingLogins) -> T) -> T {
    let [asked, forgotten] = [r#""signed_response":true"#, r#""signed_response":false"#];
    let replace = |pending: &mut PendingLogins, from, to| {
        let stored = serde_json::to_string(pending).unwrap();
        *pending = serde_json::from_str(&stored.replace(from, to)).unwrap();
    };
    replace(pending, asked, forgotten);
    let result = receive(pending);
    replace(pending, forgotten, asked);
    result
}

fn client(setting: &Setting, provider: Provider) -> Client {
    let iss = provider == Honest && setting.has(Defence::ResponseIssuer);
    let mut more = json!({ "authorization_response_iss_parameter_supported": iss });
    if provider == Evil && setting.evil_borrows_endpoint {
        more["authorization_endpoint"] = json!(format!("{}/authorize", Honest.issuer()));
    }
    if provider == Evil && !setting.has(Defence::MetadataIssuer) {
        more["issuer"] = json!(Honest.issuer());
    }
    let address = links::address(setting.redirect_uri(provider));
    let mut builder = providers::client(provider, "app", &more).redirect_uri(address);
    if provider == Evil && !setting.has(Defence::TokenIssuer) {
        builder = builder.accept_issuer(Honest.issuer());
    }
    builder.build().unwrap()
}

fn now() -> SystemTime {
    common::at(0)
}
