//! An error of any type.

/// An error of any type, such as that of the caller's HTTP client.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
