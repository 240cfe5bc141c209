//! The RTP rule's clock: how long nothing, neither RTP nor RTCP, has been heard of a peer that should be heard.

/// Whether silence means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Not answered yet, or only we send.
    Nothing,
    Talk,
    Held,
}

/// Times are milliseconds on any one clock.
#[derive(Debug)]
pub struct Watch {
    expect: Expect,
    since_ms: u64,
    talking_ms: u64,
    held_ms: u64,
}

impl Watch {
    pub fn new(talking_ms: u64, held_ms: u64) -> Self {
        Self { expect: Expect::Nothing, since_ms: 0, talking_ms, held_ms }
    }

    /// Begins a new wait: each negotiation is a sign of life of its own.
    pub fn expect(&mut self, expect: Expect, at_ms: u64) {
        self.expect = expect;
        self.since_ms = at_ms;
    }

    pub fn heard(&mut self, at_ms: u64) {
        self.since_ms = at_ms;
    }

    /// Whether the time-out has run out; it then starts again, so a peer that answers otherwise is asked once a time-out.
    pub fn ran_out(&mut self, at_ms: u64) -> bool {
        let limit_ms = match self.expect {
            Expect::Nothing => return false,
            Expect::Talk => self.talking_ms,
            Expect::Held => self.held_ms,
        };
        if at_ms.saturating_sub(self.since_ms) < limit_ms {
            return false;
        }
        self.since_ms = at_ms;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(expect: Expect) -> Watch {
        let mut watch = Watch::new(30_000, 300_000);
        watch.expect(expect, 1_000);
        watch
    }

    #[test]
    fn a_talking_peer_is_silent_after_thirty_seconds() {
        let mut watch = watch(Expect::Talk);

        assert!(!watch.ran_out(30_999));
        assert!(watch.ran_out(31_000));
    }

    #[test]
    fn a_packet_puts_it_off() {
        let mut watch = watch(Expect::Talk);
        watch.heard(20_000);

        assert!(!watch.ran_out(49_999));
        assert!(watch.ran_out(50_000));
    }

    #[test]
    fn it_is_told_again_only_after_another_timeout() {
        let mut watch = watch(Expect::Talk);

        assert!(watch.ran_out(31_000));
        assert!(!watch.ran_out(60_999));
        assert!(watch.ran_out(61_000));
    }

    #[test]
    fn a_holding_peer_has_five_minutes() {
        let mut watch = watch(Expect::Held);

        assert!(!watch.ran_out(300_999));
        assert!(watch.ran_out(301_000));
    }

    #[test]
    fn resuming_starts_the_short_wait_afresh() {
        let mut watch = watch(Expect::Held);
        watch.expect(Expect::Talk, 200_000);

        assert!(!watch.ran_out(229_999));
        assert!(watch.ran_out(230_000));
    }

    #[test]
    fn early_and_one_way_media_are_never_silent() {
        assert!(!watch(Expect::Nothing).ran_out(u64::MAX));
    }
}
