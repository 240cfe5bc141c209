//! What the process before kept of its queue.

use crate::{
    acd::{AgentState, CallBack, Intent, Profile, Snapshot, State, figures::Fact},
    app::{
        self,
        agents::{
            Agent,
            queue::{self, RowKind},
        },
    },
    calls::centre::skills,
    domain::{actor::Actor, time::Timestamp},
};

/// Agents as they stood, call-backs that are owed, and who was on the lines when the last process ended.
pub(super) async fn snapshot(
    app: &app::App,
    by: &Actor,
    agents: &[Agent],
) -> app::Result<Snapshot> {
    let mut kept = Snapshot::default();
    for (id, body) in queue::kept(app, by, RowKind::Agent).await? {
        let agent = agents.iter().find(|agent| agent.account == id);
        let (Some(agent), Some(state)) = (agent, read::<AgentState>(&body)) else { continue };
        let skills = skills::parse(&agent.skills).unwrap_or_default();
        if state.intent != Intent::SignedOut || state.pending.is_some() {
            kept.agents.push((Profile { agent: state.agent, skills }, state));
        }
    }
    for (_, body) in queue::kept(app, by, RowKind::CallBack).await? {
        kept.call_backs.extend(read(&body));
    }
    for (_, body) in queue::kept(app, by, RowKind::Caller).await? {
        kept.callers.extend(read(&body));
    }
    Ok(kept)
}

/// The citizen whom a row of the queue promises a call that will be made.
pub(super) fn owed_to(kind: RowKind, body: Option<&str>) -> Option<[u8; 32]> {
    let body = body.filter(|_| kind == RowKind::CallBack)?;
    let call_back: CallBack = read(body)?;
    (!matches!(call_back.state, State::Expired(_))).then_some(call_back.citizen.0)
}

fn read<T: serde::de::DeserializeOwned>(body: &str) -> Option<T> {
    let read = serde_json::from_str(body);
    read.inspect_err(|error| tracing::error!(%error, "a kept row of the queue cannot be read")).ok()
}

/// The day's log so far.
pub(super) async fn facts(app: &app::App, by: &Actor, since: Timestamp) -> app::Result<Vec<Fact>> {
    let bodies = queue::facts(app, by, since).await?;
    Ok(bodies.iter().filter_map(|body| read(body)).collect())
}
