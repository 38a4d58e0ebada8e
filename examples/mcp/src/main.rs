//! A client of the Model Context Protocol over its HTTP transport: lists the tools of a server, and calls one of them.
//! `authorization.rs` is what this example is about.

mod authorization;
mod browser;
mod server;
mod settings;

use serde_json::json;

fn main() -> Result<(), oidc_proto::BoxError> {
    let settings = settings::Settings::read()?;
    let tool = settings.tool.clone();
    let mut server = server::Server::connect(settings)?;
    println!("{:#}", server.request("tools/list", json!({}))?);
    if let Some(tool) = tool {
        println!("{:#}", server.request("tools/call", json!({ "name": tool, "arguments": {} }))?);
    }
    Ok(())
}
