//! Agents' desk phones: which is whose, and how long each can be rung.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::Driver;
use crate::{
    acd::{AgentId, Event, Profile},
    app::agents::Agent,
    calls::centre::skills,
    telephony::Binding,
};

/// How often all of them are looked at, whatever is told of them.
const PHONES_EVERY: Duration = Duration::from_secs(15);

impl Driver {
    pub(super) fn know(&mut self, agent: &Agent) {
        let id = AgentId(agent.account);
        let skills = skills::parse(&agent.skills).unwrap_or_else(|error| {
            tracing::error!(agent = agent.account, %error, "an agent's skills cannot be read");
            Default::default()
        });
        if self.phones.insert(id, agent.phone.clone()).as_ref() != Some(&agent.phone) {
            self.handle(Event::Profile(Profile { agent: id, skills }));
            self.bound(&agent.phone.clone());
        } else {
            self.handle(Event::Profile(Profile { agent: id, skills }));
        }
    }

    /// Something happened to the phones of an account.
    pub(super) fn bound(&mut self, account: &str) {
        let agent = self.phones.iter().find(|(_, phone)| *phone == account).map(|(id, _)| *id);
        let Some(agent) = agent else { return };
        let left = longest(self.parts.telephony.bindings()).remove(account);
        self.registered(agent, left);
    }

    /// A phone that is asked and answers counts again, also after a call in which it was lost.
    pub(super) fn look_at_phones(&mut self) {
        if self.looked.elapsed() >= PHONES_EVERY {
            self.looked = Instant::now();
            self.bound_anew();
        }
    }

    pub(super) fn bound_anew(&mut self) {
        let left = longest(self.parts.telephony.bindings());
        let agents: Vec<_> =
            self.phones.iter().map(|(agent, phone)| (*agent, left.get(phone).copied())).collect();
        for (agent, left) in agents {
            self.registered(agent, left);
        }
    }

    fn registered(&mut self, agent: AgentId, left: Option<Duration>) {
        match left {
            Some(left) => {
                let left_ms = i64::try_from(left.as_millis()).unwrap_or(i64::MAX);
                let until = self.now().plus_ms(left_ms);
                self.handle(Event::Registered { agent, until });
            }
            None => self.handle(Event::Unregistered { agent }),
        }
    }
}

/// How long each account has a phone that can be rung.
fn longest(bindings: Vec<Binding>) -> HashMap<String, Duration> {
    let mut longest = HashMap::new();
    for binding in bindings.into_iter().filter(|binding| binding.reachable) {
        let left: &mut Duration = longest.entry(binding.account).or_default();
        *left = binding.left.max(*left);
    }
    longest
}
