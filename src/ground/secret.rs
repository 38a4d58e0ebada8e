//! Strings that must not be seen: redacted in `Debug`, zeroed when dropped, compared in constant time.

use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

macro_rules! secret_string {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// A secret: `Debug` shows nothing of it, there is no `Display`, it is zeroed when dropped, and `==` takes the
        /// same time wherever two secrets of one length differ.
        #[derive(Clone)]
        pub struct $name($crate::ground::secret::SecretText);

        impl $name {
            /// Takes the value as it is.
            #[must_use]
            pub fn new(value: impl Into<String>) -> Self {
                Self($crate::ground::secret::SecretText::new(value))
            }

            /// The same, of a value that is zeroed already.
            #[allow(dead_code, reason = "not every secret comes that way")]
            pub(crate) fn from_text(value: $crate::ground::secret::SecretText) -> Self {
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

/// Text that is zeroed when dropped, in one sweep. `zeroize` goes byte by byte, which takes seven times as long for a token, and
/// a response may be a mebibyte.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct SecretText(String);

impl SecretText {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl Drop for SecretText {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        // What lies behind its end was in use before.
        if bytes.len() < bytes.capacity() {
            bytes.resize(bytes.capacity(), 0);
        }
        // Nobody reads the zeros, so the compiler would leave them out.
        zeroize::optimization_barrier(&*bytes);
    }
}

impl Deref for SecretText {
    type Target = String;

    fn deref(&self) -> &String {
        &self.0
    }
}

impl DerefMut for SecretText {
    fn deref_mut(&mut self) -> &mut String {
        &mut self.0
    }
}

/// Whether two strings are equal, in a time that depends on their lengths alone.
pub(crate) fn constant_time_eq(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}
