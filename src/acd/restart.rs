//! What must outlive the process, and the machine made of it again.

use super::{
    Queue,
    action::{Action, CallerRow, Ending},
    agents::{Agent, AgentState, Notice, Profile},
    call_backs::{CallBack, Reason, State},
    event::{Event, Join},
    figures::What,
    policy::{AGENTS_MAX, CALL_BACKS_MAX, Policy},
};
use crate::domain::time::Timestamp;

/// Everything durable. The driver keeps it row by row, from `Action::{Agent, CallBack, Caller, CallerEnded}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub agents: Vec<(Profile, AgentState)>,
    /// Those that are not closed.
    pub call_backs: Vec<CallBack>,
    /// Who was on the line. All of them are off it: they become call-backs.
    pub callers: Vec<CallerRow>,
}

impl Queue {
    /// The queue of a process that begins. The actions make durable what became of those who were on the line.
    pub fn restore(policy: Policy, kept: Snapshot, now: Timestamp) -> (Self, Vec<Action>) {
        let mut queue = Self::new(policy);
        for (profile, state) in kept.agents.into_iter().take(AGENTS_MAX) {
            queue.agents.insert(profile.agent, Agent::restored(profile, &state, now));
        }
        for mut row in kept.call_backs.into_iter().take(CALL_BACKS_MAX) {
            match row.state {
                State::Closed(_) => continue,
                State::Taken(_) | State::OnTheLine(_) => row.state = State::Open,
                State::Open | State::Expired(_) => {}
            }
            queue.insert_call_back(row);
        }
        let actions = queue.handle(Event::Orphans(kept.callers), now);
        (queue, actions)
    }

    pub fn snapshot(&self) -> Snapshot {
        let agents = self.agents.values();
        Snapshot {
            agents: agents.map(|it| (it.profile.clone(), it.state(self.last))).collect(),
            call_backs: self.call_backs().cloned().collect(),
            callers: self.caller_rows(),
        }
    }

    /// Whoever was on a line that died is called back, once, with the arrival of that day.
    pub(super) fn adopt(&mut self, orphans: Vec<CallerRow>, now: Timestamp) {
        for row in orphans {
            if self.callers.contains_key(&row.caller) {
                continue;
            }
            let reason = row.talks_with.map_or(Reason::NodeLost, Reason::CutOff);
            let arrival = row.arrival;
            let join = Join {
                caller: row.caller,
                citizen: row.citizen,
                language: row.language,
                menu: row.menu,
                wants: row.wants,
                priority: row.priority,
                last_agent: row.talks_with,
                safe: row.safe,
            };
            let owed = self.owe(&join, arrival, reason, now);
            if let Some(agent) = row.talks_with.filter(|_| owed) {
                let notice = Notice::CutOff(row.caller);
                self.out.push(Action::Notice { agent, notice });
            }
            self.out.push(Action::CallerEnded { caller: row.caller, ending: Ending::Lost });
            self.fact(row.caller, What::Lost, now);
        }
    }
}
