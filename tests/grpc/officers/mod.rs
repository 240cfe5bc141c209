//! Officers at the API: the inbox, and the app with its link.

mod app;
mod inbox;
mod link;
