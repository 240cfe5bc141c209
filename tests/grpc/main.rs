//! The API over real connections: who may call what, what a failure says, and what a hostile peer cannot do.

mod acts;
mod contract;
mod desk;
mod directory;
mod evidence;
mod hostile;
mod intake;
mod kit;
mod limits;
mod officers;
mod powers;
mod process;
mod recordings;
mod sessions;
mod switches;
mod watching;
mod web;
