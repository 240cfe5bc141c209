//! Complaints that the call centre brought in one step: those of one citizen one after another, others together.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio::task::JoinSet;

use super::{World, broken};
use crate::{
    app::{
        self, App,
        cases::{self, Ids, Register},
        intake::{SafetyOf, SetSafety, Who, set_safety},
    },
    domain::{actor::Actor, case::Kind, citizen::Safety, number::CaseNumber},
    sim::{Error, Result, centre::Brought, citizens, invariants::Stands, officers, world::Kept},
};

/// Registrations that are under way together.
const TOGETHER_MAX: usize = 64;

/// What a citizen complains of, under the numbers that were taken for it in the order of the calls.
struct Complaint {
    call: u64,
    citizen: u64,
    by: Actor,
    ask: Register,
    ids: Ids,
    /// It is sent twice.
    repeats: bool,
}

/// What came of it.
struct Came {
    call: u64,
    citizen: u64,
    /// The case's id, or why there is none.
    case: Result<i64, String>,
    repeated: bool,
}

impl World {
    pub(super) async fn register(&mut self, brought: impl Iterator<Item = Brought>) -> Result<()> {
        let mut of_citizens: BTreeMap<u64, Vec<Complaint>> = BTreeMap::new();
        for brought in brought {
            let complaint = self.complaint(brought).await?;
            of_citizens.entry(complaint.citizen).or_default().push(complaint);
        }
        let mut tasks = JoinSet::new();
        for complaints in of_citizens.into_values() {
            if tasks.len() >= TOGETHER_MAX {
                self.take_registered(&mut tasks).await?;
            }
            let citizen = complaints[0].citizen;
            let safety = citizens::safety(self.seed, &self.profile, citizen);
            let asks = safety != Safety::default() && !self.asked_safety.contains(&citizen);
            let told = asks.then(|| (safety, self.helpline.supervisor.clone()));
            tasks.spawn(all(self.helpline.app.clone(), complaints, told));
        }
        while !tasks.is_empty() {
            self.take_registered(&mut tasks).await?;
        }
        Ok(())
    }

    async fn complaint(&self, brought: Brought) -> Result<Complaint> {
        let Brought { call, citizen, by_keys, .. } = brought;
        let (seed, profile) = (self.seed, &self.profile);
        let mut draw = seed.draw("complaint", call, 0);
        // Complaints come from where the citizen lives.
        let home = seed.draw("home", citizen, 0).below(self.helpline.blocks.len() as u64);
        let about = draw.below(self.helpline.categories.len() as u64);
        let ask = Register {
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
        Ok(Complaint {
            call,
            citizen,
            by: if by_keys { Actor::caller(None) } else { self.helpline.agent.clone() },
            ask,
            ids: cases::reserve(&self.helpline.app).await?,
            repeats: self.plans.are_on && draw.chance(profile.faults.repeated_share),
        })
    }

    async fn take_registered(&mut self, tasks: &mut JoinSet<Result<Registered>>) -> Result<()> {
        let Some(ended) = tasks.join_next().await else { return Ok(()) };
        let Registered { came, told_safety } = ended.map_err(app::Error::internal)??;
        self.asked_safety.extend(told_safety);
        for Came { call, citizen, case, repeated } in came {
            self.figures.faults.repeated += u64::from(repeated);
            let id = match case {
                Ok(id) => id,
                Err(reason) => {
                    *self.figures.cases.not_registered.entry(reason).or_default() += 1;
                    continue;
                }
            };
            let kept = Kept {
                stands: Stands::new(),
                citizen,
                complaint: call,
                done: false,
                attempts: 0,
                acted: BTreeSet::new(),
            };
            self.cases.insert(id, kept);
            self.figures.cases.registered += 1;
            self.figures.cases.today.registered += 1;
        }
        Ok(())
    }
}

/// What came of one citizen's complaints.
struct Registered {
    came: Vec<Came>,
    /// The citizen, who said when to be called.
    told_safety: Option<u64>,
}

async fn all(
    app: Arc<App>,
    complaints: Vec<Complaint>,
    mut told: Option<(Safety, Actor)>,
) -> Result<Registered> {
    let mut registered =
        Registered { came: Vec::with_capacity(complaints.len()), told_safety: None };
    for complaint in complaints {
        let (call, citizen) = (complaint.call, complaint.citizen);
        let number = match one(&app, &complaint).await? {
            Ok(number) => number,
            Err(reason) => {
                let case = Err(reason);
                registered.came.push(Came { call, citizen, case, repeated: false });
                continue;
            }
        };
        let case = Ok(number.id());
        registered.came.push(Came { call, citizen, case, repeated: complaint.repeats });
        if let Some((safety, supervisor)) = told.take() {
            let of = SafetyOf::Citizen(Who::OfCase(number));
            let ask = SetSafety { request_id: format!("safety {citizen}"), of, safety };
            set_safety(&app, &supervisor, ask).await?;
            registered.told_safety = Some(citizen);
        }
    }
    Ok(registered)
}

/// The number of the case, or why there is none.
async fn one(app: &App, complaint: &Complaint) -> Result<Result<CaseNumber, String>> {
    let Complaint { by, ask, ids, .. } = complaint;
    let view = match cases::register_as(app, by, ask.clone(), Some(*ids)).await {
        Ok(view) => view,
        Err(error) => return Ok(Err(officers::reason(&error).ok_or(Error::App(error))?)),
    };
    if complaint.repeats {
        let again = cases::register(app, by, ask.clone()).await?;
        if (again.case.id, again.case.version) != (view.case.id, view.case.version) {
            return Err(broken(format!(
                "one request registered {} and {}",
                view.case.id, again.case.id
            )));
        }
    }
    Ok(Ok(view.case.number()))
}
