//! Starts the application: `cargo run -- config.toml`.

use std::process::ExitCode;

use axum_example::app;
use axum_example::web::config::Config;
use oidc_proto::BoxError;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("{error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprint!(": {error}");
                cause = error.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), BoxError> {
    let path = std::env::args().nth(1).ok_or("usage: axum-example CONFIG.toml")?;
    let config = Config::read(&path)?;
    let base_url = config.base_url.clone();
    let listener = TcpListener::bind(config.listen).await?;
    let app = app::build(config).await?;
    // For a program that let the system pick the port.
    println!("Listening on {} for {base_url}", listener.local_addr()?);
    axum::serve(listener, app).with_graceful_shutdown(told_to_stop()).await?;
    Ok(())
}

/// Until Ctrl-C, or SIGTERM, with which a new version takes over. Requests under way are answered first.
async fn told_to_stop() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        return;
    }
    drop(tokio::signal::ctrl_c().await);
}
