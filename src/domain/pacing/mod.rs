//! How many calls are begun now, and why: a pure decision that its record repeats exactly.
//!
//! Of some five to forty feedback callers one is more than a tenth of any error that a controller could work against: preview
//! and one to one are what such a room is dialled by; progressive only goes on where many are free at once.

pub mod chance;
pub mod stop;
pub mod turns;

use super::{time::Timestamp, words};
use chance::{Answers, waits_ppm};

/// Dials that one decision begins at most.
pub const DIALS_MAX: u32 = 200;
/// Answered calls before their drops say anything.
pub const ANSWERED_MIN: u32 = 20;
/// An answered citizen who waited longer than this for a person counts as dropped.
pub const WAITED_MS: i64 = 2_000;

words! {
    pub enum Mode {
        /// A person sees the case first, and dials by hand.
        Preview = "PREVIEW",
        /// As many are dialled as free people will take, by the chance of an answer.
        Progressive = "PROGRESSIVE",
        /// The dialogue speaks with whoever answers.
        Agentless = "AGENTLESS",
    }
}

words! {
    /// Why calls are begun now.
    pub enum WhyNow {
        /// It is due, and there is a channel.
        Due = "DUE",
        /// One call for each free person.
        OneToOne = "ONE_TO_ONE",
        /// More than there are free people: not all answer, and hardly anyone will wait.
        Likely = "LIKELY",
    }
}

words! {
    /// Why none is, or why not this one.
    pub enum WhyNotYet {
        // Of all calls.
        Stopped = "STOPPED",
        TrunksResting = "TRUNKS_RESTING",
        NoChannel = "NO_CHANNEL",
        NothingDue = "NOTHING_DUE",
        NoFreeCaller = "NO_FREE_CALLER",
        /// Somebody who answers might wait for a person.
        ChanceTooHigh = "CHANCE_TOO_HIGH",
        /// A person dials by hand.
        ByHand = "BY_HAND",

        // Of one citizen's.
        NoRound = "NO_ROUND",
        RoundOver = "ROUND_OVER",
        HumansTask = "HUMANS_TASK",
        DoNotCall = "DO_NOT_CALL",
        WaitsForDate = "WAITS_FOR_DATE",
        OutsideHours = "OUTSIDE_HOURS",
        NoCallDay = "NO_CALL_DAY",
        CapReached = "CAP_REACHED",
        RungThisEvening = "RUNG_THIS_EVENING",
        CallBackOwed = "CALL_BACK_OWED",
        OnACall = "ON_A_CALL",
        AttemptsUsed = "ATTEMPTS_USED",
        /// Others of the district come first, or other districts' turns.
        Behind = "BEHIND",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Now(WhyNow),
    NotYet(WhyNotYet),
}

/// Answered calls, and those of them who waited longer than [`WAITED_MS`]: raw counts, of which any share is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops {
    pub answered: u32,
    pub waited: u32,
}

/// In millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The chance that an answered citizen waits for a person.
    pub wait_ppm: u32,
    /// The share of those who waited, above which every call has a free person.
    pub dropped_ppm: u32,
}

impl Default for Limits {
    /// One per cent, and three.
    fn default() -> Self {
        Self { wait_ppm: 10_000, dropped_ppm: 30_000 }
    }
}

/// All that a decision is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inputs {
    pub at: Timestamp,
    pub mode: Mode,
    /// Districts that have something due.
    pub due: u32,
    /// Of the trunks.
    pub channels: u32,
    pub resting: bool,
    /// Everything is stopped.
    pub stopped: bool,
    /// People who would take an answered call.
    pub free: u32,
    /// Calls that ring.
    pub in_flight: u32,
    pub answers: Answers,
    pub drops: Drops,
    pub limits: Limits,
}

/// One decision, with what it was made of: decided again from its inputs it is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub inputs: Inputs,
    pub dial: u32,
    pub why: Why,
}

pub fn decide(inputs: Inputs) -> Decision {
    let (dial, why) = decided(&inputs);
    Decision { inputs, dial, why }
}

fn decided(inputs: &Inputs) -> (u32, Why) {
    let not = |why| (0, Why::NotYet(why));
    if inputs.stopped {
        return not(WhyNotYet::Stopped);
    }
    if inputs.resting {
        return not(WhyNotYet::TrunksResting);
    }
    let room = inputs.channels.min(DIALS_MAX);
    if room == 0 {
        return not(WhyNotYet::NoChannel);
    }
    if inputs.due == 0 {
        return not(WhyNotYet::NothingDue);
    }
    match inputs.mode {
        Mode::Preview => not(WhyNotYet::ByHand),
        Mode::Agentless => (room, Why::Now(WhyNow::Due)),
        Mode::Progressive => progressive(inputs, room),
    }
}

fn progressive(inputs: &Inputs, room: u32) -> (u32, Why) {
    let one_to_one = inputs.free.saturating_sub(inputs.in_flight).min(room);
    let more = if over_cap(inputs.drops, inputs.limits) {
        one_to_one
    } else {
        let p = inputs.answers.chance();
        let fits = |more: &u32| {
            waits_ppm(inputs.in_flight + more, p, inputs.free) <= inputs.limits.wait_ppm
        };
        // The chance grows with every dial.
        (one_to_one + 1..=room).take_while(fits).last().unwrap_or(one_to_one)
    };
    match more {
        0 if inputs.free == 0 => (0, Why::NotYet(WhyNotYet::NoFreeCaller)),
        0 => (0, Why::NotYet(WhyNotYet::ChanceTooHigh)),
        more if more > one_to_one => (more, Why::Now(WhyNow::Likely)),
        more => (more, Why::Now(WhyNow::OneToOne)),
    }
}

fn over_cap(drops: Drops, limits: Limits) -> bool {
    let (waited, answered) = (u64::from(drops.waited), u64::from(drops.answered));
    drops.answered >= ANSWERED_MIN && waited * 1_000_000 > answered * u64::from(limits.dropped_ppm)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inputs(mode: Mode) -> Inputs {
        Inputs {
            at: Timestamp(1_795_321_800_000),
            mode,
            due: 4,
            channels: 30,
            resting: false,
            stopped: false,
            free: 0,
            in_flight: 0,
            answers: Answers { rung: 100, answered: 40 },
            drops: Drops::default(),
            limits: Limits::default(),
        }
    }

    #[test]
    fn what_forbids_every_call_comes_before_what_is_due() {
        let why = |edit: fn(&mut Inputs)| {
            let mut all = Inputs { due: 0, ..inputs(Mode::Agentless) };
            edit(&mut all);
            decide(all).why
        };

        assert_eq!(why(|_| {}), Why::NotYet(WhyNotYet::NothingDue));
        assert_eq!(why(|all| all.channels = 0), Why::NotYet(WhyNotYet::NoChannel));
        assert_eq!(why(|all| all.resting = true), Why::NotYet(WhyNotYet::TrunksResting));
        let all = |all: &mut Inputs| (all.resting, all.stopped) = (true, true);
        assert_eq!(why(all), Why::NotYet(WhyNotYet::Stopped));
    }

    #[test]
    fn the_dialogue_needs_a_channel_and_a_preview_a_hand() {
        let agentless = decide(inputs(Mode::Agentless));
        let preview = decide(Inputs { free: 9, ..inputs(Mode::Preview) });

        assert_eq!((agentless.dial, agentless.why), (30, Why::Now(WhyNow::Due)));
        assert_eq!((preview.dial, preview.why), (0, Why::NotYet(WhyNotYet::ByHand)));
    }

    #[test]
    fn few_people_are_dialled_for_one_to_one_and_many_for_more() {
        let dial = |free, in_flight| {
            let decision = decide(Inputs { free, in_flight, ..inputs(Mode::Progressive) });
            (decision.dial, decision.why)
        };

        assert_eq!(dial(0, 0), (0, Why::NotYet(WhyNotYet::NoFreeCaller)));
        assert_eq!(dial(1, 0), (1, Why::Now(WhyNow::OneToOne)));
        assert_eq!(dial(1, 1), (0, Why::NotYet(WhyNotYet::ChanceTooHigh)));
        // P(Bin(12, 0.4) > 9) = 0.0028 and P(Bin(13, 0.4) > 9) = 0.0078; of 14 it is 0.0175.
        assert_eq!(dial(9, 0), (13, Why::Now(WhyNow::Likely)));
        assert_eq!(dial(9, 13), (0, Why::NotYet(WhyNotYet::ChanceTooHigh)));
    }

    #[test]
    fn too_many_who_waited_bring_it_back_to_one_to_one() {
        let dial = |answered, waited| {
            let drops = Drops { answered, waited };
            decide(Inputs { free: 9, drops, ..inputs(Mode::Progressive) }).dial
        };

        assert_eq!(dial(100, 3), 13);
        assert_eq!(dial(100, 4), 9);
        // Too few to say.
        assert_eq!(dial(19, 19), 13);
    }

    fn any_inputs() -> impl Strategy<Value = Inputs> {
        let counts = (0u32..300, 0u32..60, 0u32..120, 0u32..400, 0u32..400);
        let flags = (0usize..3, any::<bool>(), any::<bool>(), 0u32..3);
        (counts, flags, 0u32..200, 0u32..100_000).prop_map(|(counts, flags, waited, wait_ppm)| {
            let (channels, free, in_flight, rung, answered) = counts;
            let (mode, resting, stopped, due) = flags;
            Inputs {
                at: Timestamp(0),
                mode: Mode::ALL[mode],
                due,
                channels,
                resting,
                stopped,
                free,
                in_flight,
                answers: Answers { rung, answered: answered.min(rung) },
                drops: Drops { answered: 200, waited },
                limits: Limits { wait_ppm, dropped_ppm: 30_000 },
            }
        })
    }

    proptest! {
        #[test]
        fn no_decision_dials_more_than_there_is_room_for(inputs in any_inputs()) {
            let decision = decide(inputs);

            prop_assert!(decision.dial <= inputs.channels.min(DIALS_MAX));
            prop_assert_eq!(decision.dial > 0, matches!(decision.why, Why::Now(_)));
            prop_assert_eq!(decide(decision.inputs), decision);
        }

        #[test]
        fn the_chance_to_wait_stays_under_its_limit(inputs in any_inputs()) {
            let decision = decide(Inputs { mode: Mode::Progressive, ..inputs });
            let ring = inputs.in_flight + decision.dial;
            let chance = waits_ppm(ring, inputs.answers.chance(), inputs.free);

            prop_assert!(
                decision.dial == 0 || ring <= inputs.free || chance <= inputs.limits.wait_ppm
            );
        }

        #[test]
        fn more_free_people_never_mean_fewer_calls(inputs in any_inputs()) {
            let dial = |free| decide(Inputs { mode: Mode::Progressive, free, ..inputs }).dial;

            prop_assert!(dial(inputs.free) <= dial(inputs.free + 1));
        }
    }
}
