//! A hundred thousand random steps: nobody waits beside a free agent, no phone rings for nobody, nobody is lost.

mod books;
mod driver;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    acd::{tests::stage::BEGINS, *},
    domain::time::SECOND_MS,
};

const STEPS: usize = 100_000;
const AGENTS: i64 = 8;
const CITIZENS: u64 = 25;
/// How long a process lives.
const RESTART_MS: i64 = 3_600 * SECOND_MS;
/// How long an eligible idle agent and a waiting caller may stand beside each other.
const IDLE_MAX_MS: i64 = SECOND_MS;

#[test]
fn nobody_waits_beside_a_free_agent_and_nobody_is_lost() {
    let mut world = World::new(0x9E37_79B9_7F4A_7C15);

    for _ in 0..STEPS {
        world.step();
    }

    let ends = &world.ends;
    assert!(world.joined > 3_000, "{} joined", world.joined);
    for ending in
        [Ending::Talked, Ending::Abandoned, Ending::CalledBack, Ending::Silent, Ending::Lost]
    {
        assert!(ends.get(&ending).is_some_and(|n| *n > 20), "{ending:?}: {ends:?}");
    }
    assert!(world.called_back > 20, "{} call-backs reached", world.called_back);
    assert!(world.late_answers > 20, "{} answers after a withdrawal", world.late_answers);
}

/// What is to happen at some instant.
#[derive(Clone, Copy, Debug)]
enum Plan {
    Arrive,
    Leave(CallerId),
    Accept(CallerId),
    End(CallerId),
    Lose(CallerId),
    SendBack(CallerId),
    Pass(CallerId),
    Phone(OfferId, Outcome),
    Dial(CallerId, OfferId),
    Flip,
    Beat,
    /// The process dies and begins again from what was durable.
    Restart,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Waiting,
    Talking(AgentId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phone {
    Ringing,
    Dialling,
    /// Withdrawn then; the queue may hold the agent for the cancel lease.
    Withdrawn(Timestamp),
}

/// The driver's side, with books of its own that are kept from events and actions alone.
struct World {
    queue: Queue,
    policy: Policy,
    now: Timestamp,
    dice: u64,
    plans: BTreeMap<(Timestamp, u64), Plan>,
    planned: u64,
    skills: BTreeMap<AgentId, Skills>,
    lines: BTreeMap<CallerId, (Line, Join, Timestamp)>,
    /// Legs that the driver no longer speaks for.
    dead: BTreeSet<CallerId>,
    dead_agents: BTreeSet<CallerId>,
    silent: BTreeSet<AgentId>,
    phones: BTreeMap<OfferId, (Phone, AgentId, Who)>,
    refused: BTreeMap<(AgentId, CallerId), Timestamp>,
    owed: BTreeMap<CitizenKey, CallBack>,
    /// Entries that were closed, by whatever way.
    reached: BTreeMap<CallerId, CallBack>,
    beside: BTreeMap<(AgentId, CallerId), Timestamp>,
    joined: u64,
    next_caller: i64,
    ends: BTreeMap<Ending, u64>,
    called_back: u64,
    late_answers: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let policy = Policy {
            call_back_busy_ms: 20 * SECOND_MS,
            call_back_no_answer_ms: 40 * SECOND_MS,
            call_back_minutes: (0, 24 * 60),
            ..Policy::default()
        };
        let mut world = Self {
            queue: Queue::new(policy.clone()),
            policy,
            now: BEGINS,
            dice: seed,
            plans: BTreeMap::new(),
            planned: 0,
            skills: BTreeMap::new(),
            lines: BTreeMap::new(),
            dead: BTreeSet::new(),
            dead_agents: BTreeSet::new(),
            silent: BTreeSet::new(),
            phones: BTreeMap::new(),
            refused: BTreeMap::new(),
            owed: BTreeMap::new(),
            reached: BTreeMap::new(),
            beside: BTreeMap::new(),
            joined: 0,
            next_caller: 1,
            ends: BTreeMap::new(),
            called_back: 0,
            late_answers: 0,
        };
        for n in 0..AGENTS {
            let agent = AgentId(n);
            let level = |dice: u64| Proficiency(u8::try_from(dice).expect("small"));
            let skills = Skills::from([
                (Skill::Language(Language::Hindi), level(1 + world.roll(3))),
                (Skill::Language(Language::English), level(world.roll(4))),
                (Skill::WomensDesk, level(world.roll(2))),
            ]);
            world.skills.insert(agent, skills.clone());
            world.tell(Event::Profile(Profile { agent, skills }));
            world.tell(Event::Intends { agent, intent: Intent::Available });
        }
        world.plan(0, Plan::Beat);
        world.plan(0, Plan::Arrive);
        world.plan(0, Plan::Flip);
        world.plan(RESTART_MS, Plan::Restart);
        world
    }

    /// xorshift64
    fn roll(&mut self, sides: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % sides
    }

    fn roll_ms(&mut self, most_ms: i64) -> i64 {
        i64::try_from(self.roll(most_ms.unsigned_abs())).expect("small")
    }

    fn plan(&mut self, in_ms: i64, plan: Plan) {
        self.planned += 1;
        self.plans.insert((self.now.plus_ms(in_ms), self.planned), plan);
    }

    fn step(&mut self) {
        let (&(planned, n), _) = self.plans.first_key_value().expect("arrivals never end");
        match self.queue.next_due().filter(|due| *due <= planned) {
            Some(due) => {
                assert!(due > self.now, "due in the past");
                self.now = due;
                self.tell(Event::Tick);
            }
            None => {
                let plan = self.plans.remove(&(planned, n)).expect("just seen");
                self.now = planned;
                self.carry_out(plan);
            }
        }
        self.check();
    }

    fn carry_out(&mut self, plan: Plan) {
        match plan {
            Plan::Arrive => self.arrive(),
            Plan::Leave(caller) => self.tell(Event::Left { caller }),
            Plan::Accept(caller) => self.tell(Event::AcceptsCallBack { caller }),
            Plan::End(caller) => self.tell(Event::Ended { caller }),
            Plan::Lose(caller) => self.tell(Event::AgentLost { caller }),
            Plan::SendBack(caller) => {
                let wants = vec![Want::widening(Skill::WomensDesk, [1, 1, 0, 0])];
                let priority = Priority(0);
                if let Some((Line::Talking(_), join, _)) = self.lines.get_mut(&caller) {
                    join.wants.clone_from(&wants);
                }
                self.tell(Event::SentBack { caller, wants, priority });
            }
            Plan::Pass(caller) => self.pass(caller),
            Plan::Phone(offer, outcome) => self.phone(offer, outcome),
            Plan::Dial(call_back, offer) => self.dial(call_back, offer),
            Plan::Flip => self.flip(),
            Plan::Beat => self.beat(),
            Plan::Restart => self.restart(),
        }
    }

    fn arrive(&mut self) {
        let caller = CallerId(self.next_caller);
        self.next_caller += 1;
        let language = if self.roll(4) == 0 { Language::English } else { Language::Hindi };
        let women = self.roll(6) == 0;
        let mut citizen = [0; 32];
        citizen[0] = u8::try_from(self.roll(CITIZENS)).expect("small");
        let join = Join {
            caller,
            citizen: (self.roll(10) > 0).then_some(CitizenKey(citizen)),
            language,
            menu: String::new(),
            wants: if women { vec![policy::womens_desk()] } else { Vec::new() },
            priority: Priority(u8::from(self.roll(12) == 0)),
            last_agent: (self.roll(3) == 0).then_some(AgentId(self.roll_ms(AGENTS))),
            safe: if self.roll(15) == 0 { Safe::Never } else { Safe::Anytime },
        };
        self.joined += 1;
        self.lines.insert(caller, (Line::Waiting, join.clone(), self.now));
        self.tell(Event::Joined(join));
        match self.roll(8) {
            0 => {
                let at = self.roll_ms(30 * SECOND_MS);
                self.plan(at, Plan::Leave(caller));
            }
            1 => {
                let at = self.roll_ms(120 * SECOND_MS);
                self.plan(at, Plan::Accept(caller));
            }
            2 if self.roll(4) == 0 => {
                self.dead.insert(caller);
            }
            _ => {
                let at = 60 * SECOND_MS + self.roll_ms(600 * SECOND_MS);
                self.plan(at, Plan::Leave(caller));
            }
        }
        // Rush hours and quiet ones.
        let rush = (self.now.ms() / 600_000) % 2 == 0;
        let pause = self.roll_ms(if rush { 20 * SECOND_MS } else { 60 * SECOND_MS });
        self.plan(pause, Plan::Arrive);
    }

    fn flip(&mut self) {
        let agent = AgentId(self.roll_ms(AGENTS));
        match self.roll(18) {
            0 => self.tell(Event::Unregistered { agent }),
            1 => self.tell(Event::ConsoleGone { agent }),
            2 => {
                self.silent.insert(agent);
            }
            3 => self.tell(Event::Intends { agent, intent: Intent::SignedOut }),
            4 => {
                let intent = Intent::OnBreak(BreakReason::Tea);
                self.tell(Event::Intends { agent, intent });
            }
            5 => self.tell(Event::Intends { agent, intent: Intent::OnDemand }),
            6 => self.tell(Event::EndWrapUp { agent }),
            7 => self.tell(Event::ExtendWrapUp { agent }),
            _ => {
                self.silent.remove(&agent);
                self.tell(Event::Intends { agent, intent: Intent::Available });
            }
        }
        let pause = self.roll_ms(8 * SECOND_MS);
        self.plan(pause, Plan::Flip);
    }

    fn beat(&mut self) {
        for agent in (0..AGENTS).map(AgentId) {
            if !self.silent.contains(&agent) {
                self.tell(Event::Console { agent });
                let until = self.now.plus_ms(40 * SECOND_MS);
                self.tell(Event::Registered { agent, until });
            }
        }
        let lines: Vec<(CallerId, Line)> =
            self.lines.iter().map(|(caller, (line, ..))| (*caller, *line)).collect();
        for (caller, line) in lines {
            if !self.dead.contains(&caller) {
                self.tell(Event::CitizenAlive { caller });
            }
            if matches!(line, Line::Talking(_)) && !self.dead_agents.contains(&caller) {
                self.tell(Event::AgentAlive { caller });
            }
        }
        self.plan(20 * SECOND_MS, Plan::Beat);
    }

    /// Whoever was on the line is off it; phones stop ringing with the process that rang them.
    fn restart(&mut self) {
        self.plans.retain(|_, plan| !matches!(plan, Plan::Phone(..) | Plan::Dial(..)));
        self.phones.clear();
        let kept = self.queue.snapshot();
        let (queue, actions) = Queue::restore(self.policy.clone(), kept, self.now);
        self.queue = queue;
        for action in actions {
            self.took(action);
        }
        assert!(self.lines.is_empty(), "somebody survived the process");
        self.plan(RESTART_MS, Plan::Restart);
    }

    fn pass(&mut self, caller: CallerId) {
        let to = AgentId(self.roll_ms(AGENTS));
        let idle = self.queue.agent(to).is_some_and(|it| it.activity == Activity::Idle);
        if let Some((line @ Line::Talking(_), ..)) = self.lines.get_mut(&caller)
            && idle
        {
            *line = Line::Talking(to);
            self.tell(Event::Passed { caller, to });
        }
    }

    fn phone(&mut self, offer: OfferId, outcome: Outcome) {
        let Some((phone, agent, who)) = self.phones.get(&offer).copied() else {
            return self.tell(Event::Offer { offer, outcome });
        };
        match (phone, outcome) {
            (Phone::Withdrawn(_), Outcome::Answered) => self.late_answers += 1,
            (_, Outcome::Ringing | Outcome::Answered) => {}
            (Phone::Ringing, _) => {
                self.refuse(agent, who);
                self.phones.remove(&offer);
            }
            (Phone::Dialling | Phone::Withdrawn(_), _) => {
                if phone == Phone::Dialling {
                    self.refuse(agent, who);
                }
                self.phones.remove(&offer);
            }
        }
        self.tell(Event::Offer { offer, outcome });
    }

    fn refuse(&mut self, agent: AgentId, who: Who) {
        if let Who::Caller(caller) = who {
            self.refused.insert((agent, caller), self.now);
        }
    }

    fn dial(&mut self, call_back: CallerId, offer: OfferId) {
        if !matches!(self.phones.get(&offer), Some((Phone::Dialling, ..))) {
            return;
        }
        let outcome = match self.roll(6) {
            0 => Dialled::Busy,
            1 => Dialled::NoAnswer,
            2 => Dialled::Failed,
            _ => {
                let caller = CallerId(self.next_caller);
                self.next_caller += 1;
                Dialled::Connected(caller)
            }
        };
        self.tell(Event::Dialled { call_back, outcome });
    }

    fn tell(&mut self, event: Event) {
        for action in self.queue.handle(event, self.now) {
            self.took(action);
        }
    }
}
