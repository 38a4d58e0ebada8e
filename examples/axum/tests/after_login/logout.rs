//! Sessions that end at the provider when they end here, and here when they end at the provider.

use std::time::Duration;

use fred::prelude::{Client, ClientLike, Config, KeysInterface, SortedSetsInterface};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::time::sleep;

use crate::browser::Browser;
use crate::fake::LIFETIME;
use crate::nodes::{Node, Stage};

async fn two_nodes() -> Option<(Stage, [Node; 2])> {
    let mut stage = Stage::set().await?;
    let nodes = [stage.add_node().await, stage.add_node().await];
    Some((stage, nodes))
}

async fn signed_in_browser(stage: &Stage) -> Browser {
    let mut browser = stage.browser();
    browser.log_in().await;
    browser
}

async fn is_signed_in(node: &Node, browser: &Browser) -> bool {
    node.get(browser, "/").await.text.contains("ada-1815")
}

#[tokio::test]
async fn a_sign_out_goes_to_the_provider_and_comes_back() {
    let Some((stage, [a, b])) = two_nodes().await else { return };
    let mut browser = signed_in_browser(&stage).await;
    let before = browser.clone();
    let page = browser.visit(Method::POST, "/logout").await;
    assert!(page.text.contains("You are signed out here."), "{}", page.text);
    assert_ne!(browser.cookies, before.cookies, "the new session has a new id");
    // Whether the browser goes on or not.
    for browser in [&browser, &before] {
        assert!(!is_signed_in(&a, browser).await && !is_signed_in(&b, browser).await);
    }
    let back = browser.get(&page.next().expect("a way to the provider")).await.location.expect("a way back");
    let [brought] = &stage.provider.logouts()[..] else { panic!("one logout") };
    assert_eq!(brought["client_id"], "web");
    assert!(brought["id_token_hint"].split('.').count() == 3, "the ID token tells the provider who it is");
    // Another browser learns nothing, and a forged way back ends nothing.
    assert_eq!(stage.browser().get(&back).await.location.as_deref(), Some("/"));
    assert_eq!(browser.get(&format!("{back}x")).await.location.as_deref(), Some("/"));
    // The way back leads to any node.
    let page = b.get(&browser, &back[back.find("/signed-out").unwrap()..]).await;
    assert!(page.text.contains("You are signed out."), "{}", page.text);
    assert_eq!(browser.get(&back).await.location.as_deref(), Some("/"), "it has come back already");
}

#[tokio::test]
async fn a_logout_token_at_one_node_signs_the_user_out_at_the_other() {
    let Some((stage, [a, b])) = two_nodes().await else { return };
    let (first, second) = (signed_in_browser(&stage).await, signed_in_browser(&stage).await);
    let sids = stage.provider.sids();
    assert!(is_signed_in(&b, &first).await && is_signed_in(&b, &second).await);
    let token = stage.provider.sign(&stage.provider.logout_claims(&sids[0]), "logout+jwt");
    assert_eq!(a.post_logout_token(&token).await, (200, String::new()));
    assert!(!is_signed_in(&b, &first).await, "the session with this sid");
    assert!(is_signed_in(&b, &second).await, "and no other");
    assert_eq!(b.get(&first, "/profile").await.location.as_deref(), Some("/?return_to=/profile"));
    // A session that is not here any more is logged out too.
    let token = stage.provider.sign(&stage.provider.logout_claims(&sids[0]), "logout+jwt");
    assert_eq!(b.post_logout_token(&token).await.0, 200);
}

#[tokio::test]
async fn a_logout_token_for_a_user_ends_all_their_sessions() {
    let Some((stage, [a, b])) = two_nodes().await else { return };
    let browsers = [signed_in_browser(&stage).await, signed_in_browser(&stage).await];
    let mut claims = stage.provider.logout_claims("");
    claims.as_object_mut().unwrap().remove("sid");
    for (sub, is_left) in [("somebody-else", true), ("ada-1815", false)] {
        claims["sub"] = json!(sub);
        claims["jti"] = json!(sub);
        assert_eq!(a.post_logout_token(&stage.provider.sign(&claims, "logout+jwt")).await.0, 200);
        for browser in &browsers {
            assert_eq!(is_signed_in(&b, browser).await, is_left, "{sub}");
        }
    }
}

#[tokio::test]
async fn a_replayed_logout_token_ends_nothing_at_either_node() {
    let Some((stage, [a, b])) = two_nodes().await else { return };
    let first = signed_in_browser(&stage).await;
    let mut claims = stage.provider.logout_claims("");
    claims.as_object_mut().unwrap().remove("sid");
    claims["sub"] = json!("ada-1815");
    let token = stage.provider.sign(&claims, "logout+jwt");
    assert_eq!(a.post_logout_token(&token).await.0, 200);
    assert!(!is_signed_in(&b, &first).await);
    let again = signed_in_browser(&stage).await;
    for node in [&a, &b] {
        let (status, body) = node.post_logout_token(&token).await;
        assert!(status == 400 && body.contains("invalid_request"), "{status} {body}");
        assert!(is_signed_in(node, &again).await);
    }
}

#[tokio::test]
async fn a_forged_logout_token_ends_nothing() {
    let mut stage = Stage::in_memory().await;
    let node = stage.add_node().await;
    let browser = signed_in_browser(&stage).await;
    let provider = &stage.provider;
    let good = provider.logout_claims(&provider.sids()[0]);
    let changed = |claim: &str, value| {
        let mut claims = good.clone();
        claims[claim] = value;
        provider.sign(&claims, "logout+jwt")
    };
    let signed = provider.sign(&good, "logout+jwt");
    let (unsigned, _) = signed.rsplit_once('.').unwrap();
    for forged in [
        format!("{unsigned}.{}", "A".repeat(86)),
        format!("{unsigned}."),
        changed("iss", json!("https://evil.example")),
        changed("aud", json!("another-client")),
        changed("iat", json!(1)),
        changed("events", json!({})),
        changed("nonce", json!("of-an-id-token")),
        provider.sign(&good, "at+jwt"),
        "nothing".to_owned(),
        String::new(),
    ] {
        let (status, body) = node.post_logout_token(&forged).await;
        assert!(status == 400 && body.contains("invalid_request"), "{forged}: {status} {body}");
        assert!(is_signed_in(&node, &browser).await, "{forged}");
    }
    assert_eq!(node.post_logout_token(&signed).await.0, 200, "the good one still ends it");
    assert!(!is_signed_in(&node, &browser).await);
    assert_eq!(node.post_logout_token(&signed).await.0, 400, "once");
    let page = node.get(&browser, "/backchannel-logout/example").await;
    assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_session_that_ends_in_the_middle_of_a_refresh_does_not_come_back() {
    let Some((stage, [a, b])) = two_nodes().await else { return };
    let browser = signed_in_browser(&stage).await;
    stage.clock.move_ahead(Duration::from_secs(LIFETIME));
    stage.provider.hold_refreshes();
    let token = stage.provider.sign(&stage.provider.logout_claims(&stage.provider.sids()[0]), "logout+jwt");
    let end = async {
        while stage.provider.refreshes().is_empty() {
            sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(b.post_logout_token(&token).await.0, 200);
        stage.provider.let_go();
    };
    let (page, ()) = tokio::join!(a.get(&browser, "/profile"), end);
    assert_eq!(page.location.as_deref(), Some("/?return_to=/profile"));
    for node in [&a, &b] {
        assert!(!is_signed_in(node, &browser).await);
    }
}

#[tokio::test]
async fn what_leads_from_a_user_to_their_sessions_is_bounded() {
    let Some((stage, [a, _b])) = two_nodes().await else { return };
    let client = Client::new(Config::from_url(&stage.redis_url()).unwrap(), None, None, None);
    client.init().await.unwrap();
    let sessions = async || {
        let by_sub: u32 = client.zcard("oidc:sub:[\"example\",\"ada-1815\"]").await.unwrap();
        let mut by_sid = 0;
        for sid in stage.provider.sids() {
            by_sid += client.zcard::<u32, _>(format!("oidc:sid:[\"example\",\"{sid}\"]")).await.unwrap();
        }
        (by_sub, by_sid)
    };
    let first = signed_in_browser(&stage).await;
    let mut second = signed_in_browser(&stage).await;
    assert_eq!(sessions().await, (2, 2));
    let lives: u32 = client.ttl("oidc:sub:[\"example\",\"ada-1815\"]").await.unwrap();
    assert!(lives > 11 * 60 * 60 && lives <= 12 * 60 * 60, "{lives}");
    // Of two in the same second, Redis takes the key that comes first.
    stage.clock.move_ahead(Duration::from_secs(1));
    for _ in 0..99 {
        signed_in_browser(&stage).await;
    }
    let (by_sub, _) = sessions().await;
    assert_eq!(by_sub, 100);
    let left = [is_signed_in(&a, &first).await, is_signed_in(&a, &second).await];
    assert!(left == [false, true] || left == [true, false], "an oldest one has ended: {left:?}");
    if left[0] {
        second = first;
    }
    second.sign_out().await;
    assert_eq!(sessions().await.0, 99);
}
