//! Where each call's packets come from and go to, by Call-ID; an entry lives exactly as long as its call.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::telephony::Transport;

/// Which of the two endpoints a message belongs to: a stalled phone never holds up a trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Trunks,
    Phones,
}

/// One call's path. What the Contact header says is never believed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flow {
    pub side: Side,
    pub to: SocketAddr,
    pub transport: Transport,
    pub from: Source,
}

/// Who may speak in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A phone: its registered flow and nothing else.
    Exactly(SocketAddr),
    /// A trunk: any port of its addresses.
    Hosts(Vec<IpAddr>),
}

impl Source {
    pub(crate) fn allows(&self, source: SocketAddr) -> bool {
        match self {
            Self::Exactly(address) => *address == source,
            Self::Hosts(hosts) => hosts.contains(&source.ip()),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Flows(Mutex<HashMap<String, Flow>>);

impl Flows {
    fn map(&self) -> MutexGuard<'_, HashMap<String, Flow>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a call; false when its Call-ID is taken (a request that came round a loop, or a guess).
    pub(crate) fn enter(&self, call_id: &str, flow: Flow) -> bool {
        let mut map = self.map();
        if map.contains_key(call_id) {
            return false;
        }
        map.insert(call_id.to_owned(), flow);
        true
    }

    pub(crate) fn get(&self, call_id: &str) -> Option<Flow> {
        self.map().get(call_id).cloned()
    }

    pub(crate) fn leave(&self, call_id: &str) {
        self.map().remove(call_id);
    }

    pub(crate) fn count(&self) -> usize {
        self.map().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow() -> Flow {
        Flow {
            side: Side::Phones,
            to: "127.0.0.1:5070".parse().unwrap(),
            transport: Transport::Udp,
            from: Source::Exactly("127.0.0.1:5070".parse().unwrap()),
        }
    }

    #[test]
    fn a_call_id_that_is_taken_is_not_taken_over() {
        let flows = Flows::default();

        assert!(flows.enter("c1", flow()));
        assert!(!flows.enter("c1", Flow { side: Side::Trunks, ..flow() }));
        assert_eq!(flows.get("c1"), Some(flow()));
    }

    #[test]
    fn an_entry_leaves_with_its_call() {
        let flows = Flows::default();
        flows.enter("c1", flow());
        flows.leave("c1");

        assert_eq!((flows.get("c1"), flows.count()), (None, 0));
    }

    #[test]
    fn a_phone_speaks_from_its_port_and_a_trunk_from_its_hosts() {
        let hosts = Source::Hosts(vec!["127.0.0.2".parse().unwrap()]);

        assert!(flow().from.allows("127.0.0.1:5070".parse().unwrap()));
        assert!(!flow().from.allows("127.0.0.1:5071".parse().unwrap()));
        assert!(hosts.allows("127.0.0.2:9".parse().unwrap()));
        assert!(!hosts.allows("127.0.0.3:9".parse().unwrap()));
    }
}
