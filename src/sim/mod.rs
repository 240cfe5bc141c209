//! Days of the helpline on a clock that is moved: the product itself, its rules, queue and sweeps over a database of its own, with
//! citizens, agents and officers that one seed draws. It decides nothing that the product decides, and checks at every step
//! what must hold. `docs/simulator.md`.

mod centre;
mod citizens;
mod draw;
mod erlang;
mod faults;
pub mod figures;
mod helpline;
mod invariants;
mod officers;
pub mod print;
pub mod profile;
mod world;

use std::sync::Arc;

pub use draw::Seed;
pub use figures::Figures;
pub use invariants::Breach;
pub use profile::Profile;

/// Longest run.
pub const DAYS_MAX: u32 = 400;

#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Breach(#[from] Breach),
    #[error("the simulated helpline failed: {0}")]
    App(#[from] crate::app::Error),
    #[error("no temporary folder")]
    Folder(#[source] Arc<std::io::Error>),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<crate::store::Error> for Error {
    fn from(error: crate::store::Error) -> Self {
        Self::App(error.into())
    }
}

#[derive(Clone, Debug)]
pub struct Options {
    pub profile: Profile,
    pub seed: Seed,
    pub days: u32,
    pub faults: Faults,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    None,
    /// As the profile and the seed have them.
    Drawn,
}

/// Runs it to its end, or to the first breach of what must hold. `told` hears of each day that is over.
pub async fn run(options: &Options, told: impl FnMut(u32, &Figures)) -> Result<Figures> {
    world::World::open(options).await?.run(told).await
}
