//! Feedback callers: they take the tasks that fit them one after another, dial by hand, ask by the script, and record what was
//! said. Now and then one records an answer that no call brought.

use std::sync::Arc;

use serde_json::json;

use super::{
    World,
    acts::{Did, Hands, Todo},
    broken,
};
use crate::{
    app::{
        self,
        agents::calling::Calling,
        feedback,
        verification::{self, Record, Source},
    },
    domain::{
        citizen::Safety,
        feedback::TaskKind,
        phone::Phone,
        time::{HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp},
        verification::{Milestones, Outcome},
    },
    sim::{Error, Result, citizens, invariants, officers},
};

/// Who found nothing to do looks again after this; longer than a task is shown.
const LOOKS_EVERY_MS: i64 = 5 * MINUTE_MS;
/// Who was given no task back after a call, as when the process ended, goes on after this.
const GONE_MS: i64 = HOUR_MS;
const RING_MS: i64 = 12 * SECOND_MS;

/// A call that was dialled by hand, as it goes.
#[derive(Clone, Debug)]
pub(in crate::sim) struct ByHand {
    pub(in crate::sim) caller: usize,
    calling: Arc<Calling>,
    case: i64,
    round: i64,
    /// "Satisfied" is confirmed already.
    resumes: bool,
    placed_at: Timestamp,
    ends_at: Timestamp,
    outcome: Outcome,
    /// Nobody picks up, and "satisfied" is recorded all the same.
    invents: bool,
}

impl ByHand {
    pub(super) fn phone(&self) -> &Phone {
        &self.calling.phone
    }

    fn is_answered(&self) -> bool {
        !matches!(self.outcome, Outcome::Busy | Outcome::NoAnswer | Outcome::BadNumber)
    }
}

impl World {
    /// Whoever is free takes a task, one after the other.
    pub(super) async fn take_tasks(&mut self, now: Timestamp) -> Result<()> {
        let hours = &self.profile.feedback;
        let hour = i64::from(now.ist_minute() / 60);
        if !(hours.from_hour..hours.until_hour).contains(&hour) {
            return Ok(());
        }
        for caller in 0..self.helpline.callers.len() {
            if self.free_at[caller] <= now {
                self.free_at[caller] = now.plus_ms(LOOKS_EVERY_MS);
                self.take_task(caller, now).await?;
            }
        }
        Ok(())
    }

    async fn take_task(&mut self, caller: usize, now: Timestamp) -> Result<()> {
        let app = self.helpline.app.clone();
        let by = self.helpline.callers[caller].clone();
        self.looks += 1;
        let look = self.looks;
        let task = match verification::next(&app, &by, &format!("task {look}")).await {
            Ok(Some(task)) if task.held.kind == TaskKind::Round => task,
            Ok(_) => return Ok(()),
            Err(error) => return self.refused("next_task", error),
        };
        let (case, round) = (task.held.case, task.held.round);
        let kept = self.cases.get(&case).ok_or_else(|| broken(format!("no case {case}")))?;
        let name = by.name();
        if kept.acted.contains(&name) {
            return Err(broken(format!("case {case} is given to {name}, who acted on it")));
        }
        let (citizen, done) = (kept.citizen, kept.done);
        self.figures.people.tasks += 1;
        let dial = feedback::Dial {
            request_id: format!("dial {look}"),
            task: task.held.n,
            call: format!("by hand {look}"),
        };
        let calling = match feedback::dial(&app, &by, dial).await {
            Ok(dialled) => dialled.calling,
            Err(error) => return self.refused("dial_task", error),
        };
        let Some(calling) = calling else { return Ok(()) };
        if let Err(error) = feedback::place(&app, &calling).await {
            let reason = officers::reason(&error).unwrap_or_default();
            feedback::not_placed(&app, &calling, &reason).await?;
            return self.refused("place_task", error);
        }
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
        self.rung_today.insert(calling.citizen);
        let by_hand = self.goes(caller, calling, (case, round), task.round.partial, done, now);
        if by_hand.is_answered() {
            self.answered_by_hand.insert(by_hand.calling.call.clone(), case);
        }
        self.free_at[caller] = by_hand.ends_at.plus_ms(GONE_MS);
        self.plan(by_hand.ends_at, Todo::ByHand(Arc::new(by_hand)));
        Ok(())
    }

    /// How the call goes, by its own number.
    fn goes(
        &self,
        caller: usize,
        calling: Calling,
        (case, round): (i64, i64),
        resumes: bool,
        done: bool,
        now: Timestamp,
    ) -> ByHand {
        let (answers, numbers) = (&self.profile.answers, &self.profile.feedback);
        let mut draw = self.seed.draw("by_hand", self.looks, 0);
        let part = match now.ist_minute() / 60 {
            0..12 => 0,
            12..16 => 1,
            _ => 2,
        };
        let satisfied = if done { answers.satisfied_share } else { answers.satisfied_false_share };
        let outcome = if draw.chance(answers.busy_share) {
            Outcome::Busy
        } else if !draw.chance(answers.answered_share[part]) {
            Outcome::NoAnswer
        } else if draw.chance(answers.not_here_share) {
            Outcome::NotHere
        } else if !resumes && !draw.chance(satisfied) {
            Outcome::NotSatisfied
        } else if !done && draw.chance(answers.pressured_share) {
            Outcome::Pressured
        } else {
            Outcome::Satisfied
        };
        let talk_ms = draw.between(answers.talk_least_s, answers.talk_most_s) * SECOND_MS;
        let invents = draw.chance(numbers.invents_share);
        let mut by_hand = ByHand {
            caller,
            calling: Arc::new(calling),
            case,
            round,
            resumes,
            placed_at: now,
            ends_at: now.plus_ms(RING_MS),
            outcome,
            invents: false,
        };
        match by_hand.is_answered() {
            true => by_hand.ends_at = now.plus_ms(RING_MS + talk_ms),
            false => by_hand.invents = invents,
        }
        by_hand
    }

    pub(super) fn refused(&mut self, act: &'static str, error: app::Error) -> Result<()> {
        let reason = officers::reason(&error).ok_or(Error::App(error))?;
        *self.figures.cases.refused.entry((act, reason)).or_default() += 1;
        Ok(())
    }

    /// The caller is free for the next one.
    pub(super) fn hung_up(
        &mut self,
        by_hand: &ByHand,
        invented: Option<app::Result<()>>,
        answer: app::Result<()>,
    ) -> Result<()> {
        self.free_at[by_hand.caller] = self.helpline.clock.now();
        match invented {
            None => {}
            Some(Ok(())) => {
                return Err(broken(format!(
                    "case {}: \"satisfied\" is recorded of a call that nobody answered",
                    by_hand.case
                )));
            }
            Some(Err(error)) => {
                self.figures.people.invented += 1;
                self.refused("record_invented", error)?;
            }
        }
        match answer {
            Ok(()) => self.figures.people.recorded += 1,
            Err(error) => self.refused("record_by_hand", error)?,
        }
        Ok(())
    }
}

/// The call is over, and its outcome is recorded.
pub(super) async fn over(hands: &Hands, by_hand: &Arc<ByHand>) -> Result<Did> {
    let (app, calling) = (&hands.app, &*by_hand.calling);
    let invented = match by_hand.invents {
        true => Some(record(hands, by_hand, Outcome::Satisfied).await),
        false => None,
    };
    let answer = match by_hand.is_answered() {
        false => feedback::unanswered(app, calling, by_hand.outcome).await,
        true => {
            let answered_at = by_hand.placed_at.plus_ms(RING_MS);
            let mut told = feedback::answered(app, calling, answered_at).await;
            if told.is_ok() {
                told = feedback::ended(app, calling, answered_at, by_hand.ends_at).await;
            }
            if told.is_ok() {
                told = record(hands, by_hand, by_hand.outcome).await;
            }
            told
        }
    };
    verification::line::free(app, calling.citizen, &calling.call).await?;
    Ok(Did::HungUp { by_hand: by_hand.clone(), invented, answer })
}

async fn record(hands: &Hands, by_hand: &ByHand, outcome: Outcome) -> app::Result<()> {
    let ByHand { calling, case, round, .. } = by_hand;
    let said: &[(&str, &str)] = match (outcome, by_hand.resumes) {
        (Outcome::NotHere, _) => &[("right_party", "2")],
        (Outcome::NotSatisfied, _) => {
            &[("right_party", "1"), ("answer", "2"), ("confirm", "1"), ("pressure", "2")]
        }
        (Outcome::Pressured, false) => {
            &[("right_party", "1"), ("answer", "1"), ("confirm", "1"), ("pressure", "1")]
        }
        (Outcome::Pressured, true) => &[("right_party", "1"), ("confirm", "1"), ("pressure", "1")],
        (_, false) => &[("right_party", "1"), ("answer", "1"), ("confirm", "1"), ("pressure", "2")],
        (_, true) => &[("right_party", "1"), ("confirm", "1"), ("pressure", "2")],
    };
    let answers: Vec<_> = said
        .iter()
        .enumerate()
        .map(|(n, (question, key))| {
            json!({ "question": format!("verify_{question}"), "key": key, "ms": 5_000 * (n + 1) })
        })
        .collect();
    let record = Record {
        request_id: Some(format!("{} {outcome}", calling.call)),
        case: *case,
        round: *round,
        outcome,
        source: Source::Human,
        started_at: by_hand.placed_at,
        milestones: Milestones::default(),
        ended_at: by_hand.ends_at,
        number_spoken: true,
        refused: false,
        sip_status: None,
        q850: None,
        evidence: json!({ "answers": answers }).to_string(),
        note: None,
        polite: None,
        later: None,
    };
    verification::record(&hands.app, &calling.by, record).await.map(drop)
}
