use oidc_proto::http;
use std::time::Duration;

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    config.timeout_global(Some(Duration::from_secs(10))).build().new_agent()
}

fn send(agent: &ureq::Agent, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, ureq::Error> {
    let mut response = agent.run(request)?;
    let body = response.body_mut().with_config().limit(1 << 20).read_to_vec()?;
    Ok(response.map(|_| body))
}
