//! Officers and the call centre's people: what they mean to do with a case, and the acts themselves, which are the
//! product's use cases. What the product refuses is refused; nothing is tried another way.

use std::sync::Arc;

use super::{draw::Seed, profile::Profile};
use crate::{
    app::{App, Error, Result, desk, evidence},
    domain::{
        actor::Actor,
        case::Case,
        place::{Level, PostId},
        time::{DAY_MS, HOUR_MS, SECOND_MS, Timestamp},
    },
    store,
};

const REPORT: &str = "The work was done at the place and was seen by the citizen's neighbours.";
const FORCED: &str = "The site was visited twice, the records of the office were compared with the complaint, and what is asked for lies outside of every scheme of the department.";
const PDF: &[u8] = b"%PDF-1.4\n% simulated evidence\n%%EOF\n";
const LEVELS: usize = 4;

/// What somebody means to do with a case during one stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    Contact,
    /// `done`: something was done, and not only reported.
    Resolve {
        done: bool,
    },
    Partial {
        days: i64,
    },
    ProposeSpecial,
    DecideSpecial {
        accept: bool,
    },
    Force,
    OrderRound,
}

impl Act {
    pub fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Resolve { .. } => "resolve",
            Self::Partial { .. } => "partial_close",
            Self::ProposeSpecial => "propose_special",
            Self::DecideSpecial { .. } => "decide_special",
            Self::Force => "force_close",
            Self::OrderRound => "order_round",
        }
    }
}

/// What the officer of this level means to do, by the complaint's own number and its stay.
pub fn intends(
    (seed, profile): (Seed, &Profile),
    (complaint, stay): (u64, u64),
    level: u8,
    now: Timestamp,
) -> Vec<(Timestamp, Act)> {
    let officers = &profile.officers;
    let at = usize::from(level.clamp(1, LEVELS as u8)) - 1;
    let mut draw = seed.draw("officer", complaint, stay);
    if draw.chance(officers.ignore_share[at]) {
        return Vec::new();
    }
    let days = draw.lognormal(officers.resolve_median_days[at], officers.resolve_sigma);
    let acts_at = |days: f64, hour: i64| {
        let day = now.plus_ms((days * DAY_MS as f64) as i64).at_ist_minute(0);
        day.plus_ms(hour).max(now.plus_ms(SECOND_MS))
    };
    let hours = (officers.from_hour * HOUR_MS, officers.until_hour * HOUR_MS);
    let when = acts_at(days, draw.between(hours.0, hours.1));
    let mut acts = Vec::new();
    if draw.chance(officers.contact_share) {
        let half = now.plus_ms(when.since(now) / 2);
        acts.push((half, Act::Contact));
    }
    let done = !draw.chance(officers.false_share[at]);
    if level == 2 && draw.chance(officers.special_share) {
        acts.push((when, Act::ProposeSpecial));
    } else if draw.chance(officers.force_share[at]) {
        acts.push((when, Act::Force));
    } else if draw.chance(officers.partial_share[at]) {
        let days = draw.between(8, officers.partial_days_most);
        acts.push((when, Act::Partial { days }));
        if draw.chance(officers.partial_kept_share) {
            let later = when.plus_ms(days * DAY_MS * 3 / 4);
            acts.push((later, Act::Resolve { done: true }));
        }
    } else {
        acts.push((when, Act::Resolve { done }));
    }
    acts
}

/// When the level above answers a proposal, and how.
pub fn decides(
    (seed, profile): (Seed, &Profile),
    (complaint, stay): (u64, u64),
    now: Timestamp,
) -> (Timestamp, Act) {
    let officers = &profile.officers;
    let mut draw = seed.draw("decides", complaint, stay);
    let days = draw.lognormal(officers.special_decided_median_days, officers.resolve_sigma);
    let accept = draw.chance(officers.special_accepted_share);
    (now.plus_ms((days * DAY_MS as f64) as i64 + 1), Act::DecideSpecial { accept })
}

/// Who acts, when anybody holds the post.
pub fn actor<'a>(
    app: &App,
    act: Act,
    case: &Case,
    (officers, supervisor): (&'a std::collections::HashMap<PostId, Actor>, &'a Actor),
) -> Option<&'a Actor> {
    match act {
        Act::OrderRound => Some(supervisor),
        Act::DecideSpecial { .. } => {
            let level = Level(3.max(case.level.0));
            let above = app.index().route(case.matter(), &case.place, level)?;
            officers.get(&above.post)
        }
        _ => officers.get(&case.post?),
    }
}

/// Does it; gives the version that the case has behind it.
pub async fn perform(
    app: &Arc<App>,
    by: &Actor,
    act: Act,
    case: &Case,
    request: &str,
) -> Result<i64> {
    let number = case.number();
    let on = || desk::On { request_id: request.to_owned(), number, etag: None, post: None };
    let view = match act {
        Act::Contact => {
            let ask = desk::Contact {
                request_id: request.to_owned(),
                number,
                etag: None,
                post: None,
                kind: desk::ContactKind::Call,
                at: None,
                note: String::new(),
            };
            desk::record_contact(app, by, ask).await?
        }
        Act::Resolve { .. } => {
            let ask = desk::Resolve {
                request_id: request.to_owned(),
                number,
                etag: None,
                post: None,
                report: REPORT.to_owned(),
                evidence: Vec::new(),
            };
            desk::resolve(app, by, ask).await?.view
        }
        Act::Partial { days } => {
            let until = app.now().plus_ms(days * DAY_MS);
            let reason = "Half of the work waits for material.".to_owned();
            desk::partial_close(app, by, desk::Partial { on: on(), reason, until }).await?
        }
        Act::ProposeSpecial => {
            let grounds = "Rule 12 (4) allows no such work on private land.".to_owned();
            desk::propose_special(app, by, desk::ProposeSpecial { on: on(), grounds }).await?
        }
        Act::DecideSpecial { accept } => {
            let reason = "The rule that is cited was looked up.".to_owned();
            desk::decide_special(app, by, desk::DecideSpecial { on: on(), accept, reason }).await?
        }
        Act::Force => {
            let mut files = store::evidence::of_case(&app.store.db, case.id).await?;
            if files.is_empty() {
                let on = desk::On { request_id: format!("{request} file"), ..on() };
                let mut upload = evidence::begin(app, by, on).await?;
                upload.write(PDF).await?;
                files.push(upload.finish(app, by).await?);
            }
            let ask = desk::ForceClose {
                on: on(),
                reason: desk::ForceReason::NotEligible,
                report: FORCED.to_owned(),
                evidence: files.iter().take(1).map(|file| file.id).collect(),
            };
            desk::force_close(app, by, ask).await?
        }
        Act::OrderRound => desk::order_round(app, by, desk::OrderRound { on: on() }).await?,
    };
    Ok(view.case.version)
}

/// Why it was not done, as one word; None for what no rule explains.
pub fn reason(error: &Error) -> Option<String> {
    match error {
        Error::Refused(why) | Error::Forbidden(why) => Some(why.as_str().to_owned()),
        Error::Duplicates(_) => Some("DUPLICATE".to_owned()),
        _ => None,
    }
}
