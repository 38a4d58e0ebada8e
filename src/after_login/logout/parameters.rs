//! The one way in which a parameter is read out of what came: a duplicate is seen, and an empty value counts as absent.

use crate::client::redirect_uri::Pairs;
use crate::ground::secret::SecretText;

/// A duplicate parameter.
pub(super) struct Duplicate(pub(super) &'static str);

/// The query of a request, with or without the question mark before it, and without a fragment behind it.
pub(super) fn query(text: &str) -> &str {
    let text = text.strip_prefix('?').unwrap_or(text);
    text.split_once('#').map_or(text, |(before, _)| before)
}

/// The value of a parameter (RFC 6749 section 3.1: without a value it counts as absent, and none may have a duplicate).
pub(super) fn once(pairs: &Pairs<'_>, name: &'static str) -> Result<Option<SecretText>, Duplicate> {
    let mut values = pairs.iter().filter(|(other, _)| other == name).map(|(_, value)| value);
    let value = values.next();
    if values.next().is_some() {
        return Err(Duplicate(name));
    }
    Ok(value.filter(|value| !value.is_empty()).map(|value| SecretText::new(&**value)))
}
