//! Officers at the API: the inbox.

mod inbox;
