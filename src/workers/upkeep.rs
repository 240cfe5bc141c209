//! Takes over a directory or policy that another node imported, keeps the demonstration's clock, forgets old requests.

use std::sync::Arc;

use super::Step;
use crate::app::{self, App, directory, policies};

pub async fn step(app: Arc<App>) -> app::Result<Step> {
    directory::refresh(&app).await?;
    policies::refresh(&app).await?;
    app::clock::purge(&app).await?;
    Ok(Step::Idle)
}
