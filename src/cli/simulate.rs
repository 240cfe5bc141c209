//! `simulate`: days of the helpline on a clock that is moved, for planning, and with faults as a test.

use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
};

use super::error::{Error, Result};
use crate::{
    reports,
    sim::{self, Faults, Options, Profile, Seed, print::Report},
};

/// Simulate days of the helpline: its own rules, queue and sweeps with drawn citizens, agents and officers
#[derive(Debug, clap::Args)]
pub struct Simulate {
    /// What is simulated: mp, small or surge
    #[arg(long, default_value = "small")]
    profile: String,
    /// How many days
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=i64::from(sim::DAYS_MAX)))]
    days: u32,
    /// The same seed gives the same result, byte for byte
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A part of the profile's load, agents and channels, as 0.01
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Another number for one of the profile's, as dialler.channels=80; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Let things go wrong: the process ends, the trunk is down, a flood comes
    #[arg(long)]
    faults: bool,
    /// Folder to write the tables as CSV and the plots as SVG to
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub async fn run(simulate: Simulate) -> Result<()> {
    let Simulate { profile, days, seed, scale, set, faults, out } = simulate;
    let profile =
        Profile::named(&profile, &set, scale).map_err(|error| Error::usage(error.to_string()))?;
    let faults = if faults { Faults::Drawn } else { Faults::None };
    let options = Options { profile, seed: Seed(seed), days, faults };
    let shows = std::io::stderr().is_terminal();
    let figures = sim::run(&options, |day, figures| {
        if shows {
            let cases = figures.cases.registered;
            eprint!("\rday {day} of {days}: {cases} cases");
        }
    })
    .await
    .map_err(Error::other)?;
    if shows {
        eprintln!();
    }
    let report = sim::print::report(&options, &figures);
    if let Some(folder) = &out {
        write(folder, &report).map_err(Error::other)?;
    }
    let texts: Vec<String> = report.tables.iter().map(|(_, table)| reports::text(table)).collect();
    std::io::stdout().write_all(texts.join("\n").as_bytes()).map_err(Error::other)
}

fn write(folder: &Path, report: &Report) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, table) in &report.tables {
        std::fs::write(folder.join(format!("{name}.csv")), reports::csv(table))?;
    }
    for (name, plot) in &report.plots {
        std::fs::write(folder.join(format!("{name}.svg")), reports::svg(plot))?;
    }
    Ok(())
}
