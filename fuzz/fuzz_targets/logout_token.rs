//! The first byte chooses who signs, the second what time it is. Then come, separated by lines of `---`: the form (in which
//! `{logout_token}` stands for the signed token), the header and the payload of the logout token, and a stored list of the
//! tokens that were seen before.
#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use oidc_proto::{Client, LogoutReplays, LogoutToken, LogoutTokenError, UnverifiedLogoutToken};
use oidc_proto_fuzz::oracle::{self, Members};
use oidc_proto_fuzz::provider::{By, KEYS, sign};
use oidc_proto_fuzz::{ISSUER, NOW, allocations, choice, client, parts, replace};

fuzz_target!(|input: &[u8]| {
    LazyLock::force(&KEYS);
    LazyLock::force(&CLIENT);
    let accepted = allocations::bounded(input, || receive(input));
    // A full list is large: it is tried rarely, and outside the memory limit.
    if let Some((token, now)) = accepted.filter(|_| input[1] & 0x10 != 0) {
        assert_full_list_takes_a_new_token(&token, now);
    }
});

static CLIENT: LazyLock<Client> = LazyLock::new(client);

/// In seconds from now: on both sides of the limits of leeway and age.
const CLOCKS: [i64; 16] = [0, 30, 59, 60, 61, 120, 179, 180, 300, 600, 659, 660, 661, 3600, -60, -61];

fn receive(input: &[u8]) -> Option<(LogoutToken, SystemTime)> {
    let (signer, rest) = choice(input);
    let (clock, rest) = choice(rest);
    let by = By::chosen(signer);
    let now = NOW.checked_add_signed(CLOCKS[usize::from(clock) % CLOCKS.len()]).expect("a moment");
    let [form, header, payload, stored] = parts(rest);
    let compact = sign(by, header, payload);
    let form = replace(form, b"{logout_token}", compact.as_bytes());

    let mut replays = restore(stored);
    let unverified = shown(CLIENT.logout_token(&form))?;
    let values: Vec<_> = url::form_urlencoded::parse(&form).filter(|(name, _)| name == "logout_token").collect();
    assert!(values.len() == 1 && !values[0].1.is_empty(), "one token is sent");
    let token = shown(unverified.verify(&KEYS, at(now)))?;
    assert_eq!(values[0].1, compact, "somebody else's signature");
    assert_right(&token, &compact, by, now);
    assert_once(&unverified, &token, now, &mut replays);
    Some((token, at(now)))
}

/// Prints an error, which must not panic.
fn shown<T>(result: Result<T, LogoutTokenError>) -> Option<T> {
    result.inspect_err(|error| drop(format!("{error} {error:?} {:?}", error.remedy()))).ok()
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// A stored list is refused, or it is within the limit and does not change when it is stored again.
fn restore(stored: &[u8]) -> LogoutReplays {
    let Ok(replays) = serde_json::from_slice::<LogoutReplays>(stored) else { return LogoutReplays::new() };
    assert!(replays.len() <= LogoutReplays::LIMIT);
    again(&replays)
}

fn again(replays: &LogoutReplays) -> LogoutReplays {
    let printed = serde_json::to_string(replays).expect("it can be printed");
    let again: LogoutReplays = serde_json::from_str(&printed).expect("and read again");
    assert_eq!(serde_json::to_string(&again).expect("it can be printed"), printed);
    assert_eq!(again.len(), replays.len());
    again
}

fn assert_right(token: &LogoutToken, compact: &str, by: By, now: u64) {
    let (header, payload) = oracle::open(compact);
    let typ = oracle::assert_jwt_header(&header, by.algorithms());
    assert!(typ.is_none_or(|typ| typ == "logout+jwt" || typ == "jwt"), "typ");
    oracle::assert_logout_token_claims(&payload, now);
    let claims = Members::of(&payload);
    assert_eq!(token.iss(), ISSUER);
    assert_eq!(token.sub(), claims.string("sub").as_deref());
    assert_eq!(token.sid(), claims.string("sid").as_deref());
    assert_eq!(Some(token.jti()), claims.string("jti").as_deref());
    assert_eq!(token.exp().is_some(), claims.has("exp"));
    drop(format!("{token:?}"));
}

/// As long as verification accepts the token, the list knows that it was seen.
fn assert_once(unverified: &UnverifiedLogoutToken, token: &LogoutToken, now: u64, replays: &mut LogoutReplays) {
    let before = replays.len();
    let _ = replays.first_time(token, at(now));
    assert!(replays.len() <= before + 1 && replays.len() <= LogoutReplays::LIMIT);
    *replays = again(replays);
    for seconds in [0, 1, 30, 59, 60, 61, 119, 120, 121, 180, 300, 599, 600, 601, 659, 660, 661, 719, 720, 721, 1000] {
        let later = at(now + seconds);
        assert!(!replays.first_time(token, later), "it came before");
        assert!(seconds < 721 || unverified.verify(&KEYS, later).is_err(), "it is accepted for a bounded time");
    }
}

/// A full list takes a new token, and knows it afterwards.
fn assert_full_list_takes_a_new_token(token: &LogoutToken, now: SystemTime) {
    let mut replays = FULL.clone();
    assert!(replays.first_time(token, now), "it did not come before");
    assert_eq!(replays.len(), LogoutReplays::LIMIT);
    assert!(!replays.first_time(token, now), "it came before");
}

/// A full list of tokens that were seen. None of them is forgotten soon.
static FULL: LazyLock<LogoutReplays> = LazyLock::new(|| {
    let seen: Vec<_> = (0..LogoutReplays::LIMIT + 5).map(|number| (format!("{number:0>21}A"), 1_u64 << 40)).collect();
    let stored = serde_json::json!({ "version": 1, "seen": seen });
    let full: LogoutReplays = serde_json::from_value(stored).expect("a list of tokens");
    assert_eq!(full.len(), LogoutReplays::LIMIT, "a stored list that is too long is cut");
    full
});
