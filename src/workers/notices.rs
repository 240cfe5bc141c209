//! Delivers notices through the gateway.

use std::sync::Arc;

use super::Step;
use crate::app::{self, App, notices::Post};

const BATCH_MAX: i64 = 64;

pub async fn step(app: Arc<App>, post: Arc<Post>) -> app::Result<Step> {
    let delivered = app::notices::deliver(&app, &post, BATCH_MAX).await?;
    Ok(if delivered > 0 { Step::Worked } else { Step::Idle })
}
