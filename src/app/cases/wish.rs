//! What a citizen wants of a complaint by telephone. The number that the line shows proves nothing by itself: what moves
//! a case settles at once only for a proven caller, else by a call to the registered number (rule book 1.4).

use serde_json::{Value, json};

use super::{above, citizen, last_round, load, load_for};
use crate::{
    app::{App, Error, Result, desk::text, request},
    domain::{
        actor::Actor,
        case::{
            Case,
            desk::wish::{Wish, withdraw::Withdrawal},
            moved::Above,
        },
        change::Change,
        number::CaseNumber,
        permissions::{self, Act, Object},
        phone::Phone,
        place::Level,
        refused::Refused,
        time::Timestamp,
        verification::{Purpose, Round, attempts},
    },
    store::{citizens, rounds, writer::Lane},
};

/// Rounds of one citizen that are looked through for a promise.
const ROUNDS_MAX: i64 = 20;
/// The words of a request that was made with keys.
const BY_KEYS: &str = "Asked on the citizen's own call, by keys.";

#[derive(Clone, Debug)]
pub struct AskWish {
    /// Of the call.
    pub request_id: String,
    pub number: CaseNumber,
    pub wish: Wish,
    /// The call came over a trunk whose caller ids are trusted, and the number was keyed.
    pub proven: bool,
    /// "Did anyone press you?", of a withdrawal.
    pub pressed: bool,
    /// A JSON object: prompts, keys with times.
    pub evidence: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    Done,
    /// Not withdrawn: flagged, and at the next level.
    Pressured,
    /// The round that was demanded is rung when the line is free.
    Called {
        case: i64,
        round: i64,
    },
    /// The registered number is rung, and that call settles it.
    RingBack {
        case: i64,
        round: i64,
    },
}

/// What may be wanted from this telephone; nothing of another's case.
pub async fn wishes(
    app: &App,
    by: &Actor,
    phone: Option<&Phone>,
    number: CaseNumber,
) -> Result<Vec<Wish>> {
    permissions::may(by, Act::Call, Object::Nothing)?;
    let Some(phone) = phone else { return Ok(Vec::new()) };
    let Some(caller) = citizens::by_phone(&app.store.db, phone).await? else {
        return Ok(Vec::new());
    };
    let case = load(app, number).await?;
    if case.citizen != caller.id {
        return Ok(Vec::new());
    }
    let last = last_round(app, &case).await?;
    let now = app.now();
    Ok(case.wishes(last.as_ref(), &app.policy(now).desk, now))
}

pub async fn wish(app: &App, by: &Actor, ask: AskWish) -> Result<Granted> {
    let evidence: Value = serde_json::from_str(&ask.evidence)
        .ok()
        .filter(Value::is_object)
        .ok_or(Error::Invalid { field: "evidence", why: "no JSON object" })?;
    let number = ask.number.to_string();
    let pressed = if ask.pressed { "1" } else { "0" };
    let said = [number.as_str(), ask.wish.as_str(), pressed];
    let request = request(by, Some(&ask.request_id), "wish", &said);
    let (ask, evidence) = (&ask, &evidence);
    let result = app
        .commit(Lane::Acts, request, move |now| async move {
            let case = load_for(app, by, power(ask.wish), ask.number).await?;
            if by.citizen != Some(case.citizen) {
                return Err(Refused::NotYourCase.into());
            }
            let mut change = match ask.wish.purpose().filter(|_| !ask.proven) {
                Some(purpose) => {
                    promise(app, by, &case, (ask.wish, purpose), evidence.clone(), now).await?
                }
                None => {
                    grant(app, by, &case, (ask.wish, ask.pressed), evidence.clone(), now).await?
                }
            };
            change.result = match &change.round {
                Some((_, round)) if round.purpose.is_promise() => {
                    format!("RING_BACK {} {}", round.case, round.round)
                }
                Some((_, round)) => format!("CALLED {} {}", round.case, round.round),
                None if ask.pressed => "PRESSURED".to_owned(),
                None => "DONE".to_owned(),
            };
            Ok(change)
        })
        .await?;
    let mut words = result.split(' ');
    let word = words.next();
    let ids: Vec<i64> = words.filter_map(|id| id.parse().ok()).collect();
    Ok(match (word, ids.as_slice()) {
        (Some("RING_BACK"), &[case, round]) => Granted::RingBack { case, round },
        (Some("CALLED"), &[case, round]) => Granted::Called { case, round },
        (Some("PRESSURED"), _) => Granted::Pressured,
        _ => Granted::Done,
    })
}

async fn promise(
    app: &App,
    by: &Actor,
    case: &Case,
    wish: (Wish, Purpose),
    evidence: Value,
    now: Timestamp,
) -> Result<Change> {
    let safety = citizen(app, case).await?.safety;
    let open: Option<Round> = rounds::open_of_citizen(&app.store.db, case.citizen, ROUNDS_MAX)
        .await?
        .into_iter()
        .find(|round| round.case == case.id && round.purpose == wish.1);
    let policy = app.policy(now);
    let rung = (safety, &policy.verification);
    Ok(case.promise(by, wish, open.as_ref(), evidence, rung, now)?)
}

/// What the citizen wants is done. `wish` goes with what was said about pressure.
pub(in crate::app) async fn grant(
    app: &App,
    by: &Actor,
    case: &Case,
    (wish, pressed): (Wish, bool),
    evidence: Value,
    now: Timestamp,
) -> Result<Change> {
    let safety = citizen(app, case).await?.safety;
    let policy = app.policy(now);
    Ok(match wish {
        Wish::Withdraw => {
            let up = above(app, case, now).await?;
            let said = Withdrawal { confirmed: true, pressed, evidence };
            case.withdraw(by, said, &up, safety, &policy, now)?
        }
        Wish::Reopen => {
            let up = above_resolution(app, case, now).await?;
            case.reopen(by, evidence, &up, safety, &policy, now)?
        }
        Wish::AskReopen => {
            let words = text(app, case, BY_KEYS).await?;
            case.ask_reopen(by, words, json!({ "call": evidence }), now)?
        }
        Wish::DemandRound => {
            let last = last_round(app, case).await?;
            let policy = &policy.verification;
            let mut change = case.demand_round(by, last.as_ref(), safety, policy, now)?;
            if let Some((_, round)) = change.round.as_mut()
                && round.next_at.is_some()
            {
                // Whoever asks by telephone has to hang up first.
                let free = now.plus_ms(policy.ring_back_after_ms);
                round.next_at = Some(attempts::next_in_hours(&policy.of(&case.district), free));
            }
            change
        }
        Wish::Unmerge => case.unmerge(by, evidence, safety, now)?,
    })
}

/// The next level above the one that resolved.
async fn above_resolution(app: &App, case: &Case, now: Timestamp) -> Result<Above> {
    let level = case.resolved_level.unwrap_or(Level::FIRST).max(case.level);
    above(app, &Case { level, ..case.clone() }, now).await
}

fn power(wish: Wish) -> Act {
    match wish {
        Wish::Withdraw => Act::Withdraw,
        Wish::Reopen => Act::Reopen,
        Wish::AskReopen => Act::AskReopen,
        Wish::DemandRound => Act::DemandRound,
        Wish::Unmerge => Act::Unmerge,
    }
}
