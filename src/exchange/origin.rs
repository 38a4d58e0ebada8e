//! Who named the address that a request goes to.

/// Who named the address that a request goes to: how far it can be trusted.
///
/// What somebody else named may be an address inside the caller's own network. [`Egress`](crate::Egress) says which are.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Origin {
    /// The caller: the address was made of what [`Issuer::new`](crate::Issuer::new) or
    /// [`ProtectedResource::of`](crate::ProtectedResource::of) was given. Where the caller has that from a user or from another
    /// message, it is to be looked at all the same.
    Caller,
    /// The provider: an endpoint of its metadata, wherever that came from, or the address of a registration.
    Provider,
    /// A resource: in its challenge or its metadata (RFC 9728). It is whoever answered at an address that a user may have typed.
    Resource,
}
