//! The words of messages: checks a file of registered templates.

use std::{fs, path::PathBuf};

use clap::Subcommand;

use super::error::{Error, Result};
use crate::{
    app::notices::Templates,
    domain::notice::{
        segments::segments,
        template::{NAMES, VARIABLE_CHARS_MAX, Values},
    },
};

#[derive(Debug, Subcommand)]
pub enum Notices {
    /// Check that each text is the registered one, and say in how many parts it is sent at most
    Check {
        /// The templates; the sample's when it is left out
        file: Option<PathBuf>,
    },
}

impl Notices {
    pub fn run(self) -> Result<()> {
        let Self::Check { file } = self;
        let templates = match file {
            Some(file) => {
                let text = fs::read_to_string(&file).map_err(Error::other)?;
                Templates::parse(&text).map_err(Error::other)?
            }
            None => Templates::sample(),
        };
        // Each variable as long as it may be.
        let longest: Values = [(); NAMES.len()].map(|()| "9".repeat(VARIABLE_CHARS_MAX));
        for (to, template) in templates.all() {
            let parts = segments(&template.render(&longest));
            println!(
                "{:<16} {:<8} {}  {:<20} {} {} parts at most",
                template.key,
                to,
                template.language,
                template.id,
                if parts.unicode { "UCS-2" } else { "GSM-7" },
                parts.parts,
            );
        }
        Ok(())
    }
}
