//! Who is matched with whom: the order of those who wait, the targets that are open, and why each agent is passed over.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    Queue,
    agents::{Agent, Intent},
    call_backs,
    ids::{AgentId, CallerId, Who},
    policy::{
        Priority, Skip,
        skills::{Expression, Proficiency, RINGS, Ring, Skill, Want},
    },
    why::{Skipped, Why, WhyWaiting},
};
use crate::domain::time::Timestamp;

/// The name that an escalated caller's last target has in a `Why`.
const ESCALATION: &str = "escalation";

/// What the matching needs to know of one who waits, on the line or for a call.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) arrival: Timestamp,
    /// Lost an agent through no doing of the citizen: before everybody else.
    pub(super) head: bool,
    /// On the line, where waiting hurts: a call-back is never escalated, or the day's list would go before every caller.
    pub(super) live: bool,
    pub(super) priority: Priority,
    pub(super) wants: Vec<Want>,
    pub(super) last_agent: Option<AgentId>,
    /// Agents who refused in this round, and when.
    pub(super) refusals: BTreeMap<AgentId, Timestamp>,
}

/// How wide the circle is for one place at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circle {
    pub(super) ring: Ring,
    /// Targets open, from the first.
    pub(super) open: usize,
    pub(super) escalated: bool,
    /// When it widens next by time alone.
    pub(super) widens: Option<Timestamp>,
}

/// Smaller goes first.
type Rank = (bool, Reverse<Priority>, Timestamp, Who);

impl Queue {
    pub(super) fn circle(&self, place: &Place, now: Timestamp) -> Circle {
        let waited_ms = now.since(place.arrival);
        let begun = self.policy.rings_ms.iter().rposition(|begins| *begins <= waited_ms);
        let ring = begun.unwrap_or(0);
        let mut widens: Option<i64> = self.policy.rings_ms.get(ring + 1).copied();
        let mut next = |ms: i64| widens = Some(widens.map_or(ms, |first| first.min(ms)));

        let ring = Ring(u8::try_from(ring.min(RINGS - 1)).unwrap_or_default());
        let escalated = place.live && waited_ms >= self.policy.escalate_ms;
        if place.live && !escalated {
            next(self.policy.escalate_ms);
        }
        let mut open = 0;
        let mut opens_ms = 0_i64;
        for target in &self.policy.targets {
            if opens_ms > waited_ms {
                next(opens_ms);
                break;
            }
            open += 1;
            if !self.skips(target.skip, &target.who, place, ring, now) {
                opens_ms = opens_ms.saturating_add(target.time_out_ms);
            }
        }
        let widens = widens.map(|ms| place.arrival.plus_ms(ms)).filter(|at| *at > now);
        Circle { ring, open, escalated, widens }
    }

    fn skips(
        &self,
        skip: Skip,
        who: &Expression,
        place: &Place,
        ring: Ring,
        now: Timestamp,
    ) -> bool {
        let is_there = |agent: &Agent| match skip {
            Skip::Never => true,
            Skip::NobodyOnDuty => agent.on_duty(now),
            Skip::NobodyFree => agent.busy(now).is_ok(),
        };
        let one = match (skip, who) {
            (Skip::Never, _) => return false,
            (_, Expression::LastAgent) => place.last_agent,
            (_, Expression::Agent(agent)) => Some(*agent),
            (
                _,
                Expression::Anyone | Expression::Has(_) | Expression::All(_) | Expression::Any(_),
            ) => {
                let belongs = |agent: &Agent| {
                    who.holds(agent.id(), &agent.profile.skills, place.last_agent, ring)
                };
                return !self.agents.values().any(|agent| is_there(agent) && belongs(agent));
            }
        };
        !one.and_then(|id| self.agents.get(&id)).is_some_and(is_there)
    }

    /// The first open target that the agent belongs to, or why none of them will do.
    fn fits(&self, agent: &Agent, place: &Place, circle: Circle) -> Result<usize, Skipped> {
        let skills = &agent.profile.skills;
        for want in &place.wants {
            if !want.met_by(skills, circle.ring) {
                return Err(Skipped::Lacks {
                    skill: want.skill.clone(),
                    has: skills.get(&want.skill).copied().unwrap_or_default(),
                    least: want.least_at(circle.ring),
                });
            }
        }
        // The escalation group is a reserve: whoever is in it takes escalated callers alone.
        if skills.get(&Skill::Escalation).is_some_and(|has| *has > Proficiency(0)) {
            return if circle.escalated {
                Ok(self.policy.targets.len())
            } else {
                Err(Skipped::NoTarget)
            };
        }
        let belongs =
            |who: &Expression| who.holds(agent.id(), skills, place.last_agent, circle.ring);
        let open = self.policy.targets.iter().take(circle.open);
        open.map(|target| &target.who).position(belongs).ok_or(Skipped::NoTarget)
    }

    fn priority(&self, place: &Place, circle: Circle) -> Priority {
        let open = self.policy.targets.iter().take(circle.open).map(|target| target.priority);
        let Priority(priority) = open.fold(place.priority, Ord::max);
        Priority(priority.saturating_add(u8::from(circle.escalated)))
    }

    /// Everybody who waits in order, those included whom a phone rings for.
    pub(super) fn order(&self, now: Timestamp) -> Vec<Who> {
        let callers = self.callers.values().filter(|caller| caller.waits());
        let callers = callers.map(|caller| (Who::Caller(caller.id()), &caller.place));
        let owed = self.call_backs.values().filter(|owed| {
            matches!(owed.row.state, call_backs::State::Taken(_)) || self.may_dial(owed, now)
        });
        let owed = owed.map(|owed| (Who::CallBack(owed.row.id), &owed.place));
        let mut ranks: Vec<Rank> = callers
            .chain(owed)
            .map(|(who, place)| {
                let priority = self.priority(place, self.circle(place, now));
                (!place.head, Reverse(priority), place.arrival, who)
            })
            .collect();
        ranks.sort_unstable();
        ranks.into_iter().map(|(.., who)| who).collect()
    }

    pub(super) fn place(&self, who: Who) -> Option<&Place> {
        match who {
            Who::Caller(caller) => Some(&self.callers.get(&caller)?.place),
            Who::CallBack(id) => Some(&self.call_backs.get(&id)?.place),
        }
    }

    pub(super) fn place_mut(&mut self, who: Who) -> Option<&mut Place> {
        match who {
            Who::Caller(caller) => Some(&mut self.callers.get_mut(&caller)?.place),
            Who::CallBack(id) => Some(&mut self.call_backs.get_mut(&id)?.place),
        }
    }

    /// Gives every free agent the first in order whom it fits, each caller the agent idle the longest in its first target.
    pub(super) fn dispatch(&mut self, now: Timestamp) {
        let free = self.agents.values().filter(|agent| agent.busy(now).is_ok());
        let mut free: BTreeSet<AgentId> = free.map(Agent::id).collect();
        if free.is_empty() {
            return;
        }
        let offered = self.offered();
        for who in self.order(now) {
            if free.is_empty() {
                return;
            }
            if offered.contains(&who) {
                continue;
            }
            self.begin_round_if_all_refused(who, now);
            if let Some(why) = self.choose(who, &free, now) {
                free.remove(&why.agent);
                self.make_offer(why, now);
            }
        }
    }

    fn choose(&self, who: Who, free: &BTreeSet<AgentId>, now: Timestamp) -> Option<Why> {
        let place = self.place(who)?;
        let circle = self.circle(place, now);
        let candidates = free.iter().filter_map(|id| self.agents.get(id));
        let candidates = candidates.filter(|agent| !place.refusals.contains_key(&agent.id()));
        let (target, _, chosen) = candidates
            .filter_map(|agent| {
                let target = self.fits(agent, place, circle).ok()?;
                Some((target, agent.idle_since, agent.id()))
            })
            .min()?;
        let chosen = self.agents.get(&chosen)?;
        let others = self.agents.values().filter(|agent| agent.id() != chosen.id());
        let skipped = others.map(|agent| {
            let reason = self.against(agent, place, circle, now).err();
            let reason = reason.unwrap_or_else(|| match self.fits(agent, place, circle) {
                Ok(theirs) if theirs > target => Skipped::LaterTarget,
                Ok(_) | Err(_) => Skipped::IdleLess { idle_ms: now.since(agent.idle_since) },
            });
            (agent.id(), reason)
        });
        Some(Why {
            who,
            agent: chosen.id(),
            target: self.policy.targets.get(target).map_or(ESCALATION, |it| &it.name).to_owned(),
            ring: circle.ring,
            priority: self.priority(place, circle),
            waited_ms: now.since(place.arrival),
            idle_ms: now.since(chosen.idle_since),
            skipped: skipped.collect(),
        })
    }

    fn against(
        &self,
        agent: &Agent,
        place: &Place,
        circle: Circle,
        now: Timestamp,
    ) -> Result<(), Skipped> {
        agent.busy(now)?;
        self.fits(agent, place, circle)?;
        if place.refusals.contains_key(&agent.id()) { Err(Skipped::RefusedThis) } else { Ok(()) }
    }

    /// A round ends when everybody on duty who fits has refused, or the refusal is `refusal_ms` old.
    fn begin_round_if_all_refused(&mut self, who: Who, now: Timestamp) {
        let Some(place) = self.place(who).filter(|place| !place.refusals.is_empty()) else {
            return;
        };
        let circle = self.circle(place, now);
        let mut fitting = self
            .agents
            .values()
            .filter(|agent| agent.on_duty(now) && self.fits(agent, place, circle).is_ok());
        let all_refused = fitting.all(|agent| place.refusals.contains_key(&agent.id()));
        let refusal_ms = self.policy.refusal_ms;
        if let Some(place) = self.place_mut(who) {
            place.refusals.retain(|_, at| !all_refused && now.since(*at) < refusal_ms);
        }
    }

    /// Whether anybody signed in could ever take this place, in the widest circle.
    pub(super) fn anybody_for(&self, place: &Place) -> bool {
        let circle = Circle {
            ring: Ring(u8::try_from(RINGS - 1).unwrap_or_default()),
            open: self.policy.targets.len(),
            escalated: true,
            widens: None,
        };
        let mut signed_in = self.agents.values().filter(|agent| agent.intent != Intent::SignedOut);
        signed_in.any(|agent| self.fits(agent, place, circle).is_ok())
    }

    /// Why this caller still waits; None for one who does not.
    pub fn why_waiting(&self, caller: CallerId, now: Timestamp) -> Option<WhyWaiting> {
        let who = Who::Caller(caller);
        let waiting = self.callers.get(&caller).filter(|caller| caller.waits())?;
        let place = &waiting.place;
        let circle = self.circle(place, now);
        let rings = self.offer_of(who).and_then(|offer| self.offers.get(&offer));
        let skipped = self
            .agents
            .values()
            .filter_map(|agent| Some((agent.id(), self.against(agent, place, circle, now).err()?)));
        Some(WhyWaiting {
            position: self.order(now).iter().position(|other| *other == who)? + 1,
            waited_ms: now.since(place.arrival),
            ring: circle.ring,
            targets: self
                .policy
                .targets
                .iter()
                .take(circle.open)
                .map(|it| it.name.clone())
                .collect(),
            priority: self.priority(place, circle),
            rings: rings.map(|offer| offer.agent),
            skipped: skipped.collect(),
        })
    }
}
