//! The rules: each takes a tree and says what breaks it, as `path:line: why`.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{File, Tree, code, has_word};

/// Layers without waiting, clock, chance or sockets.
const PURE: &[&str] = &["domain", "dialogue", "acd", "media", "sheets", "reports"];

const IMPURE: &[&str] = &[
    "async",
    ".await",
    "tokio",
    "now(",
    "rand",
    "getrandom",
    "sqlx",
    "std::fs",
    "std::net",
    "std::thread",
    "std::env",
    "fs",
    "net",
    "thread",
    "env",
];

/// Crates that one layer alone may name.
const ONLY_IN: &[(&str, &[&str])] =
    &[("rsipstack", &["telephony"]), ("sqlx", &["store"]), ("tonic", &["grpc", "cli"])];

/// Lines of a file that holds one noun.
const LINES_MAX: usize = 500;

/// Files that may be longer, each with its cause.
const LONG: &[(&str, &str)] = &[];

const FOLDER_FILES_MAX: usize = 15;
const SERVICE_RPCS_MAX: usize = 12;
const VAGUE: &[&str] =
    &["utils", "util", "helpers", "helper", "common", "types", "manager", "misc"];

/// Parses the map in the documentation of `src/lib.rs`: layer -> layers it may use. `None` is everything.
pub(crate) fn map(lib: &str) -> BTreeMap<String, Option<BTreeSet<String>>> {
    let mut map = BTreeMap::new();
    for line in lib.lines() {
        let Some((users, used)) = line.strip_prefix("//!").and_then(|line| line.split_once("->"))
        else {
            continue;
        };
        let used = used.split('(').next().unwrap().trim();
        let names = |list: &str| {
            list.split(',').map(|name| name.trim().to_owned()).collect::<BTreeSet<_>>()
        };
        let allowed = match used {
            "everything" => None,
            "nothing of ours" => Some(BTreeSet::new()),
            list => Some(names(list)),
        };
        for user in names(users) {
            map.insert(user, allowed.clone());
        }
    }
    map
}

pub(crate) fn layers(tree: &Tree) -> Vec<String> {
    let map = tree
        .0
        .iter()
        .find(|file| file.path == "src/lib.rs")
        .map(|lib| map(&lib.text))
        .unwrap_or_default();
    let mut found = Vec::new();
    for file in tree.under("src/", ".rs").filter(|file| file.path != "src/lib.rs") {
        let layer = file.layer().unwrap();
        let Some(allowed) = map.get(layer) else {
            found.push(format!("{}: layer {layer} is not in the map of src/lib.rs", file.path));
            continue;
        };
        // Tests set up whole houses: only the product keeps to its layer.
        let code = code(tree.product(file));
        for (line, used) in crate_names(&code) {
            let known =
                used == layer || allowed.as_ref().is_none_or(|allowed| allowed.contains(&used));
            if !known {
                found.push(format!("{}:{line}: {layer} may not use {used}", file.path));
            }
        }
        for (number, line) in code.lines().enumerate() {
            if has_word(line, "crate as")
                || has_word(line, "extern crate")
                || line.contains("{self as")
            {
                found.push(format!("{}:{}: the crate under another name", file.path, number + 1));
            }
            if layer != "main" && layer != "cli" && line.contains("helpline181::") {
                found.push(format!("{}:{}: the crate by its own name", file.path, number + 1));
            }
        }
        found.extend(supers(file, &code));
    }
    found
}

/// Layers named after `crate::`, also inside `use crate::{...}`, with their lines.
fn crate_names(code: &str) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + "crate::".len()..];
        let ident = |text: &str| {
            text.trim_start()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect::<String>()
        };
        let Some(group) = rest.strip_prefix('{') else {
            names.push((line, ident(rest)));
            continue;
        };
        let mut depth = 1;
        let mut start = 0;
        for (at, c) in group.char_indices() {
            depth += match c {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            if depth == 0 || (depth == 1 && c == ',') {
                names.push((line, ident(&group[start..at])));
                start = at + 1;
            }
            if depth == 0 {
                break;
            }
        }
    }
    names.retain(|(_, name)| !name.is_empty());
    names
}

/// `super::` chains that climb out of their layer. Inline modules are told by rustfmt's indentation.
fn supers(file: &File, code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inner: Vec<usize> = Vec::new();
    for (number, line) in code.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let indent = line.len() - line.trim_start().len();
        inner.retain(|opened| indent > *opened);
        let climbs = (1..=8).rev().find(|n| line.contains(&"super::".repeat(*n))).unwrap_or(0);
        if climbs > 0 && climbs >= file.depth() + inner.len() {
            found.push(format!("{}:{}: super leaves its layer", file.path, number + 1));
        }
        if line.trim_start().trim_start_matches("pub ").starts_with("mod ") && line.ends_with('{') {
            inner.push(indent);
        }
    }
    found
}

pub(crate) fn purity(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for file in tree.under("src/", ".rs").filter(|file| PURE.contains(&file.layer().unwrap())) {
        for (number, line) in code(tree.product(file)).lines().enumerate() {
            let uses = line.trim_start().starts_with("use std::") || line.contains("std::");
            let bare = |word: &&&str| !["fs", "net", "thread", "env"].contains(*word) || uses;
            for word in IMPURE.iter().filter(bare).filter(|word| has_word(line, word)) {
                found.push(format!("{}:{}: {word} in a pure layer", file.path, number + 1));
            }
        }
    }
    found
}

pub(crate) fn owners(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for file in tree.under("src/", ".rs") {
        let layer = file.layer().unwrap();
        for (number, line) in code(&file.text).lines().enumerate() {
            for (name, layers) in ONLY_IN {
                if has_word(line, name) && !layers.contains(&layer) && layer != "main" {
                    found.push(format!(
                        "{}:{}: {name} belongs to {}",
                        file.path,
                        number + 1,
                        layers.join(", ")
                    ));
                }
            }
            if layer == "app" && line.contains("pub use crate::store") {
                found.push(format!("{}:{}: app shows the store", file.path, number + 1));
            }
        }
    }
    found
}

/// Each method of the API, as `SessionService/SignIn`, must stand in the table that says who may call it.
pub(crate) fn permissions(methods: &[(String, String)], rows: &BTreeSet<String>) -> Vec<String> {
    let path = |(service, method): &(String, String)| format!("{service}/{method}");
    let mut found: Vec<_> = methods
        .iter()
        .map(path)
        .filter(|path| !rows.contains(path))
        .map(|path| format!("{path} has no row in the permission table"))
        .collect();
    let mut count = BTreeMap::<&str, usize>::new();
    for (service, _) in methods {
        *count.entry(service).or_default() += 1;
    }
    found.extend(
        count
            .iter()
            .filter(|(_, n)| **n > SERVICE_RPCS_MAX)
            .map(|(service, n)| format!("{service} has {n} methods")),
    );
    found
}

/// Only running a query checks its SQL, so each function of the store must stand in the suite that runs on both engines:
/// as `module::name(`, a method by its name alone.
pub(crate) fn store_suite(tree: &Tree) -> Vec<String> {
    let suite = tree.rust("tests/store");
    let mut found = Vec::new();
    for file in tree.under("src/store/", ".rs") {
        let path = file.path.trim_end_matches("/mod.rs").trim_end_matches(".rs");
        let module = path.rsplit('/').next().unwrap();
        for (number, line) in code(tree.product(file)).lines().enumerate() {
            let Some(rest) = line.trim_start().strip_prefix("pub async fn ") else { continue };
            let name: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let call = if line.starts_with(' ') {
                format!("{name}(")
            } else {
                format!("{module}::{name}(")
            };
            if !suite.contains(&call) {
                found.push(format!("{}:{}: {call} is not in tests/store", file.path, number + 1));
            }
        }
    }
    found
}

/// Each key needs a sound in each language: `sounds` holds `key language file`, `files` the paths below `audio`.
pub(crate) fn prompts(
    keys: &[&str],
    sounds: &[(String, String, String)],
    files: &BTreeSet<String>,
) -> Vec<String> {
    let mut found = Vec::new();
    for key in keys {
        for language in ["hi", "en"] {
            let sound = sounds.iter().find(|(known, spoken, _)| known == key && spoken == language);
            match sound {
                None => found.push(format!("prompt {key} has no sound in {language}")),
                Some((_, _, file)) if !files.contains(file) => {
                    found.push(format!("prompt {key} in {language}: audio/{file} is missing"));
                }
                Some(_) => {}
            }
        }
    }
    found
}

pub(crate) fn migrations(tree: &Tree) -> Vec<String> {
    let store = tree.rust("src/store/");
    tree.under("migrations/", ".sql")
        .filter(|file| !store.contains(file.path.as_str()))
        .map(|file| format!("{}: no include_str! of it in src/store", file.path))
        .collect()
}

pub(crate) fn sizes(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = BTreeMap::<String, usize>::new();
    for file in tree.under("", ".rs") {
        let lines = file.text.lines().count();
        if lines > LINES_MAX && !LONG.iter().any(|(path, _)| *path == file.path) {
            found.push(format!("{}: {lines} lines", file.path));
        }
        let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        *folders.entry(folder.to_owned()).or_default() += 1;
        let vague = |part: &str| VAGUE.contains(&part.trim_end_matches(".rs"));
        if folder.split('/').any(vague) || vague(name) {
            found.push(format!("{}: a name that says nothing", file.path));
        }
    }
    found.extend(
        folders
            .iter()
            .filter(|(_, n)| **n > FOLDER_FILES_MAX)
            .map(|(folder, n)| format!("{folder}: {n} files")),
    );
    found.extend(
        LONG.iter()
            .filter(|(path, _)| {
                tree.0
                    .iter()
                    .all(|file| file.path != *path || file.text.lines().count() <= LINES_MAX)
            })
            .map(|(path, _)| format!("{path}: no longer long, take it off the list")),
    );
    found
}

/// Words that must not be in the repository. Written in parts, or this file would break its own rule.
pub(crate) fn marks(tree: &Tree) -> Vec<String> {
    let anywhere = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("FIX", "ME"),
        concat!("TO", "DO"),
    ];
    let in_rust = [
        concat!("#[ig", "nore"),
        concat!("#[should", "_panic"),
        concat!("tod", "o!("),
        concat!("unimple", "mented!("),
        concat!("db", "g!("),
    ];
    let mut found = Vec::new();
    for file in tree.0.iter().filter(|file| file.path != "LICENSE" && file.path != "Cargo.lock") {
        for (number, line) in file.text.lines().enumerate() {
            let rust = file.path.ends_with(".rs");
            let words = anywhere.iter().chain(in_rust.iter().filter(|_| rust));
            for word in words.filter(|word| line.contains(**word)) {
                found.push(format!("{}:{}: {word}", file.path, number + 1));
            }
        }
    }
    found
}

/// Each file says what it is for; errors and logs are lower case without a full stop; no panic outside tests.
pub(crate) fn prose(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for file in tree.under("", ".rs").filter(|file| !file.path.starts_with("target/")) {
        if !file.text.starts_with("//!") {
            found.push(format!("{}: does not say what it is for", file.path));
        }
    }
    for file in tree.under("src/", ".rs") {
        for (number, line) in tree.product(file).lines().enumerate() {
            let place = format!("{}:{}", file.path, number + 1);
            if let Some(message) = message(line) {
                let shouted = message.chars().next().is_some_and(char::is_uppercase)
                    && !message.chars().nth(1).is_some_and(char::is_uppercase);
                if shouted || message.ends_with('.') {
                    found.push(format!(
                        "{place}: a message is lower case without a full stop: {message}"
                    ));
                }
            }
        }
        for (number, line) in code(tree.product(file)).lines().enumerate() {
            if line.contains(".unwrap()") || line.contains("panic!(") {
                found.push(format!("{}:{}: panics outside tests", file.path, number + 1));
            }
        }
    }
    found
}

/// The literal of an `#[error("...")]` or of a log line's message.
fn message(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let logged = ["trace!(", "debug!(", "info!(", "warn!(", "error!("];
    let starts = line.starts_with("#[error(") || logged.iter().any(|call| line.contains(call));
    let (_, rest) = line.split_once('"').filter(|_| starts)?;
    rest.split('"').next()
}

/// Tests wait for events: a sleep hides a race or wastes time. `calm` names the files that sleep, with the reason there.
pub(crate) fn sleeps(tree: &Tree, calm: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in tree.under("tests/", ".rs").filter(|file| !calm.contains(&file.path.as_str())) {
        for (number, line) in code(&file.text).lines().enumerate() {
            if has_word(line, "sleep(") {
                found.push(format!("{}:{}: sleeps", file.path, number + 1));
            }
        }
    }
    found
}

/// Links of the documents to files, and tests that the table of rules names as `folder::test`.
pub(crate) fn documents(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for file in tree.under("", ".md") {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for link in file.text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if link.is_empty() || link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let path = resolve(folder, link);
            if !holds(tree, &path) {
                found.push(format!("{}: no file {path}", file.path));
            }
        }
        for path in file
            .text
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|word| word.starts_with("src/") && !word.contains(['<', '*', ' ', '\n']))
        {
            if !holds(tree, path.trim_end_matches('/')) {
                found.push(format!("{}: no file {path}", file.path));
            }
        }
    }
    let rust = tree.rust("");
    for file in tree.under("docs/", ".md") {
        for name in file
            .text
            .split('`')
            .skip(1)
            .step_by(2)
            .filter_map(|word| word.rsplit_once("::"))
            .map(|(_, name)| name)
        {
            if !rust.contains(&format!("fn {name}(")) {
                found.push(format!("{}: no test {name}", file.path));
            }
        }
    }
    found
}

/// A file, or a folder of one.
fn holds(tree: &Tree, path: &str) -> bool {
    tree.0.iter().any(|file| file.path == path || file.path.starts_with(&format!("{path}/")))
}

fn resolve(folder: &str, link: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Licences of the crates we link, against the list in deny.toml. An SPDX `OR` needs one side, an `AND` both.
pub(crate) fn licences(crates: &[(String, String)], allowed: &BTreeSet<String>) -> Vec<String> {
    let fine = |term: &str| allowed.contains(term.trim().trim_matches(['(', ')']));
    let part = |text: &str| text.replace('/', " OR ").split(" OR ").any(fine);
    crates
        .iter()
        .filter(|(_, licence)| !licence.split(" AND ").all(part))
        .map(|(name, licence)| format!("{name}: {licence}"))
        .collect()
}
