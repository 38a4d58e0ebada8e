//! Runs every test vector: each `*.json` under `tests/vectors/`, and under each folder that the environment variable
//! `OIDC_PROTO_VECTORS` names (separated by `:`).
//!
//! A vector is a JSON case that says what goes in and what must come out; it knows nothing of the Rust API but the names of
//! error variants. `cargo test --test vectors -- name` runs those with `name` in their name. `tests/vectors/README.md` explains
//! the format.
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

#[path = "vectors_harness/device.rs"]
mod device;
#[path = "vectors_harness/expect.rs"]
mod expect;
#[path = "vectors_harness/files.rs"]
mod files;
#[path = "vectors_harness/given.rs"]
mod given;
#[path = "vectors_harness/grants.rs"]
mod grants;
#[path = "vectors_harness/jarm.rs"]
mod jarm;
#[path = "vectors_harness/logout.rs"]
mod logout;
#[path = "vectors_harness/pushed.rs"]
mod pushed;
#[path = "vectors_harness/registration.rs"]
mod registration;
#[path = "vectors_harness/report.rs"]
mod report;
#[path = "vectors_harness/resources.rs"]
mod resources;
#[path = "vectors_harness/session.rs"]
mod session;
#[path = "vectors_harness/signed.rs"]
mod signed;
#[path = "vectors_harness/stages.rs"]
mod stages;
#[path = "vectors_harness/userinfo.rs"]
mod userinfo;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;

use crate::expect::Expect;
use crate::files::{Unreadable, Vector};
use crate::given::Given;
use crate::report::Report;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    remember_panics();
    let mut disputed = read_disputed(&files::own_folder().join("disputed.txt"));
    let mut trials: Vec<Trial> = files::read_all().into_iter().map(|vector| trial(vector, &mut disputed)).collect();
    let no_such_case = |name| failure(name, "disputed.txt names this case, but there is no such case".to_owned());
    trials.extend(disputed.into_iter().map(no_such_case));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Each thread keeps the place and the message of its last panic for the report of the case.
fn remember_panics() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        LAST_PANIC.set(panic.to_string());
        print(panic);
    }));
}

fn trial(vector: Result<Vector, Unreadable>, disputed: &mut BTreeSet<String>) -> Trial {
    match vector {
        Ok(vector) => {
            let ignored = disputed.remove(&vector.name) || !stages::can_run(&vector.stage, &vector.given);
            Trial::test(vector.name.clone(), move || run(&vector)).with_ignored_flag(ignored)
        }
        Err(Unreadable { name, problem }) => failure(name, problem),
    }
}

fn failure(name: String, message: String) -> Trial {
    Trial::test(name, move || Err(message.into()))
}

fn run(vector: &Vector) -> Result<(), Failed> {
    check(vector).map_err(|difference| {
        let (_, case) = vector.name.split_once("::").unwrap();
        let mut report = Report::default()
            .row("file:", format!("{}, line {}", vector.file, vector.line))
            .row("case:", format!("{case} (stage: {})", vector.stage))
            .row("why:", &vector.why);
        report.gap();
        report.append(difference);
        report.gap();
        report.add("run it:", command(vector, "test --test vectors", "--exact "));
        report.add("see it:", command(vector, "run --example vector", ""));
        Failed::from(report.to_string().trim_end())
    })
}

fn check(vector: &Vector) -> Result<(), Report> {
    let problem = |text: String| Report::default().row("problem:", text);
    let expect = Expect::deserialize(&vector.expect).map_err(|error| problem(format!("expect: {error}")))?;
    let mut given: Given =
        serde_json::from_value(vector.given.clone()).map_err(|error| problem(format!("given: {error}")))?;
    given.expects_again = expect.again();
    let run = AssertUnwindSafe(|| stages::run(&vector.stage, given).map(|outcome| expect.check(outcome)));
    let panicked = |_| problem(format!("it {}\n{HINT_AFTER_PANIC}", LAST_PANIC.take()));
    catch_unwind(run).map_err(panicked)?.map_err(problem)?
}

/// The command that does something with this case alone, with the features of this run.
fn command(vector: &Vector, what: &str, option: &str) -> String {
    let folder = vector.extra_folder.as_ref().map(|folder| format!("OIDC_PROTO_VECTORS={folder} ")).unwrap_or_default();
    let features = match (cfg!(feature = "aws-lc-rs"), cfg!(feature = "rust-crypto")) {
        (true, false) => "",
        (true, true) => " --features rust-crypto",
        (false, true) => " --no-default-features --features rust-crypto",
        (false, false) => " --no-default-features",
    };
    format!("{folder}cargo {what}{features} -- {option}{}", vector.name)
}

/// Lines of `FILE::CASE reason`; `#` begins a comment.
fn read_disputed(path: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split(' ').next().unwrap_or(line).to_owned()).collect()
}

thread_local! {
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

const HINT_AFTER_PANIC: &str = "(in stages.rs: most likely `given` has no key that the stage needs)";
