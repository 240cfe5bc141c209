//! The text of a journal's entry, JSON with the words that the database has.

use serde::{Deserialize, Serialize};

use super::{Entry, Kept};
use crate::{
    app::{calls, cases, recordings, verification},
    domain::{
        actor::{Actor, Channel, Role},
        case::desk::wish::Wish,
        change::CallRecord,
        language::Language,
        number::CaseNumber,
        phone::Phone,
        recording::Class,
        time::Timestamp,
        verification::{DayPart, Milestones, Outcome},
    },
};

#[derive(Serialize, Deserialize)]
struct Row {
    role: String,
    channel: String,
    account: Option<i64>,
    citizen: Option<i64>,
    what: What,
}

#[derive(Serialize, Deserialize)]
enum What {
    Round {
        request_id: Option<String>,
        case: i64,
        round: i64,
        outcome: String,
        source: Source,
        started_at: i64,
        /// Ringing, answered, right party, heard, key, confirmed.
        milestones: [Option<i64>; 6],
        ended_at: i64,
        number_spoken: bool,
        #[serde(default)]
        refused: bool,
        sip_status: Option<i64>,
        q850: Option<i64>,
        evidence: String,
        #[serde(default)]
        later: Option<String>,
    },
    Conduct {
        case: i64,
        round: i64,
        good: bool,
    },
    CallBack {
        call: String,
        phone: Option<String>,
        reason: String,
        language: String,
    },
    RecordingBegun {
        call: String,
        number: u32,
        class: String,
        folder: String,
        file: String,
        at: i64,
    },
    Recording {
        call: String,
        number: u32,
        #[serde(default)]
        class: Option<String>,
        #[serde(default)]
        folder: Option<String>,
        file: String,
        sha256: [u8; 32],
        duration_ms: i64,
        partial: Option<String>,
        #[serde(default)]
        case: Option<i64>,
    },
    Call {
        call: String,
        direction: String,
        trunk: Option<String>,
        citizen: Option<i64>,
        started_at: i64,
        answered_at: Option<i64>,
        ended_at: i64,
        ended_by: String,
        disposition: String,
    },
    Wish {
        request_id: String,
        case: i64,
        wish: String,
        proven: bool,
        pressed: bool,
        evidence: String,
    },
}

#[derive(Serialize, Deserialize)]
enum Source {
    Dialled { token: i64, lead: bool },
    Inbound { trusted_cli: bool, number_keyed: bool },
}

pub(super) fn write(entry: &Entry) -> String {
    let Entry { by, kept } = entry;
    let ms = |at: Option<Timestamp>| at.map(Timestamp::ms);
    let what = match kept.clone() {
        Kept::Round(record) => {
            let met = record.milestones;
            What::Round {
                request_id: record.request_id,
                case: record.case,
                round: record.round,
                outcome: record.outcome.as_str().to_owned(),
                source: match record.source {
                    verification::Source::Dialled { token, lead } => {
                        Source::Dialled { token, lead }
                    }
                    verification::Source::Inbound { trusted_cli, number_keyed } => {
                        Source::Inbound { trusted_cli, number_keyed }
                    }
                    verification::Source::Human => unreachable!("a call is no person's record"),
                },
                started_at: record.started_at.ms(),
                milestones: [
                    met.ringing_at,
                    met.answered_at,
                    met.right_party_at,
                    met.question_heard_at,
                    met.answered_by_key_at,
                    met.confirmed_at,
                ]
                .map(ms),
                ended_at: record.ended_at.ms(),
                number_spoken: record.number_spoken,
                refused: record.refused,
                sip_status: record.sip_status,
                q850: record.q850,
                evidence: record.evidence,
                later: record.later.map(|part| part.as_str().to_owned()),
            }
        }
        Kept::Conduct { case, round, good } => What::Conduct { case, round, good },
        Kept::CallBack(ask) => What::CallBack {
            call: ask.call,
            phone: ask.phone.map(|phone| phone.reveal().to_owned()),
            reason: ask.reason,
            language: ask.language.as_str().to_owned(),
        },
        Kept::RecordingBegun(begun) => What::RecordingBegun {
            call: begun.call,
            number: begun.number,
            class: begun.class.as_str().to_owned(),
            folder: begun.folder,
            file: begun.file,
            at: begun.at.ms(),
        },
        Kept::Recording(new) => What::Recording {
            call: new.call,
            number: new.number,
            class: Some(new.class.as_str().to_owned()),
            folder: new.folder,
            file: new.file,
            sha256: new.sha256,
            duration_ms: new.duration_ms,
            partial: new.partial,
            case: new.case,
        },
        Kept::Call(record) => What::Call {
            call: record.call,
            direction: record.direction,
            trunk: record.trunk,
            citizen: record.citizen,
            started_at: record.started_at.ms(),
            answered_at: ms(record.answered_at),
            ended_at: record.ended_at.ms(),
            ended_by: record.ended_by,
            disposition: record.disposition,
        },
        Kept::Wish(ask) => What::Wish {
            request_id: ask.request_id,
            case: ask.number.id(),
            wish: ask.wish.as_str().to_owned(),
            proven: ask.proven,
            pressed: ask.pressed,
            evidence: ask.evidence,
        },
    };
    let row = Row {
        role: by.role.as_str().to_owned(),
        channel: by.channel.as_str().to_owned(),
        account: by.account,
        citizen: by.citizen,
        what,
    };
    serde_json::to_string(&row).expect("words and numbers are JSON")
}

/// None for what no version of the helpline wrote.
pub(super) fn read(text: &str) -> Option<Entry> {
    let row: Row = serde_json::from_str(text).ok()?;
    let by = Actor {
        account: row.account,
        role: Role::parse(&row.role)?,
        channel: Channel::parse(&row.channel)?,
        citizen: row.citizen,
        ..Actor::system()
    };
    let at = |ms: Option<i64>| ms.map(Timestamp);
    let kept = match row.what {
        What::Round {
            request_id,
            case,
            round,
            outcome,
            source,
            started_at,
            milestones,
            ended_at,
            number_spoken,
            refused,
            sip_status,
            q850,
            evidence,
            later,
        } => {
            let [ringing_at, answered_at, right_party_at, question_heard_at, key_at, confirmed_at] =
                milestones.map(at);
            Kept::Round(Box::new(verification::Record {
                request_id,
                case,
                round,
                outcome: Outcome::parse(&outcome)?,
                source: match source {
                    Source::Dialled { token, lead } => {
                        verification::Source::Dialled { token, lead }
                    }
                    Source::Inbound { trusted_cli, number_keyed } => {
                        verification::Source::Inbound { trusted_cli, number_keyed }
                    }
                },
                started_at: Timestamp(started_at),
                milestones: Milestones {
                    ringing_at,
                    answered_at,
                    right_party_at,
                    question_heard_at,
                    answered_by_key_at: key_at,
                    confirmed_at,
                },
                ended_at: Timestamp(ended_at),
                number_spoken,
                refused,
                sip_status,
                q850,
                evidence,
                note: None,
                polite: None,
                later: later.as_deref().and_then(DayPart::parse),
            }))
        }
        What::Conduct { case, round, good } => Kept::Conduct { case, round, good },
        What::CallBack { call, phone, reason, language } => Kept::CallBack(calls::Operator {
            call,
            phone: phone.map(|phone| Phone::parse(&phone)).transpose().ok()?,
            reason,
            language: Language::parse(&language)?,
        }),
        What::RecordingBegun { call, number, class, folder, file, at } => {
            let class = Class::parse(&class)?;
            let at = Timestamp(at);
            Kept::RecordingBegun(recordings::Begun { call, number, class, folder, file, at })
        }
        What::Recording {
            call,
            number,
            class,
            folder,
            file,
            sha256,
            duration_ms,
            partial,
            case,
        } => Kept::Recording(recordings::NewRecording {
            call,
            number,
            class: match class {
                Some(class) => Class::parse(&class)?,
                None => Class::Complaint,
            },
            folder,
            file,
            sha256,
            duration_ms,
            partial,
            case,
        }),
        What::Call {
            call,
            direction,
            trunk,
            citizen,
            started_at,
            answered_at,
            ended_at,
            ended_by,
            disposition,
        } => Kept::Call(CallRecord {
            call,
            direction,
            trunk,
            citizen,
            started_at: Timestamp(started_at),
            answered_at: at(answered_at),
            ended_at: Timestamp(ended_at),
            ended_by,
            disposition,
        }),
        What::Wish { request_id, case, wish, proven, pressed, evidence } => {
            Kept::Wish(cases::AskWish {
                request_id,
                number: CaseNumber::of_id(case)?,
                wish: Wish::parse(&wish)?,
                proven,
                pressed,
                evidence,
            })
        }
    };
    Some(Entry { by, kept })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_entry_reads_back_as_it_was_written() {
        let now = Timestamp(1_795_321_800_000);
        let record = verification::Record {
            request_id: Some("call:c1:7:1".to_owned()),
            case: 7,
            round: 1,
            outcome: Outcome::Satisfied,
            source: verification::Source::Inbound { trusted_cli: true, number_keyed: false },
            started_at: now,
            milestones: Milestones { confirmed_at: Some(now), ..Milestones::default() },
            ended_at: now.plus_ms(9),
            number_spoken: true,
            refused: true,
            sip_status: Some(200),
            q850: None,
            evidence: "{}".to_owned(),
            note: None,
            polite: None,
            later: Some(DayPart::Evening),
        };
        let dialled = verification::Record {
            source: verification::Source::Dialled { token: 3, lead: true },
            ..record.clone()
        };
        for kept in [
            Kept::Round(Box::new(record)),
            Kept::Round(Box::new(dialled)),
            Kept::Conduct { case: 7, round: 1, good: false },
            Kept::CallBack(calls::Operator {
                call: "c1".to_owned(),
                phone: Some(Phone::parse("9000000001").unwrap()),
                reason: "ASKED".to_owned(),
                language: Language::English,
            }),
            Kept::RecordingBegun(recordings::Begun {
                call: "c1".to_owned(),
                number: 0,
                class: Class::Call,
                folder: "f1".to_owned(),
                file: "spool/c1-0.wav".to_owned(),
                at: now,
            }),
            Kept::Recording(recordings::NewRecording {
                call: "c1".to_owned(),
                number: 2,
                class: Class::Report,
                folder: Some("f1".to_owned()),
                file: "ab.wav".to_owned(),
                sha256: [7; 32],
                duration_ms: 900,
                partial: Some("lost".to_owned()),
                case: Some(7),
            }),
            Kept::Wish(cases::AskWish {
                request_id: "wish:c1:1".to_owned(),
                number: CaseNumber::of_id(1_000_000).unwrap(),
                wish: Wish::Withdraw,
                proven: true,
                pressed: false,
                evidence: "{}".to_owned(),
            }),
            Kept::Call(CallRecord {
                call: "c1".to_owned(),
                direction: "IN".to_owned(),
                trunk: None,
                citizen: Some(3),
                started_at: now,
                answered_at: Some(now),
                ended_at: now,
                ended_by: "CALLER".to_owned(),
                disposition: "NONE".to_owned(),
            }),
        ] {
            let entry = Entry { by: Actor::caller(Some(3)), kept };

            let again = read(&write(&entry)).unwrap();

            assert_eq!(format!("{again:?}"), format!("{entry:?}"));
        }
        assert!(read("{}").is_none());
    }
}
