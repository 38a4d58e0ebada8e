//! What the command line says.

use oidc_proto::Algorithm;

pub const HELP: &str = "\
One whole OpenID Connect login, step by step.

cargo run --example login [-- OPTIONS]

    --session             the user stays logged in for a while, and then logs out

Without --issuer: at a small provider inside this process.
    --algorithm ALG       how it signs its ID tokens: RS256 (default) or ES256

At your provider, with your browser:
    --issuer URL          the provider's issuer, https (http on 127.0.0.1 and localhost)
    --client-id ID        the client's id there
    --client-secret S     the client's secret; none for a public client
    --scope SCOPE         the scope; default: openid email profile, and offline_access with --session
    --port PORT           the port of the redirect URI http://127.0.0.1:PORT/callback; default: any

    --help                this text
";

pub enum Arguments {
    Embedded { algorithm: Algorithm, session: bool },
    At(Settings),
}

pub struct Settings {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Option<String>,
    pub scope: String,
    pub port: u16,
    pub session: bool,
}

impl Arguments {
    /// `None`: help is wanted.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let (mut issuer, mut client_id, mut client_secret, mut scope) = (None, None, None, None);
        let (mut port, mut algorithm, mut session) = (None, None, false);
        while let Some(name) = arguments.next() {
            let slot = match name.as_str() {
                "--help" | "-h" => return Ok(None),
                "--session" => {
                    session = true;
                    continue;
                }
                "--issuer" => &mut issuer,
                "--client-id" => &mut client_id,
                "--client-secret" => &mut client_secret,
                "--scope" => &mut scope,
                "--port" => &mut port,
                "--algorithm" => &mut algorithm,
                other => return Err(format!("unknown argument {other}; --help says what there is")),
            };
            *slot = Some(arguments.next().ok_or_else(|| format!("{name} needs a value"))?);
        }
        let Some(issuer) = issuer else {
            let algorithm = match (client_id.or(client_secret).or(scope).or(port), algorithm.as_deref()) {
                (Some(_), _) => return Err("--issuer is missing".to_owned()),
                (None, None | Some("RS256")) => Algorithm::RS256,
                (None, Some("ES256")) => Algorithm::ES256,
                (None, Some(other)) => return Err(format!("the algorithm {other} is neither RS256 nor ES256")),
            };
            return Ok(Some(Self::Embedded { algorithm, session }));
        };
        if algorithm.is_some() {
            return Err("--algorithm is for the provider inside this process".to_owned());
        }
        let port = port.map_or(Ok(0), |port| port.parse().map_err(|_| format!("{port} is not a port")))?;
        Ok(Some(Self::At(Settings {
            issuer,
            client_id: client_id.ok_or("--client-id is missing")?,
            client_secret,
            scope: scope.unwrap_or_else(|| if session { format!("{SCOPE} offline_access") } else { SCOPE.to_owned() }),
            port,
            session,
        })))
    }
}

const SCOPE: &str = "openid email profile";
