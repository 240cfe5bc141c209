//! What the citizen said about the officer's conduct (R20): kept, and never part of the outcome.

use super::{Act, Actor, App, Lane, Object, Result, permissions, request};
use crate::store;

pub async fn conduct(app: &App, by: &Actor, case: i64, round: i64, good: bool) -> Result<()> {
    let request =
        request(by, Some(&format!("conduct:{case}:{round}")), "conduct", &[&good.to_string()]);
    app.commit(Lane::Acts, request, move |now| async move {
        let case = store::cases::get(&app.store.db, case).await?;
        permissions::may(by, Act::Call, Object::Citizen(case.citizen))?;
        Ok(case.conduct(by, round, good, now)?)
    })
    .await?;
    Ok(())
}
