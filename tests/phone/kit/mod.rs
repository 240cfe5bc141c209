//! What the calls are made with: the server, its API, the three kinds of phones and the networks between them.

pub(crate) mod api;
pub(crate) mod baresip;
pub(crate) mod caller;
pub(crate) mod many;
pub(crate) mod network;
pub(crate) mod output;
pub(crate) mod quick;
pub(crate) mod relay;
pub(crate) mod rtp;
pub(crate) mod script;
pub(crate) mod seen;
pub(crate) mod server;
pub(crate) mod sip;
pub(crate) mod sipp;
pub(crate) mod sounds;
