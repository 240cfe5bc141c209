//! Delivers notices through the gateway, 128 a second at most: a rush of filings is written before it is announced.

use std::sync::Arc;

use super::Step;
use crate::app::{self, App, notices::Dispatch};

/// Of one turn; four turns a second.
const BATCH_MAX: i64 = 32;

pub async fn step(app: Arc<App>, dispatch: Arc<Dispatch>) -> app::Result<Step> {
    app::notices::deliver(&app, &dispatch, BATCH_MAX).await?;
    Ok(Step::Idle)
}
