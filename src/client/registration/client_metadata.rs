//! What a client says about itself (RFC 7591 section 2, OpenID Connect Dynamic Client Registration 1.0 section 2).

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::ground::extra_members::ExtraMembers;
use crate::ground::json::{self, Object, WrongKind};
use crate::ground::secret::SecretText;
use crate::jose::{PrivateKey, is_private};

/// Makes the setters of members: one line for each.
macro_rules! setters {
    (
        texts { $($(#[$text_doc:meta])* $text:ident,)* }
        lists { $($(#[$list_doc:meta])* $list:ident,)* }
        flags { $($(#[$flag_doc:meta])* $flag:ident,)* }
    ) => {
        $(
            $(#[$text_doc])*
            pub fn $text(self, value: impl Into<String>) -> Self {
                self.member(stringify!($text), value.into())
            }
        )*
        $(
            $(#[$list_doc])*
            pub fn $list<T: Into<String>>(self, values: impl IntoIterator<Item = T>) -> Self {
                self.member(stringify!($list), values.into_iter().map(Into::into).collect::<Vec<String>>())
            }
        )*
        $(
            $(#[$flag_doc])*
            pub fn $flag(self, value: bool) -> Self {
                self.member(stringify!($flag), value)
            }
        )*
    };
}

/// What a client says about itself, or what the provider registered: the members of a JSON object (RFC 7591 section 2,
/// OpenID Connect Dynamic Client Registration 1.0 section 2).
///
/// ```
/// use oidc_proto::{ClientMetadata, GrantType, TokenEndpointAuthMethod};
///
/// let metadata = ClientMetadata::new()
///     .redirect_uris(["https://app.example/callback"])
///     .client_name("Example")
///     .member("client_name#ja-Jpan-JP", "例")
///     .grant_types([GrantType::AUTHORIZATION_CODE, GrantType::REFRESH_TOKEN])
///     .token_endpoint_auth_method(TokenEndpointAuthMethod::CLIENT_SECRET_BASIC);
/// ```
///
/// There is a setter for what most clients need, and [`member`](Self::member) for every other. With serde, it is that
/// object. A duplicate member is refused, and so is one that could not be stored: nested deeper than 32 levels, with a
/// number beyond `f64`, or with half of a surrogate pair. Unknown members may hold secrets: `Debug` shows only the
/// names, and the values are zeroed when dropped.
#[derive(Clone, Default, Eq, PartialEq)]
#[must_use]
pub struct ClientMetadata(ExtraMembers);

impl ClientMetadata {
    /// Without any member.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a member, in the place of another of that name: one of an extension, or a name in a language
    /// (`client_name#ja-Jpan-JP`, RFC 7591 section 2.2).
    pub fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, &value.into());
        self
    }

    /// The public halves of the client's own keys, for `private_key_jwt`, signed requests, and what is encrypted to the client.
    pub fn jwks<'a>(self, keys: impl IntoIterator<Item = &'a PrivateKey>) -> Self {
        let keys = keys.into_iter().map(|key| serde_json::from_str(&key.public_jwk()).unwrap_or(Value::Null));
        self.member("jwks", serde_json::json!({ "keys": keys.collect::<Vec<Value>>() }))
    }

    setters! {
        texts {
            /// `web` or `native`. Default of the provider: `web`.
            application_type,
            /// The name that the user sees.
            client_name,
            /// A page about the client.
            client_uri,
            /// The URL of the picture that the user sees.
            logo_uri,
            /// A page that says how the client uses the user's data.
            policy_uri,
            /// A page with the client's terms of service.
            tos_uri,
            /// The scope that the client may ask for, its values separated by spaces.
            scope,
            /// Where the provider reads the client's public keys. Not together with `jwks`.
            jwks_uri,
            /// For `pairwise`: an https URL with a JSON list of redirect URIs. Clients that share it see the same `sub` for a user
            /// (OpenID Connect Core 1.0 section 8.1).
            sector_identifier_uri,
            /// `pairwise` or `public`.
            subject_type,
            /// How the client authenticates at the token endpoint: a [`TokenEndpointAuthMethod`](crate::TokenEndpointAuthMethod).
            token_endpoint_auth_method,
            /// The algorithm of its client assertions.
            token_endpoint_auth_signing_alg,
            /// What ID tokens are signed with. Default of the provider: RS256.
            id_token_signed_response_alg,
            /// How the keys of ID tokens are encrypted. Default: not at all.
            id_token_encrypted_response_alg,
            /// How the content of ID tokens is encrypted.
            id_token_encrypted_response_enc,
            /// What UserInfo responses are signed with. Default: not at all.
            userinfo_signed_response_alg,
            /// What introspection responses are signed with (RFC 9701 section 6).
            introspection_signed_response_alg,
            /// What authorization responses are signed with (JARM section 3).
            authorization_signed_response_alg,
            /// What request objects are signed with.
            request_object_signing_alg,
            /// An https URL where another site can start a login (OpenID Connect Core 1.0 section 4).
            initiate_login_uri,
            /// Where logout tokens are posted (OpenID Connect Back-Channel Logout 1.0).
            backchannel_logout_uri,
            /// Where the browser is told of a logout (OpenID Connect Front-Channel Logout 1.0).
            frontchannel_logout_uri,
            /// An id of the software: the same for every version and installation.
            software_id,
            /// The version of the software.
            software_version,
            /// A JWT about the software, signed by somebody whom the provider trusts (RFC 7591 section 2.3).
            software_statement,
        }
        lists {
            /// Where the provider may send the browser back to.
            redirect_uris,
            /// Where the browser may come back to after a logout.
            post_logout_redirect_uris,
            /// The grants that the client uses: [`GrantType`](crate::GrantType)s. Default of the provider: `authorization_code`.
            grant_types,
            /// The response types that the client uses. Default of the provider: `code`.
            response_types,
            /// E-mail addresses of the people who are responsible for the client.
            contacts,
            /// The authentication context class references of logins that ask for none.
            default_acr_values,
            /// The URLs at which the provider may read request objects.
            request_uris,
        }
        flags {
            /// Whether ID tokens must have an `auth_time`.
            require_auth_time,
            /// Whether logout tokens must have a `sid`.
            backchannel_logout_session_required,
            /// Whether the notice of a logout must have `iss` and `sid`.
            frontchannel_logout_session_required,
            /// Whether the client pushes each authorization request (RFC 9126 section 6).
            require_pushed_authorization_requests,
            /// Whether the client signs each authorization request (RFC 9101 section 10.5).
            require_signed_request_object,
            /// Whether the client's access tokens are bound by DPoP (RFC 9449 section 5.2).
            dpop_bound_access_tokens,
            /// Whether the client's access tokens are bound to its certificate (RFC 8705 section 3.4).
            tls_client_certificate_bound_access_tokens,
        }
    }

    /// One member, as JSON; `None` where there is no member of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value> {
        self.0.get(name)
    }

    /// One member, as a type of your own; `Ok(None)` where there is no member of that name.
    ///
    /// # Errors
    ///
    /// When the member is not a `T`, such as `"redirect_uris": "https://app.example/"` read as a `Vec<String>`. The
    /// error says where in the member, and nothing about its value.
    pub fn get_as<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, serde_json::Error> {
        self.0.get_as(name)
    }

    /// The names of the members, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.names()
    }

    /// The value of a member as it is written. One that is `null` counts as absent.
    fn raw(&self, name: &str) -> Option<&str> {
        self.0.raw(name).filter(|raw| *raw != "null")
    }

    /// Whether a member is the same in both, however it is written.
    pub(super) fn is_same(&self, other: &Self, name: &str) -> bool {
        match (self.raw(name), other.raw(name)) {
            (Some(a), Some(b)) => {
                a == b || json::read::<Value>(a).is_ok_and(|a| json::read(b).is_ok_and(|b: Value| a == b))
            }
            (a, b) => a == b,
        }
    }

    /// A word that this crate acts on; the empty one counts as absent.
    pub(super) fn word(&self, name: &str) -> Result<Option<Cow<'_, str>>, WrongKind> {
        let word = self.raw(name).map(json::read_string).transpose()?;
        Ok(word.filter(|word| !word.is_empty()))
    }

    /// Reads the members that are left of an object.
    ///
    /// # Errors
    ///
    /// The name of one that is nested too deep.
    pub(super) fn of(object: Object<'_>) -> Result<Self, String> {
        let mut members = ExtraMembers::default();
        for (name, raw) in object.rest() {
            if !ExtraMembers::can_keep(raw) {
                return Err(name.into_owned());
            }
            members.push(&name, raw);
        }
        Ok(Self(members))
    }

    pub(super) fn without_nulls(mut self) -> Self {
        self.0.remove_nulls();
        self
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    pub(super) fn set(&mut self, name: &str, value: &Value) {
        self.0.set(name, &SecretText::new(value.to_string()));
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub(super) fn to_json(&self) -> SecretText {
        self.0.to_json()
    }

    /// RFC 7591 section 2: `jwks` is public. Whoever has written a private key there is told so before anybody else is.
    pub(super) fn check_keys(&self) -> Result<(), &'static str> {
        const SHAPE: &str = "it is no JWK Set";
        let Some(raw) = self.raw("jwks") else { return Ok(()) };
        let mut set = Object::parse(raw).map_err(|_| SHAPE)?;
        let keys: Vec<&RawValue> = set.take("keys").map_err(|WrongKind| SHAPE)?.ok_or(SHAPE)?;
        for key in keys {
            if Object::parse(key.get()).map_err(|_| SHAPE)?.names().any(is_private) {
                return Err("it has a private or symmetric key");
            }
        }
        Ok(())
    }
}

impl fmt::Debug for ClientMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientMetadata").field(&self.0).finish()
    }
}

impl Serialize for ClientMetadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ClientMetadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::deserialize_object(deserializer, "a client's metadata", |object| {
            Self::of(object).map_err(|_| "a member of the client's metadata is nested too deep")
        })
    }
}
