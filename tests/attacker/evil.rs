//! The evil provider. It reads what comes, and answers what Mallory likes.

use crate::cast::{Alice, Evil, Honest, Mallory, Number, Value};
use crate::moves::Answer;
use crate::setting::{Defence, Setting};
use crate::world::{IdToken, TokenRequest, World};

/// The token endpoint.
pub fn answer(setting: &Setting, world: &mut World, request: &TokenRequest, login: Number, answer: Answer) -> IdToken {
    let is_alices = |value: &Value| match *value {
        Value::Code(code) => world.code(code).of == Alice,
        Value::Verifier(login) => world.login(login).by == Alice && world.login(login).with == Honest,
        Value::ClientSecret(of) => of == Honest,
        _ => false,
    };
    let told = request.told.iter().copied();
    let stolen: Vec<Value> = told.clone().filter(|value| is_alices(value) && !world.knows(*value)).collect();
    world.stolen.extend(stolen);
    world.known.extend(told);
    let nonce = setting.has(Defence::Nonce).then_some(login);
    match answer {
        Answer::Own => IdToken { signed_by: Evil, iss: Evil, aud: "app", about: Mallory, nonce },
        Answer::InTheNameOfHonest => IdToken { signed_by: Evil, iss: Honest, aud: "app", about: Alice, nonce },
        Answer::CopiedFromHonest => IdToken { signed_by: Honest, iss: Honest, aud: "game", about: Alice, nonce },
    }
}
