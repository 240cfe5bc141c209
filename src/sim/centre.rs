//! The call centre of one simulated helpline: the product's own queue ([`acd`]) with callers and agents that are drawn.
//! Pure but for its books: a day goes in, what became of its calls comes out.

use std::collections::{BTreeMap, HashMap};

use super::{
    draw::Seed,
    faults::Plans,
    figures::{CentreFigures, HOURS},
    profile::Profile,
};
use crate::{
    acd::{
        self, Action, AgentId, CallerId, Cancelled, CitizenKey, Dialled, Ending, Event, Intent,
        Join, Notice, OfferId, Otherwise, Outcome, Priority, Proficiency, Queue, Safe, Skill,
    },
    domain::{
        language::Language,
        time::{DAY_MS, HOUR_MS, SECOND_MS, Timestamp},
    },
};

/// Consoles and phones of simulated agents do not go silent: their leases outlast every run.
const LEASE_MS: i64 = 4_000 * DAY_MS;
/// A phone that was told to stop ringing has stopped after this.
const GONE_MS: i64 = 500;
/// A citizen thinks about a call-back for so long.
const THINKS_MS: i64 = 6 * SECOND_MS;
/// A complaint by keys takes so long.
const BY_KEYS_MS: i64 = 150 * SECOND_MS;

/// A complaint that a call ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Brought {
    pub at: Timestamp,
    /// Which call; every draw about the complaint goes by it.
    pub call: u64,
    pub citizen: u64,
    pub by_keys: bool,
}

/// What one day's calls came to.
#[derive(Debug, Default)]
pub struct Day {
    /// By time.
    pub brought: Vec<Brought>,
}

#[derive(Debug)]
pub struct Centre {
    seed: Seed,
    profile: Profile,
    plans: Plans,
    queue: Queue,
    at: BTreeMap<(Timestamp, u64), Next>,
    planned: u64,
    calls: u64,
    /// Callers in the queue and on the line, by their calls: whose citizen, and whether still waiting.
    lines: HashMap<CallerId, u64>,
    /// Citizens who are owed a call-back.
    owed: HashMap<CallerId, u64>,
    call_backs: u64,
    brought: Vec<Brought>,
    pub figures: CentreFigures,
}

/// What is to happen at some instant.
#[derive(Clone, Copy, Debug)]
enum Next {
    Arrive,
    Leave(CallerId),
    Accept(CallerId),
    End(CallerId),
    Phone(OfferId, Outcome),
    Dial { call_back: CallerId, n: u64 },
    Duty(AgentId, Intent),
}

impl Centre {
    pub fn new(seed: Seed, profile: &Profile, plans: Plans) -> Self {
        let policy = acd::Policy {
            console_lease_ms: LEASE_MS,
            leg_lease_ms: LEASE_MS,
            ..acd::Policy::default()
        };
        let begins = profile.begins();
        let mut centre = Self {
            seed,
            profile: profile.clone(),
            plans,
            queue: Queue::new(policy),
            at: BTreeMap::new(),
            planned: 0,
            calls: 0,
            lines: HashMap::new(),
            owed: HashMap::new(),
            call_backs: 0,
            brought: Vec::new(),
            figures: CentreFigures::default(),
        };
        let mut agent = 0;
        for shift in profile.agents.shifts.clone() {
            for _ in 0..shift.agents as i64 {
                centre.agent(AgentId(agent), begins);
                agent += 1;
            }
        }
        centre.arrive_after(begins);
        centre
    }

    fn agent(&mut self, agent: AgentId, now: Timestamp) {
        let mut draw = self.seed.draw("agent", agent.0.unsigned_abs(), 0);
        let english = if draw.chance(self.profile.agents.english_share) { 3 } else { 1 };
        let skills = [(Language::Hindi, 3), (Language::English, english)]
            .map(|(language, level)| (Skill::Language(language), Proficiency(level)));
        self.tell(Event::Profile(acd::Profile { agent, skills: skills.into() }), now);
        self.tell(Event::Console { agent }, now);
        self.tell(Event::Registered { agent, until: now.plus_ms(LEASE_MS) }, now);
    }

    /// Runs from the day's first instant up to its end.
    pub fn day(&mut self, begins: Timestamp) -> Day {
        let mut agent = 0;
        for shift in self.profile.agents.shifts.clone() {
            let from = begins.plus_ms(shift.from_hour * HOUR_MS);
            for _ in 0..shift.agents as i64 {
                self.plan(from, Next::Duty(AgentId(agent), Intent::Available));
                let until = from.plus_ms(shift.hours * HOUR_MS);
                self.plan(until, Next::Duty(AgentId(agent), Intent::SignedOut));
                agent += 1;
            }
        }
        let ends = begins.plus_ms(DAY_MS);
        loop {
            let planned = self.at.first_key_value().map(|(key, _)| *key);
            let due = self.queue.next_due();
            let first = match (planned, due) {
                (Some((at, _)), Some(due)) => at.min(due),
                (Some((at, _)), None) => at,
                (None, Some(due)) => due,
                (None, None) => break,
            };
            if first >= ends {
                break;
            }
            match planned.filter(|(at, _)| *at <= first) {
                Some(key) => {
                    let next = self.at.remove(&key).expect("it was just seen");
                    self.carry_out(next, first);
                }
                None => self.tell(Event::Tick, first),
            }
        }
        self.brought.sort_unstable();
        let later = self.brought.partition_point(|brought| brought.at < ends);
        let rest = self.brought.split_off(later);
        Day { brought: std::mem::replace(&mut self.brought, rest) }
    }

    fn plan(&mut self, at: Timestamp, next: Next) {
        self.planned += 1;
        self.at.insert((at, self.planned), next);
    }

    fn carry_out(&mut self, next: Next, now: Timestamp) {
        match next {
            Next::Arrive => self.arrive(now),
            Next::Leave(caller) => self.tell(Event::Left { caller }, now),
            Next::Accept(caller) => self.tell(Event::AcceptsCallBack { caller }, now),
            Next::End(caller) => self.tell(Event::Ended { caller }, now),
            Next::Phone(offer, outcome) => self.tell(Event::Offer { offer, outcome }, now),
            Next::Dial { call_back, n } => self.dialled(call_back, n, now),
            Next::Duty(agent, intent) => self.tell(Event::Intends { agent, intent }, now),
        }
    }

    /// The next call, by an hourly rate; what an hour did not bring is drawn anew in the next.
    fn arrive_after(&mut self, from: Timestamp) {
        let mut draw = self.seed.draw("arrival", self.calls, 0);
        let mut from = from;
        let whole: f64 = self.profile.calls.hour_shares.iter().sum();
        for _ in 0..HOURS * 7 {
            let hour = from.ist_minute() / 60;
            let share = self.profile.calls.hour_shares[hour as usize] / whole;
            let times = self.plans.flood_at(from);
            let an_hour = self.profile.calls.a_day * share * times;
            let ends = from.at_ist_minute(hour * 60).plus_ms(HOUR_MS);
            let ends = self.plans.flood_turns(from).map_or(ends, |turn| turn.min(ends));
            if an_hour > 0.0 {
                let gap_ms = draw.exponential(HOUR_MS as f64 / an_hour);
                let at = from.plus_ms(gap_ms as i64 + 1);
                if at < ends {
                    return self.plan(at, Next::Arrive);
                }
            }
            from = ends;
        }
    }

    fn arrive(&mut self, now: Timestamp) {
        let call = self.calls;
        self.calls += 1;
        self.arrive_after(now);
        let (calls, citizens) = (&self.profile.calls, &self.profile.citizens);
        let mut draw = self.seed.draw("call", call, 0);
        let citizen = draw.below(citizens.phones as u64);
        self.figures.calls += 1;
        if !draw.chance(calls.person_share) {
            if draw.chance(calls.by_keys_share / (1.0 - calls.person_share).max(f64::EPSILON)) {
                let at = now.plus_ms(BY_KEYS_MS);
                self.brought.push(Brought { at, call, citizen, by_keys: true });
            }
            return;
        }
        let caller = CallerId(call as i64 + 1);
        let english = draw.chance(citizens.english_share);
        let patience_s = draw.lognormal(calls.patience_median_s, calls.patience_sigma);
        let join = Join {
            caller,
            citizen: Some(key(citizen)),
            language: if english { Language::English } else { Language::Hindi },
            menu: String::new(),
            wants: Vec::new(),
            priority: Priority(0),
            last_agent: None,
            safe: Safe::Anytime,
        };
        self.lines.insert(caller, citizen);
        self.plan(now.plus_ms((patience_s * SECOND_MS as f64) as i64 + 1), Next::Leave(caller));
        self.tell(Event::Joined(join), now);
    }

    fn tell(&mut self, event: Event, now: Timestamp) {
        // Who hung up long ago, or talks, is not waiting any more.
        if let Event::Left { caller } = event
            && !self.waits(caller)
        {
            return;
        }
        let actions = self.queue.handle(event, now);
        for action in actions {
            self.took(action, now);
        }
    }

    fn waits(&self, caller: CallerId) -> bool {
        self.lines.contains_key(&caller) && !self.figures.talks.contains_key(&caller)
    }

    fn took(&mut self, action: Action, now: Timestamp) {
        let agents = &self.profile.agents;
        match action {
            Action::Offer(offer) => {
                let mut draw = self.seed.draw("offer", offer.offer.0, 0);
                if !draw.chance(agents.no_answer_share) {
                    let (least, most) = (agents.answer_least_s, agents.answer_most_s);
                    let at = now.plus_ms(draw.between(least * SECOND_MS, most * SECOND_MS));
                    self.plan(at, Next::Phone(offer.offer, Outcome::Answered));
                }
            }
            Action::CancelOffer { because: Cancelled::DialEnded, .. } => {}
            Action::CancelOffer { offer, .. } | Action::HangUpOffer { offer } => {
                self.plan(now.plus_ms(GONE_MS), Next::Phone(offer, Outcome::Gone));
            }
            Action::Connect { caller, .. } => {
                let calls = &self.profile.calls;
                let mut draw = self.seed.draw("talk", caller.0.unsigned_abs(), 0);
                let talk_s = draw.lognormal(calls.talk_median_s, calls.talk_sigma) as i64;
                let talk_ms = talk_s.clamp(5, calls.talk_max_s) * SECOND_MS;
                self.figures.talks.insert(caller, now);
                self.plan(now.plus_ms(talk_ms), Next::End(caller));
            }
            Action::Dial { call_back, .. } => {
                self.call_backs += 1;
                let mut draw = self.seed.draw("call_back", self.call_backs, 0);
                let at = now.plus_ms(draw.between(6, 25) * SECOND_MS);
                self.plan(at, Next::Dial { call_back, n: self.call_backs });
            }
            Action::OfferCallBack { caller } => {
                let mut draw = self.seed.draw("accepts", caller.0.unsigned_abs(), 0);
                if draw.chance(self.profile.calls.accepts_call_back_share) {
                    self.plan(now.plus_ms(THINKS_MS), Next::Accept(caller));
                }
            }
            Action::Divert { caller, to: Otherwise::Message, .. } => {
                self.tell(Event::MessageLeft { caller, message: None }, now);
            }
            Action::CallerEnded { caller, ending } => self.ended(caller, ending, now),
            Action::Notice { agent, notice: Notice::AwayNoAnswer } => {
                let at = now.plus_ms(agents.back_after_s * SECOND_MS);
                self.plan(at, Next::Duty(agent, Intent::Available));
            }
            Action::Fact(fact) => self.figures.apply(&fact),
            Action::CallBack(row) => match row.state {
                acd::State::Closed(_) | acd::State::Expired(_) => drop(self.owed.remove(&row.id)),
                _ => drop(self.owed.insert(row.id, citizen(row.citizen))),
            },
            _ => {}
        }
    }

    /// The citizen who was promised a call, or nobody.
    fn dialled(&mut self, call_back: CallerId, n: u64, now: Timestamp) {
        let mut draw = self.seed.draw("called_back", n, 0);
        let part = match now.ist_minute() / 60 {
            0..12 => 0,
            12..16 => 1,
            _ => 2,
        };
        let answers = &self.profile.answers;
        let outcome = if draw.chance(answers.busy_share) {
            Dialled::Busy
        } else if draw.chance(answers.answered_share[part]) {
            let call = self.calls;
            self.calls += 1;
            let caller = CallerId(call as i64 + 1);
            let citizen = self.owed.get(&call_back).copied().unwrap_or_default();
            self.lines.insert(caller, citizen);
            Dialled::Connected(caller)
        } else {
            Dialled::NoAnswer
        };
        self.tell(Event::Dialled { call_back, outcome }, now);
    }

    fn ended(&mut self, caller: CallerId, ending: Ending, now: Timestamp) {
        self.figures.talks.remove(&caller);
        let Some(citizen) = self.lines.remove(&caller) else { return };
        *self.figures.endings.entry(ending).or_default() += 1;
        let call = caller.0.unsigned_abs() - 1;
        let mut draw = self.seed.draw("complains", call, 0);
        if ending == Ending::Talked && draw.chance(self.profile.calls.complaint_share) {
            self.brought.push(Brought { at: now, call, citizen, by_keys: false });
        }
    }

    /// Agents on duty in each hour of the day.
    pub fn on_duty(profile: &Profile) -> [f64; HOURS] {
        let mut on_duty = [0.0; HOURS];
        for shift in &profile.agents.shifts {
            for hour in shift.from_hour..shift.from_hour + shift.hours {
                on_duty[hour.rem_euclid(24) as usize] += shift.agents;
            }
        }
        on_duty
    }
}

/// The queue compares it and can read nothing in it; here there is nothing to hide.
fn key(citizen: u64) -> CitizenKey {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&citizen.to_be_bytes());
    CitizenKey(key)
}

fn citizen(key: CitizenKey) -> u64 {
    key.0.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}
