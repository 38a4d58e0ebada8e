//! The honest provider. It keeps to the specifications.

use crate::cast::{Alice, Honest, Mallory, Number, Person, Value};
use crate::setting::{Defence, Leaks, Setting};
use crate::world::{Callback, Code, IdToken, Link, Outcome, Request, TokenRequest, World};

/// The authorization endpoint: who is at the browser agrees, and is sent back.
pub fn consent(setting: &Setting, world: &mut World, who: Person, request: Request) -> String {
    if request.back_to != setting.redirect_uri(Honest) {
        return "The honest provider does not know the redirect URI.".to_owned();
    }
    let code = Code { of: who, request, is_used: false };
    world.codes.push(code);
    let number = Number::try_from(world.codes.len()).unwrap();
    let signed_by = request.wants_signed.then_some(Honest);
    // A signed response always has an issuer (JARM section 2.1).
    let iss = (setting.has(Defence::ResponseIssuer) || request.wants_signed).then_some(Honest);
    let (at, outcome, state) = (request.back_to, Outcome::Code(number), request.state);
    world.browser_mut(who).links.insert(Link::Callback(Callback { at, outcome, state, iss, signed_by }));
    let leaks = who == Alice
        && match setting.leaks {
            Leaks::Nothing => false,
            Leaks::OwnLogins => world.is_of_own_login(code),
            Leaks::Everything => true,
        };
    if who == Mallory || leaks {
        world.known.extend([Value::Code(number), Value::State(state)]);
    }
    let leaks = if leaks { ", which Mallory gets to read" } else { "" };
    format!("{who} consents and gets code {number}{leaks}.")
}

/// The token endpoint (RFC 6749 section 4.1.3, RFC 7636 section 4.6, RFC 9700 section 4.8.2).
pub fn redeem(world: &mut World, request: &TokenRequest) -> Option<IdToken> {
    let told = &request.told;
    let number = told.iter().find_map(|value| if let Value::Code(code) = value { Some(*code) } else { None })?;
    let verifier = told.iter().find_map(|value| if let Value::Verifier(login) = value { Some(*login) } else { None });
    let code = world.code(number);
    let is_right = verifier == code.request.challenge && request.back_to == code.request.back_to;
    if code.is_used || !is_right || !told.contains(&Value::ClientSecret(Honest)) {
        return None;
    }
    world.codes[usize::from(number) - 1].is_used = true;
    Some(IdToken { signed_by: Honest, iss: Honest, aud: "app", about: code.of, nonce: code.request.nonce })
}
