//! Agents on two axes: what they intend, which they say, and what they do, which follows from leases that expire.

use serde::{Deserialize, Serialize};

use super::{
    ids::{AgentId, CallerId, OfferId},
    policy::skills::Skills,
    why::Skipped,
};
use crate::domain::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub agent: AgentId,
    pub skills: Skills,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Intent {
    #[default]
    SignedOut,
    Available,
    /// Takes one call, then is on break.
    OnDemand,
    OnBreak(BreakReason),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BreakReason {
    Tea,
    Meal,
    Prayer,
    Training,
    Meeting,
    Personal,
    /// Put there by the queue, after offers unanswered in a row.
    NoAnswer,
    /// Put there by the queue, after the one call taken on demand.
    OneCallTaken,
}

/// What an agent does. Never stored: it follows from an offer, a dialog or the end of a wrap-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Activity {
    #[default]
    Idle,
    /// The phone rings, or its ringing is being withdrawn, or a call-back is being dialled for the agent.
    Offered,
    Talking,
    OnHold,
    WrapUp,
}

/// Why an agent who would take calls gets none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unready {
    NoPhone,
    NoConsole,
    BackOff { cause: BackOff, until: Timestamp },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BackOff {
    Rejected,
    Busy,
    Unreachable,
    NoAnswer,
}

/// An agent as consoles see it and as it is kept: what a restart gives back is intent, pending and wrap-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentState {
    pub agent: AgentId,
    pub intent: Intent,
    pub intent_since: Timestamp,
    /// Said while a phone rang; counts once that offer is over.
    pub pending: Option<Intent>,
    pub activity: Activity,
    pub activity_since: Timestamp,
    /// When the wrap-up ends.
    pub wrap_up_until: Option<Timestamp>,
    pub wrap_up_extended: bool,
    pub unready: Option<Unready>,
    pub offer: Option<OfferId>,
    pub call: Option<CallerId>,
    /// The call is another's: asked in, listening, or still being made.
    #[serde(default)]
    pub aside: bool,
}

impl AgentState {
    /// Would take a call at once, whoever gives it.
    pub fn is_free(&self) -> bool {
        self.intent.takes_calls()
            && self.pending.is_none_or(Intent::takes_calls)
            && self.unready.is_none()
            && self.activity == Activity::Idle
    }
}

/// What an agent's console is told besides the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Away after offers unanswered in a row; one tap returns.
    AwayNoAnswer,
    /// Signed out, because the console was silent for too long.
    SignedOutSilent,
    PhoneLeaseEnded,
    ConsoleLeaseEnded,
    /// The phone's side of this call went dead; the citizen waits at the head of the queue.
    CallLost(CallerId),
    /// This citizen was cut off by a failure of ours and is called back.
    CutOff(CallerId),
}

/// One agent's leases. Nothing here says "busy": that follows from what is held and has not run out.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) profile: Profile,
    pub(super) intent: Intent,
    pub(super) intent_since: Timestamp,
    pub(super) pending: Option<Intent>,
    pub(super) phone_until: Option<Timestamp>,
    pub(super) console_until: Option<Timestamp>,
    /// Since when there is no console.
    pub(super) silent_since: Timestamp,
    pub(super) offer: Option<OfferId>,
    pub(super) call: Option<CallerId>,
    pub(super) held: bool,
    /// A call that the queue did not give, and how long it counts without being repeated.
    pub(super) outside: Option<(CallerId, Timestamp)>,
    pub(super) wrap_up: Option<WrapUp>,
    pub(super) back_off: Option<(BackOff, Timestamp)>,
    pub(super) no_answers: u32,
    pub(super) idle_since: Timestamp,
    pub(super) activity_since: Timestamp,
    pub(super) shown: Option<AgentState>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct WrapUp {
    pub(super) ended: Timestamp,
    pub(super) until: Timestamp,
    pub(super) extended: bool,
}

impl Intent {
    pub(super) const fn takes_calls(self) -> bool {
        matches!(self, Self::Available | Self::OnDemand)
    }
}

impl Agent {
    pub(super) fn new(profile: Profile, now: Timestamp) -> Self {
        Self {
            profile,
            intent: Intent::SignedOut,
            intent_since: now,
            pending: None,
            phone_until: None,
            console_until: None,
            silent_since: now,
            offer: None,
            call: None,
            held: false,
            outside: None,
            wrap_up: None,
            back_off: None,
            no_answers: 0,
            idle_since: now,
            activity_since: now,
            shown: None,
        }
    }

    /// What a restart gives back: intent and wrap-up. Leases must be earned anew.
    pub(super) fn restored(profile: Profile, kept: &AgentState, now: Timestamp) -> Self {
        let wrap_up = kept.wrap_up_until.map(|until| WrapUp {
            ended: kept.activity_since,
            until,
            extended: kept.wrap_up_extended,
        });
        let mut agent = Self { wrap_up, ..Self::new(profile, now) };
        agent.intent = kept.intent;
        agent.intent_since = kept.intent_since;
        agent.activity_since = kept.activity_since;
        if let Some(intent) = kept.pending {
            agent.intend(intent, now);
        }
        agent
    }

    pub(super) fn id(&self) -> AgentId {
        self.profile.agent
    }

    pub(super) fn activity(&self, now: Timestamp) -> Activity {
        if self.call.is_some() && self.held {
            Activity::OnHold
        } else if self.call.is_some() || self.outside.is_some() {
            Activity::Talking
        } else if self.offer.is_some() {
            Activity::Offered
        } else if self.wrap_up.is_some_and(|wrap_up| wrap_up.until > now) {
            Activity::WrapUp
        } else {
            Activity::Idle
        }
    }

    pub(super) fn unready(&self, now: Timestamp) -> Option<Unready> {
        if self.phone_until.is_none_or(|until| until <= now) {
            return Some(Unready::NoPhone);
        }
        if self.console_until.is_none_or(|until| until <= now) {
            return Some(Unready::NoConsole);
        }
        let (cause, until) = self.back_off.filter(|(_, until)| *until > now)?;
        Some(Unready::BackOff { cause, until })
    }

    /// Whether the agent could take some call within this shift: signed in for calls, with phone and console.
    pub(super) fn on_duty(&self, now: Timestamp) -> bool {
        let reachable = matches!(self.unready(now), None | Some(Unready::BackOff { .. }));
        self.intent.takes_calls() && reachable
    }

    /// The first reason, if any, why no phone of this agent may ring now, whoever calls.
    pub(super) fn busy(&self, now: Timestamp) -> Result<(), Skipped> {
        match self.intent {
            Intent::SignedOut => return Err(Skipped::SignedOut),
            Intent::OnBreak(reason) => return Err(Skipped::OnBreak(reason)),
            Intent::Available | Intent::OnDemand => {}
        }
        if self.pending.is_some_and(|intent| !intent.takes_calls()) {
            return Err(Skipped::Leaving);
        }
        match self.unready(now) {
            Some(Unready::NoPhone) => return Err(Skipped::NoPhone),
            Some(Unready::NoConsole) => return Err(Skipped::NoConsole),
            Some(Unready::BackOff { cause, until }) => {
                return Err(Skipped::BackOff { cause, until });
            }
            None => {}
        }
        match self.activity(now) {
            Activity::Idle => Ok(()),
            Activity::Offered => Err(Skipped::Offered),
            Activity::Talking => Err(Skipped::Talking),
            Activity::OnHold => Err(Skipped::OnHold),
            Activity::WrapUp => {
                Err(Skipped::WrapUp { until: self.wrap_up.map_or(now, |wrap_up| wrap_up.until) })
            }
        }
    }

    /// Takes the intent now, or after the offer that is out (P4: no phone flips state while it rings).
    pub(super) fn intends(&mut self, intent: Intent, now: Timestamp) {
        if self.offer.is_some() {
            self.pending = (intent != self.intent).then_some(intent);
        } else {
            self.intend(intent, now);
        }
    }

    pub(super) fn settle_pending(&mut self, now: Timestamp) {
        if let Some(intent) = self.pending.take() {
            self.intend(intent, now);
        }
    }

    pub(super) fn intend(&mut self, intent: Intent, now: Timestamp) {
        let returns = !self.intent.takes_calls() && intent.takes_calls();
        if intent != self.intent {
            self.intent = intent;
            self.intent_since = now;
        }
        if returns {
            self.idle_since = now;
            self.no_answers = 0;
            self.back_off = None;
        }
    }

    /// The call is over for this agent. The end is this agent's own, whoever talks on with the citizen (P1).
    pub(super) fn wrap_up(&mut self, now: Timestamp, wrap_up_ms: i64) {
        self.call = None;
        self.held = false;
        self.idle_since = now;
        if wrap_up_ms > 0 {
            let until = now.plus_ms(wrap_up_ms);
            self.wrap_up = Some(WrapUp { ended: now, until, extended: false });
        }
        if self.intent == Intent::OnDemand {
            self.intend(Intent::OnBreak(BreakReason::OneCallTaken), now);
        }
    }

    pub(super) fn extend_wrap_up(&mut self, now: Timestamp, extra_ms: i64, most_ms: i64) {
        let Some(wrap_up) = self.wrap_up.as_mut().filter(|it| it.until > now && !it.extended)
        else {
            return;
        };
        wrap_up.extended = true;
        wrap_up.until = wrap_up.until.plus_ms(extra_ms).min(wrap_up.ended.plus_ms(most_ms));
    }

    pub(super) fn end_wrap_up(&mut self, at: Timestamp) {
        if self.wrap_up.take().is_some() {
            self.idle_since = at;
        }
    }

    pub(super) fn state(&self, now: Timestamp) -> AgentState {
        let wrap_up = self.wrap_up.filter(|wrap_up| wrap_up.until > now);
        let activity = self.activity(now);
        AgentState {
            agent: self.id(),
            intent: self.intent,
            intent_since: self.intent_since,
            pending: self.pending,
            activity,
            activity_since: match &self.shown {
                Some(shown) if shown.activity != activity => now,
                Some(_) | None => self.activity_since,
            },
            wrap_up_until: wrap_up.map(|wrap_up| wrap_up.until),
            wrap_up_extended: wrap_up.is_some_and(|wrap_up| wrap_up.extended),
            unready: self.unready(now),
            offer: self.offer,
            call: self.call.or(self.outside.map(|(call, _)| call)),
            aside: self.call.is_none() && self.outside.is_some(),
        }
    }

    /// The state, if it is another than the one last shown.
    pub(super) fn shows(&mut self, now: Timestamp) -> Option<AgentState> {
        let state = self.state(now);
        if self.shown.as_ref() == Some(&state) {
            return None;
        }
        self.activity_since = state.activity_since;
        self.shown = Some(state.clone());
        Some(state)
    }
}
