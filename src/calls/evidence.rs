//! The evidence of one round as JSON: wording of the prompts, what was played, which keys came when.

use serde_json::{Value, json};

use super::asks::{Facts, Way};
use crate::dialogue::{
    outcome::{Evidence, RoundOutcome},
    talk::Wanted,
};
use crate::telephony::Failure;

/// What was heard in a call of ours; null where nothing is known.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) recording: Value,
    /// Whether a machine picked up: a note, which decides nothing.
    pub(crate) machine: Value,
}

pub(crate) fn json(facts: &Facts, prompts: &str, outcome: &RoundOutcome, heard: Heard) -> String {
    let milestones = outcome.milestones;
    let mut evidence = json!({
        "call": facts.call,
        "prompts_sha256": prompts,
        "answer": outcome.outcome.as_str(),
        "pressured": outcome.pressured,
        "refused": outcome.refused,
        "right_party_ms": milestones.right_party.map(|at| at.0),
        "number_spoken_ms": milestones.number_spoken.map(|at| at.0),
        "question_heard_ms": milestones.question_heard.map(|at| at.0),
        "answered_ms": milestones.answered.map(|at| at.0),
        "confirmed_ms": milestones.confirmed.map(|at| at.0),
    });
    said(&mut evidence, &outcome.evidence);
    name_client(facts, &mut evidence);
    name_trunks(facts, &mut evidence);
    name_heard(heard, &mut evidence);
    evidence.to_string()
}

/// What a citizen wanted on the own call.
pub(crate) fn of_wish(facts: &Facts, prompts: &str, wanted: &Wanted) -> String {
    let mut evidence = json!({
        "call": facts.call,
        "prompts_sha256": prompts,
        "wish": wanted.wish.as_str(),
        "pressured": wanted.pressed,
    });
    said(&mut evidence, &wanted.evidence);
    name_client(facts, &mut evidence);
    evidence.to_string()
}

fn said(evidence: &mut Value, of_call: &Evidence) {
    let prompts = of_call.prompts.iter();
    evidence["prompts"] =
        prompts.map(|played| json!({ "ms": played.at.0, "key": played.key })).collect();
    let keys = of_call.keys.iter().map(|pressed| {
        json!({
            "ms": pressed.at.0,
            "key": pressed.key.to_string(),
            "question": pressed.question,
        })
    });
    evidence["keys"] = keys.collect();
}

/// A round that the call did not reach.
pub(crate) fn of_call(facts: &Facts, heard: Heard) -> String {
    let mut evidence = json!({ "call": facts.call });
    name_client(facts, &mut evidence);
    name_trunks(facts, &mut evidence);
    name_heard(heard, &mut evidence);
    evidence.to_string()
}

/// On a client's line nobody but the client vouches for who was rung or who called.
fn name_client(facts: &Facts, evidence: &mut Value) {
    let Some(client) = &facts.client else { return };
    let key = match facts.way {
        Way::Dialled { .. } => "dialled_by",
        Way::Inbound { .. } => "answered_by",
    };
    evidence[key] = client.name().into();
}

/// Which trunks were asked to carry the call, and what each said that could not.
fn name_trunks(facts: &Facts, evidence: &mut Value) {
    if facts.tries.is_empty() {
        return;
    }
    let tries = facts.tries.iter().map(|tried| match tried.failure {
        None => json!({ "trunk": tried.trunk }),
        Some(Failure { cause, sip_status, q850 }) => json!({
            "trunk": tried.trunk,
            "cause": cause.as_str(),
            "sip_status": sip_status,
            "q850": q850,
        }),
    });
    evidence["trunks"] = tries.collect();
}

/// The piece of the call's recording that ends with the answer, and what a machine would have sounded like.
fn name_heard(heard: Heard, evidence: &mut Value) {
    for (name, what) in [("recording", heard.recording), ("machine", heard.machine)] {
        if !what.is_null() {
            evidence[name] = what;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        dialogue::{
            At, Key,
            outcome::{Milestones, PlayedPrompt, PressedKey, Settles},
        },
        domain::{language::Language, number::CaseNumber, time::Timestamp, verification::Outcome},
        telephony::{Cause, Try},
    };

    use super::*;

    #[test]
    fn evidence_names_every_prompt_and_key_with_its_time() {
        let outcome = RoundOutcome {
            case: CaseNumber::parse("12345671").unwrap(),
            round: 1,
            outcome: Outcome::Satisfied,
            pressured: Some(false),
            refused: false,
            later: None,
            settles: Settles::Here,
            milestones: Milestones { answered: Some(At(9_000)), ..Milestones::default() },
            evidence: Evidence {
                prompts: vec![PlayedPrompt { at: At(0), key: "verify_answer".into() }],
                keys: vec![PressedKey {
                    at: At(9_000),
                    key: Key::Digit(1),
                    question: "verify_answer",
                }],
            },
        };

        let refused = Failure { cause: Cause::TrunkFault, sip_status: Some(403), q850: None };
        let facts = Facts {
            call: "c1".into(),
            way: Way::Inbound { trusted_cli: false },
            trunk: None,
            tries: vec![
                Try { trunk: "a".into(), failure: Some(refused) },
                Try { trunk: "b".into(), failure: None },
            ],
            client: None,
            phone: None,
            language: Language::Hindi,
            started_at: Timestamp(0),
            ringing_at: None,
            answered_at: None,
        };

        let heard = Heard {
            recording: json!({ "number": 2_001, "sha256": "cd" }),
            machine: json!({ "likely": false }),
        };
        let text = json(&facts, "ab12", &outcome, heard);

        for part in [
            r#""call":"c1""#,
            r#""prompts_sha256":"ab12""#,
            r#""answered_ms":9000"#,
            r#""confirmed_ms":null"#,
            r#""keys":[{"key":"1","ms":9000,"question":"verify_answer"}]"#,
            r#""prompts":[{"key":"verify_answer","ms":0}]"#,
            r#""machine":{"likely":false}"#,
            r#""recording":{"number":2001,"sha256":"cd"}"#,
            r#""trunks":[{"cause":"TRUNK_FAULT","q850":null,"sip_status":403,"trunk":"a"},{"trunk":"b"}]"#,
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
