//! Who named the address that a request goes to.

/// Who named the address that a request goes to: how far it can be trusted.
///
/// An address that somebody else named may be inside the caller's own network. [`Egress`](crate::Egress) finds those.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Origin {
    /// The caller: the address was made of what [`Issuer::new`](crate::Issuer::new) or
    /// [`ProtectedResource::of`](crate::ProtectedResource::of) was given. Where the caller has that from a user or from
    /// another message, check it all the same.
    Caller,
    /// The provider: an endpoint of its metadata, wherever that came from, or the address of a registration.
    Provider,
    /// A resource server, in its challenge or its metadata (RFC 9728): whoever answers at an address that a user may
    /// have typed.
    Resource,
}
