//! What the server keeps of a signed-in user, apart from the browser's session: any process can refresh it, or end it, without
//! the browser.

use serde::{Deserialize, Serialize};

use super::session::User;

/// A signed-in user.
#[derive(Clone, Deserialize, Serialize)]
pub struct SignedIn {
    /// What the pages show, of the ID token of the login: the one of a refresh may say less.
    pub user: User,
    /// The tokens, and what to do about them.
    pub session: oidc_proto::Session,
}

/// Where a signed-in user is kept: a random id, which nobody can guess, and never the id in the browser's cookie.
#[derive(Clone, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Key(pub String);

/// What came of a logout token.
#[derive(Debug, Eq, PartialEq)]
pub enum Ended {
    /// This many sessions have ended.
    Sessions(usize),
    /// The token came before: nothing has ended.
    CameBefore,
    /// Sessions in cookies cannot be ended from here.
    CannotBe,
}
