//! Offers: one agent's phone for one caller, each a child of its caller, each with an end that needs nobody's word.

use std::collections::BTreeSet;

use super::{
    Queue,
    action::{Action, Cancelled, Offer},
    agents::{BackOff, BreakReason, Intent, Notice},
    event::Outcome,
    ids::{AgentId, OfferId, Who},
    why::Why,
};
use crate::domain::time::Timestamp;

#[derive(Clone, Copy, Debug)]
pub(super) struct LiveOffer {
    pub(super) id: OfferId,
    pub(super) agent: AgentId,
    pub(super) who: Who,
    pub(super) stage: Stage,
    /// When it ends by itself.
    pub(super) until: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Ringing,
    /// The agent listens while a call-back's citizen is dialled.
    Dialling,
    /// Child of nobody any more: it keeps the agent until the phone has confirmed.
    Withdrawn,
}

impl Queue {
    /// The offer that is out for this place, if one is.
    pub(super) fn offer_of(&self, who: Who) -> Option<OfferId> {
        let its = |offer: &&LiveOffer| offer.who == who && offer.stage != Stage::Withdrawn;
        self.offers.values().find(its).map(|offer| offer.id)
    }

    /// Everybody for whom an offer is out.
    pub(super) fn offered(&self) -> BTreeSet<Who> {
        let live = self.offers.values().filter(|offer| offer.stage != Stage::Withdrawn);
        live.map(|offer| offer.who).collect()
    }

    pub(super) fn make_offer(&mut self, why: Why, now: Timestamp) {
        let id = OfferId(self.next_offer);
        self.next_offer = self.next_offer.wrapping_add(1);
        let (agent, who) = (why.agent, why.who);
        let ring_ms = self.policy.offer_ms;
        let until = now.plus_ms(ring_ms);
        self.offers.insert(id, LiveOffer { id, agent, who, stage: Stage::Ringing, until });
        if let Some(agent) = self.agents.get_mut(&agent) {
            agent.offer = Some(id);
        }
        if let Who::CallBack(id) = who {
            self.take_call_back(id, agent);
        }
        self.out.push(Action::Offer(Offer { offer: id, agent, who, ring_ms, why }));
    }

    pub(super) fn offer_outcome(&mut self, id: OfferId, outcome: Outcome, now: Timestamp) {
        let Some(offer) = self.offers.get(&id).copied() else {
            if outcome == Outcome::Answered {
                self.out.push(Action::HangUpOffer { offer: id });
            }
            return;
        };
        match (offer.stage, outcome) {
            (_, Outcome::Ringing) | (Stage::Dialling, Outcome::Answered) => {}
            (Stage::Ringing, Outcome::Answered) => self.answered(offer, now),
            (Stage::Ringing, Outcome::Rejected) => self.refused(offer, BackOff::Rejected, now),
            (Stage::Ringing, Outcome::Busy) => self.refused(offer, BackOff::Busy, now),
            (Stage::Ringing, Outcome::Unreachable | Outcome::Gone) => {
                self.refused(offer, BackOff::Unreachable, now);
            }
            (Stage::Ringing, Outcome::NoAnswer) => self.refused(offer, BackOff::NoAnswer, now),
            (Stage::Withdrawn, Outcome::Answered) => {
                self.out.push(Action::HangUpOffer { offer: id });
            }
            (
                Stage::Withdrawn,
                Outcome::Rejected
                | Outcome::Busy
                | Outcome::Unreachable
                | Outcome::NoAnswer
                | Outcome::Gone,
            ) => self.forget_offer(offer, now),
            (
                Stage::Dialling,
                Outcome::Rejected
                | Outcome::Busy
                | Outcome::Unreachable
                | Outcome::NoAnswer
                | Outcome::Gone,
            ) => self.agent_left_dialling(offer, now),
        }
    }

    fn answered(&mut self, offer: LiveOffer, now: Timestamp) {
        if let Some(agent) = self.agents.get_mut(&offer.agent) {
            agent.no_answers = 0;
        }
        match offer.who {
            Who::Caller(caller) => {
                self.forget_offer(offer, now);
                self.out.push(Action::Connect { offer: offer.id, caller, agent: offer.agent });
                self.begin_talk(caller, offer.agent, now);
            }
            Who::CallBack(call_back) => {
                let until = now.plus_ms(self.policy.dial_lease_ms);
                let dialling = LiveOffer { stage: Stage::Dialling, until, ..offer };
                self.offers.insert(offer.id, dialling);
                let Some(owed) = self.call_backs.get(&call_back) else { return };
                let citizen = owed.row.citizen;
                let (offer, agent) = (offer.id, offer.agent);
                self.out.push(Action::Dial { offer, agent, call_back, citizen });
            }
        }
    }

    /// The phone said no, one way or another: the agent rests by the cause, the caller goes to the next agent at once.
    fn refused(&mut self, offer: LiveOffer, cause: BackOff, now: Timestamp) {
        self.blame(offer, cause, now);
        self.forget_offer(offer, now);
        self.release_place(offer.who);
    }

    fn blame(&mut self, offer: LiveOffer, cause: BackOff, now: Timestamp) {
        let policy = &self.policy;
        let rest_ms = match cause {
            BackOff::Rejected => policy.after_reject_ms,
            BackOff::Busy => policy.after_busy_ms,
            BackOff::Unreachable => policy.after_unreachable_ms,
            BackOff::NoAnswer => policy.after_no_answer_ms,
        };
        let most = policy.no_answers_max;
        if let Some(place) = self.place_mut(offer.who) {
            place.refusals.insert(offer.agent, now);
        }
        let Some(agent) = self.agents.get_mut(&offer.agent) else { return };
        agent.back_off = Some((cause, now.plus_ms(rest_ms)));
        agent.idle_since = now;
        agent.no_answers = if cause == BackOff::NoAnswer { agent.no_answers + 1 } else { 0 };
        if agent.no_answers >= most {
            agent.no_answers = 0;
            // What the agent said meanwhile is newer than the phone that nobody took.
            if agent.pending.is_none() {
                agent.intend(Intent::OnBreak(BreakReason::NoAnswer), now);
                let notice = Notice::AwayNoAnswer;
                self.out.push(Action::Notice { agent: offer.agent, notice });
            }
        }
    }

    /// Takes a ringing offer back. The caller has no part in it from here on; the agent is held until the phone confirms.
    pub(super) fn withdraw(&mut self, id: OfferId, because: Cancelled, now: Timestamp) {
        let Some(offer) = self.offers.get(&id).copied() else { return };
        if offer.stage == Stage::Withdrawn {
            return;
        }
        let until = now.plus_ms(self.policy.cancel_lease_ms);
        self.offers.insert(id, LiveOffer { stage: Stage::Withdrawn, until, ..offer });
        self.out.push(Action::CancelOffer { offer: id, agent: offer.agent, because });
        match because {
            Cancelled::NoAnswer => self.blame(offer, BackOff::NoAnswer, now),
            Cancelled::PhoneGone => self.blame(offer, BackOff::Unreachable, now),
            Cancelled::CallerGone | Cancelled::AgentTaken | Cancelled::DialEnded => {}
        }
        self.release_place(offer.who);
    }

    /// The caller has no use for it any more.
    pub(super) fn withdraw_for(&mut self, who: Who, now: Timestamp) {
        if let Some(offer) = self.offer_of(who) {
            self.withdraw(offer, Cancelled::CallerGone, now);
        }
    }

    /// The dialling is over without a talk: the agent's leg ends, and nobody is to blame.
    pub(super) fn end_dialling(&mut self, offer: LiveOffer, now: Timestamp) {
        let until = now.plus_ms(self.policy.cancel_lease_ms);
        self.offers.insert(offer.id, LiveOffer { stage: Stage::Withdrawn, until, ..offer });
        self.out.push(Action::HangUpOffer { offer: offer.id });
    }

    fn agent_left_dialling(&mut self, offer: LiveOffer, now: Timestamp) {
        let agent = offer.agent;
        self.out.push(Action::CancelOffer {
            offer: offer.id,
            agent,
            because: Cancelled::DialEnded,
        });
        self.forget_offer(offer, now);
        if let Some(place) = self.place_mut(offer.who) {
            place.refusals.insert(agent, now);
        }
        self.release_place(offer.who);
    }

    /// Frees the agent of it; what was said in mid-offer counts from here.
    pub(super) fn forget_offer(&mut self, offer: LiveOffer, now: Timestamp) {
        self.offers.remove(&offer.id);
        if let Some(agent) =
            self.agents.get_mut(&offer.agent).filter(|it| it.offer == Some(offer.id))
        {
            agent.offer = None;
            agent.settle_pending(now);
        }
    }

    /// A call-back that was taken is open again; a caller waits as before.
    fn release_place(&mut self, who: Who) {
        match who {
            Who::Caller(_) => {}
            Who::CallBack(id) => self.reopen_call_back(id),
        }
    }

    pub(super) fn expire_offers(&mut self, now: Timestamp) {
        let over = self.offers.values().filter(|offer| offer.until <= now);
        let over: Vec<LiveOffer> = over.copied().collect();
        for offer in over {
            match offer.stage {
                Stage::Ringing => self.withdraw(offer.id, Cancelled::NoAnswer, now),
                Stage::Dialling => self.withdraw(offer.id, Cancelled::DialEnded, now),
                Stage::Withdrawn => self.forget_offer(offer, now),
            }
        }
    }
}
