//! What a board shows of who waits.

use super::{CallerId, Queue, Who};
use crate::domain::time::Timestamp;

impl Queue {
    /// Callers who wait, the next first.
    pub fn waiting(&self) -> Vec<CallerId> {
        let callers = self.order(self.last).into_iter().filter_map(|who| match who {
            Who::Caller(caller) => Some(caller),
            Who::CallBack(_) => None,
        });
        callers.collect()
    }

    /// 0 when nobody waits.
    pub fn longest_wait_ms(&self, now: Timestamp) -> i64 {
        let waits = self.callers.values().filter(|caller| caller.waits());
        waits.map(|caller| now.since(caller.place.arrival).max(0)).max().unwrap_or(0)
    }
}
