//! Why a call ended or was not made: the one table between SIP statuses, Q.850 causes and our own words.

/// Why an outbound call failed, or why a call is being hung up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Ended in the ordinary way.
    Normal,
    Busy,
    /// Rang and nobody answered, or is away.
    NoAnswer,
    Rejected,
    /// The number is not known (404).
    NotFound,
    /// The number was known and is no more (410).
    Gone,
    /// The number has too few or wrong digits (484).
    Incomplete,
    /// The number exists nowhere (604).
    NowhereElse,
    /// The network, the trunk or our own limit is full.
    Congestion,
    /// Nothing came back, or the far side has no open port.
    Unreachable,
    /// No phone of the account is registered, or none that answers.
    Unregistered,
    /// The trunk itself refused or failed, before the citizen's line had a say.
    TrunkFault,
    /// No such trunk is configured for calls of ours.
    NoTrunk,
    /// No channel and no start was free, or every trunk rests: nothing was sent.
    Full,
    /// Its time was over before the INVITE left: nothing was sent.
    Late,
    /// A fault of ours: a number outside the whitelist, no port for its sound, shutting down.
    Local,
}

/// How an outbound call failed, with what the far side said about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    pub cause: Cause,
    pub sip_status: Option<u16>,
    /// The Q.850 cause of the Reason header, when one was sent.
    pub q850: Option<u8>,
}

impl Failure {
    /// A failure that no SIP response explains.
    pub(super) fn local(cause: Cause) -> Self {
        Self { cause, sip_status: None, q850: None }
    }

    /// A failure told by a phone's final response and its Reason header.
    pub(super) fn told(status: u16, q850: Option<u8>) -> Self {
        Self { cause: Cause::from_wire(status, q850), sip_status: Some(status), q850 }
    }

    /// A failure told by a trunk; `rang`: the citizen's phone was ringing.
    pub(super) fn told_by_trunk(status: u16, q850: Option<u8>, rang: bool) -> Self {
        let cause = Cause::from_trunk(status, q850, rang);
        Self { cause, sip_status: Some(status), q850 }
    }

    /// The trunk could not carry the call, where another one might.
    pub(super) fn is_of_trunk(self) -> bool {
        match self.cause {
            Cause::TrunkFault | Cause::Unreachable => true,
            // Out of order is the citizen's line, by whichever way.
            Cause::Congestion => self.q850 != Some(OUT_OF_ORDER),
            Cause::Normal
            | Cause::Busy
            | Cause::NoAnswer
            | Cause::Rejected
            | Cause::NotFound
            | Cause::Gone
            | Cause::Incomplete
            | Cause::NowhereElse
            | Cause::Unregistered
            | Cause::NoTrunk
            | Cause::Full
            | Cause::Late
            | Cause::Local => false,
        }
    }
}

/// "Destination out of order".
const OUT_OF_ORDER: u8 = 27;

/// SIP status and Q.850 causes of one of our causes: RFC 3398 §7.2.4.1 and §8.2.6.1, the first of each is the one we send.
struct Row {
    cause: Cause,
    statuses: &'static [u16],
    q850: &'static [u8],
}

const TABLE: &[Row] = &[
    Row { cause: Cause::Normal, statuses: &[200], q850: &[16] },
    Row { cause: Cause::Busy, statuses: &[486, 600], q850: &[17] },
    Row { cause: Cause::NoAnswer, statuses: &[480, 408, 487], q850: &[19, 18, 20] },
    Row {
        cause: Cause::Rejected,
        statuses: &[603, 403, 401, 405, 407, 433, 488, 606, 607, 608],
        q850: &[21, 55, 57, 87],
    },
    Row { cause: Cause::NotFound, statuses: &[404, 416], q850: &[1, 2, 3] },
    Row { cause: Cause::Gone, statuses: &[410], q850: &[22, 23] },
    Row { cause: Cause::Incomplete, statuses: &[484, 485], q850: &[28] },
    Row { cause: Cause::NowhereElse, statuses: &[604], q850: &[] },
    Row {
        cause: Cause::Congestion,
        statuses: &[503, 500, 502, 504, 429],
        q850: &[34, 38, 41, 42, 44, 47],
    },
    Row { cause: Cause::Unreachable, statuses: &[], q850: &[27] },
    Row { cause: Cause::Unregistered, statuses: &[], q850: &[] },
    Row { cause: Cause::TrunkFault, statuses: &[], q850: &[] },
    Row { cause: Cause::NoTrunk, statuses: &[], q850: &[] },
    Row { cause: Cause::Full, statuses: &[], q850: &[] },
    Row { cause: Cause::Late, statuses: &[], q850: &[] },
    Row { cause: Cause::Local, statuses: &[], q850: &[] },
];

impl Cause {
    /// Reads a final response. The status decides; the Q.850 cause decides where the status is one that gateways use for
    /// anything (RFC 3398 §7.2.4.1 maps whole classes of causes to 480, 500 and 503).
    pub fn from_wire(status: u16, q850: Option<u8>) -> Self {
        let vague = matches!(status, 480 | 487 | 500 | 503 | 603);
        if let Some(cause) = q850.filter(|_| vague).and_then(Self::from_q850) {
            return cause;
        }
        match TABLE.iter().find(|row| row.statuses.contains(&status)) {
            Some(row) => row.cause,
            None if (500..600).contains(&status) => Self::Congestion,
            None => Self::Rejected,
        }
    }

    /// Reads a trunk's final response. What the citizen's line can say is counted up; everything else is the trunk's own.
    fn from_trunk(status: u16, q850: Option<u8>, rang: bool) -> Self {
        match (status, q850) {
            (_, Some(OUT_OF_ORDER)) => Self::Congestion,
            // RFC 3398 §8.2.6.1: 21, the citizen rejects, comes as 403 too; 55, 57 and 87 bar us and not the citizen.
            (403 | 603, Some(55 | 57 | 87)) => Self::TrunkFault,
            (403 | 408 | 500..=599, Some(q850)) if Self::from_q850(q850).is_some() => {
                Self::from_q850(q850).unwrap_or(Self::TrunkFault)
            }
            (404 | 410 | 480 | 484..=487 | 600 | 603 | 604 | 607 | 608, q850) => {
                Self::from_wire(status, q850)
            }
            (408, _) if rang => Self::NoAnswer,
            (503, _) => Self::Congestion,
            _ => Self::TrunkFault,
        }
    }

    fn from_q850(q850: u8) -> Option<Self> {
        TABLE.iter().find(|row| row.q850.contains(&q850)).map(|row| row.cause)
    }

    /// How evidence spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Busy => "BUSY",
            Self::NoAnswer => "NO_ANSWER",
            Self::Rejected => "REJECTED",
            Self::NotFound => "NOT_FOUND",
            Self::Gone => "GONE",
            Self::Incomplete => "INCOMPLETE",
            Self::NowhereElse => "NOWHERE_ELSE",
            Self::Congestion => "CONGESTION",
            Self::Unreachable => "UNREACHABLE",
            Self::Unregistered => "UNREGISTERED",
            Self::TrunkFault => "TRUNK_FAULT",
            Self::NoTrunk => "NO_TRUNK",
            Self::Full => "FULL",
            Self::Late => "LATE",
            Self::Local => "LOCAL",
        }
    }

    /// The Q.850 cause that we send for this one.
    pub fn q850(self) -> u8 {
        // 31 is "normal, unspecified", 38 "network out of order".
        let fallback = if self == Self::Local { 38 } else { 31 };
        let row = TABLE.iter().find(|row| row.cause == self);
        row.and_then(|row| row.q850.first().copied()).unwrap_or(fallback)
    }

    /// The value of a Reason header (RFC 3326).
    pub(super) fn reason(self) -> String {
        format!("Q.850;cause={}", self.q850())
    }
}

/// Reads the Q.850 cause of a Reason header's value; other protocols in it are passed over.
pub(super) fn q850_of(reason: &str) -> Option<u8> {
    let part = reason.split(',').find(|part| {
        let protocol = part.split(';').next().unwrap_or_default();
        protocol.trim().eq_ignore_ascii_case("q.850")
    })?;
    part.split(';').skip(1).find_map(|param| {
        let (name, value) = param.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("cause") {
            return None;
        }
        value.trim().parse::<u8>().ok().filter(|cause| *cause <= 127)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_the_rule_book_has_its_cause() {
        let expected = [
            (486, Cause::Busy),
            (600, Cause::Busy),
            (480, Cause::NoAnswer),
            (408, Cause::NoAnswer),
            (487, Cause::NoAnswer),
            (603, Cause::Rejected),
            (403, Cause::Rejected),
            (404, Cause::NotFound),
            (410, Cause::Gone),
            (484, Cause::Incomplete),
            (604, Cause::NowhereElse),
            (500, Cause::Congestion),
            (503, Cause::Congestion),
            (302, Cause::Rejected),
            (599, Cause::Congestion),
        ];
        for (status, cause) in expected {
            assert_eq!(Cause::from_wire(status, None), cause, "{status}");
        }
    }

    #[test]
    fn a_q850_cause_explains_a_vague_status_and_never_a_plain_one() {
        assert_eq!(Cause::from_wire(503, Some(17)), Cause::Busy);
        assert_eq!(Cause::from_wire(480, Some(34)), Cause::Congestion);
        assert_eq!(Cause::from_wire(603, Some(17)), Cause::Busy);
        assert_eq!(Cause::from_wire(404, Some(17)), Cause::NotFound);
        assert_eq!(Cause::from_wire(503, Some(126)), Cause::Congestion);
    }

    #[test]
    fn what_a_trunk_refuses_is_its_own_fault_and_what_the_line_says_is_not() {
        for status in
            [302, 400, 401, 402, 403, 405, 407, 415, 416, 420, 488, 500, 502, 504, 513, 606]
        {
            assert_eq!(Cause::from_trunk(status, None, false), Cause::TrunkFault, "{status}");
        }
        let expected = [
            (486, None, Cause::Busy),
            (600, None, Cause::Busy),
            (480, None, Cause::NoAnswer),
            (603, None, Cause::Rejected),
            (404, None, Cause::NotFound),
            (410, None, Cause::Gone),
            (484, None, Cause::Incomplete),
            (604, None, Cause::NowhereElse),
            (503, None, Cause::Congestion),
            (403, Some(21), Cause::Rejected),
            (403, Some(57), Cause::TrunkFault),
            (500, Some(17), Cause::Busy),
            (502, Some(27), Cause::Congestion),
            (480, Some(27), Cause::Congestion),
        ];
        for (status, q850, cause) in expected {
            assert_eq!(Cause::from_trunk(status, q850, false), cause, "{status} {q850:?}");
        }
        for q850 in [34, 38, 41, 42, 44, 47] {
            assert_eq!(Cause::from_trunk(503, Some(q850), false), Cause::Congestion, "{q850}");
            assert_eq!(Cause::from_trunk(500, Some(q850), false), Cause::Congestion, "{q850}");
        }
    }

    #[test]
    fn a_time_out_is_the_trunks_until_the_phone_rings() {
        assert_eq!(Cause::from_trunk(408, None, false), Cause::TrunkFault);
        assert_eq!(Cause::from_trunk(408, None, true), Cause::NoAnswer);
    }

    #[test]
    fn only_what_another_trunk_may_carry_is_passed_on() {
        let passes = |status, q850| Failure::told_by_trunk(status, q850, false).is_of_trunk();

        for status in [401, 403, 407, 408, 488, 500, 503] {
            assert!(passes(status, None), "{status}");
        }
        assert!(passes(503, Some(34)));
        for (status, q850) in [(486, None), (404, None), (480, None), (603, None), (502, Some(27))]
        {
            assert!(!passes(status, q850), "{status}");
        }
    }

    #[test]
    fn no_status_and_no_q850_cause_stands_in_two_rows() {
        let mut statuses: Vec<u16> = TABLE.iter().flat_map(|row| row.statuses).copied().collect();
        let mut causes: Vec<u8> = TABLE.iter().flat_map(|row| row.q850).copied().collect();
        let (all_statuses, all_causes) = (statuses.len(), causes.len());

        statuses.sort_unstable();
        statuses.dedup();
        causes.sort_unstable();
        causes.dedup();

        assert_eq!((statuses.len(), causes.len()), (all_statuses, all_causes));
    }

    #[test]
    fn the_reason_header_is_read_with_and_without_other_protocols() {
        assert_eq!(q850_of("Q.850;cause=17;text=\"busy\""), Some(17));
        assert_eq!(q850_of("SIP;cause=200, q.850 ; cause = 16"), Some(16));
        assert_eq!(q850_of("SIP;cause=486"), None);
        assert_eq!(q850_of("Q.850;cause=999"), None);
        assert_eq!(q850_of(""), None);
    }

    #[test]
    fn hanging_up_tells_the_q850_cause() {
        assert_eq!(Cause::Normal.reason(), "Q.850;cause=16");
        assert_eq!(Cause::Local.reason(), "Q.850;cause=38");
        assert_eq!(Cause::NoTrunk.reason(), "Q.850;cause=31");
    }
}
