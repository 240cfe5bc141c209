//! Each rule broken once, and a life by the rules.

use super::*;
use crate::domain::{chain, citizen::Hours};

/// 2026-12-01T10:00:00+05:30
const TEN: i64 = 1_796_099_400_000;

fn event(stands: &Stands, at: i64, kind: &str, facts: &str, body: &str) -> Event {
    let mut event = Event {
        stream: "case:1000000".to_owned(),
        version: stands.version + 1,
        at: Timestamp(at),
        kind: kind.to_owned(),
        actor: "system".to_owned(),
        post: None,
        channel: "SYSTEM".to_owned(),
        facts: facts.to_owned(),
        body: body.to_owned(),
        prev_hash: stands.head,
        hash: chain::START,
    };
    event.hash = chain::hash(&event);
    event
}

fn facts(
    from: Option<(&str, u8)>,
    to: (&str, u8),
    due: Option<i64>,
    row: Option<(&str, i64)>,
) -> String {
    let row = row.map(|(reason, due)| {
        serde_json::json!({
            "from": from.unwrap().1, "to": to.1, "due": due, "moved": due + 5, "reason": reason,
            "attended": false, "charged": null,
        })
    });
    serde_json::json!({
        "state_from": from.map(|from| from.0), "state_to": to.0,
        "level_from": from.map(|from| from.1), "level_to": to.1,
        "due": due, "registered": TEN, "escalation": row,
    })
    .to_string()
}

fn take(stands: &mut Stands, at: i64, kind: &str, facts: &str, body: &str) -> Result<(), Breach> {
    let event = event(stands, at, kind, facts, body);
    stands.follow(&event, &serde_json::from_str(&event.facts).unwrap())
}

fn registered() -> Stands {
    let mut stands = Stands::new();
    let facts = facts(None, ("WITH_OFFICER", 1), Some(TEN + 604_800_000), None);
    take(&mut stands, TEN, "registered", &facts, "{}").unwrap();
    stands
}

fn awaiting() -> Stands {
    let mut stands = registered();
    let from = Some(("WITH_OFFICER", 1));
    take(
        &mut stands,
        TEN + 9,
        "resolved",
        &facts(from, ("AWAITING_VERIFICATION", 1), None, None),
        "{}",
    )
    .unwrap();
    stands
}

fn answer(stands: &mut Stands, keys: &[&str]) -> Result<(), Breach> {
    let keys: Vec<_> = keys.iter().map(|key| serde_json::json!({ "key": key })).collect();
    let body =
        serde_json::json!({ "round": 1, "outcome": "SATISFIED", "evidence": { "keys": keys } });
    let facts = facts(Some(("AWAITING_VERIFICATION", 1)), ("CLOSED_SATISFIED", 1), None, None);
    take(stands, TEN + 20, "answered", &facts, &body.to_string())
}

fn says(found: Result<(), Breach>, what: &str) {
    let found = found.unwrap_err();
    assert!(found.what.contains(what), "{found}");
}

#[test]
fn a_life_by_the_rules_breaches_nothing() {
    assert_eq!(answer(&mut awaiting(), &["1", "1", "1", "2"]), Ok(()));
}

#[test]
fn a_closure_without_its_keys_is_a_breach() {
    says(answer(&mut awaiting(), &["1", "1", "1"]), "the keys \"111\"");
    says(answer(&mut awaiting(), &["1", "1", "2"]), "the keys \"112\"");
    let mut stands = awaiting();
    let from = Some(("AWAITING_VERIFICATION", 1));
    let closed = facts(from, ("CLOSED_SATISFIED", 1), None, None);
    says(take(&mut stands, TEN + 20, "resolved", &closed, "{}"), "closed it as satisfied");
}

#[test]
fn an_answer_by_hand_without_its_call_or_by_whoever_acted_is_a_breach() {
    let body = serde_json::json!({ "source": "HUMAN", "evidence": { "call": "c1" } });
    let facts = facts(Some(("AWAITING_VERIFICATION", 1)), ("CLOSED_SATISFIED", 1), None, None);
    let mut event = event(&awaiting(), TEN + 20, "answered", &facts, &body.to_string());
    event.actor = "account:7".to_owned();
    let acted = |accounts: &[&str]| accounts.iter().map(|name| (*name).to_owned()).collect();

    assert_eq!(by_hand(&event, &acted(&["account:8"]), |call| call == "c1"), Ok(()));
    says(by_hand(&event, &acted(&[]), |call| call == "c2"), "nobody picked up");
    says(by_hand(&event, &acted(&["account:7"]), |_| true), "took its answer");
}

#[test]
fn an_own_call_that_was_not_proven_closes_nothing() {
    let own = |proven: Option<bool>| {
        let keys = ["1", "1", "1", "2"].map(|key| serde_json::json!({ "key": key }));
        let mut evidence = serde_json::json!({ "keys": keys });
        if let Some(proven) = proven {
            evidence["proven"] = proven.into();
        }
        let body = serde_json::json!({
            "round": 1, "outcome": "SATISFIED", "source": "INBOUND", "evidence": evidence,
        });
        let from = Some(("AWAITING_VERIFICATION", 1));
        let closed = facts(from, ("CLOSED_SATISFIED", 1), None, None);
        take(&mut awaiting(), TEN + 20, "answered", &closed, &body.to_string())
    };

    assert_eq!(own(Some(true)), Ok(()));
    says(own(Some(false)), "a call that proves nothing");
    says(own(None), "a call that proves nothing");
}

#[test]
fn a_second_answer_of_one_round_is_a_breach() {
    let mut stands = awaiting();
    stands.answered.push(1);
    says(answer(&mut stands, &["1", "1", "1", "2"]), "answered twice");
}

#[test]
fn a_due_time_a_millisecond_beside_is_a_breach() {
    let mut stands = Stands::new();
    let late = facts(None, ("WITH_OFFICER", 1), Some(TEN + 604_800_001), None);
    says(take(&mut stands, TEN, "registered", &late, "{}"), "registered at");
    let from = Some(("WITH_OFFICER", 1));
    let moved = facts(from, ("WITH_OFFICER", 1), Some(TEN + 604_900_000), None);
    says(take(&mut registered(), TEN + 9, "note", &moved, "{}"), "note moved its due time");
}

#[test]
fn a_move_without_its_row_or_of_two_levels_or_before_its_time_is_a_breach() {
    let due = TEN + 604_800_000;
    let from = Some(("WITH_OFFICER", 1));
    let fresh = Some(due + 5 + 604_800_000);
    let up = |level, row| facts(from, ("WITH_OFFICER", level), fresh, row);
    let swept = |facts: &str| take(&mut registered(), due + 5, "escalated", facts, "{}");

    assert_eq!(swept(&up(2, Some(("TIMEOUT", due)))), Ok(()));
    says(swept(&up(2, None)), "without a row");
    says(swept(&up(3, Some(("TIMEOUT", due)))), "from level 1 to 3");
    let early =
        facts(from, ("WITH_OFFICER", 2), Some(due + 604_800_000 - 1), Some(("TIMEOUT", due - 6)));
    says(take(&mut registered(), due - 1, "escalated", &early, "{}"), "due at");
}

#[test]
fn one_sweep_moves_a_case_once() {
    let mut stands = registered();
    stands.swept = Some(Timestamp(TEN + 604_800_005));
    let due = TEN + 604_800_000;
    let up = facts(
        Some(("WITH_OFFICER", 1)),
        ("WITH_OFFICER", 2),
        Some(due + 5 + 604_800_000),
        Some(("TIMEOUT", due)),
    );
    says(take(&mut stands, due + 5, "escalated", &up, "{}"), "moved it twice");
}

#[test]
fn a_history_that_leaps_or_was_edited_is_a_breach() {
    let facts = facts(Some(("UNVERIFIED", 1)), ("CLOSED_SATISFIED", 1), None, None);
    says(take(&mut awaiting(), TEN + 20, "answered", &facts, "{}"), "but it stood at");
    let mut stands = awaiting();
    let mut edited = event(&stands, TEN + 20, "note", &facts, "{}");
    edited.body = r#"{"edited":true}"#.to_owned();
    says(stands.follow(&edited, &serde_json::from_str(&facts).unwrap()), "chain is broken");
}

#[test]
fn a_dial_outside_the_hours_or_to_one_who_wants_none_is_a_breach() {
    let at = |minute: i64| Timestamp(TEN - 10 * 3_600_000 + minute * 60_000);
    let free = Safety::default();

    assert_eq!(dial(free, at(540), 1), Ok(()));
    assert_eq!(dial(free, at(1_199), 1), Ok(()));
    says(dial(free, at(539), 1), "minute 539");
    says(dial(free, at(1_200), 1), "minute 1200");
    says(dial(Safety { do_not_call: true, ..free }, at(600), 1), "wants no call");
    let hours = Hours::new(720, 960);
    says(dial(Safety { hours, ..free }, at(600), 1), "outside the hours");
}
