//! The calls of citizens that are about something else than a resolution.

mod courtesies;
mod wishes;
