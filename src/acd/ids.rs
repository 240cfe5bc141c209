//! Names of what the queue speaks of. The driver gives callers, agents and citizens theirs; offers are numbered here.

use serde::{Deserialize, Serialize};

use std::fmt;

/// One call of a citizen, unique over all nodes and restarts. A call-back keeps the id of the first call behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallerId(pub i64);

/// The account of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AgentId(pub i64);

/// One agent's phone ringing for one caller; unique within one life of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OfferId(pub u64);

/// Who the citizen is, as a keyed digest of the number: the queue compares it and can read nothing in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CitizenKey(pub [u8; 32]);

/// Enough to tell two apart in a log, too little to look one up.
impl fmt::Debug for CitizenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "citizen {:02x}{:02x}", self.0[0], self.0[1])
    }
}

/// For whom an agent's phone rings: somebody on the line, or somebody who was promised a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    Caller(CallerId),
    CallBack(CallerId),
}
