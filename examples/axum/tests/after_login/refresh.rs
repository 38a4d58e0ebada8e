//! Access tokens, and how they are refreshed once, however many nodes there are.

use std::time::Duration;

use reqwest::StatusCode;
use tokio::time::{sleep, timeout};

use crate::browser::Browser;
use crate::fake::LIFETIME;
use crate::nodes::{Node, Stage};

/// Two nodes, and a browser whose access token has just ended.
async fn with_a_token_that_is_over() -> Option<(Stage, [Node; 2], Browser)> {
    let mut stage = Stage::set().await?;
    let nodes = [stage.add_node().await, stage.add_node().await];
    let mut browser = stage.browser();
    browser.log_in().await;
    stage.clock.move_ahead(Duration::from_secs(LIFETIME));
    Some((stage, nodes, browser))
}

async fn until_refreshes(stage: &Stage, count: usize) {
    let came = async {
        while stage.provider.refreshes().len() < count {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), came).await.expect("the refresh is sent");
}

#[tokio::test]
async fn the_profile_shows_what_the_provider_says_about_the_user_now() {
    let mut stage = Stage::in_memory().await;
    let _node = stage.add_node().await;
    let mut browser = stage.browser();
    assert_eq!(browser.get("/profile").await.location.as_deref(), Some("/?return_to=/profile"));
    browser.log_in().await;
    let page = browser.get("/profile").await;
    assert!(page.text.contains("countess") && page.text.contains("ada-1815"), "{}", page.text);
    assert_eq!(stage.provider.refreshes(), []);
    // With the old access token the provider would say nothing.
    stage.clock.move_ahead(Duration::from_secs(LIFETIME));
    for _ in 0..2 {
        let page = browser.get("/profile").await;
        assert!(page.text.contains("countess"), "{}", page.text);
        assert_eq!(stage.provider.refreshes().len(), 1);
    }
}

#[tokio::test]
async fn an_access_token_that_the_provider_refuses_before_its_time_is_refreshed() {
    let mut stage = Stage::in_memory().await;
    let _node = stage.add_node().await;
    let mut browser = stage.browser();
    browser.log_in().await;
    stage.provider.forget_access_tokens();
    assert!(browser.get("/profile").await.text.contains("countess"));
    assert_eq!(stage.provider.refreshes().len(), 1);
}

#[tokio::test]
async fn a_session_that_both_nodes_need_at_once_is_refreshed_once() {
    let Some((stage, [a, b], browser)) = with_a_token_that_is_over().await else { return };
    stage.provider.hold_refreshes();
    let pages =
        async { tokio::join!(a.get(&browser, "/profile"), b.get(&browser, "/profile"), a.get(&browser, "/profile")) };
    let release = async {
        until_refreshes(&stage, 1).await;
        // Time for the others to come, and to find that one is under way.
        sleep(Duration::from_millis(500)).await;
        stage.provider.let_go();
    };
    let ((first, second, third), ()) = tokio::join!(pages, release);
    for page in [first, second, third] {
        assert!(page.status == StatusCode::OK && page.text.contains("countess"), "{}: {}", page.status, page.text);
    }
    let refreshes = stage.provider.refreshes();
    assert!(matches!(&refreshes[..], [(_, 200)]), "{refreshes:?}");
    // Both have the new tokens.
    stage.clock.move_ahead(Duration::from_secs(LIFETIME));
    assert!(b.get(&browser, "/profile").await.text.contains("countess"));
    stage.clock.move_ahead(Duration::from_secs(LIFETIME));
    assert!(a.get(&browser, "/profile").await.text.contains("countess"));
    let refreshes = stage.provider.refreshes();
    assert!(matches!(&refreshes[..], [(_, 200), (_, 200), (_, 200)]), "{refreshes:?}");
}

#[tokio::test]
async fn a_node_that_dies_in_the_middle_of_a_refresh_costs_a_minute_and_not_the_session() {
    let Some((stage, [a, b], browser)) = with_a_token_that_is_over().await else { return };
    stage.provider.hold_refreshes();
    let doomed = tokio::spawn({
        let (browser, url) = (browser.clone(), a.url().to_owned());
        async move {
            let mut here = browser;
            here.base_url = url.parse().unwrap();
            here.get("/profile").await
        }
    });
    until_refreshes(&stage, 1).await;
    a.kill();
    assert!(doomed.await.is_err(), "its connection ends");
    // Nobody knows yet that the refresh is lost. The user waits a bit, and stays signed in.
    let page = b.get(&browser, "/profile").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.text);
    assert!(page.text.contains("Please try again in a moment."), "{}", page.text);
    assert!(b.get(&browser, "/").await.text.contains("ada-1815"));
    assert_eq!(stage.provider.refreshes().len(), 1);
    stage.clock.move_ahead(Duration::from_secs(60));
    stage.provider.let_go();
    assert!(b.get(&browser, "/profile").await.text.contains("countess"));
    let refreshes = stage.provider.refreshes();
    assert!(matches!(&refreshes[..], [.., (_, 200)]) && refreshes.len() == 2, "{refreshes:?}");
}

#[tokio::test]
async fn a_browser_that_goes_away_in_the_middle_of_a_refresh_loses_nothing() {
    let mut stage = Stage::in_memory().await;
    let node = stage.add_node().await;
    let mut browser = stage.browser();
    browser.log_in().await;
    stage.clock.move_ahead(Duration::from_secs(LIFETIME));
    stage.provider.hold_refreshes();
    timeout(Duration::from_millis(300), node.get(&browser, "/profile")).await.err().expect("it waits for the provider");
    until_refreshes(&stage, 1).await;
    stage.provider.let_go();
    assert!(node.get(&browser, "/profile").await.text.contains("countess"));
    assert_eq!(stage.provider.refreshes().len(), 1, "the tokens that nobody waited for were saved");
}

#[tokio::test]
async fn an_access_token_that_ends_within_the_margin_is_refreshed_for_each_page_and_not_more_often() {
    let mut stage = Stage::in_memory().await;
    let _node = stage.add_node().await;
    let mut browser = stage.browser();
    stage.provider.tokens_last(20);
    browser.log_in().await;
    for pages in 1..3 {
        assert!(browser.get("/profile").await.text.contains("countess"));
        assert_eq!(stage.provider.refreshes().len(), pages);
    }
}

#[tokio::test]
async fn a_user_without_a_refresh_token_signs_in_again_for_the_profile_and_stays_signed_in() {
    let mut stage = Stage::in_memory().await;
    let _node = stage.add_node().await;
    let mut browser = stage.browser();
    stage.provider.issue_no_refresh_tokens();
    browser.log_in().await;
    stage.clock.move_ahead(Duration::from_secs(LIFETIME));
    let page = browser.get("/profile").await;
    assert!(page.text.contains("/login/example?return_to=%2Fprofile"), "{}", page.text);
    assert!(browser.is_signed_in().await);
    let callback = browser.go_to_the_provider_and_back("/login/example?return_to=%2Fprofile").await;
    assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/profile"));
    assert!(browser.get("/profile").await.text.contains("countess"));
}

#[tokio::test]
async fn a_user_whose_refresh_token_is_refused_signs_in_again() {
    let mut stage = Stage::in_memory().await;
    let _node = stage.add_node().await;
    let mut browser = stage.browser();
    browser.log_in().await;
    stage.provider.revoke_everything();
    stage.clock.move_ahead(Duration::from_secs(LIFETIME));
    assert_eq!(browser.get("/profile").await.location.as_deref(), Some("/?return_to=/profile"));
    let front = browser.get("/?return_to=/profile").await;
    assert!(front.text.contains("Please sign in to see that page."), "{}", front.text);
    browser.log_in().await;
    assert!(browser.get("/profile").await.text.contains("countess"));
}
