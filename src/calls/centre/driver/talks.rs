//! Who talks on which call, and what the calls of the day were.

use std::collections::{BTreeMap, HashMap};

use super::Driver;
use crate::{
    acd::{AgentId, AgentState},
    app::{self, App, intake},
    calls::centre::OnCall,
    domain::{
        actor::Actor,
        intake::disposition::{Disposition, Talk},
        time::Timestamp,
    },
};

#[derive(Debug, Default)]
pub(super) struct Talks {
    /// The call that each agent is on, or had last.
    last: HashMap<AgentId, OnCall>,
    /// Of the day of IST.
    counts: BTreeMap<Disposition, u64>,
}

impl Talks {
    /// What an earlier process left open is over, and what was said today counts on.
    pub(super) async fn open(app: &App, now: Timestamp) -> app::Result<Self> {
        let by = Actor::system();
        intake::end_talks(app, &by).await?;
        let counts = intake::dispositions(app, &by, now.ist_day().begins()).await?;
        Ok(Self { last: HashMap::new(), counts: counts.into_iter().collect() })
    }

    pub(super) fn of(&self, agent: AgentId) -> Option<OnCall> {
        self.last.get(&agent).cloned()
    }

    pub(super) fn said(&mut self, before: Option<Disposition>, now: Disposition) {
        // What was said yesterday is not counted today.
        if let Some(count) = before.and_then(|before| self.counts.get_mut(&before)) {
            *count = count.saturating_sub(1);
        }
        *self.counts.entry(now).or_default() += 1;
    }

    pub(super) fn counts(&self) -> Vec<(Disposition, u64)> {
        self.counts.iter().filter(|(_, n)| **n > 0).map(|(word, n)| (*word, *n)).collect()
    }

    pub(super) fn forget_counts(&mut self) {
        self.counts.clear();
    }
}

impl Driver {
    /// Called with an agent's next state while the one before is still known.
    pub(super) fn follow_talk(&mut self, state: &AgentState) {
        let own = |state: &AgentState| state.call.filter(|_| !state.aside);
        let before = self.states.get(&state.agent).and_then(own);
        if before == own(state) {
            return;
        }
        let now = self.parts.app.now();
        if let Some(last) = self.talks.last.get_mut(&state.agent)
            && last.talk.ended_at.is_none()
        {
            last.talk.ended_at = Some(now);
            self.keeper.talk(&last.talk);
        }
        let Some(known) = own(state).and_then(|caller| self.known.get(&caller)) else { return };
        // While a call-back is still dialled there is no call of it.
        if known.call.is_empty() {
            return;
        }
        let call = known.call.clone();
        let talk = Talk { call, account: state.agent.0, began_at: now, ended_at: None, said: None };
        self.keeper.talk(&talk);
        self.talks.last.insert(state.agent, OnCall { talk, phone: known.phone.clone() });
    }
}
