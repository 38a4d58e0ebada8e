//! Outgrowing one machine: processes of the application behind a proxy, with their sessions in one Redis.
#![allow(dead_code, reason = "the provider and the browser are shared with those who use more of them")]

#[path = "../../../web/tests/browser.rs"]
mod browser;
mod process;
#[path = "../../../provider/mod.rs"]
mod provider;
mod proxy;
mod redis;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use browser::Browser;
use oidc_proto::test_provider::TestClient;
use process::Process;
use provider::Provider;
use proxy::Proxy;
use redis::Redis;
use reqwest::{StatusCode, Url};
use serde_json::{Value, json};
use tower_sessions::SessionStore;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions_redis_store::RedisStore;
use tower_sessions_redis_store::fred::prelude::{ClientLike, Config as RedisConfig, KeysInterface, Pool};

/// Two processes, and all that they share.
struct Fleet {
    redis: Redis,
    provider: Provider,
    proxy: Proxy,
    processes: Vec<Process>,
}

impl Fleet {
    /// Nothing where Redis is not installed.
    async fn start() -> Option<Self> {
        let redis = Redis::start()?;
        let proxy = Proxy::start().await;
        let registered = TestClient::new("web")
            .secret("s3cret")
            .redirect_uri(format!("{}/callback/example", proxy.url))
            .post_logout_redirect_uri(format!("{}/signed-out/example", proxy.url));
        let provider = Provider::start(registered).unwrap();
        let mut fleet = Self { redis, provider, proxy, processes: Vec::new() };
        fleet.add_process();
        fleet.add_process();
        Some(fleet)
    }

    fn add_process(&mut self) {
        let (base_url, issuer, redis) = (&self.proxy.url, self.provider.issuer(), self.redis.url());
        self.processes.push(Process::start(&format!(
            r#"
            listen = "127.0.0.1:0"
            base_url = "{base_url}"
            [session]
            store = "redis"
            url = "{redis}"
            [[provider]]
            name = "example"
            title = "Example"
            issuer = "{issuer}"
            client_id = "web"
            client_secret = "s3cret"
            allow_http = true
            "#
        )));
        self.proxy.set_backends(self.processes.iter().map(|process| process.address));
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.proxy.url)
    }

    /// The store as the application uses it.
    async fn store(&self) -> (RedisStore<Pool>, Pool) {
        let pool = Pool::new(RedisConfig::from_url(&self.redis.url()).unwrap(), None, None, None, 1).unwrap();
        drop(pool.connect());
        pool.wait_for_connect().await.unwrap();
        (RedisStore::new(pool.clone()), pool)
    }

    /// A browser with a session that another program wrote: this text.
    async fn browser_with(&self, session: Value) -> Browser {
        let mut record = Record {
            id: Id::default(),
            data: [("session".to_owned(), session)].into(),
            expiry_date: OffsetDateTime::now_utc() + Duration::from_secs(3600),
        };
        self.store().await.0.create(&mut record).await.unwrap();
        let mut browser = self.browser();
        browser.cookies.insert("id".to_owned(), record.id.to_string());
        browser
    }

    async fn stored_session(&self, browser: &Browser) -> Value {
        let id = browser.cookies["id"].parse().unwrap();
        let record = self.store().await.0.load(&id).await.unwrap().unwrap();
        record.data["session"].clone()
    }

    /// A session as the first version of the application wrote it: one login under way, which leads to the private page.
    /// What it says of time and place is made to be here and now.
    fn session_of_the_first_version(&self) -> Value {
        let mut session: Value = serde_json::from_str(include_str!("../fixtures/session-1.json")).unwrap();
        let login = &mut session["logins"]["pending"][0];
        assert_eq!(login["version"], 1);
        login["began"] = json!(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() - 60);
        login["issuer"] = json!(self.provider.issuer());
        login["redirect_uri"] = json!(format!("{}/callback/example", self.proxy.url));
        session
    }

    /// Where the provider sends the browser of a stored login.
    async fn callback_of(&self, login: &Value, browser: &mut Browser) -> String {
        let text = |name: &str| login[name].as_str().unwrap();
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, text("code_verifier").as_bytes()));
        let mut url = Url::parse(&format!("{}/authorize", self.provider.issuer())).unwrap();
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", text("client_id")),
            ("redirect_uri", text("redirect_uri")),
            ("scope", "openid email profile"),
            ("state", text("state")),
            ("nonce", text("nonce")),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        browser.get(url.as_str()).await.location.expect("a redirect back")
    }
}

#[tokio::test]
async fn a_login_begins_at_one_process_and_ends_at_the_other() {
    let Some(fleet) = Fleet::start().await else { return };
    let mut browser = fleet.browser();
    let callback = browser.go_to_the_provider_and_back("/login/example?return_to=/private").await;
    let began_at = fleet.proxy.last_served_by();
    assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/private"));
    assert_ne!(fleet.proxy.last_served_by(), began_at);
    // Both know who is signed in, and both that nobody is any more.
    for _ in 0..2 {
        assert!(browser.is_signed_in().await);
    }
    browser.sign_out().await;
    for _ in 0..2 {
        assert!(!browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn the_death_of_a_process_loses_no_login() {
    let Some(mut fleet) = Fleet::start().await else { return };
    let mut browsers = [fleet.browser(), fleet.browser()];
    let mut callbacks = Vec::new();
    let mut began_at = Vec::new();
    for browser in &mut browsers {
        callbacks.push(browser.go_to_the_provider_and_back("/login/example").await);
        began_at.push(fleet.proxy.last_served_by());
    }
    assert_ne!(began_at[0], began_at[1], "one login at each");
    fleet.processes.remove(0).kill();
    let survivor = fleet.processes[0].address;
    for (browser, callback) in browsers.iter_mut().zip(callbacks) {
        assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/"));
        assert_eq!(fleet.proxy.last_served_by(), survivor);
        assert!(browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn every_process_is_replaced_in_the_middle_of_a_login() {
    let Some(mut fleet) = Fleet::start().await else { return };
    let mut browser = fleet.browser();
    let callback = browser.go_to_the_provider_and_back("/login/example").await;
    for _ in 0..2 {
        fleet.add_process();
        assert!(fleet.processes.remove(0).terminate().success(), "it ends of its own accord");
    }
    assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/"));
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_login_that_the_first_version_stored_can_be_finished() {
    let Some(fleet) = Fleet::start().await else { return };
    let session = fleet.session_of_the_first_version();
    let mut browser = fleet.browser_with(session.clone()).await;
    let callback = fleet.callback_of(&session["logins"]["pending"][0], &mut browser).await;
    assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/private"));
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_login_of_a_newer_version_is_left_to_that_version() {
    let Some(fleet) = Fleet::start().await else { return };
    let mut session = fleet.session_of_the_first_version();
    session["logins"]["pending"][0]["version"] = json!(2);
    let mut browser = fleet.browser_with(session.clone()).await;
    let callback = fleet.callback_of(&session["logins"]["pending"][0], &mut browser).await;
    let page = browser.get(&callback).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.text.contains("This sign-in is over.") && page.text.contains("/login/example"), "{}", page.text);
    // Had the proxy chosen a newer process, the login would have ended well: it still can.
    assert_eq!(fleet.stored_session(&browser).await, session);
    browser.log_in().await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn beside_a_login_of_a_newer_version_those_of_this_one_go_on() {
    let Some(fleet) = Fleet::start().await else { return };
    let mut session = fleet.session_of_the_first_version();
    let login = session["logins"]["pending"][0].clone();
    let mut newer = login.clone();
    (newer["version"], newer["state"], newer["a_new_check"]) = (json!(2), json!("another"), json!(true));
    session["logins"]["pending"] = json!([newer, login]);
    session["a_new_member"] = json!({ "of": "the session" });
    let mut browser = fleet.browser_with(session).await;
    let callback = fleet.callback_of(&login, &mut browser).await;
    assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/private"));
}

#[tokio::test]
async fn a_session_that_cannot_be_read_is_an_empty_one() {
    let Some(fleet) = Fleet::start().await else { return };
    for unreadable in [json!("not a session"), json!({ "logins": 7, "person": null })] {
        let mut browser = fleet.browser_with(unreadable.clone()).await;
        let page = browser.get("/").await;
        assert_eq!(page.status, StatusCode::OK, "{unreadable}");
        browser.log_in().await;
        assert!(browser.is_signed_in().await, "{unreadable}");
    }
    // A user whom it cannot read has to sign in again, but loses no login under way.
    let mut session = fleet.session_of_the_first_version();
    session["person"] = json!({ "known_as": "another version's" });
    let mut browser = fleet.browser_with(session.clone()).await;
    let callback = fleet.callback_of(&session["logins"]["pending"][0], &mut browser).await;
    assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/private"));
}

#[tokio::test]
async fn a_record_that_the_store_cannot_read_is_an_empty_session() {
    let Some(fleet) = Fleet::start().await else { return };
    let (mut browser, id) = (fleet.browser(), Id::default().to_string());
    let _: () = fleet.store().await.1.set(&id, "no record", None, None, false).await.unwrap();
    browser.cookies.insert("id".to_owned(), id);
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    browser.log_in().await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn while_redis_is_away_the_application_says_so_and_afterwards_it_works() {
    let Some(mut fleet) = Fleet::start().await else { return };
    let mut browser = fleet.browser();
    browser.log_in().await;
    fleet.redis.stop();
    for _ in 0..2 {
        let page = browser.get("/").await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.text.contains("Please try again in a minute."), "{}", page.text);
    }
    fleet.redis.come_back();
    for process in &fleet.processes {
        let mut visitor = browser.clone();
        visitor.base_url = format!("http://{}", process.address).parse().unwrap();
        let answers = async {
            while visitor.get("/").await.status != StatusCode::OK {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), answers).await.expect("its connections come back by themselves");
    }
    browser.log_in().await;
    assert!(browser.is_signed_in().await);
}
