//! Runs every test vector: each `*.json` under `tests/vectors/`, and under each folder that the environment variable
//! `OIDC_PROTO_VECTORS` names (separated by `:`).
//!
//! A vector is a JSON case that says what goes in and what must come out; it knows nothing of the Rust API but the names of
//! error variants. `cargo test --test vectors -- name` runs those with `name` in their name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "a test fails by panicking, and reads its vectors from disk"
)]

#[path = "vectors_harness/expect.rs"]
mod expect;
#[path = "vectors_harness/given.rs"]
mod given;
#[path = "vectors_harness/stages.rs"]
mod stages;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use serde_json::Value;

/// A file of vectors.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    stage: String,
    #[serde(default)]
    defaults: Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(rename = "why")]
    _why: String,
    given: Value,
    expect: expect::Expect,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut disputed = read_disputed(&own.join("disputed.txt"));
    let mut trials = Vec::new();
    let further = std::env::var("OIDC_PROTO_VECTORS").unwrap_or_default();
    let further = further.split(':').filter(|folder| !folder.is_empty()).map(PathBuf::from);
    for folder in std::iter::once(own).chain(further) {
        let mut files = Vec::new();
        find_json(&folder, &mut files);
        if files.is_empty() {
            trials.push(failure(folder.display().to_string(), "no vectors in this folder".to_owned()));
        }
        trials.extend(files.iter().flat_map(|file| trials_of(file, &mut disputed)));
    }
    trials.extend(disputed.into_keys().map(|name| failure(name, "disputed, but no such case".to_owned())));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials_of(path: &Path, disputed: &mut BTreeMap<String, String>) -> Vec<Trial> {
    let file_name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let file: File = match std::fs::read(path)
        .map_err(|error| error.to_string())
        .and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string()))
    {
        Ok(file) => file,
        Err(error) => return vec![failure(file_name, error)],
    };
    if file.cases.is_empty() {
        return vec![failure(file_name, "no cases".to_owned())];
    }
    let File { stage, defaults, cases } = file;
    let trial = |case: Case| {
        let name = format!("{file_name}::{}", case.name);
        let is_disputed = disputed.remove(&name).is_some();
        let mut given = defaults.clone();
        given::merge(&mut given, case.given, 0);
        let ignored = is_disputed || !stages::can_run(&stage, &given);
        let stage = stage.clone();
        Trial::test(name, move || run(&stage, given, &case.expect)).with_ignored_flag(ignored)
    };
    cases.into_iter().map(trial).collect()
}

fn run(stage: &str, given: Value, expect: &expect::Expect) -> Result<(), Failed> {
    let given = serde_json::from_value(given).map_err(|error| format!("given: {error}"))?;
    let outcome = stages::run(stage, given)?;
    expect.check(outcome).map_err(Failed::from)
}

fn failure(name: String, message: String) -> Trial {
    Trial::test(name, move || Err(message.into()))
}

fn find_json(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            find_json(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
}

/// Lines of `FILE::CASE reason`; `#` begins a comment.
fn read_disputed(path: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').unwrap_or((line, ""))).map(|(name, why)| (name.into(), why.into())).collect()
}
