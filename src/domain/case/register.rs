//! What a citizen brought becomes a case, with the post that answers for it.

use serde_json::json;

use super::{
    Case, Kind, State,
    facts::{Escalation, named},
    moved::Destination,
};
use crate::domain::{
    actor::Actor,
    chain,
    change::Change,
    citizen::{Safety, Text},
    incident::{Joined, Member},
    intake::origin::{HeardOf, Origin},
    language::Language,
    place::{Code, Level, PlaceCode},
    policy::Policy,
    time::Timestamp,
};

#[derive(Clone, Debug)]
pub struct Registration {
    /// Reserved before; a gap is normal.
    pub id: i64,
    pub kind: Kind,
    pub citizen: i64,
    pub safety: Safety,
    pub language: Language,
    pub department: Code,
    pub category: Code,
    pub subcategory: Option<Code>,
    pub place: PlaceCode,
    pub district: PlaceCode,
    pub words: Option<Text>,
    pub recording: Option<i64>,
    /// The call that it is registered on.
    pub call: Option<String>,
    pub beside: Option<Beside>,
    pub heard_of: Option<HeardOf>,
    pub scheme: Option<Code>,
    /// A supervisor registered it in spite of a block or the day's limit.
    pub in_spite: bool,
    pub by_keys: ByKeys,
    /// The known outage that it is a case of: it follows the outage's lead.
    pub joins: Option<Joined>,
    /// How many levels the department's ladder has, and the directory's version.
    pub ladder: Level,
    pub directory: i64,
}

/// Earlier cases about the same that it stands beside, and why.
#[derive(Clone, Debug)]
pub struct Beside {
    pub cases: Vec<i64>,
    pub reason: Text,
}

/// A case registered by keys lacks subcategory and block until an agent completes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByKeys {
    Yes,
    No,
}

pub fn register(
    by: &Actor,
    what: Registration,
    to: Option<Destination>,
    policy: &Policy,
    now: Timestamp,
) -> Change {
    let complaint = what.kind == Kind::Complaint;
    let by_keys = what.by_keys == ByKeys::Yes;
    // What a lead has is known of all that follow it: nobody has to look at each.
    let needs_review = by_keys && what.joins.is_none();
    let mut case = Case {
        id: what.id,
        kind: what.kind,
        citizen: what.citizen,
        channel: by.channel,
        language: what.language,
        department: what.department,
        category: what.category,
        subcategory: what.subcategory,
        place: what.place,
        district: what.district,
        text: what.words.as_ref().map(|text| text.id),
        recording: what.recording,
        state: if complaint { State::Unrouted } else { State::Forwarded },
        level: Level::FIRST,
        ladder: what.ladder,
        post: None,
        directory: what.directory,
        policy: policy.version,
        registered_at: now,
        arrived_at: now,
        due_at: None,
        stay: 0,
        attended: false,
        seen: false,
        contacted: false,
        overdue_last: false,
        needs_review,
        review_due_at: needs_review.then(|| now.plus_ms(policy.review_ms)),
        resolved_at: None,
        resolved_level: None,
        in_time: None,
        dissatisfied_last: 0,
        round: 0,
        closed_at: None,
        pressured: false,
        aside: None,
        version: 0,
        head: chain::START,
    };
    if let Some(joined) = &what.joins {
        case = case.with_aside(|aside| aside.lead = Some(joined.lead));
    }
    let to = to.filter(|_| complaint);
    match &to {
        Some(to) => case.arrive(to.routed.level, Some(to.routed.post), policy, now),
        None if complaint => case.due_at = Some(now.plus_ms(policy.unrouted_ms)),
        None => {}
    }
    let post = case.post;
    let mut body = json!({
        "citizen": case.citizen,
        "place": case.place.as_str(),
        "subcategory": case.subcategory.as_ref().map(Code::as_str),
        "text": what.words.as_ref().map(named),
        "recording": case.recording,
        "by_keys": by_keys,
    });
    let said = [
        ("call", what.call.as_ref().map(|call| json!(call))),
        ("heard_of", what.heard_of.map(|heard_of| json!(heard_of.as_str()))),
        ("scheme", what.scheme.as_ref().map(|scheme| json!(scheme.as_str()))),
        ("in_spite", what.in_spite.then_some(json!(true))),
        (
            "beside",
            what.beside
                .as_ref()
                .map(|beside| json!({ "cases": beside.cases, "reason": named(&beside.reason) })),
        ),
    ];
    for (name, value) in said {
        if let Some(value) = value {
            body[name] = value;
        }
    }
    // The forward step and why (R01), or the alarm that nobody was found (R02).
    let forward = match &to {
        Some(to) => ("routed", why(to)),
        None if complaint => {
            ("unrouted", json!({ "alarm": "UNROUTED", "directory": case.directory }))
        }
        None => ("forwarded", json!({ "department": case.department.as_str() })),
    };
    let mut change = Change::opening(case, now).tell(by, "registered", None, body);
    change.texts.extend(what.words);
    change.texts.extend(what.beside.map(|beside| beside.reason));
    if what.heard_of.is_some() || what.scheme.is_some() {
        let (heard_of, scheme) = (what.heard_of, what.scheme);
        change.intake.origins.push(Origin { case: what.id, heard_of, scheme });
    }
    change.intake.case_calls.extend(what.call.map(|call| (what.id, call)));
    if let Some(joined) = &what.joins {
        let body = json!({ "lead": joined.lead, "incident": joined.incident });
        let before = change.case.as_ref().map(|(_, case)| case.clone());
        change = change.tell(by, "linked", before.as_ref(), body);
        change.links.push((what.id, Some(joined.lead)));
        change.incidents.joined = Some(Member {
            incident: joined.incident,
            lead: joined.lead,
            citizen: what.citizen,
            case: what.id,
        });
    }
    let before = change.case.as_ref().map(|(_, case)| case.clone());
    change = change.tell(&Actor::system(), forward.0, before.as_ref(), forward.1);
    if let Some(to) = &to {
        change = change.pass_by(&Actor::system(), to, &Escalation::arrival(to, now));
    }
    change.notify_citizen("registered", what.safety).notify_post("registered", post)
}

/// Why a post was chosen: where it sits, what was passed on the way up.
pub(super) fn why(to: &Destination) -> serde_json::Value {
    let routed = &to.routed;
    json!({
        "post": routed.post.0,
        "level": routed.level.0,
        "scope": routed.scope.print(),
        "at": routed.place.as_str(),
        "designation": routed.designation.as_str(),
        "passed": routed.walked.iter().map(PlaceCode::as_str).collect::<Vec<_>>(),
        "NO_POST": routed.without_post.iter().map(|level| level.0).collect::<Vec<_>>(),
        "vacant": to.vacant,
        "directory": to.directory,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::tests::TEN, notice::Recipient, place::PostId, routing::tests::index,
    };

    fn registration(kind: Kind, by_keys: ByKeys) -> Registration {
        Registration {
            id: 1_000_000,
            kind,
            citizen: 12,
            safety: Safety::default(),
            language: Language::Hindi,
            department: Code::new("energy"),
            category: Code::new("electricity"),
            subcategory: None,
            place: PlaceCode::new("block:phanda"),
            district: PlaceCode::new("district:396"),
            words: Some(Text {
                id: 5,
                owner: "case:1000000".to_owned(),
                words: "no light".to_owned(),
            }),
            recording: None,
            call: None,
            beside: None,
            heard_of: None,
            scheme: None,
            in_spite: false,
            joins: None,
            by_keys,
            ladder: Level(4),
            directory: 1,
        }
    }

    fn destination(place: &str) -> Option<Destination> {
        let routed = index().route(&Code::new("energy"), &PlaceCode::new(place), Level(1))?;
        Some(Destination { routed, vacant: false, directory: 1 })
    }

    fn registered(what: Registration, to: Option<Destination>) -> (Case, Change) {
        let change = register(&Actor::system(), what, to, &Policy::standard(), TEN);
        (change.case.clone().unwrap().1, change)
    }

    fn kinds(change: &Change) -> Vec<&str> {
        change.events.iter().map(|event| event.kind.as_str()).collect()
    }

    #[test]
    fn a_complaint_goes_to_the_first_level_with_seven_days() {
        let (case, change) =
            registered(registration(Kind::Complaint, ByKeys::No), destination("block:phanda"));

        assert_eq!(case.state, State::WithOfficer);
        assert_eq!((case.level, case.post, case.stay), (Level(1), Some(PostId(1)), 1));
        assert_eq!(case.due_at, Some(Timestamp(1_795_926_600_000)));
        assert_eq!(kinds(&change), ["registered", "routed"]);
        assert_eq!(change.notices[0].kind, "registered");
        assert_eq!(change.notices[0].to, Recipient::Citizen(12));
        assert_eq!(change.texts.len(), 1);
        assert_eq!(case.version, 2);
    }

    #[test]
    fn a_complaint_without_a_post_is_unrouted_with_an_alarm_and_is_the_nodal_officers_in_a_day() {
        let (case, change) = registered(registration(Kind::Complaint, ByKeys::No), None);

        assert_eq!((case.state, case.post), (State::Unrouted, None));
        assert_eq!(case.due_at, Some(Timestamp(1_795_408_200_000)));
        assert_eq!(kinds(&change), ["registered", "unrouted"]);
        assert!(change.events[1].body.contains(r#""alarm":"UNROUTED""#));
    }

    #[test]
    fn a_level_without_a_post_is_passed_and_stored() {
        let (case, change) =
            registered(registration(Kind::Complaint, ByKeys::No), destination("district:427"));

        assert_eq!((case.level, case.post), (Level(2), Some(PostId(6))));
        assert!(change.events[1].body.contains(r#""NO_POST":[1]"#));
        assert_eq!(kinds(&change), ["registered", "routed", "no_post"]);
        assert!(
            change.events[2].facts.ends_with(
                r#""escalation":{"from":1,"to":2,"due":null,"moved":1795321800000,"reason":"NO_POST","attended":false,"charged":null,"to_vacant":false}}"#
            ),
            "{}",
            change.events[2].facts
        );
    }

    #[test]
    fn demands_suggestions_and_scheme_calls_are_forwarded_without_a_ladder() {
        for kind in [Kind::Demand, Kind::Suggestion, Kind::SchemeInformation] {
            let (case, change) =
                registered(registration(kind, ByKeys::No), destination("block:phanda"));

            assert_eq!(
                (case.state, case.post, case.due_at),
                (State::Forwarded, None, None),
                "{kind}"
            );
            assert_eq!(kinds(&change), ["registered", "forwarded"]);
        }
    }

    #[test]
    fn a_case_registered_by_keys_waits_24_hours_for_its_review() {
        let (case, _) =
            registered(registration(Kind::Complaint, ByKeys::Yes), destination("block:phanda"));

        assert!(case.needs_review);
        assert_eq!(case.review_due_at, Some(Timestamp(1_795_408_200_000)));
        assert_eq!(case.due_at, Some(Timestamp(1_795_926_600_000)));
    }

    #[test]
    fn a_citizen_who_wants_no_messages_gets_none() {
        let safety = Safety { do_not_call: false, no_sms: true, ..Safety::default() };
        let what = Registration { safety, ..registration(Kind::Complaint, ByKeys::No) };

        let (_, change) = registered(what, destination("block:phanda"));

        assert!(change.notices.iter().all(|notice| matches!(notice.to, Recipient::Post(_))));
    }

    #[test]
    fn no_event_holds_the_words_of_the_citizen() {
        let (_, change) =
            registered(registration(Kind::Complaint, ByKeys::No), destination("block:phanda"));

        assert!(change.events.iter().all(|event| !event.body.contains("light")));
    }
}
