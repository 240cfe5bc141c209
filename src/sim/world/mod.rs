//! The loop: each step moves the clock, sweeps, lets calls end and people act, registers, dials, and then reads what the
//! product wrote of it and checks that.
//!
//! Acts and registrations of one step that touch different citizens run together, so that the writer merges them; what comes
//! of them does not depend on their order. Complaints have their numbers before: these decide who is rung first.
mod acts;
mod books;
mod line;
mod own;
mod people;
mod registrations;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Error, Faults, Options, Result,
    centre::{Brought, Centre, Day},
    draw::Seed,
    faults::Plans,
    figures::Figures,
    helpline::Helpline,
    invariants::{Breach, Stands},
    profile::Profile,
};
use crate::{
    app,
    domain::time::{DAY_MS, SECOND_MS, Timestamp},
    workers::{Step, sweeps},
};
use acts::Todo;

/// A day's start is not a whole second: instants are told apart better.
const OFFSET_MS: i64 = 137;

/// One case, as the simulation knows it.
struct Kept {
    stands: Stands,
    citizen: u64,
    /// The call that brought it: its draws go by this number.
    complaint: u64,
    /// Was something done behind the last resolution?
    done: bool,
    attempts: i64,
    /// Accounts that acted on it, as events name them; calls are no acts.
    acted: BTreeSet<String>,
}

pub(super) struct World {
    seed: Seed,
    profile: Profile,
    days: u32,
    helpline: Helpline,
    centre: Option<Centre>,
    plans: Plans,
    now: Timestamp,
    cases: HashMap<i64, Kept>,
    /// What people mean to do and calls that end, by time.
    agenda: BTreeMap<(Timestamp, u64), Todo>,
    planned: u64,
    brought: Vec<Brought>,
    /// The line of each citizen: how often rung so far.
    rung: HashMap<u64, u64>,
    /// Dials of each citizen's phone today, and who was rung today by the product's own number.
    dialled: HashMap<u64, i64>,
    rung_today: BTreeSet<i64>,
    /// The newest token of each round that was ordered.
    tokens: HashMap<(i64, i64), i64>,
    on_the_line: u64,
    asked_safety: BTreeSet<u64>,
    /// Writers of events and how far each is read.
    nodes: Vec<(i64, i64)>,
    closed_today: Vec<i64>,
    acts: u64,
    /// When each feedback caller looks for a task again, and how often all of them looked.
    free_at: Vec<Timestamp>,
    looks: u64,
    /// Calls by hand that a citizen picked up, and their cases.
    answered_by_hand: HashMap<String, i64>,
    pub figures: Figures,
}

impl World {
    pub(super) async fn open(options: &Options) -> Result<Self> {
        let Options { profile, seed, days, faults } = options.clone();
        let helpline = Helpline::open(seed, &profile).await?;
        let plans = match faults {
            Faults::None => Plans::none(),
            Faults::Drawn => Plans::draw(seed, &profile, days),
        };
        let node = helpline.app.store.writer.node();
        let free_at = vec![profile.begins(); helpline.callers.len()];
        Ok(Self {
            seed,
            days,
            centre: Some(Centre::new(seed, &profile, plans.clone())),
            now: profile.begins(),
            profile,
            helpline,
            plans,
            cases: HashMap::new(),
            agenda: BTreeMap::new(),
            planned: 0,
            brought: Vec::new(),
            rung: HashMap::new(),
            dialled: HashMap::new(),
            rung_today: BTreeSet::new(),
            tokens: HashMap::new(),
            on_the_line: 0,
            asked_safety: BTreeSet::new(),
            nodes: vec![(node, 0)],
            closed_today: Vec::new(),
            acts: 0,
            free_at,
            looks: 0,
            answered_by_hand: HashMap::new(),
            figures: Figures::default(),
        })
    }

    pub(super) async fn run(mut self, mut told: impl FnMut(u32, &Figures)) -> Result<Figures> {
        let mut coming = self.next_day(0);
        for day in 0..self.days {
            let (centre, of_day) = coming.await.map_err(app::Error::internal)?;
            self.figures.centre = centre.figures.clone();
            self.centre = Some(centre);
            self.brought.extend(of_day.brought);
            self.brought.sort_unstable_by(|a, b| b.cmp(a));
            // The next day's calls are taken while this day's cases are worked on.
            coming = self.next_day(day + 1);
            let ends = self.profile.begins().plus_ms(i64::from(day + 1) * DAY_MS);
            self.day(ends).await?;
            self.end_day().await?;
            told(day + 1, &self.figures);
        }
        drop(coming.await);
        self.figures.faults.outages = self.plans.outages.len() as u64;
        self.helpline.app.close().await;
        Ok(self.figures)
    }

    fn next_day(&mut self, day: u32) -> tokio::task::JoinHandle<(Centre, Day)> {
        let begins = self.profile.begins().plus_ms(i64::from(day) * DAY_MS);
        let mut centre = self.centre.take().expect("it is put back when its day is over");
        tokio::task::spawn_blocking(move || {
            let day = centre.day(begins);
            (centre, day)
        })
    }

    async fn day(&mut self, ends: Timestamp) -> Result<()> {
        let step_ms = self.profile.step_s * SECOND_MS;
        let mut at = ends.plus_ms(-DAY_MS + OFFSET_MS);
        while at < ends {
            let before = self.now;
            if !self.plans.is_out(at) {
                self.step(before, at).await?;
                self.now = at;
            }
            let next = self.next_work(at).await?.map_or(ends, |next| next.max(at.plus_ms(1)));
            let steps = next.since(at).max(1).saturating_add(step_ms - 1) / step_ms;
            at = at.plus_ms(steps * step_ms);
        }
        Ok(())
    }

    /// When there is something to do next: what is planned here, or what falls due in the product.
    async fn next_work(&self, at: Timestamp) -> Result<Option<Timestamp>> {
        let planned = self.agenda.first_key_value().map(|((at, _), _)| *at);
        let brought = self.brought.last().map(|brought| brought.at);
        let own = planned.into_iter().chain(brought).min();
        // No need to ask when the next step has work anyhow.
        if own.is_some_and(|own| own.since(at) <= self.profile.step_s * SECOND_MS) {
            return Ok(own);
        }
        let due = app::clock::next_instant(&self.helpline.app, at).await?;
        Ok(own.into_iter().chain(due).min())
    }

    async fn step(&mut self, before: Timestamp, now: Timestamp) -> Result<()> {
        let clock = &self.helpline.clock;
        clock.advance(now.since(clock.now()));
        if self.sweep().await? {
            self.read(now).await?;
        }
        let todo = self.due(now);
        if self.plans.ends_between(before, now) {
            self.end_process(&todo).await?;
        }
        for did in self.work(&todo).await? {
            self.took(did)?;
        }
        if !todo.is_empty() {
            self.read(now).await?;
        }
        let first = self.brought.iter().rposition(|brought| brought.at > now).map_or(0, |n| n + 1);
        let brought = self.brought.split_off(first);
        self.register(brought.into_iter().rev()).await?;
        self.take_tasks(now).await?;
        self.dial(now).await?;
        self.read(now).await
    }

    /// What falls due by itself, until nothing does; false when nothing did.
    async fn sweep(&self) -> Result<bool> {
        let mut worked = false;
        for sweep in sweeps::ALL {
            while sweeps::step(self.helpline.app.clone(), *sweep).await? == Step::Worked {
                worked = true;
            }
        }
        Ok(worked)
    }

    fn plan(&mut self, at: Timestamp, todo: Todo) {
        self.planned += 1;
        self.agenda.insert((at, self.planned), todo);
    }

    fn due(&mut self, now: Timestamp) -> Vec<Todo> {
        let later = self.agenda.split_off(&(now.plus_ms(1), 0));
        std::mem::replace(&mut self.agenda, later).into_values().collect()
    }
}

fn broken(what: String) -> Error {
    Breach { what }.into()
}
