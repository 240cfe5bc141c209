//! What must be kept, also after a hang-up: registrations, outcomes, recordings, call-backs, the call's own record.

use std::{future::Future, time::Duration};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Asks, REGISTERED, Way};
use crate::{
    app::{self, App, calls, cases, recordings, verification},
    calls::{
        evidence::{self, Heard},
        journal::{Done, Entry, Journal, Kept, may_come_later},
        line::Voice,
    },
    dialogue::{
        At,
        outcome::{RoundOutcome, Settles},
        talk::{Reason, Registration, Reply, Settled},
    },
    domain::{
        actor::Actor,
        case::Kind,
        change::CallRecord,
        language::Language,
        number::CaseNumber,
        recording::Class,
        refused::Refused,
        verification::{Answer, Milestones, Outcome},
    },
};

const RETRY_MS: u64 = 250;
const RETRY_MS_MAX: u64 = 5_000;

/// How what must be kept is kept: the database is asked again for a while, then the journal takes it.
#[derive(Clone, Debug)]
pub(crate) struct Keeping {
    pub(crate) journal: Journal,
    pub(crate) trying: Duration,
    /// The helpline ends: there is no time to ask again.
    pub(crate) closed: CancellationToken,
}

impl Asks {
    pub(super) async fn register(&mut self, ask: Registration) -> app::Result<Reply> {
        let Some(phone) = ask.keyed_phone.or_else(|| self.facts.phone.clone()) else {
            return Err(app::Error::Invalid { field: "phone", why: "none is known" });
        };
        let recording = match self.voices.remove(&ask.recording) {
            Some(voice) => Some(self.move_voice(voice).await),
            None => None,
        };
        let register = cases::Register {
            request_id: format!("call:{}:{}", self.facts.call, ask.recording),
            kind: Kind::Complaint,
            phone,
            name: None,
            language: ask.language,
            category: ask.category,
            subcategory: None,
            place: ask.district,
            words: None,
            recording,
            by_keys: true,
            call: Some(self.facts.call.clone()),
            despite: None,
            incident: None,
            heard_of: None,
            scheme: None,
        };
        let (app, by) = (&self.app, self.actor());
        let act = || cases::register(app, &by, register.clone());
        let view = match self.keeping.persist("register", act).await {
            Ok(view) => view,
            Err(error) => {
                // The caller is told so; what was said is kept for whoever rings back.
                if let Some(mut new) = register.recording {
                    new.partial.get_or_insert_with(|| "not registered".to_owned());
                    let _ = self.keep("recording", by, Kept::Recording(new)).await;
                }
                return match error {
                    app::Error::Refused(Refused::DailyLimit | Refused::CitizenBlocked) => {
                        Ok(Reply::Barred)
                    }
                    error => Err(error),
                };
            }
        };
        self.citizen = Some(view.case.citizen);
        self.disposition = REGISTERED;
        tracing::info!(call = self.facts.call, case = %view.case.number(), "registered by keys");
        let message_sent = cases::takes_messages(&self.app, &view.case).await.unwrap_or(false);
        Ok(Reply::Registered { number: view.case.number(), message_sent })
    }

    pub(super) async fn record_round(&mut self, outcome: RoundOutcome) -> app::Result<Reply> {
        let (case, round) = (outcome.case.id(), outcome.round);
        self.recorded.push((case, round));
        if let Some(own) = &self.own {
            own.records(case, round);
        }
        let source = self.source(case, round)?;
        self.spoken |= outcome.milestones.number_spoken.is_some();
        if matches!(outcome.outcome, Outcome::NotHere | Outcome::WrongNumber) {
            self.unreached = outcome.outcome;
        }
        let (told, pressured) = (outcome_told(&outcome), outcome.pressured == Some(true));
        self.disposition = told.as_str();
        let heard = self.heard(case).await;
        let record = verification::Record {
            request_id: None,
            case,
            round,
            outcome: told,
            source,
            started_at: self.facts.started_at,
            milestones: self.milestones(&outcome),
            ended_at: self.app.now(),
            number_spoken: outcome.milestones.number_spoken.is_some(),
            refused: outcome.refused,
            sip_status: None,
            q850: None,
            evidence: evidence::json(&self.facts, &self.prompts, &outcome, heard),
            note: None,
            polite: None,
            later: outcome.later,
        };
        if outcome.settles == Settles::ByRingBack {
            self.disposition = "RING_BACK";
        }
        match self.record(record).await {
            Ok(settled) => {
                if settled.ring_back {
                    self.hold(case, round).await;
                }
                Ok(Reply::Settled(effect(&settled, pressured)))
            }
            Err(app::Error::Refused(
                Refused::RoundOver | Refused::CaseClosed | Refused::NoRoundOpen,
            )) => Ok(Reply::Settled(Settled::AlreadySettled)),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn record(
        &self,
        record: verification::Record,
    ) -> app::Result<verification::Settled> {
        // It is the citizen who answers, on whosever line; the evidence names a client.
        let by = Actor::caller(self.citizen);
        let request_id = match self.facts.way {
            Way::Inbound { .. } => {
                Some(format!("call:{}:{}:{}", self.facts.call, record.case, record.round))
            }
            Way::Dialled { .. } => None,
        };
        let record = verification::Record { request_id, ..record };
        let (case, outcome) = (record.case, record.outcome);
        let settled = self.keep("record", by, Kept::Round(Box::new(record))).await;
        let settled = settled.map(|done| done.settled().expect("a round is settled"));
        match &settled {
            Ok(settled) => {
                tracing::info!(call = self.facts.call, case, %outcome, state = %settled.case.state, "verification recorded");
            }
            Err(error) => {
                tracing::error!(call = self.facts.call, case, %outcome, %error, "verification not recorded");
            }
        }
        settled
    }

    /// What evidence says of the sound until now; nothing where none is recorded.
    async fn heard(&mut self, case: i64) -> Heard {
        let Some(tape) = &mut self.tape else { return Heard::default() };
        Heard { machine: tape.machine(), recording: tape.cut(case).await }
    }

    /// A promised call waits until this one is over.
    pub(super) async fn hold(&mut self, case: i64, round: i64) {
        match verification::hold(&self.app, case, round).await {
            Ok(Some(lease)) => {
                self.leases.add(lease);
                self.after_the_call.push(lease);
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(call = self.facts.call, case, %error, "a promised call is not held");
            }
        }
    }

    pub(super) async fn line_free(&mut self) {
        for lease in std::mem::take(&mut self.after_the_call) {
            let free = self
                .keeping
                .persist("line free", || verification::line_free(&self.app, lease))
                .await;
            if let Err(error) = free {
                // The lease runs out, and then it is rung.
                tracing::warn!(call = self.facts.call, case = lease.case, %error, "a promised call waits longer");
            }
        }
    }

    /// The call that we made is over. Without the database its lease runs out.
    pub(super) async fn citizens_line_free(&self) {
        let Way::Dialled { citizen, rounds } = &self.facts.way else { return };
        if let Err(error) = verification::line::free_order(&self.app, *citizen, rounds).await {
            tracing::warn!(call = self.facts.call, %error, "a citizen's line is free later");
        }
    }

    fn source(&self, case: i64, round: i64) -> app::Result<verification::Source> {
        match &self.facts.way {
            Way::Inbound { trusted_cli } => Ok(verification::Source::Inbound {
                trusted_cli: *trusted_cli,
                number_keyed: self.keyed.is_some_and(|keyed| keyed.id() == case),
            }),
            Way::Dialled { rounds, .. } => rounds
                .iter()
                .find(|ordered| ordered.case == case && ordered.round == round)
                .map(|ordered| verification::Source::Dialled {
                    token: ordered.token,
                    lead: ordered.lead,
                })
                .ok_or(app::Error::NotFound("round")),
        }
    }

    fn milestones(&self, outcome: &RoundOutcome) -> Milestones {
        let since = |at: Option<At>| {
            let ms = i64::try_from(at?.0).unwrap_or(i64::MAX);
            self.facts.answered_at.map(|answered| answered.plus_ms(ms))
        };
        Milestones {
            ringing_at: self.facts.ringing_at,
            answered_at: self.facts.answered_at,
            right_party_at: since(outcome.milestones.right_party),
            question_heard_at: since(outcome.milestones.question_heard),
            answered_by_key_at: since(outcome.milestones.answered),
            confirmed_at: since(outcome.milestones.confirmed),
        }
    }

    /// Every round of the order gets one record under its token; those that were not reached use no attempt of their own.
    pub(super) async fn finish_unreached(&mut self, sip_status: Option<u16>, q850: Option<u8>) {
        let Way::Dialled { rounds, .. } = &self.facts.way else { return };
        for ordered in rounds.clone() {
            if self.recorded.contains(&(ordered.case, ordered.round)) {
                continue;
            }
            let heard = self.heard(ordered.case).await;
            let record = verification::Record {
                request_id: None,
                case: ordered.case,
                round: ordered.round,
                outcome: self.unreached,
                // A call that went to another round, or was overtaken, is no attempt of the one that it was made for.
                source: verification::Source::Dialled {
                    token: ordered.token,
                    lead: ordered.lead && !self.spoken && !self.overtaken,
                },
                started_at: self.facts.started_at,
                milestones: Milestones {
                    ringing_at: self.facts.ringing_at,
                    answered_at: self.facts.answered_at,
                    ..Milestones::default()
                },
                ended_at: self.app.now(),
                number_spoken: false,
                refused: false,
                sip_status: sip_status.map(i64::from),
                q850: q850.map(i64::from),
                evidence: evidence::of_call(&self.facts, heard),
                note: None,
                polite: None,
                later: None,
            };
            // It is logged there; the round's lease runs out and it is looked at anew.
            let _ = self.record(record).await;
        }
    }

    pub(super) async fn remember(&mut self, language: Language) -> Option<Reply> {
        self.facts.language = language;
        let phone = self.facts.phone.as_ref()?;
        if let Err(error) = calls::language(&self.app, &self.actor(), phone, language).await {
            tracing::warn!(call = self.facts.call, %error, "the language is not remembered");
        }
        None
    }

    pub(super) async fn conduct(&self, case: CaseNumber, round: i64, good: bool) -> Option<Reply> {
        let conduct = Kept::Conduct { case: case.id(), round, good };
        let kept = self.keep("conduct", self.actor(), conduct).await;
        if let Err(error) = kept {
            tracing::error!(call = self.facts.call, %case, %error, "the conduct is not recorded");
        }
        None
    }

    pub(super) async fn call_back(&mut self, reason: Reason) -> Option<Reply> {
        self.disposition = "OPERATOR";
        let ask = calls::Operator {
            call: self.facts.call.clone(),
            phone: self.facts.phone.clone(),
            reason: reason.as_str().to_owned(),
            language: self.facts.language,
        };
        let kept = self.keep("call back", self.actor(), Kept::CallBack(ask)).await;
        if let Err(error) = kept {
            tracing::error!(call = self.facts.call, %error, "a caller is not on the call-back list");
        }
        None
    }

    /// Moves the file to where recordings are kept; what its row will say.
    pub(super) async fn move_voice(&mut self, voice: Voice) -> recordings::NewRecording {
        self.kept += 1;
        let kept = self.recordings.keep(&self.facts.call, voice).await;
        let class = if self.officer.is_some() { Class::Report } else { Class::Complaint };
        recordings::NewRecording {
            call: self.facts.call.clone(),
            number: self.kept,
            class,
            folder: kept.folder,
            file: kept.file,
            sha256: kept.sha256,
            duration_ms: i64::from(kept.duration_ms),
            partial: kept.partial,
            case: None,
        }
    }

    /// Keeps a recording that was registered with no case: of what was said beside an answer, or of nothing.
    pub(super) async fn keep_voice(&mut self, voice: Voice) {
        let case = self.words_of;
        let new = recordings::NewRecording { case, ..self.move_voice(voice).await };
        let file = new.file.clone();
        let kept = self.keep("recording", self.actor(), Kept::Recording(new)).await;
        if let Err(error) = kept {
            tracing::error!(call = self.facts.call, file, %error, "a recording has no row");
        }
    }

    pub(super) async fn keep_record(&self, ended_by: &str) {
        let record = CallRecord {
            call: self.facts.call.clone(),
            direction: match (&self.facts.client, &self.facts.way) {
                (Some(_), _) => "CONVERSE",
                (None, Way::Inbound { .. }) => "IN",
                (None, Way::Dialled { .. }) => "OUT",
            }
            .to_owned(),
            trunk: self.facts.trunk.clone(),
            citizen: self.citizen,
            started_at: self.facts.started_at,
            answered_at: self.facts.answered_at,
            ended_at: self.app.now(),
            ended_by: ended_by.to_owned(),
            disposition: self.disposition.to_owned(),
        };
        let kept = self.keep("call record", self.actor(), Kept::Call(record)).await;
        if let Err(error) = kept {
            tracing::error!(call = self.facts.call, %error, "a call has no record");
        }
    }
}

impl Asks {
    /// Commits it, or leaves it in the journal; an error says that it is not committed yet.
    pub(super) async fn keep(
        &self,
        what: &'static str,
        by: Actor,
        kept: Kept,
    ) -> app::Result<Done> {
        let entry = Entry { by, kept };
        self.keeping.keep(&self.app, &self.facts.call, what, &entry).await
    }
}

impl Keeping {
    /// Commits it, or leaves it in the journal; an error says that it is not committed yet.
    pub(crate) async fn keep(
        &self,
        app: &App,
        call: &str,
        what: &'static str,
        entry: &Entry,
    ) -> app::Result<Done> {
        let result = self.persist(what, || entry.apply(app)).await;
        if let Err(error) = &result
            && may_come_later(error)
        {
            match self.journal.keep(entry).await {
                Ok(()) => tracing::warn!(call, what, "kept in the journal"),
                Err(error) => {
                    tracing::error!(call, what, %error, "not even in the journal");
                }
            }
        }
        result
    }

    /// Asks again while the database is busy, away, or somebody else was first.
    pub(super) async fn persist<T, F>(
        &self,
        what: &'static str,
        act: impl Fn() -> F,
    ) -> app::Result<T>
    where
        F: Future<Output = app::Result<T>>,
    {
        let until = Instant::now() + self.trying;
        let mut pause_ms = RETRY_MS;
        loop {
            match act().await {
                Err(
                    error @ (app::Error::Busy { .. }
                    | app::Error::Unavailable(_)
                    | app::Error::Conflict),
                ) if Instant::now() < until && !self.closed.is_cancelled() => {
                    tracing::warn!(what, %error, "asked again");
                    tokio::select! {
                        () = tokio::time::sleep(Duration::from_millis(pause_ms)) => {}
                        () = self.closed.cancelled() => {}
                    }
                    pause_ms = (pause_ms * 2).min(RETRY_MS_MAX);
                }
                answer => return answer,
            }
        }
    }
}

/// An unproven "satisfied" is told as such with an unproven source, and rung back. Pressure on somebody who is not satisfied
/// stands in the evidence, and leaves the answer as it is.
fn outcome_told(outcome: &RoundOutcome) -> Outcome {
    match (outcome.outcome, outcome.settles) {
        (Outcome::Partial, Settles::ByRingBack) => Outcome::Satisfied,
        (told, _) => told,
    }
}

fn effect(settled: &verification::Settled, pressured: bool) -> Settled {
    match settled.answer {
        _ if settled.ring_back => Settled::RingBack,
        Some(Answer::Satisfied) => Settled::Closed,
        Some(Answer::NotSatisfied) if pressured => Settled::Flagged,
        Some(Answer::NotSatisfied) => Settled::Raised,
        Some(Answer::Pressured) => Settled::Flagged,
        Some(Answer::Confirmed) => Settled::Done,
        Some(Answer::Declined) | None => Settled::Kept,
    }
}
