//! Patterns that somebody should look at, each with what it was seen in. A flag accuses nobody and does nothing: it waits for a
//! person's word, and that word changes no case, account or grade by itself.

pub mod patterns;

use serde::{Deserialize, Serialize};

use super::{
    actor::Actor,
    chain::{self, Hash},
    change::Event,
    refused::Refused,
    time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp},
    words,
};

words! {
    pub enum FlagKind {
        /// So many cases registered from one phone in a short time.
        Registrations = "REGISTRATIONS",
        /// So many satisfied answers of one phone in a short time.
        Answers = "ANSWERS",
        /// A case was registered from the phone that an officer has in the directory.
        OfficersPhone = "OFFICERS_PHONE",
        /// Satisfied within minutes of the registration.
        Quick = "QUICK",
        /// Keys with the same times between them in calls of different citizens.
        SameTiming = "SAME_TIMING",
        /// A feedback caller's share of satisfied answers that chance hardly explains.
        OddSatisfaction = "ODD_SATISFACTION",
        /// A feedback caller's answers in calls too short to ask.
        ShortCalls = "SHORT_CALLS",
        /// The case's number was changed shortly before a satisfied answer.
        NumberChanged = "NUMBER_CHANGED",
    }
}

words! {
    pub enum FlagState {
        Open = "OPEN",
        /// Somebody looked, and found it to be so.
        Confirmed = "CONFIRMED",
        Dismissed = "DISMISSED",
    }
}

/// When a pattern is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Numbers {
    /// How often it is looked; 0 is never.
    pub look_every_ms: i64,
    /// The span of a burst, and how many make one.
    pub burst_ms: i64,
    pub burst_registrations: i64,
    pub burst_answers: i64,
    /// From the registration to the satisfied answer.
    pub quick_ms: i64,
    /// Times between keys are the same when they are after rounding to this; calls of one day are compared.
    pub timing_ms: i64,
    pub timing_citizens: i64,
    /// Keys that a call has at least, to be compared.
    pub timing_keys_min: i64,
    /// Callers are compared over so many days together.
    pub caller_days: i64,
    pub caller_answers_min: i64,
    /// A share that chance brings this rarely, in millionths, is odd.
    pub caller_odd_ppm: i64,
    /// A recorded answer needs a talk as long as this.
    pub short_call_ms: i64,
    pub short_calls: i64,
    /// How long before a satisfied answer a change of the number counts.
    pub number_changed_ms: i64,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            look_every_ms: 10 * MINUTE_MS,
            burst_ms: HOUR_MS,
            burst_registrations: 5,
            burst_answers: 4,
            quick_ms: 30 * MINUTE_MS,
            timing_ms: 20,
            timing_citizens: 4,
            timing_keys_min: 4,
            caller_days: 7,
            caller_answers_min: 40,
            caller_odd_ppm: 100,
            short_call_ms: 20_000,
            short_calls: 5,
            number_changed_ms: 7 * DAY_MS,
        }
    }
}

impl Numbers {
    /// Says what is wrong with them.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.look_every_ms < 0 {
            return Err("it is looked every so often, or never with 0");
        }
        let counts = [
            self.burst_registrations,
            self.burst_answers,
            self.timing_citizens,
            self.timing_keys_min,
        ];
        if counts.iter().any(|count| !(2..=patterns::OF_ONE_MAX).contains(count)) {
            return Err("a pattern has 2 to 100 of them");
        }
        let spans = [
            self.burst_ms,
            self.quick_ms,
            self.timing_ms,
            self.short_call_ms,
            self.number_changed_ms,
        ];
        if spans.iter().any(|span| *span <= 0) || self.short_calls <= 0 {
            return Err("spans are above zero");
        }
        if !(1..=31).contains(&self.caller_days) || self.caller_answers_min <= 0 {
            return Err("callers are compared over 1 to 31 days");
        }
        if !(1..=500_000).contains(&self.caller_odd_ppm) {
            return Err("odd is 1 to 500,000 in a million");
        }
        Ok(())
    }
}

/// Who or what a pattern was seen in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Citizen(i64),
    Case(i64),
    Account(i64),
}

impl Subject {
    /// As its row names it.
    pub fn name(self) -> String {
        match self {
            Self::Citizen(id) => format!("citizen:{id}"),
            Self::Case(id) => format!("case:{id}"),
            Self::Account(id) => format!("account:{id}"),
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        let (kind, id) = name.split_once(':')?;
        let id = id.parse().ok()?;
        match kind {
            "citizen" => Some(Self::Citizen(id)),
            "case" => Some(Self::Case(id)),
            "account" => Some(Self::Account(id)),
            _ => None,
        }
    }
}

/// What was seen. One of a kind, subject and span is one flag, however often it is seen again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pub kind: FlagKind,
    pub subject: Subject,
    /// The day, the round or the span of days that it belongs to.
    pub span: i64,
    /// Of whom it speaks, when it is somebody of the staff: they never see it.
    pub account: Option<i64>,
    /// The cases that it was seen in.
    pub cases: Vec<i64>,
    /// What was counted, and the numbers that it was held against.
    pub seen: serde_json::Value,
}

/// A pattern that waits for somebody's word, or has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    pub id: i64,
    pub kind: FlagKind,
    pub subject: Subject,
    pub span: i64,
    pub account: Option<i64>,
    pub state: FlagState,
    pub found_at: Timestamp,
    /// JSON: cases, what was counted, the numbers it was held against; ids alone, never a phone.
    pub evidence: String,
    pub decided_by: Option<i64>,
    pub decided_at: Option<Timestamp>,
    /// The id of the words.
    pub note: Option<i64>,
    pub version: i64,
    pub head: Hash,
}

impl Flag {
    pub fn raised(id: i64, pattern: &Pattern, now: Timestamp) -> (Self, Event) {
        let evidence = serde_json::json!({ "cases": pattern.cases, "seen": pattern.seen });
        let mut flag = Self {
            id,
            kind: pattern.kind,
            subject: pattern.subject,
            span: pattern.span,
            account: pattern.account,
            state: FlagState::Open,
            found_at: now,
            evidence: evidence.to_string(),
            decided_by: None,
            decided_at: None,
            note: None,
            version: 0,
            head: chain::START,
        };
        let body = serde_json::json!({
            "kind": flag.kind.as_str(),
            "subject": flag.subject.name(),
            "span": flag.span,
            "evidence": evidence,
        });
        let fact = flag.fact(&Actor::system(), "flag_raised", body.to_string(), now);
        (flag, fact)
    }

    pub fn stream(&self) -> String {
        format!("flag:{}", self.id)
    }

    /// Once, by somebody else than whom it speaks of.
    pub fn decide(
        &self,
        by: &Actor,
        verdict: FlagState,
        note: i64,
        body: String,
        now: Timestamp,
    ) -> Result<(Self, Event), Refused> {
        match (self.state, verdict) {
            (FlagState::Open, FlagState::Confirmed | FlagState::Dismissed) => {}
            (FlagState::Open, FlagState::Open)
            | (
                FlagState::Confirmed | FlagState::Dismissed,
                FlagState::Open | FlagState::Confirmed | FlagState::Dismissed,
            ) => return Err(Refused::NothingOpen),
        }
        if self.account.is_some() && self.account == by.account {
            return Err(Refused::SamePerson);
        }
        let mut flag = Self {
            state: verdict,
            decided_by: by.account,
            decided_at: Some(now),
            note: Some(note),
            ..self.clone()
        };
        let fact = flag.fact(by, "flag_decided", body, now);
        Ok((flag, fact))
    }

    fn fact(&mut self, by: &Actor, kind: &str, body: String, now: Timestamp) -> Event {
        let mut event = Event {
            stream: self.stream(),
            version: self.version + 1,
            at: now,
            kind: kind.to_owned(),
            actor: by.name(),
            post: None,
            channel: by.channel.as_str().to_owned(),
            facts: "{}".to_owned(),
            body,
            prev_hash: self.head,
            hash: chain::START,
        };
        event.hash = chain::hash(&event);
        (self.version, self.head) = (event.version, event.hash);
        event
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_321_800_000);

    fn flag(account: Option<i64>) -> Flag {
        let pattern = Pattern {
            kind: FlagKind::ShortCalls,
            subject: Subject::Account(9),
            span: 1,
            account,
            cases: vec![1_000_000],
            seen: serde_json::json!({ "short": 6 }),
        };
        Flag::raised(5, &pattern, NOW).0
    }

    fn by(account: i64) -> Actor {
        Actor { account: Some(account), ..Actor::system() }
    }

    #[test]
    fn a_flag_is_decided_once_and_every_other_word_is_refused() {
        for &first in FlagState::ALL {
            let decided = flag(None).decide(&by(7), first, 3, "{}".to_owned(), NOW);
            let Ok((decided, fact)) = decided else {
                assert_eq!(first, FlagState::Open);
                continue;
            };
            assert_eq!(
                (decided.state, decided.decided_by, decided.note),
                (first, Some(7), Some(3))
            );
            assert_eq!(
                (fact.stream.as_str(), fact.version, fact.hash),
                ("flag:5", 2, decided.head)
            );
            for &second in FlagState::ALL {
                let again = decided.decide(&by(8), second, 4, "{}".to_owned(), NOW);
                assert_eq!(again.unwrap_err(), Refused::NothingOpen, "{first} {second}");
            }
        }
    }

    #[test]
    fn nobody_decides_on_a_flag_about_themselves() {
        let own = flag(Some(9)).decide(&by(9), FlagState::Dismissed, 3, "{}".to_owned(), NOW);
        assert_eq!(own.unwrap_err(), Refused::SamePerson);
        assert!(
            flag(Some(9)).decide(&by(8), FlagState::Dismissed, 3, "{}".to_owned(), NOW).is_ok()
        );
    }

    #[test]
    fn a_subject_reads_back_from_its_name() {
        for subject in [Subject::Citizen(1), Subject::Case(1_000_000), Subject::Account(7)] {
            assert_eq!(Subject::parse(&subject.name()), Some(subject));
        }
        for wrong in ["", "citizen", "citizen:", "phone:1", "case:x"] {
            assert_eq!(Subject::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_that_cannot_be_are_said() {
        let standard = Numbers::default();
        assert_eq!(standard.check(), Ok(()));
        for wrong in [
            Numbers { look_every_ms: -1, ..standard.clone() },
            Numbers { burst_answers: 1, ..standard.clone() },
            Numbers { burst_registrations: 101, ..standard.clone() },
            Numbers { timing_ms: 0, ..standard.clone() },
            Numbers { caller_days: 32, ..standard.clone() },
            Numbers { caller_odd_ppm: 0, ..standard.clone() },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
