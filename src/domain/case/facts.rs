//! What every event of a case says, so that figures and grades are folds over the events alone.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Case, State, moved::Destination};
use crate::domain::{
    actor::Actor,
    change::{self, Change},
    citizen::Text,
    place::{Level, PostId},
    time::Timestamp,
    words,
};

words! {
    /// Why a case moved (rule book 1.2).
    pub enum Reason {
        Timeout = "TIMEOUT",
        Dissatisfied = "DISSATISFIED",
        Pressured = "PRESSURED",
        PcExpired = "PC_EXPIRED",
        Ordered = "ORDERED",
        Reopened = "REOPENED",
        NoPost = "NO_POST",
        OverdueLast = "OVERDUE_LAST",
        /// Level 3's time is over, and the policy has a person decide on level 4.
        OverdueManual = "OVERDUE_MANUAL",
    }
}

/// One escalation row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    pub from: Level,
    pub to: Level,
    pub due: Option<Timestamp>,
    pub moved: Timestamp,
    pub reason: Reason,
    /// Did the level's post act?
    pub attended: bool,
    pub charged: Charged,
    /// Nobody holds the post that it goes to: an alarm.
    pub to_vacant: bool,
}

impl Escalation {
    /// What a case that arrives for the first time passes on its way.
    pub(super) fn arrival(to: &Destination, now: Timestamp) -> Self {
        Self {
            from: to.routed.level,
            to: to.routed.level,
            due: None,
            moved: now,
            reason: Reason::NoPost,
            attended: false,
            charged: Charged::Nobody,
            to_vacant: to.vacant,
        }
    }
}

/// Who answers for a level that was not attended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charged {
    Post(PostId),
    /// The post was vacant: charged to no person.
    Vacant,
    /// The row is no level's fault.
    Nobody,
}

#[derive(Serialize)]
struct Facts<'a> {
    kind: &'a str,
    state_from: Option<&'a str>,
    state_to: &'a str,
    level_from: Option<u8>,
    level_to: u8,
    post_from: Option<i64>,
    post: Option<i64>,
    department: &'a str,
    category: &'a str,
    district: &'a str,
    registered: i64,
    due: Option<i64>,
    attended: bool,
    in_time: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    escalation: Option<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    from: u8,
    to: u8,
    due: Option<i64>,
    moved: i64,
    reason: &'a str,
    attended: bool,
    /// A post's id, `VACANT`, or null.
    charged: Value,
    to_vacant: bool,
}

impl Change {
    /// Adds a fact about the case as it stands now; `before` is the case as it stood, None when it is new.
    #[must_use]
    pub fn tell(self, by: &Actor, kind: &str, before: Option<&Case>, body: Value) -> Self {
        self.tell_row(by, kind, before, None, body)
    }

    #[must_use]
    pub fn tell_row(
        self,
        by: &Actor,
        kind: &str,
        before: Option<&Case>,
        row: Option<&Escalation>,
        mut body: Value,
    ) -> Self {
        let (_, case) = self.case.as_ref().expect("a fact of a case needs the case");
        let facts = facts(case, before, row);
        if let Some(holder) = change::acting(by, case).and_then(|held| held.delegate_of) {
            body["delegate_of"] = format!("account:{holder}").into();
        }
        self.fact(by, kind, facts, body.to_string())
    }
}

fn facts(case: &Case, before: Option<&Case>, row: Option<&Escalation>) -> String {
    let facts = Facts {
        kind: case.kind.as_str(),
        state_from: before.map(|before| before.state.as_str()),
        state_to: case.state.as_str(),
        level_from: before.map(|before| before.level.0),
        level_to: case.level.0,
        post_from: before.and_then(|before| before.post).map(|post| post.0),
        post: case.post.map(|post| post.0),
        department: case.department.as_str(),
        category: case.category.as_str(),
        district: case.district.as_str(),
        registered: case.registered_at.ms(),
        due: case.due_at.map(Timestamp::ms),
        attended: row.map_or(case.attended, |row| row.attended),
        in_time: match case.state {
            State::AwaitingVerification
            | State::Unverified
            | State::ClosedSatisfied
            | State::ClosedSpecial
            | State::ClosedForced => case.in_time,
            State::Unrouted
            | State::WithOfficer
            | State::PartiallyClosed
            | State::SpecialCloseProposed
            | State::Withdrawn
            | State::Merged
            | State::Forwarded => None,
        },
        escalation: row.map(|row| Row {
            from: row.from.0,
            to: row.to.0,
            due: row.due.map(Timestamp::ms),
            moved: row.moved.ms(),
            reason: row.reason.as_str(),
            attended: row.attended,
            charged: match row.charged {
                Charged::Post(post) => post.0.into(),
                Charged::Vacant => "VACANT".into(),
                Charged::Nobody => Value::Null,
            },
            to_vacant: row.to_vacant,
        }),
    };
    serde_json::to_string(&facts).expect("facts are strings, numbers and booleans")
}

/// How an event's body names a text: never its words.
pub fn named(text: &Text) -> Value {
    let digest = Sha256::digest(text.words.as_bytes());
    let digit = |half: u8| char::from_digit(half.into(), 16).expect("half a byte is a hex digit");
    let hex: String = digest.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    serde_json::json!({ "id": text.id, "sha256": hex })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::case::tests::{TEN, WEEK_MS, case};

    #[test]
    fn facts_say_state_level_place_and_times() {
        let before = case();
        let after = Case {
            state: State::AwaitingVerification,
            due_at: None,
            in_time: Some(true),
            ..case()
        };

        assert_eq!(
            facts(&after, Some(&before), None),
            r#"{"kind":"COMPLAINT","state_from":"WITH_OFFICER","state_to":"AWAITING_VERIFICATION","level_from":1,"level_to":1,"post_from":1,"post":1,"department":"energy","category":"electricity","district":"district:396","registered":1795321800000,"due":null,"attended":false,"in_time":true}"#
        );
    }

    #[test]
    fn an_escalation_says_from_to_due_moved_reason_attended_and_who_is_charged() {
        let row = Escalation {
            from: Level(1),
            to: Level(2),
            due: Some(TEN),
            moved: TEN.plus_ms(5),
            reason: Reason::Timeout,
            attended: false,
            charged: Charged::Vacant,
            to_vacant: true,
        };
        let after = Case { level: Level(2), due_at: Some(TEN.plus_ms(WEEK_MS)), ..case() };

        let facts = facts(&after, Some(&case()), Some(&row));

        assert!(facts.ends_with(
            r#""escalation":{"from":1,"to":2,"due":1795321800000,"moved":1795321800005,"reason":"TIMEOUT","attended":false,"charged":"VACANT","to_vacant":true}}"#
        ), "{facts}");
    }

    #[test]
    fn a_body_names_a_text_by_id_and_digest_alone() {
        let text = Text { id: 4, owner: "case:1".to_owned(), words: "no light".to_owned() };

        let named = named(&text).to_string();

        assert!(named.starts_with(r#"{"id":4,"sha256":""#));
        assert!(!named.contains("light"));
    }
}
