//! The issuers that a client accepts: its provider's, others by name, and those of all tenants of a provider.

use std::sync::Arc;

/// The issuers that a client accepts.
#[derive(Clone)]
pub(crate) struct Issuers {
    pub(super) provider: Arc<str>,
    pub(super) accepted: Vec<String>,
    pub(super) template: Option<IssuerTemplate>,
}

impl Issuers {
    /// Whether an authorization response may name this issuer. Which tenant it is of is decided by the ID token.
    pub(crate) fn may_respond(&self, issuer: &str) -> bool {
        self.are_named(issuer) || self.tenant_of(issuer).is_some()
    }

    /// Whether a token may be of this issuer. `tenant` is the tenant that the token names (`tid`).
    pub(crate) fn may_issue(&self, issuer: &str, tenant: Option<&str>) -> bool {
        self.are_named(issuer) || self.tenant_of(issuer).is_some_and(|of_issuer| tenant == Some(of_issuer))
    }

    /// Whether a key that is marked for one issuer may sign a token of `issuer`. Where one provider has many tenants, their
    /// keys are in one set, and one tenant's key must not sign for another.
    pub(crate) fn may_sign(&self, key_issuer: Option<&str>, issuer: &str) -> bool {
        match (&self.template, key_issuer) {
            (Some(_), Some(key_issuer)) => {
                let filled = self.tenant_of(issuer).map(|tenant| key_issuer.replace(TENANT, tenant));
                issuer == filled.as_deref().unwrap_or(key_issuer)
            }
            _ => true,
        }
    }

    fn are_named(&self, issuer: &str) -> bool {
        *self.provider == *issuer || self.accepted.iter().any(|accepted| accepted == issuer)
    }

    fn tenant_of<'a>(&self, issuer: &'a str) -> Option<&'a str> {
        self.template.as_ref()?.tenant_of(issuer)
    }
}

/// The issuers of all tenants of a provider: the parts before and after the tenant.
#[derive(Clone)]
pub(super) struct IssuerTemplate {
    before: String,
    after: String,
}

/// How a template spells the tenant.
const TENANT: &str = "{tenantid}";

impl IssuerTemplate {
    /// Takes a template apart: one tenant, which begins a segment of the path.
    pub(super) fn parse(template: &str) -> Option<Self> {
        let (before, after) = template.split_once(TENANT)?;
        let sound = before.ends_with('/') && !after.contains('{');
        sound.then(|| Self { before: before.to_owned(), after: after.to_owned() })
    }

    /// The part before the tenant, which must be an https URL.
    pub(super) fn before(&self) -> &str {
        &self.before
    }

    /// A tenant is one segment of the path, of letters, digits and hyphens.
    fn tenant_of<'a>(&self, issuer: &'a str) -> Option<&'a str> {
        let tenant = issuer.strip_prefix(&*self.before)?.strip_suffix(&*self.after)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        Some(tenant).filter(|tenant| !tenant.is_empty() && tenant.bytes().all(plain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuers(template: Option<&str>) -> Issuers {
        let template = template.map(|template| IssuerTemplate::parse(template).unwrap());
        Issuers { provider: "https://op/common".into(), accepted: vec!["op".to_owned()], template }
    }

    #[test]
    fn a_key_of_one_tenant_signs_for_no_other() {
        let tenants = issuers(Some("https://op/{tenantid}/v2.0"));
        for (key_issuer, issuer, may) in [
            (None, "https://op/a/v2.0", true),
            (Some("https://op/{tenantid}/v2.0"), "https://op/a/v2.0", true),
            (Some("https://op/a/v2.0"), "https://op/a/v2.0", true),
            (Some("https://op/b/v2.0"), "https://op/a/v2.0", false),
            (Some("https://sts/{tenantid}/"), "https://op/a/v2.0", false),
            (Some("https://op/common"), "https://op/common", true),
            (Some("https://op/{tenantid}/v2.0"), "https://op/common", false),
        ] {
            assert_eq!(tenants.may_sign(key_issuer, issuer), may, "{key_issuer:?} {issuer}");
        }
        assert!(issuers(None).may_sign(Some("https://elsewhere"), "https://op/common"), "only with a template");
    }
}
