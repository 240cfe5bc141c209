//! Plays a transcript: its events drive the queue on a virtual clock, and the whole text is compared.
//!
//! A line is a time in seconds and what happens then; a line with `->` is what the queue did. Everybody named keeps their
//! leases alive by themselves until the transcript says that something of theirs dies.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use super::super::*;
use crate::domain::time::SECOND_MS;

/// Ten in the morning in IST.
pub(super) const BEGINS: Timestamp = Timestamp(1_795_321_800_000);
const BEAT_MS: i64 = 10 * SECOND_MS;
const REGISTRATION_MS: i64 = 30 * SECOND_MS;

pub(super) struct Stage {
    pub(super) queue: Queue,
    pub(super) now: Timestamp,
    text: String,
    offers: BTreeMap<OfferId, AgentId>,
    consoles: BTreeSet<AgentId>,
    phones: BTreeSet<AgentId>,
    dead: BTreeSet<CallerId>,
    dead_agents: BTreeSet<AgentId>,
    watched: BTreeSet<AgentId>,
    hears: bool,
    pub(super) whys: Vec<Why>,
    pub(super) facts: Vec<figures::Fact>,
}

/// Runs the events of `script` and compares all that was done; gives the stage for more questions.
#[track_caller]
pub(super) fn play(policy: Policy, script: &str) -> Stage {
    let mut stage = Stage::new(policy);
    stage.run(script);
    stage
}

impl Stage {
    pub(super) fn new(policy: Policy) -> Self {
        Self::over(Queue::new(policy), BEGINS)
    }

    pub(super) fn over(queue: Queue, now: Timestamp) -> Self {
        Self {
            queue,
            now,
            text: String::new(),
            offers: BTreeMap::new(),
            consoles: BTreeSet::new(),
            phones: BTreeSet::new(),
            dead: BTreeSet::new(),
            dead_agents: BTreeSet::new(),
            watched: BTreeSet::new(),
            hears: false,
            whys: Vec::new(),
            facts: Vec::new(),
        }
    }

    #[track_caller]
    pub(super) fn run(&mut self, script: &str) {
        self.text.clear();
        let expected: Vec<&str> =
            script.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
        for line in expected.iter().filter(|line| !line.contains("->")) {
            let (at, what) = line.split_once(' ').expect("a time and an event");
            self.until(BEGINS.plus_ms(parse_ms(at)));
            writeln!(self.text, "{line}").expect("a String takes all");
            self.act(what.trim());
        }
        let expected = expected.join("\n");
        assert!(self.text.trim() == expected, "played:\n{}\nexpected:\n{expected}\n", self.text);
    }

    /// Lets time pass: what is due, the sweep of each second, and everybody's heartbeats.
    fn until(&mut self, at: Timestamp) {
        while self.now < at {
            let sweep = self.now.plus_ms(SECOND_MS - self.now.since(BEGINS).rem_euclid(SECOND_MS));
            let due = self.queue.next_due().unwrap_or(at);
            assert!(due > self.now, "due in the past");
            self.now = at.min(sweep).min(due);
            if self.now.since(BEGINS) % BEAT_MS == 0 {
                self.beat();
            }
            self.tell(Event::Tick);
        }
    }

    fn beat(&mut self) {
        let until = self.now.plus_ms(REGISTRATION_MS);
        for agent in self.consoles.clone() {
            self.tell(Event::Console { agent });
        }
        for agent in self.phones.clone() {
            self.tell(Event::Registered { agent, until });
        }
        for line in self.queue.on_the_line() {
            let caller = line.caller;
            if !self.dead.contains(&caller) {
                self.tell(Event::CitizenAlive { caller });
            }
            if let At::Talking(agent) = line.at
                && !self.dead_agents.contains(&agent)
            {
                self.tell(Event::AgentAlive { caller });
            }
        }
    }

    pub(super) fn tell(&mut self, event: Event) {
        for action in self.queue.handle(event, self.now) {
            self.took(&action);
            if let Some(line) = self.line(&action) {
                let at = print_ms(self.now.since(BEGINS));
                writeln!(self.text, "{at} -> {line}").expect("a String takes all");
            }
        }
    }

    pub(super) fn took(&mut self, action: &Action) {
        match action {
            Action::Offer(offer) => {
                self.offers.insert(offer.offer, offer.agent);
                self.whys.push(offer.why.clone());
            }
            Action::Fact(fact) => self.facts.push(*fact),
            _ => {}
        }
    }

    fn line(&self, action: &Action) -> Option<String> {
        Some(match action {
            Action::Offer(Offer { agent, who, why, .. }) => {
                let who = match who {
                    Who::Caller(caller) => format!("caller {}", caller.0),
                    Who::CallBack(id) => format!("call-back {}", id.0),
                };
                format!("offer {} to {who} ({}, ring {})", agent.0, why.target, why.ring.0)
            }
            Action::CancelOffer { agent, because, .. } => {
                format!("cancel {}: {}", agent.0, words(because))
            }
            Action::HangUpOffer { offer } => {
                let agent = self.offers.get(offer).map_or(0, |agent| agent.0);
                format!("hang up {agent}")
            }
            Action::Connect { caller, agent, .. } => {
                format!("connect {} with {}", caller.0, agent.0)
            }
            Action::Dial { agent, call_back, .. } => {
                format!("dial call-back {} for {}", call_back.0, agent.0)
            }
            Action::HangUpAgent { caller, agent } => {
                format!("end the leg of {} to {}", agent.0, caller.0)
            }
            Action::HangUpCitizen { caller } => format!("end the leg of caller {}", caller.0),
            Action::Waits { caller, because } => {
                format!("caller {} waits again: {}", caller.0, words(because))
            }
            Action::Announce { caller, position, band } if self.hears => {
                format!("tell {}: position {position}, {}", caller.0, words(band))
            }
            Action::OfferCallBack { caller } if self.hears => {
                format!("ask {}: call back instead?", caller.0)
            }
            Action::Escalated { caller } => format!("escalate {}", caller.0),
            Action::Returned { caller, arrival } => {
                let arrival = print_ms(arrival.since(BEGINS));
                format!("caller {} is back in the place of {arrival}", caller.0)
            }
            Action::Divert { caller, to, because } => {
                let to = match to {
                    Otherwise::Overflow(overflow) => format!("overflow {}", overflow.name),
                    to => words(to),
                };
                format!("divert {}: {}, {to}", caller.0, words(because))
            }
            Action::CallerEnded { caller, ending } => {
                format!("caller {}: {}", caller.0, words(ending))
            }
            Action::CallBack(row) => {
                let messages: String =
                    row.messages.iter().map(|message| format!(", message {message}")).collect();
                format!(
                    "call-back {}: {}, {}, arrival {}, calls {}{messages}",
                    row.id.0,
                    words(&row.state),
                    words(&row.reason),
                    print_ms(row.arrival.since(BEGINS)),
                    row.calls,
                )
            }
            Action::Notice { agent, notice } => format!("notice to {}: {}", agent.0, words(notice)),
            Action::Agent(state) if self.watched.contains(&state.agent) => print_state(state),
            Action::Alarm(alarm) => format!("alarm: {}", words(alarm)),
            Action::Announce { .. }
            | Action::OfferCallBack { .. }
            | Action::Caller(_)
            | Action::Agent(_)
            | Action::Fact(_) => return None,
        })
    }

    fn act(&mut self, what: &str) {
        let words: Vec<&str> = what.split(' ').collect();
        match words.as_slice() {
            ["watch", agent] => {
                self.watched.insert(AgentId(number(agent)));
            }
            ["hear"] => self.hears = true,
            ["time"] => {}
            ["helpline", "opens"] => self.tell(Event::Opened),
            ["helpline", "closes"] => self.tell(Event::Closed),
            ["citizen", citizen, "reaches", "us"] => {
                self.tell(Event::Reached { citizen: key(citizen) });
            }
            ["agent", agent, rest @ ..] => self.agent_acts(AgentId(number(agent)), rest),
            ["caller", caller, rest @ ..] => self.caller_acts(CallerId(number(caller)), rest),
            ["call-back", id, rest @ ..] => self.dial_ends(CallerId(number(id)), rest),
            other => panic!("unknown event {other:?}"),
        }
    }

    fn agent_acts(&mut self, agent: AgentId, words: &[&str]) {
        let intends = |intent| Event::Intends { agent, intent };
        match words {
            ["arrives", skills @ ..] => {
                self.tell(Event::Profile(Profile { agent, skills: parse_skills(skills) }));
                self.agent_acts(agent, &["phone", "returns"]);
                self.agent_acts(agent, &["console", "returns"]);
                self.tell(intends(Intent::Available));
            }
            ["is", "available"] => self.tell(intends(Intent::Available)),
            ["is", "on", "demand"] => self.tell(intends(Intent::OnDemand)),
            ["is", "on", "break"] => self.tell(intends(Intent::OnBreak(BreakReason::Tea))),
            ["is", "signed", "out"] => self.tell(intends(Intent::SignedOut)),
            ["answers"] => self.outcome(agent, Outcome::Answered),
            ["rings"] => self.outcome(agent, Outcome::Ringing),
            ["rejects"] => self.outcome(agent, Outcome::Rejected),
            ["is", "busy"] => self.outcome(agent, Outcome::Busy),
            ["is", "unreachable"] => self.outcome(agent, Outcome::Unreachable),
            ["does", "not", "answer"] => self.outcome(agent, Outcome::NoAnswer),
            ["is", "gone"] => self.outcome(agent, Outcome::Gone),
            ["phone", "dies"] => {
                self.phones.remove(&agent);
            }
            ["phone", "leaves"] => {
                self.phones.remove(&agent);
                self.tell(Event::Unregistered { agent });
            }
            ["phone", "returns"] => {
                self.phones.insert(agent);
                let until = self.now.plus_ms(REGISTRATION_MS);
                self.tell(Event::Registered { agent, until });
            }
            ["console", "dies"] => {
                self.consoles.remove(&agent);
            }
            ["console", "leaves"] => {
                self.consoles.remove(&agent);
                self.tell(Event::ConsoleGone { agent });
            }
            ["console", "returns"] => {
                self.consoles.insert(agent);
                self.tell(Event::Console { agent });
            }
            ["leg", "dies"] => {
                self.dead_agents.insert(agent);
            }
            ["extends"] => self.tell(Event::ExtendWrapUp { agent }),
            ["finishes"] => self.tell(Event::EndWrapUp { agent }),
            ["dials", call] => {
                self.tell(Event::OutsideCall { agent, call: CallerId(number(call)) });
            }
            ["hangs", "up", call] => {
                self.tell(Event::OutsideCallEnded { agent, call: CallerId(number(call)) });
            }
            other => panic!("unknown act of an agent {other:?}"),
        }
    }

    fn outcome(&mut self, agent: AgentId, outcome: Outcome) {
        let last = self.offers.iter().rev().find(|(_, its)| **its == agent);
        let offer = *last.expect("an offer of this agent").0;
        self.tell(Event::Offer { offer, outcome });
    }

    fn caller_acts(&mut self, caller: CallerId, words: &[&str]) {
        match words {
            ["joins", rest @ ..] => self.tell(Event::Joined(join(caller, rest))),
            ["is", "missed", rest @ ..] => self.tell(Event::Missed(join(caller, rest))),
            ["leaves"] => self.tell(Event::Left { caller }),
            ["says", message] => {
                self.tell(Event::MessageLeft { caller, message: Some((*message).to_owned()) });
            }
            ["says", "nothing", "more"] => self.tell(Event::MessageLeft { caller, message: None }),
            ["is", "taken", "there"] => self.tell(Event::Overflowed { caller }),
            ["is", "not", "taken", "there"] => self.tell(Event::OverflowFailed { caller }),
            ["dies"] => {
                self.dead.insert(caller);
            }
            ["accepts"] => self.tell(Event::AcceptsCallBack { caller }),
            ["is", "held"] => self.tell(Event::Held { caller }),
            ["is", "taken", "back"] => self.tell(Event::Unheld { caller }),
            ["ends"] => self.tell(Event::Ended { caller }),
            ["loses", "the", "agent"] => self.tell(Event::AgentLost { caller }),
            ["is", "sent", "back", rest @ ..] => {
                let Join { wants, priority, .. } = join(caller, rest);
                self.tell(Event::SentBack { caller, wants, priority });
            }
            ["goes", "away"] => self.tell(Event::Away { caller }),
            ["is", "called", "by", agent] => {
                let agent = AgentId(number(agent));
                self.tell(Event::CalledOut { join: join(caller, &[]), agent });
            }
            ["is", "passed", "to", agent] => {
                self.tell(Event::Passed { caller, to: AgentId(number(agent)) });
            }
            other => panic!("unknown act of a caller {other:?}"),
        }
    }

    fn dial_ends(&mut self, call_back: CallerId, words: &[&str]) {
        let outcome = match words {
            ["connects", "as", caller] => Dialled::Connected(CallerId(number(caller))),
            ["is", "busy"] => Dialled::Busy,
            ["does", "not", "answer"] => Dialled::NoAnswer,
            ["fails"] => Dialled::Failed,
            ["has", "no", "number"] => Dialled::Invalid,
            ["loses", "the", "agent"] => Dialled::AgentGone,
            ["is", "settled"] => return self.tell(Event::CloseCallBack { call_back }),
            other => panic!("unknown end of dialling {other:?}"),
        };
        self.tell(Event::Dialled { call_back, outcome });
    }
}

pub(super) fn join(caller: CallerId, words: &[&str]) -> Join {
    let mut join = Join {
        caller,
        citizen: Some(key(&caller.0.to_string())),
        language: Language::Hindi,
        menu: "main".into(),
        wants: Vec::new(),
        priority: Priority(0),
        last_agent: None,
        safe: Safe::Anytime,
    };
    let mut words = words;
    while let [first, rest @ ..] = words {
        words = rest;
        match (*first, rest) {
            ("en", _) => join.language = Language::English,
            ("women", _) => join.wants.push(policy::womens_desk()),
            ("hidden", _) => join.citizen = None,
            ("never", _) => join.safe = Safe::Never,
            ("as", [citizen, rest @ ..]) => {
                join.citizen = Some(key(citizen));
                words = rest;
            }
            ("after", [agent, rest @ ..]) => {
                join.last_agent = Some(AgentId(number(agent)));
                words = rest;
            }
            ("wants", [code, rest @ ..]) => {
                join.wants.push(policy::department(code));
                words = rest;
            }
            ("priority", [level, rest @ ..]) => {
                join.priority = Priority(u8::try_from(number(level)).expect("a small priority"));
                words = rest;
            }
            other => panic!("unknown word of a caller {other:?}"),
        }
    }
    join
}

pub(super) fn key(citizen: &str) -> CitizenKey {
    let mut key = [0; 32];
    key[..citizen.len()].copy_from_slice(citizen.as_bytes());
    CitizenKey(key)
}

/// `hi3 water1`; Hindi at its best when nothing is said.
pub(super) fn parse_skills(words: &[&str]) -> Skills {
    if words.is_empty() {
        return parse_skills(&["hi3"]);
    }
    let parse = |word: &&str| {
        let (name, level) = word.split_at(word.len() - 1);
        let skill = match name {
            "hi" => Skill::Language(Language::Hindi),
            "en" => Skill::Language(Language::English),
            "women" => Skill::WomensDesk,
            "escalation" => Skill::Escalation,
            department => Skill::Department(department.into()),
        };
        (skill, Proficiency(u8::try_from(number(level)).expect("a small level")))
    };
    words.iter().map(parse).collect()
}

fn print_state(state: &AgentState) -> String {
    let mut line =
        format!("agent {}: {}, {}", state.agent.0, words(&state.intent), words(&state.activity));
    if let Some(until) = state.wrap_up_until {
        write!(line, " until {}", print_ms(until.since(BEGINS))).expect("a String takes all");
    }
    if let Some(pending) = state.pending {
        write!(line, ", then {}", words(&pending)).expect("a String takes all");
    }
    match state.unready {
        Some(Unready::BackOff { cause, until }) => {
            let until = print_ms(until.since(BEGINS));
            write!(line, ", rests until {until}: {}", words(&cause)).expect("a String takes all");
        }
        Some(unready) => write!(line, ", {}", words(&unready)).expect("a String takes all"),
        None => {}
    }
    line
}

/// `CallerGone` -> `caller gone`
fn words(value: &impl std::fmt::Debug) -> String {
    let mut text = String::new();
    let name = format!("{value:?}")
        .replace("AgentId(", "")
        .replace("CallerId(", "")
        .replace([')', '"'], "");
    for c in name.replace('(', " ").chars() {
        if c.is_uppercase() && !text.is_empty() && !text.ends_with(' ') {
            text.push(' ');
        }
        text.extend(c.to_lowercase());
    }
    text
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

fn parse_ms(text: &str) -> i64 {
    let (seconds, rest) = text.split_once('.').unwrap_or((text, "0"));
    number(seconds) * SECOND_MS + number(&format!("{rest:0<3}"))
}

fn print_ms(ms: i64) -> String {
    let seconds = format!("{}.{:03}", ms.div_euclid(SECOND_MS), ms.rem_euclid(SECOND_MS));
    seconds.trim_end_matches('0').trim_end_matches('.').to_owned()
}
