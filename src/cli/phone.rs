//! The terminal softphone.

use super::error::{Error, Result};

#[derive(Debug, clap::Args)]
pub struct Phone {}

pub async fn run(_phone: Phone) -> Result<()> {
    Err(Error::usage("the phone is not built yet"))
}
