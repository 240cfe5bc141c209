//! The tree as the rules see it: files with their text, and code without comments and string literals.

use std::{fs, path::Path, process::Command};

pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// All text files that are tracked or would be, by `git ls-files`; without git, by walking.
pub(crate) struct Tree(pub(crate) Vec<File>);

impl Tree {
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let listed = Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output();
        let paths = match listed {
            Ok(output) if output.status.success() => {
                String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
            }
            _ => walk(root, root),
        };
        let read = |path: String| {
            fs::read_to_string(root.join(&path)).ok().map(|text| File { path, text })
        };
        Self(paths.into_iter().filter_map(read).collect())
    }

    /// A tree for a planted violation.
    pub(crate) fn planted(files: &[(&str, &str)]) -> Self {
        Self(
            files
                .iter()
                .map(|(path, text)| File { path: (*path).into(), text: (*text).into() })
                .collect(),
        )
    }

    pub(crate) fn under<'a>(
        &'a self,
        folder: &'a str,
        ending: &'a str,
    ) -> impl Iterator<Item = &'a File> {
        self.0
            .iter()
            .filter(move |file| file.path.starts_with(folder) && file.path.ends_with(ending))
    }

    /// The part of a file that is no test.
    pub(crate) fn product<'a>(&self, file: &'a File) -> &'a str {
        let tests = self.0.iter().flat_map(File::test_modules);
        let within = |module: String| {
            file.path == format!("{module}.rs") || file.path.starts_with(&format!("{module}/"))
        };
        if tests.into_iter().any(within) { "" } else { file.before_tests() }
    }

    /// All of a folder's Rust in one text.
    pub(crate) fn rust(&self, folder: &str) -> String {
        self.under(folder, ".rs").map(|file| file.text.as_str()).collect()
    }
}

fn walk(root: &Path, dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir()
            && !["target", ".git", "helpline-data", "node_modules"].contains(&name.as_str())
        {
            found.extend(walk(root, &path));
        } else if path.is_file() {
            found.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
        }
    }
    found
}

impl File {
    /// The layer a file of `src` belongs to: its folder, or its name at the root.
    pub(crate) fn layer(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("src/")?;
        Some(rest.split('/').next().unwrap().trim_end_matches(".rs"))
    }

    /// The text before the file's own tests.
    fn before_tests(&self) -> &str {
        let inline = |at: &usize| {
            let line = self.text[at + "\n#[cfg(test)]\n".len()..].lines().next().unwrap_or("");
            line.contains("mod ") && !line.ends_with(';')
        };
        let at = self.text.match_indices("\n#[cfg(test)]\n").map(|(at, _)| at).find(inline);
        &self.text[..at.unwrap_or(self.text.len())]
    }

    /// Where the modules that this file declares for tests alone are, without their ending.
    fn test_modules(&self) -> impl Iterator<Item = String> {
        let folder = self
            .path
            .trim_end_matches("/mod.rs")
            .trim_end_matches("lib.rs")
            .trim_end_matches(".rs");
        let folder = folder.trim_end_matches('/');
        self.text.split("#[cfg(test)]\n").skip(1).filter_map(move |rest| {
            let line = rest.lines().next()?.strip_suffix(';')?;
            Some(format!("{folder}/{}", line.rsplit_once("mod ")?.1))
        })
    }

    /// Modules between the crate's root and this file's module: 0 for `lib.rs`.
    pub(crate) fn depth(&self) -> usize {
        let parts = self.path.trim_start_matches("src/").split('/').count();
        if self.path.ends_with("/mod.rs") { parts - 1 } else { parts }
    }
}

/// Code with comments and the insides of string literals blanked; lines keep their numbers.
pub(crate) fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if let Some(raw) = raw_string(rest) {
            raw
        } else if next == '"' {
            string(rest)
        } else if next == '\'' && rest[1..].starts_with(['"', '\\']) {
            // A quoted quote, or an escape.
            rest[2..].find('\'').map_or(rest.len(), |at| at + 3)
        } else {
            out.push(next);
            rest = &rest[next.len_utf8()..];
            continue;
        };
        out.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[length..];
    }
    out
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn raw_string(text: &str) -> Option<usize> {
    let hashes = text.strip_prefix('r')?.chars().take_while(|c| *c == '#').count();
    let body = text[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(2 + hashes + body.find(&end).map_or(body.len(), |at| at + end.len()))
}

/// Whether `word` stands in `code` with no letter, digit or `_` at either end that has one itself.
pub(crate) fn has_word(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back().is_some_and(part) && word.starts_with(part);
        let after =
            code[at + word.len()..].chars().next().is_some_and(part) && word.ends_with(part);
        !before && !after
    })
}
