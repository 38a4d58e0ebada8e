//! What must be true in every world of the code flow. Each function says what is not.

use crate::cast::{Alice, Evil, Honest, Number, PEOPLE, Person, Value};
use crate::world::{Account, World};

/// A session belongs to the person who consented in that browser, and to a provider with which that browser began a login.
pub fn session(world: &World) -> Option<String> {
    PEOPLE.into_iter().find_map(|person| {
        let session = world.browser(person).session?;
        let began_with_evil = world.logins.iter().any(|login| login.by == person && login.with == Evil);
        let is_forced = session.issuer == Evil && !began_with_evil;
        let forced = || format!("{person} is logged in with the evil provider, and began no login with it");
        account(person, session).or_else(|| is_forced.then(forced))
    })
}

/// The account is that of the person at this browser, and was issued by the provider that it names.
pub fn account(person: Person, account: Account) -> Option<String> {
    let Account { issuer, of, signed_by } = account;
    if issuer != signed_by {
        return Some(format!("{person} has a session of the {issuer} provider, which issued no ID token for it"));
    }
    (issuer == Honest && of != person).then(|| format!("{person} is logged in as {of}"))
}

/// Nothing of Alice's logins with the honest provider comes to the evil one.
pub fn secrecy(world: &World) -> Option<String> {
    let stolen: Vec<String> = world.stolen.iter().map(Value::to_string).collect();
    (!stolen.is_empty()).then(|| format!("the evil provider has {}, which is Alice's", stolen.join(" and ")))
}

/// An honest login completes, unless Mallory knows its `state` and does more than watch.
pub fn completion(world: &World, mut completes: impl FnMut(Number) -> bool) -> Option<String> {
    let numbered = (1..).zip(&world.logins);
    let mut under_way = numbered.filter(|(number, login)| {
        let watched = !world.mallory_acted || !world.knows(Value::State(*number));
        login.by == Alice && login.with == Honest && !login.is_over && watched
    });
    let (number, _) = under_way.find(|(number, _)| !completes(*number))?;
    Some(format!("login {number} of Alice can no longer be completed"))
}
