//! What a feedback caller sees of a case: everything that was said and done, and nobody who is judged by the citizen's answer.

use serde_json::{Map, Value};

use crate::{
    app::{
        cases::{CaseView, Detail},
        desk::WrittenOrder,
    },
    domain::{
        actor::{Actor, Role},
        change::Event,
    },
};

/// Of each fact these are shown; posts, persons and charges are not among them.
const FACTS: [&str; 12] = [
    "kind",
    "state_from",
    "state_to",
    "level_from",
    "level_to",
    "department",
    "category",
    "district",
    "registered",
    "due",
    "attended",
    "in_time",
];

/// Whether this role is kept from seeing who is judged.
pub(in crate::app) fn binds(by: &Actor) -> bool {
    by.role == Role::FeedbackCaller
}

pub(in crate::app) fn detail(by: &Actor, detail: Detail) -> Detail {
    if !binds(by) {
        return detail;
    }
    Detail {
        view: view(detail.view),
        history: detail.history.into_iter().map(|event| fact(by, event)).collect(),
        orders: detail.orders.into_iter().map(order).collect(),
        calls: detail.calls,
    }
}

/// As this reader may see it.
pub(in crate::app) fn read(by: &Actor, seen: CaseView) -> CaseView {
    if binds(by) { view(seen) } else { seen }
}

pub(in crate::app) fn view(mut view: CaseView) -> CaseView {
    view.case.post = None;
    view.designation = None;
    view
}

pub(in crate::app) fn order(order: WrittenOrder) -> WrittenOrder {
    WrittenOrder { post: None, ..order }
}

fn fact(by: &Actor, event: Event) -> Event {
    let known: Map<String, Value> = serde_json::from_str(&event.facts).unwrap_or_default();
    let shown: Map<String, Value> =
        known.into_iter().filter(|(name, _)| FACTS.contains(&name.as_str())).collect();
    let somebody = event.actor.starts_with("account:") && event.actor != by.name();
    Event {
        actor: if somebody { "staff".to_owned() } else { event.actor },
        post: None,
        facts: Value::Object(shown).to_string(),
        body: "{}".to_owned(),
        ..event
    }
}
