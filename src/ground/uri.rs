//! What counts as a URL here. What a browser's URL parser would repair is refused instead.
//!
//! `url` parses. The checks before it refuse what it would repair: two readers that repair in different ways see two hosts.

use url::Url;

use crate::ground::form;
use crate::ground::search;

/// What is wrong with a URL.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum UrlProblem {
    /// Not an absolute URL, or one that a lenient parser would have to repair.
    Malformed,
    /// http where https is required.
    Insecure,
}

/// Reads an issuer or endpoint: an absolute https URL (http where `http_allowed`), without white space, control
/// characters, a backslash or userinfo.
pub(crate) fn parse_http(text: &str, http_allowed: bool) -> Result<Url, UrlProblem> {
    refuse_what_would_be_repaired(text)?;
    let (scheme, _) = split_authority(text).ok_or(UrlProblem::Malformed)?;
    let secure = scheme.eq_ignore_ascii_case("https");
    if !secure && !scheme.eq_ignore_ascii_case("http") {
        return Err(UrlProblem::Malformed);
    }
    let url = Url::parse(text).map_err(|_| UrlProblem::Malformed)?;
    if secure || http_allowed { Ok(url) } else { Err(UrlProblem::Insecure) }
}

/// Reads a redirect URI (RFC 6749 section 3.1.2, RFC 8252 section 7): https; http on a loopback host, or where
/// `http_allowed`; or a private-use scheme with a dot in it. Never with a fragment.
pub(crate) fn parse_redirect(text: &str, http_allowed: bool) -> Result<Url, UrlProblem> {
    if text.contains('#') {
        return Err(UrlProblem::Malformed);
    }
    let (scheme, _) = text.split_once(':').ok_or(UrlProblem::Malformed)?;
    if scheme.contains('.') {
        refuse_what_would_be_repaired(text)?;
        return Url::parse(text).map_err(|_| UrlProblem::Malformed);
    }
    parse_http(text, http_allowed || is_loopback(text))
}

/// Whether a text may be an endpoint: what [`parse_http`] accepts, with a query that decodes to UTF-8, since names in another
/// one cannot be compared.
pub(crate) fn check_endpoint(text: &str, http_allowed: bool) -> Result<(), UrlProblem> {
    if is_plain_https(text) {
        return Ok(());
    }
    let url = parse_http(text, http_allowed)?;
    let query_is_text = form::parse(url.query().unwrap_or_default()).all(|pair| pair.is_ok());
    if query_is_text { Ok(()) } else { Err(UrlProblem::Malformed) }
}

/// Whether it is an https URL of lower-case host and path that no parser changes. A shortcut past `url`: without it,
/// reading a metadata document of five endpoints takes 68 % more instructions. The property test
/// `what_is_plain_is_accepted_and_left_alone_by_the_parser` compares it with `url`.
fn is_plain_https(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else {
        return false;
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    // A last label that begins with a letter: no IP address in any spelling. No `xn--`: that has rules of its own.
    let plain_host = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    let last_label = host.rsplit('.').next().unwrap_or_default();
    last_label.starts_with(|c: char| c.is_ascii_lowercase())
        && host.bytes().all(plain_host)
        && !host.contains("xn--")
        && host.len() <= LONGEST_AUTHORITY
        && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'~'))
}

/// The path of `scheme://authority/path`, as it is written.
pub(crate) fn path_as_written(address: &str) -> Option<&str> {
    let (_, rest) = search::split_at_first(address, b':')?;
    let rest = rest.strip_prefix("//")?;
    rest.get(rest.bytes().position(|byte| byte == b'/')?..)
}

/// The address as a request carries it: without the fragment, which is never sent (RFC 6749 section 3.1).
pub(crate) fn request_uri(url: &Url) -> Result<http::Uri, UrlProblem> {
    let text = url.as_str();
    let text = text.split_once('#').map_or(text, |(before, _)| before);
    http::Uri::try_from(text).map_err(|_| UrlProblem::Malformed)
}

/// Refuses white space, control characters, backslashes and userinfo: what parsers repair, or read in different ways.
pub(crate) fn refuse_what_would_be_repaired(text: &str) -> Result<(), UrlProblem> {
    let repaired = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    let unusable = |authority: &str| authority.contains('@') || authority.len() > LONGEST_AUTHORITY;
    let refused = text.contains(repaired) || split_authority(text).is_some_and(|(_, authority)| unusable(authority));
    if refused { Err(UrlProblem::Malformed) } else { Ok(()) }
}

/// A name of the DNS (RFC 1035 section 2.3.4), a colon and a port. Nothing longer can be reached, and a parser would work on
/// it for long.
const LONGEST_AUTHORITY: usize = 255 + 6;

/// The scheme and the authority of `scheme://authority…`; nothing where there is no authority.
fn split_authority(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = search::split_at_first(text, b':')?;
    let rest = rest.strip_prefix("//")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    Some((scheme, authority)).filter(|_| !authority.is_empty())
}

/// Whether the host is `localhost`, `127.0.0.1` or `[::1]`, spelled just so (RFC 8252 section 7.3 and 8.3).
fn is_loopback(text: &str) -> bool {
    let Some((_, authority)) = split_authority(text) else {
        return false;
    };
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    ["localhost", "127.0.0.1", "[::1]"].contains(&host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_refused_rather_than_repaired() {
        for text in [
            "",
            "https:",
            "https://",
            "https:///path",
            "https:host",
            "https:/host",
            "host",
            "//host",
            "/path",
            "ftp://host/",
            "https://ho st/",
            "https://host/\t",
            "https://host\\path",
            "https://user@host/",
            "https://user:pw@host/",
            "https://@host/",
            "https://[host/",
            "https://host:port/",
            "https://host:99999/",
            " https://host/",
            "https://host/\u{a0}",
            &format!("https://{}", "a".repeat(262)),
            "javascript:alert(1)",
            "file:///etc/passwd",
        ] {
            assert_eq!(parse_http(text, true), Err(UrlProblem::Malformed), "{text:?}");
        }
        assert_eq!(parse_http("http://host/", false), Err(UrlProblem::Insecure));
        let longest = ["a".repeat(255), ":65535".to_owned()].concat();
        assert!(parse_http(&format!("https://{longest}"), false).is_ok());
        for text in ["https://host", "HTTPS://host/a@b?c@d", "https://[::1]:8443/", "https://älpha.example"] {
            assert!(parse_http(text, false).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn a_path_is_what_follows_the_authority() {
        for (address, path) in [
            ("https://host/a/./b", Some("/a/./b")),
            ("https://host:8443/", Some("/")),
            ("com.example.app:/cb", None),
            ("https://host", None),
            ("https:/host/a", None),
            ("host/a", None),
        ] {
            assert_eq!(path_as_written(address), path, "{address}");
        }
    }

    #[test]
    fn what_is_plain_is_what_the_parser_leaves_as_it_is() {
        for text in ["https://id.example", "https://id.example/a/b-c_d~e", "https://1-2.x3/", "https://localhost/a//b"]
        {
            assert!(is_plain_https(text), "{text:?}");
            let url = parse_http(text, false).unwrap();
            assert_eq!(url.as_str().trim_end_matches('/'), text.trim_end_matches('/'));
        }
        for text in [
            "",
            "https://",
            "https:///a",
            "http://id.example",
            "HTTPS://id.example",
            "https://ID.example",
            "https://id.example:443/",
            "https://127.0.0.1/",
            "https://id.0x7f/",
            "https://id.example./",
            "https://u@id.example/",
            "https://xn--a/",
            "https://id.example?x",
            "https://id.example#x",
            "https://id.example\\a",
            "https://id.example/a b",
            "https://id.example/%2e",
            "https://id.example/../a",
            "https://id.example/a?b",
            "https://id.\u{e4}/",
            &format!("https://{}", "a".repeat(262)),
        ] {
            assert!(!is_plain_https(text), "{text:?}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig {
            cases: 2_000, failure_persistence: None, ..proptest::prelude::ProptestConfig::default()
        })]

        #[test]
        #[cfg_attr(miri, ignore = "too much work for an interpreter")]
        fn what_is_plain_is_accepted_and_left_alone_by_the_parser(
            text in r"https://([a-zA-Z0-9.@:%_~\\\-é ]|xn--|0x7f|127\.1|/|\?|#|%2e|\.\.){0,12}"
        ) {
            if is_plain_https(&text) {
                let url = parse_http(&text, false);
                let left_alone = |url: &Url| url.as_str() == text || url.as_str() == format!("{text}/");
                proptest::prop_assert!(url.is_ok_and(|url| left_alone(&url)), "{}", text);
            }
        }
    }

    #[test]
    fn http_redirects_are_for_loopback_hosts_spelled_just_so() {
        for text in ["http://localhost/cb", "http://127.0.0.1:5/cb", "http://[::1]:5/cb", "http://[::1]"] {
            assert!(parse_redirect(text, false).is_ok(), "{text:?}");
        }
        for text in [
            "http://LOCALHOST/cb",
            "http://127.0.0.1.example/cb",
            "http://localhost.example/cb",
            "http://127.0.0.2/cb",
            "http://0x7f.1/cb",
            "http://127.1/cb",
            "http://[::2]/cb",
            "http://example/cb#@localhost/",
            "http://xlocalhost/",
        ] {
            assert!(parse_redirect(text, false).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_private_use_scheme_has_a_dot() {
        assert!(parse_redirect("com.example.app:/cb", false).is_ok());
        assert!(parse_redirect("com.example.app://host/cb", false).is_ok());
        assert!(parse_redirect("com.example.app:/cb?next=https://user@host/", false).is_ok());
        for text in [
            "myapp:/cb",
            "javascript:alert(1.5)",
            "com.example.app:/cb#x",
            "com.example.app://u@h/cb",
            "com.ex ample:/",
        ] {
            assert_eq!(parse_redirect(text, true), Err(UrlProblem::Malformed), "{text:?}");
        }
    }

    #[test]
    fn a_request_goes_without_the_fragment() {
        let url = parse_http("https://älpha.example/a b?c#d".replace(' ', "%20").as_str(), false).unwrap();
        assert_eq!(request_uri(&url).unwrap(), "https://xn--lpha-koa.example/a%20b?c");
    }
}
