//! What the command line says.

pub const HELP: &str = "\
A login on another device.

cargo run --example device [-- OPTIONS]

Without options: at a small provider inside this process, whose user allows it.

At your provider, where you allow it:
    --issuer URL          the provider's issuer, https (http on 127.0.0.1 and localhost)
    --client-id ID        the client's id there
    --client-secret S     the client's secret; none for a public client
    --scope SCOPE         the scope; default: openid email profile

    --help                this text
";

pub enum Arguments {
    Help,
    Embedded,
    At(Settings),
}

pub struct Settings {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Option<String>,
    pub scope: String,
}

impl Arguments {
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut issuer, mut client_id, mut client_secret, mut scope) = (None, None, None, None);
        while let Some(name) = arguments.next() {
            let slot = match name.as_str() {
                "--help" | "-h" => return Ok(Self::Help),
                "--issuer" => &mut issuer,
                "--client-id" => &mut client_id,
                "--client-secret" => &mut client_secret,
                "--scope" => &mut scope,
                other => return Err(format!("unknown argument {other}; --help says what there is")),
            };
            *slot = Some(arguments.next().ok_or_else(|| format!("{name} needs a value"))?);
        }
        let Some(issuer) = issuer else {
            let others = client_id.or(client_secret).or(scope);
            return others.map_or(Ok(Self::Embedded), |_| Err("--issuer is missing".to_owned()));
        };
        Ok(Self::At(Settings {
            issuer,
            client_id: client_id.ok_or("--client-id is missing")?,
            client_secret,
            scope: scope.unwrap_or_else(|| "openid email profile".to_owned()),
        }))
    }
}
