//! Checks, plays and imports the spoken prompts.

use super::error::{Error, Result};

#[derive(Debug, clap::Args)]
pub struct Prompts {}

pub async fn run(_prompts: Prompts) -> Result<()> {
    Err(Error::usage("the prompts are not built yet"))
}
