//! Finds the vectors and reads them. The example `vector` uses this file too.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

/// One case, ready to run.
pub struct Vector {
    /// `FILE::CASE`.
    pub name: String,
    /// The file, as shown to the reader.
    pub file: String,
    /// The line on which the case has its name.
    pub line: usize,
    /// The folder of `OIDC_PROTO_VECTORS` in which the file was found. `None`: `tests/vectors`.
    pub extra_folder: Option<String>,
    pub stage: String,
    pub why: String,
    /// With the file's `defaults` merged in.
    pub given: Value,
    pub expect: Value,
}

/// A file or folder that gave no vectors.
pub struct Unreadable {
    pub name: String,
    pub problem: String,
}

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
    why: String,
    given: Value,
    expect: Value,
}

/// The folder of this crate's vectors.
pub fn own_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

/// Every vector under `tests/vectors` and under each folder of `OIDC_PROTO_VECTORS`.
pub fn read_all() -> Vec<Result<Vector, Unreadable>> {
    let mut vectors = read_folder(&own_folder(), None);
    let extra = std::env::var("OIDC_PROTO_VECTORS").unwrap_or_default();
    for folder in extra.split(':').filter(|folder| !folder.is_empty()) {
        vectors.extend(read_folder(Path::new(folder), Some(folder)));
    }
    vectors
}

fn read_folder(folder: &Path, extra_folder: Option<&str>) -> Vec<Result<Vector, Unreadable>> {
    let mut files = Vec::new();
    find_json(folder, &mut files);
    if files.is_empty() {
        let problem = "this folder has no vectors".to_owned();
        return vec![Err(Unreadable { name: folder.display().to_string(), problem })];
    }
    files.iter().flat_map(|file| read_file(file, extra_folder)).collect()
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

fn read_file(path: &Path, extra_folder: Option<&str>) -> Vec<Result<Vector, Unreadable>> {
    let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
    let shown = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path).display().to_string();
    let unreadable =
        |problem: String| vec![Err(Unreadable { name: stem.clone(), problem: format!("{shown}: {problem}") })];
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return unreadable(error.to_string()),
    };
    let File { stage, defaults, cases } = match serde_json::from_str(&text) {
        Ok(file) => file,
        Err(error) => return unreadable(error.to_string()),
    };
    if cases.is_empty() {
        return unreadable("the file has no cases".to_owned());
    }
    let vector = |case: Case| {
        let mut given = defaults.clone();
        merge(&mut given, case.given, 0);
        Ok(Vector {
            name: format!("{stem}::{}", case.name),
            file: shown.clone(),
            line: line_of(&text, &case.name),
            extra_folder: extra_folder.map(str::to_owned),
            stage: stage.clone(),
            why: case.why,
            given,
            expect: case.expect,
        })
    };
    cases.into_iter().map(vector).collect()
}

/// The first line that gives this name to a case; line 1 where the file is written in an unusual way.
fn line_of(text: &str, name: &str) -> usize {
    let forms = [format!("\"name\": \"{name}\""), format!("\"name\":\"{name}\"")];
    text.lines().position(|line| forms.iter().any(|form| line.contains(form))).map_or(1, |index| index + 1)
}

/// JSON Merge Patch (RFC 7396), except that at the top a `null` stays what it is.
pub fn merge(target: &mut Value, patch: Value, depth: usize) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let target = target.as_object_mut().unwrap();
    for (key, value) in patch {
        if value.is_null() && depth > 0 {
            target.remove(&key);
        } else {
            merge(target.entry(key).or_insert(Value::Null), value, depth + 1);
        }
    }
}
