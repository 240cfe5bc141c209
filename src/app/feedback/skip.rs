//! A task is left to others, or kept a little longer.

use super::{lease, own};
use crate::{
    app::{App, Result, request, verification},
    domain::{
        actor::Actor,
        change::Change,
        feedback::SkipReason,
        permissions::{self, Act, Object},
        refused::Refused,
        time::HOUR_MS,
    },
    store::{tasks, writer::Lane},
};

#[derive(Clone, Debug)]
pub struct Skip {
    pub request_id: String,
    pub task: i64,
    pub reason: SkipReason,
}

#[derive(Clone, Debug)]
pub struct Extend {
    pub request_id: String,
    pub task: i64,
}

/// Others are given it at once; the same person not for a day.
pub async fn skip(app: &App, by: &Actor, ask: Skip) -> Result<()> {
    permissions::may(by, Act::TakeVerification, Object::Nothing)?;
    let n = ask.task.to_string();
    let request = request(by, Some(&ask.request_id), "skip_task", &[&n, ask.reason.as_str()]);
    let ask = &ask;
    app.commit(Lane::Acts, request, move |now| async move {
        let task = own(app, by, ask.task).await?;
        let hour = tasks::skipped(&app.store.db, task.account, now.plus_ms(-HOUR_MS)).await?;
        let numbers = &app.policy(now).feedback;
        let mut change = Change::new(now);
        let after = task.skip(numbers, ask.reason, hour.len() as i64, now)?;
        change.feedback.task = Some((task.gate(), after));
        Ok(change)
    })
    .await?;
    let task = own(app, by, ask.task).await?;
    lease::release(app, task.kind, (task.case, task.round), task.token).await
}

/// Once for a preview, once for a wrap-up.
pub async fn extend(app: &App, by: &Actor, ask: Extend) -> Result<verification::Task> {
    permissions::may(by, Act::TakeVerification, Object::Nothing)?;
    let request =
        request(by, Some(&ask.request_id), "extend_task", &[ask.task.to_string().as_str()]);
    let ask = &ask;
    app.commit(Lane::Acts, request, move |now| async move {
        let task = own(app, by, ask.task).await?;
        let after = task.extend(&app.policy(now).feedback, now)?;
        let left_ms = after.held_until.since(now);
        if !lease::renew(app, &task, left_ms).await? {
            return Err(Refused::LeaseLost.into());
        }
        let mut change = Change::new(now);
        change.feedback.task = Some((task.gate(), after));
        Ok(change)
    })
    .await?;
    verification::load(app, own(app, by, ask.task).await?).await
}
