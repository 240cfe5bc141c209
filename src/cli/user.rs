//! Accounts of staff. It works on the database itself, also while the helpline runs, because the first account has nobody to
//! ask for it.

use std::path::PathBuf;

use super::error::{Error, Result};

#[derive(Debug, clap::Subcommand)]
pub enum User {
    /// Add an account; the password is read from standard input
    Add(Add),
    /// List the accounts
    List(Place),
}

#[derive(Debug, clap::Args)]
pub struct Add {
    login: String,
    /// agent, feedback-caller, supervisor, officer, nodal, collector, district-in-charge, directorate, cm-office, auditor, admin or ivr
    #[arg(long)]
    role: String,
    /// The person's name
    #[arg(long)]
    name: String,
    /// The district of a district role, as district:396
    #[arg(long)]
    district: Option<String>,
    /// A post that the officer holds; may be given several times
    #[arg(long = "post")]
    posts: Vec<i64>,
    #[command(flatten)]
    place: Place,
}

/// Where the database is.
#[derive(Debug, clap::Args)]
pub struct Place {
    /// Settings file
    #[arg(long)]
    config: Option<PathBuf>,
    /// Data directory
    #[arg(long)]
    data: Option<PathBuf>,
    /// postgres://...; otherwise the file in the data directory
    #[arg(long)]
    database: Option<String>,
}

pub async fn run(_user: User) -> Result<()> {
    Err(Error::usage("accounts wait for the use cases"))
}
