//! Every number and choice of the queue with its default; `docs/queue.md` explains them.

use serde::{Deserialize, Serialize};

pub(super) mod skills;

use skills::{Expression, RINGS, Skill, Want};

use crate::domain::time::{HOUR_MS, MINUTE_MS, SECOND_MS};

/// Callers that one machine holds, waiting and talking.
pub const CALLERS_MAX: usize = 2_000;
pub const AGENTS_MAX: usize = 1_000;
pub const CALL_BACKS_MAX: usize = 20_000;
/// Waits that the band is estimated from.
pub const WAITS_MAX: usize = 50;
/// Fewer waits than this say nothing; the estimate takes its other form.
pub const WAITS_MIN: usize = 10;
/// Messages that one call-back names.
pub const MESSAGES_MAX: usize = 10;
/// Citizens who left and may come back to their place.
pub const LEFT_MAX: usize = 10_000;

#[derive(Clone, Debug)]
pub struct Policy {
    /// Asked in this order, each for its own time; who belongs to an earlier one stays eligible.
    pub targets: Vec<Target>,
    /// When each ring begins, after arrival. Rises strictly from 0.
    pub rings_ms: [i64; RINGS],
    /// What an agent must have of the caller's language, by ring.
    pub language_least: [u8; RINGS],
    /// How long an agent's phone rings.
    pub offer_ms: i64,
    pub after_reject_ms: i64,
    pub after_busy_ms: i64,
    pub after_unreachable_ms: i64,
    pub after_no_answer_ms: i64,
    /// Offers unanswered in a row until the agent is away.
    pub no_answers_max: u32,
    /// Somebody who refused a caller is asked again for the same one after this, if nobody else refused meanwhile.
    pub refusal_ms: i64,
    pub wrap_up_ms: i64,
    /// What an agent may add, once a call.
    pub wrap_up_extra_ms: i64,
    /// The longest wrap-up, from the end of the call.
    pub wrap_up_max_ms: i64,
    /// A console that says nothing for so long is gone.
    pub console_lease_ms: i64,
    /// Without a console for so long, an agent is signed out.
    pub sign_out_after_ms: i64,
    /// A leg that the driver has not spoken for in this time is gone.
    pub leg_lease_ms: i64,
    /// How long a withdrawn offer keeps its agent when the phone never confirms.
    pub cancel_lease_ms: i64,
    /// How long an agent listens to a call-back's dialling when the driver never says how it ended.
    pub dial_lease_ms: i64,
    pub announce_first_ms: i64,
    /// Least time between any two things that the queue says to one caller.
    pub announce_gap_ms: i64,
    /// Least time between two announcements of the position.
    pub announce_every_ms: i64,
    pub call_back_offer_ms: i64,
    pub escalate_ms: i64,
    /// Who calls again within this time has language, menu and place back.
    pub resume_ms: i64,
    /// How long a citizen who hung up while waiting is left alone, to call again or not.
    pub call_back_rest_ms: i64,
    /// From the citizen's last call until it is dialled no more.
    pub call_back_expires_ms: i64,
    pub call_back_busy_ms: i64,
    pub call_back_no_answer_ms: i64,
    /// After a fault of ours or the trunk's.
    pub call_back_failed_ms: i64,
    pub call_back_dials_max: u32,
    /// So long after the citizen's own call, a call-back is dialled at any hour; later only within `call_back_minutes`.
    pub call_back_fresh_ms: i64,
    /// Minutes of the day in IST: from, and until before.
    pub call_back_minutes: (u32, u32),
    /// A talk is taken to last this long when waits tell too little.
    pub talk_guess_ms: i64,
    /// For who comes while the helpline is closed.
    pub closed: Otherwise,
    /// For who waits at closing time. `Stay` serves them all.
    pub closing: Otherwise,
    /// For whom nobody signed in could ever take.
    pub nobody: Otherwise,
    /// For who comes to a full queue. `Stay` would have no bound and means `Message`; `Overflow` means `CallBack`.
    pub full: Otherwise,
    pub callers_max: usize,
}

/// One step in the order of whom to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub name: String,
    pub who: Expression,
    /// The caller's priority while this target is open, if it is higher than the caller's own.
    pub priority: Priority,
    /// Until the next target opens too.
    pub time_out_ms: i64,
    pub skip: Skip,
}

/// Higher goes first, whatever the arrival. 0 is everybody's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Priority(pub u8);

/// When a target's time is not waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    Never,
    /// None of its agents is on duty.
    NobodyOnDuty,
    /// None of its agents is free at this moment.
    NobodyFree,
}

/// What becomes of a caller whom the queue cannot or may not keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// The citizen is called back with the place of arrival; who cannot be called leaves a message.
    CallBack,
    /// The citizen leaves a message, and is called back too.
    Message,
    /// Another place takes the call; when it does not, the citizen is called back.
    Overflow(Overflow),
    /// Waits all the same.
    Stay,
}

/// Another place that takes calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overflow {
    pub name: String,
    pub to: Elsewhere,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// Agents of this queue with these skills, whatever was wanted before.
    Agents(Vec<Want>),
    /// The driver rings what the name stands for, and says how that went.
    Outside,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            targets: Target::usual(),
            rings_ms: [0, 20 * SECOND_MS, 45 * SECOND_MS, 90 * SECOND_MS],
            language_least: [3, 2, 1, 1],
            offer_ms: 18 * SECOND_MS,
            after_reject_ms: 10 * SECOND_MS,
            after_busy_ms: 60 * SECOND_MS,
            after_unreachable_ms: 5 * SECOND_MS,
            after_no_answer_ms: 10 * SECOND_MS,
            no_answers_max: 2,
            refusal_ms: 60 * SECOND_MS,
            wrap_up_ms: 30 * SECOND_MS,
            wrap_up_extra_ms: 30 * SECOND_MS,
            wrap_up_max_ms: 120 * SECOND_MS,
            console_lease_ms: 45 * SECOND_MS,
            sign_out_after_ms: 10 * MINUTE_MS,
            leg_lease_ms: 60 * SECOND_MS,
            cancel_lease_ms: 2 * SECOND_MS,
            dial_lease_ms: 45 * SECOND_MS,
            announce_first_ms: 15 * SECOND_MS,
            announce_gap_ms: 15 * SECOND_MS,
            announce_every_ms: 60 * SECOND_MS,
            call_back_offer_ms: 120 * SECOND_MS,
            escalate_ms: 300 * SECOND_MS,
            resume_ms: 300 * SECOND_MS,
            call_back_rest_ms: 60 * SECOND_MS,
            call_back_expires_ms: 48 * HOUR_MS,
            call_back_busy_ms: 10 * MINUTE_MS,
            call_back_no_answer_ms: 2 * HOUR_MS,
            call_back_failed_ms: 5 * MINUTE_MS,
            call_back_dials_max: 3,
            call_back_fresh_ms: 2 * HOUR_MS,
            call_back_minutes: (9 * 60, 20 * 60),
            talk_guess_ms: 3 * MINUTE_MS,
            closed: Otherwise::CallBack,
            closing: Otherwise::Stay,
            nobody: Otherwise::Stay,
            full: Otherwise::CallBack,
            callers_max: CALLERS_MAX,
        }
    }
}

impl Target {
    /// The agent whom the citizen knows for 10 s, then everybody.
    pub fn usual() -> Vec<Self> {
        vec![
            Self {
                name: "last_agent".into(),
                who: Expression::LastAgent,
                priority: Priority(0),
                time_out_ms: 10 * SECOND_MS,
                skip: Skip::NobodyFree,
            },
            Self {
                name: "everyone".into(),
                who: Expression::Anyone,
                priority: Priority(0),
                time_out_ms: i64::MAX,
                skip: Skip::Never,
            },
        ]
    }
}

/// What a department's caller wants: one who knows it well at first, anybody in the end.
pub fn department(code: &str) -> Want {
    Want::widening(Skill::Department(code.into()), [2, 1, 0, 0])
}

/// What a caller of the women's desk wants, however long it takes.
pub fn womens_desk() -> Want {
    Want::always(Skill::WomensDesk, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `120000` -> `2 min`
    fn in_words(ms: i64) -> String {
        match ms {
            _ if ms % HOUR_MS == 0 => format!("{} h", ms / HOUR_MS),
            _ if ms % MINUTE_MS == 0 => format!("{} min", ms / MINUTE_MS),
            _ => format!("{} s", ms / SECOND_MS),
        }
    }

    #[test]
    fn the_page_of_the_queue_names_every_default() {
        let page = include_str!("../../../docs/queue.md");
        let shown = format!("{:#?}", Policy { targets: Vec::new(), ..Policy::default() });
        let numbers = shown.lines().filter_map(|line| {
            let (name, value) = line.trim().strip_suffix(',')?.split_once(": ")?;
            Some((name, value.parse::<i64>().ok()?))
        });
        let rows: Vec<String> = numbers
            .map(|(name, value)| match name.ends_with("_ms") {
                true => format!("| `{name}` | {} |", in_words(value)),
                false => format!("| `{name}` | {value} |"),
            })
            .collect();

        assert!(rows.len() >= 30, "{shown}");
        let missing: Vec<_> = rows.iter().filter(|row| !page.contains(row.as_str())).collect();
        assert!(missing.is_empty(), "{missing:#?}");
        assert_eq!(page.matches("\n| `").count(), rows.len(), "a row without a setting");
    }
}
