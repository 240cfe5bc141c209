//! Wires the parts of the helpline, runs them until a signal comes, and ends them in order.

pub mod logs;
pub mod settings;

use std::path::PathBuf;

use super::error::{Error, Result};

#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Load the sample directory and accounts, keep a clock of its own, and take 127.0.0.2 for a trunk
    #[arg(long)]
    demo: bool,
    /// Offer reflection
    #[arg(long)]
    dev: bool,
    /// Settings file; helpline181.toml in the working directory when it is there
    #[arg(long)]
    config: Option<PathBuf>,
    /// Data directory
    #[arg(long)]
    data: Option<PathBuf>,
    /// postgres://...; otherwise a file in the data directory
    #[arg(long)]
    database: Option<String>,
}

pub async fn run(_serve: Serve) -> Result<()> {
    Err(Error::usage("the helpline is not wired yet"))
}
