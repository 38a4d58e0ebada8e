//! Signed-in users in Redis, for several processes.
//!
//! Each is a hash with two fields, `generation` and `record`. Two kinds of sorted sets lead from what a logout token names, the
//! `sid` or the `sub` at one provider, to the keys of these hashes; the score is when the user is signed out in any case. Redis
//! runs a script as one step, so no process sees half of a change.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fred::interfaces::{HashesInterface, LuaInterface, SortedSetsInterface};
use oidc_proto::{BoxError, LogoutToken};
use serde_json::json;
use tower_sessions_redis_store::fred::prelude::Pool;

use super::{Ended, Key, SignedIn};

pub struct Redis {
    pool: Pool,
}

/// Compare and swap. `KEYS`: the user, then the sets that lead to it. `ARGV`: the generation that is expected, or nothing for a
/// new user; the new generation; the record; when it ends; now; how many a set may have. Where a set grows beyond that, the
/// oldest session ends: a session that no set leads to could not be ended by a logout token.
const SAVE: &str = r"
    if (redis.call('HGET', KEYS[1], 'generation') or '') ~= ARGV[1] then return 0 end
    redis.call('HSET', KEYS[1], 'generation', ARGV[2], 'record', ARGV[3])
    redis.call('EXPIREAT', KEYS[1], ARGV[4])
    for i = 2, #KEYS do
        redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', '(' .. ARGV[5])
        redis.call('ZADD', KEYS[i], ARGV[4], KEYS[1])
        while redis.call('ZCARD', KEYS[i]) > tonumber(ARGV[6]) do
            redis.call('DEL', redis.call('ZPOPMIN', KEYS[i])[1])
        end
        local newest = redis.call('ZREVRANGE', KEYS[i], 0, 0, 'WITHSCORES')
        redis.call('EXPIREAT', KEYS[i], newest[2])
    end
    return 1
";

/// `KEYS`: where it is noted that a logout token came, or nothing; then the users. `ARGV`: how many seconds the note is kept, then
/// pairs of a set and a user to be taken out of it.
const END: &str = r"
    if KEYS[1] ~= '' and not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1]) then return 0 end
    for i = 2, #KEYS do redis.call('DEL', KEYS[i]) end
    for i = 2, #ARGV, 2 do redis.call('ZREM', ARGV[i], ARGV[i + 1]) end
    return 1
";

/// How many sessions of one user, or of one session at the provider, there may be at once.
const LIMIT: u32 = 100;

/// How much longer it is noted that a logout token came than the token can be used: the clocks of the processes differ.
const REMEMBERED_BEYOND: Duration = Duration::from_secs(60);

impl Redis {
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }

    pub async fn read(&self, key: &Key) -> Result<Option<SignedIn>, BoxError> {
        self.read_at(&name(key)).await
    }

    async fn read_at(&self, name: &str) -> Result<Option<SignedIn>, BoxError> {
        let record: Option<String> = self.pool.hget(name, "record").await?;
        Ok(record.and_then(|record| serde_json::from_str(&record).ok()))
    }

    pub async fn save(
        &self,
        key: &Key,
        generation: Option<u64>,
        signed_in: &SignedIn,
        now: SystemTime,
    ) -> Result<bool, BoxError> {
        let mut keys = vec![name(key)];
        keys.extend(sets(signed_in));
        let arguments = vec![
            generation.map_or_else(String::new, |generation| generation.to_string()),
            signed_in.session.generation().to_string(),
            serde_json::to_string(signed_in)?,
            seconds(signed_in.user.signed_in_until()).to_string(),
            seconds(now).to_string(),
            LIMIT.to_string(),
        ];
        Ok(self.pool.eval::<u32, _, _, _>(SAVE, keys, arguments).await? == 1)
    }

    pub async fn end(&self, key: &Key) -> Result<(), BoxError> {
        let name = name(key);
        let found = self.read_at(&name).await?;
        self.remove("", REMEMBERED_BEYOND, vec![(name, found.map(|found| sets(&found)).unwrap_or_default())])
            .await
            .map(drop)
    }

    /// What a set leads to is looked at once more: the session itself knows whether the token ends it.
    pub async fn end_all(&self, provider: &str, token: &LogoutToken, now: SystemTime) -> Result<Ended, BoxError> {
        let set = match (token.sid(), token.sub()) {
            (Some(sid), _) => set("sid", provider, sid),
            (None, sub) => set("sub", provider, sub.unwrap_or_default()),
        };
        let names: Vec<String> = self.pool.zrange(set, 0, -1, None, false, None, false).await?;
        let mut ended = Vec::new();
        for name in names {
            let found = self.read_at(&name).await?;
            if let Some(found) = found.filter(|found| found.session.is_ended_by(token)) {
                ended.push((name, sets(&found)));
            }
        }
        let note = format!("oidc:logout:{}", json!([provider, token.iss(), token.jti()]));
        let note_for = token.usable_until().duration_since(now).unwrap_or_default() + REMEMBERED_BEYOND;
        let sessions = ended.len();
        Ok(if self.remove(&note, note_for, ended).await? { Ended::Sessions(sessions) } else { Ended::CameBefore })
    }

    /// Each user with the sets that lead to it. Says whether the note is new.
    async fn remove(
        &self,
        note: &str,
        note_for: Duration,
        users: Vec<(String, Vec<String>)>,
    ) -> Result<bool, BoxError> {
        let (mut keys, mut arguments) = (vec![note.to_owned()], vec![note_for.as_secs().to_string()]);
        for (name, sets) in users {
            arguments.extend(sets.into_iter().flat_map(|set| [set, name.clone()]));
            keys.push(name);
        }
        Ok(self.pool.eval::<u32, _, _, _>(END, keys, arguments).await? == 1)
    }
}

fn name(key: &Key) -> String {
    format!("oidc:user:{}", key.0)
}

/// The sets that lead to this user.
fn sets(signed_in: &SignedIn) -> Vec<String> {
    let (provider, session) = (&signed_in.user.provider, &signed_in.session);
    let by_sub = set("sub", provider, session.sub());
    session.sid().map(|sid| set("sid", provider, sid)).into_iter().chain([by_sub]).collect()
}

/// As JSON, so that no two pairs have the same name.
fn set(claim: &str, provider: &str, value: &str) -> String {
    format!("oidc:{claim}:{}", json!([provider, value]))
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
