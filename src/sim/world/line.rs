//! The dialler's calls.

use std::sync::Arc;

use super::{World, acts::Todo, broken};
use crate::{
    app::verification,
    domain::{
        citizen::Safety,
        time::{HOUR_MS, SECOND_MS, Timestamp},
    },
    sim::{Result, citizens, invariants},
};

impl World {
    /// Rings as many as there are free channels, as the dialler does.
    pub(super) async fn dial(&mut self, now: Timestamp) -> Result<()> {
        let starts =
            (self.profile.dialler.starts_a_second * self.profile.step_s as f64).ceil() as i64;
        let channels = self.profile.dialler.channels as i64;
        let mut free = starts.min(channels - self.on_the_line as i64);
        while free > 0 {
            let orders = verification::dial(&self.helpline.app, free).await?;
            if orders.is_empty() {
                break;
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
