//! How far an import is: a bar on a terminal, else a line a step.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::print;

pub struct Bar {
    bar: Option<ProgressBar>,
    /// Machines read no progress.
    silent: bool,
    step: Option<String>,
}

impl Bar {
    pub fn new(silent: bool) -> Self {
        let style = ProgressStyle::with_template("{msg:10} [{bar:40}] {pos}/{len} {elapsed}")
            .expect("the template is well formed");
        let shown = !silent && std::io::stderr().is_terminal();
        Self { bar: shown.then(|| ProgressBar::new(1).with_style(style)), silent, step: None }
    }

    /// `name` is a word of the API, and `prefix` what all of its kind begin with.
    pub fn step(&mut self, name: &'static str, prefix: &'static str, done: i64, total: i64) {
        let word = print::word(name, prefix).to_lowercase();
        let count = |n: i64| u64::try_from(n).unwrap_or_default();
        if let Some(bar) = &self.bar {
            bar.set_length(count(total));
            bar.set_position(count(done));
            bar.set_message(word.clone());
        } else if !self.silent && self.step.as_ref() != Some(&word) {
            eprintln!("{word} {total}");
        }
        self.step = Some(word);
    }

    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
