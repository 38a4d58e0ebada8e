//! Prints what each step of a login costs, here and elsewhere, as a table in Markdown. An argument sets the number of rounds.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

mod bare;
mod huskarl;
mod inputs;
mod measure;
mod openid;
mod openidconnect;
mod ours;

use jsonwebtoken::Algorithm;

use crate::inputs::{Inputs, Signed};
use crate::measure::{Contender, compare};

fn main() {
    let rounds = std::env::args().nth(1).map_or(401, |rounds| rounds.parse().expect("a number of rounds"));
    let inputs = Inputs::make();
    println!("| step | crate | fastest µs | × ours | allocations |\n| --- | --- | ---: | ---: | ---: |");
    for (step, contenders) in steps(&inputs) {
        let costs = compare(contenders, rounds);
        let ours = costs[0].micros;
        for (index, cost) in costs.iter().enumerate() {
            let step = if index == 0 { step } else { "" };
            println!(
                "| {step} | {} | {:.2} | {:.2} | {} |",
                cost.who,
                cost.micros,
                cost.micros / ours,
                cost.allocations
            );
        }
    }
}

/// Each step, ours first.
fn steps(inputs: &Inputs) -> Vec<(&'static str, Vec<Contender>)> {
    let (rs256, es256) = (&inputs.rs256, &inputs.es256);
    let with_bare = |mut contenders: Vec<Contender>, bare: Vec<Contender>| {
        contenders.extend(bare);
        contenders
    };
    vec![
        (
            "discovery document",
            vec![
                ours::discovery(inputs),
                openidconnect::discovery(inputs),
                huskarl::discovery(inputs),
                openid::discovery(inputs),
                ours::stored_metadata(inputs),
            ],
        ),
        (
            "JWK Set, 3 keys",
            vec![ours::keys(inputs), openidconnect::keys(inputs), huskarl::keys(inputs), openid::keys(inputs)],
        ),
        (
            "authorization URL",
            vec![
                ours::authorization_url(inputs),
                openidconnect::authorization_url(inputs),
                huskarl::authorization_url(inputs),
                openid::authorization_url(inputs),
                openidconnect::oauth2_authorization_url(inputs),
            ],
        ),
        (
            "token request",
            vec![
                ours::token_request(inputs),
                openidconnect::token_request(inputs),
                openidconnect::oauth2_token_request(inputs),
            ],
        ),
        ("token response, 1.5 KB", token_responses(inputs, rs256)),
        ("token response, 1 MiB", token_responses(inputs, &inputs.large)),
        (
            "ID token, RS256",
            with_bare(
                vec![
                    ours::id_token(inputs, rs256),
                    openidconnect::id_token(inputs, rs256),
                    openid::id_token(inputs, rs256),
                    bare::jsonwebtoken(inputs, rs256, Algorithm::RS256, "rsa-1"),
                ],
                bare::rs256(inputs),
            ),
        ),
        (
            "ID token, ES256",
            with_bare(
                vec![
                    ours::id_token(inputs, es256),
                    openidconnect::id_token(inputs, es256),
                    bare::jsonwebtoken(inputs, es256, Algorithm::ES256, "ec-1"),
                ],
                bare::es256(inputs),
            ),
        ),
        (
            "server login, RS256",
            with_bare(
                vec![
                    ours::server_login(inputs, rs256),
                    openidconnect::server_login(inputs, rs256),
                    huskarl::server_login(inputs, rs256),
                ],
                bare::rs256(inputs),
            ),
        ),
        (
            "whole login, RS256",
            with_bare(
                vec![ours::login(inputs, rs256), openidconnect::login(inputs, rs256), huskarl::login(inputs, rs256)],
                bare::rs256(inputs),
            ),
        ),
        (
            "whole login, ES256",
            with_bare(
                vec![ours::login(inputs, es256), openidconnect::login(inputs, es256), huskarl::login(inputs, es256)],
                bare::es256(inputs),
            ),
        ),
    ]
}

fn token_responses(inputs: &Inputs, signed: &Signed) -> Vec<Contender> {
    vec![
        ours::token_response(inputs, signed),
        openidconnect::token_response(signed),
        openid::token_response(signed),
        openidconnect::oauth2_token_response(signed),
    ]
}
