//! How far an import is: a bar on a terminal, else a line a step.

use std::io::IsTerminal;

use helpline_proto::v1;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::print;

pub struct Bar {
    bar: Option<ProgressBar>,
    /// Machines read no progress.
    silent: bool,
    step: Option<v1::DirectoryStep>,
}

impl Bar {
    pub fn new(silent: bool) -> Self {
        let style = ProgressStyle::with_template("{msg:10} [{bar:40}] {pos}/{len} {elapsed}")
            .expect("the template is well formed");
        let shown = !silent && std::io::stderr().is_terminal();
        Self { bar: shown.then(|| ProgressBar::new(1).with_style(style)), silent, step: None }
    }

    pub fn step(&mut self, progress: &v1::DirectoryProgress) {
        let word = print::word(progress.step().as_str_name(), "DIRECTORY_STEP_").to_lowercase();
        let count = |n: i64| u64::try_from(n).unwrap_or_default();
        if let Some(bar) = &self.bar {
            bar.set_length(count(progress.total));
            bar.set_position(count(progress.done));
            bar.set_message(word);
        } else if !self.silent && self.step != Some(progress.step()) {
            eprintln!("{word} {}", progress.total);
        }
        self.step = Some(progress.step());
    }

    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
