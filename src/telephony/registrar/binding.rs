//! One registered contact of a phone account, and what is told when it comes, answers, falls silent or goes.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use crate::telephony::Transport;
use crate::telephony::arrival::masked;

/// One registered contact of a phone account, as it stands now.
#[derive(Clone, PartialEq, Eq)]
pub struct Binding {
    /// Of this process; never given twice.
    pub id: u64,
    pub account: String,
    /// As the phone wrote it: named in requests, never believed for where they go.
    pub contact: String,
    /// The device's `+sip.instance`, with its `reg-id` when it has several flows (RFC 5626).
    pub instance: Option<String>,
    /// Proxies between us and the phone, nearest first (RFC 3327).
    pub path: Vec<String>,
    /// Where it registered from, which is where its calls go.
    pub source: SocketAddr,
    pub transport: Transport,
    pub call_id: String,
    pub cseq: u32,
    /// How long it counts unless it is refreshed.
    pub left: Duration,
    /// Answers our OPTIONS. A silent one is kept and not rung.
    pub reachable: bool,
}

/// Something happened to a binding.
#[derive(Clone, PartialEq, Eq)]
pub struct BindingNews {
    pub account: String,
    pub binding: u64,
    pub change: Change,
    /// Bindings of the account that can be rung from now on.
    pub reachable: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Registered {
        left: Duration,
    },
    Refreshed {
        left: Duration,
    },
    /// It left our OPTIONS unanswered twice; it counts again when it answers or registers.
    Silent,
    Answers,
    Removed(Removal),
}

/// What came of an OPTIONS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Answers,
    Silent,
    FlowFailed,
}

/// Why a binding is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    ByPhone,
    Expired,
    /// Its TCP or TLS connection is closed.
    Disconnected,
    /// The proxy on its path has no connection to it any more (430, RFC 5626 §5.3.1).
    FlowFailed,
    /// The same device registered another contact.
    Replaced,
    /// The account had more phones than it may; the oldest gave way.
    Displaced,
}

/// Softphones often take a mobile number for their user name, and write it into their contact.
impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binding")
            .field("id", &self.id)
            .field("account", &masked(&self.account))
            .field("source", &self.source)
            .field("transport", &self.transport)
            .field("left", &self.left)
            .field("reachable", &self.reachable)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for BindingNews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BindingNews")
            .field("account", &masked(&self.account))
            .field("binding", &self.binding)
            .field("change", &self.change)
            .field("reachable", &self.reachable)
            .finish()
    }
}
