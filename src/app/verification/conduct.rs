//! What the citizen said about the officer's conduct (R20): kept, and never part of the outcome.

use serde_json::{Value, json};

use super::{
    Act, Actor, App, Case, Lane, Object, Result, Timestamp, cases, history, permissions, request,
};
use crate::{
    domain::{case::oversight::conduct::Said, place::Level},
    store,
};

pub async fn conduct(app: &App, by: &Actor, case: i64, round: i64, good: bool) -> Result<()> {
    let request =
        request(by, Some(&format!("conduct:{case}:{round}")), "conduct", &[&good.to_string()]);
    app.commit(Lane::Acts, request, move |now| async move {
        let case = store::cases::get(&app.store.db, case).await?;
        permissions::may(by, Act::Call, Object::Citizen(case.citizen))?;
        Ok(case.conduct(by, said(app, &case, round, good, now).await?, now)?)
    })
    .await?;
    Ok(())
}

/// What was said with who hears of it: the post above the level whose resolution the round asked about, wherever the
/// answer has taken the case since.
pub(in crate::app) async fn said(
    app: &App,
    case: &Case,
    round: i64,
    good: bool,
    now: Timestamp,
) -> Result<Said> {
    if good {
        return Ok(Said { round, good, above: None });
    }
    let history = history(app, case).await?;
    let level = history.iter().rev().filter(|event| event.kind == "resolved").find_map(|event| {
        let body: Value = serde_json::from_str(&event.body).ok()?;
        let level = body["level"].as_u64().filter(|_| body["round"] == json!(round))?;
        u8::try_from(level).ok().map(Level)
    });
    let level = level.unwrap_or(case.level);
    let above = if level < case.ladder {
        cases::destination(app, case.matter(), &case.place, level.next(), now).await?
    } else {
        None
    };
    Ok(Said { round, good, above: above.map(|to| to.routed.post) })
}
