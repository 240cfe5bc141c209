//! What people do and what calls bring, done together where it touches different citizens.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use tokio::task::JoinSet;

use super::{
    World, broken,
    own::{self, OwnCall},
    people::{self, ByHand},
};
use crate::{
    app::{self, App, verification},
    domain::{actor::Actor, place::PostId, refused::Refused, verification::Outcome},
    sim::{
        Error, Result,
        citizens::{self, Call},
        draw::Seed,
        officers::{self, Act},
    },
    store,
};

/// Acts that are under way together.
const TOGETHER_MAX: usize = 64;

/// What is to be done in one step, of one citizen.
#[derive(Clone, Debug)]
pub(super) enum Todo {
    Act {
        case: i64,
        stay: u64,
        act: Act,
    },
    Record {
        call: Arc<Call>,
        late: bool,
    },
    /// The citizen calls about a resolution.
    Calls {
        case: i64,
        stay: u64,
        call: OwnCall,
    },
    /// A call of a feedback caller ends.
    ByHand(Arc<ByHand>),
}

/// What came of it.
pub(super) enum Did {
    Acted {
        case: i64,
        act: Act,
        answer: app::Result<i64>,
    },
    /// Nobody is there to do it, or the case has moved on.
    Nothing,
    Recorded {
        call: Arc<Call>,
        late: bool,
        answers: Vec<app::Result<()>>,
    },
    /// True: the registered number is rung back.
    Called {
        answer: app::Result<bool>,
    },
    HungUp {
        by_hand: Arc<ByHand>,
        invented: Option<app::Result<()>>,
        answer: app::Result<()>,
    },
}

impl World {
    fn citizen_of(&self, todo: &Todo) -> u64 {
        match todo {
            Todo::Act { case, .. } | Todo::Calls { case, .. } => {
                self.cases.get(case).map_or(0, |kept| kept.citizen)
            }
            Todo::ByHand(by_hand) => citizens::of_phone(by_hand.phone()),
            Todo::Record { call, .. } => citizens::of_phone(&call.order.phone),
        }
    }

    /// Does what is due: of one citizen one after another, of different ones together.
    pub(super) async fn work(&mut self, todo: &[Todo]) -> Result<Vec<Did>> {
        let mut of_citizens: BTreeMap<u64, Vec<(usize, Todo)>> = BTreeMap::new();
        for (place, todo) in todo.iter().enumerate() {
            of_citizens.entry(self.citizen_of(todo)).or_default().push((place, todo.clone()));
        }
        let mut did: Vec<Option<Did>> = todo.iter().map(|_| None).collect();
        let mut tasks = JoinSet::new();
        let hands = Arc::new(self.hands());
        for (_, todo) in of_citizens {
            if tasks.len() >= TOGETHER_MAX {
                done(&mut tasks, &mut did).await?;
            }
            tasks.spawn(all(hands.clone(), todo));
        }
        while !tasks.is_empty() {
            done(&mut tasks, &mut did).await?;
        }
        Ok(did.into_iter().flatten().collect())
    }

    fn hands(&self) -> Hands {
        Hands {
            app: self.helpline.app.clone(),
            officers: self.helpline.officers.clone(),
            supervisor: self.helpline.supervisor.clone(),
            repeated: if self.plans.are_on { self.profile.faults.repeated_share } else { 0.0 },
            seed: self.seed,
        }
    }

    /// The process ends while its acts are under way, and begins again. What was sent is sent again afterwards, under its
    /// own request ids, so what had been written by then changes nothing.
    pub(super) async fn end_process(&mut self, todo: &[Todo]) -> Result<()> {
        self.figures.faults.process_ends += 1;
        let hands = Arc::new(self.hands());
        let mut tasks = JoinSet::new();
        for (place, todo) in todo.iter().enumerate().take(TOGETHER_MAX) {
            tasks.spawn(all(hands.clone(), vec![(place, todo.clone())]));
        }
        if !tasks.is_empty() {
            tasks.join_next().await;
        }
        tasks.abort_all();
        while tasks.join_next().await.is_some() {}
        drop(hands);
        self.helpline.begin_again().await?;
        self.nodes.push((self.helpline.app.store.writer.node(), 0));
        Ok(())
    }

    pub(super) fn took(&mut self, did: Did) -> Result<()> {
        match did {
            Did::Nothing => {}
            Did::Acted { case, act, answer } => match answer {
                Ok(_) => {
                    if let (Act::Resolve { done }, Some(kept)) = (act, self.cases.get_mut(&case)) {
                        kept.done = done;
                        let figures = &mut self.figures.cases;
                        let (all, falsely) =
                            figures.resolutions.entry(kept.stands.level).or_default();
                        *all += 1;
                        *falsely += u64::from(!done);
                        figures.today.resolved += 1;
                    }
                }
                Err(error) => {
                    let reason = officers::reason(&error).ok_or(Error::App(error))?;
                    *self.figures.cases.refused.entry((act.name(), reason)).or_default() += 1;
                }
            },
            Did::Recorded { call, late, answers } => self.recorded(&call, late, answers)?,
            Did::Called { answer } => match answer {
                Ok(ring_back) => {
                    self.figures.people.own_calls += 1;
                    self.figures.people.rung_back += u64::from(ring_back);
                }
                Err(error) => self.refused("own_call", error)?,
            },
            Did::HungUp { by_hand, invented, answer } => {
                self.hung_up(&by_hand, invented, answer)?;
            }
        }
        Ok(())
    }

    fn recorded(&mut self, call: &Call, late: bool, answers: Vec<app::Result<()>>) -> Result<()> {
        if !late {
            self.on_the_line -= 1;
        }
        let citizen = citizens::of_phone(&call.order.phone);
        for (record, answer) in call.records.iter().zip(answers) {
            let verification::Source::Dialled { token, lead } = record.source else { continue };
            let newest = self.tokens.get(&(record.case, record.round)).copied().unwrap_or(token);
            match answer {
                Ok(()) => {
                    if newest > token {
                        return Err(broken(format!(
                            "case {} round {}: token {token} was recorded behind token {newest}",
                            record.case, record.round
                        )));
                    }
                    *self.figures.dials.outcomes.entry(record.outcome).or_default() += 1;
                    // A dial that never left was none of the phone's.
                    if record.outcome == Outcome::Fault && lead && !late {
                        *self.dialled.entry(citizen).or_default() -= 1;
                    }
                }
                Err(app::Error::Refused(why)) => {
                    self.figures.faults.late_refused += u64::from(late);
                    let key = ("record", why.as_str().to_owned());
                    *self.figures.cases.refused.entry(key).or_default() += 1;
                    if !late && why == Refused::LeaseLost {
                        return Err(broken(format!(
                            "case {}: a call in time lost its lease",
                            record.case
                        )));
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// What the acts of one step need.
pub(super) struct Hands {
    pub(super) app: Arc<App>,
    officers: Arc<HashMap<PostId, Actor>>,
    supervisor: Actor,
    pub(super) repeated: f64,
    pub(super) seed: Seed,
}

type Finished = Result<Vec<(usize, Did)>>;

async fn done(tasks: &mut JoinSet<Finished>, did: &mut [Option<Did>]) -> Result<()> {
    if let Some(ended) = tasks.join_next().await {
        for (place, what) in ended.map_err(app::Error::internal)?? {
            did[place] = Some(what);
        }
    }
    Ok(())
}

async fn all(hands: Arc<Hands>, todo: Vec<(usize, Todo)>) -> Finished {
    let mut did = Vec::with_capacity(todo.len());
    for (place, todo) in todo {
        did.push((place, one(&hands, todo).await?));
    }
    Ok(did)
}

async fn one(hands: &Hands, todo: Todo) -> Result<Did> {
    let app = &hands.app;
    match todo {
        Todo::Act { case, stay, act } => {
            let row = store::cases::get(&app.store.db, case).await?;
            let moved_on = row.stay != stay as i64 && act != Act::OrderRound;
            let by = officers::actor(app, act, &row, (&hands.officers, &hands.supervisor));
            let Some(by) = by.filter(|_| !moved_on) else { return Ok(Did::Nothing) };
            let request = format!("{} {case} {stay}", act.name());
            let answer = officers::perform(app, by, act, &row, &request).await;
            if let Ok(version) = answer
                && hands.seed.draw("repeats", case.unsigned_abs(), stay).chance(hands.repeated)
            {
                let again = officers::perform(app, by, act, &row, &request).await?;
                if again != version {
                    return Err(broken(format!("case {case}: {} was done twice", act.name())));
                }
            }
            Ok(Did::Acted { case, act, answer })
        }
        Todo::Record { call, late } => {
            let mut answers = Vec::with_capacity(call.records.len());
            for record in &call.records {
                let answer = verification::record(app, &Actor::system(), record.clone()).await;
                answers.push(answer.map(drop));
            }
            let order = &call.order;
            verification::line::free_order(app, order.citizen, &order.rounds).await?;
            Ok(Did::Recorded { call, late, answers })
        }
        Todo::Calls { case, stay, call } => own::call(hands, case, stay, call).await,
        Todo::ByHand(by_hand) => people::over(hands, &by_hand).await,
    }
}
