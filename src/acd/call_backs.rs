//! Whom the helpline owes a call: one entry a citizen, ordered by the first arrival, closed when they reach us.

use serde::{Deserialize, Serialize};

use super::{
    Alarm, Cancelled, Queue, Returning,
    action::Action,
    callers::Caller,
    event::{Dialled, Join, Safe},
    ids::{AgentId, CallerId, CitizenKey, Who},
    matching::Place,
    offers::{self, LiveOffer},
    policy::{CALL_BACKS_MAX, LEFT_MAX, MESSAGES_MAX, Priority, skills::Want},
};
use crate::domain::{language::Language, time::Timestamp};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallBack {
    /// The first call behind it.
    pub id: CallerId,
    /// The last call behind it, so that the same one never counts twice.
    pub latest: CallerId,
    pub citizen: CitizenKey,
    pub language: Language,
    pub menu: String,
    pub wants: Vec<Want>,
    pub priority: Priority,
    pub safe: Safe,
    /// When the citizen first asked: the place among callers.
    pub arrival: Timestamp,
    /// When the citizen last called us.
    pub last_call: Timestamp,
    /// Calls of the citizen behind this one entry.
    pub calls: u32,
    pub reason: Reason,
    pub state: State,
    /// Dials that counted.
    pub dials: u32,
    pub not_before: Timestamp,
    /// What the driver calls the messages that the citizen spoke, the latest last.
    #[serde(default)]
    pub messages: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// Accepted while waiting.
    Asked,
    Abandoned,
    Missed,
    /// The queue had no place: closing time, nobody on duty, full.
    NoPlace,
    /// Waited on a node that died.
    NodeLost,
    /// Talked with this agent on a node that died.
    CutOff(AgentId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// To be offered to an agent when its turn comes.
    Open,
    /// An agent's phone rings for it, or the agent listens to the dialling.
    Taken(AgentId),
    /// The citizen is on the line again; what becomes of that call decides.
    OnTheLine(CallerId),
    /// No longer dialled, but it stays visible until a person closes it.
    Expired(Expired),
    Closed(Closed),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expired {
    TooOld,
    DialsUsedUp,
    InvalidNumber,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Closed {
    /// We reached the citizen.
    Dialled,
    /// The citizen reached us.
    Reached,
    ByPerson,
}

/// An entry with what the matching needs of it.
#[derive(Debug)]
pub(super) struct Owed {
    pub(super) row: CallBack,
    pub(super) place: Place,
}

/// Somebody who left a moment ago.
#[derive(Clone, Debug)]
pub(super) struct Left {
    at: Timestamp,
    language: Language,
    menu: String,
    /// The place to come back to; None for one who has spoken with an agent.
    arrival: Option<Timestamp>,
}

impl CallBack {
    fn new(
        join: &Join,
        citizen: CitizenKey,
        arrival: Timestamp,
        reason: Reason,
        now: Timestamp,
    ) -> Self {
        Self {
            id: join.caller,
            latest: join.caller,
            citizen,
            language: join.language,
            menu: join.menu.clone(),
            wants: join.wants.clone(),
            priority: join.priority,
            safe: join.safe,
            arrival,
            last_call: now,
            calls: 1,
            reason,
            state: State::Open,
            dials: 0,
            not_before: now,
            messages: Vec::new(),
        }
    }

    /// One more call of the same citizen behind it; the place stays that of the first, unless it had run out.
    fn again(&mut self, join: &Join, arrival: Timestamp, reason: Reason, now: Timestamp) {
        if matches!(self.state, State::Expired(_)) {
            self.arrival = arrival;
            self.dials = 0;
            self.not_before = now;
        }
        if self.latest != join.caller && self.id != join.caller {
            self.calls = self.calls.saturating_add(1);
        }
        self.latest = join.caller;
        self.arrival = self.arrival.min(arrival);
        self.last_call = self.last_call.max(now);
        self.language = join.language;
        self.menu.clone_from(&join.menu);
        self.wants.clone_from(&join.wants);
        self.priority = self.priority.max(join.priority);
        self.safe = join.safe;
        self.reason = reason;
        self.state = State::Open;
    }

    fn join(&self, caller: CallerId) -> Join {
        Join {
            caller,
            citizen: Some(self.citizen),
            language: self.language,
            menu: self.menu.clone(),
            wants: self.wants.clone(),
            priority: self.priority,
            last_agent: match self.reason {
                Reason::CutOff(agent) => Some(agent),
                Reason::Asked
                | Reason::Abandoned
                | Reason::Missed
                | Reason::NoPlace
                | Reason::NodeLost => None,
            },
            safe: self.safe,
        }
    }

    fn expires(&self, after_ms: i64) -> Timestamp {
        self.last_call.plus_ms(after_ms)
    }

    /// The first instant from `at` on at which the citizen may be rung.
    fn dialable_from(&self, at: Timestamp, minutes: (u32, u32), fresh_ms: i64) -> Timestamp {
        let at = at.max(self.not_before);
        let fresh = at.since(self.last_call) < fresh_ms;
        let at = if fresh { at } else { within(at, minutes) };
        match self.safe {
            Safe::Anytime | Safe::Never => at,
            Safe::Between(from, to) => within(at, (from, to)),
        }
    }
}

/// `at`, or the next time of day in IST that lies from the first minute until before the second.
fn within(at: Timestamp, (from, to): (u32, u32)) -> Timestamp {
    let minute = at.ist_minute();
    if minute < from {
        at.at_ist_minute(from)
    } else if minute < to {
        at
    } else {
        at.next_ist_midnight().at_ist_minute(from)
    }
}

impl Queue {
    /// Makes or renews the citizen's one entry. False when there is nobody to call, or no room.
    pub(super) fn owe(
        &mut self,
        join: &Join,
        arrival: Timestamp,
        reason: Reason,
        now: Timestamp,
    ) -> bool {
        let Some(citizen) = join.citizen.filter(|_| join.safe != Safe::Never) else { return false };
        // Another line of the same citizen goes on: that call decides.
        let other = self.callers.values().find(|other| other.join.citizen == Some(citizen));
        if other.is_some_and(Caller::is_reached) {
            return true;
        }
        let other = other.map(Caller::id);
        if let Some(id) = self.owed_to.get(&citizen).copied() {
            self.withdraw_for(Who::CallBack(id), now);
            if let Some(owed) = self.call_backs.get_mut(&id) {
                owed.row.again(join, arrival, reason, now);
            }
            self.refresh_place(id);
        } else {
            if !self.room_for_call_back() {
                self.out.push(Action::Alarm(Alarm::CallBacksFull(join.caller)));
                return false;
            }
            let row = CallBack::new(join, citizen, arrival, reason, now);
            self.insert_call_back(row);
        }
        let Some(id) = self.owed_to.get(&citizen).copied() else { return false };
        let rest_ms = if reason == Reason::Abandoned { self.policy.call_back_rest_ms } else { 0 };
        if let Some(owed) = self.call_backs.get_mut(&id) {
            owed.row.not_before = owed.row.not_before.max(now.plus_ms(rest_ms));
        }
        let state = other.map_or(State::Open, State::OnTheLine);
        self.set_state(id, state);
        true
    }

    /// Of a call that somebody is to hear before they ring back.
    pub(super) fn add_message(&mut self, call: CallerId, message: Option<String>) {
        let Some(message) = message else { return };
        let owed = self.call_backs.values_mut().find(|owed| owed.row.latest == call);
        let Some(row) = owed.map(|owed| &mut owed.row) else { return };
        if row.messages.len() >= MESSAGES_MAX {
            row.messages.remove(0);
        }
        row.messages.push(message);
        self.out.push(Action::CallBack(row.clone()));
    }

    pub(super) fn insert_call_back(&mut self, row: CallBack) {
        let place = self.place_of(&row);
        self.owed_to.insert(row.citizen, row.id);
        self.call_backs.insert(row.id, Owed { row, place });
    }

    fn place_of(&self, row: &CallBack) -> Place {
        Place { live: false, ..self.place_for(&row.join(row.id), row.arrival) }
    }

    fn refresh_place(&mut self, id: CallerId) {
        let Some(owed) = self.call_backs.get(&id) else { return };
        let place = self.place_of(&owed.row);
        if let Some(owed) = self.call_backs.get_mut(&id) {
            owed.place = place;
        }
    }

    /// What has run out stays visible in the store; the queue lets the oldest of it go when it needs the room.
    fn room_for_call_back(&mut self) -> bool {
        if self.call_backs.len() < CALL_BACKS_MAX {
            return true;
        }
        let expired =
            self.call_backs.values().filter(|it| matches!(it.row.state, State::Expired(_)));
        let oldest =
            expired.min_by_key(|owed| owed.row.last_call).map(|it| (it.row.id, it.row.citizen));
        let Some((id, citizen)) = oldest else { return false };
        self.call_backs.remove(&id);
        self.owed_to.remove(&citizen);
        true
    }

    pub(super) fn may_dial(&self, owed: &Owed, now: Timestamp) -> bool {
        owed.row.state == State::Open && self.dialable_from(owed, now) <= now
    }

    fn dialable_from(&self, owed: &Owed, at: Timestamp) -> Timestamp {
        let policy = &self.policy;
        owed.row.dialable_from(at, policy.call_back_minutes, policy.call_back_fresh_ms)
    }

    /// When time alone changes something about it.
    pub(super) fn call_back_due(&self, owed: &Owed, now: Timestamp) -> Option<Timestamp> {
        match owed.row.state {
            State::Open => {
                let dial = self.dialable_from(owed, now);
                let expiry = owed.row.expires(self.policy.call_back_expires_ms);
                Some(if dial > now { dial.min(expiry) } else { expiry })
            }
            State::Taken(_) | State::OnTheLine(_) | State::Expired(_) | State::Closed(_) => None,
        }
    }

    pub(super) fn take_call_back(&mut self, id: CallerId, agent: AgentId) {
        self.set_state(id, State::Taken(agent));
    }

    pub(super) fn reopen_call_back(&mut self, id: CallerId) {
        let taken = self.call_backs.get(&id);
        if taken.is_some_and(|owed| matches!(owed.row.state, State::Taken(_))) {
            self.set_state(id, State::Open);
        }
    }

    /// The citizen of an entry waits on the line: nobody dials meanwhile, and what becomes of that call decides.
    pub(super) fn call_back_on_the_line(
        &mut self,
        citizen: &CitizenKey,
        caller: CallerId,
        now: Timestamp,
    ) {
        let Some(id) = self.owed_to.get(citizen).copied() else { return };
        self.withdraw_for(Who::CallBack(id), now);
        self.set_state(id, State::OnTheLine(caller));
    }

    /// The call ended in a way that leaves the older debt as it was.
    pub(super) fn call_back_off_the_line(&mut self, join: &Join, now: Timestamp) {
        let Some(id) = join.citizen.and_then(|citizen| self.owed_to.get(&citizen).copied()) else {
            return;
        };
        let Some(owed) = self.call_backs.get_mut(&id) else { return };
        if owed.row.state == State::OnTheLine(join.caller) {
            owed.row.last_call = now;
            self.set_state(id, State::Open);
        }
    }

    pub(super) fn reached(&mut self, citizen: &CitizenKey, now: Timestamp) {
        if let Some(id) = self.owed_to.get(citizen).copied() {
            self.withdraw_for(Who::CallBack(id), now);
            self.close_call_back(id, Closed::Reached);
        }
    }

    pub(super) fn close_by_hand(&mut self, id: CallerId, now: Timestamp) {
        self.withdraw_for(Who::CallBack(id), now);
        self.close_call_back(id, Closed::ByPerson);
    }

    fn close_call_back(&mut self, id: CallerId, closed: Closed) {
        let Some(mut owed) = self.call_backs.remove(&id) else { return };
        self.owed_to.remove(&owed.row.citizen);
        owed.row.state = State::Closed(closed);
        self.out.push(Action::CallBack(owed.row));
    }

    pub(super) fn dialled(&mut self, id: CallerId, outcome: Dialled, now: Timestamp) {
        let offer = self.offer_of(Who::CallBack(id)).and_then(|offer| self.offers.get(&offer));
        let Some(offer) = offer.copied().filter(|it| it.stage == offers::Stage::Dialling) else {
            if let Dialled::Connected(caller) = outcome {
                self.out.push(Action::HangUpCitizen { caller });
            }
            return;
        };
        let policy = &self.policy;
        let (busy_ms, no_answer_ms) = (policy.call_back_busy_ms, policy.call_back_no_answer_ms);
        let failed_ms = policy.call_back_failed_ms;
        match outcome {
            Dialled::Connected(caller) => self.dial_connected(id, caller, offer, now),
            Dialled::Busy => self.dial_failed(id, offer, 1, now.plus_ms(busy_ms), now),
            Dialled::NoAnswer => self.dial_failed(id, offer, 1, now.plus_ms(no_answer_ms), now),
            Dialled::Failed => self.dial_failed(id, offer, 0, now.plus_ms(failed_ms), now),
            Dialled::NotBefore(at) => self.dial_failed(id, offer, 0, at, now),
            Dialled::Invalid => {
                self.end_dialling(offer, now);
                self.set_state(id, State::Expired(Expired::InvalidNumber));
            }
            Dialled::AgentGone => {
                self.withdraw(offer.id, Cancelled::DialEnded, now);
            }
        }
    }

    fn dial_connected(&mut self, id: CallerId, caller: CallerId, offer: LiveOffer, now: Timestamp) {
        let Some(owed) = self.call_backs.get(&id) else { return };
        let (join, arrival) = (owed.row.join(caller), owed.row.arrival);
        self.close_call_back(id, Closed::Dialled);
        self.forget_offer(offer, now);
        self.out.push(Action::Connect { offer: offer.id, caller, agent: offer.agent });
        let what = super::figures::What::CalledBack { agent: offer.agent };
        self.talk_dialled(join, arrival, (offer.agent, what), now);
    }

    fn dial_failed(
        &mut self,
        id: CallerId,
        offer: LiveOffer,
        counts: u32,
        not_before: Timestamp,
        now: Timestamp,
    ) {
        self.end_dialling(offer, now);
        let most = self.policy.call_back_dials_max;
        let Some(owed) = self.call_backs.get_mut(&id) else { return };
        owed.row.dials = owed.row.dials.saturating_add(counts);
        owed.row.not_before = not_before;
        let used_up = owed.row.dials >= most;
        let state = if used_up { State::Expired(Expired::DialsUsedUp) } else { State::Open };
        self.set_state(id, state);
    }

    pub(super) fn expire_call_backs(&mut self, now: Timestamp) {
        let after_ms = self.policy.call_back_expires_ms;
        let old = self
            .call_backs
            .values()
            .filter(|owed| owed.row.state == State::Open && owed.row.expires(after_ms) <= now);
        let old: Vec<CallerId> = old.map(|owed| owed.row.id).collect();
        for id in old {
            self.set_state(id, State::Expired(Expired::TooOld));
        }
    }

    fn set_state(&mut self, id: CallerId, state: State) {
        if let Some(owed) = self.call_backs.get_mut(&id) {
            owed.row.state = state;
        }
        self.show_call_back(id);
    }

    fn show_call_back(&mut self, id: CallerId) {
        if let Some(owed) = self.call_backs.get(&id) {
            self.out.push(Action::CallBack(owed.row.clone()));
        }
    }

    pub(super) fn remember_left(
        &mut self,
        join: &Join,
        arrival: Option<Timestamp>,
        now: Timestamp,
    ) {
        let Some(citizen) = join.citizen else { return };
        let left = Left { at: now, language: join.language, menu: join.menu.clone(), arrival };
        if self.left.insert(citizen, left).is_none() {
            self.left_order.push_back(citizen);
        }
        while self.left_order.len() > LEFT_MAX {
            if let Some(oldest) = self.left_order.pop_front() {
                self.left.remove(&oldest);
            }
        }
    }

    pub(super) fn forget_left(&mut self, now: Timestamp) {
        let resume_ms = self.policy.resume_ms;
        while let Some(oldest) = self.left_order.front().copied() {
            let over = |left: &Left| now.since(left.at) >= resume_ms;
            if !self.left.get(&oldest).is_none_or(over) {
                return;
            }
            self.left_order.pop_front();
            self.left.remove(&oldest);
        }
    }

    fn left_lately(&self, citizen: &CitizenKey, now: Timestamp) -> Option<&Left> {
        self.left.get(citizen).filter(|left| now.since(left.at) < self.policy.resume_ms)
    }

    pub(super) fn resumed_place(&self, citizen: &CitizenKey, now: Timestamp) -> Option<Timestamp> {
        self.left_lately(citizen, now)?.arrival
    }

    /// What a citizen who calls again comes back to; asked before the menu begins. None after `resume_ms`.
    pub fn returning(&self, citizen: &CitizenKey, now: Timestamp) -> Option<Returning> {
        let left = self.left_lately(citizen, now)?;
        let (language, menu, arrival) = (left.language, left.menu.clone(), left.arrival);
        Some(Returning { language, menu, arrival })
    }

    pub fn call_back(&self, id: CallerId) -> Option<&CallBack> {
        Some(&self.call_backs.get(&id)?.row)
    }

    /// What is owed, in no order.
    pub fn call_backs(&self) -> impl Iterator<Item = &CallBack> {
        self.call_backs.values().map(|owed| &owed.row)
    }
}
