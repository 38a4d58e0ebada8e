//! The providers of the configuration file, each with whether it can be used at the moment.
//!
//! A provider can be used once its metadata is known. Until then it is asked again when a user wants to sign in, but not
//! more often than every [`RETRY_AFTER`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use oidc_proto::{BoxError, Remedy};
use tokio::task::JoinSet;
use tokio::time::timeout_at;

use super::clock::Clock;
use super::config::ProviderConfig;
use super::problem::Problem;
use super::provider::{self, Provider};
use super::session::User;

/// One provider of the configuration file.
pub struct ConfiguredProvider {
    config: ProviderConfig,
    /// Of the application: the redirect URI begins with it.
    base_url: String,
    /// The configuration file.
    file: String,
    http: reqwest::Client,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// There as soon as its metadata is known.
    provider: Option<Arc<Provider>>,
    /// When it was last asked for its metadata.
    asked: Option<Instant>,
    /// The last line about it in the log: while nothing changes, there is no second one.
    logged: Option<String>,
}

/// How long after one request for the metadata the next may follow. It is longer than a request can take.
pub const RETRY_AFTER: Duration = Duration::from_secs(30);

/// How long the start waits for the providers. One that needs longer is not available until its answer is there.
const PATIENCE: Duration = Duration::from_secs(3);

impl ConfiguredProvider {
    fn new(config: ProviderConfig, base_url: &str, file: &str, http: reqwest::Client, clock: Clock) -> Self {
        Self { config, base_url: base_url.to_owned(), file: file.to_owned(), http, clock, state: Mutex::default() }
    }

    pub fn name(&self) -> &str {
        &self.config.name
    }

    pub fn title(&self) -> &str {
        &self.config.title
    }

    /// The provider, where it can be used. Where it cannot, it is asked again in the background if it is time: no user waits
    /// for a provider that may be down.
    pub fn ready(self: &Arc<Self>) -> Option<Arc<Provider>> {
        let mut state = self.state();
        if state.begins_to_ask(self.clock.instant()) {
            let this = Arc::clone(self);
            tokio::spawn(async move { this.discover().await });
        }
        state.provider.clone()
    }

    /// Asks the provider for its metadata. A failure is logged, and its remedy returned.
    async fn discover(&self) -> Result<(), Remedy> {
        let result = Provider::discover(&self.config, &self.base_url, &self.http, self.clock.clone()).await;
        let mut state = self.state();
        match result {
            Ok(provider) => {
                state.provider = Some(Arc::new(provider));
                Ok(())
            }
            Err(error) => {
                let problem = Problem { provider: self.name(), file: &self.file, error: &error }.to_string();
                if state.logged.as_ref() != Some(&problem) {
                    eprintln!("{problem}");
                    state.logged = Some(problem);
                }
                Err(error.remedy())
            }
        }
    }

    /// The lock is never held while the provider is asked.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether it is time to ask the provider. Where it is, the caller asks.
    fn begins_to_ask(&mut self, now: Instant) -> bool {
        let paused = |asked| now.saturating_duration_since(asked) < RETRY_AFTER;
        let asks = self.provider.is_none() && !self.asked.is_some_and(paused);
        if asks {
            self.asked = Some(now);
        }
        asks
    }
}

/// All providers, in the order of the configuration file.
pub struct Providers(Vec<Arc<ConfiguredProvider>>);

impl Providers {
    /// Asks all providers at once for their metadata, for the start of the application. One that is down stops nobody, and one
    /// that is silent does not delay the others for long.
    ///
    /// # Errors
    ///
    /// When every provider is misconfigured. What to change is logged.
    pub async fn discover(
        configs: Vec<ProviderConfig>,
        base_url: &str,
        file: &str,
        clock: &Clock,
    ) -> Result<Self, BoxError> {
        let http = provider::http_client()?;
        let configured = |config| ConfiguredProvider::new(config, base_url, file, http.clone(), clock.clone());
        let providers: Vec<_> = configs.into_iter().map(|config| Arc::new(configured(config))).collect();
        let mut requests = JoinSet::new();
        for provider in providers.iter().filter(|provider| provider.state().begins_to_ask(clock.instant())) {
            let provider = Arc::clone(provider);
            requests.spawn(async move { provider.discover().await });
        }
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let mut misconfigured = 0;
        while let Ok(Some(result)) = timeout_at(deadline, requests.join_next()).await {
            misconfigured += usize::from(matches!(result, Ok(Err(Remedy::FixConfiguration))));
        }
        // The requests that are not answered yet go on.
        requests.detach_all();
        if !providers.is_empty() && misconfigured == providers.len() {
            return Err(format!("no provider can be used: {file} must be changed as said above").into());
        }
        Ok(Self(providers))
    }

    pub fn get(&self, name: &str) -> Option<&Arc<ConfiguredProvider>> {
        self.0.iter().find(|provider| provider.name() == name)
    }

    /// The provider, where it can be used at the moment.
    pub fn ready(&self, name: &str) -> Option<Arc<Provider>> {
        self.get(name)?.ready()
    }

    /// The provider that signed the user in, as the user knows it: by its title, or by its host where the configuration file does
    /// not have it any more.
    pub fn title<'a>(&'a self, user: &'a User) -> &'a str {
        let host = || user.issuer.split_once("://").map_or(&*user.issuer, |(_, rest)| rest);
        self.get(&user.provider).map_or_else(host, |provider| provider.title())
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<ConfiguredProvider>> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_is_down_is_asked_again_after_a_pause_and_once() {
        let (mut state, start) = (State::default(), Instant::now());
        assert!(state.begins_to_ask(start), "at the start");
        assert!(!state.begins_to_ask(start));
        assert!(!state.begins_to_ask(start + RETRY_AFTER - Duration::from_millis(1)), "before the pause is over");
        assert!(state.begins_to_ask(start + RETRY_AFTER), "after the pause");
        assert!(!state.begins_to_ask(start + RETRY_AFTER), "by one request alone");
    }
}
