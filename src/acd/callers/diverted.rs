//! Callers whom the queue does not keep: where each of them goes instead, and what becomes of one for whom that comes to nothing.

use super::{Caller, Stage};
use crate::{
    acd::{
        Queue,
        action::{Action, Ending, NoPlace},
        call_backs::Reason,
        event::Join,
        figures::What,
        ids::{CallerId, Who},
        matching::Place,
        policy::{Elsewhere, Otherwise, Overflow, skills::Want},
    },
    domain::time::Timestamp,
};

/// What a caller does who is on the line and not the queue's any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::acd) enum Way {
    /// Speaks a message.
    Message,
    /// Is being sent on, and nobody there has answered yet.
    Outside,
}

impl Queue {
    /// For one whom the queue never held: there is no line of the queue's over which an overflow could be tried.
    pub(super) fn turn_away(&mut self, join: &Join, because: NoPlace, now: Timestamp) {
        let caller = join.caller;
        let called_back = match &self.policy.full {
            Otherwise::CallBack | Otherwise::Overflow(_) => true,
            Otherwise::Message | Otherwise::Stay => false,
        };
        let owed = self.owe(join, now, Reason::NoPlace, now);
        let (to, ending) = match called_back && owed {
            true => (Otherwise::CallBack, Ending::CalledBack),
            false => (Otherwise::Message, Ending::Message),
        };
        self.out.push(Action::Divert { caller, to, because });
        self.out.push(Action::CallerEnded { caller, ending });
        self.fact(caller, What::Diverted { waited_ms: 0 }, now);
    }

    pub(super) fn divert(
        &mut self,
        caller: CallerId,
        to: &Otherwise,
        because: NoPlace,
        now: Timestamp,
    ) {
        let Some(to) = self.possible(caller, to) else { return };
        if to == Otherwise::Stay {
            return;
        }
        self.out.push(Action::Divert { caller, to: to.clone(), because });
        match to {
            Otherwise::Stay => {}
            Otherwise::CallBack => self.end_wait(caller, Ending::CalledBack, Reason::NoPlace, now),
            Otherwise::Message => self.leave_queue(caller, Way::Message, because, now),
            Otherwise::Overflow(Overflow { to, .. }) => match to {
                Elsewhere::Agents(wants) => self.wait_for_others(caller, &wants),
                Elsewhere::Outside => self.leave_queue(caller, Way::Outside, because, now),
            },
        }
    }

    /// What the policy says as far as it can be done for this caller. None for one who does not wait.
    fn possible(&self, caller: CallerId, to: &Otherwise) -> Option<Otherwise> {
        let caller = self.callers.get(&caller).filter(|caller| caller.waits())?;
        let to = match to {
            Otherwise::Overflow(_) if caller.sent_on => &Otherwise::CallBack,
            Otherwise::Overflow(Overflow { to: Elsewhere::Agents(wants), .. })
                if !self.anybody_for(&self.place_with_others(caller, wants)) =>
            {
                &Otherwise::CallBack
            }
            to => to,
        };
        Some(match to {
            Otherwise::CallBack if caller.callable().is_none() => Otherwise::Message,
            to => to.clone(),
        })
    }

    /// Who is called back is called by those who were wanted at first: only the place on the line is another.
    fn place_with_others(&self, caller: &Caller, wants: &[Want]) -> Place {
        let join = Join { wants: wants.to_vec(), last_agent: None, ..caller.join.clone() };
        self.place_for(&join, caller.place.arrival)
    }

    fn wait_for_others(&mut self, id: CallerId, wants: &[Want]) {
        let Some(caller) = self.callers.get(&id) else { return };
        let place = self.place_with_others(caller, wants);
        if let Some(caller) = self.callers.get_mut(&id) {
            caller.place = place;
            caller.sent_on = true;
        }
    }

    fn leave_queue(&mut self, id: CallerId, way: Way, because: NoPlace, now: Timestamp) {
        self.withdraw_for(Who::Caller(id), now);
        let Some(caller) = self.callers.get_mut(&id) else { return };
        let Stage::Waiting { since } = caller.stage else { return };
        caller.stage = Stage::Diverted { way, because };
        self.fact(id, What::Diverted { waited_ms: now.since(since) }, now);
    }

    /// The queue's own policies for those whom no phone rings for: closing time, and nobody to wait for.
    pub(in crate::acd) fn divert_the_hopeless(&mut self, now: Timestamp) {
        let stays = |otherwise: &Otherwise| *otherwise == Otherwise::Stay;
        let closing = !self.open && !stays(&self.policy.closing);
        let nobody = !stays(&self.policy.nobody);
        if !closing && !nobody && !self.callers.values().any(|caller| caller.sent_on) {
            return;
        }
        let offered = self.offered();
        let waiting = self.callers.values().filter(|caller| caller.waits());
        let waiting = waiting.filter(|caller| !offered.contains(&Who::Caller(caller.id())));
        let hopeless: Vec<(CallerId, NoPlace, Otherwise)> = waiting
            .filter_map(|caller| {
                // Who was sent on has had the policy's choice.
                if closing && caller.open && !caller.place.head && !caller.sent_on {
                    return Some((caller.id(), NoPlace::Closed, self.policy.closing.clone()));
                }
                let to = match caller.sent_on {
                    true => Otherwise::CallBack,
                    false => self.policy.nobody.clone(),
                };
                let hopeless = !stays(&to) && !self.anybody_for(&caller.place);
                hopeless.then(|| (caller.id(), NoPlace::Nobody, to))
            })
            .collect();
        for (caller, because, to) in hopeless {
            self.divert(caller, &to, because, now);
        }
    }

    /// The message has been spoken, or the citizen said nothing; a person rings back either way.
    pub(in crate::acd) fn message_left(
        &mut self,
        id: CallerId,
        message: Option<String>,
        now: Timestamp,
    ) {
        match self.diverted(id) {
            Some((Way::Message, _)) => {
                self.end_diverted(id, Ending::Message, Reason::NoPlace, message, now);
            }
            Some((Way::Outside, _)) => {}
            // One for whom the queue was full is owed a call already.
            None => self.add_message(id, message),
        }
    }

    /// Somebody in the other place has answered: the citizen is theirs.
    pub(in crate::acd) fn overflowed(&mut self, id: CallerId, now: Timestamp) {
        let Some((Way::Outside, _)) = self.diverted(id) else { return };
        let Some(caller) = self.callers.remove(&id) else { return };
        self.call_back_off_the_line(&caller.join, now);
        self.out.push(Action::CallerEnded { caller: id, ending: Ending::Overflowed });
    }

    /// Nobody in the other place took the call, and nothing else is tried.
    pub(in crate::acd) fn overflow_failed(&mut self, id: CallerId, now: Timestamp) {
        let Some((Way::Outside, because)) = self.diverted(id) else { return };
        let Some(caller) = self.callers.get_mut(&id) else { return };
        if caller.callable().is_some() {
            let to = Otherwise::CallBack;
            self.out.push(Action::Divert { caller: id, to, because });
            self.end_diverted(id, Ending::CalledBack, Reason::NoPlace, None, now);
        } else {
            caller.stage = Stage::Diverted { way: Way::Message, because };
            let to = Otherwise::Message;
            self.out.push(Action::Divert { caller: id, to, because });
        }
    }

    fn diverted(&self, id: CallerId) -> Option<(Way, NoPlace)> {
        match self.callers.get(&id)?.stage {
            Stage::Diverted { way, because } => Some((way, because)),
            Stage::Waiting { .. } | Stage::Talking { .. } | Stage::Away => None,
        }
    }

    /// The end of one whose wait was over before.
    pub(super) fn end_diverted(
        &mut self,
        id: CallerId,
        ending: Ending,
        reason: Reason,
        message: Option<String>,
        now: Timestamp,
    ) {
        let Some(caller) = self.callers.remove(&id) else { return };
        self.promise(&caller, reason, message, now);
        self.out.push(Action::CallerEnded { caller: id, ending });
    }

    /// A call back in the place of arrival, and the same place for who calls again within minutes.
    pub(super) fn promise(
        &mut self,
        caller: &Caller,
        reason: Reason,
        message: Option<String>,
        now: Timestamp,
    ) {
        self.remember_left(&caller.join, Some(caller.place.arrival), now);
        let owed = self.owe(&caller.join, caller.place.arrival, reason, now);
        if owed {
            self.add_message(caller.id(), message);
        } else {
            self.call_back_off_the_line(&caller.join, now);
        }
    }
}
