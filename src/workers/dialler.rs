//! Rings citizens whose rounds are due, as many at a time as the trunk has channels for.

use std::sync::Arc;

use tokio::sync::mpsc::{self, error::TrySendError};

use super::Step;
use crate::app::{
    self, App,
    verification::{self, DialOrder},
};

pub async fn step(app: Arc<App>, dial: mpsc::Sender<DialOrder>) -> app::Result<Step> {
    let pulse = *app.pulses().borrow();
    let step = offer(&app, &dial).await;
    if !matches!(step, Ok(Step::Worked)) {
        app.dialler_looked(Some(pulse));
    }
    step
}

/// Claims only what can be rung at once: the hours are checked at the moment of dialling.
async fn offer(app: &App, dial: &mpsc::Sender<DialOrder>) -> app::Result<Step> {
    let permit = match dial.try_reserve() {
        Ok(permit) => permit,
        Err(TrySendError::Full(()) | TrySendError::Closed(())) => return Ok(Step::Idle),
    };
    let mut orders = verification::dial(app, 1).await?;
    let Some(order) = orders.pop() else { return Ok(Step::Idle) };
    tracing::info!(
        phone = %order.phone,
        rounds = order.rounds.len(),
        "a citizen is to be rung"
    );
    permit.send(order);
    Ok(Step::Worked)
}
