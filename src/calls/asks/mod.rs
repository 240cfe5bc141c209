//! The one place that maps a dialogue's questions to use cases. It works off the questions of one call in order, and goes on
//! after a hang-up until everything that must be kept is kept.

mod incidents;
mod kept;
mod known;
mod officer;
mod wish;

use std::{collections::HashMap, sync::Arc};

use tokio::sync::mpsc;

pub(crate) use kept::Keeping;
use known::due;
pub(crate) use known::open_round;

use super::{
    leases::Leases,
    line::{EndedBy, Voice},
    recordings,
    run::Told,
    tape::Tape,
    under_way::Own,
};
use crate::{
    app::{App, recordings::NewRecording, verification},
    dialogue::{
        AskId,
        talk::{Question, Reply},
    },
    domain::{
        actor::{Actor, Channel},
        language::Language,
        number::CaseNumber,
        phone::Phone,
        time::Timestamp,
        verification::Outcome,
    },
    telephony::Try,
};

/// What a call achieved on which something was registered by keys.
pub(crate) const REGISTERED: &str = "REGISTERED";

/// Who is on the line, and by what way.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// Unique over all nodes.
    pub(crate) call: String,
    pub(crate) way: Way,
    pub(crate) trunk: Option<String>,
    /// The trunks that were asked to carry a call of ours, in order.
    pub(crate) tries: Vec<Try>,
    /// The account of the external IVR whose line it is.
    pub(crate) client: Option<Actor>,
    /// None when the number is withheld, foreign, or of a phone of ours.
    pub(crate) phone: Option<Phone>,
    pub(crate) language: Language,
    pub(crate) started_at: Timestamp,
    pub(crate) ringing_at: Option<Timestamp>,
    pub(crate) answered_at: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub(crate) enum Way {
    Inbound { trusted_cli: bool },
    Dialled { citizen: i64, rounds: Vec<verification::OrderedRound> },
}

#[derive(Debug)]
pub(crate) struct Asks {
    app: Arc<App>,
    recordings: recordings::Store,
    keeping: Keeping,
    /// Which wording the prompts had.
    prompts: String,
    facts: Facts,
    citizen: Option<i64>,
    /// The number by which the caller named the case to answer about.
    keyed: Option<CaseNumber>,
    /// The number whose status was told last.
    looked_up: Option<CaseNumber>,
    /// What the citizen wanted in this call, counted.
    wishes: u32,
    voices: HashMap<String, Voice>,
    /// The account of the officer who signed in on this call.
    officer: Option<i64>,
    /// What is recorded and registered nowhere was said about this case.
    words_of: Option<i64>,
    /// Recordings that the officer's acts name.
    reported: HashMap<String, NewRecording>,
    /// How many of the call's recordings were kept.
    kept: u32,
    leases: Leases,
    recorded: Vec<(i64, i64)>,
    /// The number of some round was spoken: the call was about it.
    spoken: bool,
    /// Promised calls, held until the line is free: then their citizens are rung.
    after_the_call: Vec<verification::Lease>,
    /// What the call was for those of its rounds that it did not reach.
    unreached: Outcome,
    disposition: &'static str,
    /// What is said in it, when we made it.
    tape: Option<Tape>,
    /// Of a call that we made.
    own: Option<Own>,
    /// Its rounds, or some of them, were settled elsewhere meanwhile: what it did not reach it leaves alone.
    overtaken: bool,
}

impl Asks {
    pub(crate) fn new(
        app: Arc<App>,
        recordings: recordings::Store,
        keeping: Keeping,
        prompts: String,
        facts: Facts,
        leases: Leases,
    ) -> Self {
        let citizen = match &facts.way {
            Way::Inbound { .. } => None,
            Way::Dialled { citizen, .. } => Some(*citizen),
        };
        Self {
            app,
            recordings,
            keeping,
            prompts,
            facts,
            citizen,
            keyed: None,
            looked_up: None,
            wishes: 0,
            voices: HashMap::new(),
            officer: None,
            words_of: None,
            reported: HashMap::new(),
            kept: 0,
            leases,
            recorded: Vec::new(),
            spoken: false,
            after_the_call: Vec::new(),
            unreached: Outcome::NoReply,
            disposition: "NONE",
            tape: None,
            own: None,
            overtaken: false,
        }
    }

    pub(crate) fn recorded(self, tape: Option<Tape>) -> Self {
        Self { tape, ..self }
    }

    pub(crate) fn under_way(self, own: Option<Own>) -> Self {
        Self { own, ..self }
    }

    /// Answers until the call asks no more.
    pub(crate) async fn serve(
        mut self,
        mut told: mpsc::Receiver<Told>,
        replies: mpsc::Sender<(AskId, Reply)>,
    ) -> Self {
        while let Some(told) = told.recv().await {
            match told {
                Told::Voice { reference, voice } => {
                    self.voices.insert(reference, voice);
                }
                Told::TapeEnds => self.tape = None,
                Told::CallerHas { case, round } => {
                    self.recorded.push((case, round));
                    self.spoken = true;
                }
                Told::Question { id, question } => {
                    let Some(reply) = self.answer(question).await else { continue };
                    // A call that has ended needs no reply.
                    let _ = replies.send((id, reply)).await;
                }
            }
        }
        self
    }

    /// Keeps what is left: rounds that were not reached, recordings of nothing registered, and the call's record.
    ///
    /// `spoke`: what the call was to the call centre, when it went there.
    pub(crate) async fn finish(
        mut self,
        ended_by: EndedBy,
        spoke: Option<&'static str>,
    ) -> &'static str {
        self.disposition = spoke.unwrap_or(self.disposition);
        self.finish_unreached(None, None).await;
        self.line_free().await;
        self.citizens_line_free().await;
        let left: Vec<Voice> = self.voices.drain().map(|(_, voice)| voice).collect();
        for mut voice in left {
            if self.words_of.is_none() {
                let why = if self.officer.is_some() { "not filed" } else { "not registered" };
                voice.partial.get_or_insert_with(|| why.to_owned());
            }
            self.keep_voice(voice).await;
        }
        self.keep_record(ended_by.as_str()).await;
        self.disposition
    }

    /// These rounds, by case, were settled elsewhere while the call was under way.
    pub(crate) fn settled_elsewhere(&mut self, rounds: &[(i64, i64)]) {
        self.overtaken |= !rounds.is_empty();
        self.recorded.extend_from_slice(rounds);
    }

    /// The call was not answered.
    pub(crate) async fn failed(
        mut self,
        outcome: Outcome,
        sip_status: Option<u16>,
        q850: Option<u8>,
    ) {
        self.unreached = outcome;
        self.disposition = outcome.as_str();
        self.finish_unreached(sip_status, q850).await;
        if self.overtaken {
            // No record of its own gives the line back.
            self.citizens_line_free().await;
        }
        self.keep_record("FAILED").await;
    }

    async fn answer(&mut self, question: Question) -> Option<Reply> {
        let call = self.facts.call.clone();
        let answered = match question {
            Question::Caller => self.caller().await,
            Question::Categories => Ok(Reply::Choices(self.categories())),
            Question::Divisions => Ok(Reply::Choices(self.divisions())),
            Question::Districts(division) => Ok(Reply::Choices(self.districts(&division))),
            Question::Status(number) => self.status(number).await,
            Question::Rounds { keyed } => self.rounds(keyed).await,
            Question::Register(ask) => self.register(ask).await,
            Question::Join(ask) => self.join(ask).await,
            Question::RecordRound(outcome) => self.record_round(outcome).await,
            Question::Officer(question) => self.officer(question).await,
            Question::RememberLanguage(language) => return self.remember(language).await,
            Question::RecordConduct { case, round, good } => {
                return self.conduct(case, round, good).await;
            }
            Question::TakeWords { case } => {
                self.words_of = Some(case.id());
                return None;
            }
            Question::Wish(wanted) => self.wish(wanted).await,
            Question::CallBack(reason) => return self.call_back(reason).await,
        };
        Some(answered.unwrap_or_else(|error| {
            tracing::warn!(call, %error, "a question of a call cannot be answered");
            Reply::Failed
        }))
    }

    /// Whoever is on the line acts; an external IVR's account on the caller's behalf.
    fn actor(&self) -> Actor {
        match &self.facts.client {
            Some(client) => {
                Actor { channel: Channel::Ivr, citizen: self.citizen, ..client.clone() }
            }
            None => Actor::caller(self.citizen),
        }
    }
}
