//! The one way in which state is stored: a version, no unknown member, none missing, and an error that quotes nothing.
//!
//! A version that adds a check is a new number. Every older number is still read, as what it meant then, so that an upgrade
//! loses no login that is under way. A newer number is refused: it may hold a check that this version does not know.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The serialized form of a type, of any version up to the newest.
///
/// A member that came with a later version is an `Option` with `#[serde(default)]`; [`open`](Self::open) refuses it where the
/// version is too old to have it, and its absence where the version has it. The derive denies unknown fields, and reads an
/// `Option` that every version has with `deserialize_with = "Option::deserialize"`, so that it must be there.
pub(crate) trait StoredForm: Sized {
    /// The type that is stored.
    type Of;
    /// What it is, for a message: `a flow state`.
    const WHAT: &'static str;
    /// The newest version: the one that is written.
    const VERSION: u32;

    /// The version of this form.
    fn version(&self) -> u32;

    /// Makes the type. What is secret is in a type that zeroes itself from here on, also where it is refused.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words that quote nothing of it.
    fn open(self) -> Result<Self::Of, &'static str>;
}

/// Reads a stored form.
///
/// # Errors
///
/// When it is not such a form, or of a version that is not known here. The error quotes nothing: what is stored is secret.
pub(crate) fn read<'de, F, D>(deserializer: D) -> Result<F::Of, D::Error>
where
    F: StoredForm + Deserialize<'de>,
    D: Deserializer<'de>,
{
    let form = F::deserialize(deserializer)
        .map_err(|_| D::Error::custom(format_args!("this is not {} that this version can read", F::WHAT)))?;
    let version = form.version();
    let opened = form.open();
    if !(1..=F::VERSION).contains(&version) {
        return Err(D::Error::custom(format_args!(
            "this is {} of version {version}; this program reads the versions 1 to {}",
            F::WHAT,
            F::VERSION
        )));
    }
    opened.map_err(D::Error::custom)
}
