//! Wires the parts of the helpline, runs them until a signal comes, and ends them in order.

mod dialling;
mod greeting;
mod house;
pub mod logs;
pub mod settings;

use std::{env, time::Duration};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    error::{Error, Result},
    place::Place,
};
use house::House;

#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Load the sample directory and accounts, keep a clock of its own, and take 127.0.0.2 for a trunk
    #[arg(long)]
    demo: bool,
    /// Let anyone ask which services there are
    #[arg(long)]
    dev: bool,
    #[command(flatten)]
    place: Place,
}

pub async fn run(serve: Serve) -> Result<()> {
    let mut settings = serve.place.settings()?;
    if serve.demo {
        settings.demonstrate();
    }
    logs::start(&settings.logs, env::var("RUST_LOG").ok()).map_err(Error::other)?;
    let mut signals = Signals::listen()?;
    let house = tokio::select! {
        house = House::open(&serve, &settings) => house?,
        () = signals.next() => return Ok(()),
    };
    greeting::print(&house, &settings)?;
    tracing::info!("ready");
    signals.next().await;
    tracing::info!("shutting down");
    tokio::select! {
        () = house.close(Duration::from_secs(settings.sip.drain_s)) => {
            tracing::info!(panics = logs::panics(), "ended");
        }
        () = signals.next() => tracing::warn!("ended at once, by a second signal"),
    }
    Ok(())
}

/// SIGTERM and SIGINT, told alike.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(Error::other)?,
            interrupt: signal(SignalKind::interrupt()).map_err(Error::other)?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
