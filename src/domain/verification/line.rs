//! One citizen, one line: which call of ours rings it now, and which kind of call may ring it this evening.

use super::{
    Purpose, Round,
    attempts::{Used, next_morning},
};
use crate::domain::{
    change::{Slot, SlotKind},
    citizen::{NotNow, Safety, may_ring},
    policy::Verification,
    refused::Refused,
    time::{Day, Timestamp},
    words,
};

words! {
    /// The kinds of calls that the helpline makes to citizens.
    pub enum CallKind {
        Verification = "VERIFICATION",
        /// After a special or forced close.
        Courtesy = "COURTESY",
        /// Promised on a call of the citizen's, whose number proved nothing.
        Promise = "PROMISE",
        /// Of the call centre's queue.
        CallBack = "CALL_BACK",
        /// A feedback caller.
        Feedback = "FEEDBACK",
        /// An agent of the call centre, a supervisor among them.
        Agent = "AGENT",
        Officer = "OFFICER",
        /// Who reviews cases in a meeting.
        Meeting = "MEETING",
        /// None of ours: the citizen is on a call to us that a promised one waits for.
        Own = "OWN",
    }
}

impl CallKind {
    /// What the dialler rings a round for.
    pub fn of(round: &Round) -> Self {
        match round.purpose {
            _ if round.ring_back => Self::Promise,
            Purpose::Resolution => Self::Verification,
            Purpose::Courtesy => Self::Courtesy,
            Purpose::Withdrawal | Purpose::Reopening | Purpose::Unmerging => Self::Promise,
        }
    }

    /// A person decides at this moment, for this citizen, that the call is needed.
    fn is_by_hand(self) -> bool {
        match self {
            Self::Agent | Self::Officer | Self::Meeting => true,
            Self::Verification
            | Self::Courtesy
            | Self::Promise
            | Self::CallBack
            | Self::Feedback
            | Self::Own => false,
        }
    }

    /// A call-back that the citizen is owed comes first.
    pub fn yields(self) -> bool {
        matches!(self, Self::Verification | Self::Courtesy)
    }
}

/// A citizen's line, held by one call until its lease runs out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub citizen: i64,
    pub kind: CallKind,
    /// Names the one call that holds it; its name is all the power that it takes to renew or free it.
    pub call: String,
    pub taken_at: Timestamp,
    pub until: Timestamp,
}

/// Which kind of call rings a citizen in one evening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evening {
    pub citizen: i64,
    pub day: Day,
    pub kind: CallKind,
    pub rung_at: Timestamp,
    /// When the citizen asked for this kind of call.
    pub asked_at: Option<Timestamp>,
}

impl Evening {
    /// What a call that begins now takes; None by day. The evening is the state's, in every district. A person who decides to call asks at this moment.
    pub fn of(
        policy: &Verification,
        citizen: i64,
        kind: CallKind,
        asked_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Self> {
        let [.., begin, end] = policy.part_minutes;
        (begin..end).contains(&now.ist_minute()).then(|| Self {
            citizen,
            day: now.ist_day(),
            kind,
            rung_at: now,
            asked_at: if kind.is_by_hand() { Some(now) } else { asked_at },
        })
    }

    /// May the evening go over from this to the next? The kind that rang may ring again; another only for a citizen who asked
    /// for it since. The store's gate says the same of the row.
    pub fn admits(&self, next: &Self) -> bool {
        self.kind == next.kind || next.asked_at.is_some_and(|asked| self.rung_at < asked)
    }
}

/// Why a citizen is not rung by a person now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotRung {
    pub why: Refused,
    /// None: not by waiting.
    pub until: Option<Timestamp>,
}

/// What a call takes that is no round's: a dial of the day, and the evening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takes {
    pub slot: Slot,
    pub evening: Option<Evening>,
}

/// Decides at the moment of dialling, for calls of people and of the queue.
pub fn at_ringing(
    policy: &Verification,
    (citizen, safety): (i64, Safety),
    (kind, asked_at): (CallKind, Option<Timestamp>),
    used: Used,
    now: Timestamp,
) -> Result<Takes, NotRung> {
    let not = |why, until| Err(NotRung { why, until });
    match may_ring(safety, now) {
        Ok(()) => {}
        Err(NotNow::Never) => return not(Refused::DoNotCall, None),
        Err(NotNow::Before(at)) => return not(Refused::OutsideHours, Some(at)),
    }
    if used.dials >= policy.phone_dials_a_day_max {
        return not(Refused::PhoneCapReached, Some(next_morning(policy, now)));
    }
    let evening = Evening::of(policy, citizen, kind, asked_at, now);
    if is_taken(used.evening, evening) {
        return not(Refused::RungThisEvening, Some(next_morning(policy, now)));
    }
    let slot = Slot { citizen, day: now.ist_day(), kind: SlotKind::Dial, n: used.dials + 1 };
    Ok(Takes { slot, evening })
}

/// Another kind of call has the evening, and keeps it.
pub(super) fn is_taken(held: Option<Evening>, wanted: Option<Evening>) -> bool {
    held.zip(wanted).is_some_and(|(held, wanted)| !held.admits(&wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::Policy;

    /// 2026-11-22T17:00:00+05:30
    const FIVE: Timestamp = Timestamp(1_795_347_000_000);

    fn evening(kind: CallKind, rung_ms: i64, asked_ms: Option<i64>) -> Evening {
        Evening {
            citizen: 12,
            day: Day(20_261_122),
            kind,
            rung_at: FIVE.plus_ms(rung_ms),
            asked_at: asked_ms.map(|ms| FIVE.plus_ms(ms)),
        }
    }

    #[test]
    fn the_evening_is_of_one_kind_of_call_unless_the_citizen_asked_for_another_since() {
        for &first in CallKind::ALL {
            for &next in CallKind::ALL {
                let held = evening(first, 0, None);
                let admits = |asked| held.admits(&evening(next, 60_000, asked));

                // Rung again by the same kind, also unasked.
                assert_eq!(admits(None), first == next, "{first} {next}");
                // Asked for before the ring, and in its very moment: the ring was the answer.
                assert_eq!(admits(Some(-1)), first == next, "{first} {next}");
                assert_eq!(admits(Some(0)), first == next, "{first} {next}");
                // Asked for since.
                assert!(admits(Some(1)), "{first} {next}");
            }
        }
    }

    #[test]
    fn who_decides_by_hand_asks_at_that_moment() {
        let policy = Policy::standard().verification;
        for &kind in CallKind::ALL {
            let taken = Evening::of(&policy, 12, kind, None, FIVE).unwrap();

            let by_hand = matches!(kind, CallKind::Agent | CallKind::Officer | CallKind::Meeting);
            assert_eq!(taken.asked_at, by_hand.then_some(FIVE), "{kind}");
        }
    }

    #[test]
    fn only_the_evening_is_of_one_kind() {
        let policy = Policy::standard().verification;
        let of = |hour: i64| {
            let now = FIVE.plus_ms((hour - 17) * 3_600_000);
            Evening::of(&policy, 12, CallKind::Courtesy, None, now).is_some()
        };

        assert_eq!([of(9), of(15), of(16), of(19), of(20)], [false, false, true, true, false]);
    }

    #[test]
    fn a_call_by_a_person_counts_among_the_dials_of_the_day_and_keeps_to_safe_hours() {
        let policy = Policy::standard().verification;
        let ask = |safety, dials, held| {
            let used = Used { dials, evening: held, ..Used::default() };
            at_ringing(&policy, (12, safety), (CallKind::CallBack, None), used, FIVE)
        };
        let morning = Some(Timestamp(1_795_404_600_000));

        let taken = ask(Safety::default(), 5, None).unwrap();
        assert_eq!((taken.slot.kind, taken.slot.n), (SlotKind::Dial, 6));
        assert_eq!(taken.evening.map(|evening| evening.kind), Some(CallKind::CallBack));
        let why = |refused: Result<Takes, NotRung>| refused.unwrap_err();
        assert_eq!(
            why(ask(Safety::default(), 6, None)),
            NotRung { why: Refused::PhoneCapReached, until: morning }
        );
        let never = Safety { do_not_call: true, ..Safety::default() };
        assert_eq!(why(ask(never, 0, None)), NotRung { why: Refused::DoNotCall, until: None });
        let held = evening(CallKind::Verification, -1, None);
        assert_eq!(
            why(ask(Safety::default(), 1, Some(held))),
            NotRung { why: Refused::RungThisEvening, until: morning }
        );
    }
}
