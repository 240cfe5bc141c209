//! One suite, both engines. `TEST_POSTGRES_URL` names a server; without one the suite fails.

#[macro_use]
mod kit;

mod accounts;
mod acts;
mod chain;
mod directory;
mod feed;
mod feedback;
mod flags;
mod gates;
mod grades;
mod intake;
mod leases;
mod lists;
mod nodes;
mod queue;
mod reads;
mod recordings;
mod requests;
mod reviews;
mod rounds;
mod rows;
mod seals;
mod stock;
mod torn;
mod uncertain;
