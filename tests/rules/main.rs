//! Whole lives of cases over the use cases, on both engines.

#[macro_use]
mod kit;

mod answers;
mod attendance;
mod calls;
mod citizens;
mod desk;
mod dialler;
mod dials;
mod directory;
mod doubted;
mod escalation;
mod feedback;
mod flags;
mod grades;
mod incidents;
mod intake;
mod notices;
mod officer_line;
mod old_cases;
mod outages;
mod people;
mod recordings;
mod requests;
mod reviews;
mod workers;
