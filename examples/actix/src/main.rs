//! Starts the application: `cargo run -- config.toml`.

use std::net::TcpListener;
use std::process::ExitCode;

use actix_example::app;
use actix_example::web::config::Config;
use oidc_proto::BoxError;

fn main() -> ExitCode {
    match actix_web::rt::System::new().block_on(run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), BoxError> {
    let path = std::env::args().nth(1).ok_or("usage: actix-example CONFIG.toml")?;
    let config = Config::read(&path)?;
    let base_url = config.base_url.clone();
    let listener = TcpListener::bind(config.listen)?;
    println!("Listening on {} for {base_url}", listener.local_addr()?);
    Ok(app::serve(listener, app::build(config).await?)?.await?)
}
