//! Strings that must not be seen: redacted in `Debug`, zeroed when dropped, compared in constant time.

macro_rules! secret_string {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// A secret: `Debug` shows nothing of it, there is no `Display`, it is zeroed when dropped, and `==` takes the
        /// same time wherever two secrets of one length differ.
        #[derive(Clone)]
        pub struct $name(zeroize::Zeroizing<String>);

        impl $name {
            /// Takes the value as it is.
            #[must_use]
            pub fn new(value: impl Into<String>) -> Self {
                Self(zeroize::Zeroizing::new(value.into()))
            }

            /// The same, of a value that is zeroed already.
            #[allow(dead_code, reason = "not every secret comes that way")]
            pub(crate) fn from_zeroizing(value: zeroize::Zeroizing<String>) -> Self {
                Self(value)
            }

            /// The value itself.
            #[must_use]
            pub fn secret(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self::new(value)
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self::new(value)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                $crate::ground::secret::constant_time_eq(self.secret(), other.secret())
            }
        }

        impl Eq for $name {}

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

pub(crate) use secret_string;

use subtle::ConstantTimeEq;

/// Whether two strings are equal, in a time that depends on their lengths alone.
pub(crate) fn constant_time_eq(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}
