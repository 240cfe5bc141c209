//! Citizens who come back within minutes, and those whose call is turned away to be rung back.

use std::sync::Arc;

use super::{Centre, command::Command, waiting::caller_id};
use crate::{
    acd::{CitizenKey, Event, Join, Priority, Returning, Safe},
    app::{App, agents, calls},
    domain::{actor::Actor, language::Language, phone::Phone},
};

/// The menu of a citizen who spoke with nobody yet.
const MISSED_CALL: &str = "missed_call";

impl Centre {
    /// What a citizen who calls again comes back to.
    pub(in crate::calls) async fn returning(&self, app: &App, phone: &Phone) -> Option<Returning> {
        let citizen = CitizenKey(agents::citizen_key(app, phone));
        self.ask(|answer| Command::Returning { citizen, answer }).await.ok().flatten()
    }

    /// The citizen is rung back by an agent, with the arrival of this call.
    pub(in crate::calls) async fn missed(&self, app: &Arc<App>, call: &str, phone: Phone) {
        let by = Actor::caller(None);
        // Who is rung back must be a citizen of ours.
        let language = match calls::caller(app, &by, &phone).await {
            Ok(caller) => caller.language.unwrap_or(Language::Hindi),
            Err(_) => Language::Hindi,
        };
        if let Err(error) = calls::language(app, &by, &phone, language).await {
            return tracing::error!(%error, "a missed call cannot be made known");
        }
        let join = Join {
            caller: caller_id(call),
            citizen: Some(CitizenKey(agents::citizen_key(app, &phone))),
            language,
            menu: MISSED_CALL.to_owned(),
            wants: Vec::new(),
            priority: Priority::default(),
            last_agent: None,
            safe: Safe::Anytime,
        };
        if self.tell(Command::Event(Event::Missed(join))).is_err() {
            tracing::error!(call, "the queue does not take a missed call");
        }
    }
}
