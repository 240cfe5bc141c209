//! A feedback caller's work: one task at a time, which is seen before it is dialled, and whose outcome needs a call that was
//! really made.

pub mod script;
pub mod statistics;

use serde::{Deserialize, Serialize};

use super::{
    change::Gate,
    language::Language,
    place::{Code, PlaceCode},
    recheck::{Recheck, draw::Month},
    refused::Refused,
    time::{DAY_MS, MINUTE_MS, Timestamp},
    verification::Outcome,
    words,
};

words! {
    pub enum TaskState {
        /// The case is being looked at; nobody has been rung.
        Preview = "PREVIEW",
        /// The own phone rings, then the citizen's, then the two talk.
        Dialled = "DIALLED",
        /// The call is over, its outcome is not recorded yet.
        WrapUp = "WRAP_UP",
        Recorded = "RECORDED",
        Skipped = "SKIPPED",
    }
}

words! {
    pub enum TaskKind {
        /// An open round of verification.
        Round = "ROUND",
        /// An answer to the machine that is asked about again.
        Recheck = "RECHECK",
    }
}

words! {
    /// Why a task is left to somebody else.
    pub enum SkipReason {
        /// The citizen speaks another language or dialect.
        Language = "LANGUAGE",
        /// The caller knows the citizen or somebody who is judged.
        Acquainted = "ACQUAINTED",
        /// The case cannot be understood from what is shown.
        Unclear = "UNCLEAR",
        /// The shift or the caller's time ends.
        NoTime = "NO_TIME",
        Other = "OTHER",
    }
}

/// The numbers of feedback callers' work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Numbers {
    /// How long a task is shown to one person alone.
    pub preview_ms: i64,
    /// By how much one person may prolong a preview or a wrap-up, once each.
    pub extension_ms: i64,
    /// After the call, for the outcome.
    pub wrap_up_ms: i64,
    pub skips_an_hour_max: i64,
    /// What one person skipped is not shown to that person for so long.
    pub skipped_ms: i64,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            preview_ms: MINUTE_MS,
            extension_ms: MINUTE_MS,
            wrap_up_ms: 2 * MINUTE_MS,
            skips_an_hour_max: 6,
            skipped_ms: DAY_MS,
        }
    }
}

/// What a change writes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// As it shall stand: a gate.
    pub task: Option<(Gate, Task)>,
    /// An answer that is asked about again, as it shall stand: a gate, under the change's fence.
    pub recheck: Option<(Gate, Recheck)>,
    /// A month whose seed is committed, or told: a gate.
    pub month: Option<Month>,
}

/// Which tasks a feedback caller takes; an empty list is all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Takes {
    pub languages: Vec<Language>,
    pub districts: Vec<PlaceCode>,
    pub departments: Vec<Code>,
}

impl Takes {
    pub fn fits(&self, language: Language, district: &PlaceCode, department: &Code) -> bool {
        self.fits_caller(language, district)
            && (self.departments.is_empty() || self.departments.contains(department))
    }

    /// As far as a round tells: the department is looked at when the call is handed over.
    pub fn fits_caller(&self, language: Language, district: &PlaceCode) -> bool {
        (self.languages.is_empty() || self.languages.contains(&language))
            && (self.districts.is_empty() || self.districts.contains(district))
    }
}

/// What one person was shown, and what became of it. Key: (account, n).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    pub account: i64,
    /// 1 for the first task of the person.
    pub n: i64,
    pub kind: TaskKind,
    pub case: i64,
    pub round: i64,
    pub citizen: i64,
    /// Of the lease on what is asked about.
    pub token: i64,
    pub state: TaskState,
    pub shown_at: Timestamp,
    /// The person's alone until then.
    pub held_until: Timestamp,
    /// This state was prolonged.
    pub extended: bool,
    /// The call's id, from the dial on.
    pub call: Option<String>,
    /// The round's dial that it is; None while only the own phone rings.
    pub dial: Option<i64>,
    pub dialled_at: Option<Timestamp>,
    /// The citizen picked up, as our own side of the line saw it.
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub right_party_at: Option<Timestamp>,
    pub outcome: Option<Outcome>,
    pub recorded_at: Option<Timestamp>,
    /// Why it was skipped, or why the last dial was not made.
    pub reason: Option<String>,
    pub version: i64,
}

impl Task {
    /// The next task of a person, whose lease on the round has this token.
    pub fn shown(
        numbers: &Numbers,
        account: i64,
        n: i64,
        (kind, case, round): (TaskKind, i64, i64),
        citizen: i64,
        token: i64,
        now: Timestamp,
    ) -> Self {
        Self {
            account,
            n,
            kind,
            case,
            round,
            citizen,
            token,
            state: TaskState::Preview,
            shown_at: now,
            held_until: now.plus_ms(numbers.preview_ms),
            extended: false,
            call: None,
            dial: None,
            dialled_at: None,
            answered_at: None,
            ended_at: None,
            right_party_at: None,
            outcome: None,
            recorded_at: None,
            reason: None,
            version: 1,
        }
    }

    /// A live call is offered to this person: the own phone rings, and the citizen is on the line.
    pub fn handed(self, call: String, until: Timestamp) -> Self {
        Self { state: TaskState::Dialled, call: Some(call), held_until: until, ..self }
    }

    pub fn id(&self) -> String {
        format!("{}-{}", self.account, self.n)
    }

    /// A preview that lapsed is nobody's; a call or its outcome is the person's until the sweep has settled it.
    pub fn is_held(&self, now: Timestamp) -> bool {
        match self.state {
            TaskState::Preview => now < self.held_until,
            TaskState::Dialled | TaskState::WrapUp => true,
            TaskState::Recorded | TaskState::Skipped => false,
        }
    }

    pub fn gate(&self) -> Gate {
        Gate::Version(self.version)
    }

    fn next(&self) -> Self {
        Self { version: self.version + 1, ..self.clone() }
    }

    /// Once for each preview and each wrap-up.
    pub fn extend(&self, numbers: &Numbers, now: Timestamp) -> Result<Self, Refused> {
        match self.state {
            TaskState::Preview | TaskState::WrapUp if self.held_until <= now => {
                Err(Refused::LeaseLost)
            }
            TaskState::Preview | TaskState::WrapUp if self.extended => Err(Refused::ExtendedBefore),
            TaskState::Preview | TaskState::WrapUp => Ok(Self {
                held_until: self.held_until.plus_ms(numbers.extension_ms),
                extended: true,
                ..self.next()
            }),
            TaskState::Dialled => Err(Refused::AlreadyDialled),
            TaskState::Recorded | TaskState::Skipped => Err(Refused::NothingOpen),
        }
    }

    /// `lately` is how many the person skipped in the hour before.
    pub fn skip(
        &self,
        numbers: &Numbers,
        reason: SkipReason,
        lately: i64,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        match self.state {
            TaskState::Preview if self.held_until <= now => Err(Refused::LeaseLost),
            TaskState::Preview if lately >= numbers.skips_an_hour_max => Err(Refused::SkipLimit),
            TaskState::Preview => Ok(Self {
                state: TaskState::Skipped,
                held_until: now,
                reason: Some(reason.as_str().to_owned()),
                ..self.next()
            }),
            TaskState::Dialled | TaskState::WrapUp => Err(Refused::AlreadyDialled),
            TaskState::Recorded | TaskState::Skipped => Err(Refused::NothingOpen),
        }
    }

    /// The own phone is to be rung; nobody else takes the task until `until`.
    pub fn dial(&self, call: String, until: Timestamp, now: Timestamp) -> Result<Self, Refused> {
        match self.state {
            TaskState::Preview if self.held_until <= now => Err(Refused::LeaseLost),
            TaskState::Preview => Ok(Self {
                state: TaskState::Dialled,
                call: Some(call),
                held_until: until,
                reason: None,
                ..self.next()
            }),
            TaskState::Dialled | TaskState::WrapUp => Err(Refused::AlreadyDialled),
            TaskState::Recorded | TaskState::Skipped => Err(Refused::NothingOpen),
        }
    }

    fn is_of(&self, call: &str) -> bool {
        self.state == TaskState::Dialled && self.call.as_deref() == Some(call)
    }

    /// The citizen is rung now, as this dial of the round.
    pub fn placed(
        &self,
        call: &str,
        dial: i64,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        if !self.is_of(call) || self.dial.is_some() {
            return Err(Refused::LeaseLost);
        }
        Ok(Self { dial: Some(dial), dialled_at: Some(now), held_until: until, ..self.next() })
    }

    /// The person took a live call that was offered, as this dial of the round: for the person it is answered from then on.
    pub fn joined(
        &self,
        call: &str,
        dial: i64,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<Self, Refused> {
        let placed = self.placed(call, dial, until, at)?;
        Ok(Self { answered_at: Some(at), ..placed })
    }

    /// The person did not take the live call: nobody was dialled, and the round is free for others.
    pub fn not_joined(&self, call: &str, why: &str, now: Timestamp) -> Result<Self, Refused> {
        if !self.is_of(call) || self.dial.is_some() {
            return Err(Refused::LeaseLost);
        }
        Ok(self.given_up(why, now))
    }

    /// The citizen was not rung: the task is looked at again.
    pub fn not_placed(
        &self,
        numbers: &Numbers,
        call: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        if !self.is_of(call) || self.dial.is_some() {
            return Err(Refused::LeaseLost);
        }
        Ok(Self {
            state: TaskState::Preview,
            call: None,
            held_until: now.plus_ms(numbers.preview_ms),
            extended: false,
            reason: Some(why.to_owned()),
            ..self.next()
        })
    }

    /// The call goes on: nobody else takes the task until `until`.
    pub fn lives(&self, call: &str, until: Timestamp) -> Result<Self, Refused> {
        if !self.is_of(call) {
            return Err(Refused::LeaseLost);
        }
        Ok(Self { held_until: until, ..self.next() })
    }

    pub fn answered(&self, call: &str, at: Timestamp) -> Result<Self, Refused> {
        if !self.is_of(call) || self.dial.is_none() {
            return Err(Refused::LeaseLost);
        }
        Ok(Self { answered_at: Some(at), ..self.next() })
    }

    /// The talk is over. An outcome that was recorded during it stands, and only hears how long it lasted.
    pub fn ended(
        &self,
        numbers: &Numbers,
        call: &str,
        answered_at: Timestamp,
        at: Timestamp,
    ) -> Result<Self, Refused> {
        if self.call.as_deref() != Some(call) || self.ended_at.is_some() {
            return Err(Refused::LeaseLost);
        }
        let after = Self {
            answered_at: Some(self.answered_at.unwrap_or(answered_at)),
            ended_at: Some(at),
            ..self.next()
        };
        Ok(match self.state {
            TaskState::Dialled => Self {
                state: TaskState::WrapUp,
                held_until: at.plus_ms(numbers.wrap_up_ms),
                extended: false,
                ..after
            },
            TaskState::Preview | TaskState::WrapUp | TaskState::Recorded | TaskState::Skipped => {
                after
            }
        })
    }

    /// What the call came to. Only a call that was really made has an outcome, and what a citizen says needs one who picked up.
    pub fn record(&self, outcome: Outcome, now: Timestamp) -> Result<Self, Refused> {
        match self.state {
            TaskState::Dialled | TaskState::WrapUp => {}
            TaskState::Preview => return Err(Refused::NotDialled),
            TaskState::Recorded | TaskState::Skipped => return Err(Refused::LeaseLost),
        }
        if self.dial.is_none() {
            return Err(Refused::NotDialled);
        }
        match (needs_answer(outcome), self.answered_at) {
            (true, None) => return Err(Refused::NotAnswered),
            (false, Some(_)) => return Err(Refused::WasAnswered),
            (true, Some(_)) | (false, None) => {}
        }
        Ok(Self {
            state: TaskState::Recorded,
            outcome: Some(outcome),
            recorded_at: Some(now),
            ..self.next()
        })
    }

    /// What nobody recorded, and cannot any more.
    pub fn given_up(&self, why: &str, now: Timestamp) -> Self {
        Self {
            state: TaskState::Recorded,
            reason: Some(why.to_owned()),
            recorded_at: Some(now),
            ..self.next()
        }
    }
}

/// Does this outcome say that somebody or something picked up?
pub fn needs_answer(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Satisfied
        | Outcome::NotSatisfied
        | Outcome::Pressured
        | Outcome::Confirmed
        | Outcome::Declined
        | Outcome::Partial
        | Outcome::Undecided
        | Outcome::SpeakToPerson
        | Outcome::CallLater
        | Outcome::NotHere
        | Outcome::WrongNumber
        | Outcome::NoReply => true,
        Outcome::NoAnswer
        | Outcome::Busy
        | Outcome::Congestion
        | Outcome::BadNumber
        | Outcome::Fault => false,
    }
}

#[cfg(test)]
mod tests;
