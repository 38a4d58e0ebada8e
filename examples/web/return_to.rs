//! The page that a login leads back to.

use serde::Deserialize;

/// The query `?return_to=/page`. Whatever else is in a query, it is no error that a user would have to read.
#[derive(Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub struct ReturnTo {
    return_to: Option<String>,
}

impl From<Vec<(String, String)>> for ReturnTo {
    fn from(query: Vec<(String, String)>) -> Self {
        let return_to = query.into_iter().find(|(name, _)| name == "return_to");
        Self { return_to: return_to.map(|(_, path)| path) }
    }
}

impl ReturnTo {
    /// A path of this application: nowhere else does a login lead.
    pub fn path(self) -> Option<String> {
        self.return_to.filter(|path| is_own(path))
    }
}

/// Browsers read `\` as `/`, and skip tabs and line ends: `/<tab>/evil.example` is another host too.
fn is_own(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| byte.is_ascii_graphic())
}
