//! What the driver's side makes of actions: phones that answer at random, calls that end at random.

use super::{Line, Phone, Plan, World};
use crate::{
    acd::{tests::stage, *},
    domain::time::SECOND_MS,
};

impl World {
    pub(super) fn took(&mut self, action: Action) {
        match action {
            Action::Offer(Offer { offer, agent, who, why, .. }) => {
                assert_eq!(
                    why.skipped.len(),
                    self.skills.len() - 1,
                    "each other agent has a reason"
                );
                let busy = self.phones.values().any(|(_, its, _)| *its == agent);
                let withdrawn = |(phone, its, _): &&(Phone, AgentId, Who)| {
                    matches!(phone, Phone::Withdrawn(_)) && *its == agent
                };
                assert!(!busy || self.phones.values().any(|it| withdrawn(&it)), "{agent:?} twice");
                self.phones.insert(offer, (Phone::Ringing, agent, who));
                let at = self.roll_ms(15 * SECOND_MS);
                match self.roll(10) {
                    0 => self.plan(at, Plan::Phone(offer, Outcome::Rejected)),
                    1 => self.plan(at, Plan::Phone(offer, Outcome::Busy)),
                    2 => self.plan(at, Plan::Phone(offer, Outcome::Unreachable)),
                    3 => {}
                    4 => self.plan(self.policy.offer_ms, Plan::Phone(offer, Outcome::Answered)),
                    _ => self.plan(at, Plan::Phone(offer, Outcome::Answered)),
                }
            }
            Action::CancelOffer { offer, agent, because } => {
                let (phone, its, who) = self.phones[&offer];
                assert_eq!(its, agent);
                assert!(!matches!(phone, Phone::Withdrawn(_)), "withdrawn twice");
                if matches!(because, Cancelled::NoAnswer | Cancelled::PhoneGone) {
                    self.refuse(agent, who);
                }
                self.withdrawn(offer);
            }
            Action::HangUpOffer { offer } => self.withdrawn(offer),
            Action::Connect { offer, caller, agent } => self.connect(offer, caller, agent),
            Action::Dial { offer, call_back, .. } => {
                let phone = self.phones.get_mut(&offer).expect("an offer that rang");
                assert_eq!(phone.0, Phone::Ringing);
                phone.0 = Phone::Dialling;
                let at = self.roll_ms(30 * SECOND_MS);
                self.plan(at, Plan::Dial(call_back, offer));
            }
            Action::Waits { caller, because } => {
                let (line, ..) = self.lines.get_mut(&caller).expect("a caller on the line");
                let Line::Talking(agent) = *line else { panic!("{caller:?} did not talk") };
                *line = Line::Waiting;
                if because == Again::SentBack {
                    self.refuse(agent, Who::Caller(caller));
                }
            }
            Action::CallerEnded { caller, ending } => {
                let (_, join, _) = self.lines.remove(&caller).expect("ends once");
                *self.ends.entry(ending).or_default() += 1;
                self.beside.retain(|(_, other), _| *other != caller);
                let callable = join.citizen.filter(|_| join.safe == Safe::Anytime);
                let promised = matches!(
                    ending,
                    Ending::Abandoned | Ending::CalledBack | Ending::Silent | Ending::Lost
                );
                if let Some(citizen) = callable.filter(|_| promised) {
                    let elsewhere =
                        self.lines.values().any(|(_, it, _)| it.citizen == Some(citizen));
                    assert!(
                        self.owed.contains_key(&citizen) || elsewhere,
                        "{caller:?} is forgotten"
                    );
                }
            }
            Action::CallBack(row) => match row.state {
                State::Closed(closed) => {
                    self.owed.remove(&row.citizen).expect("was open");
                    self.called_back += u64::from(closed == Closed::Dialled);
                    self.reached.insert(row.id, row);
                }
                State::Open | State::Taken(_) | State::OnTheLine(_) | State::Expired(_) => {
                    let before = self.owed.insert(row.citizen, row.clone());
                    assert!(before.is_none_or(|before| before.id == row.id), "two for one citizen");
                }
            },
            _ => {}
        }
    }

    fn withdrawn(&mut self, offer: OfferId) {
        let Some(phone) = self.phones.get_mut(&offer) else { return };
        phone.0 = Phone::Withdrawn(self.now);
        let at = self.roll_ms(3 * SECOND_MS);
        if self.roll(4) == 0 {
            self.plan(at / 2, Plan::Phone(offer, Outcome::Answered));
        }
        self.plan(at, Plan::Phone(offer, Outcome::Gone));
    }

    fn connect(&mut self, offer: OfferId, caller: CallerId, agent: AgentId) {
        let (phone, its, who) = self.phones.remove(&offer).expect("a live offer");
        assert_eq!(its, agent);
        match who {
            Who::Caller(id) => {
                assert_eq!((phone, id), (Phone::Ringing, caller));
                let (line, ..) = self.lines.get_mut(&caller).expect("connected to nobody");
                assert_eq!(*line, Line::Waiting);
                *line = Line::Talking(agent);
            }
            Who::CallBack(id) => {
                assert_eq!(phone, Phone::Dialling);
                let row = self.queue.call_backs().find(|row| row.id == id);
                assert!(row.is_none(), "reached and still owed");
                let row = self.reached.remove(&id).expect("closed by this dial");
                let mut join = stage::join(caller, &[]);
                (join.citizen, join.language, join.wants) =
                    (Some(row.citizen), row.language, row.wants);
                self.joined += 1;
                self.lines.insert(caller, (Line::Talking(agent), join, self.now));
            }
        }
        let at = 5 * SECOND_MS + self.roll_ms(40 * SECOND_MS);
        match self.roll(12) {
            0 => self.plan(at, Plan::Lose(caller)),
            1 => self.plan(at, Plan::SendBack(caller)),
            2 => {
                self.plan(at / 2, Plan::Pass(caller));
                self.plan(at, Plan::End(caller));
            }
            3 if self.roll(3) == 0 => {
                self.dead_agents.insert(caller);
                self.plan(200 * SECOND_MS, Plan::Leave(caller));
            }
            4 => self.plan(at, Plan::Leave(caller)),
            _ => self.plan(at, Plan::End(caller)),
        }
    }
}
