//! Starts the application: `cargo run -- config.toml`.

use std::error::Error;

use axum_example::app;
use axum_example::config::Config;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let path = std::env::args().nth(1).ok_or("usage: axum-example CONFIG.toml")?;
    let config: Config = toml::from_str(&std::fs::read_to_string(path)?)?;
    let listener = TcpListener::bind(config.listen).await?;
    println!("Listening at {}", config.base_url);
    let app = app::build(config).await?;
    axum::serve(listener, app).with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) }).await?;
    Ok(())
}
