//! What the product wrote of a step: read, checked against what stood before, and followed by what people mean to do.

use super::{Kept, World, acts::Todo, broken};
use crate::{
    app,
    domain::{
        case::State,
        change::Event,
        place::Level,
        time::{DAY_MS, Timestamp},
        verification::{Attempt, Outcome},
    },
    sim::{
        Result,
        figures::AGE_DAYS,
        invariants::{self, Fact},
        officers::{self, Act},
    },
    store::{self, cases::Told, events, rounds::standing},
};

/// Cases that are compared with their events at a time.
const PAGE: i64 = 500;

impl World {
    /// Reads what the product wrote since the last look, in an order that no machine's speed changes.
    pub(super) async fn read(&mut self, now: Timestamp) -> Result<()> {
        let db = &self.helpline.app.store.db;
        let mut fresh = Vec::new();
        for (node, seq) in &mut self.nodes {
            loop {
                let page = events::after(db, *node, *seq).await?;
                let Some(last) = page.last() else { break };
                *seq = last.seq;
                let full = page.len() as i64 == events::PAGE_MAX;
                fresh.extend(page.into_iter().map(|recorded| recorded.event));
                if !full {
                    break;
                }
            }
        }
        let id = |event: &Event| event.stream.strip_prefix("case:")?.parse::<i64>().ok();
        let mut fresh: Vec<_> =
            fresh.into_iter().filter_map(|event| Some((id(&event)?, event))).collect();
        fresh.sort_by_key(|(case, event)| (*case, event.version));
        for (case, event) in fresh {
            self.follow(case, &event, now)?;
        }
        Ok(())
    }

    fn follow(&mut self, case: i64, event: &Event, now: Timestamp) -> Result<()> {
        self.figures.events_checked += 1;
        let Some(kept) = self.cases.get_mut(&case) else {
            return Err(broken(format!("case {case} has facts and was never registered")));
        };
        let fact: Fact<'_> = serde_json::from_str(&event.facts).map_err(app::Error::internal)?;
        let before = (kept.stands.state, kept.stands.stay);
        invariants::by_hand(event, &kept.acted, |call| {
            self.answered_by_hand.get(call) == Some(&case)
        })?;
        if event.actor.starts_with("account:") && !invariants::is_of_a_call(&event.kind) {
            kept.acted.insert(event.actor.clone());
        }
        kept.stands.follow(event, &fact)?;
        let figures = &mut self.figures.cases;
        if let Some(row) = fact.escalation.as_ref().filter(|_| event.kind != "no_post") {
            let key = (row.from, row.reason.to_owned());
            *figures.escalations.entry(key).or_default() += 1;
            figures.today.escalated += u64::from(row.to > row.from);
            let (stays, left) = figures.stays.entry(row.from).or_default();
            *stays += 1;
            *left += u64::from(!row.attended);
            figures.vacant += u64::from(!row.attended && row.charged == "VACANT");
        }
        if event.kind == "attempted" || event.kind == "answered" {
            let body: serde_json::Value = serde_json::from_str(&event.body).unwrap_or_default();
            kept.attempts += i64::from(body["dial"].is_i64());
        }
        let (complaint, stay, level) = (kept.complaint, kept.stands.stay, kept.stands.level);
        let done = kept.done;
        let closed = kept.stands.state;
        if closed != before.0 {
            match closed {
                State::ClosedSatisfied => {
                    figures.today.satisfied += 1;
                    *figures.attempts.entry(kept.attempts).or_default() += 1;
                    self.closed_today.push(case);
                }
                State::ClosedSpecial => figures.today.special += 1,
                State::ClosedForced => figures.today.forced += 1,
                _ => {}
            }
        }
        let person = (self.seed, &self.profile);
        let mut intended = Vec::new();
        if stay > before.1 && closed == State::WithOfficer {
            intended = officers::intends(person, (complaint, stay), level, now);
        } else if event.kind == "special_proposed" {
            intended.push(officers::decides(person, (complaint, stay), now));
        } else if event.kind == "round_ended" && closed == State::Unverified {
            let officers = &self.profile.officers;
            let mut draw = self.seed.draw("orders_round", complaint, stay);
            if draw.chance(officers.ordered_round_share) {
                let at = now.plus_ms(officers.ordered_round_days * DAY_MS);
                intended.push((at.at_ist_minute(660), Act::OrderRound));
            }
        }
        if event.kind == "resolved" {
            self.calls_in(case, (complaint, stay), done, now);
        }
        for (at, act) in intended {
            self.acts += 1;
            self.plan(at, Todo::Act { case, stay, act });
        }
        Ok(())
    }

    /// Closes the day's books, and compares every row with what the events told of it.
    pub(super) async fn end_day(&mut self) -> Result<()> {
        let db = &self.helpline.app.store.db;
        let mut past = 0;
        let mut seen = 0;
        loop {
            let page = store::cases::told_after(db, past, PAGE).await?;
            let Some(last) = page.last() else { break };
            past = last.id;
            for row in page {
                seen += 1;
                let Some(Kept { stands, .. }) = self.cases.get(&row.id) else {
                    return Err(broken(format!("case {} has no event", row.id)));
                };
                let told = Told {
                    id: row.id,
                    state: stands.state,
                    level: Level(stands.level),
                    due_at: stands.due.map(Timestamp),
                    version: stands.version,
                    head: stands.head,
                };
                if row != told {
                    return Err(broken(format!(
                        "case {}: its row says {row:?}, its events {told:?}",
                        row.id
                    )));
                }
            }
        }
        let registered = self.figures.cases.registered;
        if seen != self.cases.len() || seen as u64 != registered {
            return Err(broken(format!(
                "{registered} were registered, {} have events, {seen} have rows",
                self.cases.len()
            )));
        }
        self.figures.rows_checked += seen as u64;
        let closed = std::mem::take(&mut self.closed_today);
        for row in store::cases::many(db, &closed).await? {
            let dials = store::attempts::of_round(db, row.id, row.round).await?;
            // What a caller says over a line that proves nothing is kept, and settles nothing.
            let proven = |dial: &&Attempt| !dial.evidence.contains("\"proven\":false");
            let satisfied = dials.iter().filter(|dial| dial.outcome == Outcome::Satisfied);
            let answered = satisfied.filter(proven).count();
            if row.state == State::ClosedSatisfied && answered != 1 {
                return Err(broken(format!(
                    "case {} is closed as satisfied over {answered} rows of evidence",
                    row.id
                )));
            }
        }
        let rung: Vec<i64> = std::mem::take(&mut self.rung_today).into_iter().collect();
        for (citizen, standing) in standing::of(db, &rung, self.now, false).await? {
            let (attempts, dials) = (standing.used.attempts, standing.used.dials);
            if dials > invariants::DIALS_A_DAY_MAX || attempts > invariants::ATTEMPTS_A_DAY_MAX {
                return Err(broken(format!(
                    "citizen {citizen} had {dials} dials and {attempts} attempts on {:?}",
                    self.now.ist_day()
                )));
            }
        }
        self.dialled.clear();
        let mut today = std::mem::take(&mut self.figures.cases.today);
        for kept in self.cases.values() {
            let state = kept.stands.state;
            *today.states.entry(state).or_default() += 1;
            if !matches!(state, State::ClosedSatisfied | State::ClosedSpecial | State::ClosedForced)
            {
                let days = self.now.since(kept.stands.registered) / DAY_MS;
                let age = AGE_DAYS.iter().position(|most| days < *most).unwrap_or(AGE_DAYS.len());
                today.ages[age] += 1;
            }
        }
        let counted: u64 = today.states.values().sum();
        if counted != registered {
            return Err(broken(format!(
                "{registered} were registered, and {counted} are somewhere"
            )));
        }
        self.figures.cases.days.push(today);
        Ok(())
    }
}
