//! Prints cases and their facts, for every service that shows them.

use helpline_proto::v1;

use super::{
    fields::{self, print_time},
    words,
};
use crate::{
    app::{
        cases::{CaseView, Listed, Why},
        desk::WrittenOrder,
    },
    domain::{actor::Channel, change::Event, number::CaseNumber, place::PostId, routing::Step},
};

pub fn case(view: CaseView) -> v1::Case {
    let CaseView { case, phone, words: said, designation, at } = view;
    let days_left = case.days_left(at).map(|days| i32::try_from(days).unwrap_or(i32::MIN));
    let ageing = case.age(at).map(words::ageing).unwrap_or_default();
    let aside = case.aside();
    let target = aside.target.as_ref().filter(|target| target.stay == case.stay);
    let target_at = target.map(|target| print_time(target.at));
    let blocker = aside.blocker.map_or(String::new(), |blocker| blocker.as_str().to_owned());
    let hops = i32::try_from(aside.hops).unwrap_or(i32::MAX);
    let merged_into = aside.merged.as_ref().map_or(String::new(), |merged| number(merged.parent));
    let lead = aside.lead.map_or(String::new(), number);
    let old_number = aside.old_number.clone().unwrap_or_default();
    let conduct_flagged_at = aside.conduct.as_ref().map(|flag| print_time(flag.at));
    let number_changed_at = aside.number_changed.map(print_time);
    v1::Case {
        number: case.number().to_string(),
        etag: case.version.to_string(),
        kind: words::kind(case.kind),
        state: words::state(case.state),
        level: i32::from(case.level.0),
        ladder_levels: i32::from(case.ladder.0),
        department: case.department.0,
        category: case.category.0,
        subcategory: case.subcategory.map(|code| code.0).unwrap_or_default(),
        place: case.place.0,
        district: case.district.0,
        post: case.post.map(|post| post.0.to_string()).unwrap_or_default(),
        designation: designation.map(|code| code.0).unwrap_or_default(),
        channel: words::channel(case.channel),
        language: words::language(case.language),
        phone_masked: phone.masked(),
        words: said.unwrap_or_default(),
        recording: case.recording.map(|id| id.to_string()).unwrap_or_default(),
        registered_at: Some(print_time(case.registered_at)),
        arrived_at: Some(print_time(case.arrived_at)),
        due_at: case.due_at.map(print_time),
        resolved_at: case.resolved_at.map(print_time),
        resolved_level: case.resolved_level.map(|level| i32::from(level.0)).unwrap_or_default(),
        closed_at: case.closed_at.map(print_time),
        attended: case.attended,
        seen: case.seen,
        overdue_last: case.overdue_last,
        needs_review: case.needs_review,
        review_due_at: case.review_due_at.map(print_time),
        pressured: case.pressured,
        verification_rounds: count(case.round),
        target_at,
        blocker,
        hops,
        merged_into,
        lead,
        number_changed_at,
        days_left,
        ageing,
        contacted: case.contacted,
        old_number,
        conduct_flagged_at,
    }
}

pub fn number(case: i64) -> String {
    CaseNumber::of_id(case).map_or(String::new(), |number| number.to_string())
}

pub fn orders(orders: Vec<WrittenOrder>) -> Vec<v1::SpecialOrder> {
    orders
        .into_iter()
        .map(|order| v1::SpecialOrder {
            number: format!("{}/{}", order.n, order.year),
            post: order.post.map(|post| post.0.to_string()).unwrap_or_default(),
            written_at: Some(print_time(order.at)),
            words: order.words,
        })
        .collect()
}

/// A page of cases with the token of the next one.
pub fn page(listed: Listed) -> (Vec<v1::Case>, String) {
    (listed.cases.into_iter().map(case).collect(), fields::page_token(listed.next))
}

/// The walk that routed a case.
pub fn why(why: Why) -> v1::WhyRoutedResponse {
    let post = |post: Option<PostId>| post.map(|post| post.0.to_string()).unwrap_or_default();
    let step = |step: Step| v1::why_routed_response::Step {
        level: i32::from(step.level.0),
        scope: step.scope.print(),
        place: step.place.0,
        post: post(step.found),
    };
    v1::WhyRoutedResponse {
        post: post(why.case.post),
        level: i32::from(why.case.level.0),
        steps: why.steps.into_iter().map(step).collect(),
        levels_without_post: why.without_post.iter().map(|level| i32::from(level.0)).collect(),
        directory_version: why.case.directory,
        live_version: why.live_version,
        post_today: post(why.today),
    }
}

pub fn history(events: Vec<Event>) -> Vec<v1::CaseEvent> {
    events.into_iter().map(event).collect()
}

pub fn event(event: Event) -> v1::CaseEvent {
    v1::CaseEvent {
        version: event.version,
        at: Some(print_time(event.at)),
        kind: event.kind,
        actor: event.actor,
        post: event.post.map(|post| post.to_string()).unwrap_or_default(),
        channel: Channel::parse(&event.channel).map(words::channel).unwrap_or_default(),
        facts_json: event.facts,
        body_json: event.body,
    }
}

/// Counts that rules keep far below the limit.
pub fn count(n: i64) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}
