//! What `api.txt`, the public interface, may name.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

/// The only types of dependencies in public signatures are those of `http` and `serde`, and two of `serde_json`.
#[test]
fn the_public_interface_names_no_dependency_but_three() {
    let api = include_str!("../api.txt");
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let paths: BTreeSet<&str> = api.split(|c| !is_path(c)).filter(|path| path.contains("::")).collect();
    assert!(paths.len() > 100, "{}", paths.len());
    // A path that begins with colons is part of a type: `<A as Awaiting>::Error`.
    for path in paths.iter().filter(|path| !path.starts_with(':')) {
        let path = path.trim_end_matches(':');
        let right = match path.split("::").next().unwrap() {
            "alloc" | "core" | "std" | "oidc_proto" | "http" | "serde" | "serde_core" | "Self" => true,
            "serde_json" => path.ends_with("::Error") || path.ends_with("::Value"),
            // A parameter or associated type: `A::Output`.
            first => first.len() == 1 && first.starts_with(char::is_uppercase),
        };
        assert!(right, "{path}");
    }
}
