//! Addresses that a program should not be made to reach (server-side request forgery).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;
use url::{Host, Url};

use crate::exchange::remedy::Remedy;

/// Decides to which addresses a request may be sent when somebody else chose the address (server-side request forgery;
/// RFC 9728 section 7.7, OAuth Client ID Metadata Document section 8.4). Check every address that is not written in the
/// program or its configuration, before a request is sent to it. A program needs this when others can make it send
/// requests to addresses of their choice, such as an agent or a platform with many tenants, and it runs inside a
/// private network. [`RoundTrip::origin`](crate::RoundTrip::origin) says who named an address. An address that the
/// caller has from a user was chosen by somebody else, too.
///
/// Allowed are https addresses on port 443, or on a port that was allowed, of a host with a public name or a public IP
/// address. Refused are IP addresses, in whatever spelling, that are private, shared, loopback, link-local (and with it
/// most metadata services of clouds), unique-local, IPv4-mapped, multicast, reserved or for documentation; names of one
/// label; and names that are not public or that private networks use, such as those under `localhost`, `local`,
/// `internal`, `lan` and `home.arpa`.
///
/// It resolves no names. Anybody can have a public name point to a private address, and a resolver may add the search
/// domains of its network to any name. So the HTTP client must do its part: give it a resolver that checks every
/// address it finds with [`check_ip`](Self::check_ip), and connect to the very address that was checked. It must not
/// follow redirects, as always, and it must not use a proxy that resolves names by itself.
///
/// ```
/// use oidc_proto::{Egress, http};
///
/// let egress = Egress::new();
/// assert!(egress.check(&http::Uri::from_static("https://id.example.com/token")).is_ok());
/// assert!(egress.check(&http::Uri::from_static("https://169.254.169.254/latest/meta-data")).is_err());
/// assert!(egress.check(&http::Uri::from_static("https://0x7f.1/")).is_err());
/// assert!(egress.check_ip("10.0.0.7".parse().unwrap()).is_err());
/// ```
///
/// In a program, it belongs in the closure that sends:
///
/// ```
/// # use oidc_proto::{BoxError, Egress, Error, Issuer, ProviderMetadata, http};
/// # type Answer = Result<http::Response<Vec<u8>>, BoxError>;
/// fn discover(issuer: &Issuer, send: impl Fn(http::Request<Vec<u8>>) -> Answer) -> Result<ProviderMetadata, Error> {
///     let egress = Egress::new();
///     issuer.discover_in_order().send_with(|request| {
///         egress.check(request.uri())?;
///         send(request)
///     })
/// }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Egress {
    ports: Vec<u16>,
}

impl Egress {
    /// Allows public hosts on port 443.
    #[must_use]
    pub fn new() -> Self {
        Self { ports: vec![443] }
    }

    /// Allows one more port.
    #[must_use]
    pub fn allow_port(mut self, port: u16) -> Self {
        self.ports.push(port);
        self
    }

    /// Whether a request may be sent to an address.
    ///
    /// # Errors
    ///
    /// [`EgressError::Scheme`] for another scheme than https, [`EgressError::Port`] for a port that is not allowed,
    /// [`EgressError::Host`] for a host that is not public: `https://localhost/`, `https://intranet/`, `https://[::1]/`,
    /// `https://2130706433/`, with userinfo, and for an address that is no URL.
    pub fn check(&self, address: &Uri) -> Result<(), EgressError> {
        // As HTTP clients read it: `0x7f.1` is an IP address.
        let url = Url::parse(&address.to_string()).map_err(|_| EgressError::Host)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EgressError::Host);
        }
        if url.scheme() != "https" {
            return Err(EgressError::Scheme);
        }
        if !url.port_or_known_default().is_some_and(|port| self.ports.contains(&port)) {
            return Err(EgressError::Port);
        }
        match url.host() {
            Some(Host::Domain(name)) if is_public_name(name) => Ok(()),
            Some(Host::Ipv4(ip)) => self.check_ip(ip.into()),
            Some(Host::Ipv6(ip)) => self.check_ip(ip.into()),
            _ => Err(EgressError::Host),
        }
    }

    /// Whether a request may be sent to an IP address: for the resolver of the HTTP client.
    ///
    /// # Errors
    ///
    /// [`EgressError::Host`] for one that is not public: `127.0.0.1`, `10.0.0.7`, `169.254.169.254`, `::ffff:8.8.8.8`, `fd00::1`.
    pub fn check_ip(&self, ip: IpAddr) -> Result<(), EgressError> {
        let public = match ip {
            IpAddr::V4(ip) => is_public_ipv4(ip),
            IpAddr::V6(ip) => is_public_ipv6(ip),
        };
        if public { Ok(()) } else { Err(EgressError::Host) }
    }
}

impl Default for Egress {
    fn default() -> Self {
        Self::new()
    }
}

/// Why a request may not be sent to an address. It does not repeat the address: who named it may read the message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EgressError {
    /// It is not https.
    #[error("the address is not https")]
    Scheme,
    /// Its port is not allowed.
    #[error("the address has a port that is not allowed")]
    Port,
    /// Its host is not a public one.
    #[error("the address has a host that is not public")]
    Host,
}

impl EgressError {
    /// What to do about it: whoever named the address should not have.
    #[must_use]
    pub fn remedy(self) -> Remedy {
        Remedy::ReportToProvider
    }
}

/// Names that are not public (RFC 6761, RFC 6762, RFC 7686, RFC 8375), and those that own networks use. A name of one label is
/// looked up in the own network. One with an empty label is read in different ways.
fn is_public_name(name: &str) -> bool {
    const PRIVATE: [&str; 13] = [
        "localhost",
        "localdomain",
        "local",
        "internal",
        "intranet",
        "corp",
        "home",
        "home.arpa",
        "lan",
        "svc",
        "onion",
        "test",
        "invalid",
    ];
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_under =
        |private: &str| name.strip_suffix(private).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    name.contains('.') && !name.split('.').any(str::is_empty) && !PRIVATE.into_iter().any(is_under)
}

/// What is not on the Internet: the IPv4 Special-Purpose Address Registry (RFC 6890), multicast, what is reserved, and what is
/// behind a cloud's public address. Each with the length of its prefix.
const SPECIAL_IPV4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Shared by the customers of one network (RFC 6598).
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    // Relays of 6to4 (RFC 7526).
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Benchmarks (RFC 2544).
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    // Where the machines of Azure find their platform.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
];

fn is_public_ipv4(ip: Ipv4Addr) -> bool {
    let is_in = |(network, length): (Ipv4Addr, u32)| (ip.to_bits() ^ network.to_bits()).leading_zeros() >= length;
    !SPECIAL_IPV4.into_iter().any(is_in)
}

/// What is routed on the Internet (RFC 4291 section 2.4).
const PUBLIC_IPV6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// The exceptions of the IPv6 Special-Purpose Address Registry (RFC 6890).
const SPECIAL_IPV6: [(Ipv6Addr, u32); 4] = [
    // Teredo, benchmarks, ORCHID and the like.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4: an IPv4 address is in it.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

fn is_public_ipv6(ip: Ipv6Addr) -> bool {
    let is_in = |(network, length): (Ipv6Addr, u32)| (ip.to_bits() ^ network.to_bits()).leading_zeros() >= length;
    is_in(PUBLIC_IPV6) && !SPECIAL_IPV6.into_iter().any(is_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(address: &str) -> Result<(), EgressError> {
        Egress::new().check(&address.parse().unwrap())
    }

    #[test]
    fn a_public_host_may_be_asked() {
        for address in [
            "https://id.example.com/a?b",
            "https://id.example.com.:443/",
            "https://mylocal.example/",
            "https://xn--lpha-koa.example/",
            "https://8.8.8.8/",
            "https://172.32.0.1/",
            "https://100.128.0.1/",
            "https://[2606:4700::1111]/",
        ] {
            assert_eq!(verdict(address), Ok(()), "{address}");
        }
    }

    #[test]
    fn a_host_of_the_own_network_may_not() {
        for host in [
            "localhost",
            "LOCALHOST",
            "a.localhost",
            "localhost.",
            "localhost..",
            "127.0.0.1..",
            "0x7f.0.0.1..",
            ".intranet",
            "a..example",
            "user:password@id.example.com",
            "user@id.example.com",
            "localhost.localdomain",
            "kubernetes.default.svc",
            "printer.lan",
            "x.invalid",
            "intranet",
            "printer.local",
            "metadata.google.internal",
            "router.home.arpa",
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "2130706433",
            "017700000001",
            "127.0.0.1.",
            "0.0.0.0",
            "10.0.0.7",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::ffff:169.254.169.254]",
            "[::ffff:8.8.8.8]",
            "[::7f00:1]",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "[ff02::1]",
            "[64:ff9b::a00:7]",
            "[2002:a00:7::]",
            "[2001:0:a00:7::]",
            "[2001:db8::1]",
        ] {
            assert_eq!(verdict(&format!("https://{host}/")), Err(EgressError::Host), "{host}");
        }
    }

    #[test]
    fn other_schemes_and_ports_may_not() {
        assert_eq!(verdict("http://id.example.com/"), Err(EgressError::Scheme));
        assert_eq!(verdict("ftp://id.example.com/"), Err(EgressError::Scheme));
        assert_eq!(verdict("https://id.example.com:22/"), Err(EgressError::Port));
        assert_eq!(verdict("/relative"), Err(EgressError::Host));
        let address = "https://id.example.com:8443/".parse().unwrap();
        assert_eq!(Egress::new().allow_port(8443).check(&address), Ok(()));
    }
}
