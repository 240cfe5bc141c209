//! An answer that the machine took is drawn, or is not, in the Change that keeps it.

use serde_json::json;

use crate::{
    app::{App, Result},
    domain::{
        actor::Actor,
        case::Case,
        change::{Change, Gate},
        recheck::{Recheck, draw},
        time::Timestamp,
        verification::Round,
    },
    store::{months, seeds},
};

/// `round` is as the answer leaves it. Without a committed seed nothing is drawn.
pub(in crate::app) async fn draw(
    app: &App,
    case: &Case,
    round: &Round,
    change: &mut Change,
    now: Timestamp,
) -> Result<()> {
    let db = &app.store.db;
    let Some(month) = months::get(db, draw::month_of(now)).await? else { return Ok(()) };
    if !month.draws(now) {
        return Ok(());
    }
    let seed = seeds::open(db, &month)?;
    if !draw::is_drawn(&seed, case.number(), round.round, month.share_bp) {
        return Ok(());
    }
    let mut drawn = Recheck::of(round, month.month, &app.policy(now).recheck, now);
    let body = json!({ "month": month.month, "ends": drawn.ends_at.ms() });
    let fact = drawn.fact(&Actor::system(), "recheck_drawn", body.to_string(), now);
    change.events.push(fact);
    change.feedback.recheck = Some((Gate::New, drawn));
    Ok(())
}
