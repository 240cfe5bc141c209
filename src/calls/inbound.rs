//! Calls that come in: admitted while there is room, answered, and given to the dialogue of the number that was dialled.

use tokio::sync::mpsc;
use tracing::Instrument;

use super::{
    Calls, Room,
    asks::{Facts, Way},
    call_id,
    line::{Line, Sip},
};
use crate::{
    dialogue::Dialogue,
    domain::{language::Language, phone::Phone},
    telephony::{Arrival, Error, Origin, Refusal},
};

impl Calls {
    /// Takes calls until telephony gives no more, and commits meanwhile what waits in the journal.
    pub async fn take(&self, mut arrivals: mpsc::Receiver<Arrival>) {
        let taking = async {
            while let Some(arrival) = arrivals.recv().await {
                self.arrived(arrival);
            }
        };
        tokio::select! {
            () = taking => {}
            () = self.0.disk.journal.drain_for_ever() => {}
        }
    }

    fn arrived(&self, arrival: Arrival) {
        let of_phone = matches!(arrival.caller.origin, Origin::Phone { .. });
        let officers = self.is_officers(&arrival.dialled);
        if of_phone && !officers && !self.0.config.numbers.contains(&arrival.dialled) {
            return self.consult(arrival);
        }
        if self.is_missed_call(&arrival.dialled) {
            return self.miss(arrival);
        }
        let Some(room) = self.admit() else {
            tracing::warn!(live = self.live(), "no room for a call");
            return arrival
                .refuse(Refusal::Unavailable { retry_after_s: self.0.config.retry_after_s });
        };
        let calls = self.clone();
        let call = call_id();
        let span = tracing::info_span!("call", call);
        let answering = async move { calls.answer(call, arrival, officers, room).await };
        tokio::spawn(answering.instrument(span));
    }

    /// A desk phone calls somebody: whoever has a citizen's call may ask another, and nobody else calls anybody.
    fn consult(&self, arrival: Arrival) {
        match (&self.0.centre, &arrival.caller.origin) {
            (Some(centre), Origin::Phone { user }) => centre.consult(user.clone(), arrival),
            _ => arrival.refuse(Refusal::NotFound),
        }
    }

    fn is_officers(&self, dialled: &str) -> bool {
        is_one_of(dialled, &self.0.config.officer_numbers)
    }

    fn is_missed_call(&self, dialled: &str) -> bool {
        is_one_of(dialled, &self.0.config.missed_call_numbers)
    }

    /// Turned away before it costs the citizen anything; an agent rings back.
    fn miss(&self, arrival: Arrival) {
        let phone = arrival.caller.number.as_deref().and_then(|number| Phone::parse(number).ok());
        arrival.refuse(Refusal::Busy);
        let (Some(centre), Some(phone)) = (self.0.centre.clone(), phone) else {
            return tracing::warn!("a missed call of nobody who could be rung back");
        };
        let app = self.0.app.clone();
        tokio::spawn(async move { centre.missed(&app, &call_id(), phone).await });
    }

    async fn answer(self, call: String, arrival: Arrival, officers: bool, room: Room) {
        let started_at = self.0.app.now();
        let (trunk, trusted_cli) = match &arrival.caller.origin {
            Origin::Trunk { name, trusted_cli } => (Some(name.clone()), *trusted_cli),
            Origin::Phone { .. } => (None, false),
        };
        let phone = arrival.caller.number.as_deref().and_then(|number| Phone::parse(number).ok());
        tracing::info!(sip_call = arrival.tag(), trunk, phone = ?phone, officers, "a call has come in");
        let leg = match arrival.answer().await {
            Ok(leg) => leg,
            Err(Error::Gone) => return tracing::info!("the caller gave up"),
            Err(error) => return tracing::error!(%error, "a call cannot be answered"),
        };
        let facts = Facts {
            call: call.clone(),
            way: Way::Inbound { trusted_cli },
            trunk,
            tries: Vec::new(),
            client: None,
            phone,
            language: Language::Hindi,
            started_at,
            ringing_at: None,
            answered_at: Some(self.0.app.now()),
        };
        let dialogue = match (&self.0.centre, &facts.phone) {
            _ if officers => Dialogue::officer(),
            (None, phone) => Dialogue::citizen(phone.is_some()),
            (Some(_), None) => Dialogue::citizen(false).with_persons(),
            (Some(centre), Some(phone)) => {
                let citizen = Dialogue::citizen(true).with_persons();
                match centre.returning(&self.0.app, phone).await {
                    Some(back) if back.arrival.is_some() => {
                        citizen.back_in_the_queue(back.language)
                    }
                    _ => citizen,
                }
            }
        };
        let sip = Sip::new(leg, self.0.catalogue.clone(), self.0.disk.recordings.spool(), call);
        let disposition = self.converse_on(Line::Sip(sip), dialogue, facts, None, None).await;
        tracing::info!(disposition, "a call has ended");
        drop(room);
    }
}

/// Exchanges write a number with or without the plus.
fn is_one_of(dialled: &str, numbers: &[String]) -> bool {
    let dialled = dialled.trim_start_matches('+');
    numbers.iter().any(|number| number == dialled)
}
