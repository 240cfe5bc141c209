//! Recordings whose time is over are deleted, a batch at a time.

use std::sync::Arc;

use super::Step;
use crate::{
    app::{
        self, App,
        recordings::{self, BATCH_MAX},
    },
    domain::actor::Actor,
};

pub async fn step(app: Arc<App>) -> app::Result<Step> {
    let worked = recordings::expire(&app, &Actor::system()).await?;
    Ok(if worked as i64 == BATCH_MAX { Step::Worked } else { Step::Idle })
}
