//! Registrations that the call centre brought, and the dialler's calls.

use std::{collections::BTreeSet, sync::Arc};

use super::{World, acts::Todo, broken};
use crate::{
    app::{
        cases,
        intake::{SafetyOf, SetSafety, Who, set_safety},
        verification,
    },
    domain::{
        actor::Actor,
        case::Kind,
        citizen::Safety,
        time::{HOUR_MS, SECOND_MS, Timestamp},
    },
    sim::{
        Error, Result, centre::Brought, citizens, invariants, invariants::Stands, officers,
        world::Kept,
    },
};

/// Looks at the dialler in one step that find nothing to ring.
const EMPTY_LOOKS_MAX: u32 = 3;

impl World {
    pub(super) async fn register(&mut self, brought: Brought) -> Result<()> {
        let Brought { call, citizen, by_keys, .. } = brought;
        let (seed, profile) = (self.seed, &self.profile);
        let mut draw = seed.draw("complaint", call, 0);
        // Complaints come from where the citizen lives.
        let home = seed.draw("home", citizen, 0).below(self.helpline.blocks.len() as u64);
        let about = draw.below(self.helpline.categories.len() as u64);
        let ask = cases::Register {
            request_id: format!("complaint {call}"),
            kind: Kind::Complaint,
            phone: citizens::phone(citizen),
            name: None,
            language: citizens::language(seed, profile, citizen),
            category: self.helpline.categories[about as usize].clone(),
            subcategory: None,
            place: self.helpline.blocks[home as usize].clone(),
            words: Some("the complaint in the citizen's words".to_owned()),
            recording: None,
            by_keys,
            call: None,
            despite: None,
            incident: None,
            heard_of: None,
            scheme: None,
        };
        let app = &self.helpline.app;
        let by = if by_keys { Actor::caller(None) } else { self.helpline.agent.clone() };
        let view = match cases::register(app, &by, ask.clone()).await {
            Ok(view) => view,
            Err(error) => {
                let reason = officers::reason(&error).ok_or(Error::App(error))?;
                *self.figures.cases.not_registered.entry(reason).or_default() += 1;
                return Ok(());
            }
        };
        if self.plans.are_on && draw.chance(profile.faults.repeated_share) {
            self.figures.faults.repeated += 1;
            let again = cases::register(app, &by, ask).await?;
            if (again.case.id, again.case.version) != (view.case.id, view.case.version) {
                return Err(broken(format!(
                    "one request registered {} and {}",
                    view.case.id, again.case.id
                )));
            }
        }
        let kept = Kept {
            stands: Stands::new(),
            citizen,
            complaint: call,
            done: false,
            attempts: 0,
            acted: BTreeSet::new(),
        };
        self.cases.insert(view.case.id, kept);
        self.figures.cases.registered += 1;
        self.figures.cases.today.registered += 1;
        let safety = citizens::safety(seed, profile, citizen);
        if safety != Safety::default() && self.asked_safety.insert(citizen) {
            let of = SafetyOf::Citizen(Who::OfCase(view.case.number()));
            let ask = SetSafety { request_id: format!("safety {citizen}"), of, safety };
            set_safety(app, &self.helpline.supervisor, ask).await?;
        }
        Ok(())
    }

    /// Rings as many as there are free channels, as the dialler does.
    pub(super) async fn dial(&mut self, now: Timestamp) -> Result<()> {
        let starts =
            (self.profile.dialler.starts_a_second * self.profile.step_s as f64).ceil() as i64;
        let channels = self.profile.dialler.channels as i64;
        let mut free = starts.min(channels - self.on_the_line as i64);
        let mut empty = 0;
        while free > 0 && empty < EMPTY_LOOKS_MAX {
            let orders = verification::dial(&self.helpline.app, free).await?;
            if orders.is_empty() {
                empty += 1;
            }
            for order in orders {
                free -= 1;
                self.ring(order, now)?;
            }
        }
        Ok(())
    }

    fn ring(&mut self, order: verification::DialOrder, now: Timestamp) -> Result<()> {
        let citizen = citizens::of_phone(&order.phone);
        let safety = match self.asked_safety.contains(&citizen) {
            true => citizens::safety(self.seed, &self.profile, citizen),
            false => Safety::default(),
        };
        invariants::dial(safety, now, citizen)?;
        let dials = self.dialled.entry(citizen).or_default();
        *dials += 1;
        if *dials > invariants::DIALS_A_DAY_MAX {
            return Err(broken(format!("citizen {citizen} is dialled {dials} times on one day")));
        }
        self.rung_today.insert(order.citizen);
        for round in &order.rounds {
            let before = self.tokens.insert((round.case, round.round), round.token);
            if before.is_some_and(|before| before >= round.token) {
                return Err(broken(format!(
                    "case {}: the token {} came twice",
                    round.case, round.token
                )));
            }
        }
        let nth = self.rung.entry(citizen).or_default();
        *nth += 1;
        let down = self.plans.trunk_is_down(now);
        let done = |case| self.cases.get(&case).is_some_and(|kept| kept.done);
        let call = citizens::call((self.seed, &self.profile), order, *nth, down, now, done);
        let hour = &mut self.figures.dials.hours[(now.ist_minute() / 60) as usize];
        hour.dials += 1;
        hour.line_ms += call.ends.since(now);
        self.on_the_line += 1;
        hour.channels_most = hour.channels_most.max(self.on_the_line);
        self.figures.dials.dials += 1;
        self.figures.cases.today.dials += 1;
        let mut draw = self.seed.draw("dialler", citizen, *nth);
        let faults = &self.profile.faults;
        let (ends, until) = (call.ends, call.order.until);
        let call = Arc::new(call);
        if self.plans.are_on && draw.chance(faults.never_recorded_share) {
            self.figures.faults.never_recorded += 1;
            self.on_the_line -= 1;
        } else if self.plans.are_on && draw.chance(faults.recorded_late_share) {
            self.figures.faults.recorded_late += 1;
            self.on_the_line -= 1;
            let at = until.plus_ms(draw.between(SECOND_MS, HOUR_MS));
            self.plan(at, Todo::Record { call, late: true });
        } else {
            self.plan(ends, Todo::Record { call, late: false });
        }
        Ok(())
    }
}
